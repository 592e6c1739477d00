"""QuickBooks: reports of transactions with their account, and invoices line by line."""

from apps.datasets.presets.kinds import Preset

TRANSACTIONS = Preset(
    key="quickbooks_transactions",
    title="QuickBooks transactions",
    table="ledger",
    marks=("Date|Transaction Date", "Transaction Type|Type", "Account|Account Name|Distribution Account|Full Name|"
           "Account Full Name", "Num|No.|Memo/Description|Memo|Split|Item Split Account|Balance", "Amount|Debit"),
    columns={
        "posted_on": "Date|Transaction Date",
        "account_class": "Account Type|Distribution Account Type|Account|Account Name|Distribution Account|"
        "Account Full Name|Full Name",
        "unit": "Class|Location|Department",
        "amount": "Amount",
        "currency": "Currency",
    },
    roles={"day": "Date|Transaction Date", "debit": "Debit", "credit": "Credit", "sum": "Amount"},
    computed={
        "amount": (
            "{sum}", "abs(coalesce({debit}, 0) - coalesce({credit}, 0))",
        ),
    },
    where=("{day} != ''",),
    advice="Headings and totals between the transactions are left out. Accounts of the balance sheet (bank,"
    " receivables) belong to no class: leave them out in QuickBooks, or say what their values mean.",
)  # fmt: skip

INVOICES = Preset(
    key="quickbooks_invoices",
    title="QuickBooks invoices",
    table="orders",
    marks=("InvoiceNo|Invoice No|Invoice Number|Num|No.", "Customer|Customer Name|Name|Customer/Project|Customer full"
           " name", "InvoiceDate|Invoice Date|Date|Transaction Date", "DueDate|Due Date|Item(Product/Service)|"
           "Product/Service|ItemAmount|Product/Service full name"),
    columns={
        "order": "InvoiceNo|Invoice No|Invoice Number|Num|No.",
        "customer": "Customer|Customer Name|Customer/Project|Customer full name|Name",
        "ordered_on": "InvoiceDate|Invoice Date|Date|Transaction Date",
        "promised_on": "DueDate|Due Date",
        "product": "Item(Product/Service)|Product/Service|Product/Service full name|Item",
        "quantity": "ItemQuantity|Quantity|Qty",
        "net": "ItemAmount|Amount|Total",
        "tax": "ItemTaxAmount|Tax Amount|TaxAmount",
        "currency": "Currency",
        "owner": "Sales Rep|Rep",
        "status": "Status",
    },
    roles={"number": "InvoiceNo|Invoice No|Invoice Number|Num|No.", "day": "InvoiceDate|Invoice Date|Date|"
           "Transaction Date"},
    computed={"id": ("{number} & '-' & line()",)},
    where=("{number} != '' and {day} != ''",),
    advice="The lines of an invoice have no number of their own: each is told apart by its line in the file.",
)  # fmt: skip

PRESETS = (TRANSACTIONS, INVOICES)
