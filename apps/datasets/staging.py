"""One file from text to typed, checked rows, inside a DuckDB of its own. Nothing here touches the application database.

Views and tables of a stage: grid and raw (the cells; raw without lines of nothing but delimiters), lookup<n>, texts
(fields as text), typed (fields as values and _mask, one bit for each failed check), dropped (lines that a later line
with the same key replaces), valid (what may be committed).
"""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from apps.datasets.checks import Check, Issue, Texts, checks_of, happened
from apps.datasets.errors import ImportRefusal
from apps.datasets.expressions import replaced, trimmed, typed
from apps.datasets.formulas import macros
from apps.datasets.guessing import guess_formats, wrong_guesses
from apps.datasets.mapping import parse
from apps.datasets.plan import LookupPlan, Plan, make_plan
from apps.datasets.reader import Source, open_source
from apps.datasets.schema import Field
from apps.datasets.splitting import find_splits, shared_sql
from apps.datasets.store.lines import line_of
from apps.datasets.store.sql import as_text, name, names, text, to_parquet
from apps.datasets.views import copies_sql, joined, lookup_key, parted, view_of_texts

Progress = Callable[[str, int, int], None]
ISSUES_KEPT = 1000
LOOKED_UP_TOLD = 50  # values a lookup does not know are told one by one up to here


@dataclass
class Stage:
    """A file read, typed and checked."""

    con: duckdb.DuckDBPyConnection
    source: Source
    plan: Plan
    checks: list[Check]
    read: int = 0
    rejected: int = 0
    duplicates: int = 0
    left_out: int = 0
    issues: list[Issue] = field(default_factory=list)

    @property
    def valid(self) -> int:
        return self.read - self.rejected - self.duplicates

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.plan.fields)

    @property
    def error_mask(self) -> int:
        """The bits of the checks that reject a row."""
        return sum(1 << bit for bit, check in enumerate(self.checks) if check.rejects)


def plan_for(
    path: Path, file_name: str, table: str, mapping: AnyMapping[str, Any] | None, lookups: AnyMapping[str, Path],
    folder: Path, *, complete: bool = True,
) -> tuple[Source, Plan]:  # fmt: skip
    """Open the files and bring them together with the mapping. Refusal for anything that does not fit.

    complete=False: required fields may still be without a source (plan.make_plan).
    """
    parsed = parse(mapping, table)
    source = open_source(path, _folder(folder, "file"), file_name, parsed.reading)
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
    within: tuple[date, date] | None = None,
) -> Stage:  # fmt: skip
    """Read, type and check every row. Refusal if the file as a whole cannot be understood.

    within: the period [from, to) that the file replaces, outside of which no row of it may lie.
    """
    progress("Reading the file", 0, 0)
    source.load(con, "grid")
    cells = ", ".join(f"c{each}" for each in range(len(source.header)))
    con.execute(f"CREATE OR REPLACE VIEW raw AS SELECT * FROM grid WHERE coalesce({cells}, _note) IS NOT NULL")
    for macro in macros():
        con.execute(macro)
    notes = [note for number in range(len(plan.lookups)) for note in _load_lookup(con, number, plan)]
    con.execute(view_of_texts(plan))
    if wrong := wrong_guesses(con, plan):
        plan = plan.without(wrong)
        con.execute(view_of_texts(plan))
    plan = plan.with_formats(guess_formats(con, plan))
    staged = Stage(con, source, plan, checks_of(plan, today, within))
    progress("Checking every row", 0, 0)
    _type_rows(staged)
    _drop_duplicates(staged)
    staged.issues = [*_row_issues(staged), *_lookup_issues(staged), *notes]
    staged.issues.sort(key=lambda issue: (not issue.rejects, issue.line))
    del staged.issues[ISSUES_KEPT:]
    return staged


def _load_lookup(con: duckdb.DuckDBPyConnection, number: int, plan: Plan) -> list[Issue]:
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
        Issue(0, "", "", f"The lookup `{file}` has {_lines_told(count, line)} {said[kind]}.", rejects=False)
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
    read, rejected = _row(staged, f"SELECT count(*), count(*) FILTER (_mask & {staged.error_mask} <> 0) FROM typed")
    staged.read, staged.rejected = read, rejected
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
        (made,) = _row(staged, f"SELECT sum(greatest(coalesce({copies_sql(plan)}, 1), 1)) FROM ({joined(plan)}) r")
        return int(made or 0) - staged.read
    if plan.where:
        (made,) = _row(staged, f"SELECT count(*) FROM ({parted(plan)})")
        return made - staged.read
    return 0


def _drop_duplicates(staged: Stage) -> None:
    """Of several lines with the same key the last one counts."""
    con, key = staged.con, names(staged.plan.key)
    con.execute("CREATE OR REPLACE TABLE dropped (_line BIGINT, kept BIGINT)")
    good = f"SELECT * FROM typed WHERE _mask & {staged.error_mask} = 0"
    if key:
        (different,) = _row(staged, f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM ({good}))")
        if different != staged.read - staged.rejected:
            con.execute(
                f"INSERT INTO dropped SELECT _line, kept FROM (SELECT _line, max(_line) OVER (PARTITION BY {key}) AS"
                f" kept FROM ({good})) WHERE _line < kept"
            )
            (staged.duplicates,) = _row(staged, "SELECT count(*) FROM dropped")
    without = "WHERE _line NOT IN (SELECT _line FROM dropped)" if staged.duplicates else ""
    con.execute(f"CREATE OR REPLACE VIEW valid AS SELECT * EXCLUDE (_mask) FROM ({good}) {without}")


def bad_rows(staged: Stage, limit: int | None = None, *, warnings: bool = True) -> Iterator[tuple[int, int, Texts]]:
    """(line, mask, texts) of the rows that failed a check, those that are rejected first."""
    wanted = "_mask <> 0" if warnings else f"_mask & {staged.error_mask} <> 0"
    cursor = staged.con.cursor()
    cursor.execute(
        f"SELECT x.*, _mask FROM texts x JOIN (SELECT _line, _mask FROM typed WHERE {wanted}"
        f" ORDER BY _mask & {staged.error_mask} = 0, _line {f'LIMIT {limit}' if limit else ''}) m"
        f" ON x._line = m._line ORDER BY _mask & {staged.error_mask} = 0, x._line"
    )
    fields = [each[0].removeprefix("_t_") for each in cursor.description or ()][:-1]
    while chunk := cursor.fetchmany(5000):
        for *values, mask in chunk:
            row = dict(zip(fields, values, strict=True))
            yield int(row["_line"]), int(mask), row


def issues_of(staged: Stage, line: int, mask: int, row: Texts) -> list[Issue]:
    return [
        Issue(line_of(line), check.field, (row.get(check.field) or "")[:200], check.say(row)[:300], check.rejects)
        for bit, check in enumerate(staged.checks)
        if mask >> bit & 1
    ]


def _row_issues(staged: Stage) -> list[Issue]:
    found: list[Issue] = []
    if _row(staged, "SELECT count(*) FROM typed WHERE _mask <> 0")[0]:
        for line, mask, row in bad_rows(staged, ISSUES_KEPT):
            found += issues_of(staged, line, mask, row)
    key = ", ".join(staged.plan.key)
    values = f"concat_ws(', ', {names(staged.plan.key, 'typed.')})" if staged.plan.key else "''"
    for line, kept, value in staged.con.execute(
        f"SELECT _line, dropped.kept, {values} FROM dropped JOIN typed USING (_line) ORDER BY 1 LIMIT {ISSUES_KEPT}"
    ).fetchall():
        message = f"Line {line_of(kept)} has the same {key} and comes later: that one counts."
        found.append(Issue(line_of(line), key, value[:200], message, rejects=False))
    return found


def _lookup_issues(staged: Stage) -> list[Issue]:
    """One warning for each text that a lookup does not know, with the number of rows."""
    found = []
    for number, each in enumerate(staged.plan.lookups):
        place, theirs = each.on[0]
        if len(each.on) > 1 or place.lookup is not None:
            continue
        asked = [lookup_key(number, sql) for sql in ("t", replaced("t", each.values))]
        unknown = staged.con.execute(
            f"SELECT t, line, times FROM (SELECT {trimmed(place.sql)} AS t, min(_line) AS line, count(*) AS times"
            f" FROM ({parted(staged.plan)}) r GROUP BY 1) WHERE t IS NOT NULL"
            f" AND NOT EXISTS (FROM lookup{number} WHERE k{theirs} IN ({', '.join(asked)})) ORDER BY line"
        ).fetchall()
        if len(unknown) > LOOKED_UP_TOLD:
            found.append(_many_unknown(staged, each, unknown))
            continue
        for value, line, times in unknown:
            rows = "1 row" if times == 1 else f"{times:,} rows"
            message = f"`{value}` is not in the lookup `{each.lookup.file}` ({rows})."
            found.append(Issue(line, staged.plan.headers[place.column], value[:200], message[:300], rejects=False))
    return found


def _many_unknown(staged: Stage, each: LookupPlan, unknown: list[tuple[str, int, int]]) -> Issue:
    """Mostly another list that was never meant to hold them all: one sentence says it."""
    header, rows = staged.plan.headers[each.on[0][0].column], sum(times for _, _, times in unknown)
    value, line, _ = unknown[0]
    message = (
        f"{len(unknown):,} values of `{header}` are not in the lookup `{each.lookup.file}` ({rows:,} rows);"
        f" the first is `{value}`."
    )
    return Issue(line, header, value[:200], message[:300], rejects=False)


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


def _row(staged: Stage, query: str) -> tuple[int, ...]:
    return tuple(staged.con.execute(query).fetchall()[0])
