"""What the names of a file and of its columns say about every row."""

from collections.abc import Mapping as AnyMapping

from apps.datasets.meanings import meaning_of, words_of
from apps.datasets.schema import Table

_FILES = {
    "deals": "deal opportunit pipeline verkaufschance affaire negocio oportunidad",
    "leads": "lead prospect interessent",
    "orders": "order invoice sales auftr rechnung commande facture pedido factura",
    "customers": "customer client account kunden cliente compan",
    "subscriptions": "subscription abo vertrag abonnement suscripcion",
    "ledger": "ledger journal posting buchung transaction spend expense cost financial profit",
    "inventory": "inventory stock lager bestand existencias",
    "surveys": "survey nps csat feedback umfrage encuesta ticket",
    "employees": "employee staff hr personal mitarbeiter empleado",
    "quotas": "quota target goal ziel objectif objetivo",
}


def file_speaks_for(table: str, file_name: str) -> float:
    """A little weight for a table that the name of the file speaks of."""
    words = words_of(file_name.rpartition(".")[0]).split()
    wanted = _FILES.get(table, "").split()
    return 0.5 if any(word.startswith(each) for word in words for each in wanted) else 0.0


def constants_for(table: Table, headers: AnyMapping[str, str], file_name: str) -> dict[str, str]:
    """Values that hold for every row: the kind of a survey, the class of a cost. `headers` are those of the fields."""
    sum_or_score = {"surveys": ("kind", "score"), "ledger": ("account_class", "amount")}.get(table.name)
    if sum_or_score is None or sum_or_score[0] in headers or sum_or_score[1] not in headers:
        return {}
    field = table.field(sum_or_score[0])
    for words in (words_of(headers[sum_or_score[1]]), words_of(file_name.rpartition(".")[0])):
        said = meaning_of(table.name, field, words)
        if said and said.value and (table.name == "surveys" or said.value == "marketing"):
            return {field.name: said.value}
    return {}
