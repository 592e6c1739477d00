"""Pipedrive: list exports, in which every header begins with what it belongs to (`Deal - Value`)."""

from apps.datasets.presets.kinds import Preset

DEALS = Preset(
    key="pipedrive_deals",
    title="Pipedrive deals",
    table="deals",
    marks=("Deal - Title|Deal - Titel|Affaire - Titre|Trato - Título|Obchod - Název",
           "Deal - Status|Deal - Stage|Deal - Phase|Affaire - Statut|Trato - Estado|Deal - Value|Obchod - Stav"),
    columns={
        "id": "Deal - ID|Deal - Pipedrive System ID|Affaire - ID|Trato - ID|Obchod - ID",
        "name": "Deal - Title|Deal - Titel|Affaire - Titre|Trato - Título|Obchod - Název",
        "account": "Deal - Organization|Organization - Name|Organization|Organization name|Deal - Organisation|"
        "Affaire - Organisation|Trato - Organización",
        "owner": "Deal - Owner|Deal - Besitzer|Affaire - Propriétaire|Trato - Propietario|Obchod - Vlastník",
        "stage": "Deal - Stage|Deal - Stage (pipeline)|Deal - Phase|Affaire - Étape|Trato - Etapa|Obchod - Fáze",
        "outcome": "Deal - Status|Affaire - Statut|Trato - Estado|Obchod - Stav",
        "created_on": "Deal - Deal created|Deal - Creation date|Deal - Add time|Deal - Created|Deal - Deal erstellt am",
        "closed_on": "Deal - Deal closed on|Deal - Closed on|Deal - Close time|Deal - Closed|Obchod - Uzavřeno dne",
        "expected_close_on": "Deal - Expected close date|Deal - Erwartetes Abschlussdatum|"
        "Obchod - Očekávané datum uzavření",
        "amount": "Deal - Value|Deal - Wert|Affaire - Valeur|Trato - Valor|Obchod - Hodnota",
        "currency": "Deal - Currency of Value|Deal - Currency|Deal - Währung von Wert",
        "probability": "Deal - Probability|Deal - Wahrscheinlichkeit",
        "lost_reason": "Deal - Lost reason|Obchod - Důvod prohry",
        "source": "Deal - Source channel|Deal - Source origin|Deal - Source|Deal - Label",
        "region": "Deal - Territory",
    },
    roles={
        "won_time": "Deal - Won time|Obchod - Datum výhry",
        "lost_time": "Deal - Lost time|Obchod - Datum prohry",
        "ended": "Deal - Deal closed on|Deal - Closed on|Deal - Close time|Deal - Closed|Obchod - Uzavřeno dne",
    },
    computed={"closed_on": ("coalesce({ended}, {won_time}, {lost_time})", "coalesce({won_time}, {lost_time})")},
)  # fmt: skip

LEADS = Preset(
    key="pipedrive_leads",
    title="Pipedrive leads",
    table="leads",
    marks=("Lead - Title|Lead - Titel|Lead - ID", "Lead - Owner|Lead - Created|Lead - Lead created|Lead - Source|"
           "Lead - Besitzer|Lead - Source origin"),
    columns={
        "id": "Lead - ID|Lead - Pipedrive System ID",
        "owner": "Lead - Owner|Lead - Besitzer",
        "created_on": "Lead - Lead created|Lead - Created|Lead - Creation date|Lead - Add time",
        "status": "Lead - Status|Lead - Label",
        "source": "Lead - Source|Lead - Source origin|Lead - Source channel",
        "customer": "Lead - Organization|Organization - Name|Organization",
    },
)  # fmt: skip

PERSONS = Preset(
    key="pipedrive_persons",
    title="Pipedrive persons",
    table="leads",
    marks=("Person - Name", "Person - ID|Person - Owner|Person - Person created|Person - Creation date|"
           "Person - Pipedrive System ID"),
    columns={
        "id": "Person - ID|Person - Pipedrive System ID",
        "owner": "Person - Owner",
        "created_on": "Person - Person created|Person - Creation date|Person - Created|Person - Add time",
        "status": "Person - Label|Person - Labels",
        "source": "Person - Source|Person - Source channel",
        "customer": "Person - Organization|Organization - Name|Organization",
    },
)  # fmt: skip

PRESETS = (DEALS, LEADS, PERSONS)
