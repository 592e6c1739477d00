"""KPI values on the command line: as JSON for programs, as a table for people."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from django.core.management.base import CommandParser

from apps.common.commands import RefusingCommand
from apps.common.errors import Refusal
from apps.common.periods import Grain
from apps.metrics.catalogue import Definitions, Kpi, Unit
from apps.metrics.engine import REASONS, Figure, GroupFigure
from apps.metrics.engine.figures import NO_DATA
from apps.metrics.lacking import needs_told
from apps.metrics.queries import compute, computed_in, covered_through, definitions_of, left_out
from apps.metrics.readiness import readiness_of
from apps.people.models import Workspace
from apps.people.queries import workspace_called


class Command(RefusingCommand):
    help = (
        "Compute a KPI over the imported data, by period and group. Shares are fractions, durations days. "
        "A change compares whole periods, also where the data ends within one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kpi", help="its key, for example win_rate")
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--period", help="2017, 2017-Q3, 2017-03, 2017-W12 or 2017-03-01..2017-04-15; default all")
        parser.add_argument("--grain", default=Grain.ALL.value, help="day, week, month, quarter, year or all (default)")
        parser.add_argument("--by", metavar="FIELD", help="one row per value of this column")
        parser.add_argument("--as-of", metavar="DATE", help="what was known at the end of that day")
        parser.add_argument(
            "--variant",
            metavar="NAME",
            help="the definition to take, mostly named by its table; default: the one chosen, else the first with rows",
        )
        parser.add_argument("--json", action="store_true", help="a list of objects instead of a table")

    def perform(self, **options: Any) -> None:
        workspace = workspace_called(options["workspace"])
        definitions = definitions_of(workspace)
        kpi = definitions.get(options["kpi"], options["variant"])
        grain = _grain(options["grain"])
        figures = compute(
            workspace=workspace,
            kpi=kpi,
            period=options["period"],
            grain=grain,
            by=options["by"],
            as_of=_end_of_day(options["as_of"], workspace),
        )
        if why := _why_nothing(workspace, definitions, kpi, figures, options):
            self.stderr.write(why)
        for sentence in left_out(workspace, kpi, _end_of_day(options["as_of"], workspace)):
            self.stderr.write(sentence)
        there = computed_in(workspace, kpi)
        if there and not options["json"]:
            self.stderr.write(f"Computed in {there}.")
        if options["json"]:
            self.stdout.write(
                json.dumps([_as_json(kpi, figure, grain, there) for figure in figures], indent=1, ensure_ascii=False)
            )
        else:
            known = _end_of_day(options["as_of"], workspace)
            through = covered_through(workspace, kpi, known) if kpi.ripe_after else None
            self.stdout.write(_as_table(kpi, figures, by=options["by"], through=through))


def _grain(text: str) -> Grain:
    if text not in set(Grain):
        raise Refusal(f"“{text}” is not a grain. Choose one of {', '.join(Grain)}.")
    return Grain(text)


def _why_nothing(
    workspace: Workspace,
    definitions: Definitions,
    kpi: Kpi,
    figures: Sequence[GroupFigure],
    options: Mapping[str, Any],
) -> str:
    """What has to be brought; or, with everything there, that it does not cover what was asked. Empty for figures."""
    if any(each.figure.value is not None for each in figures):
        return ""
    readiness = readiness_of(workspace)
    if lacking := readiness.missing(kpi):
        could = [other for other in definitions.variants(kpi.key) if readiness.can_compute(other)]
        others = f" It can be computed with --variant {' or '.join(each.variant for each in could)}." if could else ""
        return f"{definitions.told(kpi)} cannot be computed yet: it {needs_told([lacking])}.{others}"
    if any(each.figure.reason != NO_DATA for each in figures):
        return ""
    when = f" in {options['period']}" if options["period"] else ""
    when += f" as known on {options['as_of']}" if options["as_of"] else ""
    return f"There are no {kpi.tables[0]} that count for {kpi.name.lower()}{when}. Has the file been imported?"


def _end_of_day(text: str | None, workspace: Workspace) -> datetime | None:
    """The last moment of that day where the workspace is."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"“{text}” is not a day. Write it like 2017-05-12.") from None
    try:
        return datetime.combine(day, time.max, ZoneInfo(workspace.timezone)).astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar
        raise Refusal(f"“{text}” is too far away. Write a day like 2017-05-12.") from None


def _as_json(kpi: Kpi, each: GroupFigure, grain: Grain, there: str) -> dict[str, Any]:
    """`there` names the relations of a warehouse in which it was computed, if it was.

    The grain `all` has no period, also where `--period` bounds it: the caller knows what was asked."""
    return {
        "period": each.period.label if each.period and grain is not Grain.ALL else None,
        "group": each.group,
        "numerator": _number(each.figure.numerator),
        "denominator": _number(each.figure.denominator),
        "count": each.figure.count,
        "value": _number(each.figure.value),
        "reason": each.figure.reason,
        "variant": kpi.variant,
        **({"ran_in": there} if there else {}),
    }


def _number(value: Decimal | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _as_table(kpi: Kpi, figures: Sequence[GroupFigure], *, by: str | None, through: date | None) -> str:
    """Right-aligned numbers under a line that says what they are. Of a cohort that in data up to `through` still has
    time the figure is marked: it grows."""
    columns = {"period": [each.period.label if each.period else "all" for each in figures]}
    if by:
        columns[by] = [each.group or "" for each in figures]
    texts = list(columns)
    columns |= {
        "numerator": [_short(each.figure.numerator) for each in figures],
        "denominator": [_short(each.figure.denominator) for each in figures],
        "count": [f"{each.figure.count:,}" for each in figures],
        kpi.unit.value.replace("_", " "): [_value(each.figure, kpi.unit) for each in figures],
    }
    if through:
        columns[""] = ["still growing" if _is_growing(kpi, each, through) else "" for each in figures]
    table = pd.DataFrame(columns, dtype=str)
    for name in texts:  # pandas aligns everything to the right
        width = max([len(name), *table[name].str.len()])
        table[name] = table[name].str.ljust(width)
        table = table.rename(columns={name: name.ljust(width)})
    title = f"{kpi.name} ({kpi.variant}, version {kpi.version}): {kpi.in_words}"
    return f"{title}\n{table.to_string(index=False)}" if len(table) else title


def _is_growing(kpi: Kpi, each: GroupFigure, through: date) -> bool:
    is_unripe = each.period is not None and kpi.is_growing(each.period.last_day, through)
    return is_unripe and each.figure.value is not None


def _value(figure: Figure, unit: Unit) -> str:
    return REASONS.get(figure.reason, figure.reason) if figure.value is None else _in_unit(figure.value, unit)


def _in_unit(value: Decimal, unit: Unit) -> str:
    return f"{value * 100:,.2f} %" if unit is Unit.PERCENT else _short(value)


def _short(value: Decimal | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.4f}"
