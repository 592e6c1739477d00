"""What is wrong with a file, told: every issue with line, column and value, and all of a kind as one.

The first issues of each kind are kept, so that ten thousand of one kind never hide the only one of another.
"""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Iterable, Iterator
from itertools import groupby

from apps.datasets.checks import ZONE, Issue, IssueGroup, Texts
from apps.datasets.expressions import replaced, trimmed
from apps.datasets.parts import most_copies
from apps.datasets.plan import LookupPlan, Plan
from apps.datasets.returning import OURS, ours
from apps.datasets.stages import Stage, row
from apps.datasets.store.lines import line_of, part_of
from apps.datasets.store.sql import names
from apps.datasets.views import lookup_key, parted

ISSUES_KEPT = 1000
LOOKED_UP_TOLD = 50  # values a lookup does not know are told one by one up to here


def tell_all(staged: Stage, notes: Iterable[Issue]) -> None:
    """Fills `issues` (those that reject first, then by line; the first of each kind) and `groups` (all, counted)."""
    counts = _counts(staged)
    rows = _row_issues(staged, counts)
    others = [*_duplicates(staged), *_zones(staged), *_lookup_issues(staged), *notes, *_returning(staged)]
    staged.issues = in_order([*rows, *others])
    staged.groups = [*_row_groups(staged, counts, rows), *grouped(others, {"duplicate": staged.duplicates})]


def in_order(issues: Iterable[Issue]) -> list[Issue]:
    """Those that reject first, then by line. No more than ISSUES_KEPT: each kind has its share before any has more."""
    found = sorted(issues, key=lambda issue: (not issue.rejects, issue.line))
    if len(found) <= ISSUES_KEPT:
        return found
    kinds: dict[tuple[str, str, bool], int] = {}
    most = max(ISSUES_KEPT // len({_kind(each) for each in found}), 1)
    shares: list[list[int]] = [[], []]
    for place, each in enumerate(found):
        kinds[_kind(each)] = kinds.get(_kind(each), 0) + 1
        shares[kinds[_kind(each)] > most].append(place)
    return [found[place] for place in sorted([*shares[0], *shares[1]][:ISSUES_KEPT])]


def grouped(issues: Iterable[Issue], counts: dict[str, int] | None = None) -> list[IssueGroup]:
    """One for each column and kind, as the first says it. `counts`: of a kind there are more than these issues."""
    found = []
    for (column, kind, rejects), each in groupby(sorted(issues, key=_kind), key=_kind):
        alike = list(each)
        rows = max((counts or {}).get(kind, 0), len(alike))
        found.append(IssueGroup(column, kind, alike[0].message, rows, rejects, alike[0].line))
    return found


def bad_rows(staged: Stage, *, warnings: bool = True) -> Iterator[tuple[int, int, Texts]]:
    """(line, mask, texts) of the rows that failed a check, those that are rejected first."""
    mask = staged.told_mask if warnings else staged.error_mask
    yield from _with_texts(staged, f"SELECT _line, _mask FROM typed WHERE _mask & {mask} <> 0")


def issues_of(staged: Stage, line: int, mask: int, texts: Texts) -> list[Issue]:
    return [
        Issue(
            line_of(line),
            check.field,
            (texts.get(check.field) or "")[:200],
            check.say(texts)[:300],
            check.rejects,
            check.kind,
            header_of(staged.plan, check.field, line),
        )
        for bit, check in enumerate(staged.checks)
        if (mask & staged.told_mask) >> bit & 1
    ]


def header_of(plan: Plan, field: str, stored: int) -> str:
    """The column of the file from which this row has a field; blank if it is computed or comes from elsewhere."""
    columns = [place.column for place in plan.places.get(field, ()) if place.lookup is None]
    if not columns or field in plan.computed:
        return ""
    if columns[0] < plan.width:
        return plan.headers[columns[0]]
    unpivot = plan.mapping.unpivot
    if unpivot and plan.headers[columns[0]] == unpivot.value:
        copies = most_copies(unpivot) if plan.mapping.repeat else 1
        return list(unpivot.columns)[(part_of(stored) - 1) // copies]
    return ""


def _kind(issue: Issue) -> tuple[str, str, bool]:
    return issue.column, issue.kind, issue.rejects


def _with_texts(staged: Stage, rows: str) -> Iterator[tuple[int, int, Texts]]:
    last = f"_mask & {staged.error_mask} = 0"
    cursor = staged.con.cursor()
    cursor.execute(f"SELECT x.*, _mask FROM texts x JOIN ({rows}) m ON x._line = m._line ORDER BY {last}, x._line")
    fields = [each[0].removeprefix("_t_") for each in cursor.description or ()][:-1]
    while chunk := cursor.fetchmany(5000):
        for *values, mask in chunk:
            texts = dict(zip(fields, values, strict=True))
            yield int(texts["_line"]), int(mask), texts


def _counts(staged: Stage) -> dict[int, int]:
    """How many rows failed each check, by its bit; costs nothing for a clean file."""
    bits = [bit for bit in range(len(staged.checks)) if staged.failed >> bit & 1]
    if not bits:
        return {}
    asked = ", ".join(f"count(*) FILTER (_mask & {1 << bit} <> 0)" for bit in bits)
    return dict(zip(bits, row(staged, f"SELECT {asked} FROM typed"), strict=True))


def _row_issues(staged: Stage, counts: dict[int, int]) -> list[Issue]:
    told = [bit for bit in counts if staged.checks[bit].kind != ZONE]
    if not told:
        return []
    wanted = f"SELECT _line, _mask FROM typed WHERE _mask & {staged.told_mask} <> 0"
    if sum(counts[bit] for bit in told) > ISSUES_KEPT:
        first = " UNION ALL ".join(
            f"(SELECT _line, _mask FROM typed WHERE _mask & {1 << bit} <> 0 ORDER BY _line LIMIT {ISSUES_KEPT})"
            for bit in told
        )
        wanted = f"SELECT DISTINCT _line, _mask FROM ({first})"
    return [
        issue for line, mask, texts in _with_texts(staged, wanted) for issue in issues_of(staged, line, mask, texts)
    ]


def _row_groups(staged: Stage, counts: dict[int, int], issues: list[Issue]) -> list[IssueGroup]:
    first = {_kind(each): each for each in sorted(issues, key=lambda each: -each.line)}
    found: dict[tuple[str, str, bool], IssueGroup] = {}
    for bit, rows in counts.items():
        check = staged.checks[bit]
        place = (check.field, check.kind, check.rejects)
        if place in first:
            before = found[place].rows if place in found else 0
            issue = first[place]
            found[place] = IssueGroup(check.field, check.kind, issue.message, before + rows, check.rejects, issue.line)
    return sorted(found.values(), key=lambda each: (not each.rejects, -each.rows))


def _duplicates(staged: Stage) -> list[Issue]:
    if not staged.duplicates:
        return []
    key, found = ", ".join(staged.plan.key), []
    values = f"concat_ws(', ', {names(staged.plan.key, 'typed.')})"
    for line, kept, value in staged.con.execute(
        f"SELECT _line, dropped.kept, {values} FROM dropped JOIN typed USING (_line) ORDER BY 1 LIMIT {ISSUES_KEPT}"
    ).fetchall():
        message = f"Line {line_of(kept)} has the same {key} and comes later: that one counts."
        found.append(Issue(line_of(line), key, value[:200], message, rejects=False, kind="duplicate"))
    return found


def _zones(staged: Stage) -> list[Issue]:
    """Times that do not say in which zone they are; one sentence for a column."""
    found = []
    for bit, check in enumerate(staged.checks):
        if check.kind == ZONE and staged.failed >> bit & 1:
            (rows,) = row(staged, f"SELECT count(*) FROM typed WHERE _mask & {1 << bit} <> 0")
            zone = staged.con.execute("SELECT current_setting('TimeZone')").fetchall()[0][0]
            told = "1 time says" if rows == 1 else f"{rows:,} times say"
            message = (
                f"`{check.field}`: {told} no time zone and {'is' if rows == 1 else 'are'} read as time in {zone}."
                " If that is not so, export them with their offset."
            )
            found.append(Issue(0, check.field, "", message, rejects=False, kind=ZONE))
    return found


def _returning(staged: Stage) -> list[Issue]:
    """A file of rejected rows is told as such: three of its columns are not data."""
    found = []
    if ours(staged.plan.headers):
        first, *others = staged.plan.headers[: len(OURS)]
        message = (
            f"The file has the rows that an earlier import rejected: its columns `{first}`, `{others[0]}` and"
            f" `{others[1]}` are not taken in."
        )
        found.append(Issue(0, "", "", message, rejects=False, kind="returning"))
    if staged.excluded and ours(staged.plan.headers):
        lines = "1 line was" if staged.excluded == 1 else f"{staged.excluded:,} lines were"
        message = f"{lines} excluded by hand and stay out; blank `{staged.plan.headers[1]}` in a line to take it in."
        found.append(Issue(0, "", "", message, rejects=False, kind="excluded"))
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
            found.append(
                Issue(line, staged.plan.headers[place.column], value[:200], message[:300], rejects=False, kind="lookup")
            )
    return found


def _many_unknown(staged: Stage, each: LookupPlan, unknown: list[tuple[str, int, int]]) -> Issue:
    """Mostly another list that was never meant to hold them all: one sentence says it."""
    header, rows = staged.plan.headers[each.on[0][0].column], sum(times for _, _, times in unknown)
    value, line, _ = unknown[0]
    message = (
        f"{len(unknown):,} values of `{header}` are not in the lookup `{each.lookup.file}` ({rows:,} rows);"
        f" the first is `{value}`."
    )
    return Issue(line, header, value[:200], message[:300], rejects=False, kind="lookup")
