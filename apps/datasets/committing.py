"""From a checked file to what would be committed: counts, sentence, and the files of the batch."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from apps.datasets.against import Against
from apps.datasets.checks import Issue
from apps.datasets.models import Import
from apps.datasets.noticing import noticed
from apps.datasets.outcome import Outcome, sentence
from apps.datasets.staging import Stage, covers, currencies
from apps.datasets.store.batches import (
    Changes,
    compare,
    in_period,
    taken_by,
    taken_from,
    write_rows,
    write_superseded,
)
from apps.datasets.telling import grouped, in_order


@dataclass(frozen=True)
class Prepared:
    """What is known before the commit. `superseded` counts the entries of the file that says who replaces which row.

    `bare`: no row is new, but the data is said to be complete further than before.
    """

    staged: Stage
    outcome: Outcome
    against: Against
    covers: tuple[date | None, date | None] = (None, None)
    superseded: int = 0
    currencies: tuple[str, ...] = ()
    bare: bool = False

    @property
    def moves_head(self) -> int:
        return int(self.outcome.state == Import.State.COMMITTED)

    def written(self, batch: int, folder: Path) -> "Prepared":
        """With its files in `folder`: rows.parquet (once, it depends on nothing else) and superseded.parquet."""
        staged, rows, way = self.staged, folder / "rows.parquet", self.against.way
        main_date = staged.plan.mapping.table.main_date
        if not rows.exists():
            write_rows(staged.con, batch, staged.columns, main_date, rows, none=self.bare)
        if self.bare:
            return self
        key = staged.plan.key if way.mode != Import.Mode.APPEND else ()
        taken = [
            *taken_from(self.against.earlier, batch, key, _period(staged, self.against)),
            *taken_by(self.against.later, batch, staged.columns, main_date),
        ]
        return replace(self, superseded=write_superseded(staged.con, batch, taken, folder / "superseded.parquet"))


def prepare(staged: Stage, against: Against, *, today: date) -> Prepared:
    """Compare with the rows that are there and say what will happen."""
    if not staged.valid:
        return Prepared(staged, _refused(staged, against), against)
    changes = _changes(staged, against)
    more = _noticed(staged, against)
    known = against.live.complete_through
    until = against.way.complete_until
    further = bool(until and (known is None or until > known))
    same_place = against.reruns is None or bool(against.old_numbers)
    bare = changes.nothing and further and same_place
    nothing = changes.nothing and not further and same_place
    state = Import.State.UNCHANGED if nothing else Import.State.COMMITTED
    outcome = Outcome(
        state=state,
        sentence=_sentence(staged, against, changes, bare=bare, nothing=nothing),
        read=staged.read,
        new=changes.new,
        changed=changes.changed,
        unchanged=changes.unchanged,
        removed=changes.removed,
        rejected=staged.rejected,
        duplicates=staged.duplicates,
        left_out=staged.left_out,
        excluded=staged.excluded,
        issues=in_order([*staged.issues, *more]),
        groups=[*staged.groups, *grouped(more)],
        mapping=staged.plan.as_json(),
        mode=against.way.mode,
        complete_until=until,
    )
    return Prepared(
        staged,
        outcome,
        against,
        covers=covers(staged, today),
        currencies=tuple(currencies(staged)),
        bare=bare and against.reruns is None,
    )


def _noticed(staged: Stage, against: Against) -> list[Issue]:
    """Warnings about the file as a whole, beside the rows that count now; the same file again tells none anew."""
    if against.repeated:
        return []
    key = staged.plan.key if against.way.mode != Import.Mode.APPEND else ()
    gone = _period(staged, against)
    if against.old_numbers:
        gone = f"({gone} OR l._batch IN ({', '.join(map(str, against.old_numbers))}))"
    return noticed(staged, against.live, against.known, key=key, gone=gone)


def _changes(staged: Stage, against: Against) -> Changes:
    if against.repeated:
        return Changes(0, 0, staged.valid)
    if against.old is not None:
        return compare(staged.con, against.old, staged.plan.key, staged.columns, staged.valid, "true")
    key = staged.plan.key if against.way.mode != Import.Mode.APPEND else ()
    return compare(staged.con, against.live, key, staged.columns, staged.valid, _period(staged, against))


def _period(staged: Stage, against: Against) -> str:
    """SQL condition on earlier rows `l`: they lie in the period that the file replaces."""
    if against.way.replaces is None:
        return "false"
    return in_period(staged.plan.mapping.table.main_date, against.way.replaces, "l.")


def _sentence(staged: Stage, against: Against, changes: Changes, *, bare: bool, nothing: bool) -> str:
    counts = {
        "new": changes.new,
        "changed": changes.changed,
        "unchanged": changes.unchanged,
        "rejected": staged.rejected,
        "left out because a later line has the same key": staged.duplicates,
    }
    told = sentence(staged.read, counts, "", staged.left_out, staged.excluded)
    return " ".join([told, *_told_of_mode(staged, against, changes), *_told_of_end(staged, against, bare, nothing)])


def _told_of_mode(staged: Stage, against: Against, changes: Changes) -> list[str]:
    """What is not plain from the counts."""
    told = []
    if against.reruns:
        told.append(f"Compared with import {against.reruns}, which it takes the place of.")
    if against.way.mode == Import.Mode.APPEND and staged.plan.key and not against.repeated:
        told.append("All of them were added, also where a key is here already: keys were not compared.")
    if changes.removed:
        rows = f"{changes.removed:,} earlier {'row' if changes.removed == 1 else 'rows'}"
        where = f"of import {against.reruns}" if against.reruns else f"of the period {against.way.period}"
        told.append(
            f"{rows} {where} that the file does not bring no longer {'counts' if changes.removed == 1 else 'count'}."
        )
    return told


def _told_of_end(staged: Stage, against: Against, bare: bool, nothing: bool) -> list[str]:
    if not (bare or nothing):
        return []
    others = "The others" if staged.rejected else "All of them"
    if bare:
        return [f"{others} are here already; the data now counts as complete until {against.way.complete_until}."]
    return [f"{others} are here already, so nothing was stored."]


def _refused(staged: Stage, against: Against) -> Outcome:
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
        excluded=staged.excluded,
        issues=staged.issues,
        groups=staged.groups,
        mapping=staged.plan.as_json(),
        mode=against.way.mode,
        complete_until=against.way.complete_until,
    )
