"""Invitations: the only way in."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.audit.models import Event
from apps.people import queries, services
from apps.people.errors import InvitationRefusal, PeopleRefusal, SignInFirst
from apps.people.models import Invitation, Member, User
from apps.people.roles import Role
from tests.cast import PASSWORD

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def invited(workspace, admin, north):
    def invite(**changes):
        wish = {"email": "Nina@New.example", "name": "Nina New", "role": Role.MANAGER, "team": north, **changes}
        return services.invite(workspace=workspace, by=admin, now=NOW, **wish)

    return invite


def accept(token, **how):
    return services.accept_invitation(token=token, now=NOW + timedelta(days=1), **how)


def test_whoever_accepts_gets_the_promised_place(invited, north):
    invitation, token = invited()
    member = accept(token, name="Nina New", password=PASSWORD)
    assert (member.role, member.user.email, str(member.joined_on)) == (Role.MANAGER, "nina@new.example", "2026-03-03")
    assert member.memberships.get().team == north
    assert member.user.check_password(PASSWORD)
    invitation.refresh_from_db()
    assert invitation.accepted_at == NOW + timedelta(days=1)


def test_the_token_is_nowhere_in_the_database(invited):
    invitation, token = invited()
    stored = [str(value) for value in Invitation.objects.values().get().values()]
    trail = [str(event) for event in Event.objects.values()]
    assert not any(token in text for text in stored + trail)
    assert queries.invitation_with(token) == invitation


def test_the_trail_of_an_invitation_has_no_address(invited):
    accept(invited()[1], name="Nina New", password=PASSWORD)
    trail = " ".join(str((event.before, event.after, event.subject)) for event in Event.objects.all())
    assert "@" not in trail


def test_a_link_works_once(invited):
    _, token = invited()
    accept(token, name="Nina", password=PASSWORD)
    with pytest.raises(InvitationRefusal, match="used already"):
        accept(token, name="Nina", password=PASSWORD)


def test_a_link_works_for_fourteen_days(invited):
    _, token = invited()
    with pytest.raises(InvitationRefusal, match="out of date"):
        services.accept_invitation(token=token, now=NOW + timedelta(days=14), name="Nina", password=PASSWORD)
    services.accept_invitation(token=token, now=NOW + timedelta(days=14, seconds=-1), name="Nina", password=PASSWORD)


def test_a_withdrawn_link_does_not_work(invited, admin):
    invitation, token = invited()
    services.revoke_invitation(invitation=invitation, by=admin, now=NOW)
    with pytest.raises(InvitationRefusal, match="withdrawn"):
        accept(token, name="Nina", password=PASSWORD)


def test_inviting_again_withdraws_the_earlier_link(invited):
    _, first = invited()
    _, second = invited(role=Role.VIEWER)
    with pytest.raises(InvitationRefusal, match="withdrawn"):
        accept(first, name="Nina", password=PASSWORD)
    assert accept(second, name="Nina", password=PASSWORD).role == Role.VIEWER


def test_a_made_up_token_is_refused(db):
    with pytest.raises(InvitationRefusal, match="not valid"):
        accept("inv_guess", name="Nina", password=PASSWORD)


@pytest.mark.parametrize("password", ["short", "password123", "nina@new.example"])
def test_a_weak_password_is_refused_and_the_link_still_works(invited, password):
    _, token = invited()
    with pytest.raises(PeopleRefusal) as refused:
        accept(token, name="Nina New", password=password)
    assert refused.value.field == "password"
    assert not User.objects.filter(email="nina@new.example").exists()
    accept(token, name="Nina New", password=PASSWORD)


def test_who_has_an_account_must_sign_in_first(invited, outsider):
    _, token = invited(email=outsider.user.email)
    with pytest.raises(SignInFirst):
        accept(token, name="Otto", password="a new password")
    member = accept(token, user=outsider.user)
    assert (member.user, member.workspace.slug) == (outsider.user, "acme")
    outsider.user.refresh_from_db()
    assert outsider.user.check_password(PASSWORD)


def test_somebody_elses_invitation_is_refused(invited, outsider):
    _, token = invited()
    with pytest.raises(InvitationRefusal, match="another address"):
        accept(token, user=outsider.user)


def test_a_member_is_not_invited_again(invited, rep):
    with pytest.raises(PeopleRefusal, match="member of this workspace already"):
        invited(email="RITA@acme.example")


def test_somebody_the_data_knows_keeps_their_numbers_when_they_sign_in(invited, workspace, admin, north):
    known = services.add_member(workspace=workspace, name="Nina New", team=north, by=admin)
    _, token = invited(member=known, team=None)
    assert accept(token, name="Nina N.", password=PASSWORD) == known
    known.refresh_from_db()
    assert (known.user.email, known.role) == ("nina@new.example", Role.MANAGER)
    assert known.memberships.count() == 1


def test_a_place_is_not_given_to_two_people(invited, workspace, admin):
    known = services.add_member(workspace=workspace, name="Nina New", by=admin)
    _, first = invited(member=known, team=None)
    _, second = invited(member=known, team=None, email="other@new.example")
    accept(first, name="Nina", password=PASSWORD)
    with pytest.raises(InvitationRefusal, match="no longer free"):
        accept(second, name="Other", password=PASSWORD)
    assert not User.objects.filter(email="other@new.example").exists()


def test_who_left_and_comes_back_is_the_same_member(invited, rep, south, admin):
    services.member_leaves(member=rep, on=(NOW - timedelta(days=30)).date(), by=admin)
    _, token = invited(email=rep.user.email, role=Role.MEMBER, team=south)
    assert accept(token, user=rep.user) == rep
    rep.refresh_from_db()
    assert rep.left_on is None
    assert [str(m.team) for m in rep.memberships.all()] == ["North", "South"]
    assert Member.objects.filter(user=rep.user).count() == 1


def test_pending_invitations_are_those_that_still_work(invited, workspace, admin):
    kept, _ = invited()
    gone, _ = invited(email="gone@new.example")
    services.revoke_invitation(invitation=gone, by=admin, now=NOW)
    assert list(queries.pending_invitations(workspace, NOW)) == [kept]
    assert list(queries.pending_invitations(workspace, NOW + timedelta(days=14))) == []
