"""One goal to be judged, to be varied by each test: revenue of 920 k in the fourth quarter of 2025, half of it over."""

from datetime import date
from decimal import Decimal

from apps.common.calendars import WorkingCalendar
from apps.goals.status import Inputs

START, END = date(2025, 10, 1), date(2026, 1, 1)
EVERY_DAY = WorkingCalendar(weekmask="1111111")

# Data up to Friday 14 November: 33 of 66 working days have closed, so 460 k are expected.
REVENUE = Inputs(
    kind="flow",
    direction="up",
    unit="money",
    starts_on=START,
    ends_on=END,
    today=date(2025, 11, 15),
    calendar=WorkingCalendar(),
    target=Decimal(920_000),
    through=date(2025, 11, 14),
    value=Decimal(412_000),
    numerator=Decimal(412_000),
    rows=30,
    currency="USD",
    table="deals",
)
WIN_RATE = REVENUE._replace(
    kind="ratio",
    unit="percent",
    target=Decimal("0.30"),
    value=Decimal("0.27"),
    numerator=Decimal(27),
    denominator=Decimal(100),
    rows=100,
    min_n=20,
    is_share=True,
)
CYCLE = REVENUE._replace(
    kind="mean",
    direction="down",
    unit="days",
    target=Decimal(60),
    value=Decimal(66),
    numerator=Decimal(6600),
    denominator=Decimal(100),
    rows=100,
)
PIPELINE = REVENUE._replace(
    kind="stock", target=Decimal(120_000), baseline=Decimal(100_000), value=Decimal(108_000), numerator=Decimal(108_000)
)
