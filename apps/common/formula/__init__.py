"""Formulas that people type, read into a tree of six kinds of nodes and never run as anything else.

    unitPrice * quantity * (1 - discount)
    if([Order Date] = '', 'no date', left([Order Date], 4) & '!')

Numbers (1200.50), texts in 'single' or "double" quotes (the quote twice stands for itself), names of letters, digits
and _, any other name in [square brackets], + - * / & (joins texts), = != < <= > >=, and or not, (brackets), calls
f(a, b). Binding from loose to tight: or, and, not, comparisons (one at a time), &, + -, * /, the sign of a number.
The parser knows no function and no column: who evaluates a tree has a list of those it allows.
"""

from apps.common.formula.nodes import Binary, Call, Name, Node, Number, Text, Unary, walk
from apps.common.formula.parser import DEPTH, LENGTH, NODES, FormulaRefusal, parse

__all__ = [
    "DEPTH",
    "LENGTH",
    "NODES",
    "Binary",
    "Call",
    "FormulaRefusal",
    "Name",
    "Node",
    "Number",
    "Text",
    "Unary",
    "parse",
    "walk",
]
