"""What a formula of a mapping gives for a row: exact values, blanks, or nothing where it cannot be computed."""

import random
from collections.abc import Iterator

import duckdb
import pytest

from apps.common.errors import Refusal
from apps.common.formula import parse
from apps.datasets.formulas import FUNCTIONS, Kind, Value, compile_formula, macros
from apps.datasets.store import connect
from apps.datasets.store.sql import text

ROW = {
    "price": "1,200.50", "qty": "3", "discount": "0.15", "zero": "0", "word": "abc", "blank": "", "null": "NULL",
    "dash": "-", "day": "2024-01-31", "moment": "2024-01-31 17:45:00", "us": "02/28/24", "euro": "1.234,5",
    "flag": "True", "name": "  Ann  Lee ",
}  # fmt: skip
FAILS = object()


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = connect(threads=1, formulas=True)
    for macro in macros():
        con.execute(macro)
    cells = ", ".join(f"nullif(trim({text(value)}), '') AS {name}" for name, value in ROW.items())
    con.execute(f"CREATE TABLE row_ AS SELECT 7 AS _line, {cells}")
    yield con
    con.close()


def column(name: str) -> Value:
    if name.lower() not in ROW:
        raise Refusal(f"There is no column {name}.")
    return Value(f'r."{name.lower()}"', Kind.RAW)


def outcome(con: duckdb.DuckDBPyConnection, formula: str) -> object:
    """The text of the value, None for a blank, FAILS where there is nothing."""
    sql = compile_formula(formula, parse(formula), column, "loja_1", "r._line").outcome_sql
    ((found,),) = con.execute(f"SELECT {sql} FROM row_ r").fetchall()
    return FAILS if found is None else found or None


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("price * qty * (1 - discount)", "3061.275"),
        ("0.1 + 0.2", "0.3"),  # doubles say 0.30000000000000004
        ("1.1 * 1.1 * 1.1", "1.331"),
        ("2 / 3", "0.6666666667"),
        ("-2 / 3", "-0.6666666667"),
        ("0.3 / 0.1", "3"),
        ("123456789012.34 / 2", "61728394506.17"),
        ("10 - 2 - 3", "5"),
        ("-qty", "-3"),
        ("round(2.345, 2)", "2.35"),
        ("round(-2.5)", "-3"),
        ("abs(1 - qty)", "2"),
        ("min(qty, 2, 5)", "2"),
        ("max(blank, qty)", "3"),
        ("coalesce(null, dash, blank, qty)", "NULL"),  # a text until a number is asked for
        ("coalesce(null, dash, qty * 2)", "6"),
        ("if(qty > 2, 'many', 'few')", "many"),
        ("if(flag, qty * 2, 0)", "6"),
        ("if(zero, 1)", None),
        ("if(word = 'abc' and not (qty = 4), 1, 2)", "1"),
        ("if(blank = '', 'is blank', 'is not')", "is blank"),
        ("if(qty * 1 = '', 'is blank', 'is not')", "is not"),
        ("if(blank * 1 > 2, 1, 2)", "2"),
        ("blank * 2", None),
        ("null + 1", None),
        ("number(replace(word, 'abc', '12')) + 1", "13"),
        ("number(euro, ',') * 2", "2469"),
        ("word & '-' & qty * 2 & blank", "abc-6"),
        ("'it''s; DROP TABLE row_; --'", "it's; DROP TABLE row_; --"),
        ("left(word, 2) & right(word, 1) & upper(word)", "abcABC"),
        ("left(word, 0 - 5)", None),
        ("date(2024, qty, 1)", "2024-03-01"),
        ("date(moment)", "2024-01-31"),
        ("date(us, '%m/%d/%y')", "2024-02-28"),
        ("add_months(day, 1)", "2024-02-29"),
        ("add_days(day, 1)", "2024-02-01"),
        ("date(moment) - date(us, '%m/%d/%y')", "-28"),
        ("year(day) * 100 + month(day)", "202401"),
        ("min(day, date(2020, 1, 1))", "2020-01-01"),
        ("contains(word, 'b')", "true"),
        ("trim(name)", "Ann  Lee"),
        ("file() & ':' & line()", "loja_1:7"),
        ("text(qty * 2) & '!'", "6!"),
        # not a value, whatever the reason
        ("word * 2", FAILS),
        ("price / zero", FAILS),
        ("1 / 0", FAILS),
        ("price * price + word * word", FAILS),
        ("date(2024, 13, 1)", FAILS),
        ("date(us)", FAILS),
        ("add_months(day, 0.5)", FAILS),
        ("add_months(day, 999999999999)", FAILS),
        ("if(word, 1, 2)", FAILS),
        ("999999999999999999 * 999999999999999999", FAILS),
        # only what is needed is computed
        ("if(zero = '0', 0, price / zero)", "0"),
    ],
)
def test_what_a_formula_gives(con: duckdb.DuckDBPyConnection, formula: str, value: object) -> None:
    assert outcome(con, formula) == value


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("foo(1)", "no function `foo`"),
        ("read_csv('/etc/passwd')", "no function `read_csv`"),
        ("'a' * 2", "needs a number, but there is a text: write number(…)"),
        ("left(word, 1) + 1", "write number(…)"),
        ("date(day) + 1", "add_days(date, n)"),
        ("qty < price", "write number(…) or date(…)"),
        ("qty < ''", "compares with a blank"),
        ("if(qty * 2, 1, 2)", "needs a condition"),
        ("if(flag, 'a', qty * 2)", "mixes a number and a text"),
        ("if(flag)", "is written if(condition, a, b)"),
        ("round(qty, price)", "whole number from 0 to 10"),
        ("date(day, 'tomorrow')", "parts of a date"),
        ("replace(word, qty, '')", "two texts in quotes"),
        ("number(qty, '!')", "the decimal sign"),
        ("file(1)", "takes nothing"),
        ("1 + 9999999999999999999", "too long"),
        ("nope + 1", "no column nope"),
        ("number(text(" * 6 + "qty" + "))" * 6, "make it simpler"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_row_is_read(
    con: duckdb.DuckDBPyConnection, formula: str, says: str
) -> None:
    with pytest.raises(Refusal) as refused:
        outcome(con, formula)
    assert says in refused.value.sentence


def test_no_formula_does_anything_but_give_an_outcome_or_a_refusal(con: duckdb.DuckDBPyConnection) -> None:
    """Trees of all functions over hostile cells: DuckDB never sees one that it cannot run."""
    dice = random.Random(20261122)
    leaves = [*ROW, "0", "1", "-3", "12.75", "'x'", "''", "'%'", "'12'", "file()", "line()"]
    outcomes: dict[str, int] = {}

    def made(depth: int) -> str:
        if depth == 0 or dice.random() < 0.2:
            return dice.choice(leaves)
        if dice.random() < 0.5:
            op = dice.choice(["+", "-", "*", "/", "&", "=", "!=", "<", ">=", "and", "or"])
            return f"({made(depth - 1)} {op} {made(depth - 1)})"
        name = dice.choice(list(FUNCTIONS))
        parts = dice.randint(FUNCTIONS[name].least, min(FUNCTIONS[name].most, 3))
        return f"{name}({', '.join(made(depth - 1) for _ in range(parts))})"

    for _ in range(1500):
        try:
            found = outcome(con, made(dice.randint(1, 3)))
        except Refusal:
            kind = "refused"
        else:
            kind = "fails" if found is FAILS else "value" if found else "blank"
        outcomes[kind] = outcomes.get(kind, 0) + 1
    assert set(outcomes) == {"refused", "fails", "value", "blank"}
    assert min(outcomes.values()) > 20
