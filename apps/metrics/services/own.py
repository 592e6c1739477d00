"""Own KPIs: built, changed from a day on, withdrawn, archived. Definitions are only ever added."""

import re
import unicodedata
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from apps.audit.services import record
from apps.common.dates import day_told
from apps.metrics.catalogue import BUILT_IN, Kpi
from apps.metrics.models import OwnKpi, OwnKpiVersion
from apps.metrics.own.checks import NEW, Checked, check
from apps.metrics.own.definition import Definition
from apps.metrics.own.formula import folded
from apps.metrics.own.problems import OwnKpiRefusal, Problems
from apps.metrics.own_preview import setting_of
from apps.metrics.own_queries import definition_of, newest_of
from apps.metrics.own_uses import uses_of
from apps.people.models import Member, Workspace

LONGEST_NAME = 80
LONGEST_KEY = 50
LONGEST_WHAT = 300
MOST = 200  # own KPIs of a workspace
RESERVED = frozenset({"own", "new", NEW})
_NO_NAME = re.compile(r"[\x00-\x1f\x7f\[\]:]")


@transaction.atomic
def build_own_kpi(
    *, workspace: Workspace, by: Member | None, now: datetime, today: date, name: str, definition: Definition
) -> OwnKpi:
    """A new KPI of the workspace; its first definition holds for all days. Raises OwnKpiRefusal."""
    _lock(workspace)
    name = " ".join(name.split())
    checked = _checked(workspace, definition, name, key="")
    own = OwnKpi.objects.create(workspace=workspace, key=_free_key(workspace, name), name=name, created_by=by)
    what = "First definition."
    _add_version(own, by, now, 1, today, checked.definition, what, restates=False)
    _record(own, by, "own_kpi.build", {}, {"name": name, "definition": checked.kpi.in_words})
    return own


@transaction.atomic
def change_own_kpi(
    *,
    own: OwnKpi,
    by: Member | None,
    now: datetime,
    today: date,
    name: str,
    definition: Definition,
    what: str,
    effective_from: date | None,
    restates: bool = False,
) -> OwnKpiVersion | None:
    """A new definition from a day on; with `restates` for all days. A new name alone needs no new version: None."""
    own = _locked(own)
    _require_in_use(own)
    name = " ".join(name.split())
    before = newest_of(own)
    problems = Problems()
    checked = None
    try:
        checked = _checked(
            own.workspace, definition, name, key=own.key, unit=before.definition["unit"], restates=restates
        )
    except OwnKpiRefusal as refused:
        for field, sentence in refused.problems.items():
            problems.add(field, sentence)
    changed = checked is None or checked.definition != definition_of(before) or restates
    first_day = today if restates else effective_from
    if changed:
        _check_version(what, first_day, before, today, problems, restates=restates)
    elif name == own.name:
        problems.add("", "Nothing is different from the definition there is.")
    problems.refuse()
    assert checked is not None
    if name != own.name:
        _rename(own, by, name)
    if not changed:
        return None
    assert first_day is not None
    number = max(each.number for each in own.versions.all()) + 1
    version = _add_version(own, by, now, number, first_day, checked.definition, what.strip(), restates=restates)
    told = {"definition": checked.kpi.in_words, "from": str(first_day), "restates": restates, "what": version.what}
    _record(own, by, "own_kpi.change", {"version": before.number}, {"version": number, **told})
    return version


@transaction.atomic
def withdraw_version(*, own: OwnKpi, number: int, by: Member | None, now: datetime, today: date) -> None:
    """Take back a definition that is not in force yet; withdrawing twice changes nothing."""
    own = _locked(own)
    version = own.versions.filter(number=number).first()
    if version is None:
        raise OwnKpiRefusal({"": f"{own.name} has no version {number}."})
    if version.withdrawn_at is not None:
        return
    if version.restates or version.effective_from <= today:
        since = day_told(version.effective_from)
        raise OwnKpiRefusal({"": f"Version {number} is in force since {since}: make a new version instead."})
    version.withdrawn_at = now
    version.save(update_fields=["withdrawn_at"])
    _record(own, by, "own_kpi.withdraw", {"version": number}, {})


@transaction.atomic
def archive_own_kpi(*, own: OwnKpi, by: Member | None, now: datetime) -> None:
    """It is not offered and not computed any more; refused while anything is made of it."""
    own = _locked(own)
    uses = [use.name for use in uses_of(own.workspace, own.key)]
    if uses:
        others = f" and {len(uses) - 5} more" if len(uses) > 5 else ""
        raise OwnKpiRefusal({"": f"{own.name} is used by {', '.join(uses[:5])}{others}: change or close these first."})
    if own.archived_at is None:
        own.archived_at = now
        own.save(update_fields=["archived_at"])
        _record(own, by, "own_kpi.archive", {}, {"name": own.name})


@transaction.atomic
def restore_own_kpi(*, own: OwnKpi, by: Member | None) -> None:
    """Back in use, if what it is made of is still there."""
    own = _locked(own)
    if own.archived_at is None:
        return
    _check_name(own.workspace, own.name, own.key).refuse()
    check(definition_of(newest_of(own)), setting_of(own.workspace), name=own.name, key=own.key)
    own.archived_at = None
    own.save(update_fields=["archived_at"])
    _record(own, by, "own_kpi.restore", {}, {"name": own.name})


def _lock(workspace: Workspace) -> None:
    """One builder at a time, so that two of them cannot make a circle or take the same name."""
    Workspace.objects.select_for_update().filter(pk=workspace.pk).first()


def _locked(own: OwnKpi) -> OwnKpi:
    _lock(own.workspace)
    return OwnKpi.objects.select_related("workspace").prefetch_related("versions").get(pk=own.pk)


def _require_in_use(own: OwnKpi) -> None:
    if own.archived_at is not None:
        raise OwnKpiRefusal({"": f"{own.name} is archived: bring it back to change it."})


def _checked(
    workspace: Workspace, definition: Definition, name: str, *, key: str, unit: str = "", restates: bool = False
) -> Checked:
    """Name and definition, all problems at once."""
    problems = _check_name(workspace, name, key)
    definition = replace(definition, sentence=" ".join(definition.sentence.split()))
    checked = None
    try:
        checked = check(
            definition, setting_of(workspace), name=name or "This KPI", key=key or NEW, unit=unit, restates=restates
        )
    except OwnKpiRefusal as refused:
        for field, sentence in refused.problems.items():
            problems.add(field, sentence)
    problems.refuse()
    assert checked is not None
    return checked


def _check_name(workspace: Workspace, name: str, key: str) -> Problems:
    problems = Problems()
    others = OwnKpi.objects.filter(workspace=workspace, archived_at__isnull=True).exclude(key=key)
    if not name:
        problems.add("name", "Give the KPI a name.")
    elif len(name) > LONGEST_NAME:
        problems.add("name", f"The name has {len(name)} characters; {LONGEST_NAME} is the most.")
    elif _NO_NAME.search(name):
        problems.add("name", "A name has no square brackets and no colon, which mean something in formulas.")
    elif folded(name) in _names_of(BUILT_IN.each()) or folded(name) in {folded(other) for other in _own_names(others)}:
        problems.add("name", f"There is a KPI called {name} already: choose another name.")
    elif not key and others.count() >= MOST:
        problems.add("", f"A workspace has at most {MOST} own KPIs: archive those that nobody reads.")
    return problems


def _names_of(kpis: list[Kpi]) -> set[str]:
    return {folded(each) for kpi in kpis for each in (kpi.name, kpi.key)}


def _own_names(others: Any) -> set[str]:
    return {each for pair in others.values_list("name", "key") for each in pair}


def _free_key(workspace: Workspace, name: str) -> str:
    """From the name in plain letters; with a number behind it where it is taken, also by an archived one."""
    parted = "".join(sign if sign.isalnum() or unicodedata.combining(sign) else " " for sign in _decomposed(name))
    plain = parted.encode("ascii", "ignore").decode().lower()
    wanted = "_".join(plain.split())[:LONGEST_KEY].rstrip("_")
    wanted = wanted if wanted[:1].isalpha() else f"kpi_{wanted}".rstrip("_")
    taken = {kpi.key for kpi in BUILT_IN.each()} | RESERVED
    taken |= set(OwnKpi.objects.filter(workspace=workspace).values_list("key", flat=True))
    found, number = wanted, 2
    while found in taken or found in ("and", "or", "not"):
        found, number = f"{wanted}_{number}", number + 1
    return found


def _decomposed(name: str) -> str:
    return unicodedata.normalize("NFKD", name)


def _check_version(
    what: str, first_day: date | None, before: OwnKpiVersion, today: date, problems: Problems, *, restates: bool
) -> None:
    if not what.strip():
        problems.add("what", "Say what changes and why: it stands beside the break in every chart.")
    elif len(what.strip()) > LONGEST_WHAT:
        problems.add("what", f"This has {len(what.strip())} characters; {LONGEST_WHAT} is the most.")
    if restates:
        return
    if first_day is None:
        problems.add("effective_from", "Give the first day of the new definition.")
    elif first_day < today:
        problems.add(
            "effective_from",
            "From a day in the past it would change numbers that people know: choose a day from today on, "
            "or have it hold for all days.",
        )
    elif first_day <= before.effective_from:
        since = day_told(before.effective_from)
        problems.add("effective_from", f"Version {before.number} holds from {since}: choose a later day.")


def _add_version(
    own: OwnKpi,
    by: Member | None,
    now: datetime,
    number: int,
    first_day: date,
    definition: Definition,
    what: str,
    *,
    restates: bool,
) -> OwnKpiVersion:
    return OwnKpiVersion.objects.create(
        kpi=own,
        number=number,
        effective_from=first_day,
        restates=restates,
        definition=definition.as_json(),
        what=what,
        made_by=by,
        made_at=now,
    )


def _rename(own: OwnKpi, by: Member | None, name: str) -> None:
    before, own.name = own.name, name
    own.save(update_fields=["name"])
    _record(own, by, "own_kpi.rename", {"name": before}, {"name": name})


def _record(own: OwnKpi, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(
        workspace=own.workspace,
        actor=by.user if by else None,
        action=action,
        subject=own,
        before=before,
        after=after,
    )
