"""What the reader sees: every file as UTF-8 CSV, text as in the file."""

import csv
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.common.commands import RefusingCommand
from apps.common.errors import Refusal
from apps.datasets.errors import ImportRefusal
from apps.datasets.reader import EmptyFile, Reading, Source, open_source

UNREADABLE = "Application Error"
_DONE = {
    "mended": "with a delimiter in a text without quotes put together",
    "quotes": "with quotation marks that do not pair",
    "short": "with too few cells",
    "long": "with too many cells",
}


class Command(RefusingCommand):
    help = "Write what the reader sees of each file as NAME_converted.csv, the first row being the header."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--delimiter", help="instead of the one that is guessed; `tab` for a tabulator")
        parser.add_argument("--encoding", help="instead of the one that is guessed")
        parser.add_argument("--quote", help="the quotation mark, if it is not found")
        parser.add_argument("--header", type=int, metavar="LINE", help="the line of the header; 0 if there is none")
        parser.add_argument("--sheet", help="of a workbook; or the file of an archive")
        parser.add_argument("--out", required=True, metavar="DIR", type=Path)

    def perform(self, **options: Any) -> None:
        out: Path = options["out"]
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ImportRefusal(
                f"The folder `{out}` cannot be made: {error.strerror}. Name another with --out."
            ) from error
        stem, times = Counter(file.stem for file in options["files"]).most_common(1)[0]
        if times > 1:
            raise ImportRefusal(f"{times} of the files are called `{stem}` and would overwrite each other in `{out}`.")
        given = Reading(
            delimiter="\t" if options["delimiter"] == "tab" else options["delimiter"],
            **{each: options[each] for each in ("encoding", "quote", "header", "sheet")},
        )
        for file in options["files"]:
            target = out / f"{file.stem}_converted.csv"
            try:
                guessed = convert(file, target, given)
            except EmptyFile:
                target.write_text("", encoding="utf-8")
                self.stdout.write(f"{file}: {target} (the file is empty)")
            except Refusal as refusal:
                target.write_text(f"{UNREADABLE}\n{refusal.sentence}\n", encoding="utf-8")
                self.stdout.write(f"{file}: {refusal.sentence}")
            else:
                self.stdout.write(f"{file}: {target} ({guessed})")


def convert(file: Path, target: Path, given: Reading) -> str:
    """Write what is read; what was guessed and done, as one line. Refusal if the file cannot be read as a table."""
    done: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        source = open_source(file, Path(folder), given=given)
        with target.open("w", encoding="utf-8", newline="") as stream:
            plain = csv.writer(stream, lineterminator="\n")
            # The plain writer leaves a lone \r bare, which readers take for a line end.
            quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
            plain.writerow(source.dialect.header)
            for _, note, cells in source.mended():
                done[note.partition(" ")[0]] += 1
                (quoting if any("\r" in cell for cell in cells) else plain).writerow(cells)
        told = [f"{each.what} {each.shown}" for each in source.guessed]
        told += [f"{number} {what}" for kind, what in _DONE.items() if (number := done[kind])]
        return ", ".join([*told, *_below(source)])


def _below(source: Source) -> list[str]:
    """The notes below the table, by their lines."""
    lines = [line for line, _ in source.notes_below]
    if not lines:
        return []
    return [f"notes below the table left out: line{f's {lines[0]} to' if len(lines) > 1 else ''} {lines[-1]}"]
