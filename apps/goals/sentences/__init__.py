"""The one sentence under a status: what was judged, by which rule, and what would mend it. Pure.

Numbers carry the unit and currency of the KPI, with enough digits that they never contradict the status they explain.
"""

from collections.abc import Callable

from apps.goals.case import Case, Status
from apps.goals.sentences import bands, judged, milestones, unjudged
from apps.goals.sentences.words import day_of, day_text

__all__ = ["day_text", "sentence_for"]

_NOBODY_COUNTS = "No row of {table} counts so far: check that owners and teams are named in the data as they are here."


def sentence_for(case: Case, status: Status, rule: str, leaning: Status | None = None) -> str:
    """`At risk: USD 412 k against USD 460 k expected by Fri 14 Nov (90 % of expected; on track from 95 %). …`"""
    name = rule.partition("@")[0]
    text = f"{_label(case, status, name)}: {_writer(case, name)(case, leaning or status)}{_late(case, name)}"
    if leaning:
        text += f" By this it would be {leaning.label.lower()}; it is said once newer data confirms it."
    return f"{text} {_NOBODY_COUNTS.format(table=case.given.table)}" if _is_suspicious(case, rule) else text


def _writer(case: Case, rule: str) -> "Writer":
    """Bands and plans of milestones have words of their own for some rules."""
    own = _OF_BANDS if case.is_band else _OF_PLANS if case.is_plan else {}
    return own.get(rule) or _WRITERS[rule]


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
    "on-its-date",
    "too-early",
    "pace",
)


def _label(case: Case, status: Status, rule: str) -> str:
    """`Waiting for data since Fri 14 Nov (source “CRM nightly” failed: it cannot be reached)`"""
    given = case.given
    if given.late_since is None or rule not in _WAITS or status is not Status.WAITING:
        return status.label
    return f"{status.label} since {day_of(case, given.late_since)} ({given.late_why})"


def _late(case: Case, rule: str) -> str:
    given = case.given
    if given.late_since is None or rule not in _BY_WHAT_THERE_IS:
        return ""
    return f" Waiting for newer data since {day_of(case, given.late_since)}: {given.late_why}."


def _is_suspicious(case: Case, rule: str) -> bool:
    """A flow of 0 rows may be the truth, or a name that the data writes differently."""
    judged = rule.partition("@")[0] in ("at-end", "too-early", "pace")
    return judged and case.given.kind == "flow" and case.given.rows == 0 and not case.is_plan


Writer = Callable[[Case, Status], str]

_WRITERS: dict[str, Writer] = {
    "cancelled": unjudged.cancelled,
    "not-started": unjudged.not_started,
    "no-target": unjudged.no_target,
    "nothing-imported": unjudged.nothing_imported,
    "data-before-start": unjudged.data_before_start,
    "no-value": unjudged.no_value,
    "too-few-rows": unjudged.too_few,
    "stale-data": unjudged.stale,
    "period-incomplete": unjudged.incomplete_at_end,
    "unripe": unjudged.unripe,
    "at-end": judged.at_end,
    "reached-early": judged.reached_early,
    "band": bands.running,
    "chance": judged.chance,
    "on-its-date": judged.on_its_date,
    "too-early": judged.too_early,
    "pace": judged.pace,
}
_OF_BANDS: dict[str, Writer] = {"at-end": bands.at_end}
_OF_PLANS: dict[str, Writer] = {
    "no-target": milestones.no_target,
    "at-end": milestones.at_end,
    "reached-early": milestones.reached_early,
    "too-early": milestones.too_early,
    "pace": milestones.pace,
}
