"""What a KPI can be compared with: numbers from outside, the own past, and the own targets.

A number from outside is drawn only where it measures the same and has not expired; else it is told as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from apps.goals.models import Benchmark, KpiBenchmark
from apps.metrics.catalogue import Direction, Kpi
from apps.people.models import Workspace

PERCENTILES = ("10", "25", "50", "75", "90")
BEST_OF = 8
MEDIAN_OF = 4


@dataclass(frozen=True)
class Own:
    """A number from the workspace's own past: what it is, and which periods it is made of."""

    name: str
    value: Decimal
    of: str


def benchmarks_of(workspace: Workspace, kpi: str = "") -> QuerySet[KpiBenchmark]:
    """Those that were not removed, the newest first; of one KPI by its key."""
    found = KpiBenchmark.objects.filter(workspace=workspace, removed_at__isnull=True).select_related("entered_by")
    return found.filter(kpi=kpi) if kpi else found


def is_expired(benchmark: KpiBenchmark, today: date) -> bool:
    return benchmark.expires_on <= today


def is_drawn(benchmark: KpiBenchmark, kpi: Kpi) -> bool:
    """Only what measures the same may be a line or a band beside our own numbers."""
    same_variant = benchmark.variant in ("", kpi.variant)
    return benchmark.match == Benchmark.Match.SAME and same_variant


def band_of(benchmark: KpiBenchmark) -> tuple[Decimal, Decimal] | None:
    """From where to where it goes: a range, the middle half of a sample, or a single value as both ends."""
    if benchmark.low is not None and benchmark.high is not None:
        return benchmark.low, benchmark.high
    known = benchmark.percentiles
    for first, last in (("25", "75"), ("10", "90")):
        if first in known and last in known:
            return Decimal(str(known[first])), Decimal(str(known[last]))
    return (benchmark.value, benchmark.value) if benchmark.value is not None else None


def middle_of(benchmark: KpiBenchmark) -> Decimal | None:
    """The one number to name: the value, or the median."""
    if benchmark.value is not None:
        return benchmark.value
    return Decimal(str(benchmark.percentiles["50"])) if "50" in benchmark.percentiles else None


def own_history(periods: Sequence[tuple[str, Decimal | None]], direction: Direction, a_year: int) -> list[Own]:
    """From closed periods, oldest first: the same one last year, the median of the last four, the best of eight.

    `a_year`: how many periods make one. The newest period itself is what is compared, so it is left out.
    """
    earlier = list(periods[:-1])
    found: list[Own] = []
    if len(periods) > a_year:
        label, value = periods[-1 - a_year]
        if value is not None:
            found.append(Own("Same period last year", value, label))
    recent = [(label, value) for label, value in earlier[-MEDIAN_OF:] if value is not None]
    if len(recent) == MEDIAN_OF:
        found.append(Own(f"Median of the last {MEDIAN_OF}", _median([value for _, value in recent]), _span(recent)))
    best = [(label, value) for label, value in earlier[-BEST_OF:] if value is not None]
    if len(best) > 1:
        pick = min if direction is Direction.DOWN else max
        label, value = pick(best, key=lambda each: each[1])
        found.append(Own(f"Best of the last {len(best)}", value, label))
    return found


def _median(values: Sequence[Decimal]) -> Decimal:
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _span(values: Sequence[tuple[str, Decimal]]) -> str:
    return f"{values[0][0]} to {values[-1][0]}"
