"""10 000 hostile texts as a formula, through the service that stores them: a sentence, or a harmless KPI. Nothing of a
text ever becomes SQL or Python, whichever of the two ways it came in."""

import builtins
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest
from ibis.backends.duckdb import Backend

from apps.common.periods import Grain
from apps.datasets.queries import snapshots
from apps.metrics.catalogue.formulas import Difference, Number, Product, Quotient, Sum
from apps.metrics.catalogue.kpi import Kpi
from apps.metrics.models import OwnKpi
from apps.metrics.own.checks import check
from apps.metrics.own.definition import Definition, Filter, Measure
from apps.metrics.own.problems import OwnKpiRefusal
from apps.metrics.own_preview import matching, preview, setting_of
from apps.metrics.services.own import build_own_kpi
from apps.people.models import Workspace
from tests.metrics.own.conftest import NOW, TODAY, WON_IN_EMEA, Build, filtered
from tests.metrics.own.test_values import computed

HOSTILE = (
    "'; DROP TABLE deals; --", "1; ATTACH 'x.db'", "read_csv('/etc/passwd')", "revenue) UNION SELECT 1 --", "/* */",
    "__import__('os').system('id')", "revenue.__class__.__mro__", "(lambda: 0)()", "exec('1')", "eval(revenue)",
    "${jndi:ldap://x}", "{{7*7}}", "{% load x %}", "<script>alert(1)</script>", "%s%n%x", "\x00", "\u202e", "\ud800",
    "1e999", "9" * 40, "((((((((", "))))", "[", "]", "[revenue", "''", '"', "`id`", "$(id)", "|| true", "&& 1",
    "revenue:deals", "pragma database_list", "select", "case when 1 then 2 end", "not", "and", "or", "1/0", "NaN",
    "-", "--", "**", "revenue", "win_rate", "won_in_emea", "mine", "[Win rate]", "[revenue:deals]", "1.2", "inf",
)  # fmt: skip
NAMES = (
    "revenue",
    "win_rate",
    "[Win rate]",
    "won_in_emea",
    "mine",
    "pipeline_value",
    "[revenue:deals]",
    "1.2",
    "0",
    "eval",
)
SIGNS = ("", "", "", "-", "+", "not")
OPERATORS = ("+", "-", "*", "/", "*", "/", "//", "=")
GLUE = ("+", "-", "*", "/", " ", "(", ")", ",", "\n", "&", "=", "<", ";", "", "\t", "\u00a0")
ALLOWED = (Sum, Difference, Product, Quotient, Number, Kpi)


def hostile(dice: random.Random) -> str:
    if dice.random() < 0.1:  # plain noise
        return "".join(
            chr(dice.choice((dice.randrange(32, 127), dice.randrange(0x10FFFF)))) for _ in range(dice.randrange(40))
        )
    if dice.random() < 0.3:  # almost a formula
        pieces = [
            f"{dice.choice(SIGNS)} {dice.choice(NAMES)} {dice.choice(OPERATORS)} " for _ in range(dice.randrange(1, 6))
        ]
        return "".join(pieces) + dice.choice(NAMES)
    parts = [dice.choice(HOSTILE) + dice.choice(GLUE) for _ in range(dice.randrange(1, 9))]
    return "".join(parts)


def sentence_or_kpi(workspace: Workspace, text: str) -> tuple[str, OwnKpi | None]:
    definition = Definition(text=text)
    try:
        own = build_own_kpi(workspace=workspace, by=None, now=NOW, today=TODAY, name="Hostile", definition=definition)
    except OwnKpiRefusal as refusal:
        return refusal.problems["formula"], None
    return "", own


def is_clear(sentence: str) -> bool:
    """One or two sentences for people."""
    is_sentence = re.fullmatch(r"[A-Z“].{10,400}[.:?]?", sentence, re.DOTALL) is not None
    return is_sentence and "Traceback" not in sentence and "object at 0x" not in sentence


def harmless(kpi: Kpi) -> bool:
    """Made of the catalogue's own classes, down to KPIs that were there before."""
    waiting = [kpi.formula]
    while waiting:
        part = waiting.pop()
        if type(part) not in ALLOWED:
            return False
        if type(part) is not Kpi:
            waiting += part.parts()
    return True


@pytest.fixture
def ready(deals: Workspace, build: Build) -> Workspace:
    build("Won in EMEA", Definition(measure=filtered(*WON_IN_EMEA)))
    build("Mine", "won_in_emea / 2")
    return deals


def test_ten_thousand_hostile_formulas_are_refused_in_a_sentence_or_harmless(
    ready: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = setting_of(ready)  # the same for all: nothing is stored that would change it
    monkeypatch.setattr("apps.metrics.services.own.setting_of", lambda workspace: setting)
    dice = random.Random(20260701)
    refused, built = 0, 0
    with nothing_is_run(monkeypatch):
        for _ in range(10_000):
            text = hostile(dice)
            sentence, own = sentence_or_kpi(ready, text)
            if own is None:
                refused += 1
                assert is_clear(sentence), (text, sentence)
            else:
                built += 1
                assert harmless(check(Definition(text=text), setting, name="Hostile").kpi), text
                OwnKpi.objects.filter(pk=own.pk).delete()
    assert refused + built == 10_000
    assert built > 50, "some of them must be formulas, or the test proves little"
    assert refused > 8_000


@contextmanager
def nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither Python's own ways to run a text nor a statement of the engine's."""

    def forbidden(*given: Any, **more: Any) -> Any:
        raise AssertionError(f"something was run: {given[:1]}")

    with monkeypatch.context() as patched:
        patched.setattr(duckdb, "connect", forbidden)
        patched.setattr(builtins, "eval", forbidden)
        patched.setattr("os.system", forbidden)
        patched.setattr("subprocess.Popen", forbidden)
        yield


def test_the_sql_of_a_formula_has_nothing_of_its_text(ready: Workspace, statements: list[str]) -> None:
    """Names are replaced by what they stand for; even the numbers stay outside, since they multiply finished sums."""
    text = "[Won in EMEA] * 987654.25 / ([won in emea] + 0 * WON_IN_EMEA)"
    preview(workspace=ready, definition=Definition(text=text), name="Hostile name", grain=Grain.QUARTER)
    written = "\n".join(statements)
    assert "'EMEA'" in written  # a value is there, as a text of SQL
    for piece in ("987654", "WON_IN_EMEA", "won in emea", "Won in EMEA", "Hostile name"):
        assert piece not in written


HOSTILE_VALUES = [
    "EMEA'; drop table deals; --",
    "' or 1=1 --",
    "\\'; copy (select 1) to '/tmp/x'; --",
    "EMEA\\",
    "$start",
    "?",
    "{{7*7}}",
    "”“‘’",
    "EMEA' union select * from read_csv('/etc/passwd')",
]


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_a_hostile_value_is_compared_as_a_text(ready: Workspace, build: Build, value: str) -> None:
    measure = filtered(("region", "is", value))
    live = snapshots(workspace=ready, tables=["deals"])["deals"]
    assert (matching(live, measure).matched, matching(live, measure).all_rows) == (0, 8)
    opposite = filtered(("region", "is_not", value))
    assert matching(live, opposite).matched == 8
    build("Hostile", Definition(measure=opposite))
    assert [row["value"] for row in computed(ready, "hostile", grain="year")] == [7]


@pytest.mark.parametrize(
    "measure",
    [
        Measure("deals; drop table x", "count", date="closed_on"),
        Measure("deals", "count(*) from x; --", date="closed_on"),
        Measure("deals", "sum", 'amount") from x --', date="closed_on"),
        Measure("deals", "sum", "_batch", date="closed_on"),
        Measure("deals", "count", date='closed_on" or 1=1 --'),
        Measure("deals", "count", date="closed_on", match="any) or (1=1"),
        Measure("deals", "count", date="closed_on", filters=(Filter('region" = 1 --', "is", ("x",)),)),
        Measure("deals", "count", date="closed_on", filters=(Filter("_line", "is", ("x",)),)),
        Measure("deals", "count", date="closed_on", filters=(Filter("region", "like '%'", ("x",)),)),
        Measure("deals", "count", date="closed_on", filters=(Filter("amount", "at_least", ("1 or 1=1",)),)),
        Measure("deals", "count", date="closed_on", filters=(Filter("created_on", "from", ("now()",)),)),
        Measure("deals", "count", date="closed_on", filters=(Filter("region", "is", ("a\x00b",)),)),
        Measure("deals", "count", date="closed_on", filters=(Filter("region", "one_of", ("x",) * 51),)),
        Measure("deals", "count", date="closed_on", filters=(Filter("region", "known"),) * 9),
        Measure("deals", "count", date="closed_on", filters=(Filter("region", "is", ("x" * 201,)),)),
    ],
)
def test_what_is_not_on_a_list_is_refused_whoever_sends_it(ready: Workspace, measure: Measure) -> None:
    with pytest.raises(OwnKpiRefusal):
        build_own_kpi(
            workspace=ready, by=None, now=NOW, today=TODAY, name="Hostile", definition=Definition(measure=measure)
        )


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that the engine writes."""
    written: list[str] = []
    compiled = Backend.compile

    def compiling(self: Any, *given: Any, **more: Any) -> Any:
        text = compiled(self, *given, **more)
        written.append(str(text))
        return text

    monkeypatch.setattr(Backend, "compile", compiling)
    return written
