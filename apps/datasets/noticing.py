"""Counts in a checked file and in the rows already here, for the warnings about a table as a whole (warnings.py)."""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Sequence
from decimal import Decimal

from apps.datasets import warnings
from apps.datasets.checks import Issue, happened
from apps.datasets.stages import Stage, row
from apps.datasets.store import Snapshot
from apps.datasets.store.lines import line_of
from apps.datasets.store.sql import name, names, text
from apps.datasets.warnings import Known, Month, Owned


def noticed(staged: Stage, live: Snapshot, known: Known, *, key: Sequence[str], gone: str = "false") -> list[Issue]:
    """Every warning about the file as a whole.

    key: by which the file takes the place of live rows (none: it only adds); gone: SQL of further live rows `l` that it
    takes away.
    """
    found = _owners(staged, known) if staged.plan.has_source("owner") else []
    found += _blanks(staged)
    found += warnings.unusual_volume(staged.read, known)
    table = staged.plan.mapping.table
    if table.main_date in table.event_dates:
        months = _months(staged, live, key, gone)
        found += warnings.missing_months(months)
        what = warnings.MEASURED[table.name][2] if _is_measured(staged, live) else "number of rows"
        found += warnings.restated(months, what, live.complete_through)
    return found


def _owners(staged: Stage, known: Known) -> list[Issue]:
    table = staged.plan.mapping.table
    day = f"max({name(table.main_date)}) FILTER ({happened(table.main_date, staged.plan)})"
    rows = staged.con.execute(
        f"SELECT owner, count(*), min(_line), {day} FROM valid WHERE owner IS NOT NULL GROUP BY 1"
    ).fetchall()
    owned = [Owned(written, count, line_of(line), last) for written, count, line, last in rows]
    found = warnings.unknown_owners(owned, known)
    for written, left_on in warnings.gone_owners(owned, known).items():
        late = (
            f"{name(table.main_date)} >= DATE {text(left_on.isoformat())} AND {happened(table.main_date, staged.plan)}"
        )
        count, line = row(staged, f"SELECT count(*), min(_line) FROM valid WHERE owner = {text(written)} AND {late}")
        found.append(warnings.inactive_owner(written, left_on, count, line_of(line)))
    return found


def _blanks(staged: Stage) -> list[Issue]:
    table = staged.plan.mapping.table.name
    asked = [(column, on) for column, on in warnings.NEEDED[table].items() if staged.plan.has_source(column)]
    if not asked:
        return []
    counts = ", ".join(
        f"count(*) FILTER ({on} AND {name(column)} IS NULL), count(*) FILTER ({on}),"
        f" coalesce(min(_line) FILTER ({on} AND {name(column)} IS NULL), 0)"
        for column, on in asked
    )
    told = row(staged, f"SELECT {counts} FROM valid")
    found = []
    for number, (column, _) in enumerate(asked):
        blank, rows, line = told[3 * number : 3 * number + 3]
        found += warnings.mostly_blank(column, blank, rows, line_of(line))
    return found


def _is_measured(staged: Stage, live: Snapshot) -> bool:
    """Amounts in several currencies cannot be added up without their rates: then rows are counted."""
    return staged.plan.mapping.table.name in warnings.MEASURED and not live.foreign


def _months(staged: Stage, live: Snapshot, key: Sequence[str], gone: str) -> list[Month]:
    """Each month of the live rows and of the file, in order."""
    table = staged.plan.mapping.table
    amount, on, _ = warnings.MEASURED.get(table.name, ("1", "true", ""))
    if not _is_measured(staged, live):
        amount, on = "1", "true"
    month = f"date_trunc('month', {name(table.main_date)})::DATE"
    where = f"{name(table.main_date)} IS NOT NULL AND {happened(table.main_date, staged.plan)}"
    summed = f"coalesce(sum({amount}) FILTER ({on}), 0)::DECIMAL(38, 4)"
    came = staged.con.execute(f"SELECT {month}, count(*), {summed} FROM valid WHERE {where} GROUP BY 1").fetchall()
    found = {first: Month(first, rows_came=rows, came=total) for first, rows, total in came}
    if not live.row_files:  # nothing is here yet, or it is in a warehouse
        return [found[first] for first in sorted(found)]
    key = key if all(each in live.columns for each in key) else ()
    replaced = f"coalesce(({names(key, 'l.')}) IN (SELECT ({names(key)}) FROM valid), false)" if key else "false"
    taken = f"({replaced} OR coalesce({gone}, false))"
    lost = f"coalesce(sum({amount}) FILTER ({on} AND {taken}), 0)::DECIMAL(38, 4)"
    there = staged.con.execute(
        f"SELECT {month}, count(*), count(*) FILTER ({taken}), {summed}, {lost} FROM ({live.rows_sql()}) l"
        f" WHERE {where} GROUP BY 1"
    ).fetchall()
    for first, rows, rows_gone, total, went in there:
        new = found.get(first, Month(first))
        found[first] = Month(first, rows - rows_gone, Decimal(total), Decimal(went), new.came, new.rows_came)
    return [found[first] for first in sorted(found)]
