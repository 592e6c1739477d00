"""The parts of a KPI page that explain a change."""

from django import template

from apps.metrics.catalogue import Kpi
from apps.pages.kpis.change.parts import Part, parts_of

register = template.Library()


@register.filter
def change_parts(kpi: Kpi) -> list[Part]:
    return parts_of(kpi)
