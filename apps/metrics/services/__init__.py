"""Writes about KPIs: keyword-only, whole or not at all, audited, refusing in sentences.

`by` is the member who asks; None stands for the command line of the operator.
"""

from apps.metrics.services.numbers import give_number, withdraw_number
from apps.metrics.services.signals import judge_signal, withdraw_verdict
from apps.metrics.services.variants import choose_variant

__all__ = ["choose_variant", "give_number", "judge_signal", "withdraw_number", "withdraw_verdict"]
