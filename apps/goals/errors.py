"""What goals refuse."""

from collections.abc import Mapping

from apps.common.errors import Refusal


class GoalRefusal(Refusal):
    """One sentence per field that has to change. Nothing has been stored.

    The field "" stands for the request as a whole. The text of the exception is all sentences one after the other.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)

    @property
    def field(self) -> str:
        return next(iter(self.problems), "")
