"""From the tree of a formula to SQL, with every kind checked on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from apps.common.errors import Refusal
from apps.common.formula import Binary, Call, Name, Node, Number, Text, Unary, walk
from apps.common.spelling import did_you_mean
from apps.datasets.formulas.functions import FUNCTIONS
from apps.datasets.formulas.values import (
    DECIMAL,
    Kind,
    Value,
    alike,
    as_date,
    as_number,
    as_text,
    as_truth,
    literal,
    weighed,
)
from apps.datasets.store.sql import text

_LARGEST = Decimal(10) ** 18


@dataclass(frozen=True)
class Compiled:
    """A formula ready to run. `names` are the columns it reads with their SQL, in the order of the formula."""

    text: str
    value: Value
    names: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> Kind:
        return self.value.kind

    @property
    def outcome_sql(self) -> str:
        """The text, '' for a blank; NULL where it cannot be computed."""
        return self._unless_wrong(as_text(self.value), "''")

    @property
    def holds_sql(self) -> str:
        """For a condition true or false (a blank counts as false); NULL where it cannot be computed."""
        return self._unless_wrong(as_truth(self.value, "`where`"), "false")

    def _unless_wrong(self, value: Value, blank: str) -> str:
        wrong = f"coalesce({' OR '.join(value.wrong)}, false)" if value.wrong else "false"
        # What is left to be raised is that a number grows too large.
        return f"CASE WHEN NOT {wrong} THEN TRY(coalesce({value.sql}, {blank})) END"

    @property
    def inputs_sql(self) -> str:
        """What it was computed from in this row, told: `a` is `x`, `b` is blank."""
        told = [
            f"{text(f'`{name}` is ')} || coalesce('`' || left({sql}, 40) || '`', 'blank')"
            for name, sql in dict(self.names[:6]).items()
        ]
        return " || ', ' || ".join(told) or text("it takes nothing from the row")


@dataclass(frozen=True)
class _Scope:
    """What names and the functions without arguments stand for."""

    column: Callable[[str], Value]
    constants: dict[str, Value]


def compile_formula(formula: str, tree: Node, column: Callable[[str], Value], file: str, line: str) -> Compiled:
    """column: the trimmed text of a column, or a Refusal. file: name without suffix; line: SQL of a number."""
    constants = {"file": literal(file), "line": Value(f"CAST({line} AS {DECIMAL})", Kind.NUMBER)}
    scope = _Scope(column, constants)
    names = dict.fromkeys(each.name for each in walk(tree) if isinstance(each, Name))
    found = tuple((name, column(name).sql) for name in names)
    return Compiled(formula, _value(tree, scope), found)


def _value(node: Node, scope: _Scope) -> Value:
    match node:
        case Number(number):
            return _number(number)
        case Text(words):
            return literal(words)
        case Name(name):
            return scope.column(name)
        case Call():
            return _call(node, scope)
        case Unary():
            return _unary(node, scope)
        case Binary():
            return _binary(node, scope)


def _number(number: Decimal) -> Value:
    exponent = number.as_tuple().exponent
    if number >= _LARGEST or (isinstance(exponent, int) and exponent < -10):
        raise Refusal(f"the number {number} is too long: at most 18 digits before and 10 behind the point.")
    return Value(f"CAST({text(f'{number:f}')} AS {DECIMAL})", Kind.NUMBER)


def _call(node: Call, scope: _Scope) -> Value:
    if node.name in scope.constants:
        if node.args:
            raise Refusal(f"{node.name}() takes nothing in its brackets.")
        return scope.constants[node.name]
    known = FUNCTIONS.get(node.name)
    if known is None:
        raise Refusal(f"there is no function `{node.name}`.{did_you_mean(node.name, [*FUNCTIONS, *scope.constants])}")
    if not known.least <= len(node.args) <= known.most:
        raise Refusal(f"`{node.name}` is written {known.shown}; here it has {len(node.args)} parts.")
    return known.build([_value(each, scope) for each in node.args], node.args)


def _unary(node: Unary, scope: _Scope) -> Value:
    operand = _value(node.operand, scope)
    if node.op == "not":
        condition = as_truth(operand, "`not`")
        return weighed(f"(NOT {condition.sql})", Kind.TRUTH, condition)
    number = as_number(operand, f"`{node.op}`")
    return weighed(f"(-{number.sql})", Kind.NUMBER, number) if node.op == "-" else number


def _binary(node: Binary, scope: _Scope) -> Value:
    left, right = _value(node.left, scope), _value(node.right, scope)
    if node.op in {"and", "or"}:
        left, right = as_truth(left, f"`{node.op}`"), as_truth(right, f"`{node.op}`")
        return weighed(f"({left.sql} {node.op.upper()} {right.sql})", Kind.TRUTH, left, right)
    if node.op == "&":
        left, right = as_text(left), as_text(right)
        return weighed(f"concat({left.sql}, {right.sql})", Kind.TEXT, left, right)
    if node.op in {"+", "-", "*", "/"}:
        return _arithmetic(node.op, left, right)
    return _comparison(node.op, left, right)


def _arithmetic(op: str, left: Value, right: Value) -> Value:
    if Kind.DATE in {left.kind, right.kind}:
        if op != "-":
            raise Refusal(f"dates have no `{op}`: write add_days(date, n) or add_months(date, n).")
        days = [as_date(left, "`-`"), as_date(right, "`-`")]
        return weighed(f"CAST({days[0].sql} - {days[1].sql} AS {DECIMAL})", Kind.NUMBER, *days)
    a, b = as_number(left, f"`{op}`"), as_number(right, f"`{op}`")
    if op == "/":
        return weighed(f"formula_divide({a.sql}, nullif({b.sql}, 0))", Kind.NUMBER, a, b, wrong=(f"({b.sql} = 0)",))
    return weighed(f"CAST({a.sql} {op} {b.sql} AS {DECIMAL})", Kind.NUMBER, a, b)


def _comparison(op: str, left: Value, right: Value) -> Value:
    if Kind.BLANK in {left.kind, right.kind} and op not in {"=", "!="}:
        raise Refusal(f"`{op}` compares with a blank: nothing is greater or less than that.")
    plain = {left.kind, right.kind} <= {Kind.RAW, Kind.TEXT, Kind.BLANK}
    if plain and op not in {"=", "!="} and Kind.TEXT not in {left.kind, right.kind}:
        raise Refusal(f"`{op}` compares two texts of the file: write number(…) or date(…) around one of them.")
    if plain:
        sql = f"(coalesce({left.sql}, '') {op} coalesce({right.sql}, ''))"
        return weighed(sql, Kind.TRUTH, left, right)
    if Kind.BLANK in {left.kind, right.kind}:
        full = right if left.kind is Kind.BLANK else left
        return weighed(f"({full.sql} IS {'NOT ' if op == '!=' else ''}NULL)", Kind.TRUTH, full)
    a, b = alike([left, right], f"`{op}`")
    return weighed(f"({a.sql} {op} {b.sql})", Kind.TRUTH, a, b)
