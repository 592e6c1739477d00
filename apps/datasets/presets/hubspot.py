"""HubSpot: exports of views with labels, and tables with the names of the API, with `property_` before them or not."""

from apps.datasets.presets.kinds import Preset

DEALS = Preset(
    key="hubspot_deals",
    title="HubSpot deals",
    table="deals",
    marks=("Deal Name|dealname|property_dealname|Dealname|Nom de la transaction|Nombre del negocio",
           "Deal Stage|dealstage|deal_pipeline_stage_id|property_dealstage|Dealphase|Phase de la transaction|"
           "Etapa del negocio|Amount|property_amount"),
    columns={
        "id": "Record ID|Deal ID|hs_object_id|dealId|Datensatz-ID|ID de fiche d'informations|ID de registro",
        "name": "Deal Name|dealname|property_dealname|Dealname|Nom de la transaction|Nombre del negocio",
        "account": "Associated Company|Company Name|Associated Company (Primary)|Primary Associated Company|"
        "Associated Company IDs",
        "owner": "Deal owner|hubspot_owner_id|property_hubspot_owner_id|owner_id|Für Deal zuständiger Mitarbeiter|"
        "Propriétaire de la transaction|Propietario del negocio",
        "stage": "Deal Stage|dealstage|property_dealstage|deal_pipeline_stage_id|Dealphase|Phase de la transaction|"
        "Etapa del negocio",
        "outcome": "Deal Stage|dealstage|property_dealstage|deal_pipeline_stage_id|Dealphase|Phase de la transaction|"
        "Etapa del negocio",
        "created_on": "Create Date|createdate|property_createdate|Erstellungsdatum|Date de création|Fecha de creación",
        "closed_on": "Close Date|closedate|property_closedate|Abschlussdatum|Date de fermeture|Fecha de cierre",
        "amount": "Amount|property_amount|Betrag|Montant|Valor|Amount in company currency",
        "currency": "Currency|deal_currency_code|property_deal_currency_code|Währung|Devise|Moneda",
        "probability": "Deal probability|hs_deal_stage_probability|property_hs_deal_stage_probability",
        "kind": "Deal Type|dealtype|property_dealtype",
        "source": "Original Source|Original Source Type|hs_analytics_source|property_hs_analytics_source|Lead source",
        "lost_reason": "Closed Lost Reason|closed_lost_reason|property_closed_lost_reason",
        "team": "HubSpot Team|hubspot_team_id",
        "region": "Region|Country/Region",
    },
    roles={
        "won": "Is Closed Won|hs_is_closed_won|property_hs_is_closed_won",
        "lost": "Is closed lost|hs_is_closed_lost|property_hs_is_closed_lost",
    },
    computed={"outcome": ("if({won}, 'won', if({lost}, 'lost', 'open'))",)},
)  # fmt: skip

CONTACTS = Preset(
    key="hubspot_contacts",
    title="HubSpot contacts",
    table="leads",
    marks=("Record ID|Contact ID|hs_object_id|vid", "Email|property_email|First Name|firstname",
           "Contact owner|Lifecycle Stage|lifecyclestage|property_lifecyclestage|Lead Status|hs_lead_status"),
    columns={
        "id": "Record ID|Contact ID|hs_object_id|vid",
        "owner": "Contact owner|hubspot_owner_id|property_hubspot_owner_id",
        "created_on": "Create Date|createdate|property_createdate",
        "status": "Lifecycle Stage|lifecyclestage|property_lifecyclestage|Lead Status|hs_lead_status",
        "source": "Original Source|Original Source Type|hs_analytics_source|property_hs_analytics_source|Lead source",
        "qualified_on": "Became a Marketing Qualified Lead Date|Became an MQL Date|Became a Sales Qualified Lead Date|"
        "hs_lifecyclestage_marketingqualifiedlead_date|hs_lifecyclestage_salesqualifiedlead_date",
        "converted_on": "Became a Customer Date|hs_lifecyclestage_customer_date",
        "customer": "Associated Company|Primary Associated Company ID|Associated Company IDs|Company Name",
        "deal": "Associated Deal IDs|Associated Deal",
    },
    values={
        "status": {
            "Subscriber": "open", "Lead": "open", "Marketing Qualified Lead": "qualified", "marketingqualifiedlead":
            "qualified", "Sales Qualified Lead": "qualified", "salesqualifiedlead": "qualified", "Opportunity":
            "qualified", "Customer": "converted", "Evangelist": "converted", "Other": "open",
        }
    },
)  # fmt: skip

COMPANIES = Preset(
    key="hubspot_companies",
    title="HubSpot companies",
    table="customers",
    marks=("Record ID|Company ID|hs_object_id|id", "Company name|property_name|Name|name",
           "Company owner|Company Domain Name|Domain|property_domain|property_industry|property_annualrevenue|"
           "hubspot_owner_id"),
    columns={
        "id": "Record ID|Company ID|hs_object_id|id",
        "name": "Company name|property_name|Name",
        "segment": "Industry|property_industry",
        "region": "Country/Region|Country|property_country",
        "owner": "Company owner|hubspot_owner_id|property_hubspot_owner_id",
        "first_paid_on": "Became a Customer Date|hs_lifecyclestage_customer_date|Recent Deal Close Date|First Deal"
        " Created Date",
    },
)  # fmt: skip

PRESETS = (DEALS, CONTACTS, COMPANIES)
