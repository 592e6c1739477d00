"""Coming in: signing in and out, a new password, an invitation, the personas of the demo."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.people import services
from apps.people.models import Invitation, User
from apps.people.roles import Role
from tests.cast import PASSWORD

SIGN_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _nobody_is_rate_limited_yet():
    cache.clear()


def text_of(response) -> str:
    return response.content.decode()


def sign_in(client, member, password=PASSWORD):
    return client.post(SIGN_IN, {"login": member.user.email.upper(), "password": password})


def test_signing_in_and_out_by_address_and_password(rep):
    client = Client()
    assert sign_in(client, rep).url == reverse("pages:start")
    assert int(client.session["_auth_user_id"]) == rep.user_id
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(rep):
    known = text_of(sign_in(Client(), rep, "not this one"))
    unknown = text_of(Client().post(SIGN_IN, {"login": "nobody@acme.example", "password": "not this one"}))
    sentence = "The email address and/or password you specified are not correct."
    assert sentence in known
    assert sentence in unknown


def test_failed_sign_ins_are_limited(rep):
    client = Client()
    for _ in range(5):
        sign_in(client, rep, "not this one")
    blocked = sign_in(client, rep)
    assert "Too many failed login attempts" in text_of(blocked)
    assert "_auth_user_id" not in client.session


def test_a_sign_in_goes_to_the_page_that_was_asked_for_but_never_to_another_site(rep):
    wanted = reverse("pages:people", args=["acme"])
    away = Client().get(wanted)
    data = {"login": rep.user.email, "password": PASSWORD}
    assert Client().post(away.url, {**data, "next": wanted}).url == wanted
    assert Client().post(SIGN_IN, {**data, "next": "https://elsewhere.example/"}).url == reverse("pages:start")


def test_a_switched_off_account_does_not_come_in(rep):
    rep.user.is_active = False
    rep.user.save()
    client = Client()
    sign_in(client, rep)
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_alone(db):
    page = Client().get(reverse("account_signup"))
    assert "People come in by invitation" in text_of(page)
    Client().post(reverse("account_signup"), {"email": "eve@e.example", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.exists()


def test_a_forgotten_password_is_replaced_by_a_link_in_a_letter(rep):
    asked = Client().post(reverse("account_reset_password"), {"email": rep.user.email}, follow=True)
    assert "Look into your mail" in text_of(asked)
    (letter,) = mail.outbox
    assert letter.to == [rep.user.email]
    assert letter.subject == "KPI Tracker: your new password"
    client = Client()
    page = client.get(re.search(r"http://testserver(\S+)", letter.body).group(1), follow=True)
    new = {"password1": "a fresh long one", "password2": "a fresh long one"}
    done = client.post(page.redirect_chain[-1][0], new, follow=True)
    assert "Your new password is saved" in text_of(done)
    assert sign_in(Client(), rep, "a fresh long one").status_code == 302


def test_asking_for_a_password_does_not_tell_who_has_an_account(rep):
    answers = {
        text_of(Client().post(reverse("account_reset_password"), {"email": email}, follow=True))
        for email in (rep.user.email, "nobody@acme.example")
    }
    assert len({re.sub(r'nonce="[^"]*"|value="[^"]*"|"x-csrftoken": "[^"]*"', "", text) for text in answers}) == 1
    assert len(mail.outbox) == 1


def invite(admin, client, **changes):
    data = {"email": "nina@new.example", "name": "Nina New", "role": Role.MANAGER, **changes}
    response = client.post(reverse("pages:invite", args=["acme"]), data)
    link = re.search(r"http://testserver(/invitations/\S+)", mail.outbox[-1].body).group(1) if mail.outbox else ""
    return response, link


def test_an_invitation_leads_from_a_letter_into_the_workspace(admin, north, client_of):
    response, link = invite(admin, client_of(admin), team=north.pk)
    assert response.url == reverse("pages:people", args=["acme"])
    assert mail.outbox[0].to == ["nina@new.example"]
    assert "Ada Berg invites you to the workspace Acme" in mail.outbox[0].body
    client = Client()
    assert "You are invited as manager in the team North" in text_of(client.get(link))
    weak = client.post(link, {"name": "Nina New", "password": "short"})
    assert weak.status_code == 422
    assert "This password is too short" in text_of(weak)
    entered = client.post(link, {"name": "Nina New", "password": PASSWORD})
    assert entered.url == reverse("pages:home", args=["acme"])
    assert client.get(reverse("pages:people", args=["acme"])).status_code == 200
    used = Client().get(link)
    assert (used.status_code, "used already" in text_of(used)) == (404, True)


def test_who_has_an_account_accepts_after_signing_in(admin, outsider, client_of):
    _, link = invite(admin, client_of(admin), email=outsider.user.email, name="")
    client = Client()
    assert "Sign in to accept" in text_of(client.get(link))
    assert client.post(link, {"name": "Otto", "password": "taken over, ha"}).status_code == 200
    outsider.user.refresh_from_db()
    assert outsider.user.check_password(PASSWORD)
    client.force_login(outsider.user)
    assert client.post(link).url == reverse("pages:home", args=["acme"])
    assert client.get(reverse("pages:people", args=["acme"])).status_code == 200
    assert client.get(reverse("pages:people", args=["globex"])).status_code == 200


def test_somebody_else_cannot_accept(admin, outsider, client_of):
    _, link = invite(admin, client_of(admin))
    client = client_of(outsider)
    assert "signed in with another address" in text_of(client.get(link))
    refused = client.post(link)
    assert (refused.status_code, "another address" in text_of(refused)) == (404, True)
    assert client.get(reverse("pages:people", args=["acme"])).status_code == 404


def test_an_invitation_whose_letter_cannot_be_sent_is_taken_back(admin, client_of, monkeypatch):
    def refuse(**_):
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("apps.pages.people.invitations.send_invitation", refuse)
    response, _ = invite(admin, client_of(admin))
    assert response.status_code == 422
    assert "The e-mail could not be sent, so nobody is invited" in text_of(response)
    assert Invitation.objects.get().revoked_at is not None


def demo_workspace():
    workspace = services.create_workspace(name="Demo", owner_email="owner@demo.example", is_demo=True)
    for name, role in (("Lea Demo", Role.LEADER), ("Max Demo", Role.MANAGER), ("Ria Demo", Role.MEMBER)):
        user = User.objects.create_user(f"{name.split()[0]}@demo.example", name=name)
        services.add_member(workspace=workspace, name=name, role=role, user=user, by=None)
    return workspace


@pytest.mark.parametrize(("persona", "name"), [("leader", "Lea Demo"), ("manager", "Max Demo"), ("rep", "Ria Demo")])
def test_in_the_demo_one_click_signs_a_persona_in(leader, manager, rep, settings, persona, name):
    """The cast's workspace is no demo: its people are never among the personas."""
    settings.DEMO_MODE = True
    workspace = demo_workspace()
    client = Client()
    page = text_of(client.get(SIGN_IN))
    assert name in page
    assert "Rita Evans" not in page
    entered = client.post(reverse("pages:demo_sign_in"), {"persona": persona})
    assert entered.url == reverse("pages:home", args=[workspace.slug])
    assert client.get(reverse("pages:people", args=[workspace.slug])).wsgi_request.user.name == name


def test_without_demo_mode_there_is_no_demo(settings, db):
    settings.DEMO_MODE = False
    demo_workspace()
    client = Client()
    assert "Lea Demo" not in text_of(client.get(SIGN_IN))
    assert client.post(reverse("pages:demo_sign_in"), {"persona": "leader"}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_a_demo_without_a_demo_workspace_lets_nobody_in(leader, settings):
    settings.DEMO_MODE = True
    assert Client().post(reverse("pages:demo_sign_in"), {"persona": "leader"}).status_code == 404


def test_a_superuser_is_never_a_persona(settings, db):
    settings.DEMO_MODE = True
    demo_workspace()
    User.objects.filter(name="Lea Demo").update(is_superuser=True)
    assert Client().post(reverse("pages:demo_sign_in"), {"persona": "leader"}).status_code == 404


def test_whoever_is_also_in_a_real_workspace_is_never_a_persona(workspace, settings):
    settings.DEMO_MODE = True
    demo_workspace()
    services.add_member(workspace=workspace, name="Lea", user=User.objects.get(name="Lea Demo"), by=None)
    assert Client().post(reverse("pages:demo_sign_in"), {"persona": "leader"}).status_code == 404


def test_the_demo_is_not_entered_by_following_a_link(settings, db):
    settings.DEMO_MODE = True
    demo_workspace()
    assert Client().get(reverse("pages:demo_sign_in")).status_code == 405
