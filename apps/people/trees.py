"""Walking the tree of teams, given as the parent of each. A ring, which the services refuse, ends the walk. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping


def below(parents: Mapping[int, int | None], roots: Iterable[int]) -> set[int]:
    """The roots and everything under them."""
    children: dict[int, list[int]] = defaultdict(list)
    for team, parent in parents.items():
        if parent is not None:
            children[parent].append(team)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        team = waiting.pop()
        if team not in found:
            found.add(team)
            waiting.extend(children[team])
    return found


def above(parents: Mapping[int, int | None], team: int) -> list[int]:
    """The team and all that it is a part of, upwards."""
    line: list[int] = []
    at: int | None = team
    while at is not None and at not in line:
        line.append(at)
        at = parents.get(at)
    return line
