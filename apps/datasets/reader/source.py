"""A file opened for reading: its header at once, its rows as a DuckDB table, each with the line it begins on.

DuckDB reads an orderly file (one row a line, equally many cells) in parallel and within its memory limit. Whether the
file is orderly is proved, not assumed: it must parse strictly and give exactly as many rows as it has lines. If not
(quoted newlines, blank lines, ragged rows, mixed line ends) Python's csv module first writes an orderly copy in which
the first cell is the line number in the original.
"""

# ruff: noqa: S608 - the only names put into SQL are c0, c1, … and our own table name

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import duckdb

from apps.common.errors import Refusal
from apps.datasets.reader.dialect import Dialect, dialect_of, records
from apps.datasets.reader.encoding import as_utf8, encoding_of
from apps.datasets.store.connection import ordered_like
from apps.datasets.store.sql import text, to_parquet

SAMPLE = 256 * 1024
_END = "\x00end of file\x00"


@dataclass(frozen=True)
class Source:
    """A readable file. `name` is what people call it, `origin` the file as given; `path` is UTF-8."""

    name: str
    origin: Path
    path: Path
    folder: Path
    dialect: Dialect

    @property
    def header(self) -> tuple[str, ...]:
        """The cells of the header line, trimmed."""
        return tuple(cell.strip() for cell in self.dialect.header)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) of every row below the header, as in the file. Refusal if a quotation mark never closes."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            for _ in range(self.dialect.preamble):
                file.readline()
            yield from _guarded(file, self)

    @property
    def grid(self) -> Path:
        return self.folder / "grid.parquet"

    def load(self, con: duckdb.DuckDBPyConnection, table: str = "raw") -> int:
        """Create the view `table` (_line, _note, c0, c1, …); returns its number of rows."""
        ordered = ordered_like(con, [self.path.parent, self.folder], self.folder / "spill")
        try:
            count, line = _orderly(ordered, self) or _numbered(ordered, self)
        finally:
            ordered.close()
        cells = ", ".join(f"c{number}" for number in range(len(self.header)))
        con.execute(
            f"CREATE OR REPLACE VIEW {table} AS SELECT {line}, {cells}"
            f" FROM read_parquet({text(str(self.grid))}, file_row_number=true)"
        )
        return count


def open_source(path: Path, folder: Path, name: str = "") -> Source:
    """Find encoding and dialect. `folder` is for working copies. Refusal for anything that is not a text table."""
    name = name or path.name
    utf8 = as_utf8(path, encoding_of(path, name), folder, name)
    with utf8.open(encoding="utf-8-sig", newline="") as file:
        sample = file.read(SAMPLE)
    if len(sample) == SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    dialect = dialect_of(sample)
    if not dialect.header:
        raise Refusal(f"`{name}` is empty: export it again with at least a header line and one row.")
    if any("\x00" in cell for cell in dialect.header):
        raise Refusal(f"`{name}` has a zero byte in its header, so it is no text file: export it again as CSV.")
    return Source(name, path, utf8, folder, dialect)


def _guarded(file: TextIO, source: Source) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header; an end mark added to the file shows whether a quotation mark was left open."""
    offset, last = source.dialect.preamble, 0
    with_end = _ending(file)
    try:
        for number, (line, cells) in enumerate(records(with_end, source.dialect.delimiter)):
            last = line + offset
            if cells[-1].endswith(_END):
                if cells != [_END]:
                    raise csv.Error("open quote")
                return
            if number:
                yield last, cells
    except csv.Error:
        raise Refusal(
            f"`{source.name}`, line {last}: a quotation mark opens and never closes."
            " Close it, or write it twice if it belongs to the text."
        ) from None


def _ending(file: TextIO) -> Iterator[str]:
    line = ""
    for line in file:
        yield line
    if line and not line.endswith(("\n", "\r")):
        yield "\n"
    yield _END


def _columns(count: int) -> str:
    return ", ".join(f"'c{number}': 'VARCHAR'" for number in range(count))


def _orderly(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, str] | None:
    """Read with DuckDB alone: number of rows, and the SQL of `_line, _note`. None if it is not one row a line."""
    lines = _lines(source.path)
    dialect = source.dialect
    if lines is None or dialect.header_lines != dialect.preamble + 1:
        return None
    skip = dialect.header_lines
    try:
        count = to_parquet(
            con,
            f"SELECT * FROM read_csv({text(str(source.path))}, auto_detect=false, header=false, skip={skip},"
            f" delim={text(dialect.delimiter)}, quote='\"', escape='\"', nullstr='',"
            f" columns={{{_columns(len(dialect.header))}}})",
            source.grid,
        )
    except duckdb.InvalidInputException:
        return None
    return (count, f"file_row_number + {skip + 1} AS _line, NULL::VARCHAR AS _note") if count == lines - skip else None


def _numbered(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, str]:
    """Read an orderly copy that carries the original line numbers and notes on ragged rows."""
    width = len(source.header)
    copy = source.folder / "numbered.csv"
    written = _write_numbered(source, copy, width)
    for parallel in ("true", "false"):
        count = to_parquet(
            con,
            f"SELECT * FROM read_csv({text(str(copy))}, auto_detect=false, header=false,"
            f" delim=',', quote='\"', escape='\"', nullstr='', new_line='\\n', parallel={parallel},"
            f" columns={{'_line': 'BIGINT', '_note': 'VARCHAR', {_columns(width)}}})",
            source.grid,
        )
        if count == written:
            return count, "_line, _note"
    raise Refusal(f"`{source.name}` cannot be read reliably: save it as CSV (UTF-8) and try again.")


def _write_numbered(source: Source, copy: Path, width: int) -> int:
    written = 0
    with copy.open("w", encoding="utf-8", newline="") as file:
        # All cells quoted: the writer leaves a lone \r bare, and DuckDB would take it for a line end.
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for line, cells in source.rows():
            note, fitted = ("", cells) if len(cells) == width else _fitted(cells, width)
            writer.writerow((line, note, *fitted))
            written += 1
    return written


def _fitted(cells: list[str], width: int) -> tuple[str, list[str]]:
    """A ragged row brought to the width of the header, and what to tell about it ('short …' or 'long …')."""
    if len(cells) < width:
        return f"short {len(cells)} {width}", cells + [""] * (width - len(cells))
    surplus = any(cell.strip() for cell in cells[width:])
    return (f"long {len(cells)} {width}" if surplus else ""), cells[:width]


def _lines(path: Path) -> int | None:
    """How many lines the file has, without blank ones at its end; None if its line ends are mixed."""
    crlf = lf = cr = 0
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(8 * 1024 * 1024):
            if last == b"\r" and chunk.startswith(b"\n"):
                crlf += 1
            crlf += chunk.count(b"\r\n")
            lf += chunk.count(b"\n")
            cr += chunk.count(b"\r")
            last = chunk[-1:]
    if (crlf and (crlf != lf or crlf != cr)) or (not crlf and lf and cr):
        return None
    return max(lf, cr) - _ends_at_the_end(path) + 1


def _ends_at_the_end(path: Path) -> int:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 65536, 0))
        tail = file.read()
    trailing = tail[len(tail.rstrip(b"\r\n")) :]
    return max(trailing.count(b"\n"), trailing.count(b"\r"))
