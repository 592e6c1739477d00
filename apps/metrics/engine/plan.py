"""From formulas to what must be read: tallies (columns of sums) and the scans that fill them.

A tally is one additive column of the cells: a sum or a count of rows, dated by one column. A flow over [start, end) is
the difference of two running sums; a level at `end` is the running sum of what came less what left. Equal tallies of
different KPIs are one tally; tallies with the same table and date column are filled by one scan.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.metrics.catalogue.formulas import Count, Formula, Level, Measure, Total, sample
from apps.metrics.catalogue.kpi import Kpi
from apps.metrics.catalogue.rows import Column, Condition, Value


@dataclass(frozen=True, eq=False)
class Side:
    """One column of one scan: the sum of `value` (None: the number) of rows where `where`, dated by `dated_by`."""

    dated_by: Column
    value: Value | None
    where: Condition
    blank_is_ever: bool = False  # rows without this date have been there since ever

    @property
    def scan(self) -> tuple[str, str]:
        return (self.dated_by.table, self.dated_by.name)


@dataclass(frozen=True, eq=False)
class Tally:
    """What a measure needs. A flow has one side, a level one for what comes and one for what leaves."""

    key: str
    comes: Side
    leaves: Side | None = None

    @property
    def is_level(self) -> bool:
        return self.leaves is not None

    @property
    def table(self) -> str:
        return self.comes.dated_by.table

    def sides(self) -> Iterator[tuple[Side, int]]:
        """Each side with its sign."""
        yield self.comes, 1
        if self.leaves is not None:
            yield self.leaves, -1


def tally_of(measure: Measure, dated_by: Column) -> Tally:
    """Where the KPI that uses the measure says which column dates its rows; levels bring their own two dates."""
    if isinstance(measure, Level):
        value = measure.value
        key = f"level {value.key if value is not None else 1} {measure.enters.key} {measure.leaves.key}"
        return Tally(
            f"{measure.since.table} {key} {measure.since.name} {measure.until.name}",
            Side(measure.since, value, measure.enters, blank_is_ever=True),
            Side(measure.until, value, measure.leaves),
        )
    summed = measure.value if isinstance(measure, Total) else None
    key = f"{dated_by.table} {dated_by.name} {summed.key if summed is not None else 1} {measure.where.key}"
    return Tally(key, Side(dated_by, summed, measure.where))


def measures_of(formula: Formula, dated_by: Column) -> Iterator[tuple[Measure, Column]]:
    """The leaves of a formula, each with the date column of the KPI it stands in."""
    if isinstance(formula, Count | Total | Level):
        yield formula, dated_by
    here = formula.dated_by if isinstance(formula, Kpi) else dated_by
    for part in formula.parts():
        yield from measures_of(part, here)


def tallies_of(kpi: Kpi) -> dict[str, Tally]:
    """Everything a KPI's figure needs, its row count included."""
    leaves = [*measures_of(kpi, kpi.dated_by), (sample(kpi), kpi.dated_by)]
    tallies = (tally_of(measure, dated_by) for measure, dated_by in leaves)
    return {tally.key: tally for tally in tallies}


def tallies_of_all(kpis: Iterable[Kpi]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for kpi in kpis:
        found |= tallies_of(kpi)
    return found
