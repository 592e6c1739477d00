"""What is asked of every row, as one bit each: the condition in SQL, the sentence in words."""

from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import date

from apps.datasets.plan import Plan
from apps.datasets.schema import Field, FieldType, NeedsDate, NotBefore
from apps.datasets.store.sql import as_text, name, text, texts

Texts = AnyMapping[str, str | None]


@dataclass(frozen=True)
class Issue:
    """Something wrong with one cell of one line of the file; `rejects` says whether the row stays out."""

    line: int
    column: str
    value: str
    message: str
    rejects: bool = True


@dataclass(frozen=True)
class Check:
    """`condition` is true for a row that fails; `say` makes the sentence from the texts of the row."""

    field: str
    condition: str
    say: Callable[[Texts], str]
    rejects: bool = True


def checks_of(plan: Plan, today: date) -> list[Check]:
    """Every check of this import, at most 62 (one bit of a BIGINT each)."""
    found = [
        Check("", "_note LIKE 'long %'", _ragged),
        Check("", "_note LIKE 'short %'", _ragged, rejects=False),
    ]
    for required in plan.required:
        found.append(Check(required, f"{as_text(required)} IS NULL", _constant(f"`{required}` is blank.")))
    for field in plan.fields:
        if field.type is not FieldType.TEXT and plan.has_source(field.name):
            condition = f"{as_text(field.name)} IS NOT NULL AND {name(field.name)} IS NULL"
            found.append(Check(field.name, condition, _not_a(field, plan)))
    found += [_rule(rule) for rule in plan.mapping.table.checks]
    found += [_in_future(each, plan, today) for each in plan.mapping.table.event_dates if plan.has_source(each)]
    return found


def happened(field: str, plan: Plan) -> str:
    """SQL condition: the date in this field is an event, not a plan."""
    table = plan.mapping.table
    if table.plans_when and field == table.main_date:
        other, value = table.plans_when
        return f"{name(other)} IS DISTINCT FROM {text(value)}"
    return "true"


def _constant(sentence: str) -> Callable[[Texts], str]:
    return lambda row: sentence


def _ragged(row: Texts) -> str:
    kind, cells, width = (row.get("_note") or "? ? ?").split()
    if kind == "short":
        return f"The line has only {cells} of {width} cells; the missing ones are taken as blank."
    return f"The line has {cells} cells, the header {width}: a delimiter inside a text needs quotation marks."


def _not_a(field: Field, plan: Plan) -> Callable[[Texts], str]:
    how = plan.formats.get(field.name, "")
    kind = {
        FieldType.DATE: "a date" if how in {"", "iso"} else f"a date like {how}",
        FieldType.TIMESTAMP: "a date and time" if how in {"", "iso"} else f"a time like {how}",
        FieldType.BOOLEAN: "yes or no",
        FieldType.CHOICE: f"one of {', '.join(field.choices)}",
        FieldType.INTEGER: "a whole number",
    }.get(field.type, "a number")

    def say(row: Texts) -> str:
        value = (row.get(field.name) or "")[:60]
        hint = ""
        if field.type is FieldType.CHOICE:
            hint = f' Add it to the mapping: "values": {{"{field.name}": {{"{value}": …}}}}.'
        elif not any(letter.isdigit() for letter in value.replace("0", "")):  # n/a, TBD, #N/A, -, 0000-00-00
            hint = f' If it stands for blank, say so in the mapping: "values": {{"{field.name}": {{"{value}": ""}}}}.'
        return f"`{value}` is not {kind}.{hint}"

    return say


def _rule(rule: NotBefore | NeedsDate) -> Check:
    if isinstance(rule, NotBefore):
        earlier, later = rule.earlier, rule.later
        return Check(
            later,
            f"{name(later)} < {name(earlier)}",
            lambda row: f"`{later}` ({row.get(later)}) lies before `{earlier}` ({row.get(earlier)}).",
        )
    return Check(
        rule.date,
        f"{name(rule.field)} IN ({texts(rule.values)}) AND {as_text(rule.date)} IS NULL",
        lambda row: f"`{rule.date}` is blank, but `{rule.field}` is {row.get(rule.field)}.",
    )


def _in_future(field: str, plan: Plan, today: date) -> Check:
    return Check(
        field,
        f"{name(field)} > DATE {text(today.isoformat())} AND {happened(field, plan)}",
        lambda row: f"`{field}` ({row.get(field)}) lies in the future; data is not called complete up to it.",
        rejects=False,
    )
