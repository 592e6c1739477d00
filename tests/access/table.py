"""Who may open which address: one line an URL name. tests/access/test_every_url.py walks them all.

A new URL fails the suite until it has a line here. Pick the kind of door:

    in_workspace("pages:board", EVERYONE)                    a page below /w/<slug>/, and the roles it lets in
    in_workspace("pages:goal", EVERYONE, goal_id="goal")     `…_id` names a thing of tests/access/scene.py
    in_workspace("pages:kpi", EVERYONE, key="win_rate")      any other argument is given as it is
    in_workspace("pages:goal_benchmark", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:goal_close", MANAGERS, post={}, …)   asked by POST; a form that is refused (422) is fine
    in_api("api:goals", EVERYONE)                            a token is needed: 401 without
    signed_in("pages:start")                                 any account, no workspace
    public("account_login")                                  anybody; `gives=404` where nothing is to be found

Django's admin has no lines: one test asks all its addresses and lets nobody in but staff.
"""

from dataclasses import dataclass, field
from typing import Any

ADMINS = ("admin",)
LEADERS = ("admin", "leader")
MANAGERS = ("admin", "leader", "manager")
MEMBERS = ("admin", "leader", "manager", "rep")
EVERYONE = ("admin", "leader", "manager", "rep", "viewer")


@dataclass(frozen=True)
class Door:
    name: str
    kind: str
    allowed: tuple[str, ...] = EVERYONE
    arguments: dict[str, str] = field(default_factory=dict)
    post: dict[str, Any] | None = None
    gives: int | None = None
    query: str = ""

    @property
    def names_something(self) -> bool:
        """Is there an object in the address that could be another workspace's?"""
        return any(argument.endswith("_id") for argument in self.arguments)


def in_workspace(
    name: str, allowed: tuple[str, ...], *, post: dict[str, Any] | None = None, query: str = "", **arguments: str
) -> Door:
    return Door(name, "workspace", allowed, arguments, post, query=query)


def in_api(name: str, allowed: tuple[str, ...], *, gives: int = 200, **arguments: str) -> Door:
    return Door(name, "api", allowed, arguments, None, gives)


def signed_in(name: str, **arguments: str) -> Door:
    return Door(name, "signed_in", EVERYONE, arguments)


def public(name: str, *, gives: int | None = None, post: dict[str, Any] | None = None, **arguments: str) -> Door:
    return Door(name, "public", EVERYONE, arguments, post, gives)


DOORS = [
    # home
    public("pages:health", gives=503),  # no worker runs beside the tests; it says so to anybody
    signed_in("pages:start"),
    in_workspace("pages:home", EVERYONE),
    in_workspace("pages:runs", MANAGERS),
    in_workspace("pages:recomputing", EVERYONE),
    # goals
    in_workspace("pages:board", EVERYONE),
    in_workspace("pages:goal_new", MANAGERS),
    in_workspace("pages:goal_hint", MANAGERS),
    in_workspace("pages:goal", EVERYONE, goal_id="goal"),
    in_workspace("pages:goal_team", MANAGERS),
    in_workspace("pages:goal_what_if", EVERYONE, goal_id="goal"),
    in_workspace("pages:goal_kudos", EVERYONE, goal_id="goal", post={}),
    in_workspace("pages:goal_leaderboards", EVERYONE),
    in_workspace("pages:leaderboard_switch", MANAGERS, post={}),
    in_workspace("pages:leaderboard_me", EVERYONE, post={}),
    in_workspace("pages:goal_rows", EVERYONE, goal_id="goal"),
    in_workspace("pages:goal_smart", EVERYONE, goal_id="goal"),
    in_workspace("pages:goal_edit", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:goal_target", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:target_decide", MANAGERS, goal_id="team_goal", version_id="waiting_target"),
    in_workspace("pages:goal_prorate", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:goal_hand_over", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:goal_split", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:goal_split_undo", MANAGERS, goal_id="team_goal", post={}),
    in_workspace("pages:goal_parent", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:goal_gap", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:goal_tree", EVERYONE),
    in_workspace("pages:goal_benchmark", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:goal_phasing", MANAGERS, goal_id="team_goal"),
    in_workspace("pages:phasings", MANAGERS),
    in_workspace("pages:phasing_remove", MANAGERS, table_id="percentages", post={}),
    in_workspace("pages:thresholds", ADMINS),
    in_workspace("pages:goal_close", MANAGERS, goal_id="team_goal", post={}),
    in_workspace("pages:goal_call", ("manager",), goal_id="team_goal", post={}),
    in_workspace("pages:calibration", MANAGERS),
    in_workspace("pages:goal_reopen", MANAGERS, goal_id="team_goal", post={}),
    # plans: a rep opens one that was proposed and has a row of theirs
    in_workspace("pages:plans", MEMBERS),
    in_workspace("pages:plan_new", MANAGERS),
    in_workspace("pages:plan", MEMBERS, plan_id="plan"),
    in_workspace("pages:plan_cells", MANAGERS, plan_id="plan", post={}),
    in_workspace("pages:plan_change", MANAGERS, plan_id="plan", post={}),
    in_workspace("pages:plan_stage", MANAGERS, plan_id="plan", post={}),
    in_workspace("pages:plan_copy", MANAGERS, plan_id="plan", post={}),
    in_workspace("pages:plan_file", MANAGERS, plan_id="plan", post={}),
    in_workspace("pages:plan_say", MEMBERS, plan_id="plan", post={}),
    # KPIs
    in_workspace("pages:kpis", EVERYONE),
    in_workspace("pages:kpis_own", EVERYONE),
    in_workspace("pages:benchmarks", EVERYONE),
    in_workspace("pages:benchmark_new", MANAGERS),
    in_workspace("pages:benchmarks_import", MANAGERS),
    in_workspace("pages:benchmark_remove", MANAGERS, benchmark_id="benchmark", post={}),
    in_workspace("pages:benchmark_restore", MANAGERS, benchmark_id="removed_benchmark", post={}),
    in_workspace("pages:benchmark_compared", EVERYONE, key="win_rate"),
    in_workspace("pages:benchmark_peers", MANAGERS, key="win_rate"),
    in_workspace("pages:kpi_own_new", MANAGERS),
    in_workspace("pages:kpi_own_preview", MANAGERS, post={}),
    in_workspace("pages:kpi_own", EVERYONE, key="won_deals"),
    in_workspace("pages:kpi_own_edit", MANAGERS, key="won_deals"),
    in_workspace("pages:kpi_own_withdraw", MANAGERS, key="won_deals", post={}),
    in_workspace("pages:kpi_own_archive", MANAGERS, key="won_deals", post={}),
    in_workspace("pages:kpi_own_restore", MANAGERS, key="won_deals", post={}),
    in_workspace("pages:kpi", EVERYONE, key="win_rate"),
    in_workspace("pages:kpis_choose", EVERYONE),
    in_workspace("pages:kpi_variant", MANAGERS, key="win_rate", post={"variant": "deals_amount"}),
    in_workspace("pages:kpi_number", MANAGERS, key="market_penetration", asked="market_size"),
    in_workspace("pages:kpi_number_withdraw", MANAGERS, key="market_penetration", number_id="number", post={}),
    in_workspace("pages:kpi_change", EVERYONE, key="win_rate", part="trend"),
    in_workspace("pages:kpi_signal", MANAGERS, key="win_rate", post={}),
    in_workspace("pages:kpi_signal_undo", MANAGERS, key="win_rate", judged_id="judged", post={}),
    in_workspace("pages:kpi_rows", EVERYONE, key="win_rate", query="?period=2026-Q1"),
    # data coming in
    in_workspace("pages:imports", MANAGERS),
    in_workspace("pages:import_new", MANAGERS),
    in_workspace("pages:upload_begin", MANAGERS, post={}),
    in_workspace("pages:upload_piece", MANAGERS, token="unknown"),
    in_workspace("pages:upload_end", MANAGERS, token="unknown", post={}),
    in_workspace("pages:import_draft", MANAGERS, token="unknown"),
    in_workspace("pages:draft_trial", MANAGERS, token="unknown"),
    in_workspace("pages:draft_repair", MANAGERS, token="unknown", post={}),
    in_workspace("pages:draft_rejects", MANAGERS, token="unknown"),
    in_workspace("pages:import_lookup", MANAGERS, token="unknown", post={}),
    in_workspace("pages:import_confirm", MANAGERS, token="unknown", post={}),
    in_workspace("pages:import_discard", MANAGERS, token="unknown", post={}),
    in_workspace("pages:draft_mapping", MANAGERS, token="unknown", post={}),
    in_workspace("pages:mappings", MANAGERS),
    in_workspace("pages:mapping", MANAGERS, mapping_id="saved_mapping"),
    in_workspace("pages:mapping_remove", MANAGERS, mapping_id="saved_mapping", post={}),
    in_workspace("pages:mapping_bring_back", MANAGERS, mapping_id="removed_mapping", post={}),
    in_workspace("pages:mapping_download", MANAGERS, mapping_id="saved_mapping", number="1"),
    in_workspace("pages:sources", LEADERS),
    in_workspace("pages:source_new", LEADERS, kind="url"),
    in_workspace("pages:source", LEADERS, source_id="source"),
    in_workspace("pages:source_edit", LEADERS, source_id="source"),
    in_workspace("pages:source_fetch", LEADERS, source_id="source", post={}),
    in_workspace("pages:source_pause", LEADERS, source_id="source", post={}),
    in_workspace("pages:source_resume", LEADERS, source_id="source", post={}),
    in_workspace("pages:source_remove", LEADERS, source_id="source", post={}),
    in_workspace("pages:source_restore", LEADERS, source_id="source", post={}),
    in_workspace("pages:warehouse", LEADERS),
    in_workspace("pages:warehouse_table", LEADERS, warehouse_id="warehouse"),
    in_workspace("pages:warehouse_use", LEADERS, warehouse_id="warehouse", post={}),
    in_workspace("pages:warehouse_look", LEADERS, warehouse_id="warehouse", post={}),
    in_workspace("pages:warehouse_stop", LEADERS, warehouse_id="warehouse", post={}),
    in_workspace("pages:warehouse_remove", LEADERS, warehouse_id="warehouse", post={}),
    in_workspace("pages:recompute", MANAGERS, post={}),
    in_workspace("pages:import", MANAGERS, import_id="batch"),
    in_workspace("pages:import_progress", MANAGERS, import_id="batch"),
    in_workspace("pages:import_undo", MANAGERS, import_id="batch", post={}),
    in_workspace("pages:import_redo", MANAGERS, import_id="batch", post={}),
    in_workspace("pages:import_trial", MANAGERS, import_id="batch", post={}),
    in_workspace("pages:import_rerun", MANAGERS, import_id="batch", post={}),
    in_workspace("pages:import_file", MANAGERS, import_id="batch"),
    in_workspace("pages:import_rejects", MANAGERS, import_id="batch"),
    in_workspace("pages:import_mapping", MANAGERS, import_id="batch"),
    # people and teams
    in_workspace("pages:people", EVERYONE),
    in_workspace("pages:member_new", ADMINS),
    in_workspace("pages:invite", ADMINS),
    in_workspace("pages:invitation_revoke", ADMINS, invitation_id="invitation", post={}),
    in_workspace("pages:people_unmatched", MANAGERS),
    in_workspace("pages:people_unmatched_resolve", ADMINS, post={}),
    in_workspace("pages:people_unmatched_undo", ADMINS, resolution_id="resolution", post={}),
    in_workspace("pages:member", EVERYONE, member_id="somebody"),
    in_workspace("pages:member_edit", ADMINS, member_id="somebody", post={}),
    in_workspace("pages:member_role", ADMINS, member_id="somebody", post={}),
    in_workspace("pages:member_move", ADMINS, member_id="somebody", post={}),
    in_workspace("pages:member_leave", ADMINS, member_id="somebody", post={}),
    in_workspace("pages:member_away", LEADERS, member_id="somebody", post={}),
    in_workspace("pages:member_back", LEADERS, member_id="somebody", absence_id="absence", post={}),
    in_workspace("pages:member_invite", ADMINS, member_id="somebody", post={}),
    in_workspace("pages:teams", EVERYONE),
    in_workspace("pages:team_new", ADMINS),
    in_workspace("pages:team_edit", ADMINS, team_id="team"),
    # history, settings and tokens
    in_workspace("pages:history", LEADERS),
    in_workspace("pages:workspace_settings", ADMINS),
    in_workspace("pages:holiday_add", ADMINS, post={}),
    in_workspace("pages:holidays_take", ADMINS, post={}),
    in_workspace("pages:holiday_remove", ADMINS, holiday_id="holiday", post={}),
    in_workspace("pages:rates", ADMINS),
    in_workspace("pages:rate_remove", ADMINS, rate_id="rate", post={}),
    in_workspace("pages:tokens", EVERYONE),
    in_workspace("pages:token_revoke", EVERYONE, token_id="own_token", post={}),
    # the ways in
    public("pages:invitation", gives=404, token="inv_unknown"),
    public("pages:demo_sign_in", gives=404, post={"persona": "leader"}),
    public("account_login"),
    public("account_logout"),
    public("account_inactive"),
    public("account_signup"),
    signed_in("account_change_password"),
    public("account_reset_password"),
    public("account_reset_password_done"),
    public("account_reset_password_from_key", uidb36="1", key="not-a-key"),
    public("account_reset_password_from_key_done"),
    # API
    in_api("api:root", EVERYONE),
    public("api:schema"),  # the description, not the data
    in_api("api:workspaces", EVERYONE),
    in_api("api:workspace", EVERYONE, slug="acme"),
    in_api("api:kpis", EVERYONE),
    in_api("api:kpi", EVERYONE, key="win_rate"),
    in_api("api:kpi_rows", MANAGERS, key="win_rate"),
    in_api("api:goals", EVERYONE),
    in_api("api:goal", EVERYONE, goal_id="goal"),
    in_api("api:actuals", EVERYONE, goal_id="goal"),
    in_api("api:imports", MANAGERS),
    in_api("api:import", MANAGERS, import_id="batch"),
    in_api("api:nothing_here", EVERYONE, gives=404, rest="whatever"),
]
