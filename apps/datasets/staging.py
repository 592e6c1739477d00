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
from apps.datasets.expressions import lookup_key, replaced, trimmed, typed, view_of_texts
from apps.datasets.guessing import guess_formats, wrong_guesses
from apps.datasets.mapping import parse
from apps.datasets.plan import Plan, make_plan
from apps.datasets.reader import Source, open_source
from apps.datasets.store.sql import as_text, name, names, text, to_parquet

Progress = Callable[[str, int, int], None]
ISSUES_KEPT = 1000


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
    source = open_source(path, _folder(folder, "file"), file_name)
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


def stage(con: duckdb.DuckDBPyConnection, source: Source, plan: Plan, *, today: date, progress: Progress) -> Stage:
    """Read, type and check every row. Refusal if the file as a whole cannot be understood."""
    progress("Reading the file", 0, 0)
    source.load(con, "grid")
    cells = ", ".join(f"c{each}" for each in range(len(source.header)))
    con.execute(f"CREATE OR REPLACE VIEW raw AS SELECT * FROM grid WHERE coalesce({cells}, _note) IS NOT NULL")
    for number in range(len(plan.lookups)):
        _load_lookup(con, number, plan)
    con.execute(view_of_texts(plan))
    if wrong := wrong_guesses(con, plan):
        plan = plan.without(wrong)
        con.execute(view_of_texts(plan))
    plan = plan.with_formats(guess_formats(con, plan))
    staged = Stage(con, source, plan, checks_of(plan, today))
    progress("Checking every row", 0, 0)
    _type_rows(staged)
    _drop_duplicates(staged)
    staged.issues = [*_row_issues(staged), *_lookup_issues(staged)]
    staged.issues.sort(key=lambda issue: (not issue.rejects, issue.line))
    del staged.issues[ISSUES_KEPT:]
    return staged


def _load_lookup(con: duckdb.DuckDBPyConnection, number: int, plan: Plan) -> None:
    """lookup<n>: one row for each key, with the keys as k<column>. Refusal if two rows of a key say different things.

    Case does not matter unless two keys differ by case alone.
    """
    lookup, used = plan.lookups[number], plan.used_of_lookup(number)
    keys = [column for _, column in lookup.on]
    lookup.source.load(con, "loaded")
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
    plan = staged.plan
    values = ", ".join(
        f"{typed(each, as_text(each.name), plan.formats.get(each.name, ''))}::{each.type.sql} AS {name(each.name)}"
        for each in plan.fields
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
    fields = ["_line", "_note", *staged.columns]
    while chunk := cursor.fetchmany(5000):
        for *values, mask in chunk:
            row = dict(zip(fields, values, strict=True))
            yield int(row["_line"]), int(mask), row


def issues_of(staged: Stage, line: int, mask: int, row: Texts) -> list[Issue]:
    return [
        Issue(line, check.field, (row.get(check.field) or "")[:200], check.say(row)[:300], check.rejects)
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
        message = f"Line {kept} has the same {key} and comes later: that one counts."
        found.append(Issue(line, key, value[:200], message, rejects=False))
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
            f" FROM raw r GROUP BY 1) WHERE t IS NOT NULL"
            f" AND NOT EXISTS (FROM lookup{number} WHERE k{theirs} IN ({', '.join(asked)})) ORDER BY line"
        ).fetchall()
        for value, line, times in unknown:
            rows = "1 row" if times == 1 else f"{times:,} rows"
            message = f"`{value}` is not in the lookup `{each.lookup.file}` ({rows})."
            found.append(Issue(line, staged.plan.headers[place.column], value[:200], message[:300], rejects=False))
    return found


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
