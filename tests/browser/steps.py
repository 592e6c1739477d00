"""What people do again and again, in their words."""

import re

from playwright.sync_api import Page

PERSONAS = ("manager", "rep", "leader")
# HTMX tells on the console that it gave up waiting for what is asked for anew.
GIVEN_UP = ["htmx:afterRequest", "htmx:sendAbort"]


def sign_in(page: Page, persona: str) -> str:
    """Sign in by the demo's one click; returns the address of the workspace's home, with a slash at its end."""
    page.goto("/accounts/login/")
    page.get_by_role("button", name=re.compile(f", {persona}$")).click()
    page.wait_for_url(re.compile(r"/w/[^/]+/"))
    found = re.match(r"(.*/w/[^/]+/)", page.url)
    assert found is not None
    return found.group(1)


def settled(page: Page) -> None:
    """Until the page is there and HTMX has fetched what it wanted.

    A page is idle only once: what is asked for later shows by the class that HTMX gives to who asks, and it asks a
    moment after the last keystroke.
    """
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
