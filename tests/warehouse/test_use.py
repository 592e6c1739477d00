"""A table of PostgreSQL from its connection to the numbers on pages, beside the same rows imported from a file."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from apps.audit.models import Event
from apps.common.errors import Refusal
from apps.common.periods import Grain
from apps.datasets.models import WarehouseTable
from apps.datasets.services import receive_file
from apps.datasets.services import warehouse as services
from apps.datasets.sources.guard import Forbidden
from apps.datasets.store.in_place import NotAnswered
from apps.datasets.warehouse import looking
from apps.datasets.warehouse.tables import relation_of
from apps.goals.models import Goal
from apps.goals.services import create_goal
from apps.metrics.catalogue import BUILT_IN
from apps.metrics.queries import compute, explain
from apps.people.models import Member, Workspace
from apps.refresh.recompute import recompute
from tests.datasets.helpers import bring_in
from tests.warehouse.database import put

pytestmark = [pytest.mark.services, pytest.mark.django_db]

NOW = datetime(2024, 12, 31, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"
COLUMNS = {
    "Deal ID": "integer",
    "rep": "character varying(40)",
    "state": "text",
    "opened": "timestamp with time zone",
    "closed": "timestamp with time zone",
    "value": "numeric(30,6)",
    "odds": "double precision",
    "area": "character(8)",
    "signed": "boolean",
}
# Midnights of other zones, blanks around texts, case, six decimal places, NULL everywhere it may be; lines 7 to 10 are
# rejected by an import: no owner, no such state, closed before it was opened, won without a date.
ROWS: list[tuple[Any, ...]] = [
    (1, " Rita Evans ", "Gewonnen", "2024-01-02 23:30:00+00", "2024-01-31 23:30+00", "100.12345", 0.5, "East", True),
    (2, "rita evans", "WON", "2024-01-02 00:00:00+01", "2024-02-29 22:59:59+00", "50.00005", None, "east", False),
    (3, "Omar Faye", "lost", "2024-01-05 12:00:00+00", "2024-05-20 00:00:00+02", "80", 0.25, None, None),
    (4, "Omar Faye", "open", "2024-05-05 12:00:00+00", None, "70.5", 0.1, "West", True),
    (5, "Omar  Faye", "Gewonnen", None, "2024-06-30 22:00:00+00", None, None, "West", True),
    (6, "Zoë", "void", "2024-01-05 12:00:00+00", "2024-02-01 12:00:00+00", "999", None, "", None),
    (7, None, "won", "2024-01-05 12:00:00+00", "2024-02-01 12:00:00+00", "1", None, "East", None),
    (8, "Omar Faye", "who knows", "2024-01-05 12:00:00+00", "2024-02-01 12:00:00+00", "1", None, "East", None),
    (9, "Omar Faye", "won", "2024-03-05 12:00:00+00", "2024-02-01 12:00:00+00", "1", None, "East", None),
    (10, "Omar Faye", "won", "2024-03-05 12:00:00+00", None, "1", None, "East", None),
]  # fmt: skip
MAPPED = {
    "id": "Deal ID", "owner": "rep", "outcome": "state", "created_on": "opened", "closed_on": "closed",
    "amount": "value", "probability": "odds", "region": "area",
}  # fmt: skip
VALUES = {"outcome": {"Gewonnen": "won"}}


@pytest.fixture
def here(workspace: Workspace) -> Workspace:
    workspace.timezone = BERLIN
    workspace.save()
    return workspace


@pytest.fixture
def deals(address: str, here: Workspace, admin: Member) -> WarehouseTable:
    put(address, "sales.deals", COLUMNS, ROWS)
    return connected(here, admin, address)


def connected(workspace: Workspace, by: Member, address: str) -> WarehouseTable:
    shown = address.replace("postgres://", "postgresql://")
    return services.connect_warehouse(
        workspace=workspace, table="deals", address=shown, password="hunter2", allow_private=True, by=by
    )


def used(deals: WarehouseTable, by: Member) -> WarehouseTable:
    services.map_warehouse(table=deals, relation="sales.deals", columns=MAPPED, values=VALUES, by=by, now=NOW)
    return services.use_warehouse(table=deals, by=by, now=NOW)


def as_a_file() -> str:
    """The same rows as an export of them."""
    lines = [",".join(COLUMNS), *(",".join("" if cell is None else str(cell) for cell in row) for row in ROWS)]
    return "\n".join(lines)


FILE_MAPPING = {"columns": MAPPED, "values": VALUES}


def test_the_same_rows_give_the_same_figures_whatever_their_types(
    deals: WarehouseTable, here: Workspace, other_workspace: Workspace, admin: Member, tmp_path: Path
) -> None:
    other_workspace.timezone = BERLIN
    other_workspace.save()
    outcome = bring_in(other_workspace, tmp_path, as_a_file(), mapping=FILE_MAPPING)
    used(deals, admin)
    assert outcome.new == deals.looked["counted"] == 6
    assert deals.looked["rows"] == 10
    assert {tuple(each) for each in deals.looked["left_out"]} == {
        ("`owner` is blank", 1), ("`outcome` is blank", 1), ("`outcome` is none of open, won, lost, void", 1),
        ("`closed_on` lies before `created_on`", 1), ("`closed_on` is blank, but `outcome` is won or lost", 1),
    }  # fmt: skip
    assert (deals.covers_from, deals.covers_to) == (date(2024, 1, 2), date(2024, 7, 1))
    compared = 0
    for kpi in BUILT_IN.each():
        if kpi.tables != ("deals",):
            continue
        for by in (None, "region", "owner"):
            for grain in (Grain.ALL, Grain.MONTH):
                there = compute(workspace=here, kpi=kpi, grain=grain, by=by)
                assert there == compute(workspace=other_workspace, kpi=kpi, grain=grain, by=by), (kpi.ref, by)
                compared += any(each.figure.value is not None for each in there)
    assert compared > 50
    (revenue,) = compute(workspace=here, kpi="revenue:deals")
    assert revenue.figure.value == Decimal("150.1236")


def test_a_row_behind_a_number_is_told_by_its_relation_and_key(
    deals: WarehouseTable, here: Workspace, admin: Member, rep: Member, client_of: Callable[[Member], Client]
) -> None:
    used(deals, admin)
    found = explain(
        workspace=here, kpi="revenue:deals", scope="workspace", scope_id=None, start=date(2024, 1, 1),
        end=date(2025, 1, 1), size=2,
    )  # fmt: skip
    said = "`sales.deals` on 127.0.0.1"
    assert [(row["file_name"], row["line"]) for row in found.rows] == [(said, "5"), (said, "2")]
    assert (found.included, found.pages, found.ran_in) == (3, 2, ("`sales.deals` on 127.0.0.1",))
    client = client_of(admin)
    page = client.get(f"/w/{here.slug}/kpis/revenue/rows/?variant=deals&period=2024").content.decode()
    assert "Computed in PostgreSQL <code>sales.deals</code> on 127.0.0.1 at" in page
    values = client.get(f"/w/{here.slug}/kpis/revenue/?variant=deals&grain=quarter").content.decode()
    assert "Computed in PostgreSQL <code>sales.deals</code> on 127.0.0.1 at" in values
    assert "hunter2" not in page + values


def test_goals_are_computed_there_and_say_so(
    deals: WarehouseTable, here: Workspace, admin: Member, address: str, client_of: Callable[[Member], Client]
) -> None:
    used(deals, admin)
    goal = create_goal(
        workspace=here, by=admin, title="Sell", kpi="revenue", owner=admin, scope="workspace",
        starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31), baseline=Decimal(0), target=Decimal(1000),
        today=NOW.date(),
    )  # fmt: skip
    recompute(workspace=here, now=NOW)
    goal = Goal.objects.select_related("latest").get(pk=goal.pk)
    assert goal.latest is not None
    assert goal.latest.value == Decimal("150.1236")
    page = client_of(admin).get(f"/w/{here.slug}/goals/{goal.pk}/").content.decode()
    assert "PostgreSQL <code>sales.deals</code> on 127.0.0.1" in page
    with psycopg.connect(address, autocommit=True) as con:
        con.execute("ALTER TABLE sales.deals RENAME TO gone")
    silent = client_of(admin).get(f"/w/{here.slug}/kpis/revenue/rows/?variant=deals&period=2024")
    assert "cannot be read" in silent.content.decode()
    recompute(workspace=here, now=NOW + timedelta(hours=1))  # what does not answer keeps its actual
    deals.refresh_from_db()
    assert "cannot be read" in deals.last_error
    assert Goal.objects.select_related("latest").get(pk=goal.pk).latest == goal.latest


def test_the_command_says_where_it_computed(deals: WarehouseTable, here: Workspace, admin: Member) -> None:
    used(deals, admin)
    out = io.StringIO()
    call_command("compute", "revenue", workspace=here.slug, json=True, stdout=out, stderr=io.StringIO())
    (found,) = json.loads(out.getvalue())
    assert found["ran_in"] == "PostgreSQL `sales.deals` on 127.0.0.1"
    assert found["value"] == 150.1236
    with pytest.raises(CommandError, match="does not tell what it held earlier"):
        call_command("compute", "revenue", workspace=here.slug, as_of="2024-03-01", stdout=out, stderr=io.StringIO())


def test_while_it_is_used_files_are_refused_and_imports_put_aside(
    deals: WarehouseTable, here: Workspace, admin: Member, tmp_path: Path
) -> None:
    bring_in(here, tmp_path, "id,owner,outcome,closed_on,amount\nX,Ann,won,2024-01-05,7\n")
    used(deals, admin)
    path = tmp_path / "more.csv"
    path.write_text("id,owner,outcome,closed_on,amount\nY,Ann,won,2024-01-05,7\n")
    with pytest.raises(Refusal, match="Stop using the warehouse first"):
        receive_file(workspace=here, table="deals", source=path, file_name="more.csv", mapping=None, by=admin)
    assert compute(workspace=here, kpi="revenue:deals")[0].figure.value == Decimal("150.1236")
    services.stop_using_warehouse(table=deals, by=admin)
    assert compute(workspace=here, kpi="revenue:deals")[0].figure.value == 7


def test_rows_that_would_count_twice_and_foreign_money_are_refused(
    deals: WarehouseTable, here: Workspace, admin: Member, address: str
) -> None:
    put(address, "sales.twice", COLUMNS, [ROWS[0], ROWS[0]])
    services.map_warehouse(table=deals, relation="sales.twice", columns=MAPPED, values=VALUES, by=admin, now=NOW)
    with pytest.raises(Refusal, match="share `id` with another row"):
        services.use_warehouse(table=deals, by=admin, now=NOW)
    put(address, "sales.foreign", COLUMNS | {"cur": "text"}, [(*ROWS[0], "chf"), (*ROWS[2], here.currency.lower())])
    columns = MAPPED | {"currency": "cur"}
    services.map_warehouse(table=deals, relation="sales.foreign", columns=columns, values=VALUES, by=admin, now=NOW)
    with pytest.raises(Refusal, match="amounts in CHF"):
        services.use_warehouse(table=deals, by=admin, now=NOW)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"amount": "rep"}, "`rep` is character varying, but `amount` needs numeric"),
        ({"closed_on": "state"}, "`state` is text, but `closed_on` needs date"),
        ({"owner": ""}, "Deals need `owner`"),
        ({"name": "nam"}, "has no column `nam`"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    deals: WarehouseTable, admin: Member, changed: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        services.map_warehouse(
            table=deals, relation="sales.deals", columns=MAPPED | changed, values=VALUES, by=admin, now=NOW
        )


def test_nothing_is_written_there_and_a_slow_question_ends(deals: WarehouseTable) -> None:
    relation = relation_of(deals)
    with pytest.raises(NotAnswered, match="read-only"):
        relation.rows("WITH x AS (SELECT 1) SELECT * FROM x; CREATE TABLE t (a int)")
    with pytest.raises(NotAnswered, match="did not answer within 1 seconds"):
        replace(relation, seconds=1).rows("SELECT pg_sleep(30)")


def test_private_addresses_need_leave_and_nothing_tells_the_password(
    here: Workspace, admin: Member, leader: Member, address: str
) -> None:
    shown = address.replace("postgres://", "postgresql://")
    about: dict[str, Any] = {"workspace": here, "table": "deals", "password": "hunter2"}
    with pytest.raises(Forbidden, match=r"inside a private network"):
        services.connect_warehouse(**about, address=shown, allow_private=False, by=admin)
    with pytest.raises(Refusal, match="password into its own field"):
        services.connect_warehouse(
            **about, address="postgresql://kpi:hunter2@127.0.0.1/kpi", allow_private=True, by=admin
        )
    with pytest.raises(NotAnswered) as refused:
        services.connect_warehouse(**about, address="postgresql://kpi@127.0.0.1:1/kpi", allow_private=True, by=admin)
    assert "hunter2" not in str(refused.value)
    made = connected(here, admin, address)
    assert "hunter2" not in made.secret
    assert "hunter2" not in repr(relation_of(made))
    assert not any("hunter2" in json.dumps([each.before, each.after]) for each in Event.objects.all())


def test_a_table_is_connected_mapped_and_used_in_the_browser(
    here: Workspace, admin: Member, address: str, client_of: Callable[[Member], Client]
) -> None:
    put(address, "sales.deals", COLUMNS, ROWS)
    client, home = client_of(admin), f"/w/{here.slug}/warehouse/"
    assert "No table stays elsewhere" in client.get(home).content.decode()
    shown = address.replace("postgres://", "postgresql://")
    form = {"table": "deals", "address": shown, "password": "hunter2", "allow_private": "on"}
    there = client.post(home, form).headers["Location"]
    page = client.get(there, {"relation": "sales.deals"}).content.decode()
    assert 'name="column_owner"' in page
    assert "hunter2" not in page
    mapping = {"relation": "sales.deals"} | {f"column_{field}": column for field, column in MAPPED.items()}
    client.get(there, mapping)
    texts = ["Gewonnen", "WON", "lost", "open", "void", "who knows"]
    asked = client.post(there, mapping | {"column_id": ""})
    assert asked.status_code == 422
    assert "Deals need <code>id</code>" in asked.content.decode()
    found = WarehouseTable.objects.get()
    seen = [text for text, _ in looking.values(relation_of(found), "sales.deals", "state")]
    assert set(seen) >= set(texts)
    meant = {"Gewonnen": "won", "WON": "won", "won": "won", "lost": "lost", "open": "open", "void": "void"}
    chosen = {f"value_outcome_{i}": meant.get(text, "") for i, text in enumerate(seen)}
    assert client.post(there, mapping | chosen).status_code == 302
    page = client.get(there).content.decode()
    assert "6 of 10" in page
    assert "Rita Evans" in page
    client.post(f"{there}use/")
    found.refresh_from_db()
    assert found.used_from is not None
    assert compute(workspace=here, kpi="revenue:deals")[0].figure.value == Decimal("150.1236")
    client.post(f"{there}stop/")
    client.post(f"{there}remove/")
    assert not WarehouseTable.objects.filter(removed_at__isnull=True).exists()
    assert WarehouseTable.objects.get().secret == ""
