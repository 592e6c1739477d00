"""What deals say once they are decided: how many are won, how large, how fast, and why others are lost.

Each KPI is one definition here and a case in tests/metrics/cases/.
"""

from dataclasses import replace

from apps.metrics.catalogue.formulas import Overall, count, mean, total
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import RowsOf, days_between

deals = RowsOf("deals")

won = (deals.outcome == "won").called("won")
lost = (deals.outcome == "lost").called("lost")
still_open = (deals.outcome == "open").called("open")
closed = (won | lost).called("won or lost")

win_rate = Kpi(
    key="win_rate",
    name="Win rate",
    synonyms=("close rate", "opportunity win rate", "deal closure rate"),
    sentence="Of the deals decided in the period, the share that was won.",
    formula=count(won) / count(won | lost),
    dated_by=deals.closed_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="pipeline_value",
    min_n=20,
    mistakes=(
        "Open deals in the denominator: they are not lost yet, and a growing pipeline would look like losing.",
        "The mean of several win rates: 50 of 100 and 1 of 10 are 46.4 %, not 30 %.",
        "Deals created in the period as the denominator: that is a cohort, another KPI.",
        "Losers left open: the rate looks better than it is until they are closed.",
    ),
    authority="CRM practice: won over closed, by close date.",
)

win_rate_by_amount = replace(
    win_rate,
    variant="deals_amount",
    synonyms=("value win rate", "win rate by value"),
    sentence="Of the amount of the deals decided in the period, the share that was won.",
    formula=total(deals.amount, where=won) / total(deals.amount, where=closed),
    min_n=20,
    mistakes=(
        "Sources that set the amount of a lost deal to 0: the rate is then 100 %.",
        "One very large deal decides it: read it beside the rate by number.",
        "Open deals in the denominator: they are not lost yet.",
    ),
    authority="CRM practice: amount won over amount closed, by close date.",
)

win_rate_of_the_created = replace(
    win_rate,
    variant="deals_created",
    synonyms=("cohort win rate", "opportunity to win rate"),
    sentence="Of the deals created in the period, the share won so far.",
    formula=count(won) / count(won | lost | still_open),
    dated_by=deals.created_on,
    mistakes=(
        "A young cohort beside a ripe one: what is still open counts below the line and may yet be won.",
        "Deals won in the period over deals created in it: two different crowds (40 of 80 is not 30 of 80).",
        "The closed deals of a cohort alone: fast deals close first, and fast deals are won more often.",
    ),
    authority="Cohort form: the deals created in the period are followed; open ones stay below the line.",
)

average_deal_size = Kpi(
    key="average_deal_size",
    name="Average deal size",
    synonyms=("average contract value", "average sale", "ACV"),
    sentence="The mean amount of the deals won in the period.",
    formula=total(deals.amount, where=won) / count(won),
    dated_by=deals.closed_on,
    kind=Kind.RATIO,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="win_rate",
    min_n=20,
    mistakes=(
        "Lost deals in the mean: their amount is often 0.",
        "One very large deal hides what is usual: look at the median too.",
        "Renewals mixed with new business.",
    ),
    authority="Textbook: amount won over number won.",
)

sales_cycle_length = Kpi(
    key="sales_cycle_length",
    name="Sales cycle length",
    synonyms=("sales cycle", "days to close", "time to close"),
    sentence="The mean number of days from creation to close of the deals won in the period.",
    formula=mean(days_between(deals.created_on, deals.closed_on), where=won),
    dated_by=deals.closed_on,
    kind=Kind.MEAN,
    unit=Unit.DAYS,
    direction=Direction.DOWN,
    category=Category.OPERATIONAL,
    counter_metric="average_deal_size",
    min_n=20,
    mistakes=(
        "Lost deals in the mean: they are often dropped sooner, so the cycle looks shorter.",
        "Won deals alone hide those that stall and stay open.",
        "Clearing out old deals makes the cycle look longer for a while.",
    ),
    authority="CRM practice: close date less creation date, won deals.",
)

opportunities = count(won | lost).called("opportunities")

sales_velocity = Kpi(
    key="sales_velocity",
    name="Sales velocity",
    synonyms=("pipeline velocity", "deal velocity"),
    sentence="The money per day that the deals decided in the period brought through the pipeline.",
    formula=opportunities * win_rate * average_deal_size / sales_cycle_length,
    dated_by=deals.closed_on,
    kind=Kind.COMPOSITE,
    unit=Unit.MONEY_PER_DAY,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="average_deal_size",
    min_n=20,
    mistakes=(
        "Today's open deals multiplied by last year's rates without saying so.",
        "Velocities of teams added up: compute the whole anew from its parts.",
        "Periods of different length compared: opportunities add up over time, so a year has more than a quarter.",
    ),
    authority="The four-part formula of CRM practice; all four parts from the deals closed in the period.",
)

reason_given = lost & deals.lost_reason.known

lost_reason_share = Kpi(
    key="lost_reason_share",
    name="Lost reason share",
    synonyms=("loss reasons", "closed-lost reasons", "reasons for lost deals"),
    sentence="Of the deals lost in the period, the share that names a reason; by reason, the share of each.",
    formula=count(reason_given) / Overall(count(lost), deals.lost_reason),
    dated_by=deals.closed_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="win_rate",
    min_n=20,
    mistakes=(
        "“Price” as reps report it: it is the reason that blames nobody. Ask buyers too.",
        "Free text as a reason: every spelling becomes a reason of its own. Eight to twelve coded reasons are enough.",
        "“No decision” left out: it is often the largest competitor.",
        "Deals without a reason stay below the line, so the shares of the reasons add up to what is explained.",
    ),
    authority="CRM practice: lost deals by primary reason, by close date. More is better only for the whole: more lost "
    "deals are explained.",
)

KPIS = (
    win_rate,
    win_rate_by_amount,
    win_rate_of_the_created,
    average_deal_size,
    sales_cycle_length,
    sales_velocity,
    lost_reason_share,
)
