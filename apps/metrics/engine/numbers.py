"""Numbers of a formula that no row gives: how long a period is, and what the workspace says of its market."""

from datetime import date
from decimal import Decimal

from apps.metrics.catalogue.formulas import Given, Length, Measured
from apps.metrics.engine.alone import months_between
from apps.metrics.engine.evaluate import Outcome
from apps.metrics.engine.figures import NOT_GIVEN, Context
from apps.metrics.engine.plan import Need
from apps.metrics.engine.windows import Window, reached


def number_without_rows(need: Need, window: Window, through: date | None, context: Context) -> Decimal | Outcome | None:
    """None: rows give it."""
    if isinstance(need.leaf, Given):
        known = [value for day, value in sorted(context.given.get(need.leaf.name, ())) if day < window.end]
        return known[-1] if known else NOT_GIVEN
    if isinstance(need.leaf, Length):
        return _length(need.leaf.unit, window.start, max(window.start, reached(window.end, through)), context)
    return None


def _length(unit: Measured, start: date, end: date, context: Context) -> Decimal | Outcome:
    if unit is Measured.WORKING_DAYS:
        return Decimal(context.calendar.count(start, end))
    if unit is Measured.MONTHS:
        months = months_between(start, end)
        return Decimal(months.numerator), Decimal(months.denominator)
    return Decimal((end - start).days)
