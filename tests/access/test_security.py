"""What production settings promise, asked of a process that runs with them; and the headers of every page."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

ROOT = Path(__file__).resolve().parents[2]
ASKED = (
    "DEMO_MODE DEBUG SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SECURE_SSL_REDIRECT "
    "SECURE_HSTS_SECONDS ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS"
)


def in_production(folder, *command, **environment):
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
            "DJANGO_SETTINGS_MODULE": "kpitracker.settings.production",
            "DATA_DIR": str(folder),
            "SECRET_KEY": "a key only for this test, long enough and with many different letters 0123456789",
            "ALLOWED_HOSTS": "kpi.example.com",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_deploy_finds_nothing(tmp_path):
    done = in_production(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout


def test_production_has_no_demo_and_sends_cookies_over_tls_only(tmp_path):
    """Also when the environment asks for the demo, or for debugging."""
    program = (
        "import json, django; django.setup(); from django.conf import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in '{ASKED}'.split()}}))"
    )
    done = in_production(tmp_path, "-c", program, DEMO_MODE="1", DEBUG="1")
    assert done.returncode == 0, done.stderr
    settings = json.loads(done.stdout)
    assert (settings["DEMO_MODE"], settings["DEBUG"]) == (False, False)
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SESSION_COOKIE_HTTPONLY"]
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://kpi.example.com"]


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_production_does_not_start_without_what_it_must_be_given(tmp_path, missing):
    program = f"import os; os.environ.pop('{missing}'); import django; django.setup()"
    done = in_production(tmp_path, "-c", program)
    assert done.returncode != 0
    assert missing in done.stderr


def directives(response) -> dict[str, list[str]]:
    parts = [part.split() for part in response["Content-Security-Policy"].split(";") if part.strip()]
    return {name: values for name, *values in parts}


def pages(client_of, rep):
    yield Client().get(reverse("account_login"))
    yield Client().get("/no/such/page/")
    yield client_of(rep).get(reverse("pages:people", args=["acme"]))
    yield client_of(rep).get(reverse("pages:workspace_settings", args=["acme"]))


def test_no_page_lets_foreign_or_inline_scripts_and_styles_run(rep, client_of):
    for response in pages(client_of, rep):
        policy = directives(response)
        assert policy["default-src"] == ["'self'"]
        assert policy["style-src"] == ["'self'"]
        assert policy["object-src"] == ["'none'"]
        assert policy["frame-ancestors"] == ["'none'"]
        scripts = policy["script-src"]
        assert scripts[0] == "'self'"
        assert all(source == "'self'" or source.startswith("'nonce-") for source in scripts)


def test_pages_are_not_framed_sniffed_or_told_to_strangers(rep, client_of):
    for response in pages(client_of, rep):
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"


def test_pages_of_a_workspace_are_not_kept_by_caches(rep, client_of):
    response = client_of(rep).get(reverse("pages:people", args=["acme"]))
    assert "no-store" in response["Cache-Control"]
    assert "HX-Request" in response["Vary"]


def test_a_form_of_another_site_is_refused(rep):
    client = Client(enforce_csrf_checks=True)
    client.force_login(rep.user)
    response = client.post(reverse("pages:tokens", args=["acme"]), {"name": "mine"})
    assert response.status_code == 403
    assert "This form is out of date" in response.content.decode()
