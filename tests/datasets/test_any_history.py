"""Any sequence of imports, undos, redos, re-runs and compactions gives the rows of a plain model, now and at any past
moment."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.common.errors import Refusal
from apps.datasets.models import Dataset, Import
from apps.datasets.repairs import Repairs
from apps.datasets.services import (
    compact,
    receive_file,
    redo_import,
    rerun_import,
    run_import,
    sweep_orphans,
    undo_import,
)
from apps.datasets.store import compaction
from apps.people.models import Workspace
from tests.datasets.helpers import TODAY, live_rows

DAYS = [date(2025, month, day) for month in (1, 2, 3) for day in (1, 15)]
PERIODS = [
    (date(2025, 1, 1), date(2025, 2, 1)),
    (date(2025, 1, 10), date(2025, 3, 1)),
    (date(2025, 1, 1), date(2025, 4, 1)),
]
Row = tuple[str, date, int]
ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(DAYS), st.integers(1, 3)), min_size=1, max_size=4)


@dataclass
class Op:
    """What one import does to the rows of those before it."""

    pk: int
    place: int
    mode: str
    rows: list[Row]
    keyed: bool
    period: tuple[date, date] | None = None
    live: bool = True

    def on(self, before: list[Row]) -> list[Row]:
        mine = {row[0] for row in self.rows}
        if self.mode == "replace":
            assert self.period is not None
            first, end = self.period
            before = [row for row in before if not first <= row[1] < end]
        if self.keyed and self.mode != "append":
            before = [row for row in before if row[0] not in mine]
        return before + self.rows


@dataclass
class Model:
    ops: list[Op] = field(default_factory=list)

    def rows(self, without: Op | None = None) -> "Counter[Row]":
        rows: list[Row] = []
        for op in sorted(self.ops, key=lambda op: op.place):
            if op.live and op is not without:
                rows = op.on(rows)
        return Counter(rows)


def file_of(keyed: bool, rows: list[Row]) -> str:
    if keyed:
        return "id,owner,outcome,created_on,closed_on,amount\n" + "".join(
            f"{key},Ann,won,2025-01-01,{day},{amount}\n" for key, day, amount in rows
        )
    return "unit,posted_on,account_class,amount\n" + "".join(f"{k},{day},revenue,{a}\n" for k, day, a in rows)


class History(RuleBasedStateMachine):
    """`folder` and `workspaces` are given by the test."""

    folder: ClassVar[Path]
    workspaces: ClassVar[Iterator[Workspace]]

    @initialize(keyed=st.booleans())
    def begin(self, keyed: bool) -> None:
        self.workspace, self.keyed = next(self.workspaces), keyed
        self.table = "deals" if keyed else "ledger"
        self.model, self.moments = Model(), list[tuple[datetime, Counter[Row]]]()

    def bring(self, batch: Import, op: Op) -> None:
        outcome = run_import(import_id=batch.pk, today=TODAY)
        assert outcome.read == outcome.new + outcome.changed + outcome.unchanged, outcome
        before = self.model.rows()
        for other in self.model.ops:
            other.live = other.live and other.place != op.place
        self.model.ops.append(op)
        after = self.model.rows()
        if outcome.state == Import.State.UNCHANGED:
            assert before == after or op.mode == "append" or not op.keyed, "the same file twice"
            self.model.ops.remove(op)
            for other in self.model.ops:
                other.live = other.live or other.pk in self.was_live
        else:
            assert outcome.state == Import.State.COMMITTED, outcome.sentence

    @property
    def was_live(self) -> set[int]:
        return {*Import.objects.filter(live_times__live_to__isnull=True, live_times__isnull=False)
                .values_list("pk", flat=True)}  # fmt: skip

    @rule(rows=ROWS, mode=st.sampled_from(["upsert", "upsert", "append", "replace"]), period=st.sampled_from(PERIODS))
    def take_in(self, rows: list[Row], mode: str, period: tuple[date, date]) -> None:
        if self.keyed:
            rows = list({row[0]: row for row in rows}.values())
        if mode == "replace":
            rows = [row for row in rows if period[0] <= row[1] < period[1]]
            if not rows:
                return
        path = self.folder / "sent.csv"
        path.write_text(file_of(self.keyed, rows))
        days = period if mode == "replace" else None
        batch = receive_file(
            workspace=self.workspace, table=self.table, source=path, file_name="f.csv", mapping=None, by=None,
            mode=mode, replaces=days,
        )  # fmt: skip
        self.bring(batch, Op(batch.pk, batch.pk, mode, rows, self.keyed, days))

    @precondition(lambda self: self.model.ops)
    @rule(data=st.data())
    def undo_or_redo(self, data: st.DataObject) -> None:
        op = data.draw(st.sampled_from(self.model.ops))
        batch = Import.objects.get(pk=op.pk)
        if op.live:
            undo_import(batch=batch, by=None)
            op.live = False
        elif any(other.live and other.place == op.place for other in self.model.ops):
            with pytest.raises(Refusal, match="counts in the place of"):
                redo_import(batch=batch, by=None)
        else:
            redo_import(batch=batch, by=None)
            op.live = True

    @precondition(lambda self: self.model.ops)
    @rule(data=st.data(), amount=st.integers(1, 9))
    def run_again(self, data: st.DataObject, amount: int) -> None:
        op = data.draw(st.sampled_from(self.model.ops))
        put_right = Repairs(cells={(2, "amount"): str(amount)})
        batch = rerun_import(batch=Import.objects.get(pk=op.pk), by=None, repairs=put_right)
        rows = [(*op.rows[0][:2], amount), *op.rows[1:]]
        self.bring(batch, replace(op, pk=batch.pk, rows=rows, live=True))

    @precondition(lambda self: self.model.ops)
    @rule(days=st.sampled_from([0, 2]))
    def merge_files(self, days: int) -> None:
        compact(dataset=Dataset.objects.get(workspace=self.workspace, table=self.table))
        sweep_orphans(now=timezone.now() + timedelta(days=days))

    def seen(self, as_of: datetime | None = None) -> "Counter[Row]":
        columns = ("id", "closed_on", "amount") if self.keyed else ("unit", "posted_on", "amount")
        found = live_rows(self.workspace, *columns, table=self.table, as_of=as_of)
        return Counter((key, day, int(amount)) for key, day, amount in found)

    @invariant()
    def what_counts_is_what_the_model_says(self) -> None:
        if hasattr(self, "model"):
            assert self.seen() == self.model.rows()
            self.moments.append((timezone.now(), self.model.rows()))

    def teardown(self) -> None:
        for moment, rows in getattr(self, "moments", []):
            assert self.seen(moment) == rows


def test_rows_equal_a_plain_model_now_and_at_every_past_moment(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "FEWEST", 2)

    def workspaces() -> Iterator[Workspace]:
        number = 0
        while True:
            number += 1
            yield Workspace.objects.create(name=f"W{number}", slug=f"w{number}")

    thorough: dict[str, Any] = {"max_examples": int(os.environ.get("HISTORIES", "8"))}
    run_state_machine_as_test(
        type("HistoryHere", (History,), {"folder": tmp_path, "workspaces": workspaces()}),
        settings=settings(
            **thorough, stateful_step_count=12, deadline=None, database=None, print_blob=False,
            derandomize="HISTORIES" not in os.environ, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
