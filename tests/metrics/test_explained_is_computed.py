"""The number above the rows is the number of the KPI, whoever it is of: for the whole catalogue, on generated rows.

What counts, what each measure adds up to and why rows do not count is found by another way than the figures are
computed; here both answer the same questions.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.metrics.catalogue import BUILT_IN
from apps.metrics.engine import Context, Figure, Org, Request, compute_requests, scanned
from apps.metrics.engine.behind import Behind, Wanted, rows_behind
from apps.metrics.engine.evaluate import figure_of, terms_of
from apps.metrics.engine.figures import Scope
from apps.metrics.engine.section import Section
from tests.metrics.generated import OWNERS, SPLITS, rows_of, snapshots

MANY = 60
SCOPES: tuple[tuple[Scope, int | None], ...] = (("workspace", None), ("team", 20), ("person", 2))
PERIODS = ((date(2024, 4, 1), date(2024, 7, 1)), (date(2024, 1, 1), date(2025, 1, 1)))
MOVED = date(2024, 5, 15)  # Ben changes his team within the quarter
ORG = Org(
    owners=tuple((name.casefold(), i) for i, name in enumerate(OWNERS, start=1)),
    teams=(("north", 10), ("south", 20)),
    memberships=((1, 10, date(2020, 1, 1), None), (2, 10, date(2020, 1, 1), MOVED), (2, 20, MOVED, None)),
    ancestors=((10, 10), (20, 20)),
    team_names={10: "North", 20: "South"},
)
KPIS = {kpi.ref: kpi for kpi in BUILT_IN.each()}


@pytest.mark.parametrize("owners", [OWNERS, (*OWNERS, "Nobody", *SPLITS)], ids=["one owner", "shared"])
@settings(
    max_examples=1, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(seed=st.integers(0, 10**6), period=st.sampled_from(PERIODS))
def test_every_kpi_explained_is_the_kpi_computed(
    tmp_path_factory: pytest.TempPathFactory, owners: tuple[str, ...], seed: int, period: tuple[date, date]
) -> None:
    rows = rows_of(seed, MANY, owners=owners, teams=(None, None, "South"))
    live = snapshots(tmp_path_factory.mktemp("rows"), rows)
    given = Context(given={"market_size": ((date(2020, 1, 1), Decimal(10) ** 6),)}, then=lambda _: live)
    totals = dict.fromkeys(rows, MANY) | {"whole_orders": len({row["order"] for row in rows["orders"] if row["order"]})}
    start, end = period
    # Each KPI of one scope, by turns that the seed begins: every run asks some for whom the last one did not.
    turns = [SCOPES[(seed + i) % 3] for i in range(len(KPIS))]
    asked = [(ref, scope, whom) for ref, (scope, whom) in zip(KPIS, turns, strict=True)]
    requests = [Request(i, ref, scope, whom, start, end) for i, (ref, scope, whom) in enumerate(asked)]
    answers = compute_requests(live, requests, ORG, KPIS, given)
    wrong = []
    for i, (ref, scope, whom) in enumerate(asked):
        wanted = Wanted(KPIS[ref], scope, whom, start, end, 0, 5, None)
        found = rows_behind(live, wanted, ORG, given)
        wrong += [f"{ref} of {scope}: {said}" for said in _differences(wanted, found, answers[i].figure, totals)]
    assert not wrong, "\n".join(wrong)


def _differences(wanted: Wanted, found: Behind, computed: Figure, totals: Mapping[str, int]) -> list[str]:
    said = []
    if found.figure != computed:
        said.append(f"explained {found.figure}, computed {computed}")
    kpi = wanted.kpi.at(wanted.start)
    if computed.value is not None:
        added_up = figure_of(kpi)([found.numbers[term] for term in terms_of(kpi)])
        if not _close(added_up.value, computed.value):
            said.append(f"its measures make {added_up.value}, computed {computed.value}")
    for table in found.tables:
        if table.included + table.left_out != totals[table.table]:
            said.append(f"{table.name}: {table.included} count, {table.left_out} do not")
    return said


def _close(one: Decimal | None, other: Decimal) -> bool:
    return one is not None and abs(one - other) <= Decimal("1e-6") * max(Decimal(1), abs(other))


def test_the_newest_rows_are_the_same_looked_for_among_the_last_days_or_among_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = snapshots(tmp_path, rows_of(7, 300, teams=(None, "South")))
    looked_for: list[str] = []
    counting = Section.counting

    def counting_told(self: Section, near: str = "") -> str:
        looked_for.append(near)
        return counting(self, near)

    monkeypatch.setattr(Section, "counting", counting_told)
    some = dict(list(KPIS.items())[::3])
    for ref, kpi in some.items():
        scope, whom = SCOPES[len(ref) % 3]
        wanted = Wanted(kpi, scope, whom, *PERIODS[1], 2, 2, None)
        pages = []
        for many in (0, 10**6):  # tables of so many rows are looked through from their newest days on
            monkeypatch.setattr(scanned, "_MANY", many)
            pages.append([(row["_batch"], row["_line"]) for row in rows_behind(live, wanted, ORG).rows])
        assert pages[0] == pages[1], ref
    assert len([near for near in looked_for if near]) > len(some) / 4
