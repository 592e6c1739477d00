"""What is open: the pipeline, what it is worth, whether it covers the quota, and how good the forecast was."""

from dataclasses import replace

from apps.metrics.catalogue.deals import closed, deals, still_open, win_rate, won
from apps.metrics.catalogue.formulas import Allotted, Size, ThenKnown, level, positive, total
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import RowsOf

quotas = RowsOf("quotas")

until_closed = deals.closed_on.when(closed)
open_then = (still_open | closed).called("open")
quota = Allotted(quotas.amount, quotas.period_start, quotas.period_end)

pipeline_value = Kpi(
    key="pipeline_value",
    name="Pipeline value",
    synonyms=("open pipeline", "sales pipeline", "pipeline"),
    sentence="The amount of the deals that are open at the end of the period.",
    formula=level(deals.amount, since=deals.created_on, until=until_closed, where=open_then),
    dated_by=deals.created_on,
    kind=Kind.STOCK,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="win_rate",
    mistakes=(
        "The pipelines of several weeks added up: it is a level, not a flow.",
        "Coverage read late in the period, when the winnable deals are already won.",
        "Open deals past their expected close: clean them out or the pipeline is a wish.",
        "Past levels use the amounts known now; the amount a deal had then is not in the data.",
    ),
    authority="CRM practice: sum of open amounts at an instant.",
)

weighted_pipeline_value = Kpi(
    key="weighted_pipeline_value",
    name="Weighted pipeline value",
    synonyms=("weighted pipeline", "expected pipeline value", "probability-weighted pipeline"),
    sentence="The amount of the deals open at the end of the period, each times its probability.",
    formula=level(deals.amount * deals.probability, since=deals.created_on, until=until_closed, where=open_then),
    dated_by=deals.created_on,
    kind=Kind.STOCK,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="forecast_accuracy",
    mistakes=(
        "Open deals without a probability add nothing: fill it in, or take the variant `deals_win_rate`.",
        "Probabilities as the CRM came with them: take those of your own stages.",
        "An amount that is weighted already, weighted again.",
        "Past levels use the probabilities known now, and a CRM sets a closed deal to 0 or 1.",
    ),
    authority="CRM practice: sum of amount times probability of open deals.",
)

weighted_by_win_rate = replace(
    weighted_pipeline_value,
    variant="deals_win_rate",
    sentence="The amount of the deals open at the end of the period times the win rate of the period.",
    formula=pipeline_value * win_rate,
    kind=Kind.COMPOSITE,
    mistakes=(
        "One rate for all deals: early ones are worth less than late ones, large ones are won less often.",
        "A win rate of few decided deals: take a longer period.",
        "The values of teams added up: each has its own rate, so compute the whole anew.",
    ),
    authority="Practice for data without probabilities: open amount times won over decided.",
)

due = level(deals.amount, since=deals.created_on, until=until_closed, where=open_then, due=deals.expected_close_on)

pipeline_coverage = Kpi(
    key="pipeline_coverage",
    name="Pipeline coverage",
    synonyms=("coverage ratio", "pipeline to quota", "pipeline coverage ratio"),
    sentence="The open deals due in the period over what its quota still lacks.",
    formula=due / positive(quota - total(deals.amount, where=won, on=deals.closed_on)),
    dated_by=deals.closed_on,
    kind=Kind.COMPOSITE,
    unit=Unit.TIMES,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="win_rate",
    mistakes=(
        "“Three times” for everybody: what is needed is one over the win rate, so 3 is right near 33 %.",
        "Read late in the period, when the winnable deals are already won.",
        "Open deals without an expected close count in every period; those due in another one in none but that.",
        "Once the quota is reached nothing is left to cover, and there is no value.",
        "Quotas of managers repeat those of their people: import one level only.",
    ),
    authority="CRM practice: open pipeline of the period over (quota − won). It is read at the end of the period, or "
    "today while it runs.",
)

foreseen = level(
    deals.amount * deals.probability,
    since=deals.created_on,
    until=until_closed,
    where=open_then,
    due=deals.expected_close_on,
).at_start
won_amount = total(deals.amount, where=won)

forecast_accuracy = Kpi(
    key="forecast_accuracy",
    name="Forecast accuracy",
    synonyms=("forecast error", "WAPE", "forecast deviation"),
    sentence="How far the weighted pipeline due in the period, as it was known at its start, was from what was won, as "
    "a share of what was won. 0 % is a perfect forecast.",
    formula=Size(won_amount - ThenKnown(foreseen)) / positive(won_amount),
    dated_by=deals.closed_on,
    kind=Kind.COMPOSITE,
    unit=Unit.PERCENT,
    direction=Direction.DOWN,
    category=Category.OPERATIONAL,
    counter_metric="revenue",
    mistakes=(
        "The last forecast of the period scored: what is known on its last day is no forecast. Here it is frozen at "
        "the start.",
        "Its direction is not in it: always too high or always too low is a bias, and worth more than the size.",
        "The error of the whole beside those of teams: misses in opposite directions cancel in the whole.",
        "It needs imports from before the period: what was known then cannot be guessed later.",
        "Deals created and won within the period are in no forecast of its start.",
        "A forecast that is met by holding deals back.",
    ),
    authority="WAPE, |forecast − actual| over actual, of one series, frozen at the start of the period.",
)

KPIS = (pipeline_value, weighted_pipeline_value, weighted_by_win_rate, pipeline_coverage, forecast_accuracy)
