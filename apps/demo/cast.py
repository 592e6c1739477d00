"""The invented company of the demo workspace: who sells what to whom, and how well."""

from dataclasses import dataclass

WORKSPACE = "Larkfield Instruments"
COMPANY = "Larkfield Sales"
ALPINE, HARBOUR = "Team Alpine", "Team Harbour"


@dataclass(frozen=True, slots=True)
class Rep:
    """`mailbox` is the part before @demo.example. `wins` is the share of decided deals won, `pace` the new deals of a
    working day, `speed` the length of the cycle and `size` the amount, both beside the product's usual (1.0)."""

    name: str
    mailbox: str
    team: str
    region: str
    wins: float
    pace: float
    speed: float = 1.0
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Product:
    """`amount` is the median price, `spread` the sigma of its logarithm, `cycle` the median days until a decision."""

    name: str
    share: float
    amount: int
    spread: float
    cycle: int
    wins: float


REPS = (
    Rep("Priya Nair", "rep", ALPINE, "North", wins=0.46, pace=0.78, size=1.10),
    Rep("Ben Adler", "ben", ALPINE, "North", wins=0.38, pace=0.72, speed=1.1),
    Rep("Sofia Ruiz", "sofia", ALPINE, "East", wins=0.42, pace=0.83, speed=0.9),
    Rep("Jonas Weber", "jonas", HARBOUR, "West", wins=0.34, pace=0.75, speed=1.2),
    Rep("Amara Obi", "amara", HARBOUR, "South", wins=0.48, pace=0.69, size=1.15),
    Rep("Liam Byrne", "liam", HARBOUR, "South", wins=0.40, pace=0.79),
)
MANAGERS = {ALPINE: ("Nadia Coste", "manager"), HARBOUR: ("Oskar Lindh", "oskar")}
LEADER = ("Helen Marsh", "leader")
ADMIN = ("Tomas Ivers", "admin")
# Moved from one team to the other a year ago: earlier deals stay with the earlier team.
MOVED = "Liam Byrne"

# Who worked here before: name, team, hired and left so many months ago, and why.
FORMER = (
    ("Marta Silva", ALPINE, 60, 20, "voluntary"),
    ("Owen Pratt", HARBOUR, 48, 14, "involuntary"),
    ("Chiara Ricci", HARBOUR, 30, 6, "voluntary"),
)
# Who came a month ago and carries no quota yet.
NEWCOMER = ("Yara Holm", ALPINE)

PRODUCTS = (
    Product("Bench meter", share=0.48, amount=4_200, spread=0.35, cycle=24, wins=1.08),
    Product("Field station", share=0.37, amount=12_500, spread=0.40, cycle=46, wins=1.0),
    Product("Lab line", share=0.15, amount=29_000, spread=0.35, cycle=78, wins=0.82),
)
SOURCES = {"Inbound": (0.42, 1.12), "Referral": (0.18, 1.25), "Outbound": (0.28, 0.80), "Trade fair": (0.12, 0.90)}
KINDS = {"new": 0.62, "expansion": 0.23, "renewal": 0.15}
REGIONS = ("North", "East", "South", "West")
LOST_REASONS = {"Price": 0.31, "No decision": 0.27, "Competitor": 0.22, "Timing": 0.13, "Missing feature": 0.07}
STAGES = (("Qualification", 0.15), ("Discovery", 0.30), ("Proposal", 0.55), ("Negotiation", 0.75))
# New deals of a month beside the average month: summer and the holidays are quiet, spring and autumn are not.
SEASON = (0.92, 1.02, 1.10, 1.06, 1.04, 0.98, 0.82, 0.78, 1.12, 1.16, 1.10, 0.90)
YEARLY_GROWTH = 1.14

ACCOUNTS = tuple(
    f"{first} {last}"
    for first in (
        "Aster", "Beacon", "Cobalt", "Dover", "Ember", "Fjord", "Granite", "Hazel", "Juniper", "Kestrel",
        "Linden", "Mistral", "Nordic", "Orchid", "Pioneer", "Quarry", "Rowan", "Sable", "Tundra", "Umber",
    )
    for last in (
        "Foods", "Water", "Labs", "Energy", "Farms", "Pharma", "Paper", "Glass", "Brewing", "Logistics",
        "Steel", "Textiles", "Optics", "Cement", "Dairy", "Ceramics", "Plastics", "Marine", "Rail", "Air",
    )
)  # fmt: skip
