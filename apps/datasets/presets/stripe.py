"""Stripe: the CSV exports of its dashboard, all times in UTC."""

from apps.datasets.presets.kinds import Preset

_CREATED = "Created date (UTC)|Created (UTC)|Created|created"
_EMAIL = "Customer ID|Customer|Customer Email|Customer Name"

PAYMENTS = Preset(
    key="stripe_payments",
    title="Stripe payments",
    table="orders",
    marks=("id|Payment ID", _CREATED, "Amount", "Amount Refunded|Converted Amount|Captured|Payment Source Type|Fee"),
    columns={
        "id": "id|Payment ID",
        "order": "id|Payment ID",
        "customer": _EMAIL,
        "ordered_on": _CREATED,
        "status": "Status",
        "product": "Description",
        "gross": "Amount",
        "refund": "Amount Refunded",
        "net": "Amount",
        "currency": "Currency",
    },
    computed={"net": ("{gross} - coalesce({refund}, 0)",)},
    where=("not (lower({status}) = 'failed' or lower({status}) = 'canceled' or lower({status}) = 'requires_payment"
           "_method' or lower({status}) = 'blocked' or lower({status}) = 'incomplete')",),
    advice="Payments that failed or were canceled are left out; refunds are taken off the net amount.",
)  # fmt: skip

SUBSCRIPTIONS = Preset(
    key="stripe_subscriptions",
    title="Stripe subscriptions",
    table="subscriptions",
    marks=("id|Subscription ID", "Current Period Start (UTC)|Current Period End (UTC)|Interval|Trial Start (UTC)",
           "Status", "Start (UTC)|Start Date (UTC)|Created (UTC)"),
    columns={
        "id": "id|Subscription ID",
        "customer": _EMAIL,
        "plan": "Plan|Product|Plan Name|Price",
        "started_on": "Start (UTC)|Start Date (UTC)|Created (UTC)",
        "ended_on": "Ended At (UTC)|Canceled At (UTC)",
        "mrr": "Amount|Plan Amount",
        "currency": "Currency|Plan Currency",
        "trial": "Status",
    },
    roles={
        "amount": "Amount|Plan Amount", "quantity": "Quantity", "interval": "Interval|Plan Interval",
        "status": "Status", "ended": "Ended At (UTC)", "canceled": "Canceled At (UTC)",
    },
    computed={
        "mrr": (
            "if(lower({interval}) = 'year', {amount} * coalesce({quantity}, 1) / 12, if(lower({interval}) = 'week',"
            " {amount} * coalesce({quantity}, 1) * 52 / 12, if(lower({interval}) = 'day', {amount} *"
            " coalesce({quantity}, 1) * 365 / 12, {amount} * coalesce({quantity}, 1))))",
            "if(lower({interval}) = 'year', {amount} / 12, if(lower({interval}) = 'week', {amount} * 52 / 12,"
            " if(lower({interval}) = 'day', {amount} * 365 / 12, {amount})))",
        ),
        "trial": ("if(lower({status}) = 'trialing', 'yes', 'no')",),
        "ended_on": ("coalesce({ended}, {canceled})",),
    },
    advice="The amount of a year, week or day is brought to a month.",
)  # fmt: skip

CUSTOMERS = Preset(
    key="stripe_customers",
    title="Stripe customers",
    table="customers",
    marks=("id|Customer ID", "Email|Name", "Total Spend|Payment Count|Delinquent|Refunded Volume|Dispute Losses"),
    columns={
        "id": "id|Customer ID",
        "name": "Name|Email",
        "segment": "Plan",
        "region": "Card Address Country|Address Country",
        "first_paid_on": "First Payment (UTC)|Created (UTC)|Created",
    },
    advice="Stripe tells when a customer was created; that day is taken for the first payment.",
)  # fmt: skip

INVOICES = Preset(
    key="stripe_invoices",
    title="Stripe invoices",
    table="orders",
    marks=("id|Invoice ID", "Amount Due|Amount Paid|Amount Remaining", "Date (UTC)|Created (UTC)|Finalized At (UTC)|"
           "Due Date (UTC)"),
    columns={
        "id": "id|Invoice ID",
        "order": "Number|Invoice Number|id|Invoice ID",
        "customer": _EMAIL,
        "ordered_on": "Finalized At (UTC)|Date (UTC)|Created (UTC)",
        "promised_on": "Due Date (UTC)",
        "status": "Status",
        "net": "Subtotal|Total|Amount Due",
        "tax": "Tax",
        "currency": "Currency",
    },
    where=("not (lower({status}) = 'draft' or lower({status}) = 'void' or lower({status}) = 'uncollectible' or"
           " lower({status}) = 'deleted')",),
    advice="Invoices that are drafts, void or uncollectible are left out.",
)  # fmt: skip

PRESETS = (PAYMENTS, SUBSCRIPTIONS, CUSTOMERS, INVOICES)
