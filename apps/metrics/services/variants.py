"""Of several tables that can give a KPI, the one this workspace takes it from."""

from django.db import transaction

from apps.audit.services import record
from apps.metrics.models import KpiChoice
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Workspace


@transaction.atomic
def choose_variant(*, workspace: Workspace, by: Member | None, key: str, variant: str) -> KpiChoice:
    """Pages and new goals take the KPI from here on. Goals that are set keep theirs. Raises UnknownKpi.

    Choosing what is chosen already writes nothing.
    """
    Workspace.objects.select_for_update().filter(pk=workspace.pk).first()
    definitions = definitions_of(workspace)
    wanted = definitions.get(key, variant)
    choice = KpiChoice.objects.filter(workspace=workspace, key=wanted.key).first()
    if choice and choice.variant == wanted.variant:
        return choice
    before = definitions.default(wanted.key).variant
    choice = choice or KpiChoice(workspace=workspace, key=wanted.key)
    choice.variant = wanted.variant
    choice.save()
    record(
        workspace=workspace,
        actor=by.user if by else None,
        action="kpi.choose_variant",
        subject=choice,
        before={"kpi": wanted.key, "variant": before},
        after={"kpi": wanted.key, "variant": wanted.variant},
    )
    return choice
