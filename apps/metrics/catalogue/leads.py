"""What leads say: how many come, what becomes of them, how fast they are answered."""

from dataclasses import replace

from apps.metrics.catalogue.formulas import Length, Measured, count, mean
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import RowsOf, days_between, every, first_known

leads = RowsOf("leads")

created = every(leads)
converted = (leads.converted_on.known | (leads.status == "converted")).called("converted")
qualified = (leads.qualified_on.known | (leads.status == "qualified") | converted).called("qualified")
DAYS_TO_CONVERT = 90

leads_generated = Kpi(
    key="leads_generated",
    name="Leads generated",
    synonyms=("lead generation", "new leads", "lead volume", "number of leads"),
    sentence="The leads created in the period.",
    formula=count(created),
    dated_by=leads.created_on,
    kind=Kind.FLOW,
    unit=Unit.COUNT,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="lead_qualification_rate",
    mistakes=(
        "Volume without quality: bought addresses raise it at once. Watch the qualification rate beside it.",
        "The same person counted again with every form: tell leads apart by person and account.",
        "Recycled leads counted as new.",
    ),
    authority="Marketing practice: leads by creation date.",
)

lead_generation_rate = Kpi(
    key="lead_generation_rate",
    name="Lead generation rate",
    synonyms=("leads per day", "lead velocity"),
    sentence="The leads created per calendar day of the period.",
    formula=count(created) / Length(Measured.DAYS),
    dated_by=leads.created_on,
    kind=Kind.COMPOSITE,
    unit=Unit.COUNT,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="lead_qualification_rate",
    mistakes=(
        "“Rate” and “number” are used for each other: this is per day, the number is the KPI Leads generated.",
        "A running month divided by all its days: here only the days count that the data reaches.",
        "Calendar days beside working days: say which.",
    ),
    authority="Leads over calendar days; per working day of the workspace's calendar as the variant "
    "`leads_per_working_day`. Growth of leads from month to month, also called a rate, is another number.",
)

leads_per_working_day = replace(
    lead_generation_rate,
    variant="leads_per_working_day",
    sentence="The leads created per working day of the period.",
    formula=count(created) / Length(Measured.WORKING_DAYS),
    mistakes=(
        "“Rate” and “number” are used for each other: this is per day, the number is the KPI Leads generated.",
        "Leads that come at weekends count, their days do not.",
        "Holidays that the calendar does not know make the day look weak.",
    ),
)

lead_conversion_rate = Kpi(
    key="lead_conversion_rate",
    name="Lead conversion rate",
    synonyms=("conversion rate", "lead to customer rate", "lead-to-close rate"),
    sentence="Of the leads created in the period, the share converted so far.",
    formula=count(converted) / count(created),
    dated_by=leads.created_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="average_deal_size",
    min_n=20,
    mistakes=(
        "A young cohort beside a ripe one: last week's leads have had no time. The variant `leads_within_90_days` "
        "gives every cohort the same time.",
        "Leads converted in the period over leads created in it: two different crowds; that is the variant "
        "`leads_period`, which can exceed 100 % and rises when lead volume falls.",
        "The mean of the rates of several sources: 50 of 100 and 1 of 10 are 46.4 %, not 30 %.",
        "Conversion to a deal mixed with conversion to a customer: what converts a lead is what your mapping says.",
    ),
    authority="Cohort form: the leads of the period are followed; leads still open stay below the line.",
)

lead_conversion_rate_in_time = replace(
    lead_conversion_rate,
    variant="leads_within_90_days",
    sentence="Of the leads created in the period, the share converted within 90 days.",
    formula=count((days_between(leads.created_on, leads.converted_on) <= DAYS_TO_CONVERT).called("90-day converted"))
    / count(created),
    ripe_after=DAYS_TO_CONVERT,
    mistakes=(
        "Read before its time: until 90 days after the end of the period the figure can still grow.",
        "Leads converted without a date do not count.",
        "Sales cycles longer than 90 days: most conversions then come too late to count.",
    ),
    authority="Cohort form with the same time for every lead, as the domain literature prefers it.",
)

lead_conversion_rate_of_the_period = replace(
    lead_conversion_rate,
    variant="leads_period",
    sentence="The leads converted in the period over the leads created in it, whenever each began.",
    formula=count(leads.converted_on.known.called("converted"), on=leads.converted_on) / count(created),
    mistakes=(
        "It is no share: the converted leads are mostly not those created in the period, so it can exceed 100 %.",
        "It rises when lead volume falls, though nothing got better.",
        "Leads converted without a date do not count.",
    ),
    authority="Period form: events of the period over arrivals of the period. The cohort form is the default.",
)

lead_qualification_rate = Kpi(
    key="lead_qualification_rate",
    name="Lead qualification rate",
    synonyms=("lead quality", "qualification rate", "MQL to SQL rate", "lead-to-SQL rate"),
    sentence="Of the leads created in the period, the share qualified so far.",
    formula=count(qualified) / count(created),
    dated_by=leads.created_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="lead_conversion_rate",
    min_n=20,
    mistakes=(
        "A softer standard of what is qualified raises it at once: watch the conversion rate beside it.",
        "A young cohort beside a ripe one: last week's leads have had no time.",
        "Converted leads left out: who converted was qualified, whether or not anybody ticked it.",
    ),
    authority="Cohort form by creation date; published averages differ too much between sources to be quoted.",
)

waiting = first_known(
    days_between(leads.created_at, leads.first_response_at), days_between(leads.created_on, leads.first_response_at)
).called("days to first response")

lead_response_time = Kpi(
    key="lead_response_time",
    name="Lead response time",
    synonyms=("speed to lead", "first response time", "time to first contact"),
    sentence="The mean number of days from creation to first response of the leads created in the period that were "
    "answered.",
    formula=mean(waiting, where=created),
    dated_by=leads.created_on,
    kind=Kind.MEAN,
    unit=Unit.DAYS,
    direction=Direction.DOWN,
    category=Category.OPERATIONAL,
    counter_metric="lead_conversion_rate",
    min_n=20,
    mistakes=(
        "Leads never answered are in no mean: ignoring the hard ones makes it look better. Count them too.",
        "An automatic reply counted as a response.",
        "Nights and weekends count here; a promise in business hours is another number.",
        "A few forgotten leads pull the mean up: look at the median too.",
        "Where only the day of creation is known, whole days are counted.",
    ),
    authority="Practice: first response less creation, in days with their fraction (0.0417 is an hour).",
)

KPIS = (
    leads_generated,
    lead_generation_rate,
    leads_per_working_day,
    lead_conversion_rate,
    lead_conversion_rate_in_time,
    lead_conversion_rate_of_the_period,
    lead_qualification_rate,
    lead_response_time,
)
