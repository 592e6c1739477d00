"""What is asked of every row, as one bit each: the condition in SQL, the sentence in words."""

from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from apps.common.errors import Refusal
from apps.common.splits import parse_split
from apps.datasets.errors import ImportRefusal
from apps.datasets.expressions import with_zone
from apps.datasets.plan import Plan
from apps.datasets.schema import Field, FieldType, InScale, NeedsDate, NotBefore
from apps.datasets.store.sql import as_text, as_wrong, name, text, texts
from apps.datasets.views import REPEAT, WHERE, wrong_names

Texts = AnyMapping[str, str | None]
MOST_CHECKS = 62  # one bit of a BIGINT each
ZONE = "zone"  # told once for a column, not for every row: all of its rows are alike
AGREED_AHEAD = frozenset({"started_on", "ended_on", "churned_on", "hired_on", "left_on"})


@dataclass(frozen=True)
class Issue:
    """Something wrong with one cell of one line of the file (0: with the file); `rejects`: the row stays out.

    `kind` is one word for what is wrong, equal for issues that read as one. `header` is the column of the file in which
    the cell stands and can be put right (repairs.py); blank if it is not one cell of the file.
    """

    line: int
    column: str
    value: str
    message: str
    rejects: bool = True
    kind: str = ""
    header: str = ""


@dataclass(frozen=True)
class IssueGroup:
    """All issues of one kind in one column: `rows` of them, the first in `line`, with its message."""

    column: str
    kind: str
    message: str
    rows: int
    rejects: bool
    line: int

    def as_json(self) -> dict[str, str | int | bool]:
        return asdict(self)


@dataclass(frozen=True)
class Check:
    """`condition` is true for a row that fails; `say` makes the sentence from the texts of the row."""

    field: str
    condition: str
    say: Callable[[Texts], str]
    rejects: bool = True
    kind: str = ""


def checks_of(plan: Plan, today: date, within: tuple[date, date] | None = None) -> list[Check]:
    """Every check of this import. Refusal if the mapping asks for more than MOST_CHECKS.

    within: the period [from, to) that the file replaces; its rows must lie in it by the main date of the table.
    """
    found = [
        Check("", "_note LIKE 'long %'", _ragged, kind="long"),
        Check("", "_note LIKE 'short %'", _ragged, rejects=False, kind="short"),
        Check("", "_note LIKE 'mended %'", _mended(plan), rejects=False, kind="mended"),
        Check("", "_note LIKE 'quotes %'", _unpaired, rejects=False, kind="quotes"),
    ]
    wrongs = wrong_names(plan)
    found += [_wrong(each, plan) for each in wrongs]
    for required in plan.required:
        failed = f" AND {as_wrong(required)} IS NULL" if required in wrongs else ""
        if not plan.derived_from(plan.field(required)):
            blank = f"{as_text(required)} IS NULL{failed}"
            found.append(Check(required, blank, _constant(f"`{required}` is blank."), kind="blank"))
    for field in plan.fields:
        if (field.type is not FieldType.TEXT or field.codes) and plan.has_source(field.name):
            condition = f"{as_text(field.name)} IS NOT NULL AND {name(field.name)} IS NULL"
            found.append(Check(field.name, condition, _not_a(field, plan), kind="value"))
    if shared := plan.mapping.table.shared:
        condition = f"{as_text(shared)} IS NOT NULL AND {name(shared)} IS NULL"
        found.append(Check(shared, condition, _not_shared(shared), kind="shares"))
    found += [_rule(rule) for rule in plan.mapping.table.checks]
    found += [_in_future(each, plan, today) for each in plan.mapping.table.event_dates if plan.has_source(each)]
    found += _worth_a_look(plan, today)
    found += [_in_period(plan.mapping.table.main_date, within)] if within else []
    if len(found) > MOST_CHECKS:
        raise ImportRefusal(
            f"The mapping computes {len(plan.computed)} fields, {len(found) - MOST_CHECKS} more than can be checked."
        )
    return found


def _worth_a_look(plan: Plan, today: date) -> list[Check]:
    """Rows that can be right and often are not. They are taken in, and told."""
    found = []
    if plan.mapping.table.name == "deals" and plan.has_source("amount"):
        says = "The deal is won with an amount of 0: it counts as won and adds nothing to revenue. Is that right?"
        found.append(
            Check("amount", '"outcome" = \'won\' AND "amount" = 0', _constant(says), rejects=False, kind="zero")
        )
    if plan.mapping.table.name == "deals":
        planned = "expected_close_on" if plan.has_source("expected_close_on") else "closed_on"
        if plan.has_source(planned):
            found.append(
                Check(
                    planned,
                    f"\"outcome\" = 'open' AND {name(planned)} < DATE {text(today.isoformat())}",
                    lambda row: (
                        f"The deal is open, but was to close on {row.get(planned)}: it stays in the pipeline"
                        " of a day that has passed. Set a new date, or close it."
                    ),
                    rejects=False,
                    kind="overdue",
                )
            )
    for each in plan.fields:
        if each.type is FieldType.TIMESTAMP and plan.has_source(each.name):
            written = as_text(each.name)
            condition = f"contains({written}, ':') AND NOT ({with_zone(written)})"
            found.append(Check(each.name, condition, _constant(""), rejects=False, kind=ZONE))
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


def _unpaired(_: Texts) -> str:
    return "A quotation mark opens and never closes: it is read as part of the text. Look whether the cells are right."


def _mended(plan: Plan) -> Callable[[Texts], str]:
    def say(row: Texts) -> str:
        _, cells, width, column, whole = (row.get("_note") or "").split(" ", 4)
        return (
            f"The line has {cells} cells, the header {width}: `{whole[:80]}` holds the delimiter without quotes."
            f" It was put together again as `{plan.headers[int(column)]}`."
        )

    return say


def _wrong(what: str, plan: Plan) -> Check:
    """A formula that gives nothing for a row; the row says what it was given."""
    condition = f"{as_wrong(what)} IS NOT NULL"
    if what == WHERE:
        return Check(
            "",
            condition,
            lambda row: f"It cannot be said whether `where` holds: {row.get(f'_w_{what}')}.",
            kind="formula",
        )
    if what == REPEAT:
        times = plan.mapping.repeat.times if plan.mapping.repeat else ""
        return Check(
            "", condition, lambda row: f"`{row.get(f'_w_{what}')}` in `{times}` is no number of rows.", kind="repeat"
        )
    return Check(what, condition, lambda row: f"`{what}` cannot be computed: {row.get(f'_w_{what}')}.", kind="formula")


def _not_shared(field: str) -> Callable[[Texts], str]:
    def say(row: Texts) -> str:
        try:
            parse_split(row.get(field) or "")
        except Refusal as refusal:
            return refusal.sentence
        return f"`{row.get(field)}` is no owner."

    return say


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
        if field.codes:
            return (
                f"`{value}` is no currency of ISO 4217, such as EUR or USD. Say in the mapping what it stands for:"
                f' "values": {{"{field.name}": {{"{value}": …}}}}.'
            )
        if field.type is FieldType.CHOICE:
            hint = f' Add it to the mapping: "values": {{"{field.name}": {{"{value}": …}}}}.'
        elif not any(letter.isdigit() for letter in value.replace("0", "")):  # n/a, TBD, #N/A, -, 0000-00-00
            hint = f' If it stands for blank, say so in the mapping: "values": {{"{field.name}": {{"{value}": ""}}}}.'
        return f"`{value}` is not {kind}.{hint}"

    return say


def _rule(rule: NotBefore | NeedsDate | InScale) -> Check:
    if isinstance(rule, InScale):
        return _in_scale(rule)
    if isinstance(rule, NotBefore):
        earlier, later = rule.earlier, rule.later
        return Check(
            later,
            f"{name(later)} < {name(earlier)}",
            lambda row: f"`{later}` ({row.get(later)}) lies before `{earlier}` ({row.get(earlier)}).",
            kind="order",
        )
    return Check(
        rule.date,
        f"{name(rule.field)} IN ({texts(rule.values)}) AND {as_text(rule.date)} IS NULL",
        lambda row: f"`{rule.date}` is blank, but `{rule.field}` is {row.get(rule.field)}.",
        kind="date",
    )


def _in_scale(rule: InScale) -> Check:
    """Declared by the row itself; else what is usual for its kind, and no limit for other kinds."""

    def limit(declared: str, place: int) -> str:
        usual = " ".join(f"WHEN {text(kind)} THEN {(low, high)[place]}" for kind, low, high in rule.usual)
        return f"coalesce({name(declared)}, CASE {name(rule.kind)} {usual} END)"

    def say(row: Texts) -> str:
        kind = (row.get(rule.kind) or "").lower()
        low, high = next(((low, high) for each, low, high in rule.usual if each == kind), (None, None))
        declared = (row.get(rule.least) or low, row.get(rule.most) or high)
        scale = " to ".join("?" if each is None else str(each) for each in declared)
        return f"`{rule.field}` ({row.get(rule.field)}) lies outside its scale, {scale}."

    outside = f"{name(rule.field)} < {limit(rule.least, 0)} OR {name(rule.field)} > {limit(rule.most, 1)}"
    return Check(rule.field, outside, say, kind="scale")


def _in_future(field: str, plan: Plan, today: date) -> Check:
    """What has happened cannot lie in the future; a contract may end, and somebody may leave, on a day agreed on."""
    agreed = field in AGREED_AHEAD
    said = "data is not called complete up to it" if agreed else "what has not happened yet does not count"
    return Check(
        field,
        f"{name(field)} > DATE {text(today.isoformat())} AND {happened(field, plan)}",
        lambda row: f"`{field}` ({row.get(field)}) lies in the future; {said}.",
        rejects=not agreed,
        kind="future",
    )


def _in_period(main_date: str, within: tuple[date, date]) -> Check:
    """A row outside of the period that its file replaces would stay beside the earlier row that it belongs to."""
    first, end = within
    period = f"{first} to {end - timedelta(days=1)}"

    def say(row: Texts) -> str:
        if row.get(main_date) is None:
            return f"`{main_date}` is blank, so the row does not lie in the period that is replaced, {period}."
        return f"`{main_date}` ({row.get(main_date)}) lies outside of the period that is replaced, {period}."

    inside = f"{name(main_date)}::DATE >= DATE {text(str(first))} AND {name(main_date)}::DATE < DATE {text(str(end))}"
    readable = f"({name(main_date)} IS NOT NULL OR {as_text(main_date)} IS NULL)"  # else it is told already
    return Check(main_date, f"({inside}) IS NOT TRUE AND {readable}", say)
