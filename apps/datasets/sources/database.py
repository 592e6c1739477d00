"""A table or query of an SQL database, whole or only what is new since the last time by one column.

Nothing can be changed through here: one statement, parsed to be a query, in a transaction that may only read. What runs
is what somebody with the credentials of that database may read there anyway; it never runs in ours.
"""

import csv
import hashlib
import io
import json
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import sqlglot
from sqlalchemy import Connection, text
from sqlglot import exp

from apps.common.errors import Refusal
from apps.datasets.sources.engines import NO_LIMIT, connected, dialect_of, read_address
from apps.datasets.sources.kinds import OUR_CSV, Answer, Asked, Found, Nothing
from apps.datasets.uploads import file_checksum

AT_ONCE = 5_000  # rows
_CHANGES = (exp.DML, exp.DDL, exp.Into, exp.Command, exp.Drop, exp.Alter)


def check_query(query: str, dialect: str) -> str:
    """The query if it is exactly one that only reads; else Refusal."""
    try:
        found = [each for each in sqlglot.parse(query, read=dialect_of(dialect)) if each is not None]
    except sqlglot.errors.SqlglotError:
        raise Refusal("The query cannot be read as SQL: check its brackets, quotes and commas.") from None
    if len(found) != 1 or not isinstance(found[0], exp.Query) or found[0].find(*_CHANGES):
        raise Refusal("The query must be one SELECT that changes nothing.")
    return query.strip().rstrip(";").strip()


def fetch(asked: Asked) -> Answer:
    url = read_address(str(asked.config.get("address", "")))
    with connected(asked, url) as connection:
        table = _write(connection, asked, url.get_backend_name())
    if not table.rows:
        return Nothing("The query gives no row that was not there before.", dict(asked.state))
    state: dict[str, Any] = {"checksum": file_checksum(table.path)}
    if asked.config.get("column"):
        state |= {"watermark": table.last, "number": table.is_number, "edge": table.edge}
        known = [asked.state.get(each) for each in ("watermark", "edge")] == [table.last, table.edge]
        if known and table.rows == table.at_edge:
            return Nothing("No row is newer than those of last time.", dict(asked.state))
    elif state["checksum"] == asked.state.get("checksum"):
        return Nothing("The rows are the same as last time.", state)
    name = str(asked.config.get("table") or "query").rpartition(".")[2]
    return Found(table.path, f"{name}.csv", state, more=table.cut, reading=OUR_CSV)


class _Table(NamedTuple):
    path: Path
    rows: int
    last: str | None  # the highest value of the column
    is_number: bool
    edge: str  # a digest of the rows that have it
    at_edge: int  # how many they are
    cut: bool  # more rows wait


def _write(connection: Connection, asked: Asked, dialect: str) -> _Table:
    """The rows as a CSV file, in the order of the column, as many as fit.

    Where they do not all fit they are cut between two values of the column, so that the next fetch goes on there.
    """
    column = str(asked.config.get("column") or "")
    result = connection.execution_options(stream_results=True, max_row_buffer=AT_ONCE).execute(
        *_statement(connection, asked, dialect, column)
    )
    with closing(result):
        names = list(result.keys())
        if column and column not in names:
            raise Refusal(f"The query has no column “{column}”; it has {', '.join(names[:20])}.")
        writer = _Writer(asked, names, names.index(column) if column else None)
        with writer.path.open("w", newline="", encoding="utf-8") as file:
            writer.begin(file)
            for row in result.yield_per(AT_ONCE):
                if not writer.add(tuple(row)):
                    break
            return writer.end()


def _statement(connection: Connection, asked: Asked, dialect: str, column: str) -> tuple[Any, dict[str, Any]]:
    """Always with a parameter: such a statement is sent on its own, whatever its text holds."""
    quoted = connection.dialect.identifier_preparer.quote_identifier
    if asked.config.get("table"):
        relation = ".".join(quoted(part) for part in str(asked.config["table"]).split("."))
        inner = f"SELECT * FROM {relation}"  # noqa: S608 (its parts are quoted)
    else:
        inner = check_query(str(asked.config.get("query", "")), dialect)
    given: dict[str, Any] = {"most": asked.max_rows + 1}
    where = order = ""
    if column:
        name = quoted(column).replace(":", "\\:")
        order = f"\nORDER BY {name}"
        if asked.state.get("watermark") is not None:
            # Rows with the last value may have come since; where rows have no key they would be taken twice.
            where = f"\nWHERE {name} {'>' if asked.mode == 'append' else '>='} :since"
            given["since"] = _mark(str(asked.state["watermark"]), dialect, is_number=bool(asked.state.get("number")))
    escaped = inner.replace(":", "\\:")  # a colon of theirs is no parameter of ours
    # S608: names are quoted, the query was parsed, and values are parameters.
    whole = f"(\n{escaped}\n) {'' if dialect == 'oracle' else 'AS '}fetched{where}{order}"
    if dialect in NO_LIMIT:
        return text(f"SELECT * FROM {whole}\n{NO_LIMIT[dialect]}"), given  # noqa: S608
    return text(f"SELECT * FROM {whole}\nLIMIT :most"), given  # noqa: S608


def _mark(text: str, dialect: str, *, is_number: bool) -> Any:
    """As the database compares it: PostgreSQL reads a text as the type of the column, SQLite does not."""
    if not is_number:
        return text
    if dialect == "sqlite":
        return float(text) if "." in text else int(text)
    return Decimal(text)


class _Writer:
    """Writes rows until a bound is met, and remembers where the last group of equal values began."""

    def __init__(self, asked: Asked, names: list[str], place: int | None) -> None:
        self.asked, self.names, self.place = asked, names, place
        self.path = asked.folder / "fetched"
        self.rows = self.size = self.at_edge = self.edge = 0
        self.last: Any = None
        self.before: tuple[int, int, Any, int, int] | None = None  # rows, size, last, edge, at_edge
        self.cut = False

    def begin(self, file: Any) -> None:
        self.file = file
        self._put(self.names)

    def add(self, row: tuple[Any, ...]) -> bool:
        """False once nothing more fits."""
        texts = [_text(value) for value in row]
        line = _line(texts)
        if self.rows >= self.asked.max_rows or self.size + len(line) > self.asked.limit:
            self._cut()
            return False
        if self.place is not None:
            self._note(row[self.place], line)
        self.rows += 1
        self.size += len(line)
        self.file.write(line.decode())
        if self.rows % AT_ONCE == 0:
            self.asked.progress("Fetching", self.rows, 0)
        return True

    def _put(self, texts: list[str]) -> None:
        line = _line(texts)
        self.size += len(line)
        self.file.write(line.decode())

    def _note(self, value: Any, line: bytes) -> None:
        if self.rows == 0 or value != self.last:
            self.before = (self.rows, self.size, self.last, self.edge, self.at_edge) if self.rows else None
            self.last, self.edge, self.at_edge = value, 0, 0
        self.edge = (self.edge + int.from_bytes(hashlib.sha256(line).digest())) % 2**256
        self.at_edge += 1

    def _cut(self) -> None:
        most = f"{self.asked.max_rows:,} rows or {self.asked.limit // 1024**2} MB"
        if self.asked.sample:
            return
        if self.place is None or self.before is None:
            raise Refusal(
                f"The query gives more than {most}: ask for less, or name a column to fetch only what is new."
            )
        self.rows, self.size, self.last, self.edge, self.at_edge = self.before
        self.file.flush()
        self.file.truncate(self.size)
        self.cut = True

    def end(self) -> _Table:
        number = isinstance(self.last, int | float | Decimal)
        last = None if self.last is None else _text(self.last)
        return _Table(self.path, self.rows, last, number, f"{self.edge:x}", self.at_edge, self.cut)


def _line(texts: list[str]) -> bytes:
    text_file = io.StringIO(newline="")
    csv.writer(text_file, lineterminator="\n").writerow(texts)
    return text_file.getvalue().encode()


def _text(value: Any) -> str:
    """A cell as a mapping reads it: ISO dates, plain decimals, no word for what is not there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    return str(value)
