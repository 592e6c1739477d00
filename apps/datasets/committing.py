"""From a checked file to what would be committed: counts, sentence, and the files of the batch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from apps.datasets.models import Import
from apps.datasets.outcome import Outcome, sentence
from apps.datasets.staging import Stage, covers, currencies
from apps.datasets.store import Snapshot
from apps.datasets.store.batches import Changes, compare, write_rows, write_superseded


@dataclass(frozen=True)
class Prepared:
    """What is known before the commit. `superseded` counts the older rows that the batch replaces."""

    staged: Stage
    outcome: Outcome
    covers: tuple[date | None, date | None]
    earlier: tuple[Path, ...]
    superseded: int = 0
    currencies: tuple[str, ...] = ()

    @property
    def moves_head(self) -> int:
        return int(self.outcome.state == Import.State.COMMITTED)

    def written(self, batch: int, folder: Path) -> "Prepared":
        """With its files in `folder`: rows.parquet (once, it depends on nothing else) and superseded.parquet."""
        staged, rows = self.staged, folder / "rows.parquet"
        if not rows.exists():
            write_rows(staged.con, batch, staged.columns, staged.plan.mapping.table.main_date, rows)
        superseded = write_superseded(staged.con, batch, staged.plan.key, self.earlier, folder / "superseded.parquet")
        return replace(self, superseded=superseded)


def prepare(staged: Stage, live: Snapshot, earlier: Sequence[Path], *, today: date, repeated: bool) -> Prepared:
    """Compare with the live rows and say what will happen. repeated: the same keyless file is live already."""
    if not staged.valid:
        return Prepared(staged, _refused(staged), (None, None), ())
    changes = compare(staged.con, live, staged.plan.key, staged.columns, staged.valid)
    if repeated:
        changes = Changes(0, 0, staged.valid)
    state = Import.State.UNCHANGED if changes.nothing else Import.State.COMMITTED
    counts = {
        "new": changes.new,
        "changed": changes.changed,
        "unchanged": changes.unchanged,
        "rejected": staged.rejected,
        "left out because a later line has the same key": staged.duplicates,
    }
    others = "The others" if staged.rejected else "All of them"
    done = "" if state == Import.State.COMMITTED else f"{others} are here already, so nothing was stored."
    outcome = Outcome(
        state=state,
        sentence=sentence(staged.read, counts, done, staged.left_out),
        read=staged.read,
        new=changes.new,
        changed=changes.changed,
        unchanged=changes.unchanged,
        rejected=staged.rejected,
        duplicates=staged.duplicates,
        left_out=staged.left_out,
        issues=staged.issues,
        mapping=staged.plan.as_json(),
    )
    return Prepared(staged, outcome, covers(staged, today), tuple(earlier), currencies=tuple(currencies(staged)))


def _refused(staged: Stage) -> Outcome:
    """Nothing can be taken in: an empty file, or every row is wrong."""
    name = staged.source.name
    if not staged.read and staged.left_out:
        text = f"The mapping wants none of the {staged.left_out:,} rows of `{name}`, so there is nothing to import."
    elif not staged.read:
        text = f"`{name}` has a header but no rows, so there is nothing to import."
    else:
        first = staged.issues[0]
        rows = "The only row" if staged.read == 1 else f"All {staged.read:,} rows"
        were = "was" if staged.read == 1 else "were"
        text = (
            f"{rows} of `{name}` {were} rejected, so nothing was stored."
            f" {'It is' if staged.read == 1 else 'The first is'} line {first.line}: {first.message}"
        )
    return Outcome(
        state=Import.State.REFUSED,
        sentence=text,
        read=staged.read,
        rejected=staged.rejected,
        left_out=staged.left_out,
        issues=staged.issues,
        mapping=staged.plan.as_json(),
    )
