"""The order in which imports count: that of their commits, where one that was run again keeps the place of the first.

What counts is always the same as if the live imports had come in one after the other in this order.
"""

from dataclasses import dataclass

from django.db.models import Min, QuerySet

from apps.datasets.models import Dataset, Import, LiveBatch


@dataclass(frozen=True)
class Placed:
    """An import that has counted at some time. `key` are the fields that told its rows apart."""

    batch: Import
    place: int

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(self.batch.mapping.get("key", ()))

    @property
    def moves_rows(self) -> bool:
        """False for one that only told how far the data is complete."""
        return bool(self.batch.rows_new or self.batch.rows_changed or self.batch.rows_removed)


def placed_of(dataset: Dataset) -> list[Placed]:
    """Every import that was ever committed, in the order of their places."""
    times = LiveBatch.objects.filter(dataset=dataset).order_by("batch").values("batch").annotate(first=Min("pk"))
    first = dict(times.values_list("batch", "first"))
    batches = Import.objects.select_related("pack").in_bulk(first)
    placed = [Placed(batch, first[_root(batch, batches)]) for batch in batches.values()]
    return sorted(placed, key=lambda each: (each.place, each.batch.pk))


def in_same_place(batch: Import) -> QuerySet[Import]:
    """The other imports that run this one again, or that it runs again, over any number of steps."""
    found, more = {batch.pk}, {batch.pk}
    reruns = list(
        Import.objects.filter(dataset_id=batch.dataset_id, reruns__isnull=False).values_list("pk", "reruns_id")
    )
    while more:
        more = {each for pair in reruns if found & {*pair} for each in pair} - found
        found |= more
    return Import.objects.filter(pk__in=found - {batch.pk})


def _root(batch: Import, batches: dict[int, Import]) -> int:
    while batch.reruns_id in batches:
        batch = batches[batch.reruns_id]
    return batch.pk
