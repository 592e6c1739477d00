"""What the documentation points at is there."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.docs.generated import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")


def relative_links() -> list[tuple[Path, str]]:
    found = [(page, link) for page in PAGES for link, _anchor in LINK.findall(page.read_text())]
    return [(page, link) for page, link in found if "://" not in link]


def told(pattern: str) -> set[str]:
    return {word for page in PAGES for word in re.findall(pattern, page.read_text())}


def test_every_relative_link_resolves() -> None:
    links = relative_links()
    assert len(links) > 20
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_every_make_target_that_is_told_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = told(r"(?:`|^|= ?|[a-z]+=\S+ )make ([a-z]+)")
    assert {"run", "test", "stop", "check"} <= targets
    assert named - targets == set()


def test_every_management_command_that_is_told_exists() -> None:
    named = told(r"manage\.py ([a-z_]+)")
    assert {"create_workspace", "import_data", "compute"} <= named
    assert named - set(get_commands()) == set()


def test_every_record_of_a_decision_is_short_and_complete() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text()
        assert text.startswith(f"# {int(record.name[:4])}. "), record.name
        assert len(text.splitlines()) <= 40, record.name
        headings = re.findall(r"^## (\w+)", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Rejected"], record.name


@pytest.mark.parametrize("number", ["0003", "0004"])
def test_a_record_that_code_refers_to_exists(number: str) -> None:
    assert f"docs/adr/{number}" in (ROOT / "kpitracker" / "settings" / "base.py").read_text()
    assert list((ROOT / "docs" / "adr").glob(f"{number}-*.md"))


def test_every_page_of_the_docs_can_be_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [(page.parent / link).resolve() for link, _ in LINK.findall(page.read_text()) if "://" not in link]
    unreachable = {page for page in PAGES if page not in seen and page.parent.name != "adr"}
    assert unreachable == set()
