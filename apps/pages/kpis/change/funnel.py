"""The funnel of leads and deals: what became of those who came in a period, and which step would help most."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from apps.common.periods import Period, add_months, custom_period
from apps.datasets.queries import snapshots
from apps.metrics.analysis.funnel import Funnel, Step, StepFigures, funnel
from apps.metrics.analysis.numbers import NoAnswer, difference, figure
from apps.metrics.catalogue import Kind, Kpi, Unit
from apps.metrics.catalogue import deals as of_deals
from apps.metrics.catalogue import leads as of_leads
from apps.metrics.catalogue.formulas import count
from apps.metrics.catalogue.rows import Condition
from apps.metrics.engine import Figure, Request, compute_requests
from apps.pages.kpis.bars import funnel_chart
from apps.pages.kpis.change.subject import Subject
from apps.pages.kpis.charts import Drawing

KEYS = frozenset(
    {
        "win_rate",
        "lead_conversion_rate",
        "lead_qualification_rate",
        "leads_generated",
        "pipeline_value",
        "weighted_pipeline_value",
    }
)
TABLES = ("leads", "deals")
USUAL_MONTHS = 12  # the four quarters before


@dataclass(frozen=True)
class Stage:
    """A step as counts: `name` under which they are asked for, the KPI whose rows are those of the step."""

    name: str
    label: str
    to: str
    table: str
    entered: Condition
    passed: Condition
    waiting: Condition
    rows_of: tuple[str, str]  # key and variant


_qualified, _converted = of_leads.qualified, of_leads.converted
_gone = of_leads.leads.status == "disqualified"
_deal = of_deals.won | of_deals.lost | of_deals.still_open
STAGES = (
    Stage(
        "qualified",
        "Lead created",
        "Qualified",
        "leads",
        of_leads.created,
        _qualified | _converted,
        ~(_qualified | _converted | _gone),
        ("lead_qualification_rate", "leads"),
    ),
    Stage(
        "converted",
        "Qualified",
        "Converted",
        "leads",
        _qualified | _converted,
        _converted,
        (_qualified | _converted) & ~(_converted | _gone),
        ("lead_conversion_rate", "leads"),
    ),
    Stage(
        "won", "Deal created", "Won", "deals", _deal, of_deals.won, of_deals.still_open, ("win_rate", "deals_created")
    ),
)


@dataclass(frozen=True)
class Row:
    """A step as it is shown, with the address of its rows."""

    step: StepFigures
    name: str
    rate: str
    rows: str
    usual: str
    sure: str
    gain: str


@dataclass(frozen=True)
class Shown:
    drawing: Drawing
    sentence: str
    rows: list[Row]
    lacking: str  # which table would make it longer, blank where both are there


def funnel_of(subject: Subject, period: Period) -> Shown | NoAnswer:
    """Cohorts of the period: what became so far of the leads and of the deals created in it. One pass."""
    live = snapshots(workspace=subject.workspace, tables=TABLES)
    there = [table for table in TABLES if not live[table].is_empty]
    stages = [stage for stage in STAGES if stage.table in there]
    if not stages:
        return NoAnswer("A funnel needs leads or deals; there are neither.")
    usual = custom_period(add_months(period.start, -USUAL_MONTHS), period.start)
    kpis = {f"{stage.name} {what}": kpi for stage in stages for what, kpi in _counts(stage).items()}
    if "deals" in there:
        kpis["size"] = of_deals.average_deal_size
    asked = [(name, run) for name in kpis for run in (period, usual)]
    requests = [Request(i, name, "workspace", None, run.start, run.end) for i, (name, run) in enumerate(asked)]
    answers = compute_requests(live, requests, subject.org, kpis, subject.context)
    found = {each: answers[i].figure for i, each in enumerate(asked)}
    # deals without a day of creation are in no cohort: their step would only be empty
    stages = [stage for stage in stages if any(found[f"{stage.name} entered", run].count for run in (period, usual))]
    if not any(found[f"{stage.name} entered", period].count for stage in stages):
        return NoAnswer("Nothing came into this funnel in the period. Choose another one.")
    steps = [_step(stage, found, period, usual) for stage in stages]
    size = found["size", usual].value or found["size", period].value if "deals" in there else None
    return _shown(subject, funnel(steps, deal_size=size, currency=subject.workspace.currency), stages, period, there)


# --- inside ----------------------------------------------------------------------------------------------------------


def _counts(stage: Stage) -> dict[str, Kpi]:
    """Definitions that only count; they are asked for here and shown nowhere."""
    base = of_leads.leads_generated if stage.table == "leads" else of_deals.win_rate_of_the_created
    wheres = {"entered": stage.entered, "passed": stage.passed, "waiting": stage.waiting}
    return {
        what: replace(
            base, key=f"{stage.name}_{what}", formula=count(where), kind=Kind.FLOW, unit=Unit.COUNT, privacy_min=0
        )
        for what, where in wheres.items()
    }


def _step(stage: Stage, found: Mapping[tuple[str, Period], Figure], period: Period, usual: Period) -> Step:
    def number(what: str, run: Period) -> int | None:
        value = found[f"{stage.name} {what}", run].value
        return None if value is None else int(value)

    return Step(
        stage.label,
        stage.to,
        entered=number("entered", period) or 0,
        passed=number("passed", period) or 0,
        still_open=number("waiting", period) or 0,
        usual_entered=number("entered", usual),
        usual_passed=number("passed", usual),
    )


def _shown(subject: Subject, made: Funnel, stages: list[Stage], period: Period, there: list[str]) -> Shown:
    currency = subject.workspace.currency
    missing = [table for table in TABLES if table not in there]
    return Shown(
        drawing=funnel_chart(made, currency),
        sentence=made.sentence,
        rows=[_row(subject, stage, step, period) for stage, step in zip(stages, made.steps, strict=True)],
        lacking=missing[0] if missing else "",
    )


def _row(subject: Subject, stage: Stage, step: StepFigures, period: Period) -> Row:
    sure, gain = step.interval, ""
    if step.gain is not None:
        gain = difference(step.gain, "money", subject.workspace.currency)
    elif step.gain_in_wins is not None:
        gain = f"{difference(step.gain_in_wins, 'count')} at the end"
    return Row(
        step=step,
        name=f"{stage.label} → {stage.to}",
        rate=figure(step.rate, "percent"),
        rows=subject.rows_of(period, *stage.rows_of),
        usual=figure(step.usual_rate, "percent"),
        sure=f"{figure(sure.low, 'percent')} to {figure(sure.high, 'percent')}" if sure else "",
        gain=gain,
    )
