"""What all rows of a file say about a proposed mapping: how dates and numbers are written, what their texts mean."""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from dataclasses import dataclass, replace
from typing import Any

import duckdb

from apps.datasets.expressions import typed
from apps.datasets.grid import lay_out
from apps.datasets.guessing import Open, judge_formats
from apps.datasets.looking import Looked
from apps.datasets.mapping import Mapping, parse
from apps.datasets.meanings import fold, meaning_of
from apps.datasets.plan import Plan, make_plan
from apps.datasets.proposing import Draft
from apps.datasets.repairs import NO_REPAIRS
from apps.datasets.schema import Field, FieldType
from apps.datasets.staging import load_lookup
from apps.datasets.store.sql import as_text, text
from apps.datasets.views import view_of_texts

MOST_VALUES = 200  # distinct texts of a field that are told
_NUMBERS = {".": "a decimal point", ",": "a decimal comma"}
_DATES = {
    "date_order": "Is {example} in `{name}` {shown}? Both fit every row.",
    "mixed_dates": "The dates of `{name}` are mixed: {example} can only be read in another order than others. Which"
    " order is right? Rows in the other one are rejected.",
    "other_dates": "The dates of `{name}` are written in different ways. Which one is right? Rows that are written"
    " otherwise are rejected.",
}
_SIGNS = {
    "decimal_sign": "What does {example} in `{name}` stand for? No row decides it.",
    "mixed_numbers": "The numbers of `{name}` are mixed: some have a decimal comma, others a decimal point. Which is"
    " right? Rows that are written otherwise are rejected.",
}


@dataclass(frozen=True)
class Question:
    """Something the rows leave open. `kind`: date_order, mixed_dates, other_dates, decimal_sign, mixed_numbers.

    A choice is (value, label); the value chosen belongs under `formats` of the field in the mapping.
    """

    field: str
    kind: str
    sentence: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ValueSeen:
    """A text of the file in a field with fixed meanings, `text` blank for blank cells.

    `meaning` is a choice of the field (`true` and `false` for yes and no). It is blank if nobody knows it, and then has
    to be asked, unless `blank` says that the text stands for nothing. `guessed` is false where the mapping says it.
    """

    text: str
    rows: int
    meaning: str
    guessed: bool
    reason: str = ""
    blank: bool = False


@dataclass(frozen=True)
class Seen:
    """`plan` is complete: with the formats that were found and the meanings that are known."""

    plan: Plan
    reasons: dict[str, str]
    questions: tuple[Question, ...]
    values: dict[str, tuple[ValueSeen, ...]]
    notes: tuple[str, ...] = ()


def see(looked: Looked, draft: Draft) -> Seen:
    """Ask all rows. Refusal if the mapping names what the file does not have."""
    mapping = parse(draft.mapping, draft.table.name)
    lookups = [looked.beside[each.file] for each in mapping.lookups if each.file in looked.beside]
    mapping = replace(mapping, lookups=tuple(each for each in mapping.lookups if each.file in looked.beside))
    plan = make_plan(mapping, looked.source, lookups, complete=False)
    with looked.ready_for(plan) as con:
        lay_out(con, plan, NO_REPAIRS)
        for number in range(len(plan.lookups)):
            load_lookup(con, number, plan)
        values = _values_of(con, plan)
        plan = make_plan(_with_meanings(mapping, values), looked.source, lookups, complete=False)
        con.execute(view_of_texts(plan))
        judged = judge_formats(con, plan)
        questions = tuple(_question(con, plan.field(each.field), each) for each in judged.open)
    return Seen(plan.with_formats(judged.formats), judged.reasons, questions, values)


def _values_of(con: duckdb.DuckDBPyConnection, plan: Plan) -> dict[str, tuple[ValueSeen, ...]]:
    """The distinct texts of each field with fixed meanings that a column feeds, before `values` and `constants`."""
    bare = replace(plan.mapping, values={}, constants={})
    fields = [
        each
        for each in plan.fields
        if each.type in {FieldType.CHOICE, FieldType.BOOLEAN} and plan.places.get(each.name)
    ]
    if not fields:
        return {}
    con.execute(view_of_texts(make_plan(bare, plan.source, [e.source for e in plan.lookups], complete=False)))
    return {each.name: _seen(con, plan, each) for each in fields}


def _seen(con: duckdb.DuckDBPyConnection, plan: Plan, each: Field) -> tuple[ValueSeen, ...]:
    column = as_text(each.name)
    found = con.execute(
        f"SELECT coalesce({column}, ''), count(*) AS n, any_value({typed(each, column, '')}::VARCHAR) FROM texts"
        f" GROUP BY 1 ORDER BY n DESC, 1 LIMIT {MOST_VALUES}"
    ).fetchall()
    said = plan.mapping.values.get(each.name, {})
    folded = {key.strip().lower(): meaning for key, meaning in said.items()}
    accounts = {fold(written) for written, _, _ in found}
    seen = []
    for written, rows, read in found:
        key = written.lower() if written.lower() in folded else "*" if "*" in folded and written else None
        if key is not None:
            seen.append(ValueSeen(written, rows, folded[key], False, "so it was decided", not folded[key]))
        elif written:
            seen.append(_guess(plan.mapping.table.name, each, written, rows, read, accounts))
        elif not each.required or each.name in plan.mapping.constants:
            seen.append(ValueSeen("", rows, "", True, "blank cells stay blank", blank=True))
        else:
            seen.append(ValueSeen("", rows, "", False))
    return tuple(seen)


def _guess(table: str, each: Field, written: str, rows: int, read: str | None, others: set[str]) -> ValueSeen:
    # `Sales` among the accounts of a ledger is what was sold, unless the classes themselves stand there.
    if each.name == "account_class" and fold(written) == "sales" and not others <= set(each.choices):
        return ValueSeen(written, rows, "revenue", True, "among other accounts `Sales` is revenue")
    if read is not None and each.type is FieldType.BOOLEAN:
        return ValueSeen(written, rows, read, True, f"`{written}` says {'yes' if read == 'true' else 'no'}")
    said = meaning_of(table, each, written)
    if said is None:
        return ValueSeen(written, rows, "", False)
    return ValueSeen(written, rows, said.value, True, said.reason, said.blank)


def _with_meanings(mapping: Mapping, values: dict[str, tuple[ValueSeen, ...]]) -> Mapping:
    """The mapping with the meanings that were guessed, where the words are not the meanings themselves."""
    found: dict[str, dict[str, str]] = {name: dict(pairs) for name, pairs in mapping.values.items()}
    for name, seen in values.items():
        for each in seen:
            if each.guessed and each.text and each.text.lower() != each.meaning:
                found.setdefault(name, {})[each.text] = each.meaning
    return replace(mapping, values=found)


def _question(con: duckdb.DuckDBPyConnection, each: Field, left: Open) -> Question:
    if left.kind in _DATES:
        readings = tuple((how, _reading(con, each, how, left)) for how in left.candidates)
        shown = " or ".join(label for _, label in readings)
        sentence = _DATES[left.kind].format(example=left.example, name=each.name, shown=shown)
        return Question(each.name, left.kind, sentence, readings)
    readings = tuple((how, f"{_NUMBERS[how]}: {_number(con, each, how, left.example)}") for how in left.candidates)
    sentence = _SIGNS[left.kind].format(example=left.example, name=each.name)
    return Question(each.name, left.kind, sentence, readings)


def _reading(con: duckdb.DuckDBPyConnection, each: Field, how: str, left: Open) -> str:
    """A date read in one way, in words: 3 April 2026; the format itself if it cannot be read so."""
    value: Any = con.execute(f"SELECT {typed(each, text(left.example), how)}").fetchall()[0][0]
    return f"{value.day} {value.strftime('%B %Y')}" if value is not None else _in_words(how)


def _in_words(how: str) -> str:
    if how.startswith("%d"):
        return "the day first"
    return "the month first" if how.startswith(("%m", "%b", "%B")) else "the year first"


def _number(con: duckdb.DuckDBPyConnection, each: Field, how: str, example: str) -> str:
    value: Any = con.execute(f"SELECT {typed(each, text(example.strip('`')), how)}").fetchall()[0][0]
    return f"{value:,.4f}".rstrip("0").rstrip(".") if value is not None else example
