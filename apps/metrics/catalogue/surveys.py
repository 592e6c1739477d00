"""What survey answers say. Answers of different kinds never mix; those of employees speak in groups of five or more."""

from dataclasses import replace

from apps.metrics.catalogue.formulas import Formula, count, mean
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import Condition, RowsOf, first_known

surveys = RowsOf("surveys")

SMALLEST_GROUP = 5
PROMOTES, DETRACTS = 9, 6
# The two best answers of the scale; a scale that is not given is one of five steps.
satisfied = surveys.score >= first_known(surveys.scale_max, 5) - 1


def _promoters_less_detractors(kind: str, said: str) -> Formula:
    asked = surveys.kind == kind
    promoters = (asked & (surveys.score >= PROMOTES)).called("promoter")
    detractors = (asked & (surveys.score <= DETRACTS)).called("detractor")
    return 100 * (count(promoters) - count(detractors)) / count(asked.called(said))


def _top_two(kind: str, said: str) -> Formula:
    asked: Condition = surveys.kind == kind
    return count((asked & satisfied).called("satisfied")) / count(asked.called(said))


nps = Kpi(
    key="nps",
    name="Net promoter score",
    synonyms=("NPS", "promoter score", "likelihood to recommend"),
    sentence="The share of promoters (9 and 10) less the share of detractors (0 to 6) among the answers of the period, "
    "in points.",
    formula=_promoters_less_detractors("nps", "NPS"),
    dated_by=surveys.responded_on,
    kind=Kind.RATIO,
    unit=Unit.POINTS,
    direction=Direction.UP,
    category=Category.CUSTOMER,
    counter_metric="customer_retention_rate",
    min_n=20,
    mistakes=(
        "The mean of the scores: it is not a net promoter score.",
        "Read to the point: of 100 answers with 50 promoters and 20 detractors, +30 may as well be +15 or +45.",
        "Asking only the happy, or right after a bonus depends on it.",
        "Surveys about the relation mixed with those about one purchase.",
        "A scale of five steps: it needs 0 to 10.",
    ),
    authority="Bain: promoters 9–10, passives 7–8, detractors 0–6. NPS and Net Promoter are marks of their owners.",
)

csat = Kpi(
    key="csat",
    name="Customer satisfaction",
    synonyms=("CSAT", "customer satisfaction score", "satisfaction rate"),
    sentence="Of the answers of the period, the share with one of the two best scores of the scale.",
    formula=_top_two("csat", "satisfaction"),
    dated_by=surveys.responded_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.CUSTOMER,
    counter_metric="customer_churn_rate",
    min_n=20,
    mistakes=(
        "The mean score beside the share of satisfied: two numbers that never compare.",
        "Model indices such as ACSI beside it: 77.8 of 100 there is no share of satisfied.",
        "The scale not given: without `scale_max` a scale of five steps is taken.",
        "Only those answer who have strong feelings: report the response rate too.",
    ),
    authority="Top-2-box (ISO 10004 gives guidance on monitoring): 4 and 5 of 5, 9 and 10 of 10.",
)


def _mean_of(kpi: Kpi, kind: str, said: str) -> Kpi:
    return replace(
        kpi,
        variant="surveys_mean",
        sentence="The mean score of the answers of the period, in points of the scale.",
        formula=mean(surveys.score, where=(surveys.kind == kind).called(said)),
        kind=Kind.MEAN,
        unit=Unit.POINTS,
        mistakes=(
            "Scales of five and of ten steps in one mean.",
            "The mean beside the share of satisfied: two numbers that never compare.",
            *kpi.mistakes[3:],
        ),
        authority="The plain mean, as many survey tools show it; the share of the two best scores is the default.",
    )


csat_mean = _mean_of(csat, "csat", "satisfaction")

employee_satisfaction = Kpi(
    key="employee_satisfaction",
    name="Employee satisfaction",
    synonyms=("eSAT", "job satisfaction", "employee engagement score"),
    sentence="Of the employees' answers of the period, the share with one of the two best scores of the scale.",
    formula=_top_two("esat", "employee"),
    dated_by=surveys.responded_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.EMPLOYEE,
    counter_metric="employee_turnover_rate",
    min_n=20,
    privacy_min=SMALLEST_GROUP,
    # goals are about the whole workspace only: from the goals of a team and its sub-teams a small one would follow
    scopes=("workspace",),
    mistakes=(
        "Small groups shown: with fewer than five answers people can be recognised, so there is no value.",
        "The group that is left over when a small one is hidden: it gives the small one away, so it is hidden too.",
        "A target of one person: satisfaction is nobody's quota.",
        "Only the content answer: report the participation too.",
    ),
    authority="Top-2-box on answers of the kind esat; groups of five as survey providers commonly keep them.",
)

employee_satisfaction_mean = _mean_of(employee_satisfaction, "esat", "employee")

employee_net_promoter_score = replace(
    employee_satisfaction,
    variant="surveys_enps",
    synonyms=("eNPS", "employee net promoter score"),
    sentence="The share of employees who would recommend the employer (9 and 10) less the share who would not (0 to "
    "6), in points.",
    formula=_promoters_less_detractors("enps", "eNPS"),
    unit=Unit.POINTS,
    authority="As the net promoter score of customers, on answers of the kind enps.",
)

KPIS = (nps, csat, csat_mean, employee_satisfaction, employee_satisfaction_mean, employee_net_promoter_score)
