"""Which periods a part can be asked for."""

from django.http import QueryDict

from apps.common.dates import period_told
from apps.common.periods import Fiscal, Grain, Period, PeriodError, parse_period, period_of, previous_period
from apps.pages.kpis.change.subject import Subject

MOST = {Grain.YEAR: 3, Grain.QUARTER: 8, Grain.MONTH: 13}


def choices(subject: Subject, grains: tuple[Grain, ...]) -> list[tuple[str, str]]:
    """(label, as people say it), the newest first, of every grain as far as the data goes back."""
    found = []
    for grain in grains:
        period = period_of(subject.through, grain, subject.year_start)
        for _ in range(MOST[grain]):
            if period.end <= subject.first:
                break
            found.append((period.label, period_told(period.start, period.end, subject.year_start)))
            period = previous_period(period, grain, subject.year_start)
    return found


def period_asked(subject: Subject, asked: QueryDict, name: str, default: Period) -> Period:
    """A word that is no period falls back to the default."""
    try:
        return parse_period(asked.get(name, ""), subject.year_start)
    except PeriodError:
        return default


def with_asked(listed: list[tuple[str, str]], period: Period, year_start: Fiscal) -> list[tuple[str, str]]:
    """An older period that an address asks for can be seen in the list of choices, too."""
    if period.label in dict(listed):
        return listed
    return [*listed, (period.label, period_told(period.start, period.end, year_start))]
