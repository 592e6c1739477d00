from tests.cast import ClientOf


def test_the_cast_stands_in_its_teams(manager, rep, other_rep, admin, leader, viewer, outsider, sales, north, south):
    assert {m.memberships.get().team for m in (manager, rep)} == {north}
    assert other_rep.memberships.get().team.parent == sales
    assert outsider.workspace_id != admin.workspace_id


def test_client_of_a_member_is_signed_in(rep, client_of: ClientOf):
    assert int(client_of(rep).session["_auth_user_id"]) == rep.user_id
