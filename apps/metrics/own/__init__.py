"""KPIs that a workspace defines itself: chosen from lists, or a formula of other KPIs; never a line of code.

What people chose and typed is plain data (definition). It is checked (checks, formula) and becomes a catalogue Kpi
(compiling) out of the same few dataclasses as every built-in one, by exact type: no text of a person is ever run.
"""
