"""Lines in which a text holds the delimiter without quotation marks."""

from pathlib import Path

import pytest

from apps.datasets.reader.mending import Mender
from tests.datasets.helpers import messages, staged, values

HEADER = "id,owner,outcome,closed_on,account,place,amount"
SOUND = [
    f"{n},Ann Lee,won,2024-01-{n:02},Firm {n},{place},{n * 10}.50"
    for n, place in enumerate(["Graz", "Rio", "Lyon", "Bern"] * 5, start=1)
]
ROWS = [line.split(",") for line in SOUND]


def test_the_line_is_put_together_again_and_told(tmp_path: Path) -> None:
    cut = "21,Ann Lee,won,2024-01-21,Firm, Sons & Co,Rio,99.00"
    of = staged(tmp_path, "\n".join([HEADER, *SOUND, cut]) + "\n")
    assert values(of, "id", "account", "place", "amount")[-1][1:3] == ("Firm, Sons & Co", "Rio")
    assert messages(of) == [
        (
            22,
            "",
            "The line has 8 cells, the header 7: `Firm, Sons & Co` holds the delimiter without quotes."
            " It was put together again as `account`.",
        )
    ]
    assert of.rejected == 0


@pytest.mark.parametrize(
    ("cells", "column", "whole"),
    [
        ("21,Lee, Ann,won,2024-01-21,Firm,Rio,9.00", 1, "Lee, Ann"),
        ("21,Ann Lee,won,2024-01-21,A,B,C Ltd,Rio,9.00", 4, "A,B,C Ltd"),
        ("21,Ann Lee,won,,Firm,1, Rio,9.00", None, None),  # a blank date is not usual there
        ("21,Ann Lee,won,2024-01-21,X,Y,Z,9.00", None, None),  # it may be either of two texts
        ("21,Ann Lee,won,2024-01-21,Firm,Rio,9,00", None, None),  # a number is no text that was cut
    ],
)
def test_only_where_one_place_is_the_likeliest(cells: str, column: int | None, whole: str | None) -> None:
    found = Mender(ROWS, 7, ",").mend(cells.split(","))
    assert (found.column, found.whole) == (column, whole) if found else column is None


def test_what_cannot_be_mended_stays_rejected(tmp_path: Path) -> None:
    of = staged(tmp_path, "\n".join([HEADER, *SOUND, "21,Ann Lee,won,2024-01-21,X,Y,Z,9.00"]) + "\n")
    assert of.rejected == 1
    assert messages(of)[0][2].startswith("The line has 8 cells, the header 7: a delimiter inside a text")


def test_a_lookup_is_mended_or_its_line_left_out_and_both_are_told(tmp_path: Path) -> None:
    lines = [f"{n},Place {n},AT" for n in range(1, 30)]
    lookup = "\n".join(["key,city,land", *lines, "30,Rio, Centro,AT", "31,x,y,z,AT,1,2,3,4,5"]) + "\n"
    of = staged(
        tmp_path,
        "id,owner,outcome,place\n1,Ann,open,30\n2,Ann,open,31\n3,Ann,open,5\n",
        {"lookups": [{"file": "places.csv", "on": {"place": "key"}, "columns": {"region": "city"}}]},
        lookups={"places.csv": lookup},
    )
    assert values(of, "region") == ["Rio, Centro", None, "Place 5"]
    told = [message for line, _, message in messages(of) if line == 0]
    assert told == [
        "The lookup `places.csv` has a line (32) with more cells than the header: left out.",
        "The lookup `places.csv` has a line (31) with a text that holds the delimiter without quotes: put together"
        " again.",
    ]
