"""KPIs that come from the `deals` table. Each is one definition here and one case in tests/metrics/cases/."""

from apps.metrics.catalogue.formulas import change, count, level, mean, previous_period, total
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import RowsOf

deals = RowsOf("deals")

won = (deals.outcome == "won").called("won")
lost = (deals.outcome == "lost").called("lost")
still_open = (deals.outcome == "open").called("open")
closed = (won | lost).called("won or lost")

revenue = Kpi(
    key="revenue",
    name="Revenue",
    synonyms=("sales", "bookings", "won revenue", "closed-won amount", "turnover"),
    sentence="The amount of the deals won in the period.",
    formula=total(deals.amount, where=won),
    dated_by=deals.closed_on,
    kind=Kind.FLOW,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="win_rate",
    mistakes=(
        "Bookings are not recognised revenue: a deal counts on the day it is won, whenever it is delivered or paid.",
        "The whole value of a contract over several years against the target of one year.",
        "Open deals counted as if they were won.",
    ),
    authority="Bookings as CRM practice has them (closed-won by close date); recognised revenue follows IFRS 15.",
)

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
    formula=mean(deals.closed_on - deals.created_on, where=won),
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

sales_growth = Kpi(
    key="sales_growth",
    name="Sales growth",
    synonyms=("revenue growth", "growth rate"),
    sentence="How much more revenue the period brought than the one before it, as a share of the one before.",
    formula=change(revenue, since=previous_period),
    dated_by=deals.closed_on,
    kind=Kind.COMPOSITE,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="win_rate",
    mistakes=(
        "A period that is still running compared with a whole one.",
        "A base that the data covers only in part makes the growth look large.",
        "Seasons: the quarter before is seldom the right comparison for a seasonal business.",
        "Per cent confused with percentage points.",
    ),
    authority="Textbook: difference over base. No value without a base above zero.",
)

pipeline_value = Kpi(
    key="pipeline_value",
    name="Pipeline value",
    synonyms=("open pipeline", "sales pipeline", "pipeline"),
    sentence="The amount of the deals that are open at the end of the period.",
    formula=level(
        deals.amount,
        since=deals.created_on,
        until=deals.closed_on.when(closed),
        where=(still_open | closed).called("open"),
    ),
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

# Every definition above, in the order in which it is written.
KPIS = tuple(each for each in list(globals().values()) if isinstance(each, Kpi))
