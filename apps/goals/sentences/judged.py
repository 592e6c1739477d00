"""Sentences of goals that were judged by what they came to, by a chance, or by their pace."""

from decimal import Decimal

from apps.common.money import format_against, format_figure
from apps.goals.case import Case, Status
from apps.goals.forecast.chance import in_words
from apps.goals.pace import Course
from apps.goals.sentences.remedies import remedy
from apps.goals.sentences.words import day_of, figure, gap, judged_on, known, last_day, pair


def at_end(case: Case, status: Status) -> str:
    value, target = known(case)
    value_text, target_text = pair(case, value, target)
    when = f"for the period to {last_day(case)}" if case.given.closed_as == "" else "when the goal was closed"
    if case.met:
        return f"{value_text} against a target of {target_text} {when}."
    side = "above" if case.given.direction == "down" else "short"
    return f"{value_text} against a target of {target_text} {when}, {gap(case, abs(target - value))} {side}."


def reached_early(case: Case, status: Status) -> str:
    value, target = known(case)
    value_text, target_text = pair(case, value, target)
    ahead = "exactly" if value == target else f"ahead by {gap(case, value - target)}"
    return (
        f"{value_text} by {day_of(case, judged_on(case))} against a target of {target_text}, {ahead}; provisional until"
        f" the period ends on {last_day(case)}. Needs 0 per working day."
    )


def on_its_date(case: Case, status: Status) -> str:
    value, target = known(case)
    value_text, target_text = pair(case, value, target)
    reached = "reached" if case.met else f"{gap(case, abs(target - value))} to go"
    return (
        f"it is judged by the value on {last_day(case)}. {value_text} by {day_of(case, judged_on(case))} against a"
        f" target of {target_text}, {reached}. With a baseline the way there is judged too."
    )


def too_early(case: Case, status: Status) -> str:
    value, _ = known(case)
    passed = case.days
    early_until = case.given.thresholds.early_until
    share = format_against(Decimal(case.due.closed) / case.due.total, early_until, "percent", decimals=0)
    due = share if case.due == passed else f"{share} of the target due by its phasing"
    return (
        f"{passed.closed} of {passed.total} working days have closed ({due}; judged from"
        f" {format_figure(early_until, 'percent')}). {figure(case, value)} so far. {remedy(case)}"
    )


def chance(case: Case, status: Status) -> str:
    """`reaching USD 1.2 M is likely: the forecast is USD 1.3 M (1.1 to 1.4), which missed by … before. Needs …`"""
    outlook, (_, target) = case.given.outlook, known(case)
    assert outlook is not None
    assert outlook.chance is not None
    span = ""
    if outlook.low is not None and outlook.high is not None:
        span = f" ({figure(case, outlook.low)} to {figure(case, outlook.high)})"
    target_text, value_text = pair(case, target, outlook.value)
    return (
        f"reaching {target_text} is {in_words(outlook.chance)}: the forecast is {value_text}{span}, which"
        f" {outlook.record}. {remedy(case)}"
    )


def pace(case: Case, status: Status) -> str:
    value, _ = known(case)
    assert case.expected is not None
    value_text, expected_text = pair(case, value, case.expected)
    day = day_of(case, judged_on(case))
    if case.course is Course.LEVEL:
        judged = f"{value_text} by {day} against a target of {expected_text}"
    else:
        judged = f"{value_text} against {expected_text} expected by {day}"
    return f"{judged} ({held_against(case, status)}). {remedy(case)}"


def held_against(case: Case, status: Status) -> str:
    """The pace and the lines it was held against: `89.6 % of expected; on track from 95 %`."""
    known_lines = case.given.thresholds
    lines = f"on track from {format_figure(known_lines.on_track_from, 'percent')}"
    if status is Status.OFF_TRACK:
        lines = f"at risk from {format_figure(known_lines.at_risk_from, 'percent')}, {lines}"
    if not case.scale:
        return "a target of 0 leaves no tolerance" if case.course is Course.LEVEL else "nothing is due yet"
    if case.course is Course.GLIDE:
        return f"{_of_the_way(case)}; {lines}"
    if case.course is Course.CUMULATIVE and case.given.direction != "down":
        return f"{_ratio(case, 1 - case.shortfall / case.scale)} of expected; {lines}"
    return _distance(case, status)


def _of_the_way(case: Case) -> str:
    """`80 % of the way expected from USD 100 k`: a glide is not measured from 0."""
    share = 1 - case.shortfall / case.scale
    base = figure(case, case.base)
    return (
        f"away from {base}, where it began" if share < 0 else f"{_ratio(case, share)} of the way expected from {base}"
    )


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
