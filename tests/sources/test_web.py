"""Files at an address, against a real web server."""

from typing import Any

import pytest

from apps.common.errors import Refusal
from apps.datasets.sources.fetch import fetch
from apps.datasets.sources.kinds import Asked, Found, Nothing
from apps.datasets.sources.web import as_csv
from tests.sources.conftest import DEALS, MORE, Ask, Web


def found(asked: Asked) -> Found:
    answer = fetch(asked)
    assert isinstance(answer, Found), answer
    return answer


def test_a_file_is_fetched_once_and_again_when_it_has_changed(ask: Ask, web: Web) -> None:
    web.serve(DEALS, ETag='"1"')
    first = found(ask("url", {"address": web.url()}))
    assert (first.name, first.path.read_text()) == ("deals.csv", DEALS)
    again = fetch(ask("url", {"address": web.url()}, state=first.state))
    assert isinstance(again, Nothing)
    assert web.asked[-1][1]["If-None-Match"] == '"1"'
    web.serve(MORE, ETag='"2"')
    assert found(ask("url", {"address": web.url()}, state=first.state)).path.read_text() == MORE


def test_the_same_content_without_an_etag_is_nothing_new(ask: Ask, web: Web) -> None:
    web.serve(DEALS)
    first = found(ask("url", {"address": web.url()}))
    assert isinstance(fetch(ask("url", {"address": web.url()}, state=first.state)), Nothing)


@pytest.mark.parametrize(
    ("secret", "header", "value"),
    [
        ({"token": "abc"}, "Authorization", "Bearer abc"),
        ({"user": "ana", "password": "pw"}, "Authorization", "Basic YW5hOnB3"),
        ({"header": "X-Api-Key", "header_value": "k1"}, "X-Api-Key", "k1"),
    ],
)
def test_credentials_go_along(ask: Ask, web: Web, secret: dict[str, str], header: str, value: str) -> None:
    web.serve(DEALS)
    found(ask("url", {"address": web.url()}, secret=secret))
    assert web.asked[-1][1][header] == value


def test_a_secret_query_goes_along(ask: Ask, web: Web) -> None:
    web.serve(DEALS)
    found(ask("url", {"address": web.url()}, secret={"query": "key=s3cret"}))
    assert web.asked[-1][0] == "/deals.csv?key=s3cret"


def test_credentials_stay_with_their_host_when_it_sends_on(ask: Ask, web: Web) -> None:
    web.serve("", "/moved", status=302, Location=web.url(host="localhost"))
    web.serve(DEALS)
    found(ask("url", {"address": web.url("/moved")}, secret={"token": "abc", "header": "X-Key", "header_value": "k"}))
    assert "Authorization" in web.asked[0][1]
    assert not {"Authorization", "X-Key"} & set(web.asked[1][1])


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://[::ffff:169.254.169.254]/", "file:///etc/passwd", "ftp://a/b"]
)
def test_a_redirect_to_where_nobody_may_look_is_not_followed(ask: Ask, web: Web, target: str) -> None:
    web.serve("", "/moved", status=302, Location=target)
    with pytest.raises(Refusal):
        fetch(ask("url", {"address": web.url("/moved")}))
    assert len(web.asked) == 1


def test_without_permission_nothing_inside_is_asked(ask: Ask, web: Web) -> None:
    web.serve(DEALS)
    with pytest.raises(Refusal, match="private network"):
        fetch(ask("url", {"address": web.url()}, allow_private=False))
    assert web.asked == []


def test_going_round_in_circles_ends(ask: Ask, web: Web) -> None:
    web.serve("", "/moved", status=302, Location=web.url("/moved"))
    with pytest.raises(Refusal, match="more than 5 times"):
        fetch(ask("url", {"address": web.url("/moved")}))


@pytest.mark.parametrize(
    ("page", "limit", "sentence"),
    [
        ({"status": 401}, 1000, "does not accept"),
        ({"status": 404}, 1000, "nothing at the address"),
        ({"status": 500}, 1000, "error \\(500\\)"),
        ({"Content_Type": "text/html"}, 1000, "web page instead of a file"),
        ({}, 20, "larger than"),
        ({"Content_Length": "99999"}, 1000, "larger than"),
    ],
)
def test_what_cannot_be_fetched_is_told_in_a_sentence(
    ask: Ask, web: Web, page: dict[str, Any], limit: int, sentence: str
) -> None:
    web.serve(DEALS, **page)
    with pytest.raises(Refusal, match=sentence):
        fetch(ask("url", {"address": web.url()}, limit=limit))


def test_a_file_that_ends_too_early_is_not_taken(ask: Ask, web: Web) -> None:
    web.serve(DEALS, Content_Length="500")
    with pytest.raises(Refusal, match=r"(ended|broke) before"):
        fetch(ask("url", {"address": web.url()}))


def test_an_address_that_nobody_answers_at_is_told_without_its_query(ask: Ask, web: Web) -> None:
    with pytest.raises(Refusal) as refused:
        fetch(ask("url", {"address": "http://127.0.0.1:1/a.csv"}, secret={"query": "key=s3cret"}))
    assert "reached" in refused.value.sentence
    assert "s3cret" not in refused.value.sentence


@pytest.mark.parametrize(
    ("copied", "asked_for"),
    [
        ("https://docs.google.com/spreadsheets/d/1AbC_-x/edit#gid=7", "d/1AbC_-x/export?format=csv&gid=7"),
        ("https://docs.google.com/spreadsheets/d/1AbC_-x/edit?usp=sharing", "d/1AbC_-x/export?format=csv"),
        ("https://docs.google.com/spreadsheets/u/0/d/1AbC_-x/edit", "d/1AbC_-x/export?format=csv"),
        ("https://docs.google.com/spreadsheets/d/e/2PACX-1/pubhtml", "d/e/2PACX-1/pub?output=csv"),
        (
            "https://docs.google.com/spreadsheets/d/e/2PACX-1/pubhtml?gid=7&single=true",
            "d/e/2PACX-1/pub?output=csv&single=true&gid=7",
        ),
    ],
)
def test_the_address_of_a_sheet_becomes_that_of_its_csv(copied: str, asked_for: str) -> None:
    assert as_csv(copied) == f"https://docs.google.com/spreadsheets/{asked_for}"
    assert as_csv(as_csv(copied)) == as_csv(copied)


def test_a_sheet_is_fetched_and_one_that_is_not_published_says_so(ask: Ask, web: Web) -> None:
    web.serve(DEALS, "/sheet")
    assert found(ask("sheet", {"address": web.url("/sheet")})).name == "sheet.csv"
    web.serve("<html>sign in", "/sheet", Content_Type="text/html; charset=utf-8")
    with pytest.raises(Refusal, match="Publish the sheet"):
        fetch(ask("sheet", {"address": web.url("/sheet")}))
