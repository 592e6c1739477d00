"""Which parts the page of a KPI has."""

from dataclasses import dataclass

from apps.metrics.catalogue import Kpi
from apps.pages.kpis.change import contribution, funnel, lost


@dataclass(frozen=True)
class Part:
    """`name` stands in the address; `teaser` says what will be there while it is computed."""

    name: str
    title: str
    teaser: str


TREND = Part("trend", "Trend", "the usual range, and what left it")
COMPARED = Part("compared", "Compared with", "a year ago and the period before, as many days of each")
CONTRIBUTION = Part("contribution", "What changed it", "how much each group brought to the change")
FUNNEL = Part("funnel", "Funnel", "what became of leads and deals, and where it would help most")
LOST = Part("lost", "Why deals are lost", "the reasons by weight")
SEASON = Part("season", "Season", "what comes back every year")


def parts_of(kpi: Kpi) -> list[Part]:
    built_in = not kpi.own
    return [
        TREND,
        COMPARED,
        *([CONTRIBUTION] if contribution.can_be_split(kpi) else []),
        *([FUNNEL] if built_in and kpi.key in funnel.KEYS else []),
        *([LOST] if built_in and kpi.key in lost.KEYS and "deals" in kpi.tables else []),
        SEASON,
    ]


def part_called(kpi: Kpi, name: str) -> Part | None:
    return next((part for part in parts_of(kpi) if part.name == name), None)
