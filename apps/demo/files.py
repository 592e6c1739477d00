"""The deals as files of a CRM: one export of everything, then exports of what has changed since.

The second file has two cells nobody can read, as real exports do; the third brings those deals again, mended. The last
one is what the last working day brought, so that there is something new today.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from apps.demo.deals import A_DAY, WEEKDAYS, Deal, known_on
from apps.goals.movement import last_working_day

LAST_WEEK = timedelta(days=7)
LAST_MONTH = timedelta(days=31)
MISTYPED = ("tbc", "on request")  # amounts nobody can read

COLUMNS = (
    "Deal ID", "Deal name", "Account", "Owner", "Region", "Product", "Type", "Source", "Created", "Closed",
    "Expected close", "Stage", "Status", "Amount", "Currency", "Probability", "Lost reason",
)  # fmt: skip
MAPPING: dict[str, Any] = {
    "table": "deals",
    "key": ["id"],
    "columns": {
        "id": "Deal ID",
        "name": "Deal name",
        "account": "Account",
        "owner": "Owner",
        "region": "Region",
        "product": "Product",
        "kind": "Type",
        "source": "Source",
        "created_on": "Created",
        "closed_on": "Closed",
        "expected_close_on": "Expected close",
        "stage": "Stage",
        "outcome": "Status",
        "amount": "Amount",
        "currency": "Currency",
        "probability": "Probability",
        "lost_reason": "Lost reason",
    },
    "values": {"outcome": {"Open": "open", "Won": "won", "Lost": "lost", "Duplicate": "void"}},
    "formats": {"created_on": "%Y-%m-%d", "closed_on": "%Y-%m-%d", "expected_close_on": "%Y-%m-%d"},
}
STATUS = {"open": "Open", "won": "Won", "lost": "Lost", "void": "Duplicate"}


@dataclass(frozen=True, slots=True)
class Export:
    """What the CRM exported in the evening of a day."""

    evening: date
    deals: tuple[Deal, ...]
    mistyped: frozenset[str] = frozenset()

    @property
    def file_name(self) -> str:
        return f"deals-{self.evening}.csv"

    def write(self, path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            rows.writerows(self._rows())

    def _rows(self) -> Iterator[list[object]]:
        wrong = iter(MISTYPED)
        for deal in self.deals:
            row = _row(deal)
            if deal.id in self.mistyped:
                row[COLUMNS.index("Amount")] = next(wrong)
            yield row


def exports(deals: Iterable[Deal], last_evening: date) -> list[Export]:
    """All history, what changed in the month after it, in the last week, and on the last working day."""
    everything = list(deals)
    week_ago = last_evening - LAST_WEEK
    month_ago = week_ago - LAST_MONTH
    history = known_on(everything, month_ago)
    month = _changed(history, known_on(everything, week_ago))
    mistyped = frozenset(deal.id for deal in month if deal.outcome == "open" and deal.created_on > month_ago)
    mistyped = frozenset(sorted(mistyped)[-len(MISTYPED) :])
    before_yesterday = last_working_day(WEEKDAYS, last_evening + A_DAY) - A_DAY
    week = known_on(everything, before_yesterday)
    fresh = _changed([deal for deal in known_on(everything, week_ago) if deal.id not in mistyped], week)
    return [
        Export(month_ago, tuple(history)),
        Export(week_ago, tuple(month), mistyped),
        Export(before_yesterday, tuple(fresh)),
        Export(last_evening, tuple(_changed(week, known_on(everything, last_evening)))),
    ]


def _changed(before: Iterable[Deal], after: Iterable[Deal]) -> list[Deal]:
    known = {deal.id: deal for deal in before}
    return [deal for deal in after if known.get(deal.id) != deal]


def _row(deal: Deal) -> list[object]:
    closed = deal.outcome != "open"
    return [
        deal.id, deal.name, deal.account, deal.owner, deal.region, deal.product, deal.kind, deal.source,
        deal.created_on, deal.closed_on or "", "" if closed else deal.expected_close_on, deal.stage,
        STATUS[deal.outcome], deal.amount, "USD", "" if closed else deal.probability,
        deal.lost_reason if deal.outcome == "lost" else "",
    ]  # fmt: skip
