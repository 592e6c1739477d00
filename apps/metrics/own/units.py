"""What a number is counted in, and what comes out when two of them are divided, multiplied or added."""

from dataclasses import dataclass

from apps.metrics.catalogue.kpi import Unit

WORDS = {
    Unit.MONEY: "money",
    Unit.PERCENT: "percent",
    Unit.COUNT: "a count",
    Unit.DAYS: "days",
    Unit.MONEY_PER_DAY: "money per day",
    Unit.TIMES: "times",
    Unit.POINTS: "points",
}
_POWERS = {Unit.MONEY: (1, 0), Unit.DAYS: (0, 1), Unit.MONEY_PER_DAY: (1, -1)}
_BY_POWERS = {powers: unit for unit, powers in _POWERS.items()}
# Numbers without a unit of their own: shares can be called either way.
SHARES = (Unit.PERCENT, Unit.TIMES)


@dataclass(frozen=True)
class Dimension:
    """`unit` None: a bare number that stands in the formula."""

    unit: Unit | None

    @property
    def told(self) -> str:
        return "a bare number" if self.unit is None else WORDS[self.unit]

    @property
    def powers(self) -> tuple[int, int]:
        """Of money and of days."""
        return _POWERS.get(self.unit, (0, 0)) if self.unit else (0, 0)

    def divided_by(self, other: "Dimension") -> "Dimension | None":
        """None where the result has no unit that people would read."""
        if other.unit is None:
            return self
        money, days = (one - two for one, two in zip(self.powers, other.powers, strict=True))
        if (money, days) != (0, 0):
            return _of_powers(money, days)
        if self.powers != (0, 0):
            return Dimension(Unit.PERCENT)  # money of money
        if other.unit in SHARES:
            return self if self.unit not in (None, *SHARES) else Dimension(Unit.TIMES)
        return Dimension(Unit.TIMES) if self.unit is None else Dimension(Unit.PERCENT)

    def times(self, other: "Dimension") -> "Dimension | None":
        if self.unit is None or other.unit is None:
            return self if other.unit is None else other
        money, days = (one + two for one, two in zip(self.powers, other.powers, strict=True))
        if (money, days) != (0, 0):
            return _of_powers(money, days)
        if self.powers != (0, 0):
            return Dimension(Unit.COUNT)
        stronger = [each for each in (self, other) if each.unit not in SHARES]
        if stronger:
            return stronger[0]
        return Dimension(Unit.TIMES if Unit.TIMES in (self.unit, other.unit) else Unit.PERCENT)

    def plus(self, other: "Dimension") -> "Dimension | None":
        if self.unit == other.unit:
            return self
        if {self.unit, other.unit} <= {None, *SHARES}:
            return Dimension(Unit.TIMES if Unit.TIMES in (self.unit, other.unit) else Unit.PERCENT)
        return None


def _of_powers(money: int, days: int) -> Dimension | None:
    unit = _BY_POWERS.get((money, days))
    return None if unit is None else Dimension(unit)


def choices_for(unit: Unit, *, counted: bool = False) -> tuple[Unit, ...]:
    """What the result may be called; the first is the default. `counted`: counts of two kinds of things were divided,
    or a number column of unknown meaning was summed."""
    if unit in SHARES:
        return (unit, *(each for each in SHARES if each is not unit))
    if counted and unit is Unit.COUNT:
        return (Unit.COUNT, Unit.POINTS, Unit.DAYS, Unit.TIMES)
    return (unit,)
