"""What headers are called in German, French, Spanish and Portuguese, and which words of a header say nothing."""

from functools import lru_cache

from apps.datasets.meanings import fold

# field: words divided by bars. `table.field` goes before `field`.
_WORDS = {
    "id": "nr|nummer|kennung|numero|identifiant|identificador|codigo|code|key|reference|referenz|ref",
    "deals.id": "verkaufschance id|deal nr|opportunity number|numero affaire|id negocio|id oportunidad",
    "name": "bezeichnung|titel|nom|titre|nombre|titulo|nome",
    "deals.account": "kunde|firma|unternehmen|organisation|client|compte|entreprise|cliente|empresa|cuenta",
    "owner": "inhaber|besitzer|verantwortlich|verantwortlicher|zustandig|vertriebler|verkaufer|mitarbeiter|"
    "proprietaire|responsable|commercial|vendeur|propietario|vendedor|comercial|vendedora|account executive|ae|"
    "sales person|sales owner|assigned to|assignee|manager name|user|seller name|salesman",
    "team": "abteilung|mannschaft|equipe|equipo|departamento|gruppe|business unit",
    "region": "gebiet|land|pays|pais|secteur|estado|local da compra|ship country|state|location|ort|lieu",
    "product": "produkt|artikel|produit|article|producto|articulo|produto|service",
    "kind": "art|typ|genre|tipo",
    "created_on": "erstellt|erstellt am|erstelldatum|angelegt|angelegt am|eroffnet|cree le|date de creation|creation|"
    "fecha de creacion|creado|creado el|opened|open date|opened on|date created|creation date|entered|date opened",
    "closed_on": "abgeschlossen am|abschlussdatum|abschluss|geschlossen am|schlussdatum|date de cloture|cloture|"
    "ferme le|fecha de cierre|cierre|cerrado el|date closed|closing date|actual close date|end date",
    "expected_close_on": "erwarteter abschluss|voraussichtlicher abschluss|cloture prevue|cierre previsto|"
    "expected closing|estimated close date",
    "stage": "phase|stufe|vertriebsphase|etape|etapa|fase|step|pipeline step",
    "deals.outcome": "ergebnis|resultat|resultado|statut|estado|outcome status|won lost",
    "status": "zustand|statut|estado|state",
    "amount": "betrag|summe|wert|volumen|montant|valeur|somme|importe|valor|monto|deal size|revenue|price|acv|tcv|arr|"
    "umsatz|marketing spend|cost|kosten",
    "quotas.amount": "ziel|soll|zielwert|quote|objectif|cible|meta|objetivo|cuota|goal|plan",
    "currency": "wahrung|devise|moneda|divisa|monnaie|curr|iso",
    "probability": "wahrscheinlichkeit|probabilite|probabilidad|chance|prob|win chance",
    "lost_reason": "verlustgrund|grund der absage|motif de perte|raison de perte|motivo de perdida|reason",
    "source": "quelle|herkunft|provenance|origine|origen|fuente|referral source|utm source|lead origin",
    "order": "auftrag|auftragsnummer|bestellung|bestellnummer|rechnung|rechnungsnummer|commande|facture|pedido|"
    "factura|order no|invoice number|invoice no|order nr|transaction id|receipt",
    "customer": "kunde|kundennummer|kundenname|client|cliente|numero client|buyer|customer email",
    "ordered_on": "bestelldatum|auftragsdatum|rechnungsdatum|kaufdatum|datum|date de commande|date de facture|"
    "fecha de pedido|fecha de compra|fecha|data da compra|transaction date|sale date|order day|day",
    "promised_on": "liefertermin|faellig|fallig|fecha prometida|date promise|requested date",
    "shipped_on": "versanddatum|versendet am|date d expedition|fecha de envio|dispatched on",
    "delivered_on": "lieferdatum|geliefert am|date de livraison|fecha de entrega",
    "quantity": "menge|anzahl|stuck|stueck|quantite|cantidad|quantidade|units sold|unidades|units in stock|stock",
    "gross": "brutto|brut|bruto|list price total|gross sales",
    "discount": "rabatt|remise|descuento|desconto",
    "tax": "steuer|mwst|ust|tva|iva|impuesto",
    "net": "netto|betrag|umsatz|net sales|total net|montant ht|neto|importe|total ht|preco|precio|prix|preis|price|"
    "line amount|sales amount|order total|summe",
    "cost": "kosten|einstand|wareneinsatz|cout|coste|costo|product cost|standard cost",
    "segment": "branche|secteur|sector|kategorie|market|customer segment|size|marketing channel|channel",
    "first_paid_on": "kunde seit|erste zahlung|client depuis|premier paiement|cliente desde|primer pago|first payment|"
    "first purchase|created on|join date|start date|sign up date",
    "churned_on": "gekundigt am|kundigung|resilie le|resiliation|baja|fecha de baja|cancel date|churned|lost on",
    "plan": "tarif|abo|paket|formule|forfait|tarifa|subscription plan|tier|package",
    "started_on": "beginn|startdatum|start|debut|date de debut|inicio|fecha de inicio|begin date|valid from",
    "ended_on": "ende|enddatum|fin|date de fin|fecha de fin|valid to|cancelled at|canceled at|churn date",
    "mrr": "monatlich|monatsbetrag|mensuel|mensualite|mensual|cuota mensual|monthly revenue|monthly price|monthly fee",
    "posted_on": "buchungsdatum|belegdatum|datum|date comptable|fecha|fecha contable|transaction date|day|monat|mois|"
    "mes",
    "account_class": "kontenart|konto|kontenklasse|kontobezeichnung|compte|cuenta|nature|account|account name|"
    "gl account|cost type|type",
    "unit": "kostenstelle|bereich|centre de cout|centro de coste|company|segment|location|marketing channel",
    "counted_on": "zahldatum|inventurdatum|stichtag|date d inventaire|fecha de inventario|datum|fecha|stock date",
    "location": "lager|lagerort|standort|entrepot|emplacement|almacen|ubicacion",
    "cost_value": "lagerwert|bestandswert|valeur du stock|valor de existencias|stock value|total value|total cost",
    "responded_on": "antwortdatum|beantwortet am|date de reponse|fecha de respuesta|datum|submitted|submitted at|"
    "completed at|answered on|data da compra|submission date|end date|timestamp",
    "score": "bewertung|punkte|antwort|note|score de satisfaction|puntuacion|calificacion|nota|satisfaction score|"
    "avaliacao da compra|satisfaction|emp satisfaction|likelihood to recommend|rating score",
    "respondent": "befragter|teilnehmer|repondant|encuestado|customer name|account id|contact",
    "hired_on": "eintritt|eintrittsdatum|eingestellt am|date d embauche|embauche|fecha de contratacion|ingreso|"
    "date of joining|joined|joining date|start",
    "left_on": "austritt|austrittsdatum|ausgetreten am|date de depart|depart|fecha de salida|exit date|leaving date",
    "leave_kind": "austrittsgrund|austrittsart|motif de depart|motivo de salida|employment status|attrition type|"
    "exit type|separation type|leave reason",
    "fte": "arbeitszeitanteil|beschaftigungsgrad|etp|jornada|pensum",
    "period_start": "beginn|monat|zeitraum|periode|debut|mois|inicio|mes|periodo|month|quarter|date|start",
    "period_end": "ende|fin|bis|hasta|end",
}
ENTITIES = (
    "deal", "lead", "person", "organization", "organisation", "opportunity", "contact", "company", "account",
    "customer", "affaire", "trato", "property", "obchod", "kunde", "client", "order", "employee", "emp",
)  # fmt: skip
_EMPTY_WORDS = {"utc", "the", "of", "de", "la", "du", "des", "der", "die", "das", "el", "in", "usd", "eur", "gbp",
                "metadata", "required", "key"}  # fmt: skip


@lru_cache(maxsize=512)
def words_for(table: str, field: str) -> tuple[str, ...]:
    """Further names of a field, folded."""
    found = f"{_WORDS.get(f'{table}.{field}', '')}|{_WORDS.get(field, '')}"
    return tuple(dict.fromkeys(fold(word) for word in found.split("|") if word))


@lru_cache(maxsize=4096)
def meaningful(folded: str) -> frozenset[str]:
    """The words of a folded name that tell something."""
    return frozenset(word for word in folded.split() if word not in _EMPTY_WORDS)
