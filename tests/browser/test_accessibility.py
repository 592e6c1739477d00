"""Every page that people meet, checked by axe in both colour schemes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, Response

from tests.browser.steps import settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = (
    "",
    "?view=company",
    "goals/",
    "goals/?q=nothing+is+called+like+this",
    "goals/new/",
    "kpis/",
    "kpis/win_rate/?grain=quarter&by=team",
    "kpis/win_rate/rows/",
    "kpis/win_rate/change/trend/",
    "kpis/win_rate/change/compared/",
    "kpis/win_rate/change/contribution/",
    "kpis/win_rate/change/funnel/",
    "kpis/win_rate/change/lost/",
    "kpis/win_rate/change/season/",
    "imports/",
    "imports/new/",
    "imports/mappings/",
    "imports/2/",
    "imports/1/undo/",
    "imports/1/again/",
    "people/unmatched/",
    "sources/",
    "sources/new/folder/",
    "runs/",
    "history/",
    "people/",
    "teams/",
)


def test_pages_have_no_accessibility_violations(page_in: Page) -> None:
    home = sign_in(page_in, "leader")
    found = {address: _violations(page_in, home + address) for address in PAGES}
    page_in.goto(f"{home}goals/")
    links = page_in.locator("a.board-title")
    for goal in (links.first.get_attribute("href"), links.last.get_attribute("href")):
        for page in ("", "edit/", "target/", "benchmark/", "close/", "rows/"):
            found[f"{goal}{page}"] = _violations(page_in, f"{goal}{page}")
    assert {address: rules for address, rules in found.items() if rules} == {}


def test_the_way_in_has_no_accessibility_violations(page_in: Page) -> None:
    found = {address: _violations(page_in, address) for address in ("/accounts/login/", "/accounts/password/reset/")}
    assert {address: rules for address, rules in found.items() if rules} == {}


def _opened(page: Page, address: str) -> Response | None:
    """Once more if Chromium gave the first try up: a busy machine aborts what overtakes the end of the page before."""
    try:
        return page.goto(address)
    except Error as error:
        if "ERR_ABORTED" not in str(error) and "interrupted by another navigation" not in str(error):
            raise
        return page.goto(address)


def _violations(page: Page, address: str) -> list[str]:
    answer = _opened(page, address)
    assert answer is not None
    assert answer.ok, f"{address} answered {answer.status}"
    settled(page)
    result = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in result]
