"""The people of every test: one workspace, a team tree, one member per role, and somebody from elsewhere.

    sales ─ north: manager, rep
          └ south: other_rep

`admin`, `leader` and `viewer` are in the workspace but in no team. `outsider` is the admin of `other_workspace`.
Everybody joined on 1 January 2020 and signs in with PASSWORD.
"""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from apps.people.models import Member, Membership, Team, User, Workspace
from apps.people.roles import Role

PASSWORD = "correct horse battery"
JOINED = date(2020, 1, 1)

ClientOf = Callable[[Member], Client]


def make_member(workspace: Workspace, name: str, role: Role, *, team: Team | None = None) -> Member:
    """A member with a user whose address is firstname@workspace-slug.example."""
    user = User.objects.create_user(f"{name.split()[0]}@{workspace.slug}.example", PASSWORD, name=name)
    member = Member.objects.create(workspace=workspace, user=user, name=name, role=role, joined_on=JOINED)
    if team:
        Membership.objects.create(member=member, team=team, starts_on=JOINED)
    return member


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Acme", slug="acme")


@pytest.fixture
def other_workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Globex", slug="globex")


@pytest.fixture
def sales(workspace: Workspace) -> Team:
    return Team.objects.create(workspace=workspace, name="Sales")


@pytest.fixture
def north(sales: Team) -> Team:
    return Team.objects.create(workspace=sales.workspace, name="North", parent=sales)


@pytest.fixture
def south(sales: Team) -> Team:
    return Team.objects.create(workspace=sales.workspace, name="South", parent=sales)


@pytest.fixture
def admin(workspace: Workspace) -> Member:
    return make_member(workspace, "Ada Berg", Role.ADMIN)


@pytest.fixture
def leader(workspace: Workspace) -> Member:
    return make_member(workspace, "Lena Cole", Role.LEADER)


@pytest.fixture
def manager(north: Team) -> Member:
    return make_member(north.workspace, "Mara Dietz", Role.MANAGER, team=north)


@pytest.fixture
def rep(north: Team) -> Member:
    return make_member(north.workspace, "Rita Evans", Role.MEMBER, team=north)


@pytest.fixture
def other_rep(south: Team) -> Member:
    return make_member(south.workspace, "Omar Faye", Role.MEMBER, team=south)


@pytest.fixture
def viewer(workspace: Workspace) -> Member:
    return make_member(workspace, "Vera Gold", Role.VIEWER)


@pytest.fixture
def outsider(other_workspace: Workspace) -> Member:
    return make_member(other_workspace, "Otto Hale", Role.ADMIN)


@pytest.fixture
def client_of() -> ClientOf:
    """A browser in which this member is signed in."""

    def sign_in(member: Member) -> Client:
        assert member.user is not None
        client = Client()
        client.force_login(member.user)
        return client

    return sign_in
