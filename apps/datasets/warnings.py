"""What is worth a look although nothing is wrong with any single row. Warnings never keep a row out.

Pure: what the file and the rows already here come to is counted by noticing.py, what is known beside them by known.py.
Row by row checks, such as a deal won with an amount of 0, are in checks.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.common.dates import day_told, month_told
from apps.common.ranges import usual_range
from apps.common.splits import names_in
from apps.common.texts import normalised
from apps.datasets.checks import Issue

MOST_BLANK = Decimal("0.2")  # share of rows that may lack a column that KPIs need
RESTATED_FROM = Decimal("0.005")  # change of a month that was complete already
ROWS_OF_A_MONTH = 3  # on average, from which a month without any is a gap and not chance
_NAMED = 5  # owners, months: so many are named, the others counted
# Columns that KPIs are computed from though no row needs them, and for which rows they are asked for.
NEEDED: Mapping[str, Mapping[str, str]] = {
    "deals": {"amount": "outcome <> 'void'", "created_on": "true"},
    "leads": {"status": "true", "owner": "true"},
    "orders": {"net": "gross IS NULL", "customer": "true", "cost": "true"},
    "customers": {"first_paid_on": "true"},
    "ledger": {},
    "inventory": {"quantity": "true"},
    "subscriptions": {},
    "surveys": {},
    "employees": {},
    "quotas": {},
}
# What a month of a table comes to: SQL of the amount, of which rows, and what people call it.
MEASURED: Mapping[str, tuple[str, str, str]] = {
    "deals": ("amount", "outcome = 'won'", "amount of won deals"),
    "orders": ("coalesce(net, gross)", "true", "net amount"),
    "ledger": ("amount", "account_class = 'revenue'", "revenue"),
    "inventory": ("cost_value", "true", "value at cost"),
    "subscriptions": ("mrr", "true", "monthly amount"),
}


@dataclass(frozen=True)
class Known:
    """What is known beside the rows. `owners`: text as data writes it (common.texts) and the member it means; `left`:
    who has left, and their first day away; `nobody`: texts of which it was said that they are no person.

    `volumes`: rows of the last imports of this table, and of the same source if there is one, oldest first.
    """

    owners: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[int, tuple[str, date]] = field(default_factory=dict)
    nobody: frozenset[str] = frozenset()
    volumes: Sequence[int] = ()
    source: str = ""

    def people(self, written: str) -> list[int | None]:
        """Who is meant by a cell: somebody, None for nobody we know; nothing for what is no person."""
        return [self.owners.get(each) for each in parts_of(written) if each not in self.nobody]


@dataclass(frozen=True)
class Owned:
    """The rows of one text in the owner column; `last` is the newest of their days."""

    written: str
    rows: int
    line: int
    last: date | None


@dataclass(frozen=True)
class Month:
    """A month of the table: rows and amount as they are now, and what the file takes away and brings."""

    first: date
    rows: int = 0
    amount: Decimal = Decimal(0)
    gone: Decimal = Decimal(0)
    came: Decimal = Decimal(0)
    rows_came: int = 0

    @property
    def end(self) -> date:
        """The first day after it."""
        return date(self.first.year + self.first.month // 12, self.first.month % 12 + 1, 1)


def parts_of(written: str) -> list[str]:
    """The names in an owner column, as they are compared: one, or several that share the row."""
    return [normalised(name) for name in names_in(written)]


def told(column: str, message: str, kind: str, *, line: int = 0, value: str = "") -> Issue:
    return Issue(line, column, value[:200], message[:300], rejects=False, kind=kind)


def unknown_owners(owned: Sequence[Owned], known: Known) -> list[Issue]:
    """Texts that mean no member, together: hundreds of them are one thing to look at."""
    found = sorted((each for each in owned if None in known.people(each.written)), key=lambda each: -each.rows)
    if not found:
        return []
    rows = sum(each.rows for each in found)
    names = _some([f"`{each.written[:40]}`" for each in found])
    message = (
        f"{_many(len(found), 'owner')} ({_many(rows, 'row')}) {'is' if len(found) == 1 else 'are'} no member: {names}."
        " Their rows count in the totals of the workspace and for no team or person. Say under People, Unmatched, who"
        " they are."
    )
    return [told("owner", message, "unmatched", line=found[0].line, value=found[0].written)]


def gone_owners(owned: Sequence[Owned], known: Known) -> dict[str, date]:
    """Owner texts with rows after the day from which that member was away, and this day; noticing counts the rows."""
    found = {}
    for each in owned:
        days = [known.left[who][1] for who in known.people(each.written) if who is not None and who in known.left]
        if days and each.last and each.last >= min(days):
            found[each.written] = min(days)
    return found


def inactive_owner(written: str, left_on: date, rows: int, line: int) -> Issue:
    message = (
        f"`{written[:60]}` has left on {day_told(left_on)}; {_many(rows, 'row')} of later days"
        f" {'belongs' if rows == 1 else 'belong'} to them. Was it somebody else?"
    )
    return told("owner", message, "inactive", line=line, value=written)


def mostly_blank(column: str, blank: int, rows: int, line: int) -> list[Issue]:
    if not rows or Decimal(blank) / rows <= MOST_BLANK:
        return []
    share = f"{Decimal(blank * 100) / rows:.0f} %"
    message = f"`{column}` is blank in {share} of the rows ({blank:,} of {rows:,}): KPIs that need it leave them out."
    return [told(column, message, "missing", line=line)]


def unusual_volume(rows: int, known: Known) -> list[Issue]:
    """Outside the limits of the imports before: half a file is the most common wrong file."""
    limits = usual_range(known.volumes)
    if limits is None or limits[0] <= rows <= limits[1]:
        return []
    of = f"of `{known.source}`" if known.source else "of this table"
    usual = f"{limits[0]:,} to {limits[1]:,}" if limits[0] != limits[1] else f"{limits[0]:,}"
    less = "Is it all there?" if rows < limits[0] else "Does it hold more than it should?"
    message = f"The file has {_many(rows, 'row')}; the last {len(known.volumes)} imports {of} had {usual}. {less}"
    return [told("", message, "volume")]


def restated(months: Sequence[Month], what: str, complete_through: date | None) -> list[Issue]:
    """Months that the data covered whole and that come to something else by more than RESTATED_FROM."""
    moved = []
    for each in months:
        change = each.came - each.gone
        closed = complete_through is not None and (each.end - complete_through).days <= 1
        if closed and each.amount and abs(change) > RESTATED_FROM * abs(each.amount):
            share = f"{change * 100 / abs(each.amount):+,.1f} %".replace("-", "−")
            moved.append(f"{month_told(each.first)} from {each.amount:,.0f} to {each.amount + change:,.0f} ({share})")
    if not moved:
        return []
    closed_told = "A month that was complete changes" if len(moved) == 1 else "Months that were complete change"
    return [told("", f"{closed_told}, by {what}: {_some(moved, '; ')}.", "restated")]


def missing_months(months: Sequence[Month]) -> list[Issue]:
    """Months without any row between others; not said of tables with so few rows that a month may be without one."""
    have = {each.first: each.rows + each.rows_came for each in months if each.rows + each.rows_came}
    if len(have) < 3 or sum(have.values()) < ROWS_OF_A_MONTH * len(have):
        return []
    gaps, first = [], min(have)
    while first < max(have):
        if first not in have:
            gaps.append(month_told(first))
        first = Month(first).end
    if not gaps:
        return []
    message = f"There is no row of {_some(gaps)}, but of months before and after: KPIs show a gap there, not a zero."
    return [told("", message, "gap")]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _some(names: Sequence[str], between: str = ", ") -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return between.join(names[:_NAMED]) + more
