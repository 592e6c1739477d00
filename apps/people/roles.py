"""What each role may do, as lists to be read. Rules about one's own things are in permissions.py."""

from enum import StrEnum

from django.db import models


class Permission(StrEnum):
    SEE_WORKSPACE = "see_workspace"  # KPIs, the company's goals, own goals and those of own teams
    SEE_ALL_GOALS = "see_all_goals"  # every team's and person's goals
    CHECK_IN_OWN = "check_in_own"  # check-ins on goals one owns
    PROPOSE_TARGET = "propose_target"  # propose, not set, a target for a goal one owns
    MANAGE_TEAM_GOALS = "manage_team_goals"  # create, edit, close goals of teams one belongs to, and below
    MANAGE_ALL_GOALS = "manage_all_goals"
    SEE_IMPORTS = "see_imports"
    IMPORT_DATA = "import_data"  # bring data in, undo an import
    MANAGE_SOURCES = "manage_sources"  # sources on a schedule, warehouse tables, their credentials
    RECOMPUTE = "recompute"
    DEFINE_KPIS = "define_kpis"  # choose a KPI's table, give the numbers it needs, build own KPIs
    MANAGE_PEOPLE = "manage_people"  # invite, teams, roles, leavers
    MANAGE_WORKSPACE = "manage_workspace"  # name, calendar, currency
    SEE_AUDIT = "see_audit"


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    LEADER = "leader", "Leader"
    MANAGER = "manager", "Manager"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


VIEWER = [Permission.SEE_WORKSPACE]
MEMBER = [*VIEWER, Permission.CHECK_IN_OWN, Permission.PROPOSE_TARGET]
MANAGER = [
    *MEMBER,
    Permission.SEE_ALL_GOALS,
    Permission.MANAGE_TEAM_GOALS,
    Permission.SEE_IMPORTS,
    Permission.IMPORT_DATA,
    Permission.RECOMPUTE,
    Permission.DEFINE_KPIS,
]
LEADER = [*MANAGER, Permission.MANAGE_ALL_GOALS, Permission.MANAGE_SOURCES, Permission.SEE_AUDIT]
ADMIN = list(Permission)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(ADMIN),
    Role.LEADER: frozenset(LEADER),
    Role.MANAGER: frozenset(MANAGER),
    Role.MEMBER: frozenset(MEMBER),
    Role.VIEWER: frozenset(VIEWER),
}
