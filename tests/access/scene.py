"""One of each thing an address can name, in the workspace of the cast."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from apps.datasets.models import Dataset, Import, SavedMapping, Source, WarehouseTable
from apps.datasets.queries import rejects_path
from apps.datasets.services.mappings import remove_mapping, save_mapping
from apps.datasets.uploads import upload_of
from apps.goals.models import Goal, KpiBenchmark, Phasing, PlanCell, TargetPlan, TargetVersion
from apps.metrics.models import GivenNumber, JudgedSignal
from apps.metrics.own.definition import Definition, Measure
from apps.metrics.services.own import build_own_kpi
from apps.people import services
from apps.people.models import Absence, ApiToken, ExchangeRate, Holiday, Invitation, Member, Resolution, Team


@dataclass(frozen=True)
class Scene:
    members: dict[str, Member]  # by role
    outsider: Member
    gone: Member  # was a leader
    somebody: Member  # in the workspace, without sign-in
    team: Team
    goal: Goal  # of the whole company
    team_goal: Goal
    waiting_target: TargetVersion
    absence: Absence
    batch: Import
    invitation: Invitation
    resolution: Resolution
    holiday: Holiday
    number: GivenNumber
    rate: ExchangeRate
    judged: JudgedSignal
    source: Source
    warehouse: WarehouseTable
    saved_mapping: SavedMapping
    removed_mapping: SavedMapping
    plan: TargetPlan  # proposed, with a row of the rep
    percentages: Phasing
    benchmark: KpiBenchmark
    removed_benchmark: KpiBenchmark

    def arguments(self, named: dict[str, str], *, of: Member | None = None) -> dict[str, object]:
        """What `reverse` needs: ids of things of the scene where an argument ends in _id."""
        return {key: self._thing(name, of).pk if key.endswith("_id") else name for key, name in named.items()}

    def _thing(self, name: str, of: Member | None):
        if name == "own_token":
            owner = of if of and of.workspace_id == self.somebody.workspace_id else self.members["admin"]
            return ApiToken.objects.get_or_create(member=owner, defaults={"name": "own", "digest": f"d{owner.pk}"})[0]
        return getattr(self, name)


def make_scene(members: dict[str, Member], gone: Member, outsider: Member, team: Team) -> Scene:
    admin, workspace = members["admin"], team.workspace
    period = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 4, 1), "kpi": "win_rate", "workspace": workspace}
    own_kpi = Definition(measure=Measure("deals", "count", date="closed_on"))
    build_own_kpi(
        workspace=workspace, by=admin, now=timezone.now(), today=date(2026, 1, 1), name="Won deals", definition=own_kpi
    )
    services.resolve_as_nobody(workspace=workspace, texts=["House account"], by=admin)
    invitation, _ = services.invite(workspace=workspace, email="new@acme.example", by=admin, now=timezone.now())
    somebody = services.add_member(workspace=workspace, name="Sam Ives", by=admin)
    team_goal = Goal.objects.create(
        title="North wins more", scope="team", team=team, owner=members["manager"], **period
    )
    return Scene(
        members=members,
        outsider=outsider,
        gone=gone,
        somebody=somebody,
        team=team,
        goal=Goal.objects.create(title="Win more", scope="workspace", owner=members["leader"], **period),
        team_goal=team_goal,
        waiting_target=TargetVersion.objects.create(
            goal=team_goal, value=1, effective_from=date(2026, 1, 1), state="waiting", asks="down"
        ),
        absence=Absence.objects.create(member=somebody, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 3)),
        percentages=Phasing.objects.create(workspace=workspace, name="Trade", kind="table", weights=["1"]),
        batch=_import(workspace, admin),
        invitation=invitation,
        resolution=workspace.resolutions.get(),
        holiday=services.add_holiday(workspace=workspace, by=admin, day=date(2026, 1, 1)),
        number=GivenNumber.objects.create(
            workspace=workspace,
            name="market_size",
            valid_from=date(2026, 1, 1),
            value=1000,
            source="Census",
            set_at=timezone.now(),
        ),
        rate=services.set_rate(
            workspace=workspace, by=admin, currency="CHF", valid_from=date(2026, 1, 1), rate=Decimal("1.1")
        ),
        judged=JudgedSignal.objects.create(
            workspace=workspace,
            ref="win_rate:deals",
            key="outside:above:2026-03",
            since=date(2026, 3, 1),
            sentence="2026-03 is above the usual range.",
            verdict="confirmed",
            note="New price list",
            judged_at=timezone.now(),
        ),
        source=Source.objects.create(workspace=workspace, name="CRM nightly", kind="push", table="deals"),
        warehouse=WarehouseTable.objects.create(
            workspace=workspace, table="inventory", shown="postgresql://kpi@127.0.0.1:1/kpi"
        ),
        saved_mapping=_mapping(workspace, admin, "CRM export"),
        removed_mapping=_removed(_mapping(workspace, admin, "Old export"), admin),
        plan=_plan(team, members["rep"]),
        benchmark=_benchmark(workspace),
        removed_benchmark=_benchmark(workspace, removed_at=timezone.now()),
    )


def _benchmark(workspace, **more) -> KpiBenchmark:
    days = {"as_of": date(2026, 1, 1), "expires_on": date(2027, 7, 1)}
    return KpiBenchmark.objects.create(workspace=workspace, kpi="win_rate", value=1, source="A survey", **days, **more)


def _plan(team: Team, rep: Member) -> TargetPlan:
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 2, 1)}
    plan = TargetPlan.objects.create(
        workspace=team.workspace, title="January", kpi="revenue", variant="deals", team=team, stage="proposed", **days
    )
    PlanCell.objects.create(plan=plan, person=rep, value=1000, **days)
    return plan


def _mapping(workspace, by: Member, name: str) -> SavedMapping:
    mapping = {"table": "deals", "columns": {"id": "Number"}}
    return save_mapping(workspace=workspace, name=name, table="deals", mapping=mapping, headers=["Number"], by=by).saved


def _removed(saved: SavedMapping, by: Member) -> SavedMapping:
    remove_mapping(saved=saved, by=by)
    return saved


def _import(workspace, by: Member) -> Import:
    """With its file and a rejects file, but without rows in the column store."""
    dataset = Dataset.objects.create(workspace=workspace, table="deals")
    batch = Import.objects.create(
        workspace=workspace,
        dataset=dataset,
        file_name="deals.csv",
        stored_path="uploads/one",
        checksum="0" * 64,
        size=1,
        state=Import.State.UNCHANGED,
        created_by=by,
    )
    upload = upload_of(batch).data
    upload.parent.mkdir(parents=True, exist_ok=True)
    upload.write_text("id\n")
    rejects = rejects_path(batch)
    rejects.parent.mkdir(parents=True, exist_ok=True)
    rejects.write_text("line,reasons\n2,Not a date.\n")
    return batch
