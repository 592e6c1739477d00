"""Formulas people type: what they mean, and that no text does anything but parse or be refused."""

import random
import time
from decimal import Decimal

import pytest

from apps.common.errors import Refusal
from apps.common.formula import Binary, Call, FormulaRefusal, Name, Node, Number, Text, Unary, parse, walk


def n(value: str) -> Number:
    return Number(Decimal(value))


def shape(node: Node) -> str:
    """The tree with all its brackets."""
    match node:
        case Number(value):
            return str(value)
        case Text(value):
            return repr(value)
        case Name(name):
            return name
        case Call(name, args):
            return f"{name}({', '.join(map(shape, args))})"
        case Unary(op, operand):
            return f"({op} {shape(operand)})"
        case Binary(op, left, right):
            return f"({shape(left)} {op} {shape(right)})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1200.50", n("1200.50")),
        ("'it''s'", Text("it's")),
        ('"say ""yes"""', Text('say "yes"')),
        ("Preço_2", Name("Preço_2")),
        ("[Order Date]", Name("Order Date")),
        ("[a]]b]", Name("a]b")),
        ("[round]", Name("round")),
        ("Round(x, 2)", Call("round", (Name("x"), n("2")))),
        ("file()", Call("file", ())),
        ("-x", Unary("-", Name("x"))),
        ("'' = [b c]", Binary("=", Text(""), Name("b c"))),
    ],
)
def test_each_kind_of_node(text: str, tree: Node) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("1 + 2 * 3 / 4", "(1 + ((2 * 3) / 4))"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"),
        ("-a * b", "((- a) * b)"),
        ("a - -b", "(a - (- b))"),
        ("a & b + 1 = c", "((a & (b + 1)) = c)"),
        ("a or b and not c = 1", "(a or (b and (not (c = 1))))"),
        ("not a and b", "((not a) and b)"),
        ("a AND b Or c", "((a and b) or c)"),
        ("a<=b and c!=d", "((a <= b) and (c != d))"),
    ],
)
def test_what_binds_tighter(text: str, grouped: str) -> None:
    assert shape(parse(text)) == grouped


def test_every_node_knows_where_it_stands() -> None:
    found = [(shape(each), each.at) for each in walk(parse("ab + f(  cd, -1)"))]
    assert found == [("(ab + f(cd, (- 1)))", 3), ("ab", 0), ("f(cd, (- 1))", 5), ("cd", 9), ("(- 1)", 13), ("1", 14)]


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 1, "expected a number"),
        ("1 +", 4, "found its end"),
        ("a b", 3, "expected an operator or the end, found `b`"),
        ("(a", 3, "expected `)`"),
        ("f(a,)", 5, "found `)`"),
        ("'abc", 1, "never closed"),
        ("[abc", 1, "never closed"),
        ("[ ]", 1, "a name is expected"),
        ("a == b", 3, "write `=`"),
        ("a <> b", 3, "write `!=`"),
        ("a; b", 2, "divided by a comma"),
        ("a < b < c", 7, "join two of them by `and`"),
        ("1e5", 1, "digits and one decimal point"),
        ("1.2.3", 1, "digits and one decimal point"),
        ("a.b", 2, "has no place"),
        ("1 + not a", 5, "only in brackets"),
        ("a\x00", 2, "U+0000"),
        ("a + '\u202e'", 6, "U+202E"),
        ("9" * 31, 1, "at most 30 digits"),
        ("x" * 1001, 1001, "at most 1,000 characters"),
        ("+".join("1" * 101), 200, "at most 200"),
        ("(" * 26 + "1" + ")" * 26, 26, "at most 25 deep"),
        ("-" * 26 + "1", 26, "at most 25 deep"),
    ],
)
def test_refusals_say_where_and_what(text: str, position: int, says: str) -> None:
    with pytest.raises(FormulaRefusal, match="cannot be read") as refused:
        parse(text)
    assert f"at position {position}: " in refused.value.sentence
    assert says in refused.value.sentence


def test_just_within_the_limits() -> None:
    assert parse("(" * 25 + "1" + ")" * 25) == n("1")
    assert len(list(walk(parse("+".join("1" * 100))))) == 199
    assert parse("9" * 30) == n("9" * 30)


PIECES = (
    "'; DROP TABLE deals; --",
    "1 OR 1=1",
    "' OR ''='",
    "UNION SELECT * FROM users",
    "read_csv('/etc/passwd')",
    "__import__('os').system('id')",
    "().__class__.__bases__[0]",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "lambda: 0",
    "/*",
    "*/",
    "--",
    "#",
    "\x00",
    "\x1b[0m",
    "\u202e",
    "\u200d",
    "\ufeff",
    "\ud800",
    "𝟙",
    "²",
    "٣",
    "ﬁ",
    "İ",
    "e\u0301",
    "'",
    '"',
    "[",
    "]",
    "]]",
    "(",
    ")",
    "(((((((((((((((((((((((((((((",
    "-" * 30,
    "not " * 30,
    ",",
    ";",
    "=",
    "==",
    "!=",
    "!",
    "<",
    ">",
    "<=",
    "&",
    "&&",
    "|",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "~",
    "@",
    "$",
    "\\",
    "`",
    ".",
    "..",
    ":",
    "::",
    "and",
    "or",
    "not",
    "AND NULL",
    "a",
    "Order Date",
    "[Order Date]",
    "9" * 40,
    "1e999",
    "0x1F",
    "1_000",
    "1.5",
    ".5",
    "5.",
    "0",
    "f(",
    "f()",
    "if(a, b, c)",
    "coalesce(",
    "eval('1')",
    "exec",
    "getattr",
    "copy",
    "attach 'x'",
    "pragma",
    "\n",
    "\t",
    " ",
    "é",
    "日本",
    "🙂",
    "A" * 300,
    "1+" * 120,
    "f(" * 60,
    "=cmd|' /C calc'!A0",
    "%s",
    "{0.__class__}",
    "\\'",
    "''",
    '""',
)
KINDS = (Number, Text, Name, Call, Unary, Binary)


def test_ten_thousand_hostile_strings_parse_to_the_six_kinds_or_are_refused() -> None:
    dice = random.Random(20261122)
    started, parsed, sentences = time.perf_counter(), 0, set[str]()
    for _ in range(10_000):
        text = dice.choice(("", " ")).join(dice.choices(PIECES, k=dice.randint(1, 9)))
        try:
            nodes = list(walk(parse(text)))
        except Refusal as refusal:
            sentences.add(refusal.sentence)
        else:
            parsed += 1
            assert all(type(each) in KINDS for each in nodes)
            assert len(nodes) <= 200
    assert all(each.startswith("The formula cannot be read at position ") for each in sentences)
    assert 200 < parsed < 9_000  # both ways were tried
    assert time.perf_counter() - started < 60
