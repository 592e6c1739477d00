"""CSV files that people open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.text import get_valid_filename

# A spreadsheet runs a cell that begins with one of these as a formula, and our files carry what strangers typed.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """What csv.writer needs to hand each line back instead of collecting the file in memory."""

    def write(self, line: str) -> str:
        return line


def harmless(value: object) -> object:
    """The value as a cell that no spreadsheet runs: text that begins like a formula gets an apostrophe in front.

    Numbers stay numbers, so -5 as Decimal is untouched; "-5" typed as text into a name is not.
    """
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not _is_number(value):
        return f"'{value}"
    return value


def csv_response(*, file_name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The rows as an attachment, written while they are read. UTF-8 with a mark, so that Excel reads accents right."""
    response = StreamingHttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{get_valid_filename(file_name)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([harmless(cell) for cell in header])
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
