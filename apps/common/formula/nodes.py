"""What a formula consists of. `at` is the position in the text, from 0; two nodes are equal wherever they stand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True)
class Number:
    value: Decimal
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Text:
    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Name:
    """A column, a KPI: whatever the one who evaluates has under this name."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Call:
    """`name` in small letters."""

    name: str
    args: tuple["Node", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Unary:
    """`op` is one of - + not."""

    op: str
    operand: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Binary:
    """`op` is one of or and = != < <= > >= & + - * /; `at` is where the operator stands."""

    op: str
    left: "Node"
    right: "Node"
    at: int = field(default=0, compare=False)


Node: TypeAlias = Number | Text | Name | Call | Unary | Binary


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text, without recursion."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, Call):
            waiting += reversed(each.args)
        elif isinstance(each, Unary):
            waiting.append(each.operand)
        elif isinstance(each, Binary):
            waiting += (each.right, each.left)
