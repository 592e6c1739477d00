"""Why deals are lost: the reasons by weight."""

from dataclasses import dataclass, replace

from apps.common.periods import Period
from apps.metrics.analysis.lost import Pareto, Reason, pareto
from apps.metrics.analysis.numbers import NoAnswer, figure
from apps.metrics.catalogue import Kind, Unit
from apps.metrics.catalogue.deals import deals, lost, lost_reason_share
from apps.metrics.catalogue.formulas import total
from apps.metrics.engine import compute_groups
from apps.metrics.engine.groups import NO_GROUP
from apps.pages.kpis.bars import lost_reasons_chart
from apps.pages.kpis.change.subject import Subject
from apps.pages.kpis.charts import Drawing
from apps.pages.kpis.values import Links

KEYS = frozenset({"win_rate", "lost_reason_share"})
COLUMN = "lost_reason"


@dataclass(frozen=True)
class Row:
    label: str
    deals: int
    rows: str  # their address, blank where several spellings were put together
    share: str
    together: str
    amount: str
    share_of_amount: str


@dataclass(frozen=True)
class Lost:
    drawing: Drawing
    pareto: Pareto
    rows: list[Row]


def lost_of(subject: Subject, period: Period) -> Lost | NoAnswer:
    """The deals lost in the period by their reason, with their amounts. One pass of the engine."""
    amounts = replace(
        lost_reason_share,
        key="lost_amount",
        formula=total(deals.amount, where=lost),
        kind=Kind.FLOW,
        unit=Unit.MONEY,
    )
    org, context = subject.org, subject.context
    found = compute_groups(subject.live.snapshots, amounts, [period], by=COLUMN, org=org, context=context)
    reasons = [
        Reason("" if each.group in (None, NO_GROUP) else str(each.group), each.figure.count, each.figure.value)
        for each in found
    ]
    if not any(reason.label for reason in reasons) and reasons:
        return NoAnswer(
            "No lost deal of this period says why it was lost. Map the column that holds the reason to “lost reason”,"
            " and the reasons are here by weight."
        )
    result = pareto(reasons)
    if isinstance(result, NoAnswer):
        return result
    links = Links(lost_reason_share, COLUMN, org, subject.live)
    groups = {reason.label.strip() or "No reason given": reason for reason in reasons}
    currency = subject.workspace.currency
    rows = []
    for reason in result.reasons:
        group = groups.get(reason.label)
        alone = group is not None and group.deals == reason.deals
        query = links.to(period, group.label or NO_GROUP) if group is not None and alone else ""
        rows.append(
            Row(
                label=reason.label,
                deals=reason.deals,
                rows=subject.rows_at(query, lost_reason_share.key),
                share=figure(reason.share, "percent"),
                together=figure(reason.cumulative, "percent"),
                amount=figure(reason.amount, "money", currency),
                share_of_amount=figure(reason.share_of_amount, "percent"),
            )
        )
    return Lost(lost_reasons_chart(result, currency), result, rows)
