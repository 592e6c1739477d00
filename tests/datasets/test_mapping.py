"""The mapping file: what it can say, what is guessed, and how it is refused."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.common.errors import Refusal
from apps.datasets.mapping import is_slip, load
from tests.datasets.helpers import messages, staged, values

PLAIN = "id,owner,outcome,closed_on,amount\n1,Ann,won,2017-01-31,5\n"


def test_headers_and_synonyms_are_guessed_and_shown(tmp_path: Path) -> None:
    of = staged(tmp_path, "Opportunity ID,Sales Agent,Deal Stage,Close Date,Value\n1,Ann,Won,2017-01-31,5\n")
    assert of.plan.as_json()["columns"] == {
        "id": "Opportunity ID",
        "owner": "Sales Agent",
        "stage": "Deal Stage",
        "outcome": "Deal Stage",
        "closed_on": "Close Date",
        "amount": "Value",
    }


def test_importing_with_the_completed_mapping_gives_the_same_rows(tmp_path: Path) -> None:
    text = "Deal ID;Rep;Result;Closed;Amount;My Column\n1;Ann;won;31/1/2017;1.234,50;x\n2;Bob;lost;1/2/2017;0,5;y\n"
    first = staged(tmp_path, text)
    second = staged(tmp_path, text, json.loads(json.dumps(first.plan.as_json())))
    fields = ("id", "owner", "outcome", "closed_on", "amount", "my_column")
    assert values(first, *fields) == values(second, *fields)
    assert first.plan.as_json() == second.plan.as_json()
    assert values(first, "amount") == [Decimal("1234.5"), Decimal("0.5")]


def test_a_header_that_fits_by_name_alone_is_no_guess(tmp_path: Path) -> None:
    """HubSpot's `type` is the kind of a deal; elsewhere it is anything, and must not get every row rejected."""
    text = "id,owner,outcome,type\n1,Ann,open,Hardware\n2,Ann,open,Software\n3,Ann,open,renewal\n"
    of = staged(tmp_path, text)
    assert values(of, "kind", "type") == [(None, "Hardware"), (None, "Software"), (None, "renewal")]
    assert of.plan.as_json()["columns"]["kind"] is None
    business = staged(tmp_path, "id,owner,outcome,type\n1,Ann,open,New Business\n2,Ann,open,Renewal\n")
    assert values(business, "kind") == ["new", "renewal"]


def test_a_null_leaves_a_field_blank_and_unguessed(tmp_path: Path) -> None:
    of = staged(tmp_path, PLAIN, {"columns": {"amount": None}})
    assert values(of, "amount", "source_amount") == [(None, "5")]
    assert of.plan.as_json()["columns"]["amount"] is None


def test_columns_nobody_mentions_are_kept_under_names_that_collide_with_nothing(tmp_path: Path) -> None:
    text = "id,owner,outcome,Deal Size (k€),amount,value,,Value,2nd call,_line\n1,Ann,open,7,5,6,a,b,c,d\n"
    of = staged(tmp_path, text)
    assert of.plan.own == ("deal_size_k", "value", "column_7", "value_2", "column_2nd_call", "source_line")
    assert values(of, "deal_size_k", "value", "column_7", "value_2") == [("7", "6", "a", "b")]


def test_values_replace_texts_with_blank_and_any_other(tmp_path: Path) -> None:
    text = "id,owner,state\n1,Ann,WON \n2,Ann,gone\n3,Ann,\n4,Ann,huh\n"
    mapping: dict[str, Any] = {
        "columns": {"outcome": "state", "lost_reason": "state", "closed_on": "state"},
        "values": {
            "outcome": {"won": "won", "": "open", "*": "lost"},
            "lost_reason": {"Won": "", "gone": "they left"},
            "closed_on": {"": "", "*": "2017-01-31"},
        },
    }
    of = staged(tmp_path, text, mapping)
    assert values(of, "outcome") == ["won", "lost", "open", "lost"]
    assert values(of, "lost_reason") == [None, "they left", None, "huh"]


def test_any_other_takes_in_blank_unless_blank_is_listed(tmp_path: Path) -> None:
    text = "id,owner,state\n1,Ann,\n"
    assert values(staged(tmp_path, text, {"columns": {"outcome": "state"}, "values": {"outcome": {"*": "open"}}}),
                  "outcome") == ["open"]  # fmt: skip


def test_listed_values_that_differ_by_case_alone_are_told_apart(tmp_path: Path) -> None:
    mapping = {"columns": {"outcome": "state"}, "values": {"outcome": {"W": "won", "w": "open"}}}
    of = staged(tmp_path, "id,owner,state,closed_on\n1,A,W,2017-01-01\n2,A,w,\n", mapping)
    assert values(of, "outcome") == ["won", "open"]


def test_constants_fill_what_is_blank(tmp_path: Path) -> None:
    mapping = {"constants": {"currency": "EUR", "shop": "1", "team": "North"}, "columns": {"team": "t"}}
    of = staged(tmp_path, "id,owner,outcome,t\n1,Ann,open,South\n2,Ann,open,\n", mapping)
    assert values(of, "currency", "shop", "team") == [("EUR", "1", "South"), ("EUR", "1", "North")]


LOOKUP_TEXT = "id,owner,outcome,product,amount\n1,Ann,open,GTXPro,\n2,Ann,open,MG,7\n3,Ann,open,Other,\n4,Ann,open,,\n"
LOOKUP: dict[str, Any] = {
    "values": {"product": {"GTXPro": "GTX Pro"}},
    "columns": {"amount": "amount"},
    "lookups": [
        {"file": "p.csv", "on": {"product": "product"}, "columns": {"amount": "price", "series": "series"}},
        {"file": "s.csv", "on": {"series": "key"}, "columns": {"region": "made in"}},
    ],
}
LOOKUPS = {"p.csv": "product,series,price\nGTX Pro,G,4821\nMG,M,55\n", "s.csv": "key,made in\nG,Goa\nM,Metz\n"}


def test_a_lookup_fills_blanks_finds_mapped_texts_and_can_be_followed_by_another(tmp_path: Path) -> None:
    of = staged(tmp_path, LOOKUP_TEXT, LOOKUP, lookups=LOOKUPS)
    assert values(of, "product", "amount", "series", "region") == [
        ("GTX Pro", Decimal(4821), "G", "Goa"),
        ("MG", Decimal(7), "M", "Metz"),
        ("Other", None, None, None),
        (None, None, None, None),
    ]
    assert messages(of) == [(4, "product", "`Other` is not in the lookup `p.csv` (1 row).")]


def test_a_lookup_prefers_the_text_as_it_is_in_the_file(tmp_path: Path) -> None:
    lookups = {**LOOKUPS, "p.csv": "product,series,price\nGTX Pro,G,4821\nGTXPro,M,1\nMG,M,55\n"}
    of = staged(tmp_path, LOOKUP_TEXT, LOOKUP, lookups=lookups)
    assert values(of, "amount")[0] == Decimal(1)


def test_a_lookup_with_two_answers_is_refused_and_with_the_same_answer_twice_is_not(tmp_path: Path) -> None:
    twice = {**LOOKUPS, "p.csv": LOOKUPS["p.csv"] + "MG,M,56\n"}
    with pytest.raises(Refusal, match=r"`p.csv` has `MG` in line 3 and again in line 4, with different values"):
        staged(tmp_path, LOOKUP_TEXT, LOOKUP, lookups=twice)
    same = {**LOOKUPS, "p.csv": LOOKUPS["p.csv"] + "MG,M,55\n"}
    assert staged(tmp_path, LOOKUP_TEXT, LOOKUP, lookups=same).read == 4


def test_a_lookup_does_not_mind_case_unless_its_keys_differ_by_case_alone(tmp_path: Path) -> None:
    mapping = {"lookups": [{"file": "t.csv", "on": {"owner": "rep"}, "columns": {"team": "team"}}]}
    rows = "id,owner,outcome\n1,ANN,open\n2,ann ,open\n3,Bob,open\n"
    of = staged(tmp_path, rows, mapping, lookups={"t.csv": "rep,team\n Ann,North\nBob,South\n"})
    assert values(of, "team") == ["North", "North", "South"]
    assert messages(of) == []
    of = staged(tmp_path, rows, mapping, lookups={"t.csv": "rep,team\nANN,North\nann,East\nBob,South\n"})
    assert values(of, "team") == ["North", "East", "South"]


def test_only_the_columns_that_are_used_can_make_a_lookup_ambiguous(tmp_path: Path) -> None:
    mapping = {"lookups": [{"file": "t.csv", "on": {"owner": "rep"}, "columns": {"team": "team"}}]}
    rows, phones = "id,owner,outcome\n1,Ann,open\n", {"t.csv": "rep,phone,team\nAnn,1,North\nAnn,2,North\n"}
    assert values(staged(tmp_path, rows, mapping, lookups=phones), "team") == ["North"]
    followed = {"lookups": [*mapping["lookups"], {"file": "p.csv", "on": {"phone": "nr"}, "columns": {"region": "r"}}]}
    with pytest.raises(Refusal, match="has `Ann` in line 2 and again in line 3"):
        staged(tmp_path, rows, followed, lookups={**phones, "p.csv": "nr,r\n1,EU\n2,US\n"})


def test_a_name_that_stands_twice_in_a_mapping_file_is_a_slip(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"columns": {"id": "Deal", "id": "Rep"}}')
    with pytest.raises(Refusal, match="names `id` twice"):
        load(path)


def test_a_lookup_never_multiplies_rows(tmp_path: Path) -> None:
    of = staged(tmp_path, LOOKUP_TEXT, LOOKUP, lookups={**LOOKUPS, "s.csv": LOOKUPS["s.csv"] + "G,Goa\n"})
    assert of.read == 4


def test_a_key_of_ones_own_replaces_the_id(tmp_path: Path) -> None:
    text = "order,product,ordered_on\n1,a,2017-01-01\n1,b,2017-01-01\n"
    of = staged(tmp_path, text, {"key": ["order", "product"]}, table="orders")
    assert (of.valid, of.plan.key) == (2, ("order", "product"))
    with pytest.raises(Refusal, match="no column for `id`"):
        staged(tmp_path, text, table="orders")
    assert staged(tmp_path, text, {"key": []}, table="orders").valid == 2


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"colums": {}}, "unknown part `colums`. Did you mean `columns`"),
        ({"columns": []}, "`columns` of the mapping must be an object"),
        ({"columns": {"owner": ["a"]}}, "value of `owner` must be a text"),
        ({"columns": {"ownr": "owner"}}, "names `ownr`.*Did you mean `owner`"),
        ({"columns": {"close_date": "closed_on"}}, "names `close_date`.*Did you mean `closed_on`"),
        ({"columns": {"My Column": "owner"}}, "names `My Column`.*small letters"),
        ({"columns": {"line": "owner"}}, "names a column `line`.*call it `source_line`"),
        ({"columns": {"amount": "amuont"}}, "column `amuont`, which `file.csv` does not have. Did you mean `amount`"),
        ({"values": {"outcom": {}}}, "`values` of the mapping: deals have no field `outcom`. Did you mean `outcome`"),
        ({"formats": {"closed": "%d"}}, "`formats` of the mapping: deals have no field `closed`. Did you mean"),
        ({"formats": {"closed_on": "dd/mm/yyyy"}}, r"format `dd/mm/yyyy` of `closed_on`.*%d/%m/%Y"),
        ({"formats": {"amount": "%d"}}, "format `%d` of `amount`"),
        ({"constants": {"team": "a\x00b"}}, "The constants of the mapping hold a zero byte"),
        ({"key": ["nr"]}, "`key` of the mapping: deals have no field `nr`"),
        ({"table": "leads"}, "is for the table `leads`, but the file goes into `deals`"),
        ({"lookups": {}}, "`lookups` of the mapping must be a list"),
        ({"lookups": [{"file": "x.csv"}]}, 'lookup `x.csv` of the mapping needs "on"'),
        ({"lookups": [{"file": "x.csv", "on": {"id": "id"}, "columns": {"team": "t"}}]}, "`x.csv`.*not there"),
        ({"values": {"outcome": {"a": None}}}, 'write "" for blank'),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_in_one_sentence(tmp_path: Path, mapping: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        staged(tmp_path, PLAIN, mapping)


def test_a_missing_required_column_is_refused_with_the_columns_there_are(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"no column for `owner`, which deals need. Its columns are: id, outcome"):
        staged(tmp_path, "id,outcome\n1,open\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"{", "not valid JSON: .* in line 1"), (b"[]", "must be one JSON object"), (b"\xff\xfe\xfa", "not UTF-8"),
     (None, "cannot be opened: No such file")],
)  # fmt: skip
def test_an_unreadable_mapping_file_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "m.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refusal, match=words):
        load(path)


@pytest.mark.parametrize("word", ["ownr", "owneer", "oner", "onwer", "ownar", "owne", "xowner"])
def test_slips_are_one_letter_away(word: str) -> None:
    assert is_slip(word, "owner")


@pytest.mark.parametrize("word", ["owner", "owners_x", "sector", "own", "renwo"])
def test_other_words_are_no_slips(word: str) -> None:
    assert not is_slip(word, "owner")


def test_texts_from_files_and_mappings_never_become_sql(tmp_path: Path) -> None:
    evil = "'); DROP TABLE raw; --"
    mapping: dict[str, Any] = {
        "reading": {"delimiter": ","},  # the evil is full of others
        "columns": {"outcome": f'a"{evil}'},
        "values": {"outcome": {evil: "open", 'q"q': "open"}},
        "constants": {"team": evil},
    }
    header = 'id,owner,"a""' + evil + '","b"";' + evil + '"\n'
    of = staged(tmp_path, header + f'1,{evil},"{evil}",x\n2,Ann,"q""q",y\n', mapping)
    assert values(of, "owner", "outcome", "team") == [(evil, "open", evil), ("Ann", "open", evil)]
