"""A table that stays in a PostgreSQL database: how its rows read as ours, and how a question is put to it.

Nothing is ever written there: connections are read only, and every question has a bound on its time. The driver is
loaded with the first connection, as most installations have no warehouse.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.common.errors import Refusal

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow

CONNECT_SECONDS = 10


class NotAnswered(Refusal):
    """The database could not be asked, or did not answer."""


@dataclass(frozen=True)
class Relation:
    """`door` gives the libpq address, with its password, for the moment of one connection (Refusal: not allowed there).

    `select` is the SQL that reads the relation as rows of our table: typed, trimmed, with our values, and without the
    rows that an import would reject. `said` names it for people: `sales.deals` on analytics-host. `key` are the columns
    that tell its rows apart. `seconds` is how long one question may take.
    """

    door: Callable[[], str] = field(repr=False, compare=False)
    select: str = field(repr=False)
    said: str
    key: tuple[str, ...] = ()
    seconds: int = 60

    @contextmanager
    def opened(self) -> "Iterator[psycopg.Connection[TupleRow]]":
        """A read-only connection. NotAnswered, with a sentence, if the database does not answer."""
        with opened(self.door(), self.said, seconds=self.seconds) as con:
            yield con

    def answer(self, con: "psycopg.Connection[TupleRow]", statement: str) -> list[tuple[Any, ...]]:
        """The rows of one statement, on a connection that `opened` gave. NotAnswered."""
        with speaking(self.said, self.seconds):
            return con.execute(statement.encode()).fetchall()  # bytes: what is built here has no parameters

    def stream(self, statement: str, chunk: int) -> Iterator[tuple[Any, ...]]:
        """The rows of one statement, so many at a time. NotAnswered."""
        with self.opened() as con, speaking(self.said, self.seconds), con.cursor(name="rows") as cursor:
            cursor.itersize = chunk
            cursor.execute(statement.encode())
            yield from cursor

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """The rows of one statement by column, on a connection of its own. NotAnswered."""
        with self.opened() as con, speaking(self.said, self.seconds):
            cursor = con.execute(statement.encode())
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def opened(address: str, said: str, *, seconds: int = 60) -> "Iterator[psycopg.Connection[TupleRow]]":
    """A read-only connection in UTC with a bound on the time of each statement."""
    import psycopg

    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={int(seconds) * 1000} -c TimeZone=UTC"
        " -c standard_conforming_strings=on -c extra_float_digits=1"
    )
    try:
        con = psycopg.connect(address, connect_timeout=CONNECT_SECONDS, options=options, client_encoding="utf8")
    except (psycopg.Error, UnicodeError) as wrong:
        raise NotAnswered(f"{said} cannot be reached: {_why(wrong)}") from None
    try:
        con.read_only = True
        with speaking(said, seconds):
            yield con
    finally:
        con.close()


@contextmanager
def speaking(said: str, seconds: int) -> Iterator[None]:
    """What goes wrong in the database as NotAnswered, a sentence."""
    import psycopg

    try:
        yield
    except psycopg.errors.QueryCanceled:
        raise NotAnswered(
            f"{said} did not answer within {seconds} seconds. Ask for a shorter period, or give the table an index."
        ) from None
    except psycopg.Error as wrong:
        raise NotAnswered(f"{said} cannot be read: {_why(wrong)}") from None


def _why(wrong: Exception) -> str:
    """What the server says, in one line. Addresses and passwords are in none of its sentences; what libpq says of a
    connection that fails may hold them, so it is told in our words."""
    import psycopg

    if isinstance(wrong, psycopg.OperationalError) and wrong.diag.message_primary is None:
        known = str(wrong)
        for sign, sentence in _SENTENCES:
            if sign in known:
                return sentence
        return "the server does not answer."
    said = (wrong.diag.message_primary if isinstance(wrong, psycopg.Error) else None) or "the server refused."
    return said[0].upper() + said[1:] + ("" if said.endswith(".") else ".")


_SENTENCES: Sequence[tuple[str, str]] = (
    ("password authentication failed", "the user name or the password is wrong."),
    ("no password supplied", "the server asks for a password."),
    ("does not exist", "there is no such database or user."),
    ("timeout", "no answer within ten seconds."),
    ("refused", "nothing listens at this address and port."),
    ("resolve", "there is no such host."),
    ("translate host name", "there is no such host."),
)
