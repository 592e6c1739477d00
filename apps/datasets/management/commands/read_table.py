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
from apps.datasets.reader import EmptyFile, Reading, open_source

UNREADABLE = "Application Error"


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
    """Write what is read; what was guessed, as one line. Refusal if the file cannot be read as a table."""
    with tempfile.TemporaryDirectory() as folder:
        source = open_source(file, Path(folder), given=given)
        with target.open("w", encoding="utf-8", newline="") as stream:
            plain = csv.writer(stream, lineterminator="\n")
            # The plain writer leaves a lone \r bare, which readers take for a line end.
            quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
            plain.writerow(source.dialect.header)
            for _, _, cells in source.mended():
                (quoting if any("\r" in cell for cell in cells) else plain).writerow(cells)
        return ", ".join(f"{each.what} {each.shown}" for each in source.guessed)
