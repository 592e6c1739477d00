"""What the metrics room refuses, beside what the catalogue and the engine do not know."""

from apps.common.errors import Refusal


class KpiRefusal(Refusal):
    """`field` names the input that has to change; empty when it is the whole request."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
