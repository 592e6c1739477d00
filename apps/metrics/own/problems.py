"""What is wrong with a definition, a sentence for each field of the builder that has to change."""

from collections.abc import Mapping

from apps.common.errors import Refusal


class OwnKpiRefusal(Refusal):
    """Nothing has been stored. The field "" stands for the definition as a whole."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class Problems:
    """Collected while checking; a field keeps its first sentence."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def add(self, field: str, sentence: str) -> None:
        self.found.setdefault(field, sentence)

    def refuse(self) -> None:
        if self.found:
            raise OwnKpiRefusal(self.found)
