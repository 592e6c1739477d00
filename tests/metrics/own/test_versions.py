"""A definition holds from a day on: what is past keeps its numbers, unless somebody asks for it to be restated."""

from datetime import date, timedelta
from typing import Any

import pytest

from apps.audit.queries import events_of
from apps.datasets.queries import snapshots
from apps.metrics.engine import Org, Request, compute_requests
from apps.metrics.engine.behind import Wanted, rows_behind
from apps.metrics.models import OwnKpi, OwnKpiVersion
from apps.metrics.own.definition import Definition
from apps.metrics.own.problems import OwnKpiRefusal
from apps.metrics.own_queries import own_kpi_for, own_kpis_of
from apps.metrics.services.own import archive_own_kpi, change_own_kpi, restore_own_kpi, withdraw_version
from apps.people.models import Member, Workspace
from tests.metrics.own.conftest import NOW, TODAY, Build, filtered
from tests.metrics.own.test_values import computed

WON = Definition(measure=filtered(("outcome", "is", "won")))
LOST = Definition(measure=filtered(("outcome", "is", "lost")))
CLOSED = Definition(measure=filtered(("outcome", "one_of", "won|lost")))
SECOND_QUARTER = date(2026, 4, 1)


def changed(own: OwnKpi, definition: Definition | str, day: date | None = None, **more: Any) -> OwnKpiVersion | None:
    """As if it were said the day before it begins."""
    given = Definition(text=definition) if isinstance(definition, str) else definition
    today = (day or TODAY) - timedelta(days=1)
    return change_own_kpi(
        own=own, by=None, now=NOW, definition=given,
        **{"name": own.name, "what": "Counted otherwise", "effective_from": day, "today": today} | more,
    )  # fmt: skip


@pytest.fixture
def dated(deals: Workspace, build: Build) -> OwnKpi:
    """Won deals (Q1 3, Q2 2) until March, from April those lost (Q1 1, Q2 1)."""
    own = build("Deals", WON)
    OwnKpiVersion.objects.update(effective_from=date(2026, 1, 1))
    changed(own, LOST, SECOND_QUARTER)
    return own


def by_quarter(workspace: Workspace, key: str) -> list[float | None]:
    return [row["value"] for row in computed(workspace, key, grain="quarter")]


def test_a_period_is_computed_by_the_definition_of_its_first_day(dated: OwnKpi) -> None:
    assert by_quarter(dated.workspace, "deals") == [3, 1]
    assert [row["value"] for row in computed(dated.workspace, "deals", grain="month")] == [1, 1, 1, 0, 1]


def test_goals_and_rows_take_the_same_definition(dated: OwnKpi) -> None:
    (kpi,) = own_kpis_of(dated.workspace)
    live = snapshots(workspace=dated.workspace, tables=kpi.tables)
    quarters = [(date(2026, 1, 1), SECOND_QUARTER), (SECOND_QUARTER, date(2026, 7, 1))]
    requests = [
        Request(id=at, kpi=kpi.ref, scope="workspace", scope_id=None, start=start, end=end, points=())
        for at, (start, end) in enumerate(quarters)
    ]
    answers = compute_requests(live, requests, Org(), {kpi.ref: kpi})
    assert [answers[at].figure.value for at in (0, 1)] == [3, 1]
    behind = [
        rows_behind(live, Wanted(kpi, "workspace", None, *quarter, offset=0, size=5, sort=None), Org())
        for quarter in quarters
    ]
    assert [(each.figure.value, each.included) for each in behind] == [(3, 3), (1, 1)]


def test_restating_is_only_on_request_and_for_all_days(dated: OwnKpi) -> None:
    changed(dated, CLOSED, restates=True)
    assert by_quarter(dated.workspace, "deals") == [4, 3]
    (kpi,) = own_kpis_of(dated.workspace)
    assert [mark.number for mark in kpi.versions] == [3]


def test_what_is_made_of_it_changes_on_the_same_day_and_says_so(dated: OwnKpi, build: Build) -> None:
    build("Twice", "deals * 2")
    OwnKpiVersion.objects.filter(kpi__key="twice").update(effective_from=date(2026, 1, 1))
    assert by_quarter(dated.workspace, "twice") == [6, 2]
    twice = next(kpi for kpi in own_kpis_of(dated.workspace) if kpi.key == "twice")
    assert twice.versions[-1].effective_from == SECOND_QUARTER
    assert twice.versions[-1].what == "“Deals”, which it is made of, changed: Counted otherwise"


def test_the_objects_stay_the_same_until_something_changes(dated: OwnKpi) -> None:
    (before,) = own_kpis_of(dated.workspace)
    assert own_kpis_of(dated.workspace)[0] is before
    changed(dated, CLOSED, date(2026, 8, 1))
    (after,) = own_kpis_of(dated.workspace)
    assert after is not before
    assert after.at(date(2026, 5, 1)).in_words == before.at(date(2026, 5, 1)).in_words


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"day": TODAY, "today": TODAY + timedelta(days=1)}, "effective_from", "choose a day from today on"),
        ({"day": SECOND_QUARTER}, "effective_from", "Version 2 holds from 1 Apr 2026: choose a later day."),
        ({"day": None}, "effective_from", "Give the first day"),
        ({"day": date(2026, 8, 1), "what": " "}, "what", "Say what changes and why"),
        ({"day": date(2026, 8, 1), "what": "x" * 301}, "what", "300 is the most"),
        ({"day": date(2026, 8, 1), "name": "Revenue"}, "name", "There is a KPI called Revenue already"),
    ],
)
def test_what_a_new_version_must_say(dated: OwnKpi, change: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(OwnKpiRefusal) as refused:
        changed(dated, CLOSED, **change)
    assert sentence in refused.value.problems[field]
    assert dated.versions.count() == 2


def test_the_unit_stays(dated: OwnKpi) -> None:
    money = Definition(measure=filtered(aggregate="sum", column="amount"))
    with pytest.raises(OwnKpiRefusal, match="Deals is a count, and targets are set in it; this is money"):
        changed(dated, money, date(2026, 8, 1))


def test_a_version_that_is_not_in_force_can_be_taken_back(dated: OwnKpi) -> None:
    changed(dated, CLOSED, date(2026, 8, 1))
    withdraw_version(own=dated, number=3, by=None, now=NOW, today=TODAY)
    withdraw_version(own=dated, number=3, by=None, now=NOW, today=TODAY)
    (kpi,) = own_kpis_of(dated.workspace)
    assert kpi.version == 2
    with pytest.raises(OwnKpiRefusal, match="Version 2 is in force since 1 Apr 2026"):
        withdraw_version(own=dated, number=2, by=None, now=NOW, today=TODAY)
    changed(dated, CLOSED, date(2026, 8, 1))
    assert [each.number for each in own_kpi_for(dated.workspace, "deals").versions.all()] == [1, 2, 3, 4]


def test_a_new_name_is_no_new_version_and_the_key_stays(dated: OwnKpi) -> None:
    assert changed(dated, LOST, None, name="Lost deals") is None
    (kpi,) = own_kpis_of(dated.workspace)
    assert (kpi.key, kpi.name, kpi.version) == ("deals", "Lost deals", 2)


def test_a_circle_is_spelled_out(deals: Workspace, build: Build) -> None:
    first = build("First", WON)
    build("Second", "first * 2")
    build("Third", "second / 3")
    with pytest.raises(OwnKpiRefusal, match="made of itself: First → Third → Second → First"):
        changed(first, "third + 0 * third", TODAY)
    with pytest.raises(OwnKpiRefusal, match="made of itself: First → First"):
        changed(first, "first * 2", TODAY)


def test_a_formula_does_not_grow_beyond_what_can_be_read(deals: Workspace, build: Build) -> None:
    small = build("Small", WON)
    build("Large", " + ".join(["small"] * 99))
    with pytest.raises(OwnKpiRefusal, match="more than 400 parts"):
        build("Larger", " + ".join(["large"] * 3))
    build("Other", WON)
    with pytest.raises(OwnKpiRefusal, match="“Large” is made of this KPI and would have more than 400 parts"):
        changed(small, "other + other + other + other", TODAY)


def test_keys_are_free_plain_and_never_those_of_the_catalogue(deals: Workspace, build: Build) -> None:
    names = {"Chiffre d’affaires": "chiffre_d_affaires", "売上": "kpi", "2nd try": "kpi_2nd_try", "Own": "own_2"}
    for name, key in names.items():
        assert build(name, WON).key == key
    archived = build("Deals", WON)
    archive_own_kpi(own=archived, by=None, now=NOW)
    assert build("Deals", WON).key == "deals_2"
    with pytest.raises(OwnKpiRefusal, match="There is a KPI called Deals already"):
        restore_own_kpi(own=archived, by=None)


def test_everything_is_on_the_audit_trail(dated: OwnKpi, manager: Member) -> None:
    changed(dated, CLOSED, date(2026, 8, 1))
    withdraw_version(own=dated, number=3, by=manager, now=NOW, today=TODAY)
    archive_own_kpi(own=dated, by=manager, now=NOW)
    restore_own_kpi(own=dated, by=manager)
    actions = [event.action for event in events_of(dated.workspace, subject=dated)][::-1]
    assert actions == [
        "own_kpi.build", "own_kpi.change", "own_kpi.change", "own_kpi.withdraw", "own_kpi.archive", "own_kpi.restore",
    ]  # fmt: skip
    assert events_of(dated.workspace, subject=dated)[0].actor == manager.user
