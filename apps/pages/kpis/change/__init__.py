"""Understanding a change of a KPI: its trend, fair comparisons, what brought the change, funnel, reasons, season.

Each part is a fragment of the KPI page with an address of its own, computed in one pass of the engine when it is seen.
"""
