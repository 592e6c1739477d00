"""Salesforce: reports with labels, and data exports with the names of the API."""

from apps.datasets.presets.kinds import Preset

OPPORTUNITIES = Preset(
    key="salesforce_opportunities",
    title="Salesforce opportunities",
    table="deals",
    marks=("StageName|Stage|Phase|Étape|Etapa", "CloseDate|Close Date|Schlusstermin|Date de clôture|Fecha de cierre",
           "Opportunity Name|Opportunity Owner|Opportunity ID|ForecastCategory|ForecastCategoryName|Forecast Category|"
           "Fiscal Period|IsWon|Opportunity-Name|Opportunity-Inhaber|Nom de l'opportunité|Nombre de la oportunidad"),
    columns={
        "id": "Opportunity ID|OpportunityId|Id|Opportunity-ID|ID de l'opportunité|Id. de la oportunidad",
        "name": "Opportunity Name|Name|Opportunity-Name|Nom de l'opportunité|Nombre de la oportunidad",
        "account": "Account Name|Account.Name|AccountName|Accountname|Nom du compte|Nombre de la cuenta|AccountId",
        "owner": "Opportunity Owner|Owner|Owner.Name|Owner Full Name|Opportunity-Inhaber|Propriétaire de l'opportunité|"
        "Propietario de la oportunidad|OwnerId",
        "stage": "Stage|StageName|Phase|Étape|Etapa",
        "outcome": "Stage|StageName|Phase|Étape|Etapa",
        "created_on": "Created Date|CreatedDate|Erstelldatum|Date de création|Fecha de creación",
        "closed_on": "Close Date|CloseDate|Schlusstermin|Date de clôture|Fecha de cierre",
        "amount": "Amount|Betrag|Montant|Importe|Total Amount",
        "currency": "Amount Currency|CurrencyIsoCode|Opportunity Currency|Total Amount Currency",
        "probability": "Probability (%)|Probability|Wahrscheinlichkeit (%)|Probabilité (%)|Probabilidad (%)",
        "kind": "Type|Opportunity Type|Typ",
        "source": "Lead Source|LeadSource|Leadquelle|Origine de la piste|Origen del prospecto",
        "lost_reason": "Loss Reason|Closed Lost Reason|Reason Lost|Loss_Reason__c",
        "team": "Owner Role|Territory Region",
    },
    roles={"won": "IsWon|Won", "closed": "IsClosed|Closed"},
    computed={"outcome": ("if({won}, 'won', if({closed}, 'lost', 'open'))",)},
)  # fmt: skip

LEADS = Preset(
    key="salesforce_leads",
    title="Salesforce leads",
    table="leads",
    marks=("Lead Owner|Lead ID|IsConverted|ConvertedDate|Converted Date", "Lead Source|LeadSource|Lead Status|Status",
           "Create Date|Created Date|CreatedDate|Company / Account|ConvertedOpportunityId"),
    columns={
        "id": "Lead ID|Id",
        "owner": "Lead Owner|Owner|Owner.Name|OwnerId",
        "created_on": "Create Date|Created Date|CreatedDate",
        "status": "Lead Status|Status",
        "source": "Lead Source|LeadSource",
        "converted_on": "Converted Date|ConvertedDate",
        "deal": "ConvertedOpportunityId|Opportunity ID|Converted Opportunity ID",
        "customer": "ConvertedAccountId|Converted Account ID",
    },
)  # fmt: skip

ACCOUNTS = Preset(
    key="salesforce_accounts",
    title="Salesforce accounts",
    table="customers",
    marks=("Account Owner|OwnerId|Owner.Name", "Account Name|Name", "Industry|Account Type|Type|Rating",
           "Billing Country|Billing State/Province|Billing City|BillingCountry|BillingCity|Billing Street|Account ID|"
           "AnnualRevenue|Annual Revenue|Last Modified Date"),
    columns={
        "id": "Account ID|Id|Account Number|AccountNumber|Account Name|Name",
        "name": "Account Name|Name",
        "segment": "Industry|Segment",
        "region": "Billing Country|BillingCountry|Billing State/Province|BillingState|BillingCountryCode",
        "owner": "Account Owner|Owner.Name|OwnerId",
        "first_paid_on": "Customer Since|First Paid Date|Customer_Since__c",
    },
    advice="Salesforce does not know since when an account pays: say which column does, or when deals are won.",
)  # fmt: skip

PRESETS = (OPPORTUNITIES, LEADS, ACCOUNTS)
