"""What a status was judged by, in words: the stored inputs of an actual."""

from datetime import date
from decimal import Decimal
from typing import Any

from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals.models import Actual

COURSES = {
    "cumulative": "adds up from 0 to the target as it is phased",
    "glide": "glides from the baseline to the target as it is phased",
    "level": "at the target all along",
}
AMOUNTS = {"value": "Value", "target": "Target", "baseline": "Baseline"}
LINES = {"on_track_from": "on track from", "at_risk_from": "at risk from", "early_until": "too early below"}


def inputs_told(actual: Actual | None, unit: str, currency: str) -> list[tuple[str, str]]:
    """Label and text; what was not stored is left out."""
    if actual is None:
        return []
    given: dict[str, Any] = actual.inputs
    told = [
        (label, format_figure(Decimal(str(given[name])), unit, currency))
        for name, label in AMOUNTS.items()
        if given.get(name) is not None
    ]
    if actual.expected is not None:
        told.append(("Expected", format_figure(actual.expected, unit, currency)))
    if given.get("all_days"):
        told.append(("Working days closed", f"{given.get('closed_days', 0)} of {given['all_days']}"))
    if kept := given.get("kept"):
        told.append(("Parts inside", f"{kept['inside']} of {kept['closed']} closed, {kept['total']} in all"))
    if given.get("course") in COURSES and actual.expected is not None:
        told.append(("Expected path", COURSES[given["course"]]))
    lines = [
        f"{words} {format_figure(Decimal(given[name]), 'percent')}" for name, words in LINES.items() if name in given
    ]
    if lines:
        told.append(
            ("Thresholds", ", ".join(lines) + " of what is due" if "early_until" in given else ", ".join(lines))
        )
    if given.get("today"):
        told.append(("Judged on", day_told(date.fromisoformat(given["today"]))))
    return told
