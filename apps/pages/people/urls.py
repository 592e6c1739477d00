"""People, teams, settings and API tokens of a workspace; the ways in; and the demo's one-click sign-in."""

from django.urls import include, path

from apps.pages.people import (
    entrance,
    history,
    invitations,
    members,
    people,
    rates,
    teams,
    tokens,
    unmatched,
    workspace,
)

in_workspace = [
    path("people/", people.people, name="people"),
    path("people/new/", people.member_new, name="member_new"),
    path("people/invite/", invitations.invite, name="invite"),
    path("people/invitations/<int:invitation_id>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("people/unmatched/", unmatched.people_unmatched, name="people_unmatched"),
    path("people/unmatched/resolve/", unmatched.people_unmatched_resolve, name="people_unmatched_resolve"),
    path("people/unmatched/<int:resolution_id>/undo/", unmatched.people_unmatched_undo, name="people_unmatched_undo"),
    path("people/<int:member_id>/", members.member, name="member"),
    path("people/<int:member_id>/edit/", members.member_edit, name="member_edit"),
    path("people/<int:member_id>/role/", members.member_role, name="member_role"),
    path("people/<int:member_id>/move/", members.member_move, name="member_move"),
    path("people/<int:member_id>/leave/", members.member_leave, name="member_leave"),
    path("people/<int:member_id>/away/", members.member_away, name="member_away"),
    path("people/<int:member_id>/away/<int:absence_id>/remove/", members.member_back, name="member_back"),
    path("people/<int:member_id>/invite/", members.member_invite, name="member_invite"),
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.team_new, name="team_new"),
    path("teams/<int:team_id>/", teams.team_edit, name="team_edit"),
    path("settings/", workspace.workspace_settings, name="workspace_settings"),
    path("settings/holidays/", workspace.holiday_add, name="holiday_add"),
    path("settings/holidays/take/", workspace.holidays_take, name="holidays_take"),
    path("settings/holidays/<int:holiday_id>/remove/", workspace.holiday_remove, name="holiday_remove"),
    path("settings/rates/", rates.rates, name="rates"),
    path("settings/rates/<int:rate_id>/remove/", rates.rate_remove, name="rate_remove"),
    path("history/", history.history, name="history"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
]

urlpatterns = [
    path("w/<slug:slug>/", include(in_workspace)),
    path("invitations/<str:token>/", entrance.invitation, name="invitation"),
    path("demo/sign-in/", entrance.demo_sign_in, name="demo_sign_in"),
]
