"""The builder's form: one flat form for both ways, whose choices depend on the table that is chosen.

It only reads. What a definition must be is decided, and told, by apps.metrics; the names of the fields here are those
of its problems. The measure below the line has the same fields again, with `by_` in front.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms

from apps.common.periods import Grain
from apps.datasets.schema import TABLES
from apps.metrics.catalogue import Category, Direction, Kpi, Unit
from apps.metrics.catalogue.words import heading
from apps.metrics.own.definition import FILTERS, Definition, Filter, Measure
from apps.metrics.own.measures import (
    AGGREGATES,
    DAY,
    NUMBER,
    TESTS,
    OwnColumns,
    aggregable,
    columns_of,
    dates_of,
    kind_of,
)
from apps.metrics.own.problems import OwnKpiRefusal
from apps.pages.templatetags.kpi_tags import CATEGORIES, UNITS
from apps.pages.widgets import DayInput

ROWS, FORMULA = "rows", "formula"
WAYS = [(ROWS, "From the rows of a table"), (FORMULA, "As a formula of other KPIs")]
PREFIXES = ("", "by_")
GRAINS = [(Grain.QUARTER.value, "by quarter"), (Grain.MONTH.value, "by month")]
MATCHES = [("all", "all of these hold"), ("any", "any of these holds")]
_PARTS = ("table", "aggregate", "column", "date", "match")

Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class FilterFields:
    column: forms.BoundField
    test: forms.BoundField
    value: forms.BoundField | None  # None for a test that takes no value
    known: list[str]  # values of the column, to choose from
    known_id: str


@dataclass(frozen=True)
class MeasureFields:
    prefix: str
    table: forms.BoundField
    aggregate: forms.BoundField
    column: forms.BoundField | None
    date: forms.BoundField
    match: forms.BoundField
    filters: list[FilterFields]
    has_table: bool
    full: bool


class OwnKpiForm(forms.Form):
    """`values` gives the values of a column, for those who type one; `with_rows` are the tables that have data."""

    needed: tuple[str, ...] = ("name",)  # what apps.metrics insists on; the page marks the others as optional

    name = forms.CharField(label="Name", required=False, max_length=200)
    way = forms.CharField(label="How it is computed", required=False, widget=forms.RadioSelect(choices=WAYS))
    divided = forms.BooleanField(label="Divided by a second number", required=False)
    formula = forms.CharField(
        label="Formula",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}),
        help_text="KPIs by their name, numbers, + − * / and brackets: revenue / new_customers * 1.2",
    )
    unit = forms.CharField(label="Unit", required=False, widget=forms.Select)
    direction = forms.CharField(
        label="Better", required=False, widget=forms.Select(choices=[("up", "higher"), ("down", "lower")])
    )
    category = forms.CharField(label="Category", required=False, widget=forms.Select)
    sentence = forms.CharField(
        label="What it says", required=False, help_text="One sentence for those who read the number."
    )
    counter_metric = forms.CharField(
        label="Read it with",
        required=False,
        widget=forms.Select,
        help_text="The KPI that shows whether this one was bought at its cost.",
    )
    min_n = forms.CharField(
        label="Careful below",
        required=False,
        help_text="Rows below which the number is too shaky to judge by.",
    )
    grain = forms.CharField(label="Shown", required=False, widget=forms.Select(choices=GRAINS))

    def __init__(
        self,
        *args: Any,
        own_columns: OwnColumns,
        with_rows: Iterable[str],
        kpis: Iterable[Kpi],
        more: str | None = None,
        **kwargs: Any,
    ) -> None:
        """`more` is the prefix of the measure that gets one more condition."""
        super().__init__(*args, **kwargs)
        self.own = own_columns
        self.with_rows = set(with_rows)
        self.counts: dict[str, int] = {}
        for prefix in PREFIXES:
            self._add_measure(prefix, more=more == prefix)
        self._fill(list(kpis))
        for name in self.needed:
            self.fields[name].needed = True  # type: ignore[attr-defined]

    def given(self, name: str) -> str:
        """What a field holds now, read before anything is checked."""
        value = self.data.get(name) if self.is_bound else self.initial.get(name)
        return str(value or "").strip()

    @property
    def is_formula(self) -> bool:
        return self.given("way") == FORMULA

    @property
    def is_divided(self) -> bool:
        return bool(self.given("divided"))

    def definition(self) -> Definition:
        """As it was typed and chosen, unchecked."""
        said = Definition(
            unit=self.given("unit"),
            direction=self.given("direction") or Direction.UP.value,
            category=self.given("category"),
            sentence=self.given("sentence"),
            counter_metric=self.given("counter_metric"),
            min_n=self._min_n(),
        )
        if self.is_formula:
            return replace(said, text=str(self.data.get("formula", "") or ""))
        below = self._measure("by_") if self.is_divided else None
        return replace(said, measure=self._measure(""), divided_by=below)

    def refused(self, refusal: OwnKpiRefusal) -> None:
        for name, sentence in refusal.problems.items():
            self.add_error(name if name in self.fields else None, sentence)

    def focus_first_error(self) -> None:
        for name in self.fields:
            if name in self.errors:
                self.fields[name].widget.attrs["autofocus"] = True
                return

    def measures(self, values: "Values") -> list[MeasureFields]:
        """The measures as the page shows them; the second one only while it is wanted."""
        prefixes = PREFIXES if self.is_divided else PREFIXES[:1]
        return [self._shown(prefix, values) for prefix in prefixes]

    # --- reading -----------------------------------------------------------------------------------------

    def _measure(self, prefix: str) -> Measure:
        filters = [self._filter(f"{prefix}filter_{at}_") for at in range(self.counts[prefix])]
        given = {name: self.given(prefix + name) for name in _PARTS}
        given["aggregate"] = given["aggregate"] or "count"
        column = "" if given["aggregate"] == "count" else given.pop("column")
        given.pop("column", None)
        return Measure(
            **{**given, "match": given["match"] or "all"}, column=column, filters=tuple(filter(None, filters))
        )

    def _filter(self, prefix: str) -> Filter | None:
        column, test, value = (self.given(prefix + part) for part in ("column", "test", "value"))
        if not column:
            return None
        takes = TESTS[test].values if test in TESTS else "one"
        if takes == "many":
            return Filter(column, test, tuple(_split(value)))
        return Filter(column, test, (value,) if takes and value else ())

    def _min_n(self) -> int:
        text = self.given("min_n") or "0"
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    # --- showing -----------------------------------------------------------------------------------------

    def _add_measure(self, prefix: str, *, more: bool) -> None:
        table = self.given(f"{prefix}table")
        known = table in TABLES
        aggregate = self.given(f"{prefix}aggregate") or "count"
        columns = _named(columns_of(table, self.own)) if known else []
        self._select(f"{prefix}table", "Table", [("", "Choose a table"), *self._tables()])
        self._select(f"{prefix}aggregate", "What is made of its rows", list(AGGREGATES.items()))
        fitting = _named(aggregable(table, aggregate, self.own)) if known else []
        self._select(f"{prefix}column", "Column", [("", "Choose a column"), *fitting])
        self._select(f"{prefix}date", "Counted on the day of", _named(dates_of(table)) if known else [])
        self._select(f"{prefix}match", "Only rows where", MATCHES)
        filled = [at for at in range(FILTERS + 1) if self.given(f"{prefix}filter_{at}_column")]
        count = max([1, *(at + 1 for at in filled)]) + (1 if more else 0)
        self.counts[prefix] = min(count, FILTERS)
        for at in range(self.counts[prefix]):
            self._add_filter(f"{prefix}filter_{at}_", table, columns, known=known)

    def _add_filter(self, prefix: str, table: str, columns: Choices, *, known: bool) -> None:
        column = self.given(f"{prefix}column")
        kind = kind_of(table, column, self.own) if known else None
        tests = [(key, test.label) for key, test in TESTS.items() if kind in test.kinds]
        self._select(f"{prefix}column", "Column", [("", "no condition"), *columns])
        self._select(f"{prefix}test", "Test", tests)
        widget: forms.Widget = DayInput() if kind == DAY else forms.TextInput(attrs={"autocomplete": "off"})
        if kind == NUMBER:
            widget.attrs["inputmode"] = "decimal"
        self.fields[f"{prefix}value"] = forms.CharField(label="Value", required=False, widget=widget)

    def _select(self, name: str, label: str, choices: Choices) -> None:
        self.fields[name] = forms.CharField(label=label, required=False, widget=forms.Select(choices=choices))

    def _tables(self) -> Choices:
        filled = [(key, table.title) for key, table in TABLES.items() if key in self.with_rows]
        empty = [(key, table.title) for key, table in TABLES.items() if key not in self.with_rows]
        groups: Choices = [("With data", filled)] if filled else []
        return [*groups, ("Nothing imported yet", empty)] if empty else groups

    def _fill(self, kpis: list[Kpi]) -> None:
        units = [(unit.value, name) for unit, name in {Unit.MONEY: "money", **UNITS}.items()]
        self.fields["unit"].widget.choices = [("", "as it follows"), *units]
        self.fields["category"].widget.choices = [("", "as it follows"), *((c.value, CATEGORIES[c]) for c in Category)]
        names = sorted(((kpi.key, kpi.name) for kpi in kpis), key=lambda each: each[1].lower())
        self.fields["counter_metric"].widget.choices = [("", "nothing"), *names]
        self.fields["min_n"].widget.attrs["inputmode"] = "numeric"

    def _shown(self, prefix: str, values: "Values") -> MeasureFields:
        table = self.given(f"{prefix}table")
        aggregate = self.given(f"{prefix}aggregate") or "count"
        filters = [self._filter_shown(f"{prefix}filter_{at}_", table, values) for at in range(self.counts[prefix])]
        return MeasureFields(
            prefix=prefix,
            table=self[f"{prefix}table"],
            aggregate=self[f"{prefix}aggregate"],
            column=self[f"{prefix}column"] if aggregate != "count" else None,
            date=self[f"{prefix}date"],
            match=self[f"{prefix}match"],
            filters=filters,
            has_table=table in TABLES,
            full=self.counts[prefix] >= FILTERS,
        )

    def _filter_shown(self, prefix: str, table: str, values: "Values") -> FilterFields:
        column, test = self.given(f"{prefix}column"), self.given(f"{prefix}test")
        takes = TESTS[test].values if test in TESTS else "one"
        known = values(table, column) if column and takes else []
        value = self[f"{prefix}value"] if column and takes else None
        known_id = f"{prefix}known"
        if value is not None and known:
            self.fields[f"{prefix}value"].widget.attrs["list"] = known_id
        return FilterFields(self[f"{prefix}column"], self[f"{prefix}test"], value, known, known_id)


class Values:
    """The values of columns, each looked up once a page."""

    def __init__(self, look: Any) -> None:
        self.look = look
        self.found: dict[tuple[str, str], list[str]] = {}

    def __call__(self, table: str, column: str) -> list[str]:
        if (table, column) not in self.found:
            self.found[table, column] = self.look(table, column)
        return self.found[table, column]


class VersionForm(OwnKpiForm):
    """A new definition of a KPI that there is: from which day, and why."""

    needed = ("name", "effective_from", "what", "restates")

    effective_from = forms.DateField(
        label="From which day",
        required=False,
        widget=DayInput,
        error_messages={"invalid": "Write the day as year-month-day, for example 2026-03-31."},
        help_text="A period is computed by the definition in force on its first day.",
    )
    restates = forms.BooleanField(label="It holds for all days: restate what is past", required=False)
    what = forms.CharField(
        label="What changes, and why", required=False, help_text="Stands beside the break in every chart."
    )


def initial_of(definition: Definition, name: str) -> dict[str, Any]:
    """A definition as the form shows it."""
    found: dict[str, Any] = {
        "name": name,
        "way": FORMULA if definition.measure is None else ROWS,
        "divided": definition.divided_by is not None,
        "formula": definition.text,
        "min_n": definition.min_n or "",
    }
    for each in ("unit", "direction", "category", "sentence", "counter_metric"):
        found[each] = getattr(definition, each)
    for prefix, measure in zip(PREFIXES, (definition.measure, definition.divided_by), strict=True):
        if measure is not None:
            found |= _initial_of_measure(measure, prefix)
    return found


def _initial_of_measure(measure: Measure, prefix: str) -> Mapping[str, Any]:
    found = {f"{prefix}{part}": getattr(measure, part) for part in _PARTS}
    for at, each in enumerate(measure.filters):
        start = f"{prefix}filter_{at}_"
        many = TESTS[each.test].values == "many"
        value = _joined(each.values) if many else next(iter(each.values), "")
        found |= {f"{start}column": each.column, f"{start}test": each.test, f"{start}value": value}
    return found


def _named(columns: Iterable[str]) -> Choices:
    return [(name, heading(name)) for name in columns]


def _split(text: str) -> list[str]:
    """`EMEA, "Smith, John"` as a spreadsheet would read the line."""
    try:
        (row,) = csv.reader([text.replace("\n", " ")], skipinitialspace=True)
    except (csv.Error, ValueError):
        return [text]
    return [each.strip() for each in row if each.strip()]


def _joined(values: Iterable[str]) -> str:
    return ", ".join('"' + each.replace('"', '""') + '"' if "," in each or '"' in each else each for each in values)
