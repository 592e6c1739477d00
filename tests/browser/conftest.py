"""The whole product as `make run` starts it (web, worker, demo workspace), opened in Debian's Chromium."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = Path("/usr/bin/chromium")
# Without these flags Chromium looks for its maker's servers, which a machine without internet refuses one by one.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running KPI Tracker with the demo workspace, on a data folder of its own."""
    folder = tmp_path_factory.mktemp("app")
    port = _free_port()
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/app.sqlite3",
        "BROKER_URL": f"sqla+sqlite:///{folder}/queue.sqlite3",
        "DJANGO_SETTINGS_MODULE": "kpitracker.settings.local",
        "DEMO_MODE": "true",
    }
    for command in (["migrate", "-v0"], ["build_assets"], ["collectstatic", "--noinput", "-v0"], ["create_demo"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    web = [sys.executable, "-m", "gunicorn", "kpitracker.wsgi", "-b", f"127.0.0.1:{port}", "--threads", "4"]
    worker = [sys.executable, "-m", "celery", "-A", "kpitracker", "worker", "-c", "1", "--loglevel", "WARNING"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) for command in (web, worker)
    ]
    try:
        yield _once_it_answers(f"http://127.0.0.1:{port}")
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            process.wait(20)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium instead of a download of Playwright's own."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: .ci/run installs it")
        pytest.skip("Debian's chromium is not installed")
    return {"executable_path": str(CHROMIUM), "args": QUIET}


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    yield from _watched_page(browser, app_url, scheme="light", width=1280)


@pytest.fixture
def phone(browser: Browser, app_url: str) -> Iterator[Page]:
    yield from _watched_page(browser, app_url, scheme="light", width=390)


@pytest.fixture
def page_in(browser: Browser, app_url: str, scheme: str) -> Iterator[Page]:
    yield from _watched_page(browser, app_url, scheme=scheme, width=1280)


def _watched_page(browser: Browser, app_url: str, *, scheme: str, width: int) -> Iterator[Page]:
    """A page that fails its test if the console shows an error or anything is fetched from elsewhere."""
    context = browser.new_context(
        base_url=app_url, color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)  # the pages compute, and the machine may be busy
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "request",
        lambda sent: (
            None if sent.url.startswith((app_url, "data:", "blob:")) else troubles.append(f"fetched {sent.url}")
        ),
    )
    page.expected_troubles = []  # type: ignore[attr-defined]
    yield page
    context.close()
    unexpected = [text for text in troubles if not any(known in text for known in page.expected_troubles)]  # type: ignore[attr-defined]
    assert unexpected == []


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _once_it_answers(url: str) -> str:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/accounts/login/", timeout=2):
                return url
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"nothing answered at {url}")
