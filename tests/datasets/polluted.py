"""Polluted tables: clean ones, every kind of damage that exports and people do to them, and a score of what was read.

The damage follows what surveys of public files find; the score is the one of such collections: 1 for having read the
file at all, and precision, recall and F1 of header, records and cells, so 10 at best.
"""

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

Rows = list[list[str]]


@dataclass(frozen=True)
class Polluted:
    """`content` as in the file; `clean` is the table a careful person would type from it, header first."""

    kind: str
    content: bytes
    clean: Rows
    has_header: bool = True


@dataclass(frozen=True)
class Way:
    """How a table is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    end: str = "\r\n"
    all_quoted: bool = False
    encoding: str = "utf-8"

    def cell(self, text: str) -> str:
        special = (self.delimiter, self.quote, "\n", "\r")
        if not (self.all_quoted or any(each in text for each in special) or text != text.strip()):
            return text
        return self.quote + text.replace(self.quote, self.escape + self.quote) + self.quote

    def line(self, cells: list[str]) -> str:
        return self.delimiter.join(map(self.cell, cells))

    def text(self, rows: Rows) -> str:
        return "".join(self.line(row) + self.end for row in rows)

    def write(self, rows: Rows) -> bytes:
        return self.text(rows).encode(self.encoding)


def tables() -> dict[str, Rows]:
    """Deals, readings of meters, people and prices: with what makes tables hard to read."""
    chance = random.Random(4)
    notes = ['Said "maybe", then left', "Two\nlines", "a; b, c", "", "O'Neill & Söhne", "5'11\"", "plain", "ok - 3/4"]
    firms = ["Müller, Bach & Co", "Acme Inc.", "株式会社 山田", "L'Oréal", "Ny; Ab", "Zażółć S.A.", "North|South"]
    deals = [["Deal ID", "Account", "Owner", "Closed", "Amount", "Stage", "Note"]]
    for number in range(60):
        deals.append([
            f"00{1200 + number}", firms[number % 7], ["Ana Silva", "Bo Lee", "Cy d'Arc"][number % 3],
            f"{1 + number % 28:02}/{1 + number % 12:02}/2025", f"{chance.randint(1, 9999)},{chance.randint(10, 99)}",
            ["won", "lost", "open", "NULL"][number % 4], notes[number % 8],
        ])  # fmt: skip
    meters = [["time", "station", "temp_c", "rain_mm", "flag"]]
    for number in range(80):
        meters.append([
            f"2026-01-{1 + number // 4:02} {number % 4 * 6:02}:00:00", f"S{number % 5}",
            f"{chance.uniform(-20, 30):.1f}", f"{chance.uniform(0, 9):.2f}" if number % 7 else "",
            "ok" if number % 9 else "1e5",
        ])  # fmt: skip
    people = [["name", "e-mail", "team", "hired on", "web"]]
    for number in range(40):
        people.append([
            f"Person {chr(65 + number % 26)}. {['Smith', 'Núñez', 'Li', 'van der Berg'][number % 4]}",
            f"p{number}@example.com", ["East", "West", "R&D"][number % 3], f"{2000 + number % 25}-0{1 + number % 9}-15",
            f"https://example.com/p?id={number}&x=1",
        ])  # fmt: skip
    prices = [["Product", "Price €", "Share", "Size", "Since"]]
    for number in range(50):
        prices.append([
            f"Article {number}, {'large' if number % 2 else 'small'}",
            f"{chance.randint(1, 99)}.{chance.randint(100, 999)},50",
            f"{chance.randint(0, 100)}%", f"{number}x{number + 2} cm", f"{1 + number % 12}/{2000 + number % 20}",
        ])  # fmt: skip
    return {"deals": deals, "meters": meters, "people": people, "prices": prices}


def pollutions(rows: Rows, *, each: int = 7) -> Iterator[Polluted]:
    """Every kind of damage, one at a time; those of a single row are done to every `each`-th row."""
    plain, quoted = Way(), Way(all_quoted=True)
    yield Polluted("standard", plain.write(rows), rows)
    yield Polluted("all quoted", quoted.write(rows), rows)
    yield from _of_writing(rows, plain, quoted)
    yield from _of_the_file(rows, plain)
    for way in (plain, quoted):
        yield from _of_rows(rows, way, each)
    yield from _around_the_table(rows, plain)
    yield from _of_exports(rows, plain)


def _of_writing(rows: Rows, plain: Way, quoted: Way) -> Iterator[Polluted]:
    for way in (plain, quoted):
        for delimiter in (";", "\t", "|", ", ", "^", " ", ":", "~"):
            if delimiter in (" ", ":") and way is plain:
                continue  # times and names hold them
            yield Polluted(f"delimiter {delimiter!r}", replace(way, delimiter=delimiter).write(rows), rows)
        for end in ("\n", "\r"):
            yield Polluted(f"record end {end!r}", replace(way, end=end).write(rows), rows)
        yield Polluted("apostrophes as quotes", replace(way, quote="'", escape="'").write(rows), rows)
        yield Polluted("backslash escapes", replace(way, escape="\\").write(rows), rows)
        yield Polluted("nothing escapes", replace(way, escape="").write(rows), rows)
    for codec in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"):
        kept = [[cell.encode(codec, "ignore").decode(codec) for cell in row] for row in rows]
        yield Polluted(f"encoding {codec}", replace(plain, encoding=codec).write(kept), kept)
    yield Polluted(
        "semicolons, decimal commas, Windows", replace(plain, delimiter=";", encoding="cp1252").write(kept), kept
    )


def _of_the_file(rows: Rows, plain: Way) -> Iterator[Polluted]:
    text = plain.text(rows)
    yield Polluted("empty file", b"", [])
    yield Polluted("no last line end", text.rstrip("\r\n").encode(), rows)
    yield Polluted("two last line ends", (text + "\r\n").encode(), rows)
    yield Polluted("header only", plain.write(rows[:1]), rows[:1])
    yield Polluted("one row", plain.write(rows[:2]), rows[:2])
    yield Polluted("no header", plain.write(rows[1:]), rows, has_header=False)
    lines = [plain.line(row) for row in rows]
    mixed = "".join(line + ("\n" if number % 3 else "\r\n") for number, line in enumerate(lines))
    yield Polluted("mixed line ends", mixed.encode(), rows)
    yield Polluted(
        "blank lines", "".join(line + "\r\n" * (1 + number % 2) for number, line in enumerate(lines)).encode(), rows
    )
    yield Polluted("zero bytes", text.replace("e", "e\x00", 40).encode(), rows)
    yield Polluted("zero bytes at the end", text.encode() + b"\x00" * 200, rows)


def _of_rows(rows: Rows, way: Way, each: int) -> Iterator[Polluted]:
    lines = [way.line(row) for row in rows]

    def with_line(number: int, line: str) -> bytes:
        return "".join((line if at == number else other) + way.end for at, other in enumerate(lines)).encode()

    for number in range(0, len(rows), each):
        cells = [way.cell(cell) for cell in rows[number]]
        for column in range(len(cells)):
            head, tail = cells[:column], cells[column:]
            more = [*rows[:number], [*rows[number][:column], "", *rows[number][column:]], *rows[number + 1 :]]
            yield Polluted("extra delimiter", with_line(number, ",".join([*head, "", *tail])), more)
            marked = rows[number][column]
            stray = '"' + marked
            inside = cells[column].startswith('"')
            torn = cells[column].replace('"', '""', 1) if inside else stray
            dirty = [*rows[:number], [*rows[number][:column], stray, *rows[number][column + 1 :]], *rows[number + 1 :]]
            yield Polluted("stray quote", with_line(number, ",".join([*head, torn, *tail[1:]])), dirty)
            if column and not way.all_quoted and not (cells[column] + cells[column - 1]).count('"'):
                joined = [*rows[number][: column - 1], rows[number][column - 1] + marked, *rows[number][column + 1 :]]
                less = [*rows[:number], joined, *rows[number + 1 :]]
                yield Polluted(
                    "missing delimiter",
                    with_line(
                        number,
                        ",".join([*cells[: column - 1], cells[column - 1] + cells[column], *cells[column + 1 :]]),
                    ),
                    less,
                )
        for delimiter in (";", " ", "\t"):
            other = replace(way, delimiter=delimiter, all_quoted=way.all_quoted or delimiter == " ")
            yield Polluted(
                f"one row with {delimiter!r}",
                with_line(
                    number,
                    other.line(rows[number]),
                ),
                rows,
            )
        short = [*rows[:number], rows[number][:2], *rows[number + 1 :]]
        if number:
            yield Polluted("short row", with_line(number, way.line(rows[number][:2])), short)
            yield Polluted(
                "row that ends with a line feed",
                "".join(line + ("\n" if at == number else way.end) for at, line in enumerate(lines)).encode(),
                rows,
            )
            yield Polluted(
                "one line quoted whole", with_line(number, '"' + lines[number].replace('"', '""') + '"'), rows
            )


def _around_the_table(rows: Rows, plain: Way) -> Iterator[Polluted]:
    text, width = plain.text(rows), len(rows[0])
    pad, blank = "," * (width - 1), "\r\n"
    for filled, name in ((pad, " padded"), ("", "")):
        for gap in (filled + blank, ""):
            told = name + (", gap" if gap else "")
            before = "".join(f"{line}{filled}\r\n" for line in ("Report of sales", "Made on 3 March 2026"))
            yield Polluted("preamble" + told, (before + gap + text).encode(), rows)
            after = "".join(f"{line}{filled}\r\n" for line in ("Source: own figures", "* provisional"))
            yield Polluted("footer" + told, (text + gap + after).encode(), rows)
            yield Polluted("both" + told, (before + gap + text + gap + after).encode(), rows)
    told = f"Report;{pad}"
    yield Polluted("preamble with pairs", f"Customer:,Acme\r\nPeriod:,2026\r\n\r\n{text}".encode(), rows)
    yield Polluted("preamble of prose", f'{told[:6]}, made by "Jo", for all\r\n\r\n{text}'.encode(), rows)
    yield Polluted("comments before", f"# made by a tool, version 3\r\n# do not edit\r\n{text}".encode(), rows)
    for delimiter in (";", "\t"):
        other = replace(plain, delimiter=delimiter)
        yield Polluted(f"sep={delimiter!r}", f"sep={delimiter}\r\n{other.text(rows)}".encode(), rows)
    yield Polluted("header twice", plain.write([rows[0], *rows]), rows)
    for name, cut in (("less", slice(0, width - 1)), ("same", slice(0, width))):
        second = [row[cut] for row in rows]
        yield Polluted(f"second table, {name} columns", plain.write([*rows, *second]), [*rows, *second])
    wide = [[*row, "more"] for row in rows]
    yield Polluted("second table, more columns", plain.write([*rows, *wide]), [*rows, *wide])


def _of_exports(rows: Rows, plain: Way) -> Iterator[Polluted]:
    lines = [plain.line(row) for row in rows]
    wrapped = ['"' + line.replace('"', '""') + '"' for line in lines]
    yield Polluted("lines quoted whole", "\r\n".join(wrapped).encode(), rows)
    yield Polluted("rows quoted whole", "\r\n".join([lines[0], *wrapped[1:]]).encode(), rows)
    yield Polluted("lines quoted whole, semicolons behind", "\r\n".join(line + ";;" for line in wrapped).encode(), rows)
    ended = [line + "," for line in lines]
    kept = [[*row, ""] for row in rows]
    yield Polluted("delimiter at the end of lines", "\r\n".join(ended).encode(), kept)
    yield Polluted("delimiter at the end of rows", "\r\n".join([lines[0], *ended[1:]]).encode(), [rows[0], *kept[1:]])
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    yield Polluted("texts quoted", stream.getvalue().encode(), rows)
    yield Polluted("text with a delimiter unquoted", _bare(rows, 20), rows)


def _bare(rows: Rows, number: int) -> bytes:
    return b"".join(
        (
            ",".join(row) if at == number and "\n" not in "".join(row) and '"' not in "".join(row) else Way().line(row)
        ).encode()
        + b"\r\n"
        for at, row in enumerate(rows)
    )


def score(polluted: Polluted, read: Rows | None) -> float:
    """0 to 10. `read`: header first; None if the file could not be read."""
    if read is None:
        return 0.0
    if not polluted.clean:
        return 10.0
    header = (3.0,) if not polluted.has_header else _three(polluted.clean[0], read[0] if read else [])
    records = _three(
        ["".join(map(_normal, row)) for row in polluted.clean[1:]], ["".join(map(_normal, row)) for row in read[1:]]
    )
    start = 0 if polluted.has_header else 1
    cells = _three(
        [cell for row in polluted.clean[start:] for cell in row], [cell for row in read[start:] for cell in row]
    )
    return 1 + sum(header) + sum(records) + sum(cells)


def _three(wanted: list[str], found: list[str]) -> tuple[float, ...]:
    if not wanted:
        return 1.0, 1.0, 1.0
    both = sum((Counter(map(_normal, wanted)) & Counter(map(_normal, found))).values())
    if not both:
        return 0.0, 0.0, 0.0
    precision, recall = both / len(found), both / len(wanted)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _normal(cell: str) -> str:
    return cell.strip().replace("\r\n", "\n")


def scores(reader: Callable[[bytes], Rows | None], *, each: int = 7) -> dict[str, list[float]]:
    """Kind of damage: the score of every file with it."""
    found: dict[str, list[float]] = {}
    for rows in tables().values():
        for polluted in pollutions(rows, each=each):
            found.setdefault(polluted.kind, []).append(score(polluted, reader(polluted.content)))
    return found
