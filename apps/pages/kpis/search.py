"""Finding a KPI by its name, by what others call it, or by what it says."""

from apps.metrics.catalogue import Kpi

LONGEST = 100  # characters; nobody types more


def found(kpi: Kpi, wanted: str) -> bool:
    """Whether every word of `wanted` begins a word of the KPI's names, key, sentence or formula in words."""
    text = " ".join((kpi.name, kpi.key.replace("_", " "), *kpi.synonyms, kpi.sentence, kpi.in_words))
    words = _words(text)
    return all(any(word.startswith(part) for word in words) for part in _words(wanted[:LONGEST]))


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
