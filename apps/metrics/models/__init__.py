"""What a workspace says about KPIs: the variants it chose, the numbers it gives, its own KPIs, what signals mean."""

from apps.metrics.models.choices import KpiChoice
from apps.metrics.models.given import GivenNumber
from apps.metrics.models.own import OwnKpi, OwnKpiVersion
from apps.metrics.models.signal import JudgedSignal

__all__ = ["GivenNumber", "JudgedSignal", "KpiChoice", "OwnKpi", "OwnKpiVersion"]
