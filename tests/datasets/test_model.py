"""The column store against a model of five lines: whatever is imported, undone and brought back, they agree."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.datasets.models import Import, LiveBatch
from apps.datasets.services import redo_import, undo_import
from apps.people.models import Workspace
from tests.datasets.helpers import bring_in, last_import, live_rows

START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), min_size=1, max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("import"), ROWS),
        st.tuples(st.just("undo"), st.integers(0, 9)),
        st.tuples(st.just("redo"), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=7,
)


@dataclass
class Model:
    """Batches in the order of their commit; a row counts if no later live batch has its key."""

    batches: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    live: set[int] = field(default_factory=set)

    def rows(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for batch, rows in self.batches:
            if batch in self.live:
                found |= rows
        return found


def take(step: tuple[str, Any], model: Model, workspace: Workspace, folder: Path) -> None:
    kind, detail = step
    if kind == "import":
        before = model.rows()
        text = "id,owner,outcome,amount\n" + "".join(f"{key},Ann,open,{value}\n" for key, value in detail.items())
        outcome = bring_in(workspace, folder, text)
        assert outcome.new == len(detail.keys() - before.keys())
        assert outcome.unchanged == sum(before.get(key) == value for key, value in detail.items())
        assert outcome.changed == len(detail) - outcome.new - outcome.unchanged
        if outcome.state == Import.State.COMMITTED:
            model.batches.append((last_import().pk, detail))
            model.live.add(last_import().pk)
    elif model.batches:
        batch, _ = model.batches[detail % len(model.batches)]
        if kind == "undo" and batch in model.live:
            undo_import(batch=Import.objects.get(pk=batch), by=None)
            model.live.remove(batch)
        if kind == "redo" and batch not in model.live:
            redo_import(batch=Import.objects.get(pk=batch), by=None)
            model.live.add(batch)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_of_imports_undos_and_redos_equals_the_model_now_and_at_every_earlier_moment(
    workspace: Workspace, tmp_path: Path, steps: list[tuple[str, Any]]
) -> None:
    LiveBatch.objects.all().delete()
    Import.objects.all().delete()
    model, known = Model(), []
    with time_machine.travel(START, tick=False) as clock:
        for step in steps:
            clock.shift(timedelta(hours=1))
            take(step, model, workspace, tmp_path)
            known.append((datetime.now(UTC), model.rows()))
    for moment, expected in [*known, (None, model.rows())]:
        found = live_rows(workspace, "id", "amount", as_of=moment)
        assert {key: int(amount) for key, amount in found} == expected
        assert len(found) == len(expected)
