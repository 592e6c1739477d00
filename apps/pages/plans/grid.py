"""A plan as its page shows it: rows, columns, totals, what was said, and the year before as faint hints.

Cells are put together here and not in the template: two hundred people have 2400 of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.common.dates import month_told, period_told
from apps.common.money import format_figure
from apps.common.periods import Grain, Period
from apps.goals.models import PlanStep, Stage, TargetPlan
from apps.goals.permissions import Reach
from apps.goals.planning import Key, Sheet, over_assignment
from apps.goals.plans import (
    NOT_TALKED,
    RowState,
    Talk,
    before_changes,
    columns_of,
    from_rows,
    may_edit_plan,
    people_of,
    talks,
)
from apps.goals.suggestions import a_year_before, attainment_before
from apps.metrics.catalogue import Definitions, Kpi
from apps.people.models import Member

STATES = {
    RowState.OPEN: ("wait", "Not answered"),
    RowState.PROPOSED: ("warn", "Asks for other numbers"),
    RowState.COUNTERED: ("info", "Waits for the owner"),
    RowState.AGREED: ("good", "Agreed"),
}
STAGES = {Stage.DRAFT: "wait", Stage.PROPOSED: "info", Stage.AGREED: "good", Stage.PUBLISHED: "done"}
# from which part of what it was a changed cell looks warmer
HEATS = ((Decimal("0.2"), 3), (Decimal("0.05"), 2), (Decimal(0), 1))


@dataclass(frozen=True)
class Column:
    place: int
    part: Period
    name: str
    total: str


@dataclass(frozen=True)
class Row:
    person: Member
    cells: SafeString
    total: str
    talk: Talk
    tone: str
    state: str
    hint: str = ""
    asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grid:
    plan: TargetPlan
    kpi: Kpi | None
    kpi_name: str
    period: str
    columns: list[Column]
    rows: list[Row]
    edits: bool
    total: str
    over: str
    target: str
    agreed: int
    sums: bool = True  # whether the totals of everybody are for these eyes
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def stage_tone(self) -> str:
        return STAGES[Stage(self.plan.stage)]


@dataclass(frozen=True)
class Hints:
    """The year before: what each cell came to, and how each person's goal ended."""

    values: Mapping[Key, Decimal]
    attained: Mapping[int, float]


def shown(value: Decimal | None) -> str:
    """A number of a cell as it can be typed again: 120,000 or 1,200.5."""
    return "" if value is None else f"{value.normalize():,f}"


def column_name(part: Period, grain: str, plan: TargetPlan) -> str:
    fiscal = plan.workspace.fiscal
    if grain == Grain.MONTH and fiscal.by_months:
        return month_told(part.start)
    return period_told(part.start, part.end, fiscal)


def hints_of(plan: TargetPlan, kpi: Kpi | None, people: Iterable[int]) -> Hints | None:
    people = list(people)
    return Hints(a_year_before(plan, kpi, people), attainment_before(plan, people)) if kpi else None


def grid_of(
    plan: TargetPlan,
    sheet: Sheet,
    definitions: Definitions,
    *,
    member: Member,
    reach: Reach,
    sees_total: bool,
    hints: Hints | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Grid:
    """For who manages it all rows; for everybody else only their own. `typed`: what was refused, by name of its box."""
    edits = may_edit_plan(plan, reach)
    kpi = definitions.find(f"{plan.kpi}:{plan.variant}")
    said = talks(plan, sheet, None if edits else member)
    was = before_changes(plan, len(sheet.cells)) if edits else {}
    people = [person for pk, person in people_of(plan).items() if edits or pk == member.pk]
    cells = _Cells(sheet, was, hints, typed or {}, errors or {})
    rows = [_row(person, sheet, cells, said.get(person.pk, NOT_TALKED), hints) for person in people]
    sums = edits or sees_total
    columns = [
        Column(place, part, column_name(part, plan.grain, plan), shown(sheet.column_total(part.start)) if sums else "")
        for place, part in enumerate(columns_of(plan))
    ]
    return Grid(
        plan=plan,
        kpi=kpi,
        kpi_name=definitions.told(kpi) if kpi else plan.kpi,
        period=period_told(plan.starts_on, plan.ends_on, plan.workspace.fiscal),
        columns=columns,
        rows=rows,
        edits=edits,
        total=shown(sheet.total) if sums else "",
        over=over_told(sheet.total, plan.target) if sums else "",
        target=shown(plan.target) if sums else "",
        agreed=sum(row.talk.state is RowState.AGREED for row in rows),
        sums=sums,
        errors=dict(errors or {}),
    )


def over_told(total: Decimal, target: Decimal | None) -> str:
    """`+12.5 %` more than the target, `−8.0 %` still to assign; static/js/grid.js says it alike."""
    over = over_assignment(total, target)
    if over is None:
        return "–"
    percent = float(over * 100)
    return "0.0 %" if abs(percent) < 0.05 else f"{'+' if percent > 0 else '−'}{abs(percent):.1f} %"


def heat(value: Decimal | None, before: Decimal | None) -> int:
    """0 for a cell that is as it was or was empty; 1 to 3 by how much of it changed."""
    if before is None or value == before:
        return 0
    if not before:
        return 3
    moved = abs((value or Decimal(0)) - before) / before
    return next(warmth for least, warmth in HEATS if moved >= least)


@dataclass(frozen=True)
class _Cells:
    sheet: Sheet
    was: Mapping[Key, Decimal | None]
    hints: Hints | None
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    def of(self, person: int) -> SafeString:
        made = "".join(self._cell(person, place, start) for place, start in enumerate(self.sheet.starts))
        return mark_safe(made)  # noqa: S308 - every text in it was escaped

    def _cell(self, person: int, place: int, start: date) -> str:
        cell, name = self.sheet.at(person, start), f"c-{person}-{place}"
        before = self.was.get((person, start))
        warmth = heat(cell.value, before)
        looks = f"{f'heat-{warmth} ' if warmth else ''}{'is-locked' if cell.locked else ''}".strip()
        value = escape(self.typed[name]) if name in self.typed else shown(cell.value)
        extra = f' data-was="{before.normalize():f}"' if before is not None and warmth else ""
        wrong = f"{person}:{start}" in self.errors
        extra += ' aria-invalid="true" aria-describedby="grid-errors"' if wrong else ""
        hint = self._hint(person, start)
        return (
            f"<td{f' class={chr(34)}{looks}{chr(34)}' if looks else ''}>"
            f'<input name="{name}" value="{value}" aria-labelledby="p{person} k{place}"{extra}>{hint}</td>'
        )

    def _hint(self, person: int, start: date) -> str:
        if self.hints is None:
            return ""
        value = self.hints.values.get((person, start))
        return f'<span class="hint">{format_figure(value, "count") if value is not None else "–"}</span>'


def _row(person: Member, sheet: Sheet, cells: _Cells, talk: Talk, hints: Hints | None) -> Row:
    tone, state = STATES[talk.state]
    hint = ""
    if hints is not None:
        known = [hints.values[key] for key in ((person.pk, start) for start in sheet.starts) if key in hints.values]
        hint = f"Last year {format_figure(sum(known, Decimal(0)), 'count', compact=True)}" if known else "No last year"
        if person.pk in hints.attained:
            hint += f" · {int(hints.attained[person.pk] * 100)} % of target"
    asked = _asked(talk.proposal, sheet, person.pk) if talk.proposal else ()
    return Row(person, cells.of(person.pk), shown(sheet.row_total(person.pk)), talk, tone, state, hint, asked)


def _asked(step: PlanStep, sheet: Sheet, person: int) -> tuple[str, ...]:
    """The numbers of a proposal, part by part."""
    cells = from_rows(step.after)
    return tuple(
        shown(cells[person, start].value) or "–" if (person, start) in cells else "–" for start in sheet.starts
    )
