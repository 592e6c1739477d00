"""Small pictures and words of figures; the frame around every page; the chart's spec."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template

from apps.goals.case import Status
from apps.goals.models import Actual
from apps.pages.charts import ON_PAPER, GoalCourse, goal_chart
from apps.pages.statuses import LOOKS
from apps.pages.templatetags import figures
from apps.people.models import Member
from tests.cast import ClientOf


def actual(**values: object) -> Actual:
    return Actual(status=Status.ON_TRACK, **values)


def test_every_status_has_an_icon_a_word_and_a_tone() -> None:
    assert set(LOOKS) == {status.value for status in Status}
    for status in Status:
        badge = figures.status_badge(status)
        assert Status(status).label in badge
        assert "<svg" in badge


def test_no_two_statuses_that_may_stand_together_share_their_icon() -> None:
    assert len({look.icon for look in LOOKS.values()}) == len(LOOKS)


def test_progress_is_read_out_and_never_capped() -> None:
    done = figures.progress(actual(attainment=1.34, expected=Decimal(50), target=Decimal(100)), None)
    assert 'aria-label="134 % of the way, 50 % expected by now"' in done
    assert "pace-target" in done  # the target is a mark inside the bar


def test_progress_counts_from_the_baseline_in_both_directions() -> None:
    falling = actual(attainment=0.5, expected=Decimal(54), target=Decimal(45))
    assert "40 % expected by now" in figures.progress(falling, Decimal(60))


def test_progress_of_nothing_draws_nothing() -> None:
    assert figures.progress(None) == ""
    assert figures.progress(actual(attainment=None)) == ""


@pytest.mark.parametrize(("share", "words"), [(0.999, "99 %"), (1.0, "100 %"), (-0.2, "-20 %"), (None, "")])
def test_nearly_done_does_not_read_as_done(share: float | None, words: str) -> None:
    assert figures.percent_done(share) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.84, "0.8 s"), (42, "42 s"), (59.7, "1 min 0 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")]
)
def test_how_long_a_run_took_is_told_in_two_units_at_most(seconds: float, words: str) -> None:
    start = datetime(2025, 11, 14, 9, tzinfo=UTC)
    assert figures.took(start, start + timedelta(seconds=seconds)) == words
    assert figures.took(start, None) == ""


def test_a_gap_in_the_data_is_a_gap_in_the_sparkline() -> None:
    line = figures.sparkline([["2025-01-01", 1], ["2025-01-02", 2], ["2025-01-03", None], ["2025-01-04", 3], ["x", 1]])
    assert line.count("<path") == 2
    assert 'aria-label="Trend: unchanged"' in line


def test_one_point_is_no_trend() -> None:
    assert figures.sparkline([["2025-01-01", 1]]) == ""


def test_a_flat_line_does_not_divide_by_zero() -> None:
    assert "unchanged" in figures.sparkline([["a", 5], ["b", 5]])


def test_a_table_cell_shows_a_share_as_percent() -> None:
    assert Template('{% load figures %}{{ v|figure:"percent" }}').render(Context({"v": 0.632})) == "63.2 %"


def course(**changes: object) -> GoalCourse:
    given: dict[str, object] = {
        "title": "Quarter",
        "description": "Revenue.",
        "unit": "money",
        "currency": "USD",
        "starts_on": date(2025, 10, 1),
        "last_day": date(2025, 12, 31),
        "actual": [(date(2025, 10, 5), Decimal(10)), (date(2025, 10, 12), Decimal(20))],
        "expected": [(date(2025, 10, 1), Decimal(0)), (date(2025, 12, 31), Decimal(100))],
        "target": [(date(2025, 10, 1), Decimal(100)), (date(2025, 12, 31), Decimal(100))],
    }
    return GoalCourse(**given | changes)  # type: ignore[arg-type]


def texts(spec: dict[str, object]) -> set[str]:
    return {layer["mark"]["text"] for layer in spec["layer"] if layer.get("mark", {}).get("text")}  # type: ignore[attr-defined]


def test_a_chart_labels_its_lines_and_carries_its_description() -> None:
    spec = goal_chart(course())
    assert texts(spec) == {"Actual", "Expected", "Target"}
    assert spec["description"] == "Revenue."
    assert json.loads(json.dumps(spec)) == spec


def test_a_level_goal_has_no_expected_line_of_its_own() -> None:
    flat = [(date(2025, 10, 1), Decimal(100)), (date(2025, 12, 31), Decimal(100))]
    assert "Expected" not in texts(goal_chart(course(expected=flat)))


def test_layers_without_rows_are_left_out() -> None:
    spec = goal_chart(course(target=[], expected=[]))
    assert texts(spec) == {"Actual"}
    assert all(layer["data"]["values"] for layer in spec["layer"])


def test_the_same_chart_is_drawn_for_paper_without_css_variables() -> None:
    assert "var(" in json.dumps(goal_chart(course(benchmark=5)))
    assert "var(" not in json.dumps(goal_chart(course(benchmark=5), ON_PAPER))


def test_vega_lite_accepts_the_spec() -> None:
    vl_convert = pytest.importorskip("vl_convert")
    spec = goal_chart(course(benchmark=50, breaks=[(date(2025, 11, 1), "Definition 2")]), ON_PAPER) | {"width": 600}
    drawn = vl_convert.vegalite_to_svg(spec)
    assert "Benchmark" in drawn
    assert "Definition 2" in drawn
    assert "Definition 2" not in vl_convert.vegalite_to_svg(goal_chart(course(), ON_PAPER) | {"width": 600})


def test_the_frame_shows_the_way_and_only_what_is_open(client_of: ClientOf, rep: Member, admin: Member) -> None:
    page = client_of(rep).get("/w/acme/").content.decode()
    assert '<a class="skip" href="#content">' in page
    assert 'href="/w/acme/goals/"' in page
    assert 'href="/w/acme/imports/"' not in page
    assert "No data yet." in page
    assert 'action="/accounts/logout/" method="post"' in page
    everything = client_of(admin).get("/w/acme/").content.decode()
    for door in ("imports", "runs", "settings"):
        assert f'href="/w/acme/{door}/"' in everything


def test_no_page_has_inline_style_or_script(client_of: ClientOf, admin: Member) -> None:
    client = client_of(admin)
    for path in ("/w/acme/", "/w/acme/goals/", "/w/acme/goals/new/", "/w/acme/runs/"):
        page = client.get(path).content.decode()
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page


def test_a_page_that_is_not_there_says_so_in_the_house_style(client_of: ClientOf, rep: Member) -> None:
    response = client_of(rep).get("/w/acme/goals/999999/")
    assert response.status_code == 404
    assert b"There is nothing here" in response.content
