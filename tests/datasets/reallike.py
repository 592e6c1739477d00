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
    pairs = []
    for _ in range(chance.randint(3, 30)):
        name = _words(chance, 1, 2).title() + chance.choice([":", "", " ="])
        pairs.append([name, chance.choice([_words(chance, 1, 2), "12.5", "OK", "3/4/2019"])])
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


def _lines(rows: Rows, way: Way) -> list[str]:
    return [way.line(row) for row in rows]


def _joined_files(made: Table, _chance: random.Random) -> tuple[bytes, Rows]:
    """Two exports with their marks, pasted one behind the other."""
    first, second = made.rows[: len(made.rows) // 2], made.rows[len(made.rows) // 2 :]
    way = Way(encoding="utf-8-sig")
    return way.write([made.names, *first]) + way.write([made.names, *second]), [made.names, *first, made.names, *second]


def _three_line_ends(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    rows = [made.names, *made.rows]
    ends = ["\n", "\r\n", "\r"]
    return "".join(line + chance.choice(ends) for line in _lines(rows, Way())).encode(), rows


def _cut_short(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    """Rows without their last blank cells."""
    names = [*made.names, "Extra", "Comment"]
    rows = [[*row, *chance.choice([["", ""], ["", ""], ["a", ""], ["", "b c"], ["d", "e"]])] for row in made.rows]
    short = []
    for row in rows:
        cells = list(row)
        while cells and not cells[-1]:
            cells.pop()
        short.append(cells)
    return Way(delimiter=chance.choice(",;\t")).write([names, *short]), [names, *rows]


def _one_column(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    column = chance.randrange(len(made.names))
    rows = [[row[column].replace('"', "")] for row in made.rows if row[column]] or [["x"], ["y"]]
    return Way(end="\n").write([["E-mail list"], *rows]), [["E-mail list"], *rows]


def _sentences(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    """One column of text that nobody thought to quote."""
    rows = [[_words(chance, 2, 6) + chance.choice(["", "", "", ", ", "; ", ": "]).join(["", "x y"])] for _ in made.rows]
    return "\n".join(["Comment", *(row[0] for row in rows)]).encode(), [["Comment"], *rows]


def _bare_delimiters(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    """A text with the delimiter in it and no quotation marks, in every ninth row or so."""
    names = ["No", "Day", "Who", "Sum"]
    rows = [
        [str(1000 + n), f"2024-0{n % 9 + 1}-11", _words(chance, 1, 3) + (", Ltd" if n % 9 == 5 else ""), f"{n}.50"]
        for n in range(30 + len(made.rows))
    ]
    return "\r\n".join(",".join(row) for row in [names, *rows]).encode(), [names, *rows]


def _long_delimiters(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    rows = [made.names, *made.rows]
    return Way(delimiter=chance.choice(["||", "::", ";;", "\t\t", "|~|", "^|^"])).write(rows), rows


def _aligned(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    """Columns under each other, as printed."""
    rows = [made.names, *made.rows]
    rows = [[cell.replace('"', "") or "-" for cell in row] for row in rows]
    wide = [max(map(len, column)) + chance.randint(2, 4) for column in zip(*rows, strict=True)]
    right = [chance.random() < 0.4 for _ in wide]
    lines = [
        "".join(
            cell.rjust(size - 2) + "  " if flush else cell.ljust(size)
            for cell, size, flush in zip(row, wide, right, strict=True)
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines).encode(), rows


def _figures(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    """Numbers in columns, as programs print them."""
    names = ["x", "y", "z"]
    rows = [[f"{chance.uniform(-99, 99):.3f}" for _ in names] for _ in range(len(made.rows) + 5)]
    return "\n".join("".join(cell.rjust(12) for cell in row) for row in [names, *rows]).encode(), [names, *rows]


def _very_wide(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    names = [f"V{number}" for number in range(2_000)]
    rows = [[str(chance.randint(0, 9)) for _ in names] for _ in range(min(len(made.rows), 20))]
    return Way().write([names, *rows]), [names, *rows]


def _bare_dates(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    """`Jan 5, 2024` without quotation marks in a file of commas: every row is one cell longer than the header."""
    names = ["No", "Opened", "Who", "Sum"]
    rows = [[str(n + 1), _day(4)(chance, n), chance.choice(_LAST), f"{n}.25"] for n in range(len(made.rows))]
    return "\r\n".join(",".join(row) for row in [names, *rows]).encode(), [names, *rows]


def _backslashes(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    rows = [[*row, chance.choice(['12" pipe', 'said "no", left', "C:\\temp", "plain"])] for row in made.rows]
    return Way(escape="\\", all_quoted=True, end="\n").write([[*made.names, "Said"], *rows]), [
        [*made.names, "Said"],
        *rows,
    ]


def _some_rows_quoted_whole(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    lines = _lines(made.rows, Way())
    mixed = ['"' + line.replace('"', '""') + '"' if chance.random() < 0.4 else line for line in lines]
    return "\r\n".join([Way().line(made.names), *mixed]).encode(), [made.names, *made.rows]


def _sections(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    """A page head of its own in sections, as devices write it."""
    head = [
        "[Header]",
        f"Serial,{chance.randint(1, 999999)}",
        "Operator,Jo",
        "",
        "[Settings]",
        "Rate,10,Hz",
        "Gain,4",
        "",
    ]
    return "\r\n".join([*head, "[Data]", *_lines([made.names, *made.rows], Way())]).encode(), [made.names, *made.rows]


def _total(made: Table, chance: random.Random) -> tuple[bytes, Rows]:
    """A sum in the last row is a row."""
    total = ["Total", *([""] * (len(made.names) - 2)), str(chance.randint(100, 9999))]
    return Way().write([made.names, *made.rows, total]), [made.names, *made.rows, total]


def _gaps_inside(made: Table, _chance: random.Random) -> tuple[bytes, Rows]:
    """A blank line after every few rows."""
    lines = [line + ("\n" if number % 5 == 4 else "") for number, line in enumerate(_lines(made.rows, Way()))]
    return "\n".join([Way().line(made.names), *lines]).encode(), [made.names, *made.rows]


NASTY = (
    _joined_files, _three_line_ends, _cut_short, _one_column, _sentences, _bare_delimiters, _long_delimiters, _aligned,
    _figures, _very_wide, _bare_dates, _backslashes, _some_rows_quoted_whole, _sections, _total, _gaps_inside,
)  # fmt: skip


def nasty(seed: int) -> Polluted:
    """The file of a seed, of a kind that few readers expect."""
    chance = random.Random(seed)
    maker = NASTY[seed % len(NASTY)]
    content, clean = maker(table(chance, numeric=chance.random() < 0.3), chance)
    return Polluted(maker.__name__.strip("_").replace("_", " "), content, clean)
