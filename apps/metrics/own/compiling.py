"""From own definitions to catalogue KPIs. What was saved was checked then, so this only builds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from apps.datasets.schema import TABLES
from apps.metrics.catalogue.formulas import Formula, Mean, PerEntity, Quotient, leaves, table_of
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.kpi import Version as Mark
from apps.metrics.catalogue.rows import Column
from apps.metrics.catalogue.surveys import SMALLEST_GROUP
from apps.metrics.own.definition import VARIANT, Definition, Measure, OwnSpec
from apps.metrics.own.formula import meaning_of, read
from apps.metrics.own.measures import formula_of, unit_of
from apps.metrics.own.problems import OwnKpiRefusal

BuiltIn = Callable[[str], Kpi | None]  # by ref
PRIVACY_MIN = 5
PUBLIC_SURVEYS = frozenset({"nps", "csat"})  # answers of customers about the company
_CATEGORY = {
    "surveys": Category.CUSTOMER,
    "customers": Category.CUSTOMER,
    "subscriptions": Category.CUSTOMER,
    "employees": Category.EMPLOYEE,
    "ledger": Category.FINANCIAL,
}


@dataclass(frozen=True)
class Built:
    """The part of a Kpi that follows from its definition alone. `unit` is the default; `units` all it may be called."""

    formula: Formula
    dated_by: Column
    kind: Kind
    unit: Unit
    units: tuple[Unit, ...]
    category: Category


def built_from_rows(definition: Definition) -> Built:
    measure, below = definition.measure, definition.divided_by
    assert measure is not None
    dated_by = Column(measure.table, measure.date)
    above = formula_of(measure)
    unit, guessed = unit_of(measure)
    category = _CATEGORY.get(measure.table, Category.FINANCIAL if unit is Unit.MONEY else Category.OPERATIONAL)
    if below is None:
        kind = Kind.MEAN if isinstance(above, Mean) else Kind.FLOW
        kind = Kind.RECOUNT if isinstance(above, PerEntity) else kind
        units: tuple[Unit, ...] = (Unit.COUNT, Unit.POINTS, Unit.DAYS, Unit.TIMES) if guessed else (unit,)
        return Built(above, dated_by, kind, unit, units, category)
    ratio = Quotient(above, formula_of(below, dated_by))
    units = _units_of_ratio(measure, below)
    if not units:
        raise OwnKpiRefusal(
            {"divided": "Money stands only below the line: the result has no unit that one could read."}
        )
    entities = any(isinstance(each, PerEntity | Mean) for each in (ratio.above, ratio.below))
    return Built(ratio, dated_by, Kind.COMPOSITE if entities else Kind.RATIO, units[0], units, category)


def _units_of_ratio(measure: Measure, below: Measure) -> tuple[Unit, ...]:
    """What the quotient may be called; nothing where money stands below the line and not above it."""
    (one, guessed), (other, guessed_below) = unit_of(measure), unit_of(below)
    if one is Unit.MONEY and other is Unit.MONEY:
        return (Unit.PERCENT, Unit.TIMES)
    if other is Unit.MONEY:
        return ()
    if one is Unit.MONEY:
        return (Unit.MONEY,)
    if guessed or guessed_below:
        return (Unit.TIMES, Unit.PERCENT, Unit.COUNT, Unit.POINTS, Unit.DAYS)
    is_part = (measure.table, measure.aggregate, measure.column) == (below.table, below.aggregate, below.column)
    return (Unit.PERCENT, Unit.TIMES) if is_part else (Unit.TIMES, Unit.PERCENT)


def built_from_formula(definition: Definition, named: Callable[[str], Kpi | None], *, checked: bool) -> Built:
    meant = meaning_of(read(definition.text), named, checked=checked)
    first = next(kpi for kpi in map(named, (name for name, _ in definition.names)) if kpi)
    unit = meant.dimension.unit or Unit.TIMES
    units = (Unit.PERCENT, Unit.TIMES) if unit is Unit.PERCENT else (unit,)
    units = (Unit.TIMES, Unit.PERCENT) if unit is Unit.TIMES else units
    if checked and isinstance(meant.formula, Kpi):
        raise OwnKpiRefusal({"formula": f"The formula is only “{meant.told}”: that KPI is there already."})
    return Built(meant.formula, first.dated_by, meant.kind or Kind.COMPOSITE, unit, units, first.category)


def kpi_of(key: str, name: str, definition: Definition, built: Built, marks: tuple[Mark, ...]) -> Kpi:
    """The catalogue's Kpi; what the definition leaves blank is derived."""
    parts = list(_kpis_in(built.formula))
    kpi = Kpi(
        key=key,
        name=name,
        sentence=definition.sentence,
        formula=built.formula,
        dated_by=built.dated_by,
        kind=built.kind,
        unit=Unit(definition.unit) if definition.unit else built.unit,
        direction=Direction(definition.direction),
        category=Category(definition.category) if definition.category else built.category,
        counter_metric=definition.counter_metric,
        versions=marks,
        min_n=definition.min_n,
        variant=VARIANT,
        privacy_min=max([_privacy(definition), *(each.privacy_min for each in parts)]),
        ripe_after=max((each.ripe_after for each in parts), default=0),
        scopes=_scopes(built, parts) if not _privacy(definition) else ("workspace",),
        own=True,
        authority="Defined in this workspace.",
    )
    return kpi if kpi.sentence else replace(kpi, sentence=_sentence(kpi))


def _kpis_in(formula: Formula) -> Iterable[Kpi]:
    for part in formula.parts():
        if isinstance(part, Kpi):
            yield part
        yield from _kpis_in(part)


def _scopes(built: Built, parts: list[Kpi]) -> tuple[str, ...]:
    """What goals can be about: a row without owner or team is the whole workspace's."""
    allowed = [set(each.scopes) for each in parts]
    for leaf in leaves(built.formula):
        table = TABLES.get(table_of(leaf))
        if table is None or table.has("owner"):
            continue
        allowed.append({"workspace", "team"} if table.has("team") else {"workspace"})
    return tuple(scope for scope in ("workspace", "team", "person") if all(scope in each for each in allowed))


def _privacy(definition: Definition) -> int:
    """Answers of colleagues are counted only where there are enough of them that nobody can be told."""
    for measure in (definition.measure, definition.divided_by):
        if measure is None or measure.table != "surveys":
            continue
        kinds = [set(each.values) for each in measure.filters if (each.column, each.test) in _KIND_TESTS]
        if measure.match != "all" or not any(values <= PUBLIC_SURVEYS for values in kinds):
            return SMALLEST_GROUP
    return 0


_KIND_TESTS = {("kind", "is"), ("kind", "one_of")}


def _sentence(kpi: Kpi) -> str:
    text = kpi.in_words
    return f"{text[:1].upper()}{text[1:]}."


# --- all own KPIs of a workspace, with their versions ----------------------------------------------------


class Cycle(OwnKpiRefusal):
    """A KPI that is made of itself. `path` begins and ends with the same name."""

    def __init__(self, path: list[str]) -> None:
        super().__init__({"formula": f"A KPI cannot be made of itself: {' → '.join(path)}."})
        self.path = path


class Workshop:
    """Own KPIs compiled together, since they may be made of one another. One Kpi object for equal definitions."""

    def __init__(self, specs: Iterable[OwnSpec], built_in: BuiltIn, *, checked: str = "") -> None:
        """`checked` is the key of the one whose newest version is looked at closely."""
        self.specs = {each.key: each for each in specs}
        self.built_in = built_in
        self.checked = checked
        self.made: dict[tuple[object, ...], Kpi] = {}
        self.dated: dict[tuple[str, date], Kpi] = {}
        self.changes: dict[str, list[date]] = {}
        self.without_cycle: set[str] = set()

    def all(self) -> list[Kpi]:
        """Those that can be computed; one whose parts are gone is left out."""
        found = []
        for key in self.specs:
            try:
                found.append(self.kpi(key))
            except OwnKpiRefusal:
                continue
        return found

    def kpi(self, key: str) -> Kpi:
        """The newest definition, knowing those before it. OwnKpiRefusal (Cycle) if it cannot be built."""
        self.check_cycles(key, [])
        days = self.days(key)
        history = tuple(dict.fromkeys(self.on(key, day) for day in days))
        marks: list[Mark] = []
        dated = []
        for day, each in _first_days(days, [self.on(key, day) for day in days]):
            marks.append(self._mark(key, day))
            dated.append(replace(each, versions=tuple(marks)))
        return replace(dated[-1], history=tuple(dated)) if len(history) > 1 else dated[-1]

    def days(self, key: str) -> list[date]:
        """From which days something changed: versions of its own, or of a KPI it is made of."""
        if key not in self.changes:
            spec = self.specs[key]
            first = spec.in_use[0].effective_from
            found = {each.effective_from for each in spec.in_use}
            for part in self.parts(key):
                found |= {day for day in self.days(part)[1:] if day > first}
            self.changes[key] = sorted(found)
        return self.changes[key]

    def parts(self, key: str) -> list[str]:
        """The own KPIs that any of its versions in use is made of."""
        keys = (part for each in self.specs[key].in_use for part in each.definition.own_keys)
        return [part for part in dict.fromkeys(keys) if part in self.specs]

    def check_cycles(self, key: str, path: list[str]) -> None:
        if key in path:
            raise Cycle([self.specs[each].name for each in [*path[path.index(key) :], key]])
        if key in self.without_cycle:
            return
        for part in self.parts(key):
            self.check_cycles(part, [*path, key])
        self.without_cycle.add(key)

    def on(self, key: str, day: date) -> Kpi:
        """The definition in force on a day, with those of its parts on that day; the same object for the same ones."""
        if (key, day) in self.dated:
            return self.dated[key, day]
        spec = self.specs[key]
        version = spec.on(day)
        parts = tuple(self.on(part, day) for part in version.definition.own_keys if part in self.specs)
        signature = (key, version.number, *map(id, parts))
        if signature not in self.made:
            checked = key == self.checked and version is spec.versions[-1]
            self.made[signature] = self._build(spec, version.number, version.definition, parts, checked=checked)
        self.dated[key, day] = self.made[signature]
        return self.made[signature]

    def _build(
        self, spec: OwnSpec, number: int, definition: Definition, parts: tuple[Kpi, ...], *, checked: bool
    ) -> Kpi:
        mark = Mark(number, spec.on(date.max).effective_from, "")
        return kpi_of(spec.key, spec.name, definition, self._built(definition, parts, checked=checked), (mark,))

    def built(self, definition: Definition) -> Built:
        """A definition with the newest of what it is made of, looked at closely. OwnKpiRefusal says what is wrong."""
        parts = tuple(self.on(part, date.max) for part in definition.own_keys if part in self.specs)
        return self._built(definition, parts, checked=True)

    def _built(self, definition: Definition, parts: tuple[Kpi, ...], *, checked: bool) -> Built:
        if definition.measure is not None:
            return built_from_rows(definition)
        own = {each.ref: each for each in parts}
        refs = dict(definition.names)

        def named(name: str) -> Kpi | None:
            ref = refs.get(name, "")
            return own.get(ref) or self.built_in(ref)

        return built_from_formula(definition, named, checked=checked)

    def _mark(self, key: str, day: date) -> Mark:
        """What changed on this day; of several KPIs it is made of, each in a sentence."""
        version = self.specs[key].on(day)
        if version.effective_from == day:
            return Mark(version.number, day, version.what)
        changed = [
            f"“{self.specs[part].name}”, which it is made of, changed: {self.specs[part].on(day).what}"
            for part in self.parts(key)
            if day in self.days(part)
        ]
        return Mark(version.number, day, " ".join(changed))


def _first_days(days: list[date], kpis: list[Kpi]) -> list[tuple[date, Kpi]]:
    """The days on which the definition became another one."""
    return [
        (day, kpi) for at, (day, kpi) in enumerate(zip(days, kpis, strict=True)) if at == 0 or kpi is not kpis[at - 1]
    ]
