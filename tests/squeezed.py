"""Pages as tests read them: however the formatter breaks a template into lines."""

import re


def squeezed(html: str) -> str:
    """The markup without blanks between tags and texts, and with single blanks inside."""
    return re.sub(r"\s*([<>])\s*", r"\1", " ".join(html.split()))
