"""A target beside own history, and what a sentence about change can mean on it. Pure: figures in, words out.

Figures are (label, value) of finished periods in order, in the unit of the KPI; None is a gap.
"""

from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from apps.common.money import format_against, format_figure
from apps.metrics.analysis.season import Season, deseasonalise
from apps.metrics.analysis.xmr import Point, xmr

SHOWN = 12  # periods a target is compared with
LAGS = {"previous": 1, "average_4": 1}  # periods between baseline and what is compared; a year depends on the grain


@dataclass(frozen=True)
class Past:
    """`per_year` is 12 for months and 4 for quarters (1 for years, 0 for other runs of days); `first` is the place in
    the year of the oldest figure. `word` names the periods: quarters."""

    figures: tuple[tuple[str, Decimal | None], ...]
    up: bool = True
    unit: str = ""
    currency: str = ""
    word: str = "periods"
    per_year: int = 0
    first: int = 1
    season: Season | None = None

    @property
    def known(self) -> list[tuple[str, Decimal]]:
        return [(label, value) for label, value in self.figures if value is not None]

    @property
    def shown(self) -> list[tuple[str, Decimal]]:
        """The newest, that a target is compared with."""
        return self.known[-SHOWN:]


def noise_of(past: Past) -> Decimal | None:
    """Half the natural process width of the XmR chart, the season taken out; None with too few figures."""
    values = [value for _, value in past.figures]
    if past.season is not None and past.season.present:
        values = list(deseasonalise(values, past.season, first=past.first))
    labels = [label for label, _ in past.figures]
    chart = xmr([Point(label, value) for label, value in zip(labels, values, strict=True)])
    limits = chart.newest
    return limits.upper - limits.centre if limits else None


def beyond(past: Past, target: Decimal) -> str:
    """`Above 11 of your last 12 quarters; the best was USD 1.18 M (Q2 2025).`"""
    shown = past.shown
    if not shown:
        return ""
    harder = sum(1 for _, value in shown if (target > value if past.up else target < value))
    label, best = max(shown, key=lambda pair: pair[1]) if past.up else min(shown, key=lambda pair: pair[1])
    told = format_against(best, target, past.unit, past.currency, compact=True)
    side = "Above" if past.up else "Below"
    number = "all" if harder == len(shown) else "none" if not harder else str(harder)
    return f"{side} {number} of your last {len(shown)} {past.word}; the best was {told} ({label})."


def past_changes(past: Past, compares: str) -> list[Decimal]:
    """What the same comparison gave in the past, period by period: shares of the baseline, or differences where a
    baseline was not above zero or the KPI is a percentage."""
    found = []
    for before, after in _pairs(past, compares):
        found.append((after - before) / before if relative(past) else after - before)
    return found


def relative(past: Past) -> bool:
    """Whether changes are told as shares: not those of percentages, and not where anything is zero or below."""
    return past.unit != "percent" and all(value > 0 for _, value in past.known)


def likely(past: Past, compares: str, baseline: Decimal, target: Decimal) -> tuple[Decimal | None, int]:
    """Which share of own past changes was at least as large as the one wanted, and how many there are."""
    changes = past_changes(past, compares)
    if not changes or (relative(past) and baseline <= 0):
        return None, len(changes)
    wanted = (target - baseline) / baseline if relative(past) else target - baseline
    hits = sum(1 for change in changes if (change >= wanted if past.up else change <= wanted))
    return Decimal(hits) / len(changes), len(changes)


def usual_change(past: Past, compares: str) -> Decimal | None:
    """The last finished change of this comparison."""
    changes = past_changes(past, compares)
    return changes[-1] if changes else None


def middle_change(past: Past, compares: str) -> Decimal | None:
    changes = past_changes(past, compares)
    return median(changes) if changes else None


def in_season(past: Past, baseline: Decimal, of_place: int | None, for_place: int) -> Decimal | None:
    """The baseline as it would be in the season of the goal; None where no season shows. `of_place` None: of a year."""
    if past.season is None or not past.season.present:
        return None
    factors = past.season.factors
    taken = factors[(of_place - 1) % len(factors)] if of_place is not None else Decimal(1)
    return baseline * factors[(for_place - 1) % len(factors)] / taken if taken > 0 else None


def target_of(baseline: Decimal, change: Decimal, *, points: bool) -> Decimal:
    """By a share of the baseline, or by points."""
    return round(baseline + change if points else baseline * (1 + change), 6)


def change_told(change: Decimal, past: Past) -> str:
    """`+24.6 %`, or `−3.1 points` of a percentage."""
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    if relative(past):
        return f"{sign}{format_figure(round(abs(change), 3), 'percent')}"
    if past.unit == "percent":
        return f"{sign}{format_figure(round(abs(change), 3), 'percent').removesuffix(' %')} points"
    return f"{sign}{format_figure(abs(change), past.unit, past.currency, compact=True)}"


def _pairs(past: Past, compares: str) -> list[tuple[Decimal, Decimal]]:
    values = [value for _, value in past.figures]
    lag = past.per_year if compares == "last_year" else LAGS.get(compares, 1)
    pairs = []
    for place in range(len(values)):
        after = values[place]
        window = values[max(place - 4, 0) : place] if compares == "average_4" else values[max(place - lag, 0) :][:1]
        if after is None or not lag or place < (4 if compares == "average_4" else lag) or None in window:
            continue
        known = [value for value in window if value is not None]
        mean = sum(known, Decimal()) / len(known)
        pairs.append((mean, after))
    return pairs
