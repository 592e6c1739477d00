"""What people and workspaces refuse."""

from apps.common.errors import Refusal


class PeopleRefusal(Refusal):
    """`field` names the input that has to change; empty when it is the whole request."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class InvitationRefusal(PeopleRefusal):
    """An invitation that cannot be used: unknown, used, withdrawn, out of date, or somebody else's."""


class SignInFirst(InvitationRefusal):
    """The address invited has an account already: its owner must sign in to accept."""
