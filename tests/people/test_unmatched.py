"""Owners in the data who are no member: how names match, who is unmatched, and what is remembered of it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.audit.models import Event
from apps.datasets.models import Import
from apps.datasets.services import receive_file, run_import, undo_import
from apps.datasets.unmatched import how_many_unmatched, unmatched, unmatched_of_import
from apps.metrics.queries import compute
from apps.people import services
from apps.people.errors import PeopleRefusal
from apps.people.models import Member, Resolution, Workspace
from apps.people.queries import owner_texts
from apps.refresh.due import MOVES_FIGURES

TODAY = date(2026, 1, 1)
HEADER = "id,owner,outcome,created_on,closed_on,amount\n"

Bring = Callable[..., Import]


@pytest.fixture
def bring(workspace: Workspace, tmp_path: Path, settings: Any) -> Bring:
    settings.DATA_DIR = tmp_path / "data"

    def bring_in(owners: list[str], table: str = "deals") -> Import:
        rows = "".join(
            f'{table}{number},"{owner}",won,2025-01-01,2025-03-0{number % 9 + 1},100\n'
            for number, owner in enumerate(owners)
        )
        path = tmp_path / "deals.csv"
        path.write_text(HEADER + rows)
        batch = receive_file(
            workspace=workspace, table=table, source=path, file_name="deals.csv", mapping=None, by=None
        )
        run_import(import_id=batch.pk, today=TODAY)
        return Import.objects.get(pk=batch.pk)

    return bring_in


def names(workspace: Workspace) -> list[tuple[str, int]]:
    return [(each.text, each.rows) for each in unmatched(workspace)]


@pytest.mark.parametrize(
    "written",
    ["Rita Evans", "  rita   EVANS ", "Evans, Rita", "EVANS, rita", "rita@acme.example"],
)
def test_a_name_means_its_member_however_a_file_writes_it(rep: Member, written: str, bring: Bring) -> None:
    bring([written])
    assert names(rep.workspace) == []


def test_a_name_means_its_member_without_accents_too(workspace: Workspace, bring: Bring) -> None:
    services.add_member(workspace=workspace, name="José Ángel Ruiz", by=None)
    bring(["Jose Angel Ruiz", "ruiz, jose angel", "Ángel Ruiz, José"])
    assert names(workspace) == []


def test_a_name_that_somebody_has_is_theirs_even_if_it_is_another_one_without_accents(workspace: Workspace) -> None:
    plain = Member.objects.create(workspace=workspace, name="Jose Ruiz")
    accented = Member.objects.create(workspace=workspace, name="José Ruiz")
    found = owner_texts(workspace)
    assert (found["jose ruiz"], found["josé ruiz"]) == (plain.pk, accented.pk)
    assert found["ruiz, josé"] == accented.pk
    assert "ruiz, jose" not in found  # it could be either


def test_unmatched_owners_are_listed_with_their_rows_and_whom_they_may_be(rep: Member, bring: Bring) -> None:
    bring(["R. Evans", "R. Evans", "r. evans", "Zoe Quist 60%; Rita Evans 40%", "Rita Evans"])
    first, second = unmatched(rep.workspace)
    assert (first.text, first.rows, first.tables[0].amount) == ("R. Evans", 3, Decimal(300))
    assert [each.name for each in first.suggestions] == ["Rita Evans"]
    assert first.suggestions[0].why == "the same initials"
    assert (second.text, second.rows, second.suggestions) == ("Zoe Quist", 1, ())
    assert how_many_unmatched(rep.workspace) == (2, 4)


def test_what_is_said_once_is_remembered_for_every_later_file(rep: Member, admin: Member, bring: Bring) -> None:
    bring(["Revans", "Queue"])
    workspace = rep.workspace
    services.resolve_as_member(workspace=workspace, texts=["Revans"], member=rep, by=admin)
    services.resolve_as_nobody(workspace=workspace, texts=["Queue"], by=admin)
    assert names(workspace) == []
    later = bring(["REVANS", "queue", "Nova Key"])
    assert unmatched_of_import(workspace, "deals", later.pk) == [("Nova Key", 1)]
    (warning,) = later.issues.filter(kind="unmatched")
    assert warning.message.startswith("1 owner (1 row) is no member: `Nova Key`.")


def test_rows_of_nobody_count_in_the_total_and_for_the_person_once_resolved(
    rep: Member, admin: Member, bring: Bring
) -> None:
    bring(["Revans", "Rita Evans"])
    workspace = rep.workspace

    def of(group: str | None) -> Decimal | None:
        found = compute(workspace=workspace, kpi="revenue", variant="deals", by="owner" if group else None)
        return next((each.figure.value for each in found if each.group == group), None)

    assert of(None) == 200
    assert of("Rita Evans") == 100
    services.resolve_as_member(workspace=workspace, texts=["Revans"], member=rep, by=admin)
    assert (of(None), of("Rita Evans")) == (200, 200)
    actions = set(Event.objects.values_list("action", flat=True))
    assert any(action.startswith(MOVES_FIGURES) for action in actions)


def test_several_new_people_are_added_at_once(workspace: Workspace, admin: Member, bring: Bring) -> None:
    bring(["Nova Key", "Pia Ross", "Queue"])
    assert services.resolve_as_new(workspace=workspace, texts=["Nova Key", "Pia Ross"], by=admin) == 2
    assert set(workspace.members.filter(user=None).values_list("name", flat=True)) == {"Nova Key", "Pia Ross"}
    assert names(workspace) == [("Queue", 1)]


def test_every_resolution_can_be_taken_back(rep: Member, admin: Member, bring: Bring) -> None:
    workspace = rep.workspace
    bring(["Revans", "Nova Key", "Queue"])
    services.resolve_as_member(workspace=workspace, texts=["Revans"], member=rep, by=admin)
    services.resolve_as_new(workspace=workspace, texts=["Nova Key"], by=admin)
    services.resolve_as_nobody(workspace=workspace, texts=["Queue"], by=admin)
    for resolution in Resolution.objects.all():
        services.undo_resolution(resolution=resolution, by=admin)
    assert {name for name, _ in names(workspace)} == {"Revans", "Nova Key", "Queue"}
    rep.refresh_from_db()
    assert rep.aliases == []
    assert not workspace.members.filter(name="Nova Key").exists()
    with pytest.raises(PeopleRefusal, match="taken back already"):
        services.undo_resolution(resolution=Resolution.objects.all()[0], by=admin)


def test_a_person_who_has_a_team_by_now_stays(workspace: Workspace, admin: Member, north: Any, bring: Bring) -> None:
    bring(["Nova Key"])
    services.resolve_as_new(workspace=workspace, texts=["Nova Key"], by=admin)
    services.move_member(member=workspace.members.get(name="Nova Key"), team=north, on=TODAY, by=admin)
    with pytest.raises(PeopleRefusal, match="by now, so they stay"):
        services.undo_resolution(resolution=Resolution.objects.get(), by=admin)
    assert workspace.members.filter(name="Nova Key").exists()


def test_what_cannot_be_resolved_is_refused_in_words(rep: Member, admin: Member, outsider: Member) -> None:
    workspace = rep.workspace
    with pytest.raises(PeopleRefusal, match="at least one"):
        services.resolve_as_nobody(workspace=workspace, texts=[" "], by=admin)
    with pytest.raises(PeopleRefusal, match="resolved meanwhile"):
        services.resolve_as_new(workspace=workspace, texts=["evans, rita"], by=admin)
    with pytest.raises(PeopleRefusal, match="not in this workspace"):
        services.resolve_as_member(workspace=workspace, texts=["X"], member=outsider, by=admin)


def test_the_trail_keeps_no_address(workspace: Workspace, admin: Member) -> None:
    services.resolve_as_nobody(workspace=workspace, texts=["queue@acme.example"], by=admin)
    event = Event.objects.get(action="owner.resolve")
    assert "queue" not in f"{event.subject}{event.before}{event.after}"


def test_rows_of_an_undone_import_are_not_asked_about(workspace: Workspace, bring: Bring) -> None:
    batch = bring(["Nova Key"])
    undo_import(batch=batch, by=None)
    assert names(workspace) == []
    assert unmatched_of_import(workspace, "deals", batch.pk) == []


def test_nobody_sees_the_owners_of_another_workspace(
    workspace: Workspace, other_workspace: Workspace, bring: Bring
) -> None:
    bring(["Nova Key"])
    assert names(other_workspace) == []
