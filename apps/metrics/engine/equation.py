"""A formula with the numbers put in: `win rate = 63 won deals ÷ 100 won or lost deals = 63.0 %`.

Made from the same tree as the figure, so that it cannot say something else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.common.money import NO_VALUE, format_figure
from apps.metrics.catalogue.formulas import (
    Change,
    Count,
    Difference,
    Formula,
    Length,
    MeanLevel,
    Number,
    PerEntity,
    Product,
    Quotient,
    Size,
    Sum,
    leaves,
)
from apps.metrics.catalogue.kpi import Kpi, Unit
from apps.metrics.catalogue.rows import Column
from apps.metrics.catalogue.words import in_words
from apps.metrics.engine.evaluate import Outcome, figure_of, terms_of
from apps.metrics.engine.figures import REASONS, Figure
from apps.metrics.engine.plan import Term, When, days_of, is_leaf, need_of
from apps.metrics.engine.reasons import implies, is_money

Numbers = Mapping[Term, Decimal | Outcome]
_SIGNS: Mapping[type[Formula], str] = {Quotient: "÷", Product: "×", Difference: "−", Sum: "+"}
_DIGITS = 4


@dataclass(frozen=True)
class Piece:
    """One number and what it is, or a sign between two (`says` blank). `ref` is the KPI that the number is of."""

    text: str
    says: str = ""
    ref: str = ""
    is_sign: bool = False


@dataclass(frozen=True)
class Equation:
    """`str()` of it is the line as text."""

    name: str
    pieces: tuple[Piece, ...]
    result: str

    @property
    def is_one_number(self) -> bool:
        """Nothing is worked out: the number is what was counted or added up."""
        return len(self.pieces) == 1

    def __str__(self) -> str:
        said = ""
        for piece in self.pieces:
            tight = piece.text in (")", "|") or said.endswith(("(", "|")) or not said
            said += ("" if tight else " ") + f"{piece.text} {piece.says}".strip()
        return f"{self.name} = {said} = {self.result}"


def equation(kpi: Kpi, numbers: Numbers, figure: Figure, currency: str = "") -> Equation:
    """The line of a KPI; `numbers` as `Behind.numbers` has them."""
    result = format_figure(figure.value, kpi.unit, currency)
    if figure.value is None:
        result = f"no value: {REASONS.get(figure.reason, figure.reason)}".rstrip(".")
    pieces = _Writer(numbers).pieces(kpi.formula, kpi.dated_by, None)
    return Equation(kpi.name, tuple(pieces), result)


def cases_of(kpi: Kpi, numbers: Numbers) -> tuple[int, int] | None:
    """(hits, cases) of a KPI that is a share of counted cases; None for any other."""
    formula, dated_by = kpi.formula, kpi.dated_by
    if not isinstance(formula, Quotient) or kpi.unit is not Unit.PERCENT:
        return None
    above, below = formula.above, formula.below
    counted = isinstance(above, Count) and isinstance(below, Count) and implies(above.where, below.where)
    people = isinstance(above, PerEntity) and isinstance(below, PerEntity) and above.value is below.value is None
    if not counted and not people:
        return None
    hits, cases = (numbers.get((need_of(each, dated_by).key, None)) for each in (above, below))
    whole = isinstance(hits, Decimal) and isinstance(cases, Decimal) and hits == int(hits) and cases == int(cases)
    if not whole or not 0 <= hits <= cases:  # type: ignore[operator]
        return None
    return int(hits), int(cases)  # type: ignore[arg-type]


class _Writer:
    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    def pieces(self, formula: Formula, dated_by: Column, when: When) -> Iterator[Piece]:
        match formula:
            case Kpi():
                yield self._of_kpi(formula, when)
            case Change():
                yield from self._change(formula, dated_by, when)
            case Quotient() | Product() | Difference() | Sum():
                yield from self._arithmetic(formula, dated_by, when)
            case _ if is_leaf(formula) or isinstance(formula, Number):
                yield from self._measured(formula, dated_by, when)
            case _:
                bar = [Piece("|", is_sign=True)] if isinstance(formula, Size) else []
                yield from bar
                for part in formula.parts():
                    yield from self.pieces(part, dated_by, when)
                yield from bar

    def _arithmetic(self, formula: Formula, dated_by: Column, when: When) -> Iterator[Piece]:
        first, second = formula.parts()
        divides = isinstance(formula, Quotient)
        yield from self._operand(first, dated_by, when, open_sum=isinstance(formula, Sum | Difference))
        yield Piece(_SIGNS[Quotient if divides else type(formula)], is_sign=True)
        yield from self._operand(second, dated_by, when, closed=divides, open_sum=isinstance(formula, Sum))

    def _measured(self, formula: Formula, dated_by: Column, when: When) -> Iterator[Piece]:
        if isinstance(formula, Number):
            yield Piece(_plain(formula.value))
        elif isinstance(formula, MeanLevel):
            yield self._number((need_of(formula, dated_by).key, when), "days", "", formula)
            yield Piece("÷", is_sign=True)
            yield self._number((days_of(formula, dated_by).key, when), "", "days", formula)
        else:
            yield self._number((need_of(formula, dated_by).key, when), "", _said(formula), formula)

    def _operand(
        self, formula: Formula, dated_by: Column, when: When, *, closed: bool = False, open_sum: bool = False
    ) -> Iterator[Piece]:
        inner = formula
        while not isinstance(inner, Kpi) and not is_leaf(inner) and len(inner.parts()) == 1:
            (inner,) = inner.parts()
        brackets = (isinstance(inner, Sum | Difference) and not open_sum) or (
            closed and isinstance(inner, Quotient | Product | MeanLevel)
        )
        if brackets:
            yield Piece("(", is_sign=True)
        yield from self.pieces(formula, dated_by, when)
        if brackets:
            yield Piece(")", is_sign=True)

    def _change(self, formula: Change, dated_by: Column, when: When) -> Iterator[Piece]:
        now, base = ([*self._operand(formula.of, dated_by, w, closed=True)] for w in (when, formula.since))
        before = [_of_base(piece, formula.since.value) for piece in base]
        yield from (Piece("(", is_sign=True), *now, Piece("−", is_sign=True), *before, Piece(")", is_sign=True))
        yield from (Piece("÷", is_sign=True), *before)

    def _of_kpi(self, kpi: Kpi, when: When) -> Piece:
        terms = [(key, when if part is None else part) for key, part in terms_of(kpi)]
        value = figure_of(kpi)([self.numbers.get(term, Decimal(0)) for term in terms]).value
        name = kpi.name if kpi.name.split()[0].isupper() else kpi.name[:1].lower() + kpi.name[1:]
        return Piece(format_figure(value, kpi.unit), name, kpi.ref)

    def _number(self, term: Term, prefix: str, says: str, formula: Formula) -> Piece:
        found = self.numbers.get(term)
        if isinstance(found, tuple):
            found = found[0] / found[1] if found[1] else None
        text = NO_VALUE if not isinstance(found, Decimal) else _plain(found, 2 if _is_money(formula) else _DIGITS)
        return Piece(text, f"{prefix} {_said(formula)}".strip() if prefix else says)


def _of_base(piece: Piece, since: str) -> Piece:
    return piece if piece.is_sign else Piece(piece.text, f"{piece.says} of the {since}".strip(), piece.ref)


def _said(formula: Formula) -> str:
    """What was counted: `won deals` for the number of them."""
    if isinstance(formula, Length):
        return formula.unit.value
    said = in_words(formula)
    for opening in ("number of ", "sum of "):
        said = said.removeprefix(opening)
    return said


def _is_money(formula: Formula) -> bool:
    return any(is_money(getattr(leaf, "value", None)) for leaf in leaves(formula))


def _plain(value: Decimal, digits: int = _DIGITS) -> str:
    """Grouped digits, and as many decimals as it has, up to so many."""
    text = f"{round(value, digits):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")
