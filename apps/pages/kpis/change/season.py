"""What comes back every year, or how much data is missing to tell."""

from dataclasses import dataclass

from apps.common.periods import Grain
from apps.metrics.analysis.numbers import NoAnswer, counted
from apps.metrics.analysis.season import FULL_YEARS, season
from apps.pages.kpis.bars import season_chart
from apps.pages.kpis.change.subject import Subject, from_first_row
from apps.pages.kpis.change.trend import place_in_year
from apps.pages.kpis.charts import Drawing

MONTHS_NEEDED = FULL_YEARS * 12


@dataclass(frozen=True)
class Seasonal:
    drawing: Drawing
    present: bool
    years: int


def season_of_months(subject: Subject) -> Seasonal | NoAnswer:
    """Of the complete months."""
    months = subject.complete_periods(Grain.MONTH)
    months, figures = from_first_row(months, subject.figures(months))
    if len(months) < MONTHS_NEEDED:
        return NoAnswer(_missing_told(len(months)))
    found = season([each.value for each in figures], first=place_in_year(months[0]))
    if isinstance(found, NoAnswer):
        return found
    return Seasonal(season_chart(found), found.present, found.years)


def _missing_told(months: int) -> str:
    missing = MONTHS_NEEDED - months
    there = "There is none yet" if not months else f"There {'is' if months == 1 else 'are'} {counted(months, 'month')}"
    verb = "is" if missing == 1 else "are"
    return (
        "What comes back every year shows after two full years, 24 complete months in a row."
        f" {there}; {counted(missing, 'month')} {verb} missing."
    )
