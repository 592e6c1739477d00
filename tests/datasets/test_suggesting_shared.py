"""Ten real exports: what is found without a word about them, beside the mappings that people wrote for them."""

import json
from pathlib import Path

import pytest

from apps.datasets.suggesting import Suggestion, suggest
from apps.people.models import Workspace
from tests.datasets.suggestions import columns
from tests.shared import SHARED, needs_shared_data

pytestmark = needs_shared_data
DATA = SHARED / "data"
MAPPINGS = Path(__file__).parent.parent / "mappings"

# file: (table, required fields that nobody could find in it alone, mapping written by a person)
EXPORTS: dict[str, tuple[str, set[str], str]] = {
    "crm_maven/CRM+Sales+Opportunities/sales_pipeline.csv": ("deals", set(), "crm_maven_iso"),
    "crm_maven/repo_copy_lf/sales_pipeline.csv": ("deals", set(), "crm_maven_us"),
    "adventureworks_pl300/FactResellerSales.csv": ("orders", set(), "adventureworks_orders"),
    "adventureworks_pl300/official_utf16/ResellerSalesTargets.csv": ("quotas", set(), "adventureworks_quotas"),
    "alura_store/loja_1.csv": ("orders", {"id", "order"}, "alura_orders"),
    "cac/customer_acquisition_cost_dataset.csv": ("customers", set(), "cac_customers"),
    "hr_dataset_v14/HRDataset_v14.csv": ("employees", set(), "hr_employees"),
    "northwind/order-details.csv": ("orders", {"ordered_on"}, "northwind_orders"),
    "northwind/orders.csv": ("orders", set(), ""),
    "nps_retail_bank/NPStimeseries.csv": ("surveys", set(), "nps_retail_bank"),
    "olist_funnel/olist_marketing_qualified_leads_dataset.csv": ("leads", set(), "olist_leads"),
    "qlik_everest_financials/Financials.csv": ("ledger", set(), "qlik_ledger"),
    "ravenstack_saas/ravenstack_accounts.csv": ("customers", set(), "ravenstack_customers"),
    "ravenstack_saas/ravenstack_subscriptions.csv": ("subscriptions", set(), "ravenstack_subscriptions"),
    "ravenstack_saas/ravenstack_support_tickets.csv": ("surveys", set(), "ravenstack_surveys"),
    "crm_schema_samples/fivetran_hubspot/deal_data.csv": ("deals", set(), ""),
    "crm_schema_samples/fivetran_hubspot/company_data.csv": ("customers", set(), ""),
    "crm_schema_samples/fivetran_salesforce/sf_opportunity_data.csv": ("deals", set(), ""),
    "crm_schema_samples/fivetran_salesforce/sf_lead_data.csv": ("leads", set(), ""),
    "crm_schema_samples/fivetran_salesforce/sf_account_data.csv": ("customers", set(), ""),
}
# Columns that people chose for reasons that are not in the file: a segment by referral, an amount in other words.
CHOSEN = {"qlik_ledger": {"unit"}, "ravenstack_customers": {"segment"}, "nps_retail_bank": {"segment"}}


def look(workspace: Workspace, folder: Path, file: str) -> Suggestion:
    path = DATA / file
    return suggest(
        workspace=workspace, path=path, file_name=path.name, table="", mapping=None, lookup_files={}, folder=folder
    )


@pytest.mark.parametrize("file", EXPORTS)
def test_a_real_export_is_recognised_and_its_required_fields_are_found(
    workspace: Workspace, tmp_path: Path, file: str
) -> None:
    table, missing, _ = EXPORTS[file]
    found = look(workspace, tmp_path, file)
    assert found.table == table
    assert set(found.missing) == missing
    assert found.questions == ()


@pytest.mark.parametrize("file", [file for file, (_, _, written) in EXPORTS.items() if written])
def test_the_columns_that_a_person_chose_are_found_without_them(
    workspace: Workspace, tmp_path: Path, file: str
) -> None:
    written = EXPORTS[file][2]
    person = json.loads((MAPPINGS / f"{written}.json").read_text())
    found = look(workspace, tmp_path, file)
    ours = columns(found)
    for name, header in person.get("columns", {}).items():
        made = {(person.get("unpivot") or {}).get(each) for each in ("name", "value")}
        if header and header not in made and name not in CHOSEN.get(written, set()):
            assert ours.get(name) == header, name
    for name, how in person.get("formats", {}).items():
        assert found.mapping["formats"][name] == how
