"""From the cells of a file to the text of each field, as one SQL view over `raw` and the lookups."""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from apps.datasets.expressions import replaced, trimmed
from apps.datasets.parts import most_copies
from apps.datasets.plan import LookupPlan, Plan
from apps.datasets.schema import Field
from apps.datasets.store.lines import part_sql
from apps.datasets.store.sql import as_text, as_wrong, text

WHERE, REPEAT = "_where", "_repeat"  # what could not be judged, beside the fields: no field begins with an underscore


def view_of_texts(plan: Plan) -> str:
    """CREATE VIEW texts: _line, _note, the text of each field as _t_<field>, and _w_<…> where a formula fails."""
    picked = ", ".join(f"{text_of(field, plan)} AS {as_text(field.name)}" for field in plan.fields)
    wrongs = "".join(f", {sql} AS {as_wrong(name)}" for name, sql in _wrongs(plan).items())
    return (
        f"CREATE OR REPLACE VIEW texts AS SELECT {_stored_line(plan)} AS _line, r._note, {picked}{wrongs}"
        f" FROM ({_rows(plan)}) r"
    )


def wrong_names(plan: Plan) -> tuple[str, ...]:
    """What has a column _w_<name>: fields that are computed, and WHERE and REPEAT if the mapping has them."""
    return tuple(_wrongs(plan))


def text_of(field: Field, plan: Plan) -> str:
    """The text of a field after columns, lookups or formula, values and constants; NULL for blank."""
    other = plan.derived_from(field)
    if other:
        sql = _text(other, plan)
        # The day alone would be taken for midnight.
        return f"CASE WHEN contains({sql}, ':') THEN {sql} END" if field.follows else "NULL::VARCHAR"
    return _text(field.name, plan)


def _text(field: str, plan: Plan) -> str:
    found = [trimmed(place.sql) for place in plan.places.get(field, ())]
    if field in plan.computed:
        found = [trimmed(f"r.{_computed(field, plan)}")]
    sql = "NULL::VARCHAR" if not found else found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"
    values = plan.mapping.values.get(field)
    if values:
        sql = replaced(sql, values)
    constant = plan.mapping.constants.get(field)
    return f"coalesce({sql}, {trimmed(text(constant))})" if constant else sql


def parted(plan: Plan) -> str:
    """SELECT of the lines, one row for each column that is unpivoted, with the two new columns."""
    unpivot = plan.mapping.unpivot
    if unpivot is None:
        return "SELECT * FROM raw"
    positions = [plan.place_of(header).column for header in unpivot.columns]
    parts = ", ".join(f"({number}, {text(label)})" for number, label in enumerate(unpivot.columns.values()))
    cells = " ".join(f"WHEN {number} THEN r.c{position}" for number, position in enumerate(positions))
    return (
        f"SELECT r.*, u._part, u.label AS c{plan.width}, CASE u._part {cells} END AS c{plan.width + 1}"
        f" FROM raw r, (VALUES {parts}) u(_part, label)"
    )


def joined(plan: Plan) -> str:
    """`parted` with the columns of the lookups as lk<number>_c<column>."""
    source = parted(plan)
    for number, each in enumerate(plan.lookups):
        join, columns = _join(number, each)
        source = f"SELECT r.*, {columns} FROM ({source}) r {join}"
    return source


def copies_sql(plan: Plan) -> str:
    """How many rows a line stands for; NULL if its cell does not say so."""
    assert plan.mapping.repeat is not None
    cell = trimmed(plan.place_of(plan.mapping.repeat.times).sql)
    whole = f"formula_whole(formula_number({cell}))"
    return f"CASE WHEN {whole} BETWEEN 0 AND {most_copies(plan.mapping.unpivot)} THEN {whole} END"


def _rows(plan: Plan) -> str:
    source = joined(plan)
    if plan.mapping.repeat:
        counted = f"SELECT r.*, {copies_sql(plan)} AS _copies FROM ({source}) r"
        source = (
            f"SELECT r.*, CAST(r._copy AS VARCHAR) AS c{len(plan.headers) - 1} FROM"
            f" (SELECT r.*, unnest(range(1, coalesce(r._copies, 1) + 1)) AS _copy FROM ({counted}) r) r"
        )
    if plan.computed or plan.where:
        source = f"SELECT r.*{_conversions(plan)} FROM ({source}) r"
        formulas = [f"{each.outcome_sql} AS {_computed(name, plan)}" for name, each in plan.computed.items()]
        formulas += [f"{plan.where.holds_sql} AS _holds"] if plan.where else []
        source = f"SELECT r.*, {', '.join(formulas)} FROM ({source}) r"
    if plan.where:
        # A row of which it cannot be said stays, to be refused where it can be seen.
        source = f"SELECT * FROM ({source}) r WHERE coalesce(r._holds, true)"
    return source


def _conversions(plan: Plan) -> str:
    """Each column that formulas read, as a number and as a date: once a row, and only where one of them asks for it."""
    read = [*plan.computed.values(), *([plan.where] if plan.where else [])]
    places = dict.fromkeys(plan.place_of(header) for each in read for header, _ in each.names)
    cells = [(trimmed(place.sql), place) for place in places]
    return "".join(
        f", formula_number({sql}) AS {place.as_number}, formula_date({sql}) AS {place.as_date}" for sql, place in cells
    )


def _computed(name: str, plan: Plan) -> str:
    return f"_f{list(plan.computed).index(name)}"


def _wrongs(plan: Plan) -> dict[str, str]:
    """What each failing formula was given, told; NULL where all is well."""
    found = {
        name: f"CASE WHEN r.{_computed(name, plan)} IS NULL THEN {each.inputs_sql} END"
        for name, each in plan.computed.items()
    }
    if plan.where:
        found[WHERE] = f"CASE WHEN r._holds IS NULL THEN {plan.where.inputs_sql} END"
    if plan.mapping.repeat:
        cell = trimmed(plan.place_of(plan.mapping.repeat.times).sql)
        found[REPEAT] = f"CASE WHEN r._copies IS NULL THEN coalesce({cell}, '') END"
    return found


def _stored_line(plan: Plan) -> str:
    unpivot, repeat = plan.mapping.unpivot, plan.mapping.repeat
    if not plan.mapping.makes_rows:
        return "r._line"
    copies = most_copies(unpivot)
    part = f"r._part * {copies if repeat else 1}" if unpivot else "0"
    return part_sql("r._line", f"{part} + {'r._copy' if repeat else '1'}")


def _join(number: int, plan: LookupPlan) -> tuple[str, str]:
    """The LEFT JOIN of one lookup, and its columns as lk<number>_c0, lk<number>_c1, …"""
    width = len(plan.source.header)
    direct, mapped = f"d{number}", f"m{number}"
    keys = [(trimmed(place.sql), column) for place, column in plan.on]
    on = " AND ".join(f"{direct}.k{column} = {lookup_key(number, sql)}" for sql, column in keys)
    if not plan.values:
        columns = ", ".join(f"{direct}.c{column} AS lk{number}_c{column}" for column in range(width))
        return f"LEFT JOIN lookup{number} {direct} ON {on}", columns
    sql, column = keys[0]
    other = f"{mapped}.k{column} = {lookup_key(number, replaced(sql, plan.values))}"
    columns = ", ".join(
        f"CASE WHEN {direct}._line IS NOT NULL THEN {direct}.c{each} ELSE {mapped}.c{each} END AS lk{number}_c{each}"
        for each in range(width)
    )
    return f"LEFT JOIN lookup{number} {direct} ON {on} LEFT JOIN lookup{number} {mapped} ON {other}", columns


def lookup_key(number: int, sql: str) -> str:
    """The text by which lookup<number> is asked: staging decides whether case matters and makes the macro."""
    return f"lookup_key{number}({sql})"
