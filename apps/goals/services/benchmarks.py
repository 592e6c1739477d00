"""Benchmarks of KPIs: entered, taken from a CSV, removed and brought back. All audited, all or nothing."""

import csv
import io
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.common.errors import Refusal
from apps.common.periods import add_months
from apps.goals import rules
from apps.goals.benchmarks import PERCENTILES
from apps.goals.errors import GoalRefusal
from apps.goals.models import Benchmark, KpiBenchmark
from apps.goals.rules import Problems, Typed
from apps.metrics.catalogue import Definitions, Kpi
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Workspace

GOOD_FOR_MONTHS = 18
MOST_ROWS = 2000
# The headers of a CSV of benchmarks.
COLUMNS = (
    *("kpi", "value", "low", "high", "p10", "p25", "p50", "p75", "p90", "segment", "sample", "match"),
    *("source", "link", "licence", "data_period", "as_of", "expires_on"),
)
TEXTS = {"segment": 200, "source": 200, "link": 300, "licence": 200, "data_period": 60}


@dataclass(frozen=True)
class Entered:
    """A benchmark as somebody typed it. `percentiles` by their number: {"25": "3.1 %"}."""

    kpi: str
    source: str
    as_of: date | None
    value: Typed = None
    low: Typed = None
    high: Typed = None
    percentiles: dict[str, Typed] = field(default_factory=dict)
    match: str = Benchmark.Match.SIMILAR
    segment: str = ""
    sample: int | None = None
    link: str = ""
    licence: str = ""
    data_period: str = ""
    expires_on: date | None = None


@transaction.atomic
def add_benchmark(*, workspace: Workspace, by: Member | None, today: date, entered: Entered) -> KpiBenchmark:
    """One number, range or set of percentiles from outside. GoalRefusal with a sentence per field."""
    problems = Problems()
    benchmark = _checked(workspace, definitions_of(workspace), entered, today, problems)
    problems.refuse()
    benchmark.entered_by = by
    benchmark.save()
    _note(benchmark, by, "benchmark.add", {}, _told(benchmark))
    return benchmark


@transaction.atomic
def import_benchmarks(*, workspace: Workspace, by: Member | None, today: date, text: str) -> int:
    """All rows of a CSV with the COLUMNS as headers, or none. Returns how many; Refusal names lines and reasons."""
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    headers = set(rows[0]) if rows else set()
    if missing := {"kpi", "source", "as_of"} - headers:
        raise Refusal(f"The file needs the columns {', '.join(sorted(missing))}. Known are {', '.join(COLUMNS)}.")
    if unknown := {str(each) for each in headers} - set(COLUMNS):
        raise Refusal(f"The file has columns that mean nothing here: {', '.join(sorted(unknown))}.")
    if len(rows) > MOST_ROWS:
        raise Refusal(f"The file has {len(rows):,} rows; {MOST_ROWS:,} at a time is the most.")
    definitions = definitions_of(workspace)
    made, wrong = [], []
    for line, row in enumerate(rows, start=2):
        problems = Problems()
        made.append(_checked(workspace, definitions, _read(row, problems), today, problems))
        wrong += [f"Line {line}, {name or 'row'}: {sentence}" for name, sentence in problems.found.items()]
    if wrong:
        more = f" And {len(wrong) - 10} more." if len(wrong) > 10 else ""
        raise Refusal(f"Nothing was taken in. {' '.join(wrong[:10])}{more}")
    for benchmark in made:
        benchmark.entered_by = by
        benchmark.save()
        _note(benchmark, by, "benchmark.add", {}, _told(benchmark))
    return len(made)


@transaction.atomic
def remove_benchmark(*, benchmark: KpiBenchmark, by: Member | None) -> None:
    benchmark.removed_at = timezone.now()
    benchmark.save(update_fields=["removed_at"])
    _note(benchmark, by, "benchmark.remove", _told(benchmark), {})


@transaction.atomic
def restore_benchmark(*, benchmark: KpiBenchmark, by: Member | None) -> None:
    benchmark.removed_at = None
    benchmark.save(update_fields=["removed_at"])
    _note(benchmark, by, "benchmark.restore", {}, _told(benchmark))


def _checked(
    workspace: Workspace, definitions: Definitions, entered: Entered, today: date, problems: Problems
) -> KpiBenchmark:
    """Unsaved; meaningless if problems were found."""
    kpi = rules.the_kpi(entered.kpi, definitions, problems)
    value, low, high = (
        rules.the_number(getattr(entered, name), kpi, workspace, name, problems) for name in ("value", "low", "high")
    )
    percentiles = _percentiles(entered, kpi, workspace, problems)
    if value is None and low is None and high is None and not percentiles:
        problems.add("value", "Give a value, a range from low to high, or percentiles.")
    if (low is None) != (high is None):
        problems.add("low", "A range needs both ends, low and high.")
    if low is not None and high is not None and low > high:
        problems.add("low", "The range ends below where it begins: change its ends.")
    _check_source(entered, problems)
    _check_days(entered, today, problems)
    as_of = entered.as_of or today
    return KpiBenchmark(
        workspace=workspace,
        kpi=kpi.key if kpi else "",
        variant=kpi.variant if kpi and ":" in entered.kpi else "",
        kpi_version=kpi.version if kpi else 1,
        value=value,
        low=low,
        high=high,
        percentiles={name: str(number) for name, number in percentiles.items()},
        match=entered.match,
        sample=entered.sample,
        as_of=as_of,
        expires_on=entered.expires_on or add_months(as_of, GOOD_FOR_MONTHS),
        **{name: str(getattr(entered, name)).strip() for name in TEXTS},
    )


def _percentiles(entered: Entered, kpi: Kpi | None, workspace: Workspace, problems: Problems) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name in PERCENTILES:
        number = rules.the_number(entered.percentiles.get(name), kpi, workspace, f"p{name}", problems)
        if number is not None:
            found[name] = number
    if list(found.values()) != sorted(found.values()):
        problems.add("p10", "Percentiles rise from the 10th to the 90th: check their order.")
    return found


def _check_source(entered: Entered, problems: Problems) -> None:
    if not entered.source.strip():
        problems.add("source", "Name who published it: a number that cannot be checked is no benchmark.")
    if entered.match not in Benchmark.Match.values:
        problems.add("match", f"Say whether its definition is {', '.join(Benchmark.Match.values)}.")
    if entered.link and not entered.link.startswith(("https://", "http://")):
        problems.add("link", "A link begins with https://.")
    for name, longest in TEXTS.items():
        if len(str(getattr(entered, name))) > longest:
            problems.add(name, f"At most {longest} characters.")


def _check_days(entered: Entered, today: date, problems: Problems) -> None:
    if entered.as_of is None:
        problems.add("as_of", "Give the day of which it is.")
    elif entered.as_of > today:
        problems.add("as_of", "A benchmark of a day to come cannot be known yet.")
    if entered.expires_on and entered.as_of and entered.expires_on <= entered.as_of:
        problems.add("expires_on", "It would expire before it begins: choose a later day.")


def _read(row: dict[str, Any], problems: Problems) -> Entered:
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    sample = given["sample"].replace(",", "")
    if sample and not sample.isdecimal():
        problems.add("sample", f"“{sample}” is not a number of cases.")
    return Entered(
        kpi=given["kpi"],
        value=given["value"],
        low=given["low"],
        high=given["high"],
        percentiles={name: given[f"p{name}"] for name in PERCENTILES},
        match=given["match"] or Benchmark.Match.SIMILAR,
        sample=int(sample) if sample.isdecimal() else None,
        as_of=_day(given["as_of"], "as_of", problems),
        expires_on=_day(given["expires_on"], "expires_on", problems),
        **{name: given[name] for name in TEXTS},
    )


def _day(text: str, name: str, problems: Problems) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.add(name, f"“{text}” is not a date; write it like 2026-01-31.")
        return None


def _told(benchmark: KpiBenchmark) -> dict[str, Any]:
    told = {name: getattr(benchmark, name) for name in ("kpi", "source", "segment", "match")}
    numbers = {name: getattr(benchmark, name) for name in ("value", "low", "high")}
    told |= {name: str(number) for name, number in numbers.items() if number is not None}
    return told | {"as_of": benchmark.as_of.isoformat(), "percentiles": benchmark.percentiles}


def _note(
    benchmark: KpiBenchmark, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    record(
        workspace=benchmark.workspace,
        actor=by.user if by else None,
        action=action,
        subject=benchmark,
        before=before,
        after=after,
    )


__all__ = [
    "COLUMNS",
    "Entered",
    "GoalRefusal",
    "add_benchmark",
    "import_benchmarks",
    "remove_benchmark",
    "restore_benchmark",
]
