"""Hints for a word that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean …?` for the nearest known word whatever its case, else the list of all that would be right."""
    words = list(known)
    by_folded = {each.casefold(): each for each in reversed(words)}
    near = get_close_matches(word.strip().casefold(), by_folded, n=1, cutoff=0.6)
    return f" Did you mean `{by_folded[near[0]]}`?" if near else f" Known are: {', '.join(words)}."
