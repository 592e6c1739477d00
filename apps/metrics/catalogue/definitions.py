"""All KPIs that a workspace knows, by key and variant."""

import difflib
from collections.abc import Iterable, Mapping, Set

from apps.common.errors import Refusal
from apps.metrics.catalogue.kpi import Kpi


class UnknownKpi(Refusal):
    """No KPI, or no variant of it, has this name."""


class Definitions:
    """One entry per (key, variant), the preferred variant of a key first.

    `chosen` is the variant that the workspace has settled on, by key; `tables` are those that have rows. Without a
    choice a key stands for its first variant all of whose tables have rows, else for its first.
    """

    def __init__(
        self, kpis: Iterable[Kpi], chosen: Mapping[str, str] | None = None, tables: Set[str] = frozenset()
    ) -> None:
        self._by_key: dict[str, list[Kpi]] = {}
        for kpi in kpis:
            self._by_key.setdefault(kpi.key, []).append(kpi)
        self._chosen = chosen or {}
        self._tables = tables

    def all(self) -> list[Kpi]:
        """Every KPI once, in its default variant."""
        return [self.default(key) for key in self._by_key]

    def each(self) -> list[Kpi]:
        """Every KPI in all its variants, in the order given."""
        return [kpi for kpis in self._by_key.values() for kpi in kpis]

    def variants(self, key: str) -> list[Kpi]:
        """The definitions under one key, the preferred one first. Raises UnknownKpi with the nearest names."""
        if key not in self._by_key:
            raise UnknownKpi(f"There is no KPI called “{key}”.{self._did_you_mean(key)}")
        return self._by_key[key]

    def default(self, key: str) -> Kpi:
        """What the key stands for: the workspace's choice, else the first variant that has data, else the first."""
        found = self.variants(key)
        for kpi in found:
            if kpi.variant == self._chosen.get(key):
                return kpi
        return next((kpi for kpi in found if self.has_data(kpi)), found[0])

    def preferred(self, key: str) -> list[Kpi]:
        """All variants of a key, that which it stands for first."""
        default = self.default(key)
        return [default, *(kpi for kpi in self.variants(key) if kpi is not default)]

    def offered(self, key: str) -> list[Kpi]:
        """What somebody may choose from: the default first, then the other variants with data; all without any."""
        default, *others = self.preferred(key)
        with_data = [kpi for kpi in others if self.has_data(kpi)]
        none_has = not with_data and not self.has_data(default)
        return [default, *(others if none_has else with_data)]

    def has_data(self, kpi: Kpi) -> bool:
        return all(table in self._tables for table in kpi.tables)

    def get(self, ref: str, variant: str | None = None) -> Kpi:
        """The KPI under `key` or `key:variant`. Raises UnknownKpi, with the variants there are."""
        key, _, written = ref.partition(":")
        wanted = variant or written
        if not wanted:
            return self.default(key)
        found = self.variants(key)
        for kpi in found:
            if kpi.variant == wanted:
                return kpi
        there_are = ", ".join(kpi.variant for kpi in found)
        raise UnknownKpi(f"{found[0].name} has no variant “{wanted}”; there is: {there_are}.")

    def told(self, kpi: Kpi) -> str:
        """Its name in a sentence; where several tables can give it, with the one that does: `Revenue from deals`."""
        alike = self._by_key.get(kpi.key, [])
        return f"{kpi.name} from {kpi.variant.replace('_', ' ')}" if len(alike) > 1 else kpi.name

    def find(self, ref: str) -> Kpi | None:
        try:
            return self.get(ref)
        except UnknownKpi:
            return None

    def _did_you_mean(self, key: str) -> str:
        """A sentence with the nearest keys; names and synonyms lead to their key."""
        known = {each: each for each in self._by_key}
        for kpis in self._by_key.values():
            for kpi in kpis:
                known |= {name.lower().replace(" ", "_"): kpi.key for name in (kpi.name, *kpi.synonyms)}
        near = difflib.get_close_matches(key.lower().replace(" ", "_"), known, n=4, cutoff=0.6)
        keys = list(dict.fromkeys(known[name] for name in near))
        if keys:
            return f" Did you mean {' or '.join(keys[:3])}?"
        return f" There are: {', '.join(self._by_key)}."
