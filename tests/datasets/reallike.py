"""Files as offices, instruments and programs publish them, put together from parts that are common in public files.

Each file is a table, a way in which its header is written, what stands above and below, and a way of writing; all are
drawn by chance from a seed, so there are as many different files as one likes.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.datasets.polluted import Polluted, Rows, Way

_FIRST = "Ann Bo Chloé Dmitri Elif Farah Günther Håkon Inês João Kim Łukasz Mary-Jane Niamh O'Brien Priya".split()  # noqa: SIM905
_LAST = "Smith Nuñez Li Böhm García Okafor Patel Ferreira McDonald Dvořák Ødegård Rossi".split()  # noqa: SIM905
_WORDS = "water travel audit office repairs grant service north fuel training rent review library agency data".split()  # noqa: SIM905
_UNITS = ["(mm)", "(kg)", "[°C]", "[V]", "(s)", "(£)", "[m/s]", "(%)"]


@dataclass(frozen=True)
class Table:
    """`names` and `rows`; `units` for some columns; `groups`: a name above several columns."""

    names: list[str]
    rows: Rows
    units: list[str]


Maker = Callable[[random.Random, int], str]


def _words(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(least, most)))


def _day(style: int) -> Maker:
    def make(chance: random.Random, _row: int) -> str:
        year, month, day = chance.randint(2005, 2026), chance.randint(1, 12), chance.randint(1, 28)
        short = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[month - 1]  # noqa: SIM905
        return [
            f"{year}-{month:02}-{day:02}", f"{day:02}/{month:02}/{year}", f"{day}.{month}.{year}",
            f"{day:02}-{short}-{year % 100:02}", f"{short} {day}, {year}",
            f"{year}-{month:02}-{day:02}T{day:02}:30:00Z", f"{month}/{day}/{year} {day % 12 + 1}:05 PM",
        ][style]  # fmt: skip

    return make


def _makers(chance: random.Random) -> dict[str, Maker]:
    """Kinds of columns by the name of one."""
    return {
        "Reference": lambda _, row: f"{4_000_123 + row * 7}",
        "Department": lambda c, _: c.choice(["Home Office", "HM Treasury", "Cabinet Office", "Dept. for Transport"]),
        "Supplier": lambda c, _: f"{c.choice(_LAST)}, {c.choice(_LAST)} & Co" if c.random() < 0.3 else _words(c, 1, 3),
        "Name": lambda c, _: f"{c.choice(_FIRST)} {c.choice(_LAST)}",
        "Date": _day(chance.randrange(7)),
        "Amount": lambda c, _: f"£{c.randint(1, 99)},{c.randint(100, 999)}.{c.randint(10, 99)}",
        "Net": lambda c, _: f"{c.uniform(-500, 90000):.2f}",
        "Count": lambda c, _: str(c.randint(0, 400)),
        "Reading": lambda c, _: f"{c.uniform(-1, 1):.6e}",
        "Level": lambda c, _: f"{c.uniform(0, 30):.3f}",
        "Share": lambda c, _: f"{c.randint(0, 100)}%",
        "Remarks": lambda c, _: _words(c, 2, 9) + c.choice(["", ".", ", see note", ' ("final")', "; checked"]),
        "Empty": lambda _c, _row: "",
        "Flag": lambda c, _: c.choice(["Y", "N", ""]),
        "Postcode": lambda c, _: f"{c.choice('ABCEGHKL')}{c.randint(1, 20)} {c.randint(1, 9)}{c.choice('AEX')}Q",
        "Time": lambda c, _: f"{c.randint(0, 23):02}:{c.randint(0, 59):02}:{c.randint(0, 59):02}",
        "Web": lambda c, row: f"https://example.org/{c.choice(_WORDS)}?id={row}",
        "Phone": lambda c, _: f"+44 {c.randint(20, 99)} {c.randint(1000, 9999)} {c.randint(1000, 9999)}",
    }


def table(chance: random.Random, *, numeric: bool = False) -> Table:
    """A table of 3 to 14 columns and 4 to 120 rows."""
    makers = _makers(chance)
    if numeric:
        makers = {name: makers[name] for name in ("Count", "Reading", "Level", "Net")}
        names = [chance.choice(list(makers)) for _ in range(chance.randint(3, 9))]
    else:
        names = chance.sample(list(makers), chance.randint(4, 14))
        while all(name in ("Empty", "Flag", "Name", "Supplier", "Remarks", "Department") for name in names):
            names = chance.sample(list(makers), chance.randint(4, 14))
    rows = [[makers[name](chance, row) for name in names] for row in range(chance.choice([4, 9, 25, 60, 120]))]
    titles = [f"{name} {number + 1}" if names.count(name) > 1 else name for number, name in enumerate(names)]
    if chance.random() < 0.3:
        titles = [f"{_words(chance, 1, 3).capitalize()} {title.lower()}" for title in titles]
    units = [chance.choice(_UNITS) if name in ("Reading", "Level", "Net", "Count") else "" for name in names]
    return Table(titles, [row if any(row) else ["x", *row[1:]] for row in rows], units)


@dataclass(frozen=True)
class Parts:
    """Lines above and below as cells; `clean` what a careful person makes of it; how cells are written."""

    above: Rows
    header: Rows
    body: Rows
    below: Rows
    names: list[str]
    has_header: bool = True


def _plain(made: Table, _chance: random.Random) -> Parts:
    return Parts([], [made.names], made.rows, [], made.names)


def _title(made: Table, chance: random.Random) -> Parts:
    lines = [[_words(chance, 2, 6).title()] for _ in range(chance.randint(1, 4))]
    return replace(_plain(made, chance), above=[*lines, [""]] if chance.random() < 0.6 else lines)


def _padded_title(made: Table, chance: random.Random) -> Parts:
    width = len(made.names)
    lines = [[_words(chance, 2, 6).title()] + [""] * (width - 1) for _ in range(chance.randint(1, 4))]
    return replace(_plain(made, chance), above=[*lines, [""] * width] if chance.random() < 0.6 else lines)


def _pairs(made: Table, chance: random.Random) -> Parts:
    """What instruments write: names and values, sections, then the table."""
    pairs = [
        [f"{_words(chance, 1, 2).title()}{chance.choice([':', '', ' ='])}", chance.choice([_words(chance, 1, 2), "12.5", "OK", "3/4/2019"])]
        for _ in range(chance.randint(3, 30))
    ]  # fmt: skip
    gap = [[""]] if chance.random() < 0.7 else [["[Data]"]]
    return replace(_plain(made, chance), above=[*pairs, *gap])


def _comments(made: Table, chance: random.Random) -> Parts:
    sign = chance.choice(["#", "# ", "%", "//", "!"])
    lines = [[f"{sign}{_words(chance, 2, 8)}"] for _ in range(chance.randint(1, 12))]
    return replace(_plain(made, chance), above=lines)


def _units(made: Table, chance: random.Random) -> Parts:
    """A row of units below the names belongs to them."""
    if sum(map(bool, made.units)) < 2 or sum(map(bool, made.units)) < len(made.units) / 2:
        return _plain(made, chance)
    names = [f"{name} {unit}".strip() for name, unit in zip(made.names, made.units, strict=True)]
    return Parts([], [made.names, made.units], made.rows, [], names)


def _spans(made: Table, chance: random.Random) -> Parts:
    """Years above groups of columns of figures, written above the first of each."""
    first, groups, per = 2 + len(made.names) % 2, chance.randint(2, 4), chance.randint(2, 3)
    years = [str(2015 + number) for number in range(groups)]
    above = [""] * first + [year if at == 0 else "" for year in years for at in range(per)]
    lower = [*made.names[:first], *(["Plan", "Actual", "Change"][:per] * groups)]
    rows = [row[:first] + [str(chance.randint(0, 9999)) for _ in range(per * groups)] for row in made.rows]
    names = [*made.names[:first], *(f"{year} {each}" for year in years for each in ["Plan", "Actual", "Change"][:per])]
    return Parts([], [above, lower], [row if any(row[:first]) else ["x", *row[1:]] for row in rows], [], names)


def _notes(made: Table, chance: random.Random) -> Parts:
    notes = [
        [chance.choice(["Source: ", "Note: ", "* ", "1. ", "(a) ", "Published by "]) + _words(chance, 2, 9)]
        for _ in range(chance.randint(1, 6))
    ]
    return replace(_plain(made, chance), below=[[""], *notes] if chance.random() < 0.6 else notes)


def _padded_notes(made: Table, chance: random.Random) -> Parts:
    parts = _notes(made, chance)
    width = len(made.names)
    return replace(parts, below=[row + [""] * (width - 1) for row in parts.below])


def _blank_rows(made: Table, chance: random.Random) -> Parts:
    """Rows that a spreadsheet thought were used."""
    width = len(made.names)
    return replace(_plain(made, chance), below=[[""] * width for _ in range(chance.choice([1, 5, 40, 300]))])


def _title_and_notes(made: Table, chance: random.Random) -> Parts:
    return replace(_padded_title(made, chance), below=_padded_notes(made, chance).below)


def _headless(made: Table, chance: random.Random) -> Parts:
    if len(made.rows) < 9:
        return _plain(made, chance)
    return Parts([], [], made.rows, [], made.names, has_header=False)


def _long_preamble(made: Table, chance: random.Random) -> Parts:
    lines = [[f"Line {number}: {_words(chance, 3, 6)}"] for number in range(chance.choice([80, 500, 3000]))]
    return replace(_plain(made, chance), above=[*lines, [""]])


def _blank_above(made: Table, chance: random.Random) -> Parts:
    width = len(made.names)
    return replace(_plain(made, chance), above=[[""] * width for _ in range(chance.randint(1, 5))])


SHAPES: tuple[Callable[[Table, random.Random], Parts], ...] = (
    _plain, _title, _padded_title, _pairs, _comments, _units, _spans, _notes, _padded_notes, _blank_rows,
    _title_and_notes, _headless, _long_preamble, _blank_above,
)  # fmt: skip


def _ways(chance: random.Random, rows: Rows) -> Way:
    """How the file is written, of delimiters those that such a table can bear."""
    text = "".join("".join(row) for row in rows)
    delimiters = [",", ",", ",", ";", ";", "\t", "\t", "|"]
    way = Way(
        delimiter=chance.choice(delimiters),
        end=chance.choice(["\r\n", "\r\n", "\n", "\n", "\r"]),
        all_quoted=chance.random() < 0.15,
    )
    codec = chance.choice(["utf-8", "utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le"])
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        codec = "utf-8"
    return replace(way, encoding=codec)


def _decimal_commas(parts: Parts) -> Parts:
    def swapped(cell: str) -> str:
        return cell.replace(".", ",") if cell.replace(".", "", 1).lstrip("-").isdigit() else cell

    return replace(parts, body=[[swapped(cell) for cell in row] for row in parts.body])


def real_like(seed: int) -> Polluted:
    """The file of a seed."""
    chance = random.Random(seed)
    shape = SHAPES[seed % len(SHAPES)]
    parts = shape(table(chance, numeric=chance.random() < 0.3), chance)
    way = _ways(chance, [*parts.above, parts.names, *parts.body, *parts.below])
    if way.delimiter == ";" and chance.random() < 0.7:
        parts = _decimal_commas(parts)
    ended = chance.random() < 0.1 and bool(parts.header)
    header = [[*row, ""] for row in parts.header] if ended else parts.header
    body = [[*row, ""] for row in parts.body] if ended else parts.body
    names = [*parts.names, ""] if ended else parts.names
    text = way.text([*parts.above, *header, *body, *parts.below])
    if chance.random() < 0.15:
        text = text.rstrip("\r\n")
    kind = f"{shape.__name__.strip('_').replace('_', ' ')}{', delimiter at the ends' if ended else ''}"
    return Polluted(kind, text.encode(way.encoding), [names, *body], has_header=parts.has_header)


def corpus(count: int, start: int = 0) -> Iterator[Polluted]:
    for seed in range(start, start + count):
        yield real_like(seed)
