"""Whether a definition makes sense in its workspace: every problem a sentence at the input that has to change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from apps.metrics.catalogue.kpi import Category, Direction, Kpi, Unit
from apps.metrics.own.compiling import Built, Cycle, Workshop
from apps.metrics.own.definition import Definition, OwnSpec, Version
from apps.metrics.own.formula import LARGEST, Glossary, read, refs_of, size_of
from apps.metrics.own.measures import OwnColumns, check_measure, is_always_empty
from apps.metrics.own.problems import OwnKpiRefusal, Problems
from apps.metrics.own.units import WORDS

LONGEST_SENTENCE = 300
MOST_ROWS = 1_000_000
NEW = "new"  # stands for the key of a KPI that has none yet


@dataclass(frozen=True)
class Setting:
    """What a definition is checked against. `own_columns` are the workspace's own, by table."""

    own_columns: OwnColumns
    glossary: Glossary
    specs: Sequence[OwnSpec]
    built_in: Callable[[str], Kpi | None]


@dataclass(frozen=True)
class Checked:
    """The definition with what its names mean, and the Kpi that it makes."""

    definition: Definition
    kpi: Kpi
    units: tuple[Unit, ...]


def check(
    definition: Definition, setting: Setting, *, name: str, key: str = NEW, unit: str = "", restates: bool = False
) -> Checked:
    """Raises OwnKpiRefusal with all problems. `unit` is that of the versions before, which stays."""
    problems = Problems()
    _check_words(definition, setting, problems)
    if definition.measure is not None:
        _check_rows(definition, setting, problems)
    else:
        definition = _with_names(definition, setting, problems)
    problems.refuse()
    workshop = _workshop(definition, setting, name, key, restates=restates)
    workshop.check_cycles(key, [])
    built = workshop.built(definition)
    _check_unit(definition, built, name, unit)
    kpi = workshop.kpi(key)
    _check_sizes(workshop, key)
    return Checked(replace(definition, unit=kpi.unit.value), kpi, built.units)


def _check_rows(definition: Definition, setting: Setting, problems: Problems) -> None:
    measure, below = definition.measure, definition.divided_by
    assert measure is not None
    check_measure(measure, setting.own_columns, problems)
    if below is not None:
        check_measure(below, setting.own_columns, problems, "by_")
    if problems.found:
        return
    if is_always_empty(measure):
        problems.add("match", "No row can satisfy all these conditions at once: the number would always be zero.")
    if below is not None and is_always_empty(below):
        problems.add("by_match", "No row can satisfy all these conditions at once: it would divide by zero.")


def _with_names(definition: Definition, setting: Setting, problems: Problems) -> Definition:
    if not definition.text.strip():
        problems.add("formula", "Write the formula, for example revenue / new_customers.")
        return definition
    try:
        found = refs_of(read(definition.text), setting.glossary)
    except OwnKpiRefusal as refused:
        problems.add("formula", refused.problems["formula"])
        return definition
    return replace(definition, names=tuple((written, kpi.ref) for written, kpi in found.items()))


def _check_words(definition: Definition, setting: Setting, problems: Problems) -> None:
    if definition.unit and definition.unit not in list(Unit):
        problems.add("unit", f"“{definition.unit[:40]}” is no unit: choose one of the list.")
    if definition.direction not in list(Direction):
        problems.add("direction", "Choose whether higher or lower is better.")
    if definition.category and definition.category not in list(Category):
        problems.add("category", f"“{definition.category[:40]}” is no category: choose one of the list.")
    if len(definition.sentence) > LONGEST_SENTENCE:
        problems.add("sentence", f"A sentence has at most {LONGEST_SENTENCE} characters.")
    counter = definition.counter_metric
    if counter and setting.glossary.find(counter) is None:
        problems.add("counter_metric", f"There is no KPI “{counter[:60]}”: choose one of the list.")
    if not 0 <= definition.min_n <= MOST_ROWS:
        problems.add("min_n", f"Give a number of rows from 0 to {MOST_ROWS:,}.")


def _check_unit(definition: Definition, built: Built, name: str, before: str) -> None:
    wanted = Unit(definition.unit or built.unit)
    if wanted not in built.units:
        raise OwnKpiRefusal({"unit": _wrong_unit(wanted, built.units)})
    if before and wanted != before:
        raise OwnKpiRefusal(
            {
                "unit": f"{name} is {WORDS[Unit(before)]}, and targets are set in it; this is {WORDS[wanted]}: "
                "build another KPI for it."
            }
        )


def _wrong_unit(wanted: Unit, units: Iterable[Unit]) -> str:
    allowed = " or ".join(WORDS[each] for each in units)
    if wanted is Unit.PERCENT:
        return f"Only a share is told in percent: a number divided by one of the same kind. This is {allowed}."
    return f"This cannot be {WORDS[wanted]}: what is computed is {allowed}."


def _workshop(definition: Definition, setting: Setting, name: str, key: str, *, restates: bool) -> Workshop:
    """All own KPIs with this definition as the newest version."""
    old = next((each for each in setting.specs if each.key == key), OwnSpec(key, name or "This KPI", ()))
    number = max((each.number for each in old.versions), default=0) + 1
    newest = Version(number, date.max, "", definition, restates)
    specs = [each for each in setting.specs if each.key != key]
    return Workshop([*specs, replace(old, versions=(*old.versions, newest))], setting.built_in, checked=key)


def _check_sizes(workshop: Workshop, key: str) -> None:
    """KPIs that are made of this one grow with it."""
    known: dict[int, int] = {}
    for other in workshop.specs:
        try:
            kpi = workshop.kpi(other)
        except Cycle:
            raise
        except OwnKpiRefusal:  # a part of it is gone, which is not this one's fault
            continue
        if other != key and size_of(kpi, known) > LARGEST:
            name = workshop.specs[other].name
            raise OwnKpiRefusal({"formula": f"“{name}” is made of this KPI and would have more than {LARGEST} parts."})
