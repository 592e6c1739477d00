"""Grouped by owner, one person is one group under all names, as goals have one person; the groups make up the whole."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.common.periods import parse_period
from apps.metrics.catalogue import get_kpi
from apps.metrics.engine import Org, Request, compute_groups, compute_requests
from apps.metrics.engine.behind import Wanted, rows_behind
from apps.metrics.engine.cube import compute_many
from tests.metrics.tables import deals, snapshot

Q1 = parse_period("2024-Q1")
RITA, OMAR, ANN, OTHER_ANN = 1, 2, 3, 4
ORG = Org(
    owners=(
        ("rita evans", RITA), ("rita@acme.example", RITA), ("revans", RITA),
        ("omar faye", OMAR),
        ("ann@acme.example", ANN), ("ann2@acme.example", OTHER_ANN),
    ),
    person_names={RITA: "Rita Evans", OMAR: "Omar Faye", ANN: "Ann Lee", OTHER_ANN: "Ann Lee"},
)  # fmt: skip


def won(amount: str, owner: str | None) -> dict[str, Any]:
    days = {"created_on": "2024-01-02", "closed_on": "2024-02-10"}
    return {"outcome": "won", "amount": Decimal(amount), "owner": owner} | days


RITAS = [won("100", "RITA EVANS"), won("20", "RITA EVANS"), won("3", "rita@acme.example"), won("0.5", "Rita  Evans")]


def groups(tmp_path: Path, rows: list[dict[str, Any]], org: Org = ORG) -> dict[str | None, Any]:
    found = compute_groups({"deals": deals(tmp_path, rows)}, get_kpi("revenue"), [Q1], "owner", org)
    assert len({each.group for each in found}) == len(found)
    return {each.group: each.figure.value for each in found}


def test_a_member_is_one_group_under_the_members_name_however_the_rows_write_it(tmp_path: Path) -> None:
    assert groups(tmp_path, [*RITAS, won("7", "Omar Faye")]) == {"Rita Evans": Decimal("123.5"), "Omar Faye": 7}


def test_the_group_of_a_member_is_what_a_goal_of_that_person_has(tmp_path: Path) -> None:
    rows = [*RITAS, won("1000", "Omar Faye 60%; revans 40%")]
    request = Request(1, "revenue", "person", RITA, Q1.start, Q1.end)
    live = {"deals": deals(tmp_path / "goal", rows)}
    goal = compute_requests(live, [request], ORG, {"revenue": get_kpi("revenue")})[1].figure
    assert groups(tmp_path, rows)["Rita Evans"] == goal.value == Decimal("523.5")


def test_who_is_no_member_is_one_group_under_the_spelling_of_most_rows(tmp_path: Path) -> None:
    rows = [won("1", "KIM PARK"), won("2", "Kim Park"), won("4", "Kim  Park"), won("8", "Kim Park"), won("16", None)]
    assert groups(tmp_path, rows) == {"Kim Park": 15, "(none)": 16}


def test_two_members_of_one_name_stay_two_groups_and_the_name_alone_means_neither(tmp_path: Path) -> None:
    rows = [won("1", "Ann Lee"), won("2", "ann@acme.example"), won("4", "ann2@acme.example")]
    assert groups(tmp_path, rows) == {"Ann Lee": 1, "ann@acme.example": 2, "ann2@acme.example": 4}


def test_without_members_texts_of_one_spelling_stay_as_they_are(tmp_path: Path) -> None:
    rows = [won("1", "Ann Lee"), won("2", "Bo-2"), won("4", None)]
    assert groups(tmp_path, rows, Org()) == {"Ann Lee": 1, "Bo-2": 2, "(none)": 4}


def test_the_groups_make_up_the_whole(tmp_path: Path) -> None:
    rows = [*RITAS, won("1000", "Omar Faye 60%; RITA EVANS 40%"), won("16", None), won("9", "kim"), won("3", "KIM")]
    live = {"deals": deals(tmp_path / "whole", rows)}
    (whole,) = compute_groups(live, get_kpi("revenue"), [Q1], None, ORG)
    assert sum(groups(tmp_path, rows).values()) == whole.figure.value


def test_a_quota_in_one_spelling_meets_deals_in_another(tmp_path: Path) -> None:
    quota = {
        "owner": "rita@acme.example",
        "period_start": "2024-01-01",
        "period_end": "2024-04-01",
        "amount": Decimal(247),
    }
    live = {"deals": deals(tmp_path, RITAS), "quotas": snapshot("quotas", tmp_path / "quotas", [quota])}
    found = compute_groups(live, get_kpi("quota_attainment_amount:deals"), [Q1], "owner", ORG)
    assert [(each.group, each.figure.value) for each in found] == [("Rita Evans", Decimal("0.5"))]


@pytest.mark.parametrize("spelling", ["KIM PARK", "Kim  Park", "kim park"])
def test_the_rows_of_a_group_are_those_of_all_spellings(tmp_path: Path, spelling: str) -> None:
    live = {"deals": deals(tmp_path, [won("1", "KIM PARK"), won("2", "Kim  Park"), *RITAS])}
    for group, many in ((spelling, 2), ("Rita Evans", 4)):
        wanted = Wanted(get_kpi("revenue"), "workspace", None, Q1.start, Q1.end, 0, 50, None, ("owner", group))
        assert len(rows_behind(live, wanted, ORG).rows) == many


def test_many_kpis_at_once_have_the_same_groups(tmp_path: Path) -> None:
    live = {"deals": deals(tmp_path / "cube", [*RITAS, won("1", "KIM"), won("2", "kim")])}
    (found,) = compute_many(live, [get_kpi("revenue")], ["owner"], [[Q1]], ORG)
    assert set(found.groups) == {"Rita Evans", "KIM"}
