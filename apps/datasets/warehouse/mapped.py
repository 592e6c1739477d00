"""A relation of PostgreSQL read as one of our tables: the SQL of each field, and of the rows that do not count.

The result is what an import of the same rows would hold: texts without blanks around them, our values, money with four
decimal places, times in the zone of the workspace; and without the rows that an import would reject.
"""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.common.errors import Refusal
from apps.common.spelling import did_you_mean
from apps.datasets.expressions import replaced, typed
from apps.datasets.schema import Field, FieldType, InScale, NeedsDate, NotBefore, Table
from apps.datasets.schema.fields import normal
from apps.datasets.store.sql import name, text, texts

_BLANKS = text(" \t\r\n\u00a0\u200b\ufeff")
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_DAYS = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_TEXTS = frozenset({"text", "character varying", "character", "uuid", "name", "citext", "boolean", "enum"}) | _NUMBERS
_TAKEN: Mapping[FieldType, frozenset[str]] = {
    FieldType.TEXT: _TEXTS,
    FieldType.CHOICE: _TEXTS,
    FieldType.DATE: _DAYS,
    FieldType.TIMESTAMP: _DAYS,
    FieldType.MONEY: _NUMBERS,
    FieldType.NUMBER: _NUMBERS,
    FieldType.INTEGER: _NUMBERS,
    FieldType.BOOLEAN: frozenset({"boolean"}),
}
_PG_TYPES = {
    FieldType.TEXT: "text",
    FieldType.CHOICE: "text",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "timestamp",
    FieldType.MONEY: "numeric(18,4)",
    FieldType.NUMBER: "numeric(18,4)",
    FieldType.INTEGER: "bigint",
    FieldType.BOOLEAN: "boolean",
}
_MOST = "100000000000000"  # money and numbers have 14 digits before the point


@dataclass(frozen=True)
class Mapped:
    """How a relation reads as `table`. `columns` maps fields and own columns to columns of the relation, `types` are
    those of all its columns as PostgreSQL names them, `values` as in a mapping file."""

    table: Table
    relation: str
    columns: Mapping[str, str]
    types: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    timezone: str = "UTC"

    @property
    def own(self) -> tuple[str, ...]:
        return tuple(each for each in self.columns if not self.table.has(each))

    def select(self) -> str:
        """SELECT of the rows that count, every field of the table and the own columns in their order."""
        listed = ", ".join(f"{sql} AS {name(field)}" for field, sql in self._fields())
        kept = " AND ".join(f"({condition}) IS NOT TRUE" for condition, _ in self.rejects()) or "true"
        columns = ", ".join(name(each) for each in (*self.table.names, *self.own))
        return f"SELECT {columns} FROM (SELECT {listed} FROM {quoted(self.relation)} AS r) AS mapped WHERE {kept}"

    def every_row(self) -> str:
        """SELECT of all rows, also those that do not count, with `_blank_…` where a value could not be read."""
        listed = ", ".join(f"{sql} AS {name(field)}" for field, sql in self._fields())
        return f"SELECT {listed} FROM {quoted(self.relation)} AS r"

    def rejects(self) -> list[tuple[str, str]]:
        """(condition on the mapped row, sentence) of every reason for which a row does not count."""
        required = {field.name for field in self.table.fields if field.required} | set(self.table.key)
        found = [(f"{name(each)} IS NULL", f"`{each}` is blank") for each in self.table.names if each in required]
        found += [
            (f"{name(f'_given_{field}')} AND {name(field)} IS NULL", f"`{field}` {_unusable(self._field(field))}")
            for field in self.columns
            if self._field(field).type not in (FieldType.TEXT, FieldType.BOOLEAN) or self._field(field).codes
        ]
        return found + [_rule(rule) for rule in self.table.checks]

    def problems(self) -> Iterator[str]:
        """A sentence for everything that is wrong with the mapping."""
        for field, column in self.columns.items():
            if column not in self.types:
                yield f"`{self.relation}` has no column `{column}`.{did_you_mean(column, list(self.types))}"
            elif self.types[column] not in _TAKEN[self._field(field).type]:
                wanted = _PG_TYPES[self._field(field).type].split("(")[0]
                yield (
                    f"`{column}` is {self.types[column]}, but `{field}` needs {wanted}: give `{self.relation}` a view"
                    " in which it is."
                )
        for each in self.table.fields:
            if (each.required or each.name in self.table.key) and not self._has(each):
                yield f"{self.table.title} need `{each.name}`: choose its column."

    def check(self) -> None:
        """Refusal with the first problem."""
        for problem in self.problems():
            raise Refusal(problem)

    def _has(self, field: Field) -> bool:
        return field.name in self.columns or bool(field.month_after and field.month_after in self.columns)

    def _field(self, field: str) -> Field:
        return self.table.field(field) if self.table.has(field) else Field(field)

    def _fields(self) -> Iterator[tuple[str, str]]:
        for each in (*self.table.fields, *(Field(own) for own in self.own)):
            if each.name in self.columns:
                yield each.name, self._typed(each, self.columns[each.name])
                yield (
                    f"_given_{each.name}",
                    f"(r.{name(self.columns[each.name])} IS NOT NULL{self._and_not_blank(each)})",
                )
            elif each.month_after and each.month_after in self.columns:
                start = self._typed(self.table.field(each.month_after), self.columns[each.month_after])
                yield each.name, f"CAST({start} + interval '1 month' AS date)"
            else:
                yield each.name, f"CAST(NULL AS {_PG_TYPES[each.type]})"

    def _and_not_blank(self, field: Field) -> str:
        if field.type not in (FieldType.TEXT, FieldType.CHOICE):
            return ""
        return f" AND {self._said(field)} IS NOT NULL"

    def _said(self, field: Field) -> str:
        """The trimmed text of a column with the values of the mapping."""
        trimmed = f"nullif(btrim(CAST(r.{name(self.columns[field.name])} AS text), {_BLANKS}), '')"
        return replaced(trimmed, self.values.get(field.name, {}))

    def _typed(self, field: Field, column: str) -> str:
        raw, kind = f"r.{name(column)}", self.types[column]
        match field.type:
            case FieldType.TEXT | FieldType.CHOICE:
                return f'CAST({typed(field, self._said(field), "")} AS text) COLLATE "C"'
            case FieldType.DATE:
                return f"CAST({self._moment(raw, kind)} AS date)"
            case FieldType.TIMESTAMP:
                return self._moment(raw, kind)
            case FieldType.BOOLEAN:
                return raw
        exact = f"CAST({raw} AS numeric)"
        within = f"abs({exact}) < {_MOST}"  # also false for what is not a number
        if field.type is FieldType.INTEGER:
            return f"CASE WHEN {within} AND {exact} % 1 = 0 THEN CAST({exact} AS bigint) END"
        return f"CASE WHEN {within} THEN CAST({exact} AS numeric(18,4)) END"

    def _moment(self, raw: str, kind: str) -> str:
        """A timestamp in the workspace's time; years outside 1900..2199 are slips, as in a file."""
        local = f"({raw} AT TIME ZONE {text(self.timezone)})" if kind == "timestamp with time zone" else raw
        inside = f"isfinite({raw}) AND extract(year FROM {local}) BETWEEN 1900 AND 2199"
        return f"CASE WHEN {inside} THEN CAST({local} AS timestamp) END"


def quoted(relation: str) -> str:
    """`sales.deals`, quoted. What introspection tells is `schema.name` with dots in neither."""
    return ".".join(name(part) for part in relation.split(".", 1))


def guessed(table: Table, columns: Sequence[str], types: Mapping[str, str]) -> dict[str, str]:
    """Fields whose name or synonym is a column of a type that they take; every column once, but stage and outcome."""
    by_name = {normal(column): column for column in reversed(list(columns))}
    found: dict[str, str] = {}
    for field in table.fields:
        for word in (field.name, *field.synonyms):
            column = by_name.get(normal(word))
            shared = table.name == "deals" and field.name in {"stage", "outcome"} and "stage" in word
            if column and types[column] in _TAKEN[field.type] and (shared or column not in found.values()):
                found[field.name] = column
                break
    return found


def takes(field: Field, kind: str) -> bool:
    """Whether a column of this type may feed the field."""
    return kind in _TAKEN[field.type]


def _unusable(field: Field) -> str:
    match field.type:
        case FieldType.CHOICE:
            return f"is none of {', '.join(field.choices)}"
        case FieldType.DATE | FieldType.TIMESTAMP:
            return "lies outside the years 1900 to 2199"
        case FieldType.TEXT:
            return "is no currency of ISO 4217"
    return "is no number that fits"


def _rule(rule: NotBefore | NeedsDate | InScale) -> tuple[str, str]:
    match rule:
        case NotBefore(earlier=earlier, later=later):
            return f"{name(later)} < {name(earlier)}", f"`{later}` lies before `{earlier}`"
        case NeedsDate(field=field, values=values, date=date):
            missing = f"{name(field)} IN ({texts(values)}) AND {name(date)} IS NULL"
            return missing, f"`{date}` is blank, but `{field}` is {' or '.join(values)}"
    low, high = (_limit(rule, place) for place in (0, 1))
    return f"{name(rule.field)} < {low} OR {name(rule.field)} > {high}", f"`{rule.field}` lies outside its scale"


def _limit(rule: InScale, place: int) -> str:
    declared = (rule.least, rule.most)[place]
    usual = " ".join(f"WHEN {text(kind)} THEN {(low, high)[place]}" for kind, low, high in rule.usual)
    return f"coalesce({name(declared)}, CASE {name(rule.kind)} {usual} END)"
