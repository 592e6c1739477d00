"""The one sentence under a status: what was judged, by which rule, and what would mend it. Pure.

Numbers carry the unit and currency of the KPI, with enough digits that they never contradict the status they explain.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from apps.common.money import format_against, format_figure, format_pair
from apps.goals import pace
from apps.goals.case import Case, Status, closed_through
from apps.goals.forecast.chance import in_words
from apps.goals.pace import Course

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_NOBODY_COUNTS = "No row of {table} counts so far: check that owners and teams are named in the data as they are here."

# By the engine's reasons for a figure without a value.
_WHY_NO_VALUE = {
    "no_data": "the {table} data does not cover the days {span}. Import {table} data of that time",
    "no_denominator": "there is nothing to divide by: no row of {table} counts {span} yet",
    "no_base": "there is no earlier period to compare with. Import the {table} data of the period before",
    "base_not_positive": "the period it is compared with is not above zero, so a share of it says nothing",
    "not_positive": "what it is divided by is not above zero {span}, so a share of it says nothing",
    "too_few": "so few answered {span} that a value would tell who answered what. It is shown once more have",
    "no_owner": "no row of {table} names an owner, so nothing can be said of a team or a person."
    " Map the owner of {table}, or set the goal for the whole company",
    "not_given": "it needs a number that no table has, and none is given for the days {span}. Give it, with its source,"
    " on the page of the KPI",
    "not_then_known": "nothing was imported before the days {span}, so what was then expected is not known."
    " It is judged for periods that begin after an import",
}


def sentence_for(case: Case, status: Status, rule: str, leaning: Status | None = None) -> str:
    """`At risk: USD 412 k against USD 460 k expected by Fri 14 Nov (90 % of expected; on track from 95 %). …`"""
    name = rule.partition("@")[0]
    text = f"{_label(case, status, name)}: {_WRITERS[name](case, leaning or status)}{_late(case, name)}"
    if leaning:
        text += f" By this it would be {leaning.label.lower()}; it is said once newer data confirms it."
    return f"{text} {_NOBODY_COUNTS.format(table=case.given.table)}" if _is_suspicious(case, rule) else text


# Rules that ask for newer data: a source that is late is why there is none. And those that judge by what there is.
_WAITS = ("data-before-start", "stale-data", "period-incomplete")
_BY_WHAT_THERE_IS = (
    "nothing-imported",
    "no-value",
    "too-few-rows",
    "unripe",
    "reached-early",
    "band",
    "chance",
    "too-early",
    "pace",
)


def _label(case: Case, status: Status, rule: str) -> str:
    """`Waiting for data since Fri 14 Nov (source “CRM nightly” failed: it cannot be reached)`"""
    given = case.given
    if given.late_since is None or rule not in _WAITS or status is not Status.WAITING:
        return status.label
    return f"{status.label} since {_day(case, given.late_since)} ({given.late_why})"


def _late(case: Case, rule: str) -> str:
    given = case.given
    if given.late_since is None or rule not in _BY_WHAT_THERE_IS:
        return ""
    return f" Waiting for newer data since {_day(case, given.late_since)}: {given.late_why}."


def _is_suspicious(case: Case, rule: str) -> bool:
    """A flow of 0 rows may be the truth, or a name that the data writes differently."""
    judged = rule.partition("@")[0] in ("at-end", "too-early", "pace")
    return judged and case.given.kind == "flow" and case.given.rows == 0


def day_text(day: date, today: date) -> str:
    """`Fri 14 Nov`, with the year only where it is not this one."""
    text = f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return text if day.year == today.year else f"{text} {day.year}"


# --- not judged ------------------------------------------------------------------------------------------------------


def _cancelled(case: Case, status: Status) -> str:
    return "this goal was closed before its end and is not judged. Reopen it to go on."


def _not_started(case: Case, status: Status) -> str:
    return f"the period begins on {_day(case, case.given.starts_on)}."


def _no_target(case: Case, status: Status) -> str:
    value = case.given.value
    so_far = "" if value is None else f"{_figure(case, value)} so far, but "
    return f"{so_far}there is nothing to judge against. Set a target."


def _nothing_imported(case: Case, status: Status) -> str:
    return f"nothing has been imported into {case.given.table} yet. Import a file with {case.given.table}."


def _data_before_start(case: Case, status: Status) -> str:
    given = case.given
    assert given.through is not None
    return (
        f"the {given.table} data ends on {_day(case, given.through)}, before this period began on"
        f" {_day(case, given.starts_on)}. Import newer {given.table} data."
    )


def _no_value(case: Case, status: Status) -> str:
    given = case.given
    why = _WHY_NO_VALUE.get(given.reason, "the KPI has no value {span} ({reason})")
    span = f"between {_day(case, given.starts_on)} and {_day(case, _judged_on(case))}"
    return why.format(table=given.table, span=span, reason=given.reason or "no reason given") + "."


def _too_few(case: Case, status: Status) -> str:
    given = case.given
    rows = "1 row counts" if given.rows == 1 else f"{given.rows} rows count"
    return (
        f"only {rows} up to {_day(case, _judged_on(case))}, and this KPI says nothing below {given.min_n}."
        " It is judged once there are enough."
    )


def _stale(case: Case, status: Status) -> str:
    given = case.given
    assert given.through is not None
    age = (given.today - given.through).days
    return (
        f"the last day covered is {_day(case, given.through)}, {age} days ago; beyond {given.fresh_for_days} days the"
        f" pace would mislead. Import newer {given.table} data."
    )


def _incomplete_at_end(case: Case, status: Status) -> str:
    given = case.given
    assert given.through is not None
    return (
        f"the period ended on {_day(case, given.ends_on - pace.ONE_DAY)}, but the data covers it only up to"
        f" {_day(case, given.through)}. Import the rest of the {given.table} data for the final status."
    )


def _unripe(case: Case, status: Status) -> str:
    """`leads of this period have until Wed 12 Feb to count, 90 days after its end: … 12 % so far.`"""
    given = case.given
    assert given.value is not None
    days = "1 day" if given.ripe_after == 1 else f"{given.ripe_after} days"
    return (
        f"{given.table} of this period have until {_day(case, case.ripe_on)}, {days} after its end, to count. Until"
        f" then the figure grows; judged once the data reaches that day. {_figure(case, given.value)} so far."
    )


# --- judged ----------------------------------------------------------------------------------------------------------


def _at_end(case: Case, status: Status) -> str:
    value, target = _known(case)
    value_text, target_text = _pair(case, value, target)
    last_day = _day(case, case.given.ends_on - pace.ONE_DAY)
    when = f"for the period to {last_day}" if case.given.closed_as == "" else "when the goal was closed"
    if case.met:
        return f"{value_text} against a target of {target_text} {when}."
    side = "above" if case.given.direction == "down" else "short"
    return f"{value_text} against a target of {target_text} {when}, {_gap(case, abs(target - value))} {side}."


def _reached_early(case: Case, status: Status) -> str:
    value, target = _known(case)
    value_text, target_text = _pair(case, value, target)
    ahead = "exactly" if value == target else f"ahead by {_gap(case, value - target)}"
    return (
        f"{value_text} by {_day(case, _judged_on(case))} against a target of {target_text}, {ahead}; provisional until"
        f" the period ends on {_day(case, case.given.ends_on - pace.ONE_DAY)}. Needs 0 per working day."
    )


def _too_early(case: Case, status: Status) -> str:
    value, _ = _known(case)
    passed = case.days
    early_until = case.given.thresholds.early_until
    share = format_against(Decimal(case.due.closed) / case.due.total, early_until, "percent", decimals=0)
    due = share if case.due == passed else f"{share} of the target due by its phasing"
    return (
        f"{passed.closed} of {passed.total} working days have closed ({due}; judged from"
        f" {format_figure(early_until, 'percent')}). {_figure(case, value)} so far. {_remedy(case)}"
    )


def _band(case: Case, status: Status) -> str:
    """`92 % by Fri 14 Nov, inside 85 % to 95 %; 7 of 8 parts of the period were inside (90 % have to be).`"""
    given = case.given
    assert given.value is not None
    side = "inside" if case.in_band else "outside"
    text = f"{_figure(case, given.value)} by {_day(case, _judged_on(case))}, {side} {_limits(case)}"
    if given.kept is not None and given.kept.closed:
        share = format_figure(given.keep_share, "percent")
        text += f"; {given.kept.inside} of {given.kept.closed} parts of the period were inside ({share} have to be)"
    if status is Status.OFF_TRACK:
        return f"{text}. Even if all that are left are inside, it is not enough."
    return f"{text}." if case.in_band else f"{text}. Bring it back."


def _limits(case: Case) -> str:
    given = case.given
    if given.low is None or given.high is None:
        side, limit = ("at least", given.low) if given.high is None else ("at most", given.high)
        return "any limit" if limit is None else f"{side} {_figure(case, limit)}"
    low, high = _pair(case, given.low, given.high)
    return f"{low} to {high}"


def _chance(case: Case, status: Status) -> str:
    """`reaching USD 1.2 M is likely: the forecast is USD 1.3 M (1.1 to 1.4), which missed by … before. Needs …`"""
    outlook, (_, target) = case.given.outlook, _known(case)
    assert outlook is not None
    assert outlook.chance is not None
    span = ""
    if outlook.low is not None and outlook.high is not None:
        span = f" ({_figure(case, outlook.low)} to {_figure(case, outlook.high)})"
    target_text, value_text = _pair(case, target, outlook.value)
    return (
        f"reaching {target_text} is {in_words(outlook.chance)}: the forecast is {value_text}{span}, which"
        f" {outlook.record}. {_remedy(case)}"
    )


def _pace(case: Case, status: Status) -> str:
    value, _ = _known(case)
    assert case.expected is not None
    value_text, expected_text = _pair(case, value, case.expected)
    day = _day(case, _judged_on(case))
    if case.course is Course.LEVEL:
        judged = f"{value_text} by {day} against a target of {expected_text}"
    else:
        judged = f"{value_text} against {expected_text} expected by {day}"
    return f"{judged} ({_rule(case, status)}). {_remedy(case)}"


def _rule(case: Case, status: Status) -> str:
    """The pace and the lines it was held against: `89.6 % of expected; on track from 95 %`."""
    known = case.given.thresholds
    lines = f"on track from {format_figure(known.on_track_from, 'percent')}"
    if status is Status.OFF_TRACK:
        lines = f"at risk from {format_figure(known.at_risk_from, 'percent')}, {lines}"
    if not case.scale:
        return "a target of 0 leaves no tolerance"
    if case.course is not Course.LEVEL and case.given.direction != "down":
        return f"{_ratio(case, 1 - case.shortfall / case.scale)} of expected; {lines}"
    return _distance(case, status)


def _distance(case: Case, status: Status) -> str:
    """For levels and for “lower is better”, where “90 % of expected” would read the wrong way round."""
    off = case.shortfall / case.scale
    word = "worse" if off > 0 else "better"
    known = case.given.thresholds
    amount = _ratio(case, off) if off > 0 else format_figure(abs(off), "percent")
    lines = f"on track up to {format_figure(1 - known.on_track_from, 'percent')} worse"
    if status is Status.OFF_TRACK:
        lines = f"at risk up to {format_figure(1 - known.at_risk_from, 'percent')}, {lines}"
    return f"exactly as expected; {lines}" if off == 0 else f"{amount} {word}; {lines}"


def _ratio(case: Case, share: Decimal) -> str:
    """A pace, or a distance, on the true side of the line it is nearest to."""
    on_track, at_risk = case.given.thresholds.on_track_from, case.given.thresholds.at_risk_from
    lines = (on_track, at_risk, 1 - on_track, 1 - at_risk, Decimal(1))
    nearest = min(lines, key=lambda line: abs(line - share))
    return format_against(share, nearest, "percent", decimals=0)


# --- remedies --------------------------------------------------------------------------------------------------------


def _remedy(case: Case) -> str:
    if case.course is Course.CUMULATIVE:
        return _allowance(case) if case.given.direction == "down" else _needs_per_day(case)
    if case.given.kind == "stock":
        return _needs_by_date(case)
    return _needs_rate(case)


def _needs_per_day(case: Case) -> str:
    value, target = _known(case)
    needed = pace.needed_per_day(value, target, case.days)
    if needed is None:
        return f"No working day is left for the {_gap(case, target - value)} missing."
    return f"Needs {_gap(case, needed)} per working day for the {case.days.left} left{_so_far(case, value)}."


def _allowance(case: Case) -> str:
    """For a flow that should stay small: what is left of the limit."""
    value, target = _known(case)
    if value > target:
        return f"The limit of {_figure(case, target)} is passed by {_gap(case, value - target)}."
    needed = pace.needed_per_day(value, target, case.days)
    if needed is None:
        return f"No working day is left; {_gap(case, target - value)} of the limit remain."
    return f"Leaves {_gap(case, needed)} per working day for the {case.days.left} left{_so_far(case, value)}."


def _so_far(case: Case, value: Decimal) -> str:
    rate = pace.achieved_per_day(value, case.days)
    return "" if rate is None else f"; so far {_gap(case, rate)}"


def _needs_by_date(case: Case) -> str:
    value, target = _known(case)
    end = _day(case, case.given.ends_on - pace.ONE_DAY)
    if case.met:
        return f"Keep it there until {end}."
    more = "less" if case.given.direction == "down" else "more"
    return f"Needs {_gap(case, abs(target - value))} {more} by {end}."


def _needs_rate(case: Case) -> str:
    """What the rest of the period must come to, where the parts of the KPI allow to say so."""
    given = case.given
    _, target = _known(case)
    if case.met:
        return f"Keep it there until {_day(case, given.ends_on - pace.ONE_DAY)}."
    if given.numerator is None or given.denominator is None or given.kind not in ("ratio", "mean"):
        return _needs_by_date(case)
    required = pace.required_rate(given.numerator, given.denominator, target, case.days)
    if required is None:
        return _needs_by_date(case)
    rate, rest = required
    if rate < 0 or (given.is_share and rate > 1):
        return "Out of reach in this period: even the best possible rest would not bring it to the target."
    average = "" if given.unit == "percent" else "an average of "
    count = format_figure(rest.to_integral_value(), "count", compact=True)
    return f"Needs {average}{_figure(case, rate)} on the {count} still to come at the volume so far."


# --- words -----------------------------------------------------------------------------------------------------------


def _known(case: Case) -> tuple[Decimal, Decimal]:
    assert case.given.value is not None
    assert case.given.target is not None
    return case.given.value, case.given.target


def _judged_on(case: Case) -> date:
    judged = closed_through(case.given)
    assert judged is not None
    return max(judged, case.given.starts_on)


def _day(case: Case, day: date) -> str:
    return day_text(day, case.given.today)


def _figure(case: Case, value: Decimal) -> str:
    return format_figure(value, case.given.unit, case.given.currency, compact=True)


def _pair(case: Case, value: Decimal, other: Decimal) -> tuple[str, str]:
    return format_pair(value, other, case.given.unit, case.given.currency, compact=True)


def _gap(case: Case, value: Decimal) -> str:
    """A distance or a daily amount: percent are points apart, money per day keeps its unit short."""
    if case.given.unit == "percent":
        return format_figure(value * 100, "points")
    unit = "money" if case.given.unit == "money_per_day" else case.given.unit
    return format_figure(value, unit, case.given.currency, compact=True)


_WRITERS: dict[str, Callable[[Case, Status], str]] = {
    "cancelled": _cancelled,
    "not-started": _not_started,
    "no-target": _no_target,
    "nothing-imported": _nothing_imported,
    "data-before-start": _data_before_start,
    "no-value": _no_value,
    "too-few-rows": _too_few,
    "stale-data": _stale,
    "period-incomplete": _incomplete_at_end,
    "unripe": _unripe,
    "at-end": _at_end,
    "reached-early": _reached_early,
    "band": _band,
    "chance": _chance,
    "too-early": _too_early,
    "pace": _pace,
}
