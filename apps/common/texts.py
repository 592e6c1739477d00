"""When two texts are the same name. One rule for people, for the engine in Python, and for the engine in SQL."""

import unicodedata

# What str.split() takes for a blank, as a pattern for engines whose \s knows ASCII only.
BLANKS = r"[\s\x0b\x1c-\x1f\x{0085}\p{Z}]+"


def normalised(text: str) -> str:
    """Lower case, single blanks, none around: `Ann  LEE ` is `ann lee`, whatever kind of blank a file used."""
    return " ".join(text.split()).lower()


def unaccented(text: str) -> str:
    """`José` as somebody without that key writes it."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def spellings(text: str) -> set[str]:
    """How else files write a name, each normalised: `José Ángel Ruiz` also without accents, and family name first with
    a comma (`Ruiz, José Ángel`), or the other way round. The text itself is among them; an address has only itself."""
    name = normalised(text)
    if "@" in name:
        return {name}
    found = {name}
    first, comma, last = name.partition(", ")
    if comma and first and last and "," not in last:
        found.add(f"{last} {first}")
    elif "," not in name:
        words = name.split(" ")
        found |= {f"{' '.join(words[at:])}, {' '.join(words[:at])}" for at in range(1, len(words))}
    return found | {unaccented(each) for each in found}
