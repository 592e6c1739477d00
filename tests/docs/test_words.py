"""One thing has one word: templates say what the glossary says."""

import re
from pathlib import Path

import pytest

from tests.docs.generated import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<!--.*?-->|<(script|style).*?</\1>|<[^>]*>", re.DOTALL)


def words_to_avoid() -> list[str]:
    table = GLOSSARY.split("## Words to avoid")[1]
    return [word for word in re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE) if word != "avoid"]


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.*")) + sorted((ROOT / "apps").glob("*/templates/**/*.*"))


def visible_text(template: str) -> str:
    """What people read: without tags, but with the texts of attributes."""
    attributes = " ".join(re.findall(r'(?:title|placeholder|alt|aria-label)="([^"]*)"', template))
    return TAGS.sub(" ", template) + " " + TAGS.sub(" ", attributes)


def test_the_list_of_words_to_avoid_is_read() -> None:
    assert {"OKR", "tenant", "batch job"} <= set(words_to_avoid())


@pytest.mark.parametrize("word", words_to_avoid())
def test_no_template_says_a_word_to_avoid(word: str) -> None:
    pattern = re.compile(rf"\b{re.escape(word)}s?\b", re.IGNORECASE)
    said = [path.name for path in templates() if path.is_file() and pattern.search(visible_text(path.read_text()))]
    assert said == []


def test_a_word_to_avoid_would_be_found() -> None:
    text = visible_text('<p title="My OKRs">{% if tenant %}hello{% endif %}<b>key result</b></p>')
    assert re.search(r"\bOKRs?\b", text)
    assert re.search(r"\bkey results?\b", text)
    assert "tenant" not in text
