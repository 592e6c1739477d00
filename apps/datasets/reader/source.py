"""A file opened for reading: its header at once, its rows as a DuckDB table, each with the line it begins on.

DuckDB reads an orderly file (one row a line, equally many cells) in parallel and within its memory limit. Whether the
file is orderly is proved, not assumed: it must parse strictly and give exactly as many rows as it has lines. If not
(quoted newlines, blank lines, ragged rows, mixed line ends) Python's csv module first writes an orderly copy in which
the first cell is the line number in the original.
"""

# ruff: noqa: S608 - the only names put into SQL are c0, c1, … and our own table name

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from apps.common.errors import Refusal
from apps.datasets.reader.containers import Content, content_of
from apps.datasets.reader.dialect import Dialect, Reading, dialect_of
from apps.datasets.reader.encoding import EmptyFile, as_utf8, decodes, encoding_of
from apps.datasets.reader.fitting import fitted, mended
from apps.datasets.reader.guessed import Guess, guesses
from apps.datasets.reader.layout import MOST_BELOW, may_be_note, without_notes_below
from apps.datasets.reader.parsing import Form, records, strictly
from apps.datasets.reader.progress import Progress, quiet
from apps.datasets.reader.widths import PAIR
from apps.datasets.store.connection import ordered_like
from apps.datasets.store.sql import text, to_parquet

SAMPLE = 256 * 1024  # characters
_LARGE_SAMPLE = 8 * SAMPLE
MOST_SAMPLE = 16 * 1024 * 1024
_FEW_LINES = 4
_NOTED = 3  # columns of a table whose notes can be told from its rows
_TOLD = 50_000  # rows between two words about progress
_LONGEST_DELIMITER = 4  # bytes, for DuckDB


@dataclass(frozen=True)
class Source:
    """A readable file. `name` is what people call it, `origin` the file as given; `path` is UTF-8."""

    name: str
    origin: Path
    path: Path
    folder: Path
    dialect: Dialect
    encoding: str
    content: Content
    notes_below: list[tuple[int, list[str]]] = field(default_factory=list, compare=False)

    @property
    def header(self) -> tuple[str, ...]:
        """The cells of the header line, trimmed."""
        return tuple(cell.strip() for cell in self.dialect.header)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) of every row below the header, as in the file.

        Notes below the table are left out and, when the last row was read, in `notes_below`.
        """
        layout = self.dialect.layout
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            for _ in range(layout.header_lines):
                file.readline()
            found = records(file, self.dialect.form, layout.width, layout.kinds)
            below: list[tuple[int, list[str]]] = []
            for line, cells in without_notes_below(found, layout.width, layout.kinds, below):
                yield line + layout.header_lines, cells
            self.notes_below[:] = [(line + layout.header_lines, cells) for line, cells in below]

    def mended(self) -> Iterator[tuple[int, str, list[str]]]:
        """(line, note, cells) as `rows`, but texts that were cut at a bare delimiter are whole again (fitting)."""
        return mended(self.rows, len(self.header), self.dialect.delimiter)

    @property
    def guessed(self) -> tuple[Guess, ...]:
        """How the file was read."""
        return guesses(self.dialect, self.encoding, self.content)

    @property
    def grid(self) -> Path:
        return self.folder / "grid.parquet"

    def load(self, con: duckdb.DuckDBPyConnection, table: str = "raw", progress: Progress = quiet) -> int:
        """Create the view `table` (_line, _note, c0, c1, …); returns its number of rows."""
        ordered = ordered_like(con, [self.path.parent, self.folder], self.folder / "spill")
        try:
            count, line = _orderly(ordered, self) or _numbered(ordered, self, progress)
        finally:
            ordered.close()
        cells = ", ".join(f"c{number}" for number in range(len(self.header)))
        con.execute(
            f"CREATE OR REPLACE VIEW {table} AS SELECT {line}, {cells}"
            f" FROM read_parquet({text(str(self.grid))}, file_row_number=true)"
        )
        return count


def open_source(
    path: Path, folder: Path, name: str = "", given: Reading | None = None, progress: Progress = quiet
) -> Source:
    """Find form and layout. `folder` is for working copies. Refusal for anything that holds no table.

    `given`: what a person has decided; the rest is guessed (Source.guessed).
    """
    name, given = name or path.name, given or Reading()
    if given.delimiter and (given.quote or '"') in given.delimiter:
        raise Refusal("The delimiter and the quotation mark must be different signs.")
    content = content_of(path, folder, name, given.sheet, progress=progress)
    codec = "utf-8" if content.written else _codec(given.encoding, content.path) or encoding_of(content.path, name)
    utf8 = as_utf8(content.path, codec, folder, name)
    form = Form() if content.written else None
    sample, more = _sample(utf8, SAMPLE, name)
    dialect = dialect_of(sample, given, form=form)
    if more and dialect.layout.width <= PAIR:  # what was seen may be a long preamble
        dialect = dialect_of(_sample(utf8, _LARGE_SAMPLE, name)[0], given, form=form)
    if not dialect.header:
        raise EmptyFile(f"`{name}` is empty: export it again with at least a header line and one row.")
    return Source(name, path, utf8, folder, dialect, codec, content)


def _sample(path: Path, size: int, name: str) -> tuple[str, bool]:
    """The first whole lines of a file, at least a few, and whether there are more. Refusal if a line has no end."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        sample = file.read(size)
        more = len(sample) == size
        while more and _ends(sample) < _FEW_LINES and len(sample) < MOST_SAMPLE:
            further = file.read(size)
            sample += further
            more = len(further) == size
    if not more:
        return sample, False
    if not _ends(sample):
        raise Refusal(f"`{name}` is no table: it has no line end in its first {MOST_SAMPLE // 1024**2} MB.")
    return sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1], True


def _ends(sample: str) -> int:
    return max(sample.count("\n"), sample.count("\r"))


def _codec(name: str | None, path: Path) -> str | None:
    """A Python codec for what people call an encoding. Refusal for one that does not exist or does not fit the file."""
    if name is None:
        return None
    try:
        codec = codecs.lookup(name).name
        "".encode(codec)
    except LookupError:
        raise Refusal(f"There is no encoding `{name}`: name one like utf-8, utf-16, cp1252 or latin-1.") from None
    if codec == "utf-8" and path.is_file() and not decodes(path, codec):
        raise Refusal("The file is not UTF-8 as was said: leave the encoding out, or name another like cp1252.")
    return codec


def _is_duckdbs(form: Form) -> bool:
    """Whether DuckDB can cut such lines."""
    return not form.spaced and not form.columns and len(form.delimiter.encode()) <= _LONGEST_DELIMITER


def _columns(count: int) -> str:
    return ", ".join(f"'c{number}': 'VARCHAR'" for number in range(count))


def _orderly(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, str] | None:
    """Read with DuckDB alone: number of rows, and the SQL of `_line, _note`. None if it is not one row a line."""
    lines = _lines(source.path)
    dialect = source.dialect
    form, skip = dialect.form, dialect.header_lines
    if lines is None or skip > dialect.preamble + 1 or not _is_duckdbs(form):
        return None
    if not 1 < dialect.layout.width == len(source.header) or _notes_below(source):
        return None
    try:
        count = to_parquet(
            con,
            f"SELECT * FROM read_csv({text(str(source.path))}, auto_detect=false, header=false, skip={skip},"
            f" delim={text(form.delimiter)}, quote={text(form.quote)}, escape={text(form.escape)}, nullstr='',"
            f" columns={{{_columns(len(dialect.header))}}})",
            source.grid,
        )
    except duckdb.InvalidInputException:
        return None
    return (count, f"file_row_number + {skip + 1} AS _line, NULL::VARCHAR AS _note") if count == lines - skip else None


def _numbered(con: duckdb.DuckDBPyConnection, source: Source, progress: Progress) -> tuple[int, str]:
    """Read an orderly copy that carries the original line numbers and notes on ragged rows."""
    width = len(source.header)
    copy = source.folder / "numbered.csv"
    written = _write_numbered(source, copy, width, progress)
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


def _write_numbered(source: Source, copy: Path, width: int, progress: Progress) -> int:
    written = 0
    with copy.open("w", encoding="utf-8", newline="") as file:
        # All cells quoted: the writer leaves a lone \r bare, and DuckDB would take it for a line end.
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for line, note, cells in fitted(source.rows, width, source.dialect.delimiter):
            writer.writerow((line, note, *cells))
            written += 1
            if written % _TOLD == 0:
                progress("Reading the file", written, 0)
    return written


def _notes_below(source: Source) -> int:
    """How many lines at the end of the file are notes or blank, as far as its last lines tell."""
    layout = source.dialect.layout
    with source.path.open("rb") as file:
        file.seek(max(source.path.stat().st_size - 65536, 0))
        tail = file.read().decode("utf-8", "replace").rstrip("\r\n\x00 ")
    count = 0
    for line in reversed(tail.splitlines()[-MOST_BELOW:]):
        cells = strictly(line, source.dialect.form)
        blank = not any(map(str.strip, cells or [line]))
        if not blank and (cells is None or layout.width < _NOTED or not may_be_note(cells, layout.kinds)):
            break
        count += 1
    return count


def _lines(path: Path) -> int | None:
    """How many lines the file has, without blank ones at its end; None if its line ends are mixed."""
    crlf = lf = cr = 0
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(8 * 1024 * 1024):
            if last == b"\r" and chunk.startswith(b"\n"):
                crlf += 1
            lf += chunk.count(b"\n")
            if b"\r" in chunk:  # to look for one that is not there is ten times as fast as to count pairs
                crlf += chunk.count(b"\r\n")
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
