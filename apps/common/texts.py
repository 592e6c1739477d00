"""When two texts are the same name. One rule for people, for the engine in Python, and for the engine in SQL."""

# What str.split() takes for a blank, as a pattern for engines whose \s knows ASCII only.
BLANKS = r"[\s\x0b\x1c-\x1f\x{0085}\p{Z}]+"


def normalised(text: str) -> str:
    """Lower case, single blanks, none around: `Ann  LEE ` is `ann lee`, whatever kind of blank a file used."""
    return " ".join(text.split()).lower()
