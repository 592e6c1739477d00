"""API tokens."""

from datetime import UTC, date, datetime, timedelta

from apps.audit.models import Event
from apps.people import queries, services
from apps.people.models import ApiToken

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_token_stands_for_its_member_until_it_is_revoked(rep):
    token, secret = services.create_token(member=rep, name="export")
    assert queries.member_by_token(secret) == (rep, token)
    services.revoke_token(token=token, by=rep, now=NOW)
    assert queries.member_by_token(secret) is None
    assert queries.member_by_token("kpit_guess") is None


def test_only_a_digest_is_stored(rep):
    _, secret = services.create_token(member=rep, name="export")
    assert secret not in str([*ApiToken.objects.values(), *Event.objects.values()])


def test_the_token_of_a_leaver_opens_nothing(rep, admin):
    _, secret = services.create_token(member=rep, name="export")
    services.member_leaves(member=rep, on=date(2024, 1, 1), by=admin)
    assert queries.member_by_token(secret) is None


def test_the_token_of_a_switched_off_account_opens_nothing(rep):
    _, secret = services.create_token(member=rep, name="export")
    rep.user.is_active = False
    rep.user.save()
    assert queries.member_by_token(secret) is None


def test_everybody_sees_own_tokens_and_an_admin_all_of_the_workspace(rep, other_rep, admin, outsider):
    mine, _ = services.create_token(member=rep, name="mine")
    other, _ = services.create_token(member=other_rep, name="other")
    services.create_token(member=outsider, name="elsewhere")
    assert set(queries.tokens_seen_by(rep)) == {mine}
    assert set(queries.tokens_seen_by(admin)) == {mine, other}


def test_the_last_use_is_noted_but_not_at_every_request(rep):
    token, _ = services.create_token(member=rep, name="export")
    for moment in (NOW, NOW + timedelta(minutes=1)):
        services.mark_used(token=token, now=moment)
    token.refresh_from_db()
    assert token.last_used_at == NOW
    services.mark_used(token=token, now=NOW + timedelta(minutes=6))
    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(minutes=6)
