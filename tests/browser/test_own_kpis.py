"""A manager builds a KPI while its values appear, and corrects what is marked, in a real browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.steps import GIVEN_UP, settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def add_condition(page: Page, number: int, column: str, value: str) -> None:
    settled(page)  # an answer that is still on its way would put the form back as it was
    page.locator(f"#id_filter_{number}_column").select_option(column)
    page.locator(f"#id_filter_{number}_value").fill(value)
    settled(page)


def build_revenue_per_won_deal(page: Page, home: str) -> None:
    page.expected_troubles += GIVEN_UP  # type: ignore[attr-defined]
    page.goto(f"{home}kpis/own/new/")
    page.get_by_label("Name").fill("Revenue per won deal in West")
    page.locator("#id_table").select_option("deals")
    page.locator("#id_date").wait_for()
    settled(page)
    page.locator("#id_aggregate").select_option("sum")
    settled(page)
    page.locator("#id_column").select_option("amount")
    settled(page)
    add_condition(page, 0, "outcome", "won")
    page.get_by_role("button", name="One more condition").click()
    settled(page)
    add_condition(page, 1, "region", "West")
    page.get_by_label("Divided by a second number").check()
    page.locator("#id_by_filter_1_value").wait_for()


def test_revenue_per_won_deal_of_a_region_is_built_while_its_values_appear(page: Page) -> None:
    home = sign_in(page, "manager")
    build_revenue_per_won_deal(page, home)
    words = "sum of amount of won deals with region West ÷ number of won deals with region West"
    preview = page.locator("#preview")
    expect(preview.get_by_text(words)).to_be_visible()
    expect(preview.get_by_role("heading", name=re.compile(r"\d+ of [\d,]+ deals match"))).to_be_visible()
    expect(preview.locator("table").first.get_by_text(re.compile(r"USD [\d,]+")).first).to_be_visible()
    expect(page.locator("#id_by_filter_1_value")).to_have_value("West")  # the same rows below the line

    page.locator("#id_filter_0_value").fill("wonn")
    expect(page.locator("#id_filter_0_value_error")).to_have_text(re.compile("“wonn” is no outcome"))
    page.locator("#id_filter_0_value").fill("won")
    expect(page.locator("#id_filter_0_value_error")).to_have_text("")

    page.get_by_role("button", name="Build the KPI").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Revenue per won deal in West")
    page.get_by_role("link", name="Values").click()
    expect(page.locator("#values").get_by_role("link", name=re.compile("USD")).first).to_be_visible()


def test_names_are_completed_while_a_formula_is_typed(page: Page) -> None:
    home = sign_in(page, "manager")
    page.expected_troubles += GIVEN_UP  # type: ignore[attr-defined]
    page.goto(f"{home}kpis/own/new/")
    page.get_by_label("As a formula of other KPIs").check()
    formula = page.get_by_role("textbox", name="Formula")
    formula.press_sequentially("reven")
    expect(page.locator("#formula-names [aria-selected=true]")).to_have_text(re.compile("^revenue"))
    formula.press("Enter")
    expect(formula).to_have_value("revenue")
    formula.press_sequentially(" / win_rte")
    expect(page.locator("#id_formula_error")).to_have_text(re.compile("At position 11: .* Did you mean win_rate"))
    formula.fill("revenue / win_rate")
    expect(page.locator("#id_formula_error")).to_have_text("")
    expect(page.locator("#preview table")).to_contain_text("USD")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_builder_fits_and_is_accessible(page_in: Page, width: int) -> None:
    home = sign_in(page_in, "manager")
    page_in.set_viewport_size({"width": width, "height": 900})
    build_revenue_per_won_deal(page_in, home)
    expect(page_in.locator("#preview table").first).to_be_visible()
    settled(page_in)
    assert page_in.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page_in)
    assert [violation["id"] for violation in found.response["violations"]] == []
