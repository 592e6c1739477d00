"""Formulas of a mapping, from the tree (common.formula) to DuckDB SQL that we write ourselves.

Names are columns of the file, of its lookups and of the mapping's own parts. Numbers are decimals with ten places.
A formula gives a value, a blank, or nothing at all for a row that it cannot be computed for: `outcome_sql` tells these
apart, so that such a row is refused and not stored with a hole.
"""

from apps.datasets.formulas.compile import Compiled, compile_formula
from apps.datasets.formulas.functions import FUNCTIONS
from apps.datasets.formulas.values import Kind, Value, macros

__all__ = ["FUNCTIONS", "Compiled", "Kind", "Value", "compile_formula", "macros"]
