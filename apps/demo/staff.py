"""The people and teams of the demo, made by the services of the people room."""

from dataclasses import dataclass
from datetime import date

from apps.common.periods import Grain, add_months, period_of
from apps.demo import cast
from apps.people import services as people
from apps.people.models import Member, Team, User, Workspace
from apps.people.roles import Role


@dataclass(frozen=True, slots=True)
class Staff:
    """Members and teams by name, and the day on which one rep went from Team Alpine to Team Harbour."""

    leader: Member
    members: dict[str, Member]
    teams: dict[str, Team]
    moved_on: date

    @property
    def importer(self) -> Member:
        return self.members[cast.MANAGERS[cast.ALPINE][0]]

    def owner_for(self, subject: str) -> Member:
        """Who answers for a goal: the person, the team's manager, the leader."""
        if subject in self.members:
            return self.members[subject]
        return self.members[cast.MANAGERS[subject][0]] if subject in cast.MANAGERS else self.leader


def day_of_the_move(today: date) -> date:
    """The first day of the quarter a year ago."""
    return add_months(period_of(today, Grain.QUARTER).start, -12)


def team_of(rep: str, day: date, moved_on: date) -> str:
    if rep == cast.MOVED and day < moved_on:
        return cast.ALPINE
    return next(each.team for each in cast.REPS if each.name == rep)


def make_workspace() -> Workspace:
    """The workspace with its first member, the admin."""
    name, mailbox = cast.ADMIN
    workspace = people.create_workspace(name=cast.WORKSPACE, owner_email=address(mailbox), is_demo=True)
    people.edit_member(member=workspace.members.get(), name=name, aliases=(), by=None)
    return workspace


def make_staff(workspace: Workspace, today: date) -> Staff:
    moved_on = day_of_the_move(today)
    joined_on = add_months(moved_on, -36)
    company = people.add_team(workspace=workspace, name=cast.COMPANY, by=None)
    below = [people.add_team(workspace=workspace, name=name, by=None, parent=company) for name in cast.MANAGERS]
    teams = {team.name: team for team in (company, *below)}
    leader = _member(workspace, *cast.LEADER, Role.LEADER, company, joined_on)
    members = [leader]
    for managed, (name, mailbox) in cast.MANAGERS.items():
        members.append(_member(workspace, name, mailbox, Role.MANAGER, teams[managed], joined_on))
    for rep in cast.REPS:
        team = teams[team_of(rep.name, joined_on, moved_on)]
        members.append(_member(workspace, rep.name, rep.mailbox, Role.MEMBER, team, joined_on))
    staff = Staff(leader, {member.name: member for member in members}, teams, moved_on)
    people.move_member(member=staff.members[cast.MOVED], team=teams[cast.HARBOUR], on=moved_on, by=leader)
    return staff


def address(mailbox: str) -> str:
    return f"{mailbox}@demo.example"


def _member(workspace: Workspace, name: str, mailbox: str, role: Role, team: Team, joined_on: date) -> Member:
    """With an unusable password: the demo is entered by its one-click personas only."""
    user = User.objects.filter(email=address(mailbox)).first() or User.objects.create_user(address(mailbox), name=name)
    return people.add_member(
        workspace=workspace, name=name, by=None, role=role, user=user, team=team, joined_on=joined_on
    )
