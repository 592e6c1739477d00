"""A formula turned into a function of finished sums: exact for figures, in floats for whole series at once.

Exact numbers are fractions of decimals (above, below), so no rounding happens until the last division: a win rate
times the number of deals gives back the number of wins.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal

import numpy as np
from numpy.typing import NDArray

from apps.metrics.catalogue.formulas import (
    Change,
    Count,
    Difference,
    Formula,
    Level,
    Mean,
    Product,
    Quotient,
    Total,
    sample,
)
from apps.metrics.catalogue.kpi import Kpi
from apps.metrics.catalogue.rows import Column
from apps.metrics.engine.figures import BASE_NOT_POSITIVE, NO_BASE, NO_DENOMINATOR, Figure
from apps.metrics.engine.plan import tally_of

# Wide enough that products of sums of DECIMAL(38) stay exact; results are rounded once, to 28 digits.
_EXACT = Context(prec=200)
_RESULT = Context(prec=28)
_ONE = Decimal(1)

Term = tuple[str, bool]  # a tally, and whether it is wanted of the base period
Sums = Sequence[Decimal]
Fraction = tuple[Decimal, Decimal]
Outcome = Fraction | str  # or the reason why there is no number
Exact = Callable[[Sums], Outcome]
Floats = NDArray[np.float64]


def terms_of(kpi: Kpi) -> list[Term]:
    """The sums a KPI's figure is computed from, in the order in which `figure_of` expects them."""
    found: dict[Term, None] = {}
    _collect(kpi, kpi.dated_by, False, found)
    found[(tally_of(sample(kpi), kpi.dated_by).key, False)] = None
    return list(found)


def figure_of(kpi: Kpi) -> Callable[[Sums], Figure]:
    """A function from sums, in the order of `terms_of`, to the figure."""
    place = {term: i for i, term in enumerate(terms_of(kpi))}
    compiler = _Compiler(place)
    counted = place[(tally_of(sample(kpi), kpi.dated_by).key, False)]
    value = compiler.exact(kpi, kpi.dated_by, False)
    above, below = compiler.halves(kpi)

    def of_a_sum(sums: Sums) -> Figure:
        total = value(sums)
        number = None if isinstance(total, str) else _divide(total)
        return Figure(number, None, int(sums[counted]), number, total if isinstance(total, str) else "")

    def of_a_division(sums: Sums) -> Figure:
        outcome = value(sums)
        count = int(sums[counted])
        if outcome == NO_BASE:
            return Figure(None, None, count, None, NO_BASE)
        numerator, denominator = _shown(above(sums)), _shown(below(sums))
        if isinstance(outcome, str):
            return Figure(numerator, denominator, count, None, outcome)
        return Figure(numerator, denominator, count, _divide(outcome), "")

    return of_a_division if compiler.divides(kpi) else of_a_sum


def values_of(kpi: Kpi, sums: Mapping[Term, Floats]) -> Floats:
    """The KPI's values as floats, not a number where there is none. For charts; figures are exact."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _floats(kpi, kpi.dated_by, False, sums)


class _Compiler:
    """Turns a formula into nested functions once, so that a hundred thousand figures cost no walk through it."""

    def __init__(self, place: Mapping[Term, int]) -> None:
        self.place = place

    def divides(self, kpi: Kpi) -> bool:
        return isinstance(kpi.formula, Quotient | Change)

    def halves(self, kpi: Kpi) -> tuple[Exact, Exact]:
        """What is shown as numerator and denominator: the two sides of the outermost division."""
        formula = kpi.formula
        if isinstance(formula, Quotient):
            return (
                self.exact(formula.above, kpi.dated_by, False),
                self.exact(formula.below, kpi.dated_by, False),
            )
        if isinstance(formula, Change):
            base = self.exact(formula.of, kpi.dated_by, True)
            return _subtract(self.exact(formula.of, kpi.dated_by, False), base), base
        whole = self.exact(formula, kpi.dated_by, False)
        return whole, whole

    def exact(self, formula: Formula, dated_by: Column, of_base: bool) -> Exact:
        match formula:
            case Kpi():
                return self.exact(formula.formula, formula.dated_by, of_base)
            case Count() | Total() | Level():
                return _leaf(self.place[(tally_of(formula, dated_by).key, of_base)])
            case Change(of=of):
                rows = self.place[(tally_of(sample(of), _dated_by(of, dated_by)).key, True)]
                return _change(self.exact(of, dated_by, of_base), self.exact(of, dated_by, True), rows)
        first, second = (self.exact(part, dated_by, of_base) for part in formula.parts())
        return _OPERATIONS[type(formula)](first, second)


def _collect(formula: Formula, dated_by: Column, of_base: bool, found: dict[Term, None]) -> None:
    if isinstance(formula, Count | Total | Level):
        found[(tally_of(formula, dated_by).key, of_base)] = None
    if isinstance(formula, Change):
        _collect(formula.of, dated_by, True, found)
        found[(tally_of(sample(formula.of), _dated_by(formula.of, dated_by)).key, True)] = None
    here = _dated_by(formula, dated_by)
    for part in formula.parts():
        _collect(part, here, of_base, found)


def _dated_by(formula: Formula, otherwise: Column) -> Column:
    return formula.dated_by if isinstance(formula, Kpi) else otherwise


def _shown(outcome: Outcome) -> Decimal | None:
    return None if isinstance(outcome, str) else _divide(outcome)


def _divide(fraction: Fraction) -> Decimal:
    above, below = fraction
    return above if below is _ONE else _RESULT.divide(above, below)


def _leaf(place: int) -> Exact:
    return lambda sums: (sums[place], _ONE)


def _quotient(first: Exact, second: Exact) -> Exact:
    def divided(sums: Sums) -> Outcome:
        above, below = first(sums), second(sums)
        if isinstance(above, str) or isinstance(below, str):
            return above if isinstance(above, str) else str(below)
        if not below[0]:
            return NO_DENOMINATOR
        return _times(above[0], below[1]), _times(above[1], below[0])

    return divided


def _product(first: Exact, second: Exact) -> Exact:
    def multiplied(sums: Sums) -> Outcome:
        one, other = first(sums), second(sums)
        if isinstance(one, str) or isinstance(other, str):
            return one if isinstance(one, str) else str(other)
        return _times(one[0], other[0]), _times(one[1], other[1])

    return multiplied


def _subtract(first: Exact, second: Exact) -> Exact:
    def subtracted(sums: Sums) -> Outcome:
        one, other = first(sums), second(sums)
        if isinstance(one, str) or isinstance(other, str):
            return one if isinstance(one, str) else str(other)
        above = _EXACT.subtract(_times(one[0], other[1]), _times(other[0], one[1]))
        return above, _times(one[1], other[1])

    return subtracted


def _change(now: Exact, base: Exact, rows_of_base: int) -> Exact:
    ratio = _quotient(_subtract(now, base), base)

    def changed(sums: Sums) -> Outcome:
        if not sums[rows_of_base]:
            return NO_BASE
        before = base(sums)
        if not isinstance(before, str) and before[0] * before[1] <= 0:
            return BASE_NOT_POSITIVE
        return ratio(sums)

    return changed


def _times(one: Decimal, other: Decimal) -> Decimal:
    if one is _ONE:
        return other
    return one if other is _ONE else _EXACT.multiply(one, other)


_OPERATIONS: Mapping[type[Formula], Callable[[Exact, Exact], Exact]] = {
    Quotient: _quotient,
    Mean: _quotient,
    Product: _product,
    Difference: _subtract,
}


def _floats(formula: Formula, dated_by: Column, of_base: bool, sums: Mapping[Term, Floats]) -> Floats:
    here = _dated_by(formula, dated_by)
    if isinstance(formula, Count | Total | Level):
        return sums[(tally_of(formula, here).key, of_base)]
    if isinstance(formula, Change):
        now, base = _floats(formula.of, here, of_base, sums), _floats(formula.of, here, True, sums)
        return np.where(base > 0, (now - base) / base, np.nan)
    parts = [_floats(part, here, of_base, sums) for part in formula.parts()]
    match formula:
        case Quotient():
            return np.where(parts[1] != 0, parts[0] / parts[1], np.nan)
        case Product():
            return parts[0] * parts[1]
        case Difference():
            return parts[0] - parts[1]
    return parts[0]
