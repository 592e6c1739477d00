"""Why data was not taken in: always one sentence for the person who sent it."""

from apps.common.errors import Refusal


class ImportRefusal(Refusal):
    """The file, its mapping or the request cannot be used. Nothing has been stored."""
