"""Where a change comes from: how much of it each group, or factor, brought. The parts add up to the change exactly.

Flows add. A ratio changes because groups got better or worse (rate) and because they grew or shrank (mix): Kitagawa
(1955), weights and rates at the midpoint of the two periods, so that the order of the periods does not matter. A
product (sales velocity) is split by logarithmic means: Ang (2004), LMDI.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property

from apps.metrics.analysis.numbers import NoAnswer, Number, difference, exact, figure, listed

MOST_NAMED = 3  # in a sentence; the page shows all


@dataclass(frozen=True)
class FlowGroup:
    """What one group brought in each period; None where the group does not exist."""

    label: str
    before: Number | None
    after: Number | None


@dataclass(frozen=True)
class RatioGroup:
    """Numerators and denominators of one group; the denominators are its weight. A group that is absent has zeros."""

    label: str
    num_before: Number
    den_before: Number
    num_after: Number
    den_after: Number


@dataclass(frozen=True)
class Factor:
    """One factor of a product; `divides` for what stands below the line (days in money per day). `unit`: its own."""

    label: str
    before: Number | None
    after: Number | None
    divides: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Part:
    """`change` is what this group brought to the change of the whole, in the KPI's unit (shares: as fractions).

    `before` and `after` are the group's own figures, None where it had none, in `unit` where that is not the whole's.
    For ratios `rate` + `mix` = `change`.
    """

    label: str
    before: Fraction | None
    after: Fraction | None
    change: Fraction
    rate: Fraction | None = None
    mix: Fraction | None = None
    note: str = ""
    unit: str | None = None


@dataclass(frozen=True)
class Change:
    """Parts with the largest effect first; their changes add up to `change` = `after` − `before` exactly."""

    before: Fraction
    after: Fraction
    parts: tuple[Part, ...]

    @property
    def change(self) -> Fraction:
        return self.after - self.before

    @cached_property
    def rate(self) -> Fraction | None:
        """Of a ratio: what the groups changed in themselves."""
        if not self.parts or self.parts[0].rate is None:
            return None
        return sum((part.rate or Fraction() for part in self.parts), Fraction())

    @property
    def mix(self) -> Fraction | None:
        """Of a ratio: what the groups' weights changed, the rest of the change."""
        return None if self.rate is None else self.change - self.rate

    def beside(self, named: Sequence[Part], label: str) -> Part:
        """What all parts but the named brought together."""
        change = self.change - sum((part.change for part in named), Fraction())
        if self.rate is None:
            return Part(label, None, None, change)
        rate = self.rate - sum((part.rate or Fraction() for part in named), Fraction())
        return Part(label, None, None, change, rate=rate, mix=change - rate)

    def sentence(self, name: str, unit: str = "", currency: str = "") -> str:
        """`Win rate went from 18 % to 16 % (−2 pp): outbound −0.3 pp and inbound −1.7 pp. …`"""
        before, after = figure(self.before, unit, currency), figure(self.after, unit, currency)
        if not self.change:
            return f"{name} did not change: {after} in both periods.{self._why(unit, currency)}"
        head = f"{name} went from {before} to {after} ({difference(self.change, unit, currency)})"
        return f"{head}: {self._named(unit, currency)}.{self._why(unit, currency)}"

    def _named(self, unit: str, currency: str) -> str:
        moved = [part for part in self.parts if part.change]
        texts = [f"{part.label} {difference(part.change, unit, currency)}" for part in moved[:MOST_NAMED]]
        rest = moved[MOST_NAMED:]
        if len(rest) == 1:
            texts.append(f"{rest[0].label} {difference(rest[0].change, unit, currency)}")
        elif rest:
            together = self.beside(moved[:MOST_NAMED], f"{len(rest)} others together")
            texts.append(f"{together.label} {difference(together.change, unit, currency)}")
        return listed(texts)

    def _why(self, unit: str, currency: str) -> str:
        if self.rate is None or self.mix is None or not (self.rate or self.mix):
            return ""
        text = (
            f" {difference(self.rate, unit, currency)} because of how each did,"
            f" {difference(self.mix, unit, currency)} because of how much each weighs."
        )
        if self.rate * self.change < 0:
            text += " The whole went the other way than its parts: the mix explains more than all of the change."
        return text


def flow_change(groups: Sequence[FlowGroup]) -> Change:
    """How much each group added to or took from a sum. A group that is absent in a period brought nothing then."""
    parts = []
    for group in groups:
        before, after = _known(group.before), _known(group.after)
        change = (after or Fraction()) - (before or Fraction())
        parts.append(Part(group.label, before, after, change, note=_note(before is None, after is None)))
    return Change(
        sum((part.before or Fraction() for part in parts), Fraction()),
        sum((part.after or Fraction() for part in parts), Fraction()),
        _by_effect(parts),
    )


def ratio_change(groups: Sequence[RatioGroup]) -> Change | NoAnswer:
    """Rate and mix of each group; also for means (sum and number of values).

    A group that appears or vanishes has weight 0 in the other period and, having no rate there, keeps the one it has:
    all that it brings is mix. What a group has in the numerator without a denominator counts as rate.
    """
    exactly = [_Exact.of(group) for group in groups]
    den_before = sum((group.den_before for group in exactly), Fraction())
    den_after = sum((group.den_after for group in exactly), Fraction())
    if not den_before or not den_after:
        which = "earlier" if not den_before else "later"
        return NoAnswer(f"The {which} period has nothing to divide by, so the change cannot be split.")
    before = sum((group.num_before for group in exactly), Fraction()) / den_before
    after = sum((group.num_after for group in exactly), Fraction()) / den_after
    middle = (before + after) / 2
    parts = [group.part(den_before, den_after, middle) for group in exactly]
    return Change(before, after, _by_effect(parts))


def product_change(factors: Sequence[Factor]) -> Change | NoAnswer:
    """How much each factor brought to the change of their product; the last of 28 digits goes to the largest.

    Needs every factor above zero in both periods: nothing multiplied by zero can be split.
    """
    for factor in factors:
        for value, period in ((factor.before, "earlier"), (factor.after, "later")):
            if value is None or value <= 0:
                said = "has no value" if value is None else "is not above zero"
                return NoAnswer(f"{factor.label} {said} in the {period} period, so the change cannot be split.")
    before, after = _product(factors, later=False), _product(factors, later=True)
    parts = _by_effect([_log_share(factor, before, after) for factor in factors])
    left = after - before - sum((part.change for part in parts), Fraction())
    if parts and left:
        parts = (replace(parts[0], change=parts[0].change + left), *parts[1:])
    return Change(before, after, parts)


# --- inside ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Exact:
    label: str
    num_before: Fraction
    den_before: Fraction
    num_after: Fraction
    den_after: Fraction

    @classmethod
    def of(cls, group: RatioGroup) -> "_Exact":
        return cls(
            group.label,
            exact(group.num_before),
            exact(group.den_before),
            exact(group.num_after),
            exact(group.den_after),
        )

    def part(self, den_before: Fraction, den_after: Fraction, middle: Fraction) -> Part:
        """rate = mean weight × (r′ − r); mix = (w′ − w) × (mean rate − middle of the whole)."""
        before = self.num_before / self.den_before if self.den_before else None
        after = self.num_after / self.den_after if self.den_after else None
        weight_before, weight_after = self.den_before / den_before, self.den_after / den_after
        r_before = before if before is not None else after or Fraction()
        r_after = after if after is not None else before or Fraction()
        rate = (weight_before + weight_after) / 2 * (r_after - r_before)
        rate += self.num_after / den_after if after is None else 0
        rate -= self.num_before / den_before if before is None else 0
        mix = (weight_after - weight_before) * ((r_before + r_after) / 2 - middle)
        return Part(
            self.label, before, after, rate + mix, rate=rate, mix=mix, note=_note(before is None, after is None)
        )


def _known(value: Number | None) -> Fraction | None:
    return None if value is None else exact(value)


def _note(absent_before: bool, absent_after: bool) -> str:
    if absent_before == absent_after:
        return "in neither period" if absent_before else ""
    return "new" if absent_before else "gone"


def _by_effect(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: (-abs(part.change), part.label)))


def _product(factors: Sequence[Factor], *, later: bool) -> Fraction:
    product = Fraction(1)
    for factor in factors:
        value = exact((factor.after if later else factor.before) or 0)
        product = product / value if factor.divides else product * value
    return product


def _log_share(factor: Factor, before: Fraction, after: Fraction) -> Part:
    """The logarithmic mean of the product, times the change of the factor's logarithm."""
    own_before, own_after = exact(factor.before or 0), exact(factor.after or 0)
    with localcontext() as precise:
        precise.prec = 50
        own = _ln(own_after / own_before) * (-1 if factor.divides else 1)
        mean = _decimal(before) if before == after else _decimal(after - before) / _ln(after / before)
        share = mean * own
    return Part(factor.label, own_before, own_after, Fraction(+share), unit=factor.unit)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _ln(value: Fraction) -> Decimal:
    return _decimal(value).ln()
