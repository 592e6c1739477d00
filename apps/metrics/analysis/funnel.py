"""A funnel by cohorts, and the step that would help most if it did as it usually does.

The bottleneck is not the step with the lowest rate: a step that is always hard is no news. It is the step whose return
to its own usual rate (that of the four quarters before) adds most: (usual rate − rate) × entrants × rates of the later
steps × deal size. Steps in which too many are still open are not judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.metrics.analysis.numbers import Number, difference, exact, figure
from apps.metrics.analysis.wilson import Interval, interval

MATURE_FROM = Fraction(9, 10)  # of a cohort must have passed, or be past passing


@dataclass(frozen=True)
class Step:
    """Of those who entered stage `label` in the period, how many entered the next one; skipped stages count.

    `still_open`: of the entered, how many have not passed and still may. `usual_…`: the same counts over the four
    quarters before, None where there are none. All are counts of leads or deals.
    """

    label: str
    to: str
    entered: int
    passed: int
    still_open: int = 0
    usual_entered: int | None = None
    usual_passed: int | None = None


@dataclass(frozen=True)
class StepFigures:
    """Rates as fractions, None without entrants. `gain_in_wins` and `gain` (money): what the usual rate would add."""

    label: str
    to: str
    entered: int
    passed: int
    rate: Fraction | None
    interval: Interval | None
    maturity: Fraction | None
    usual_rate: Fraction | None
    gain_in_wins: Fraction | None
    gain: Fraction | None

    @property
    def mature(self) -> bool:
        return self.maturity is not None and self.maturity >= MATURE_FROM

    @property
    def may_be_chance(self) -> bool:
        """The usual rate lies in the interval of this one, which rests on so few cases."""
        return self.interval is not None and self.usual_rate is not None and float(self.usual_rate) in self.interval

    @property
    def note(self) -> str:
        if self.rate is None:
            return "nobody entered"
        if not self.mature:
            return f"{figure(1 - (self.maturity or 0), 'percent')} still open"
        return "" if self.usual_rate is not None else "no earlier quarters"


@dataclass(frozen=True)
class Funnel:
    """`overall`: the product of the steps, None where one has no rate. `bottleneck`: None if no step falls short."""

    steps: tuple[StepFigures, ...]
    overall: Fraction | None
    bottleneck: StepFigures | None
    sentence: str


def funnel(steps: Sequence[Step], *, deal_size: Number | None = None, currency: str = "") -> Funnel:
    """The steps in order, and the bottleneck among those that are mature and have a usual rate.

    `deal_size`: the usual amount of a won deal; without it gains are told in wins. Raises ValueError where more passed
    or stayed open than entered.
    """
    size = None if deal_size is None else exact(deal_size)
    figures = tuple(_figures(step, steps[index + 1 :], size) for index, step in enumerate(steps))
    overall = _through(steps)
    short = [step for step in figures if step.mature and step.gain_in_wins is not None and step.gain_in_wins > 0]
    bottleneck = max(short, key=lambda step: step.gain_in_wins or 0, default=None)
    return Funnel(figures, overall, bottleneck, _sentence(figures, bottleneck, currency))


def wins(number: Fraction) -> str:
    """The word behind a number of wins."""
    return "win" if abs(number) == 1 else "wins"


# --- inside ----------------------------------------------------------------------------------------------------------


def _figures(step: Step, later: Sequence[Step], size: Fraction | None) -> StepFigures:
    if step.passed + step.still_open > step.entered:
        raise ValueError(f"{step.passed} passed and {step.still_open} are open of {step.entered} in {step.label}.")
    rate, usual = _rate(step.passed, step.entered), _rate(step.usual_passed, step.usual_entered)
    through = _through(later)
    gain = None
    if rate is not None and usual is not None and through is not None:
        gain = (usual - rate) * step.entered * through
    return StepFigures(
        label=step.label,
        to=step.to,
        entered=step.entered,
        passed=step.passed,
        rate=rate,
        interval=interval(step.passed, step.entered),
        maturity=_rate(step.entered - step.still_open, step.entered),
        usual_rate=usual,
        gain_in_wins=gain,
        gain=None if gain is None or size is None else gain * size,
    )


def _rate(passed: int | None, entered: int | None) -> Fraction | None:
    return None if not entered or passed is None else Fraction(passed, entered)


def _through(steps: Sequence[Step]) -> Fraction | None:
    """The share of those at the first of these steps that passes all of them; all, where there are none."""
    product = Fraction(1)
    for step in steps:
        rate = _rate(step.passed, step.entered)
        if rate is None:
            return None
        product *= rate
    return product


def _sentence(steps: Sequence[StepFigures], bottleneck: StepFigures | None, currency: str) -> str:
    if bottleneck is not None:
        return _bottleneck_told(bottleneck, currency)
    if not any(step.rate is not None for step in steps):
        return "Nobody entered this funnel in the period."
    if not any(step.mature for step in steps):
        return "It is too early to name a bottleneck: in every step too many are still open."
    if not any(step.mature and step.usual_rate is not None for step in steps):
        return "There are no earlier quarters to compare with, so no bottleneck can be named."
    return "No step lets fewer through than it usually does."


def _bottleneck_told(step: StepFigures, currency: str) -> str:
    assert step.rate is not None
    assert step.usual_rate is not None
    assert step.gain_in_wins is not None
    gain = f"{figure(step.gain_in_wins, 'count')} {wins(step.gain_in_wins)}"
    if step.gain is not None:
        gain = f"{figure(step.gain, 'money', currency)} ({gain})"
    text = (
        f"The bottleneck is {step.label} → {step.to}: {figure(step.rate, 'percent')} pass, usually"
        f" {figure(step.usual_rate, 'percent')} ({difference(step.rate - step.usual_rate, 'percent')})."
        f" At its usual rate it would bring {gain} more."
    )
    return f"{text} With {step.entered} cases this may still be chance." if step.may_be_chance else text
