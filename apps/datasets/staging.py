"""One file from text to typed, checked rows, inside a DuckDB of its own. Nothing here touches the application database.

Views and tables of a stage: grid and raw (the cells; raw put right and without blank lines: grid.py), lookup<n>, texts
(fields as text), typed (fields as values and _mask, one bit for each failed check), dropped (lines that a later line
with the same key replaces), valid (what may be committed).
"""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Mapping as AnyMapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from apps.datasets.checks import Issue, checks_of, happened
from apps.datasets.errors import ImportRefusal
from apps.datasets.expressions import trimmed, typed
from apps.datasets.formulas import macros
from apps.datasets.grid import lay_out
from apps.datasets.guessing import guess_formats, wrong_guesses
from apps.datasets.mapping import parse
from apps.datasets.plan import Plan, make_plan
from apps.datasets.reader import Progress, Source, open_source, quiet
from apps.datasets.repairs import NO_REPAIRS, Repairs
from apps.datasets.returning import reading_of
from apps.datasets.schema import Field
from apps.datasets.splitting import find_splits, shared_sql
from apps.datasets.stages import Stage, row
from apps.datasets.store.sql import as_text, name, names, text, to_parquet
from apps.datasets.telling import tell_all
from apps.datasets.views import copies_sql, joined, lookup_key, parted, view_of_texts

__all__ = ["Progress", "Stage", "covers", "currencies", "plan_for", "stage"]


def plan_for(
    path: Path, file_name: str, table: str, mapping: AnyMapping[str, Any] | None, lookups: AnyMapping[str, Path],
    folder: Path, *, complete: bool = True, progress: Progress = quiet,
) -> tuple[Source, Plan]:  # fmt: skip
    """Open the files and bring them together with the mapping. Refusal for anything that does not fit.

    complete=False: required fields may still be without a source (plan.make_plan).
    """
    parsed = parse(mapping, table)
    source = open_source(path, _folder(folder, "file"), file_name, reading_of(path, parsed.reading), progress)
    opened = []
    for number, lookup in enumerate(parsed.lookups):
        found = lookups.get(lookup.file)
        if found is None or not found.is_file():
            raise ImportRefusal(
                f"The lookup file `{lookup.file}` of the mapping is not there: put it beside the mapping file."
            )
        opened.append(open_source(found, _folder(folder, f"lookup{number}"), lookup.file))
    return source, make_plan(parsed, source, opened, complete=complete)


def _folder(folder: Path, name_: str) -> Path:
    made = folder / name_
    made.mkdir(parents=True, exist_ok=True)
    return made


def stage(
    con: duckdb.DuckDBPyConnection, source: Source, plan: Plan, *, today: date, progress: Progress,
    repairs: Repairs = NO_REPAIRS, within: tuple[date, date] | None = None,
) -> Stage:  # fmt: skip
    """Read, put right, type and check every row. Refusal if the file as a whole cannot be understood.

    within: the period [from, to) that the file replaces, outside of which no row of it may lie.
    """
    progress("Reading the file", 0, 0)
    source.load(con, "grid", progress)
    laid = lay_out(con, plan, repairs)
    for macro in macros():
        con.execute(macro)
    notes = [note for number in range(len(plan.lookups)) for note in load_lookup(con, number, plan)]
    con.execute(view_of_texts(plan))
    if wrong := wrong_guesses(con, plan):
        plan = plan.without(wrong)
        con.execute(view_of_texts(plan))
    plan = plan.with_formats(guess_formats(con, plan))
    staged = Stage(con, source, plan, checks_of(plan, today, within), excluded=laid.excluded)
    progress("Checking every row", 0, 0)
    _type_rows(staged)
    _drop_duplicates(staged)
    tell_all(staged, [*notes, *laid.notes, *_notes_below(source)])
    return staged


def _notes_below(source: Source) -> list[Issue]:
    """What stands below the table is not data, and whoever sent it is told what was taken for that."""
    if not source.notes_below:
        return []
    (first, cells), count = source.notes_below[0], len(source.notes_below)
    shown = " ".join(each.strip() for each in cells if each.strip())[:120]
    lines = "A line below the table was" if count == 1 else f"{count:,} lines below the table were"
    message = f"{lines} taken for notes and not for rows; the first is line {first:,}: “{shown}”."
    return [Issue(0, "", shown, message, rejects=False, kind="notes_below")]


def load_lookup(con: duckdb.DuckDBPyConnection, number: int, plan: Plan) -> list[Issue]:
    """lookup<n>: one row for each key, with the keys as k<column>. Refusal if two rows of a key say different things.

    Case does not matter unless two keys differ by case alone. Lines with too many cells that cannot be mended are left
    out; the issues tell of them and of the mended ones.
    """
    lookup, used = plan.lookups[number], plan.used_of_lookup(number)
    keys = [column for _, column in lookup.on]
    lookup.source.load(con, "cells")
    con.execute("CREATE OR REPLACE VIEW loaded AS SELECT * FROM cells WHERE _note IS NULL OR _note NOT LIKE 'long %'")
    everything = [(each, trimmed(f"c{each}")) for each in range(len(lookup.source.header))]
    columns = ", ".join(f"{sql if each in used else f'any_value({sql})'} AS c{each}" for each, sql in everything)
    con.execute(
        f"CREATE OR REPLACE TABLE found AS SELECT min(_line) AS _line, {columns} FROM loaded"
        f" GROUP BY {', '.join(trimmed(f'c{each}') for each in sorted(used))}"
    )
    pairs = ", ".join(f"c{key}" for key in keys)
    folded = ", ".join(f"lower(c{key})" for key in keys)
    exact, alike = con.execute(f"SELECT count(DISTINCT ({pairs})), count(DISTINCT ({folded})) FROM found").fetchall()[0]
    con.execute(f"CREATE OR REPLACE MACRO lookup_key{number}(t) AS {'lower(t)' if exact == alike else 't'}")
    asked = ", ".join(lookup_key(number, f"c{key}") + f" AS k{key}" for key in keys)
    con.execute(f"CREATE OR REPLACE TABLE lookup{number} AS SELECT *, {asked} FROM found ORDER BY _line")
    _refuse_ambiguous(con, number, lookup.source.name, keys)
    return _lookup_notes(con, lookup.source.name)


def _lookup_notes(con: duckdb.DuckDBPyConnection, file: str) -> list[Issue]:
    """What had to be mended or left out in the lines of a lookup, each kind once with its first line."""
    said = {
        "mended": "with a text that holds the delimiter without quotes: put together again",
        "quotes": "in which quotation marks do not pair: read as part of the text",
        "long": "with more cells than the header: left out",
    }
    found = con.execute(
        "SELECT split_part(_note, ' ', 1), count(*), min(_line) FROM cells"
        " WHERE _note IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [
        Issue(
            0, "", "", f"The lookup `{file}` has {_lines_told(count, line)} {said[kind]}.", rejects=False, kind="lookup"
        )
        for kind, count, line in found
        if kind in said
    ]


def _lines_told(count: int, first: int) -> str:
    return f"a line ({first})" if count == 1 else f"{count:,} lines (the first is {first})"


def _refuse_ambiguous(con: duckdb.DuckDBPyConnection, number: int, file: str, keys: list[int]) -> None:
    on = ", ".join(f"k{key}" for key in keys)
    twice = con.execute(
        f"SELECT {', '.join(f'min(c{key})' for key in keys)}, min(_line), max(_line) FROM lookup{number} GROUP BY {on}"
        f" HAVING count(*) > 1 AND {' AND '.join(f'k{key} IS NOT NULL' for key in keys)} ORDER BY min(_line) LIMIT 1"
    ).fetchall()
    if twice:
        *found, first, last = twice[0]
        raise ImportRefusal(
            f"The lookup `{file}` has `{', '.join(found)}` in line {first} and again in line {last}, with"
            " different values: which one counts? Leave one of them."
        )


def _type_rows(staged: Stage) -> None:
    shared = staged.plan.mapping.table.shared if find_splits(staged.con, staged.plan) else ""
    values = ", ".join(
        f"{_value(each, staged, shared)}::{each.type.sql} AS {name(each.name)}" for each in staged.plan.fields
    )
    bits = " | ".join(
        f"(CASE WHEN {check.condition} THEN {1 << bit} ELSE 0 END)::BIGINT" for bit, check in enumerate(staged.checks)
    )
    path = staged.source.folder / "typed.parquet"
    query = f"SELECT _line, {names(staged.columns)}, {bits} AS _mask FROM (SELECT *, {values} FROM texts)"
    to_parquet(staged.con, query, path)
    staged.con.execute(f"CREATE OR REPLACE VIEW typed AS SELECT * FROM read_parquet({text(str(path))})")
    staged.read, staged.rejected, staged.failed = row(
        staged,
        f"SELECT count(*), count(*) FILTER (_mask & {staged.error_mask} <> 0), coalesce(bit_or(_mask), 0) FROM typed",
    )
    staged.left_out = _left_out(staged)


def _value(each: Field, staged: Stage, shared: str) -> str:
    """SQL of the typed value of a field, from the texts; `shared` is the field in which several share some rows."""
    plan = staged.plan
    if each.month_after and plan.derived_from(each):
        start = plan.field(each.month_after)
        begins = typed(start, as_text(start.name), plan.formats.get(start.name, ""))
        return f"CAST({begins} + INTERVAL 1 MONTH AS DATE)"
    if each.name == shared:
        return shared_sql(as_text(each.name))
    return typed(each, as_text(each.name), plan.formats.get(each.name, ""))


def _left_out(staged: Stage) -> int:
    """Rows that the mapping does not want: `where` does not hold, or they stand for no row at all."""
    plan = staged.plan
    if plan.mapping.repeat:
        (made,) = row(staged, f"SELECT sum(greatest(coalesce({copies_sql(plan)}, 1), 1)) FROM ({joined(plan)}) r")
        return int(made or 0) - staged.read
    if plan.where:
        (made,) = row(staged, f"SELECT count(*) FROM ({parted(plan)})")
        return made - staged.read
    return 0


def _drop_duplicates(staged: Stage) -> None:
    """Of several lines with the same key the last one counts."""
    con, key = staged.con, names(staged.plan.key)
    con.execute("CREATE OR REPLACE TABLE dropped (_line BIGINT, kept BIGINT)")
    good = f"SELECT * FROM typed WHERE _mask & {staged.error_mask} = 0"
    if key:
        (different,) = row(staged, f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM ({good}))")
        if different != staged.read - staged.rejected:
            con.execute(
                f"INSERT INTO dropped SELECT _line, kept FROM (SELECT _line, max(_line) OVER (PARTITION BY {key}) AS"
                f" kept FROM ({good})) WHERE _line < kept"
            )
            (staged.duplicates,) = row(staged, "SELECT count(*) FROM dropped")
    without = "WHERE _line NOT IN (SELECT _line FROM dropped)" if staged.duplicates else ""
    con.execute(f"CREATE OR REPLACE VIEW valid AS SELECT * EXCLUDE (_mask) FROM ({good}) {without}")


def currencies(staged: Stage) -> list[str]:
    """The currency codes of the valid rows."""
    coded = [each.name for each in staged.plan.mapping.table.fields if each.codes and staged.plan.has_source(each.name)]
    found = [staged.con.execute(f"SELECT DISTINCT {name(each)} FROM valid").fetchall() for each in coded]
    return sorted({code for rows in found for (code,) in rows if code})


def covers(staged: Stage, today: date) -> tuple[date | None, date | None]:
    """First and last day on which something happened in the valid rows; plans and future dates do not count."""
    events = [each for each in staged.plan.mapping.table.event_dates if staged.plan.has_source(each)]
    if not events:
        return None, None
    union = " UNION ALL ".join(
        f"SELECT {name(each)}::DATE AS d FROM valid WHERE {happened(each, staged.plan)}" for each in events
    )
    first, last = staged.con.execute(f"SELECT min(d), max(d) FROM ({union}) WHERE d <= ?", [today]).fetchall()[0]
    return first, last
