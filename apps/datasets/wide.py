"""Tables with one column for each period or for each account: how they become rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.datasets.meanings import fold, meaning_of
from apps.datasets.months import MONTHS
from apps.datasets.profiling import Profile
from apps.datasets.schema import table as table_of

FEWEST = 3  # columns that make a table wide
_YEAR_MONTH = re.compile(r"((?:19|20)\d{2})[-/. _]?(0[1-9]|1[0-2])(?:[-/. ]0?1)?")
_MONTH_YEAR = re.compile(r"(0?[1-9]|1[0-2])[-/. ]((?:19|20)\d{2})")
_NUMBERED = re.compile(r"(?:m|month|monat|mois|mes|periode|period|p) ?(0?[1-9]|1[0-2])")
_QUARTER = re.compile(
    r"(?:((?:19|20)\d{2}) ?)?(?:q|qtr|quarter|quartal|t|trim|trimestre) ?([1-4])(?: ((?:19|20)?\d{2}))?"
)
_FOLDED_MONTHS = {fold(word): number for word, number in MONTHS.items()}


@dataclass(frozen=True)
class Period:
    """What a header names: a month (or the first one of a quarter), and the year if it says so."""

    month: int
    year: int | None
    months: int = 1

    @property
    def label(self) -> str:
        return f"{self.year}-{self.month:02}-01" if self.year else str(self.month)


@dataclass(frozen=True)
class UnpivotOffer:
    """One column for each period or account: `parts` are the parts of the mapping that make rows of them."""

    parts: dict[str, Any]
    sentence: str


def period_of(header: str) -> Period | None:
    """The period that a header names: Jan, 2026-01, Jan 26, January 2026, M01, Q1, Q1 2026, 2026Q1."""
    text = fold(header)
    if found := _YEAR_MONTH.fullmatch(header.strip()):
        return Period(int(found[2]), int(found[1]))
    if found := _MONTH_YEAR.fullmatch(header.strip()):
        return Period(int(found[1]), int(found[2]))
    if found := _NUMBERED.fullmatch(text):
        return Period(int(found[1]), None)
    if found := _QUARTER.fullmatch(text):
        year = found[1] or found[3]
        return Period(int(found[2]) * 3 - 2, _year(year) if year else None, 3)
    return _named_month(text.split())


def _named_month(words: list[str]) -> Period | None:
    if len(words) > 2 or not words:
        return None
    months = [_FOLDED_MONTHS[word] for word in words if word in _FOLDED_MONTHS]
    years = [word for word in words if re.fullmatch(r"(?:19|20)?\d{2}", word)]
    if len(months) != 1 or len(years) != len(words) - 1:
        return None
    return Period(months[0], _year(years[0]) if years else None)


def _year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


def wide_offer(table: str, headers: Sequence[str], profiles: Sequence[Profile], file_name: str) -> UnpivotOffer | None:
    """How the columns of periods (quotas, ledger) or of accounts (ledger) become rows; None if there are none."""
    numeric = [each for each in profiles if not each.filled or each.numbers > 0.5]
    periods = {each.header: found for each in numeric if (found := period_of(each.header))}
    spans = {found.months for found in periods.values()}
    if len(periods) >= FEWEST and len(spans) == 1 and len(set(periods.values())) == len(periods):
        return _of_periods(table, headers, periods, file_name) if table in {"quotas", "ledger"} else None
    return _of_accounts(headers, numeric) if table == "ledger" else None


def _of_periods(table: str, headers: Sequence[str], periods: dict[str, Period], file_name: str) -> UnpivotOffer | None:
    first = next(iter(periods.values()))
    name, value = _unused("Period", headers), _unused("Amount", headers)
    years = [each for each in headers if fold(each) in {"year", "jahr", "annee", "ano", "fiscal year", "fy"}]
    named = re.search(r"(?<!\d)(20\d{2})(?!\d)", file_name)
    if all(each.year for each in periods.values()):
        start, year_from = f"date([{name}])", "in their names"
    elif years:
        start, year_from = f"date([{years[0]}], [{name}], 1)", f"in `{years[0]}`"
    elif named:
        start, year_from = f"date({named[1]}, [{name}], 1)", f"{named[1]}, as the name of the file says"
    else:
        return UnpivotOffer({}, f"{_listed(periods)} are columns for periods, but nothing tells the year: add a column"
                            " `Year` to the file, or write the year into its name.")  # fmt: skip
    columns = {header: each.label for header, each in periods.items()}
    parts: dict[str, Any] = {"unpivot": {"columns": columns, "name": name, "value": value}}
    if table == "quotas":
        parts["computed"] = {"period_start": start}
        if first.months == 3:
            parts["computed"]["period_end"] = f"add_months({start}, 3)"
        parts["key"] = ["owner", "period_start"]
    else:
        parts["computed"] = {"posted_on": start}
    parts["columns"] = {"amount": value}
    parts["where"] = f"[{value}] != '' and [{value}] != '-'"
    each = "quarter" if first.months == 3 else "month"
    return UnpivotOffer(
        parts,
        f"There is one column for each {each} ({_listed(periods)}): each becomes a row; the year stands {year_from}.",
    )


def _of_accounts(headers: Sequence[str], numeric: Sequence[Profile]) -> UnpivotOffer | None:
    field = table_of("ledger").field("account_class")
    known = {}
    for each in numeric:
        said = meaning_of("ledger", field, each.header)
        if said and not said.blank:
            known[each.header] = "revenue" if fold(each.header) == "sales" else said.value
    if len(known) < FEWEST or "revenue" not in known.values():
        return None
    name, value = _unused("Account", headers), _unused("Amount", headers)
    parts = {
        "unpivot": {"columns": {header: header for header in known}, "name": name, "value": value},
        "columns": {"account_class": name, "amount": value},
        "values": {"account_class": known},
    }
    return UnpivotOffer(parts, f"There is one column for each account ({_listed(known)}): each becomes a row.")


def _unused(name: str, headers: Sequence[str]) -> str:
    return name if name not in headers else f"{name} of column"


def _listed(headers: dict[str, Any]) -> str:
    names = list(headers)
    return ", ".join(f"`{each}`" for each in names) if len(names) < 5 else f"`{names[0]}` … `{names[-1]}`"
