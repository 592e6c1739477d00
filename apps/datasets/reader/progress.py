"""Who wants to know how far the reading has come."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]  # step, how much of it is done, how much there is (0 if unknown)


def quiet(step: str, done: int, total: int) -> None:
    """Tell nobody."""
