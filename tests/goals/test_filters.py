"""The board's filters from a query string and back."""

from hypothesis import given
from hypothesis import strategies as st

from apps.goals.filters import BoardFilters


def test_filters_are_read_from_the_query_string_and_written_back() -> None:
    typed = {
        "team": "3",
        "owner": "7",
        "kpi": "revenue",
        "status": "at_risk",
        "period": "past",
        "q": " a  b ",
        "page": "2",
    }
    filters = BoardFilters.of(typed)
    assert filters == BoardFilters(3, 7, "revenue", "at_risk", "past", "a b", 2)
    assert filters.query == "team=3&owner=7&kpi=revenue&status=at_risk&period=past&q=a+b&page=2"
    assert BoardFilters.of({}).query == ""


def test_a_changed_filter_starts_at_the_first_page() -> None:
    filters = BoardFilters(kpi="revenue", page=4)
    assert filters.but(status="missed").query == "kpi=revenue&status=missed"
    assert filters.but(page=5).query == "kpi=revenue&page=5"


def test_nonsense_is_left_out_and_told() -> None:
    filters = BoardFilters.of(
        {"team": "north", "owner": "-1", "status": "purple", "period": "someday", "page": "minus one", "q": "\x00"}
    )
    assert filters.but(ignored=()) == BoardFilters()
    assert len(filters.ignored) == 4
    assert "“north” is no team, so all are shown." in filters.ignored
    assert "“purple” is no status: choose cancelled," in filters.ignored[2]


def test_only_the_period_does_not_make_the_board_narrowed() -> None:
    assert not BoardFilters(period="past").is_narrowed
    assert BoardFilters(q="x").is_narrowed


@given(
    st.dictionaries(st.sampled_from(["team", "owner", "kpi", "status", "period", "q", "page"]), st.text(max_size=200))
)
def test_no_query_string_breaks_the_filters(typed: dict[str, str]) -> None:
    filters = BoardFilters.of(typed)
    assert filters.page >= 1
    assert "\x00" not in filters.q + filters.kpi
    assert BoardFilters.of(dict(pair.split("=") for pair in filters.query.split("&") if pair)).page == filters.page
