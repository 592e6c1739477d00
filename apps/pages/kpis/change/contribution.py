"""Where a change between two periods comes from: groups of a column, or the factors of a product."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from apps.common.periods import Period
from apps.metrics.analysis.contribution import (
    Change,
    Factor,
    FlowGroup,
    Part,
    RatioGroup,
    flow_change,
    product_change,
    ratio_change,
)
from apps.metrics.analysis.numbers import NoAnswer, difference, exact, figure
from apps.metrics.catalogue import Definitions, Kind, Kpi
from apps.metrics.catalogue.formulas import Count, Overall, Total, leaves, walk
from apps.metrics.catalogue.words import heading
from apps.metrics.engine import Figure, Request, compute_groups, compute_requests
from apps.pages.kpis.bars import contribution_chart
from apps.pages.kpis.change.subject import Subject
from apps.pages.kpis.charts import Drawing
from apps.pages.kpis.values import Links

GROUPS_SHOWN = 25
ADDED = (Kind.FLOW, Kind.STOCK)
DIVIDED = (Kind.RATIO, Kind.MEAN)
OTHERS = "others together"


@dataclass(frozen=True)
class Row:
    """One group as it is shown, with the addresses of its rows, blank where there are none."""

    label: str
    before: str
    before_rows: str
    after: str
    after_rows: str
    change: str
    rate: str
    mix: str
    note: str
    part: Part  # as numbers


@dataclass(frozen=True)
class Contribution:
    """`total` is the whole, whose change is exactly the sum of all rows."""

    drawing: Drawing
    sentence: str
    in_two: bool
    rows: list[Row]
    total: Row
    withheld: bool
    what: str  # heads the first column


def can_be_split(kpi: Kpi) -> bool:
    return (kpi.kind in (*ADDED, *DIVIDED) and not kpi.compares_periods) or is_product(kpi)


def is_product(kpi: Kpi) -> bool:
    return kpi.key == "sales_velocity" and not kpi.own


def contribution_of(subject: Subject, before: Period, after: Period, by: str) -> Contribution | NoAnswer:
    """By the groups of a column that this member may group by. One pass of the engine where sums simply add up."""
    figures = _grouped(subject, [before, after], by)
    if not figures:
        return NoAnswer("Neither period has rows of this KPI.")
    change = _split(subject, figures, before, after, by)
    if isinstance(change, NoAnswer):
        return change
    if wrong := _differs_from_whole(subject, change, before, after):
        return wrong
    change, withheld = _as_seen(subject, change, by)
    links = Links(subject.kpi, by, subject.org, subject.live)
    return _told(
        subject,
        change,
        heading(by),
        lambda part, period: subject.rows_at(links.to(period, part.label)) if part.label in figures else "",
        (before, after),
        withheld=withheld,
    )


def factors_of(subject: Subject, definitions: Definitions, before: Period, after: Period) -> Contribution | NoAnswer:
    """Sales velocity by its four factors, all from one pass of the engine."""
    kpis = {key: definitions.get(key, "deals") for key in ("win_rate", "average_deal_size", "sales_cycle_length")}
    wanted = [(key, period) for key in kpis for period in (before, after)]
    requests = [
        Request(i, key, subject.scope, subject.scope_id, period.start, period.end)
        for i, (key, period) in enumerate(wanted)
    ]
    answers = compute_requests(subject.live.snapshots, requests, subject.org, kpis, subject.context)
    found = {asked: answers[i].figure for i, asked in enumerate(wanted)}

    def values(key: str, of: Callable[[Figure], Fraction | None]) -> tuple[Fraction | None, Fraction | None]:
        return of(found[key, before]), of(found[key, after])

    factors = [
        Factor("Deals decided", *values("win_rate", _denominator), unit="count"),
        Factor("Win rate", *values("win_rate", _exact_value), unit="percent"),
        Factor("Average deal size", *values("average_deal_size", _exact_value), unit="money"),
        Factor("Sales cycle length", *values("sales_cycle_length", _exact_value), unit="days", divides=True),
    ]
    change = product_change(factors)
    if isinstance(change, NoAnswer):
        return change
    keys = dict(zip((factor.label for factor in factors), ("win_rate", *kpis), strict=True))

    def rows(part: Part, period: Period) -> str:
        return subject.rows_of(period, keys[part.label])

    return _told(subject, change, "factor", rows, (before, after), withheld=False)


# --- inside ----------------------------------------------------------------------------------------------------------


def _grouped(subject: Subject, periods: list[Period], by: str) -> dict[str, dict[str, Figure]]:
    """The figures of each group by the label of the period."""
    found = compute_groups(
        subject.live.snapshots,
        subject.kpi,
        periods,
        by=by,
        org=subject.org,
        context=subject.context,
    )
    groups: dict[str, dict[str, Figure]] = {}
    for each in found:
        assert each.period is not None
        groups.setdefault(each.group or "", {})[each.period.label] = each.figure
    return groups


def _split(
    subject: Subject, groups: dict[str, dict[str, Figure]], before: Period, after: Period, by: str
) -> Change | NoAnswer:
    pairs = [(label, found.get(before.label), found.get(after.label)) for label, found in groups.items()]
    if any(each is not None and each.reason == "too_few" for _, *both in pairs for each in both):
        return NoAnswer("Some groups are too small to show without revealing who gave the answers.")
    if subject.kpi.kind in ADDED or _shares_of_one_whole(subject, by):
        return flow_change([FlowGroup(label, _value(one), _value(other)) for label, one, other in pairs])
    return ratio_change(
        [
            RatioGroup(label, _numerator(one), _denominator(one) or 0, _numerator(other), _denominator(other) or 0)
            for label, one, other in pairs
        ]
    )


def _shares_of_one_whole(subject: Subject, by: str) -> bool:
    """By the column over whose values it is taken, a share has the same denominator in every group: shares add."""
    return any(isinstance(part, Overall) and part.column.name == by for part in walk(subject.kpi))


def _differs_from_whole(subject: Subject, change: Change, before: Period, after: Period) -> NoAnswer | None:
    """Counts and totals of rows add up. What else there is (people, customers, days) may be in two groups at once,
    so the whole is computed, too, and nothing is said if the groups do not make it up."""
    if all(isinstance(leaf, Count | Total) for leaf in leaves(subject.kpi)) and not _is_recounted(subject):
        return None
    whole = subject.figures([before, after])
    told = [_exact_value(each) or Fraction() for each in whole]
    if all(
        abs(one - other) <= Fraction(1, 10**9) for one, other in zip(told, (change.before, change.after), strict=True)
    ):
        return None
    return NoAnswer(
        "By this column the groups do not add up to the whole: the same one can be in several groups. Choose another"
        " column, or compare the groups in the values above."
    )


def _is_recounted(subject: Subject) -> bool:
    return any(type(part).__name__ in ("PerEntity", "Length", "Given") for part in walk(subject.kpi))


def _as_seen(subject: Subject, change: Change, by: str) -> tuple[Change, bool]:
    """What a role does not show, and what would make the list too long, is one part: the sums stay those of all."""
    shown = [part for part in change.parts if subject.sight.shows_group(by, part.label)]
    withheld = len(shown) < len(change.parts)
    shown = shown[:GROUPS_SHOWN]
    left = len(change.parts) - len(shown)
    if not left:
        return change, withheld
    return Change(change.before, change.after, (*shown, change.beside(shown, f"{left} {OTHERS}"))), withheld


def _told(
    subject: Subject,
    change: Change,
    what: str,
    rows: Callable[[Part, Period], str],
    periods: tuple[Period, Period],
    *,
    withheld: bool,
) -> Contribution:
    unit, currency = subject.money
    before, after = periods

    def told(part: Part, links: tuple[str, str]) -> Row:
        own = unit if part.unit is None else part.unit
        return Row(
            label=part.label,
            before=figure(part.before, own, currency),
            before_rows=links[0] if part.before is not None else "",
            after=figure(part.after, own, currency),
            after_rows=links[1] if part.after is not None else "",
            change=difference(part.change, unit, currency),
            rate="" if part.rate is None else difference(part.rate, unit, currency),
            mix="" if part.mix is None else difference(part.mix, unit, currency),
            note=part.note,
            part=part,
        )

    whole = Part("Together", change.before, change.after, change.change, change.rate, change.mix)
    drawing = contribution_chart(change, subject.kpi.name, unit, currency)
    return Contribution(
        drawing=replace(drawing, title=f"What changed {subject.kpi.name}"),
        sentence=drawing.description,
        in_two=change.rate is not None,
        rows=[told(part, (rows(part, before), rows(part, after))) for part in change.parts],
        total=told(whole, (subject.rows_of(before), subject.rows_of(after))),
        withheld=withheld,
        what=what,
    )


def _value(found: Figure | None) -> Fraction | None:
    return None if found is None else _exact_value(found)


def _exact_value(found: Figure) -> Fraction | None:
    """Value as the numbers it was divided from, so that parts add up to it to the last digit."""
    if found.value is None:
        return None
    if found.numerator is not None and found.denominator:
        return exact(found.numerator) / exact(found.denominator)
    return exact(found.value)


def _numerator(found: Figure | None) -> Fraction:
    return Fraction() if found is None or found.numerator is None else exact(found.numerator)


def _denominator(found: Figure | None) -> Fraction | None:
    return None if found is None or found.denominator is None else exact(found.denominator)
