"""The sentence that everybody quotes, typed, answered and set as one unambiguous goal, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

THE_SENTENCE = "Increase monthly sales revenue by 10 % within the next quarter"


def test_a_sentence_becomes_one_unambiguous_goal(page: Page) -> None:
    page.expected_troubles += ["htmx:afterRequest", "htmx:sendAbort"]  # type: ignore[attr-defined]
    home = sign_in(page, "leader")
    page.goto(f"{home}goals/new/")
    page.get_by_label("Say it in a sentence").fill(THE_SENTENCE)
    page.get_by_role("button", name="Understand").click()
    expect(page.get_by_text("Compared with what? Each reading is another goal.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Take this.*the same quarter last year")).click()
    settled(page)
    expect(page.get_by_label("The same period last year")).to_be_checked()
    expect(page.get_by_label("By how much")).to_have_value("10 %")

    page.get_by_label("Team with its sub-teams").check()  # the company has its goal for that quarter already
    page.locator("#id_team").select_option(label="Team Alpine")
    settled(page)
    panel = page.locator("#hint")
    before = panel.locator(".target-key").inner_text()
    page.get_by_label("By how much").fill("25 %")
    expect(panel.locator(".target-key")).not_to_have_text(before)
    page.get_by_label("Why this goal").fill("The board was promised a tenth more.")
    expect(panel.get_by_text("The board was promised")).to_have_count(0)  # the panel tells points, never the note
    expect(panel.get_by_text("Neither a goal above it nor a reason is given.").first).to_have_count(0)
    page.get_by_label("Title", exact=False).fill("A tenth more revenue, checked in a browser")
    settled(page)

    page.get_by_role("button", name="Set the goal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A tenth more revenue, checked in a browser")
