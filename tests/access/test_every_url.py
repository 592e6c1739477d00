"""Every address × everybody: signed out, other workspace, gone, not allowed, allowed. New addresses must be placed."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.people import services
from apps.people.models import Member
from apps.people.roles import Role
from tests.access.scene import Scene, make_scene
from tests.access.table import DOORS, EVERYONE, Door
from tests.cast import make_member

BY_NAME = {door.name: door for door in DOORS}
IN_WORKSPACE = [door for door in DOORS if door.kind == "workspace"]
IN_API = [door for door in DOORS if door.kind == "api"]
ADMIN = "admin:"


def walk(resolver: URLResolver, namespace: str = "", path: str = "") -> Iterator[tuple[str, str]]:
    """Every address the project answers to, as (full name, route)."""
    for pattern in resolver.url_patterns:
        route = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern, inner, route)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ':'}", route


ADDRESSES = list(walk(get_resolver()))


@pytest.mark.parametrize(("name", "route"), [address for address in ADDRESSES if not address[0].startswith(ADMIN)])
def test_the_address_is_in_the_table(name, route):
    assert not name.endswith(":"), f"“{route}” has no name; give it one and a line in tests/access/table.py"
    assert name in BY_NAME, (
        f"Nobody has placed “{name}” (/{route}). Add a line to DOORS in tests/access/table.py, for example\n"
        f'    in_workspace("{name}", EVERYONE),\nwith the roles it lets in; the docstring there shows the other kinds.'
    )


def test_the_table_has_no_address_that_is_gone():
    assert sorted(set(BY_NAME) - {name for name, _ in ADDRESSES}) == []


def test_an_address_has_one_line():
    assert len(BY_NAME) == len(DOORS)


@pytest.fixture
def scene(admin, leader, manager, rep, viewer, outsider, north) -> Scene:
    members = {"admin": admin, "leader": leader, "manager": manager, "rep": rep, "viewer": viewer}
    gone = make_member(north.workspace, "Gus Ito", Role.LEADER)
    services.member_leaves(member=gone, on=date(2024, 1, 1), by=admin)
    return make_scene(members, gone, outsider, north)


def ask(client: Client, url: str, door: Door, method: str | None = None, **headers: str) -> HttpResponse:
    """One request whose writes are taken back, so that everybody meets the same scene."""
    method = method or ("GET" if door.post is None else "POST")
    with transaction.atomic():
        response = (
            client.generic(method, url, headers=headers)
            if method == "GET"
            else client.post(url, door.post or {}, headers=headers)
        )
        transaction.set_rollback(True)
    return response


def browser(member: Member | None) -> Client:
    client = Client()
    if member:
        client.force_login(member.user)
    return client


def url_of(door: Door, scene: Scene, slug: str, member: Member | None = None) -> str:
    return reverse(door.name, kwargs={"slug": slug, **scene.arguments(door.arguments, of=member)}) + door.query


@pytest.mark.parametrize("door", IN_WORKSPACE, ids=lambda door: door.name)
def test_the_door_of_a_workspace_page(door, scene):
    login = reverse("account_login")
    for method in ("GET", "POST"):
        away = ask(browser(None), url_of(door, scene, "acme"), door, method)
        assert (away.status_code, away.url.startswith(login)) == (302, True), f"signed out, {method}"
        for stranger in (scene.outsider, scene.gone):
            met = ask(browser(stranger), url_of(door, scene, "acme"), door, method)
            assert met.status_code == 404, f"{stranger} of {stranger.workspace}, {method}"
        for role in set(EVERYONE) - set(door.allowed):
            member = scene.members[role]
            met = ask(browser(member), url_of(door, scene, "acme", member), door, method)
            assert met.status_code == 403, f"{role}, {method}"
    for role in door.allowed:
        member = scene.members[role]
        met = ask(browser(member), url_of(door, scene, "acme", member), door)
        assert met.status_code < 400 or met.status_code == 422, f"{role} should be let in: {met.status_code}"


@pytest.mark.parametrize("door", [door for door in IN_WORKSPACE if door.names_something], ids=lambda door: door.name)
def test_a_thing_of_another_workspace_does_not_exist_in_ones_own(door, scene):
    for method in ("GET", "POST"):
        met = ask(browser(scene.outsider), url_of(door, scene, "globex"), door, method)
        # 405: the page does not answer to this method at all.
        assert met.status_code in ({404} if method == ("GET" if door.post is None else "POST") else {404, 405}), method


@pytest.mark.parametrize("door", IN_WORKSPACE, ids=lambda door: door.name)
def test_a_superuser_has_no_special_door(door, scene, django_user_model):
    boss = django_user_model.objects.create_superuser("root@nowhere.example", "correct horse battery")
    client = Client()
    client.force_login(boss)
    assert ask(client, url_of(door, scene, "acme"), door).status_code == 404


def with_token(member: Member) -> dict[str, str]:
    return {"Authorization": f"Bearer {services.create_token(member=member, name='test')[1]}"}


@pytest.mark.parametrize("door", IN_API, ids=lambda door: door.name)
def test_the_door_of_an_api_address(door, scene):
    url = reverse(door.name, kwargs=scene.arguments(door.arguments))
    assert ask(browser(None), url, door).status_code == 401, "without a token"
    assert ask(browser(scene.members["admin"]), url, door).status_code == 401, "a browser's session is no token"
    assert ask(browser(None), url, door, **with_token(scene.gone)).status_code == 401, "gone"
    if door.names_something or "slug" in door.arguments:
        assert ask(browser(None), url, door, **with_token(scene.outsider)).status_code == 404, "other workspace"
    for role in EVERYONE:
        met = ask(browser(None), url, door, **with_token(scene.members[role]))
        assert met.status_code == (door.gives if role in door.allowed else 403), role


@pytest.mark.parametrize("door", [door for door in DOORS if door.kind == "signed_in"], ids=lambda door: door.name)
def test_a_page_for_anybody_with_an_account(door, scene):
    url = reverse(door.name, kwargs=scene.arguments(door.arguments))
    away = ask(browser(None), url, door)
    assert (away.status_code, away.url.startswith(reverse("account_login"))) == (302, True)
    assert ask(browser(scene.members["viewer"]), url, door).status_code < 400
    assert ask(browser(scene.gone), url, door).status_code < 400


@pytest.mark.parametrize("door", [door for door in DOORS if door.kind == "public"], ids=lambda door: door.name)
def test_a_page_for_anybody(door, scene):
    url = reverse(door.name, kwargs=scene.arguments(door.arguments))
    for member in (None, scene.members["rep"]):
        met = ask(browser(member), url, door)
        assert (met.status_code == door.gives) if door.gives else (met.status_code < 400), f"{member}"


def admin_url(route: str) -> str:
    """The route with something put in for each argument."""
    return "/" + re.sub(r"<[^>]+>", "1", re.sub(r"\(\?P<app_label>[^)]*\)", "auth", route)).strip("^$").replace(
        "\\Z", ""
    )


@pytest.mark.parametrize("route", sorted(route for name, route in ADDRESSES if name.startswith(ADMIN)))
def test_nobody_but_staff_comes_into_django_s_admin(route, scene):
    url = admin_url(route)
    away = browser(None).get(url)
    assert away.status_code == 302, url
    assert away.url.startswith((reverse("account_login"), "/admin/")), away.url
    met = browser(scene.members["admin"]).get(url, follow=True)
    assert met.status_code == 403, url
