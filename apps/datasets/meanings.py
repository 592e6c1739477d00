"""What the texts of files stand for in fields with fixed meanings, in English, German, French and Spanish.

A text is first looked up as a whole, then by the beginnings of its words; what no rule knows is asked, never guessed.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from apps.datasets.schema import Field, FieldType

# Rules of a field are asked in order; a rule holds if the text has one of its words. `=word` must be a whole word,
# anything else the beginning of one; words joined by + must all be there.
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "outcome": (
        (
            "void",
            "duplicat duplik dublett doublon =dup =test testing prueba essai =void cancel storn annul anulad cancelad"
            " delet geloscht supprim borrad archiv spam invalid ungultig merged junk on+error",
        ),
        ("lost", "not+won nicht+gewonnen pas+gagne no+ganad"),
        (
            "won",
            "=won closedwon closed+won gewonn gagn ganad =win signed verkauft =sold vendid vendu signe firmad"
            " unterschrieben unterzeichnet conclu abgeschlossen+erfolg cerrad+ganad success erfolgreich",
        ),
        (
            "lost",
            "lost closedlost =loss =lose verlor perd perdid abgelehnt absage rejected declined refus rechazad"
            " dead nodecision no+decision abandon",
        ),
        (
            "open",
            "=open offen ouvert abiert prospect qualif quali negoti verhand neg proposal angebot proposition propuesta"
            " presupuesto devis quote offer contract contrat vertrag discover demo presentation prasentation engag"
            " pipeline =active activ aktiv =new =neu nouveau nuev lead contact kontakt meeting termin appointment"
            " scheduled decision entscheid commit evaluat trial pilot in+progress in+bearbeitung en+cours en+curso"
            " bedarf needs analysis analyse verbal review legal =hold pending opportunit chance interest forecast",
        ),
    ),
    "deals.kind": (
        ("renewal", "renew verlanger erneuer renouvel renov"),
        (
            "expansion",
            "expan upsell up+sell crosssell cross+sell upgrade existing bestand erweiter extension add+on addon ampli"
            " existant existent zusatz",
        ),
        ("new", "new neu nouve nuev first erst"),
    ),
    "leads.status": (
        (
            "disqualified",
            "disqual unqual nicht+qualif non+qualif no+qualif descalif lost verlor perd junk spam dead duplicat doublon"
            " duplik invalid ungultig bad not+interested kein+interesse pas+interesse rejected abgelehnt rechazad"
            " recycl nurtur unrespons bounced",
        ),
        ("converted", "convert konvert =won gewonn gagn ganad customer kunde client evangelist deal+created"),
        ("qualified", "qualif kalif calif mql sql =sal marketingqualified salesqualified opportunit open+deal"),
        (
            "open",
            "=open offen ouvert abiert new neu nouve nuev work bearbeit en+cours en+curso contact kontakt attempt lead"
            " subscriber in+progress connected assigned",
        ),
    ),
    "account_class": (
        ("cogs", "cogs cost+goods cost+sales cost+sold cost+revenue wareneinsatz material herstellkost herstellungskost"
         " umsatzkosten achats cout+ventes coste+ventas costo+ventas operating+costs direct+cost subcontract freight"),
        ("marketing", "market advert werbung publicit publicidad promot anzeigen campaign kampagne"),
        ("sales", "commission provision comision sales+salar sales+wage sales+payroll sales+expens vertrieb"
         " selling sales+cost sales+travel commercial+expens frais+commerc gastos+ventas"),
        ("interest", "interest zins interet interes financial+cost"),
        ("tax", "=tax =taxes income+tax steuer impot impuest"),
        ("revenue", "revenue income sales umsatz erlos ertrag chiffre+affaires ventes vente produit ingreso venta"
         " turnover einnahm fees+earned services"),
        ("opex", "expens opex overhead rent miete loyer alquiler salar wage payroll gehalt lohn personal nomin sueldo"
         " office buro bureau oficina depreciat amorti abschreib utilit insur versicher seguro assurance software"
         " travel reise legal audit account bank repair maint admin aufwand kosten charge gasto general operating"),
    ),
    "surveys.kind": (
        ("enps", "enps employee+promoter employee+nps"),
        ("nps", "nps promoter"),
        ("esat", "esat employee mitarbeiter emplead collaborateur salarie"),
        ("csat", "csat customer kunden client satisf zufrieden support ticket"),
    ),
    "leave_kind": (
        ("involuntary", "involunt unfreiwill for+cause dismiss laid layoff redund fired licenci despid despedid"
         " entlass betriebsbedingt arbeitgeberkund terminated+employer performance"),
        ("other", "retir death deceas rente pension retraite jubil befrist end+contract fin+contrat fin+contrato"
         " contract+end transfer verstorb"),
        ("voluntary", "volunt freiwill resign quit demission renunci dimision eigenkund abandon career+change another"),
    ),
    "boolean": (
        ("true", "=true =yes =y =1 =ja =wahr =oui =vrai =si =verdadero =x =on =sim"),
        ("false", "=false =no =n =0 =nein =falsch =non =faux =falso =off =nao"),
    ),
}  # fmt: skip
_BLANKS = {"", "na", "null", "none", "nan", "keine", "aucun", "ninguno", "unbekannt", "unknown"}
_STAYS = ("active", "aktiv", "actif", "activo", "still employed", "stillemployed", "employed", "current", "leave of")


@dataclass(frozen=True)
class Meaning:
    """`value` is one of the choices of the field; blank with `blank` if the text stands for nothing."""

    value: str
    reason: str
    blank: bool = False


@lru_cache(maxsize=4096)
def meaning_of(table: str, field: Field, written: str) -> Meaning | None:
    """What a text stands for, with the reason for people; None if nobody knows."""
    folded = fold(written)
    known = {fold(word).replace(" ", ""): choice for word, choice in field.meanings}
    known |= {fold(choice): choice for choice in field.choices}
    if folded.replace(" ", "") in known:
        choice = known[folded.replace(" ", "")]
        return Meaning(
            choice, f"`{written}` is a usual word for {choice}" if folded != choice else "is the word itself"
        )
    if folded.replace(" ", "") in _BLANKS:
        return Meaning("", f"`{written}` says nothing", blank=True)
    if field.name == "leave_kind" and any(each in folded for each in _STAYS):
        return Meaning("", f"`{written}` says that nobody left", blank=True)
    for choice, words in _rules_of(table, field):
        for word in words.split():
            if _holds(word, folded):
                return Meaning(choice, f"“{word.strip('=').replace('+', ' … ')}” stands for {choice}")
    return None


@lru_cache(maxsize=16384)
def fold(written: str) -> str:
    """Small letters without accents, signs as blanks: `Négociation/Review` becomes `negociation review`."""
    plain = unicodedata.normalize("NFKD", written.replace("ß", "ss")).casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return re.sub(r"[\W_]+", " ", plain).strip()


@lru_cache(maxsize=2048)
def words_of(header: str) -> str:
    """A header folded, with the words of `EmpSatisfaction` apart."""
    return fold(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header))


def _rules_of(table: str, field: Field) -> tuple[tuple[str, str], ...]:
    if field.type is FieldType.BOOLEAN:
        return _RULES["boolean"]
    return _RULES.get(f"{table}.{field.name}") or _RULES.get(field.name, ())


def _holds(rule: str, folded: str) -> bool:
    words = folded.split()
    return all(_has(each, words) for each in rule.split("+"))


def _has(wanted: str, words: list[str]) -> bool:
    if wanted.startswith("="):
        return wanted[1:] in words
    return any(each.startswith(wanted) for each in words)
