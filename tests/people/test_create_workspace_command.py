"""`manage.py create_workspace`, as an operator or a script calls it."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.people.models import User, Workspace

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("create_workspace", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_prints_the_slug_and_nothing_else(db):
    out, err = run("Acme Sales", "--owner", "ada@acme.example", "--password", "correct horse battery")
    assert (out, err) == ("acme-sales\n", "")


def test_without_a_password_it_offers_a_link_to_set_one(db):
    out, err = run("Acme", "--owner", "ada@acme.example")
    path = err.split()[-1]
    assert out == "acme\n"
    page = Client().get(path, follow=True)
    form = page.context["form"]
    assert form.fields.keys() == {"password1", "password2"}
    password = {"password1": "correct horse battery", "password2": "correct horse battery"}
    client = page.client
    done = client.post(page.redirect_chain[-1][0], password, follow=True)
    assert done.status_code == 200
    assert User.objects.get().check_password("correct horse battery")
    assert Client().get(path, follow=True).context["token_fail"], "the link works once"


def test_a_weak_password_is_the_operators_choice_but_is_remarked_on(db):
    out, err = run("Acme", "--owner", "ada@acme.example", "--password", "short")
    assert out == "acme\n"
    assert err.startswith("Warning: This password is too short.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["Acme", "--owner", "ada"], "“ada” is not an e-mail address"),
        (["Acme", "--owner", "ada@acme.example", "--timezone", "Mars/Base"], "There is no time zone “Mars/Base”"),
        (["Acme", "--owner", "ada@acme.example", "--currency", "XYZ"], "“XYZ” is not a currency"),
        (["Acme", "--owner", "ada@acme.example", "--fiscal-year-start", "0"], "month “0”"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_kept(db, arguments, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        run(*arguments)
    assert refused.value.returncode == 1
    assert "\n" not in str(refused.value)
    assert not Workspace.objects.exists()


def command_line(folder, *arguments):
    environment = {**os.environ, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "kpitracker.settings.local"}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "manage.py", "create_workspace", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_makes_the_tables_of_a_fresh_database_and_exits_with_one_when_it_refuses(tmp_path):
    folder = tmp_path / "not there yet"
    refused = command_line(folder, "Acme", "--owner", "ada")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Traceback" not in refused.stderr
    made = command_line(folder, "Acme", "--owner", "ada@acme.example")
    assert (made.returncode, made.stdout) == (0, "acme\n"), made.stderr
