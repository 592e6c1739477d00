"""The drawings of an analysis: what they draw, that Vega takes it, and that their table says the same."""

import json
from fractions import Fraction

import pytest
from django.template.loader import render_to_string

from apps.metrics.analysis.contribution import Change, Factor, FlowGroup, RatioGroup, flow_change, product_change
from apps.metrics.analysis.contribution import ratio_change as split_ratio
from apps.metrics.analysis.funnel import Step, funnel
from apps.metrics.analysis.lost import Pareto, Reason, pareto
from apps.metrics.analysis.season import Season, season
from apps.metrics.analysis.xmr import Chart, Point, xmr
from apps.pages.charts import ON_PAPER, Spec
from apps.pages.kpis.bars import MOST_BARS, contribution_chart, funnel_chart, lost_reasons_chart, season_chart
from apps.pages.kpis.charts import Drawing, trend_chart

CALM = [98, 102, 101, 97, 103, 99, 101, 98, 102, 100, 97, 102]
HOSTILE = "</script><script>alert(1)</script>"
STEPS = [
    Step("Lead", "Deal", 1000, 400, usual_entered=4000, usual_passed=2000),
    Step("Deal", "Won", 400, 100, usual_entered=2000, usual_passed=480),
]


def months(*values: int | None, **settings: object) -> Chart:
    return xmr(
        [Point(f"m{index}", value) for index, value in enumerate(values)], unit="money", currency="USD", **settings
    )  # type: ignore[arg-type]


def ratio_change() -> Change:
    change = split_ratio([RatioGroup("inbound", 120, 400, 93, 300), RatioGroup(HOSTILE, 60, 600, 99, 900)])
    assert isinstance(change, Change)
    return change


def velocity() -> Change:
    change = product_change([Factor("Deals", 100, 110), Factor("Cycle", 60, 55, divides=True, unit="days")])
    assert isinstance(change, Change)
    return change


def reasons() -> Pareto:
    result = pareto([Reason("Price", 6, 600), Reason("", 2, 0), Reason("Timing", 2, 400)])
    assert isinstance(result, Pareto)
    return result


def quarters() -> Season:
    result = season([80, 100, 90, 130] * 3, first=1, per_year=4)
    assert isinstance(result, Season)
    return result


DRAWINGS: dict[str, Drawing] = {
    "trend": trend_chart(months(*CALM, 150, None, *[120] * 12, breaks=["m14"]), "Revenue", ON_PAPER),
    "trend without limits": trend_chart(months(1, 2), "Revenue", ON_PAPER),
    "trend of thin months": trend_chart(
        xmr([Point(f"m{n}", Fraction(n % 5, 10), 20 + 40 * (n % 3)) for n in range(20)], unit="percent"),
        "Win rate",
        ON_PAPER,
    ),
    "flow": contribution_chart(
        flow_change([FlowGroup(HOSTILE, 5, 3), FlowGroup("b", None, 4)]), "Leads", palette=ON_PAPER
    ),
    "ratio": contribution_chart(ratio_change(), "Win rate", "percent", palette=ON_PAPER),
    "product": contribution_chart(velocity(), "Velocity", "money_per_day", "USD", palette=ON_PAPER),
    "funnel": funnel_chart(funnel(STEPS, deal_size=20_000), "USD", ON_PAPER),
    "lost": lost_reasons_chart(reasons(), "USD", ON_PAPER),
    "season": season_chart(quarters(), ON_PAPER),
}


def marks(drawing: Drawing, kind: str) -> list[Spec]:
    return [layer for layer in drawing.spec["layer"] if layer["mark"]["type"] == kind]


@pytest.mark.parametrize("name", DRAWINGS)
def test_vega_lite_draws_it(name: str) -> None:
    vl_convert = pytest.importorskip("vl_convert")
    drawing = DRAWINGS[name]
    assert json.loads(json.dumps(drawing.spec)) == drawing.spec
    assert "var(" not in json.dumps(drawing.spec)
    svg = vl_convert.vegalite_to_svg(drawing.spec | {"width": 600})
    assert "NaN" not in svg
    assert "Infinity" not in svg


@pytest.mark.parametrize("name", DRAWINGS)
def test_it_has_a_title_a_description_and_a_full_table(name: str) -> None:
    drawing = DRAWINGS[name]
    assert drawing.title
    assert drawing.description == drawing.spec["description"]
    assert drawing.rows
    assert {len(row) for row in drawing.rows} == {len(drawing.columns)}


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_name_from_the_data_becomes_markup(name: str) -> None:
    page = render_to_string("pages/kpis/drawing.html", {"drawing": DRAWINGS[name], "key": "trend"})
    assert "<script>alert" not in page
    assert 'data-chart="trend"' in page
    assert "The numbers of this chart" in page


def test_the_trend_rings_and_numbers_its_candidate_signals() -> None:
    drawing = DRAWINGS["trend"]
    ring, text = marks(drawing, "point")[0], marks(drawing, "text")[-1]
    assert ring["data"]["values"] == [{"period": "m12", "value": 150.0, "numbers": "1"}]
    assert text["encoding"]["text"] == {"field": "numbers"}
    row = next(row for row in drawing.rows if row[0] == "m12")
    assert row == (
        "m12",
        "USD 150",
        "USD 90.81",
        "USD 109",
        "1. m12 is above the usual range: USD 150, the limit is USD 109.",
    )
    assert drawing.description == (
        "Revenue from m0 to m25, newest USD 120: within the usual range. New baseline from m14 on."
        " One candidate signal. The usual range rests on 12 points from m14 on."
    )


def test_the_trend_marks_a_new_baseline_and_draws_nothing_across_it_or_a_gap() -> None:
    drawing = DRAWINGS["trend"]
    assert marks(drawing, "rule")[0]["data"]["values"] == [{"period": "m14"}]
    pieces = {row["period"]: row["segment"] for row in marks(drawing, "area")[0]["data"]["values"]}
    assert pieces["m0"] == pieces["m12"] != pieces["m14"] == pieces["m25"]
    line = marks(drawing, "line")[-1]["data"]["values"]
    assert {row["segment"] for row in line if row["period"] == "m12"} == {0}
    assert {row["segment"] for row in line if row["period"] == "m14"} == {1}
    assert next(row for row in drawing.rows if row[0] == "m13")[1] == "–"


def test_a_range_of_varying_width_is_not_drawn_across_a_gap() -> None:
    points = [Point(f"m{n}", Fraction(n % 5, 10), 20 + 40 * (n % 3)) for n in range(20)]
    points[9] = Point("m9", None)
    rows = marks(trend_chart(xmr(points, unit="percent"), "Win rate"), "area")[0]["data"]["values"]
    pieces = {row["period"]: row["segment"] for row in rows}
    assert "m9" not in pieces
    assert pieces["m0"] == pieces["m8"] != pieces["m10"] == pieces["m19"]


def test_without_limits_the_trend_is_a_line_and_says_why() -> None:
    drawing = DRAWINGS["trend without limits"]
    assert [layer["mark"]["type"] for layer in drawing.spec["layer"]] == ["line"]
    assert drawing.description == (
        "Revenue from m0 to m1, newest USD 2: too few points to tell what is usual."
        " Limits need six points or more; here are two points."
    )
    assert trend_chart(months(), "Revenue").description == "Revenue: there are no figures yet."


def test_many_groups_end_in_one_bar_of_all_others_and_the_table_has_each() -> None:
    change = flow_change([FlowGroup(f"g{index:02}", 0, 100 - index) for index in range(20)])
    drawing = contribution_chart(change, "Leads")
    bars = marks(drawing, "bar")[0]["data"]["values"]
    assert len(bars) == MOST_BARS
    assert bars[-1] == {"group": "9 others", "value": float(sum(range(81, 90)))}
    assert sum(bar["value"] for bar in bars) == change.change
    assert len(drawing.rows) == 20


def test_a_ratio_is_drawn_in_rate_and_mix_and_labelled_with_both_together() -> None:
    drawing = DRAWINGS["ratio"]
    bars = marks(drawing, "bar")[0]["data"]["values"]
    assert [(bar["group"], bar["part"], round(bar["value"], 5)) for bar in bars][:2] == [
        ("inbound", "how each did", 0.00325),
        ("inbound", "how much each weighs", -0.02025),
    ]
    texts = marks(drawing, "text")[0]["data"]["values"]
    assert [row["text"] for row in texts] == ["−1.7 pp", "−0.3 pp"]
    assert [round(row["value"], 5) for row in texts] == [0.00325, 0.00675]  # right of the bars that reach right


def test_factors_are_told_in_their_own_units() -> None:
    rows = {row[0]: row[1:3] for row in DRAWINGS["product"].rows}
    assert rows == {"Deals": ("100", "110"), "Cycle": ("60 days", "55 days")}


def test_the_stage_before_the_bottleneck_stands_out() -> None:
    bars = marks(DRAWINGS["funnel"], "bar")[0]["data"]["values"]
    assert [(bar["group"], bar["value"], bar["text"]) for bar in bars] == [
        ("Lead", 1000, "1,000 · 40 % go on"),
        ("Deal", 400, "400 · 25 % go on"),
        ("Won", 100, "100"),
    ]
    assert [bar["colour"] == ON_PAPER.actual for bar in bars] == [True, False, False]
    # (0.50 − 0.40) × 1000 × 0.25 = 25 wins of 20 k
    assert DRAWINGS["funnel"].rows[0] == (
        *("Lead → Deal", "1,000", "400", "40 %", "50 %", "37.0 % to 43.1 %", "+USD 500 k (+25 wins)", ""),
    )


def test_reasons_that_say_nothing_are_pale_and_last() -> None:
    bars = marks(DRAWINGS["lost"], "bar")[0]["data"]["values"]
    assert [(bar["group"], bar["colour"] == ON_PAPER.actual) for bar in bars] == [
        ("Price", True),
        ("Timing", True),
        ("No reason given", False),
    ]
    assert DRAWINGS["lost"].rows[1] == ("Timing", "2", "20 %", "80 %", "USD 400", "40 %")


def test_a_season_is_drawn_as_the_distance_from_the_trend() -> None:
    bars = marks(DRAWINGS["season"], "bar")[0]["data"]["values"]
    assert [(bar["group"], round(bar["value"], 9)) for bar in bars] == [
        ("Q1", -0.2),
        ("Q2", 0),
        ("Q3", -0.1),
        ("Q4", 0.3),
    ]
    assert DRAWINGS["season"].rows == (("Q1", "−20 %"), ("Q2", "±0 %"), ("Q3", "−10 %"), ("Q4", "+30 %"))


def test_on_a_page_colours_follow_light_and_dark() -> None:
    assert "var(--accent)" in json.dumps(season_chart(quarters()).spec)
