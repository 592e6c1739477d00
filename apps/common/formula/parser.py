"""From words to a tree, by precedence climbing; every limit is kept while reading, so no text costs much."""

from collections.abc import Callable
from decimal import Decimal

from apps.common.formula.lexer import FormulaRefusal, Kind, Token, tokens
from apps.common.formula.nodes import Binary, Call, Name, Node, Number, Text, Unary

__all__ = ["DEPTH", "LENGTH", "NODES", "FormulaRefusal", "parse"]

LENGTH = 1000  # characters
NODES = 200
DEPTH = 25  # brackets, calls and signs inside one another
_BINDING = {
    "or": 1, "and": 2, "=": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "&": 5, "+": 6, "-": 6, "*": 7, "/": 7,
}  # fmt: skip
_NOT, _COMPARISON, _SIGN = 3, 4, 8
_OPERAND = "a number, a text in quotes, a name or a bracket"


def parse(text: str) -> Node:
    """The tree of a formula. FormulaRefusal says at which position what was expected, or which limit is exceeded."""
    if len(text) > LENGTH:
        raise FormulaRefusal(f"a formula has at most {LENGTH:,} characters, this one has {len(text):,}", LENGTH)
    if not text.strip():
        raise FormulaRefusal(f"it is blank; expected {_OPERAND}", 0)
    return _Parser(list(tokens(text))).whole()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens, self.place = found, 0
        self.nodes = self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def whole(self) -> Node:
        node = self.expression(0)
        if self.token.kind is not Kind.END:
            raise self.expected("an operator or the end")
        return node

    def expected(self, what: str) -> FormulaRefusal:
        return FormulaRefusal(f"expected {what}, found {self.token.told}", self.token.at)

    def take(self) -> Token:
        token = self.token
        self.place += 1
        return token

    def sees(self, sign: str) -> bool:
        return self.token.kind is Kind.SIGN and self.token.text == sign

    def expression(self, least: int) -> Node:
        """Operators that bind tighter than `least`."""
        left = self.operand(least)
        while self.token.kind is Kind.SIGN and _BINDING.get(self.token.text, 0) > least:
            sign = self.take()
            binding = _BINDING[sign.text]
            left = self.counted(Binary(sign.text, left, self.expression(binding), sign.at))
            if binding == _COMPARISON and _BINDING.get(self.token.text) == _COMPARISON and self.token.kind is Kind.SIGN:
                raise FormulaRefusal("one comparison at a time: join two of them by `and`", self.token.at)
        return left

    def operand(self, least: int) -> Node:
        if self.token.kind is Kind.SIGN and self.token.text in {"-", "+", "not"}:
            if self.token.text == "not" and least >= _NOT:
                raise FormulaRefusal("`not` stands here only in brackets", self.token.at)
            sign = self.take()
            binding = _NOT - 1 if sign.text == "not" else _SIGN
            return self.counted(Unary(sign.text, self.nested(sign, lambda: self.expression(binding)), sign.at))
        return self.primary()

    def primary(self) -> Node:
        token = self.take()
        if token.kind is Kind.NUMBER:
            return self.counted(Number(Decimal(token.text), token.at))
        if token.kind is Kind.TEXT:
            return self.counted(Text(token.text, token.at))
        if token.kind is Kind.NAME:
            if self.sees("(") and not token.in_brackets:
                return self.counted(Call(token.text.lower(), self.arguments(token), token.at))
            return self.counted(Name(token.text, token.at))
        if token.kind is Kind.SIGN and token.text == "(":
            inside = self.nested(token, lambda: self.expression(0))
            self.close()
            return inside
        self.place -= 1
        raise self.expected(_OPERAND)

    def arguments(self, of: Token) -> tuple[Node, ...]:
        self.take()
        found: list[Node] = []
        while not self.sees(")"):
            found.append(self.nested(of, lambda: self.expression(0)))
            if not self.sees(","):
                break
            self.take()
            if self.sees(")"):
                raise self.expected(_OPERAND)
        self.close()
        return tuple(found)

    def close(self) -> None:
        if not self.sees(")"):
            raise self.expected("`)` or an operator")
        self.take()

    def nested(self, token: Token, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEPTH:
            raise FormulaRefusal(f"brackets, calls and signs stand at most {DEPTH} deep inside one another", token.at)
        node = read()
        self.depth -= 1
        return node

    def counted(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > NODES:
            raise FormulaRefusal(f"a formula has at most {NODES} numbers, names and operators", node.at)
        return node
