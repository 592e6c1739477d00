"""The text of a formula of KPIs, checked and turned into the catalogue's own formula.

    revenue / new_customers * 1.2
    [revenue:orders] - [Gross profit margin] * revenue

apps.common.formula reads the text into a tree of six kinds of nodes. Three of them have a meaning here: numbers, names
of KPIs, and + - * / with their sign. Each is answered by exact type with a dataclass of the catalogue; everything else
is refused at its position. The text itself goes no further than this module.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from difflib import get_close_matches
from typing import Any

from apps.common.formula import Binary, Call, FormulaRefusal, Name, Node, Text, Unary, parse, walk
from apps.common.formula import Number as TypedNumber
from apps.metrics.catalogue.formulas import Difference, Formula, Number, Product, Quotient, Sum
from apps.metrics.catalogue.kpi import Kind, Kpi
from apps.metrics.own.problems import OwnKpiRefusal
from apps.metrics.own.units import Dimension

LARGEST = 400  # parts of a formula with all the KPIs in it written out
LARGEST_NUMBER = Decimal(10) ** 18
_EXACT = Context(prec=60)
_NO_UNIT = Dimension(None)
Named = Callable[[str], Kpi | None]


@dataclass(frozen=True)
class Meant:
    """A part of the formula: what it computes, in which unit, how it rolls up (None: a bare number)."""

    formula: Formula
    dimension: Dimension
    kind: Kind | None
    told: str
    zero: bool = False

    @property
    def constant(self) -> Decimal | None:
        return self.formula.value if isinstance(self.formula, Number) else None


def refused(text: str, at: int) -> OwnKpiRefusal:
    """At the field of the formula. `at` counts from 0, the sentence from 1."""
    return OwnKpiRefusal({"formula": f"At position {at + 1}: {text}"})


def read(text: str) -> Node:
    """The tree of the text. OwnKpiRefusal says where it cannot be read."""
    try:
        return parse(text)
    except FormulaRefusal as problem:
        raise OwnKpiRefusal({"formula": problem.sentence}) from None


def names_in(tree: Node) -> list[Name]:
    """The names, each once, in the order of the text."""
    found = {each.name: each for each in reversed(list(walk(tree))) if type(each) is Name}
    return sorted(found.values(), key=lambda each: each.at)


def meaning_of(tree: Node, named: Named, *, checked: bool = True) -> Meant:
    """What the tree computes. `named` gives the KPI of a name, or None. Raises OwnKpiRefusal.

    `checked` False is for a definition that was saved: its units were looked at then.
    """
    meant = _Reader(named, checked).meant(tree)
    if meant.kind is None:
        raise OwnKpiRefusal({"formula": "The formula names no KPI: write for example revenue / new_customers."})
    if checked and size_of(meant.formula, {}) > LARGEST:
        raise OwnKpiRefusal(
            {"formula": f"With the KPIs in it written out the formula has more than {LARGEST} parts: use fewer."}
        )
    return meant


def size_of(formula: Formula, known: dict[int, int]) -> int:
    """How many parts it has with all its KPIs written out; `known` holds the sizes of KPIs looked at before."""
    found = known.get(id(formula))
    if found is None:
        found = 1 + sum(size_of(part, known) for part in formula.parts())
        if isinstance(formula, Kpi):
            known[id(formula)] = found
    return found


class _Reader:
    def __init__(self, named: Named, checked: bool) -> None:
        self.named = named
        self.checked = checked
        self.by_type: dict[type, Callable[[Any], Meant]] = {
            TypedNumber: self.number,
            Name: self.kpi,
            Unary: self.signed,
            Binary: self.joined,
            Text: self.text,
            Call: self.call,
        }

    def meant(self, node: Node) -> Meant:
        """By exact type: what is not listed has no meaning."""
        meaning = self.by_type.get(type(node))
        if meaning is None:
            raise refused("this has no place in a formula of KPIs: they know + - * / and brackets.", node.at)
        return meaning(node)

    def number(self, node: TypedNumber) -> Meant:
        return _number(node.value, node.at)

    def text(self, node: Text) -> Meant:
        raise refused("a text in quotes has no place in a formula of KPIs; names stand without quotes.", node.at)

    def call(self, node: Call) -> Meant:
        raise refused(f"there is no function `{node.name[:40]}`: formulas of KPIs know + - * / and brackets.", node.at)

    def kpi(self, node: Name) -> Meant:
        kpi = self.named(node.name)
        if kpi is None:
            raise refused(f"there is no KPI “{node.name[:60]}”.", node.at)
        return Meant(kpi, Dimension(kpi.unit), kpi.kind, kpi.name)

    def signed(self, node: Unary) -> Meant:
        if node.op == "not":
            raise refused("`not` has no place in a formula of KPIs: they know + - * / and brackets.", node.at)
        inner = self.meant(node.operand)
        if node.op == "+":
            return inner
        if inner.constant is not None:
            return _number(-inner.constant, node.at)
        return Meant(Product(Number(Decimal(-1)), inner.formula), inner.dimension, inner.kind, inner.told, inner.zero)

    def joined(self, node: Binary) -> Meant:
        if node.op not in ("+", "-", "*", "/"):
            raise refused(f"`{node.op}` has no place in a formula of KPIs: they know + - * / and brackets.", node.at)
        left, right = self.meant(node.left), self.meant(node.right)
        if node.op == "/":
            return self.divided(node, left, right)
        if left.constant is not None and right.constant is not None:
            return _number(_FOLDED[node.op](left.constant, right.constant), node.at)
        return self.multiplied(node, left, right) if node.op == "*" else self.added(node, left, right)

    def divided(self, node: Binary, left: Meant, right: Meant) -> Meant:
        if right.zero:
            raise refused("what stands below the line is always zero, so there would never be a value.", node.at)
        if left.constant is not None and right.constant is not None:
            return _number(_EXACT.divide(left.constant, right.constant), node.at)
        dimension = left.dimension.divided_by(right.dimension)
        if dimension is None:
            raise self.no_unit(node, left, right, "divided by")
        formula = Quotient(left.formula, right.formula)
        return Meant(formula, dimension, _kind_of_quotient(left, right), _told(left, right), left.zero)

    def multiplied(self, node: Binary, left: Meant, right: Meant) -> Meant:
        dimension = left.dimension.times(right.dimension)
        if dimension is None:
            raise self.no_unit(node, left, right, "times")
        scaled = left.kind if right.kind is None else right.kind if left.kind is None else None
        kind = scaled if scaled in (Kind.FLOW, Kind.STOCK) else Kind.COMPOSITE
        formula = Product(left.formula, right.formula)
        return Meant(formula, dimension, kind, _told(left, right), left.zero or right.zero)

    def added(self, node: Binary, left: Meant, right: Meant) -> Meant:
        way = "added to" if node.op == "+" else "compared by minus with"
        dimension = left.dimension.plus(right.dimension)
        if dimension is None:
            if self.checked:
                raise refused(_mismatch(left, right, way), node.at)
            dimension = left.dimension
        if self.checked and {left.kind, right.kind} == {Kind.FLOW, Kind.STOCK}:
            level, flow = (left, right) if left.kind is Kind.STOCK else (right, left)
            raise refused(
                f"{level.told} is a level at the end of a period, {flow.told} adds up over it: "
                "a sum of both would depend on how long the period is. Divide one by the other instead.",
                node.at,
            )
        make = Sum if node.op == "+" else Difference
        kind = left.kind if left.kind == right.kind and left.kind in (Kind.FLOW, Kind.STOCK) else Kind.COMPOSITE
        zero = (node.op == "-" and node.left == node.right) or (left.zero and right.zero)
        return Meant(make(left.formula, right.formula), dimension, kind, _told(left, right), zero)

    def no_unit(self, node: Binary, left: Meant, right: Meant, way: str) -> OwnKpiRefusal:
        what = f"{left.told} ({left.dimension.told}) {way} {right.told} ({right.dimension.told})"
        return refused(f"{what} has no unit that anybody could read.", node.at)


_FOLDED = {"+": _EXACT.add, "-": _EXACT.subtract, "*": _EXACT.multiply}


def _number(value: Decimal, at: int) -> Meant:
    if abs(value) >= LARGEST_NUMBER:
        raise refused("a number in a formula has at most 18 digits before the point.", at)
    return Meant(Number(value), _NO_UNIT, None, format(value.normalize(), "f")[:40], value == 0)


def _mismatch(left: Meant, right: Meant, way: str) -> str:
    bare = next((each for each in (left, right) if each.kind is None), None)
    if bare is not None:
        other = right if bare is left else left
        return (
            f"{bare.told} is a bare number and {other.told} is {other.dimension.told}: "
            "multiply or divide by a number; only a share can have one added."
        )
    return (
        f"{left.told} is {left.dimension.told} and {right.told} is {right.dimension.told}: "
        f"they cannot be {way} one another."
    )


def _kind_of_quotient(left: Meant, right: Meant) -> Kind:
    if right.kind is None and left.kind in (Kind.FLOW, Kind.STOCK):
        return left.kind
    both = (left.kind, right.kind)
    return Kind.RATIO if both in ((Kind.FLOW, Kind.FLOW), (Kind.STOCK, Kind.STOCK)) else Kind.COMPOSITE


def _told(left: Meant, right: Meant) -> str:
    """The name of a part in a sentence: of several KPIs the first."""
    return right.told if left.kind is None else left.told


# --- names -----------------------------------------------------------------------------------------------


def folded(name: str) -> str:
    """How names are compared: `Win rate` and `win_rate` are one."""
    return "_".join(name.replace("_", " ").lower().split())


class Glossary:
    """The KPIs that a formula may name: by key, by `key:variant`, by name and by what else they are called."""

    def __init__(self, defaults: Iterable[Kpi], variants: Iterable[Kpi]) -> None:
        self.by_name: dict[str, Kpi] = {}
        offered = list(defaults)
        for each in offered:
            self.by_name.setdefault(folded(each.key), each)
        for each in variants:
            self.by_name.setdefault(each.ref.lower(), each)
        for each in offered:
            self.by_name.setdefault(folded(each.name), each)
        for each in offered:
            for synonym in each.synonyms:
                self.by_name.setdefault(folded(synonym), each)

    def find(self, name: str) -> Kpi | None:
        return self.by_name.get(folded(name)) or self.by_name.get(name.strip().lower())

    def must(self, name: Name) -> Kpi:
        """OwnKpiRefusal at the name, with the nearest ones."""
        found = self.find(name.name)
        if found is None:
            near = get_close_matches(folded(name.name)[:80], self.by_name, n=4, cutoff=0.6)
            keys = list(dict.fromkeys(self.by_name[each].key for each in near))[:3]
            hint = (
                f" Did you mean {' or '.join(keys)}?" if keys else " Type its first letters and choose from the list."
            )
            raise refused(f"there is no KPI “{name.name[:60]}”.{hint}", name.at)
        return found


def refs_of(tree: Node, glossary: Glossary) -> Mapping[str, Kpi]:
    """Each name of the formula with its KPI. OwnKpiRefusal for the first one that nobody knows."""
    return {each.name: glossary.must(each) for each in names_in(tree)}
