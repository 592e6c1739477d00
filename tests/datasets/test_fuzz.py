"""Whatever bytes a file has, it is read as a table or refused in a sentence."""

import gzip
import random
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.errors import Refusal
from apps.datasets.reader import Reading, open_source
from tests.datasets.reallike import nasty, real_like
from tests.datasets.workbooks import ods, xlsx

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ROWS = [["Id", "Day", "Sum"], ["a", "2026-01-02", "1,5"], ["b", "2026-01-03", "2"], ["", "", ""]]


def read(folder: Path, content: bytes, reading: Reading | None = None) -> None:
    """Refusals are all right, anything else is not; the table that is loaded has the rows that were seen."""
    path = folder / "file.csv"
    path.write_bytes(content)
    con = duckdb.connect()
    try:
        source = open_source(path, folder, given=reading)
        seen = sum(1 for _ in source.rows())
        assert source.load(con) == seen
        assert all(len(row) == len(source.header) + 2 for row in con.execute("SELECT * FROM raw").fetchall())
    except Refusal as refusal:
        sentence = refusal.sentence
    else:
        sentence = "Read."
    finally:
        con.close()
    assert sentence.endswith(".")


@SETTINGS
@given(content=st.binary(max_size=400))
def test_random_bytes_are_a_table_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    read(tmp_path, content)


@SETTINGS
@given(content=st.text(st.sampled_from("ab1 ,;|\t\"'\\\r\n\x00\ufeff:#[]{}é-."), max_size=120))
def test_random_signs_are_a_table_or_a_sentence(tmp_path: Path, content: str) -> None:
    read(tmp_path, content.encode())


def _mutated(content: bytes, seed: int) -> bytes:
    """Bytes removed, doubled, changed, put in from elsewhere, or the end cut off."""
    chance, found = random.Random(seed), bytearray(content[:20_000])
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(found) + 1)
        length = chance.choice([1, 1, 2, 30])
        kind = chance.randrange(5)
        if kind == 0:
            del found[at : at + length]
        elif kind == 1:
            found[at:at] = found[at : at + length]
        elif kind == 2:
            found[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 3:
            found[at:at] = chance.choice([b'"', b"\r", b"\n", b"\x00", b",", b";", b"\xff\xfe", b"\xef\xbb\xbf", b"\\"])
        else:
            del found[max(at, 1) :]
    return bytes(found)


@SETTINGS
@given(seed=st.integers(0, 10**6))
def test_spoiled_text_is_a_table_or_a_sentence(tmp_path: Path, seed: int) -> None:
    read(tmp_path, _mutated((real_like if seed % 2 else nasty)(seed).content, seed))


@SETTINGS
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(["xlsx", "ods", "gz", "json", "parquet"]))
def test_spoiled_workbooks_and_packed_files_are_a_table_or_a_sentence(tmp_path: Path, seed: int, kind: str) -> None:
    whole = tmp_path / "whole.parquet"
    duckdb.connect().execute(f"COPY (SELECT 1 AS a, 'x' AS b) TO '{whole}'")
    contents: dict[str, bytes] = {
        "xlsx": xlsx({"S": ROWS}),
        "ods": ods({"S": ROWS}),
        "gz": gzip.compress(b"a,b\n1,2\n", mtime=0),
        "json": b'{"a": 1, "b": [1, 2]}\n{"a": null, "c": "x"}\n{"b": 1.50}\n',
        "parquet": whole.read_bytes(),
    }
    content = contents[kind]
    read(tmp_path, _mutated(content, seed))


@SETTINGS
@given(
    seed=st.integers(0, 10**6),
    delimiter=st.sampled_from([None, ",", ";", "none", "aligned", "||", "|~|", '"', "a", " "]),
    quote=st.sampled_from([None, '"', "'", "x"]),
    header=st.sampled_from([None, 0, 1, 3, 10_000]),
    encoding=st.sampled_from([None, "utf-8", "cp1252", "utf-16", "ascii", "cp437"]),
)
def test_whatever_a_person_decides_gives_a_table_or_a_sentence(
    tmp_path: Path, seed: int, delimiter: str | None, quote: str | None, header: int | None, encoding: str | None
) -> None:
    read(tmp_path, real_like(seed).content, Reading(delimiter, encoding, quote, header))
