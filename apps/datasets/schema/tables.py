"""The ten standard tables. Adding a field is one line here; what exports call it goes into its synonyms."""

from apps.datasets.schema.fields import Field, FieldType, InScale, NeedsDate, NotBefore, Table
from apps.people.currencies import CURRENCIES


def _text(name: str, *synonyms: str, required: bool = False, help: str = "") -> Field:
    return Field(name, FieldType.TEXT, required, (), synonyms, help)


def _date(name: str, *synonyms: str, required: bool = False, help: str = "") -> Field:
    return Field(name, FieldType.DATE, required, (), synonyms, help)


def _time(name: str, *synonyms: str, help: str = "") -> Field:
    return Field(name, FieldType.TIMESTAMP, False, (), synonyms, help)


def _money(name: str, *synonyms: str, required: bool = False, help: str = "") -> Field:
    return Field(name, FieldType.MONEY, required, (), synonyms, help)


def _number(name: str, *synonyms: str, required: bool = False, help: str = "") -> Field:
    return Field(name, FieldType.NUMBER, required, (), synonyms, help)


def _choice(
    name: str, choices: str, *synonyms: str, required: bool = False, help: str = "", meanings: str = ""
) -> Field:
    """`meanings` is written `choice: word, word; choice: word`."""
    pairs = []
    for part in filter(None, meanings.split(";")):
        choice, words = part.split(":")
        pairs += [(word.strip(), choice.strip()) for word in words.split(",")]
    return Field(name, FieldType.CHOICE, required, tuple(choices.split()), synonyms, help, tuple(pairs))


_OWNER = (
    "sales_agent",
    "sales_rep",
    "salesperson",
    "owner_name",
    "opportunity_owner",
    "deal_owner",
    "rep",
    "agent",
    "owner_id",
)
_CURRENCY = Field(
    "currency",
    synonyms=("currency_code", "currency_iso_code", "iso_currency"),
    help="ISO 4217, for example EUR",
    codes=tuple(sorted(CURRENCIES)),
)
_TEAM = _text("team", "sales_team", "team_name", "owner_team")
_REGION = _text("region", "territory", "market", "country", "regional_office")

DEALS = Table(
    name="deals",
    title="Deals",
    fields=(
        _text("id", "deal_id", "opportunity_id", "opp_id", "record_id", required=True, help="what tells deals apart"),
        _text("name", "deal_name", "opportunity_name", "title"),
        _text("account", "account_name", "company", "company_name", "customer", "organization", "client"),
        _text(
            "owner",
            *_OWNER,
            required=True,
            help="name, e-mail or alias of the person the deal belongs to; several as `Ann Lee 60%; Bo Ode 40%`",
        ),
        _TEAM,
        _REGION,
        _text("product", "product_name"),
        _choice(
            "kind",
            "new expansion renewal",
            "deal_type",
            "opportunity_type",
            "type",
            meanings="new: new business, newbusiness, new customer, new logo; expansion: existing business, "
            "existingbusiness, upsell, cross-sell, upgrade; renewal: renew, existing customer - renewal",
        ),
        _date("created_on", "created", "create_date", "created_date", "created_at", "createdate", "engage_date"),
        _date("closed_on", "close_date", "closed_date", "closed_at", "closedate", "closed", "won_date"),
        _date("expected_close_on", "expected_close", "expected_close_date", "forecast_date"),
        _text("stage", "deal_stage", "stage_name", "opportunity_stage", "pipeline_stage", "dealstage"),
        _choice(
            "outcome",
            "open won lost void",
            "deal_outcome",
            "status",
            "deal_status",
            "result",
            "stage",
            "deal_stage",
            "stage_name",
            "dealstage",
            required=True,
            help="open, won, lost or void",
            meanings="won: closed won, closedwon, closed-won, win, signed; "
            "lost: closed lost, closedlost, closed-lost, loss; "
            "open: in progress, engaging, prospecting, qualification, proposal, negotiation, pipeline, active; "
            "void: cancelled, canceled, deleted, duplicate",
        ),
        _money("amount", "deal_amount", "value", "deal_value", "close_value", "opportunity_amount", "total"),
        _CURRENCY,
        _number("probability", "win_probability", "probability_percent", "hs_deal_stage_probability", help="0 to 1"),
        _text("lost_reason", "loss_reason", "closed_lost_reason", "reason_lost"),
        _text("source", "lead_source", "deal_source", "origin"),
    ),
    key=("id",),
    main_date="closed_on",
    event_dates=("closed_on", "created_on"),
    checks=(NotBefore("created_on", "closed_on"), NeedsDate("outcome", ("won", "lost"), "closed_on")),
    plans_when=("outcome", "open"),
    shared="owner",
)

LEADS = Table(
    name="leads",
    title="Leads",
    fields=(
        _text("id", "lead_id", "mql_id", "record_id", "contact_id", required=True),
        _date(
            "created_on", "created", "created_at", "create_date", "created_date", "first_contact_date", required=True
        ),
        Field(
            "created_at",
            FieldType.TIMESTAMP,
            synonyms=("created", "create_date", "created_date", "created_time"),
            help="workspace-local time; without a column of its own the time of day that the one of `created_on` tells",
            follows="created_on",
        ),
        _text("owner", *_OWNER, "lead_owner", "sr_id", "sdr_id"),
        _TEAM,
        _text("source", "lead_source", "origin", "channel"),
        _choice(
            "status",
            "open qualified converted disqualified",
            "lead_status",
            "stage",
            meanings="open: new, working, contacted; qualified: mql, sql; converted: won, customer; "
            "disqualified: unqualified, lost, junk, dead",
        ),
        _time("first_response_at", "first_response", "responded_at", "first_touch_at", help="workspace-local time"),
        _date("qualified_on", "qualified_at", "qualified_date", "sql_date"),
        _date("converted_on", "converted_at", "converted_date", "conversion_date", "won_date"),
        _text("deal", "deal_id", "opportunity_id", "converted_opportunity_id"),
        _text("customer", "customer_id", "account_id", "seller_id", "converted_account_id"),
    ),
    key=("id",),
    main_date="created_on",
    event_dates=("created_on", "qualified_on", "converted_on"),
)

ORDERS = Table(
    name="orders",
    title="Orders",
    fields=(
        _text("id", "line_id", "order_line_id", "order_item_id", required=True, help="what tells order lines apart"),
        _text("order", "order_id", "order_number", "sales_order_number", "invoice", required=True),
        _text("customer", "customer_id", "customer_name", "account", "reseller", "reseller_key"),
        _text("owner", *_OWNER, "employee", "employee_id", "employee_key", "seller", help="several share as in deals"),
        _TEAM,
        _REGION,
        _text("product", "product_id", "product_name", "product_key", "sku", "item"),
        _date("ordered_on", "order_date", "ordered_at", "date", "purchase_date", "invoice_date", required=True),
        _date("promised_on", "promised_date", "required_date", "due_date"),
        _date("shipped_on", "ship_date", "shipped_date", "shipped_at"),
        _date("delivered_on", "delivery_date", "delivered_date", "delivered_at"),
        _text("status", "order_status"),
        _number("quantity", "qty", "order_quantity", "units"),
        _money("gross", "gross_amount", "list_amount", help="before discounts, refunds and taxes"),
        _money("discount", "discount_amount"),
        _money("refund", "refund_amount", "refunded"),
        _money("tax", "tax_amount", "vat", "sales_tax"),
        _money("net", "net_amount", "sales_amount", "sales", "amount", "line_total", "revenue", "total"),
        _money("cost", "total_cost", "cogs", "cost_amount", "total_product_cost"),
        _CURRENCY,
    ),
    key=("id",),
    main_date="ordered_on",
    event_dates=("ordered_on", "shipped_on", "delivered_on"),
    shared="owner",
)

CUSTOMERS = Table(
    name="customers",
    title="Customers",
    fields=(
        _text("id", "customer_id", "account_id", "client_id", required=True),
        _text("name", "customer_name", "account_name", "company", "company_name", "account"),
        _text("segment", "sector", "industry", "tier"),
        _REGION,
        _text("owner", *_OWNER, "account_owner", "account_manager"),
        _date("first_paid_on", "first_paid", "signup_date", "customer_since", "first_order_date"),
        _date("churned_on", "churn_date", "churned_at", "cancelled_on", "canceled_at"),
    ),
    key=("id",),
    main_date="first_paid_on",
    event_dates=("first_paid_on", "churned_on"),
    checks=(NotBefore("first_paid_on", "churned_on"),),
)

SUBSCRIPTIONS = Table(
    name="subscriptions",
    title="Subscriptions",
    fields=(
        _text("id", "subscription_id", "contract_id", required=True),
        _text("customer", "customer_id", "account_id", "account", required=True),
        _text("plan", "plan_tier", "plan_name", "product"),
        _date("started_on", "start_date", "started_at", "start", required=True),
        _date("ended_on", "end_date", "ended_at", "end", "cancelled_on"),
        _money("mrr", "mrr_amount", "monthly_amount", "monthly_recurring_revenue", required=True, help="a month"),
        _CURRENCY,
        Field("trial", FieldType.BOOLEAN, synonyms=("is_trial", "trial_flag")),
    ),
    key=("id",),
    main_date="started_on",
    event_dates=("started_on", "ended_on"),
    checks=(NotBefore("started_on", "ended_on"),),
)

LEDGER = Table(
    name="ledger",
    title="Ledger postings",
    fields=(
        _text("id", "entry_id", "posting_id", "transaction_id"),
        _date("posted_on", "posting_date", "date", "booked_on", "period", "month", required=True),
        _choice(
            "account_class",
            "revenue cogs sales marketing opex interest tax",
            "account_type",
            "class",
            "category",
            required=True,
            meanings="revenue: income, sales revenue; cogs: cost of sales, cost of goods sold; "
            "opex: operating expenses, overhead; marketing: marketing spend; tax: taxes",
        ),
        _text("unit", "business_unit", "department", "channel", "cost_center"),
        _money("amount", "value", "amount_in_currency", "spend", required=True, help="positive, whatever the class"),
        _CURRENCY,
    ),
    key=(),
    main_date="posted_on",
    event_dates=("posted_on",),
)

INVENTORY = Table(
    name="inventory",
    title="Inventory counts",
    fields=(
        _date("counted_on", "count_date", "date", "as_of", "snapshot_date", required=True),
        _text("product", "product_id", "sku", "item"),
        _text("location", "warehouse", "site", "store"),
        _number("quantity", "qty", "units_in_stock", "on_hand"),
        _money("cost_value", "inventory_value", "value", "stock_value", required=True, help="at cost"),
    ),
    key=(),
    main_date="counted_on",
    event_dates=("counted_on",),
)

SURVEYS = Table(
    name="surveys",
    title="Survey answers",
    fields=(
        _text("id", "response_id", "survey_id", "answer_id", required=True),
        _choice("kind", "nps csat esat enps", "survey", "survey_type", "type", required=True),
        _date("responded_on", "response_date", "responded_at", "survey_date", "date", required=True),
        _number("score", "rating", "answer", "nps", "csat", required=True),
        _number("scale_min", "min_score"),
        _number("scale_max", "max_score"),
        _text("respondent", "respondent_id", "customer", "customer_id", "email"),
        _text("owner", *_OWNER),
        _TEAM,
        _text("segment", "sector", "industry"),
    ),
    key=("id",),
    main_date="responded_on",
    event_dates=("responded_on",),
    checks=(InScale("score", "scale_min", "scale_max", "kind", (("nps", 0, 10), ("enps", 0, 10))),),
)

EMPLOYEES = Table(
    name="employees",
    title="Employees",
    fields=(
        _text("id", "employee_id", "empid", "emp_id", "staff_id", required=True),
        _text("name", "employee_name", "full_name", "employee"),
        _text("team", "department", "sales_team"),
        _date("hired_on", "hire_date", "date_of_hire", "start_date", required=True),
        _date("left_on", "leave_date", "date_of_termination", "termination_date", "end_date"),
        _choice(
            "leave_kind",
            "voluntary involuntary other",
            "leave_type",
            "termination_type",
            meanings="voluntary: voluntarily terminated, resigned, quit; "
            "involuntary: terminated for cause, dismissed, laid off",
        ),
        _number("fte", "full_time_equivalent", "hours_share", help="1 is full time"),
    ),
    key=("id",),
    main_date="hired_on",
    event_dates=("hired_on", "left_on"),
    checks=(NotBefore("hired_on", "left_on"),),
)

QUOTAS = Table(
    name="quotas",
    title="Quotas",
    fields=(
        _text("owner", *_OWNER, "employee", "employee_id", required=True),
        _date("period_start", "start_date", "starts_on", "from", "target_month", "period", required=True),
        Field(
            "period_end",
            FieldType.DATE,
            required=True,
            synonyms=("end_date", "ends_on", "to"),
            help="first day after the period; without a column of its own one month after `period_start`",
            month_after="period_start",
        ),
        _money("amount", "quota", "target", "quota_amount", "target_amount", required=True),
        _TEAM,
        _CURRENCY,
    ),
    key=(),
    main_date="period_start",
    event_dates=(),
    checks=(NotBefore("period_start", "period_end"),),
)

TABLES: dict[str, Table] = {
    each.name: each
    for each in (DEALS, LEADS, ORDERS, CUSTOMERS, SUBSCRIPTIONS, LEDGER, INVENTORY, SURVEYS, EMPLOYEES, QUOTAS)
}
