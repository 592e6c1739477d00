"""Where the statuses of a workspace begin."""

from decimal import Decimal

from django.db import transaction

from apps.audit.services import record
from apps.common.money import format_figure
from apps.goals import models, rules
from apps.goals.case import Thresholds
from apps.goals.queries import thresholds_of
from apps.goals.rules import Problems, Typed
from apps.goals.services.parts import plain
from apps.people.models import Member, Workspace

# The lower line of each pair has to be below the upper one.
PAIRS = (("at_risk_from", "on_track_from"), ("possible_from", "likely_from"))
LOWEST, HIGHEST = Decimal("0.01"), Decimal(1)


@transaction.atomic
def set_thresholds(*, workspace: Workspace, by: Member | None, **given: Typed) -> Thresholds:
    """Choose them anew; what is not given stays. Statuses change with the next recompute, which the caller asks for.

    Shares are fractions; text is read as percent.
    """
    Workspace.objects.select_for_update().filter(pk=workspace.pk).first()
    problems, before = Problems(), thresholds_of(workspace)
    wanted = before._replace(**{name: _share(name, typed, problems) for name, typed in given.items()})
    if not problems.found:
        _check(wanted, problems)
    problems.refuse()
    if wanted == before:
        return before
    models.Thresholds.objects.update_or_create(workspace=workspace, defaults={**wanted._asdict(), "set_by": by})
    changed = [name for name in Thresholds._fields if getattr(wanted, name) != getattr(before, name)]
    record(
        workspace=workspace,
        actor=by.user if by else None,
        action="workspace.thresholds",
        subject=workspace,
        before={name: plain(getattr(before, name)) for name in changed},
        after={name: plain(getattr(wanted, name)) for name in changed},
    )
    return wanted


def _share(name: str, typed: Typed, problems: Problems) -> Decimal:
    if isinstance(typed, str) and typed.strip() and "%" not in typed:
        typed = f"{typed} %"
    number = rules.parsed(typed, "percent", "", name, problems)
    if number is None:
        problems.add(name, "Give a share, for example 95 %.")
        return HIGHEST
    return round(number, 4)


def _check(wanted: Thresholds, problems: Problems) -> None:
    for name, share in wanted._asdict().items():
        lowest = Decimal(0) if name == "early_until" else LOWEST
        if not lowest <= share <= HIGHEST:
            problems.add(name, f"Choose a share from {format_figure(lowest, 'percent')} to 100 %.")
    for lower, upper in PAIRS:
        if getattr(wanted, lower) >= getattr(wanted, upper):
            line = format_figure(getattr(wanted, upper), "percent")
            problems.add(lower, f"This has to be below the {line} from which a goal is on track.")
