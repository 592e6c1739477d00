"""Refusals: what is wrong, where, and how to mend it, in one sentence for the person who asked."""


class Refusal(Exception):
    """Something asked for cannot be done. Nothing has been changed. The text is shown to people as it is."""

    @property
    def sentence(self) -> str:
        return str(self)
