"""A formula turned into a function of finished sums: exact for figures, in floats for whole series at once.

Exact numbers are fractions of decimals (above, below), so no rounding happens until the last division: a win rate
times the number of deals gives back the number of wins.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal

import numpy as np
from numpy.typing import NDArray

from apps.metrics.catalogue.formulas import (
    Change,
    Difference,
    Formula,
    Mean,
    MeanLevel,
    Number,
    Positive,
    Product,
    Quotient,
    Size,
    Sum,
    sample,
)
from apps.metrics.catalogue.kpi import Kpi
from apps.metrics.catalogue.rows import Column
from apps.metrics.engine.figures import (
    BASE_NOT_POSITIVE,
    NO_BASE,
    NO_DENOMINATOR,
    NOT_GIVEN,
    NOT_POSITIVE,
    TOO_FEW,
    Figure,
)
from apps.metrics.engine.plan import Term, When, dated_by_of, days_of, is_leaf, need_of, wanted_of

# Wide enough that products of sums of DECIMAL(38) stay exact; results are rounded once, to 28 digits.
_EXACT = Context(prec=200)
_RESULT = Context(prec=28)
_ONE = Decimal(1)

Fraction = tuple[Decimal, Decimal]
Outcome = Fraction | str  # or the reason why there is no number
Sums = Sequence[Decimal | Outcome]  # of each term: a sum, a fraction of two, or why there is none
Exact = Callable[[Sums], Outcome]
Floats = NDArray[np.float64]


def terms_of(kpi: Kpi) -> list[Term]:
    """The sums a KPI's figure is computed from, in the order in which `figure_of` expects them."""
    return list(dict.fromkeys((need.key, when) for need, when in wanted_of(kpi)))


def rows_term(kpi: Kpi, when: When = None) -> Term:
    """The term that counts what a figure rests on."""
    return need_of(sample(kpi), kpi.dated_by).key, when


def figure_of(kpi: Kpi) -> Callable[[Sums], Figure]:
    """A function from sums, in the order of `terms_of`, to the figure."""
    place = {term: i for i, term in enumerate(terms_of(kpi))}
    compiler = _Compiler(place)
    counted = place[rows_term(kpi)]
    value = compiler.exact(kpi, kpi.dated_by, None)
    above, below = compiler.halves(kpi)
    fewest = kpi.privacy_min

    def of_a_sum(sums: Sums) -> Figure:
        total = value(sums)
        number = None if isinstance(total, str) else _divide(total)
        return Figure(number, None, _whole(sums[counted]), number, total if isinstance(total, str) else "")

    def of_a_division(sums: Sums) -> Figure:
        outcome = value(sums)
        count = _whole(sums[counted])
        if outcome in (NO_BASE, NOT_GIVEN):
            return Figure(None, None, count, None, str(outcome))
        numerator, denominator = _shown(above(sums)), _shown(below(sums))
        if isinstance(outcome, str):
            return Figure(numerator, denominator, count, None, outcome)
        return Figure(numerator, denominator, count, _divide(outcome), "")

    make = of_a_division if compiler.divides(kpi) else of_a_sum
    return make if fewest <= 1 else lambda sums: withheld(make(sums), fewest)


def withheld(figure: Figure, fewest: int) -> Figure:
    """The figure, without what it says if it rests on fewer observations than may be shown."""
    return figure if not 0 < figure.count < fewest else Figure(None, None, figure.count, None, TOO_FEW)


def none_given_away(figures: Mapping[str | None, Figure], fewest: int) -> dict[str | None, Figure]:
    """The figures of the groups of a whole, so that no withheld one follows from the whole and the others.

    While one alone is withheld, or all withheld together are fewer than may be shown, the smallest other joins them.
    """
    found = dict(figures)
    hidden = [figure.count for figure in found.values() if figure.reason == TOO_FEW]
    shown = [label for label, figure in found.items() if figure.count >= fewest]
    shown.sort(key=lambda label: (found[label].count, label or ""))
    while hidden and shown and (len(hidden) == 1 or sum(hidden) < fewest):
        label = shown.pop(0)
        hidden.append(found[label].count)
        found[label] = withheld(found[label], found[label].count + 1)
    return found


def hidden_with_another(figures: dict[str | None, Figure]) -> dict[str | None, Figure]:
    """Where exactly one group is withheld, the smallest other one is too: else the whole less the others would tell."""
    hidden = [label for label, figure in figures.items() if figure.reason == TOO_FEW]
    others = [label for label, figure in figures.items() if figure.reason != TOO_FEW and figure.count]
    if len(hidden) != 1 or not others:
        return figures
    smallest = min(others, key=lambda label: (figures[label].count, str(label)))
    return figures | {smallest: withheld(figures[smallest], figures[smallest].count + 1)}


def values_of(kpi: Kpi, sums: Mapping[Term, Floats]) -> Floats:
    """The KPI's values as floats, not a number where there is none. For charts; figures are exact."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _floats(kpi, kpi.dated_by, None, sums)
        if kpi.privacy_min > 1:
            values = np.where(sums[rows_term(kpi)] < kpi.privacy_min, np.nan, values)
        return values


def halves_of(kpi: Kpi, sums: Mapping[Term, Floats]) -> tuple[Floats, Floats]:
    """What stands above and below the line, as floats; of a sum there is nothing below."""
    formula, dated_by = _opened(kpi)
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(formula, Quotient):
            return _floats(formula.above, dated_by, None, sums), _floats(formula.below, dated_by, None, sums)
        whole = _floats(formula, dated_by, None, sums)
        if isinstance(formula, Change):
            rows = sums[(need_of(sample(formula.of), dated_by_of(formula.of, dated_by)).key, formula.since)]
            base = np.where(rows != 0, _floats(formula.of, dated_by, formula.since, sums), np.nan)
            return _floats(formula.of, dated_by, None, sums) - base, base
        return whole, np.full_like(whole, np.nan)


class _Compiler:
    """Turns a formula into nested functions once, so that a hundred thousand figures cost no walk through it."""

    def __init__(self, place: Mapping[Term, int]) -> None:
        self.place = place

    def divides(self, kpi: Kpi) -> bool:
        return isinstance(_opened(kpi)[0], Quotient | Change)

    def halves(self, kpi: Kpi) -> tuple[Exact, Exact]:
        """What is shown as numerator and denominator: the two sides of the outermost division."""
        formula, dated_by = _opened(kpi)
        if isinstance(formula, Quotient):
            return self.exact(formula.above, dated_by, None), self.exact(formula.below, dated_by, None)
        if isinstance(formula, Change):
            base = self.exact(formula.of, dated_by, formula.since)
            return _subtract(self.exact(formula.of, dated_by, None), base), base
        whole = self.exact(formula, dated_by, None)
        return whole, whole

    def exact(self, formula: Formula, dated_by: Column, when: When) -> Exact:
        match formula:
            case Number(value=number):
                return lambda _: (number, _ONE)
            case MeanLevel():
                stood, days = need_of(formula, dated_by), days_of(formula, dated_by)
                return _quotient(self._leaf(stood.key, when), self._leaf(days.key, when))
            case _ if is_leaf(formula):
                return self._leaf(need_of(formula, dated_by).key, when)
            case Kpi():
                return self.exact(formula.formula, formula.dated_by, when)
            case Positive(of=of):
                return _positive(self.exact(of, dated_by, when))
            case Size(of=of):
                return _size(self.exact(of, dated_by, when))
            case Change(of=of, since=since):
                rows = self.place[(need_of(sample(of), dated_by_of(of, dated_by)).key, since)]
                return _change(self.exact(of, dated_by, when), self.exact(of, dated_by, since), rows)
        first, second = (self.exact(part, dated_by, when) for part in formula.parts())
        return _OPERATIONS[type(formula)](first, second)

    def _leaf(self, key: str, when: When) -> Exact:
        return _leaf(self.place[(key, when)])


def _opened(kpi: Kpi) -> tuple[Formula, Column]:
    """The formula, also of a KPI that only stands for another one."""
    while isinstance(kpi.formula, Kpi):
        kpi = kpi.formula
    return kpi.formula, kpi.dated_by


def _shown(outcome: Outcome) -> Decimal | None:
    return None if isinstance(outcome, str) else _divide(outcome)


def _divide(fraction: Fraction) -> Decimal:
    above, below = fraction
    return above if below is _ONE else _RESULT.divide(above, below)


def _leaf(place: int) -> Exact:
    def read(sums: Sums) -> Outcome:
        found = sums[place]
        return (found, _ONE) if isinstance(found, Decimal) else found

    return read


def _whole(found: Decimal | Outcome) -> int:
    """A number of rows. Shares of split rows may add up to a part of one: it is one more row that counts."""
    if isinstance(found, str):
        return 0
    return math.ceil(found if isinstance(found, Decimal) else found[0] / found[1])


def _positive(of: Exact) -> Exact:
    def checked(sums: Sums) -> Outcome:
        found = of(sums)
        if isinstance(found, str):
            return found
        sign = found[0] * found[1]
        return found if sign > 0 else NOT_POSITIVE if sign < 0 else NO_DENOMINATOR

    return checked


def _size(of: Exact) -> Exact:
    def sized(sums: Sums) -> Outcome:
        found = of(sums)
        return found if isinstance(found, str) else (abs(found[0]), abs(found[1]))

    return sized


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


def _together(combine: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Exact, Exact], Exact]:
    """Sum and difference, over a common denominator."""

    def of(first: Exact, second: Exact) -> Exact:
        def combined(sums: Sums) -> Outcome:
            one, other = first(sums), second(sums)
            if isinstance(one, str) or isinstance(other, str):
                return one if isinstance(one, str) else str(other)
            return combine(_times(one[0], other[1]), _times(other[0], one[1])), _times(one[1], other[1])

        return combined

    return of


_add = _together(_EXACT.add)
_subtract = _together(_EXACT.subtract)


def _change(now: Exact, base: Exact, rows_of_base: int) -> Exact:
    ratio = _quotient(_subtract(now, base), base)

    def changed(sums: Sums) -> Outcome:
        if not _whole(sums[rows_of_base]):
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
    Sum: _add,
}


def _floats(formula: Formula, dated_by: Column, when: When, sums: Mapping[Term, Floats]) -> Floats:
    match formula:
        case Number(value=number):
            return np.asarray(float(number))
        case MeanLevel():
            days = sums[(days_of(formula, dated_by).key, when)]
            return np.where(days > 0, sums[(need_of(formula, dated_by).key, when)] / days, np.nan)
        case _ if is_leaf(formula):
            return sums[(need_of(formula, dated_by).key, when)]
        case Change(of=of, since=since):
            now, base = _floats(of, dated_by, when, sums), _floats(of, dated_by, since, sums)
            return np.where(base > 0, (now - base) / base, np.nan)
    here = dated_by_of(formula, dated_by)
    parts = [_floats(part, here, when, sums) for part in formula.parts()]
    return _FLOATS[type(formula)](*parts) if type(formula) in _FLOATS else parts[0]


def _divided(above: Floats, below: Floats) -> Floats:
    return np.where(below != 0, above / below, np.nan)


_FLOATS: Mapping[type[Formula], Callable[..., Floats]] = {
    Quotient: _divided,
    Mean: _divided,
    Product: np.multiply,
    Difference: np.subtract,
    Sum: np.add,
    Size: np.abs,
    Positive: lambda of: np.where(of > 0, of, np.nan),
}
