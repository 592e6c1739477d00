"""Tables that people take along: CSV or an Excel workbook, from one home.

A page that shows a table offers it with {% include "components/downloads.html" %}, which adds ?format=csv or
?format=xlsx to its own address, so that door, filters and what a member may see are those of the page. Its view asks

    if wanted := format_asked(request):
        return table_response(
            format=wanted, file_name="Goals", columns=[Column("Goal"), Column("Target", "money", "EUR")],
            rows=([goal.title, goal.target] for goal in goals), about=about(request, "Goals", period="running"),
        )

Rows are read one by one and never kept: a million of them need no more memory than ten. A cell whose kind is not that
of its column (a share among amounts) is Typed(value, kind). Nothing in either format can be run as a formula.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename

from apps.common.dates import moment_told
from apps.datasets.uploads import workbench
from apps.pages.access import WorkspaceRequest
from apps.pages.workbook import Column, Typed, write_workbook

__all__ = ["Column", "Typed", "about", "csv_response", "format_asked", "harmless", "table_response"]

Format = Literal["csv", "xlsx"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A spreadsheet runs a cell that begins with one of these as a formula (some also where the sign is a wide one), and our
# files carry what strangers typed.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    """What csv.writer needs to hand each line back instead of collecting the file in memory."""

    def write(self, line: str) -> str:
        return line


def format_asked(request: WorkspaceRequest) -> Format | None:
    """What the address asks for instead of the page; None for a word that is no format."""
    found: dict[str | None, Format] = {"csv": "csv", "xlsx": "xlsx"}
    return found.get(request.GET.get("format"))


def about(
    request: WorkspaceRequest, what: str, *, period: str = "", as_of: datetime | None = None, definition: str = ""
) -> dict[str, str]:
    """What the second sheet of a workbook says, so that numbers can still be understood after they were passed on."""
    lines = {
        "What": what,
        "Workspace": request.workspace.name,
        "Period": period,
        "As of": moment_told(timezone.localtime(as_of or timezone.now())),
        "Definition": definition,
        "Taken by": str(request.member),
        "Taken on": moment_told(timezone.localtime(timezone.now())),
        "Time zone": request.workspace.timezone,
    }
    return {name: text for name, text in lines.items() if text}


def table_response(
    *,
    format: Format,
    file_name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    about: Mapping[str, str],
) -> HttpResponseBase:
    """The rows as an attachment; `file_name` without its ending. `about` fills the second sheet of a workbook."""
    if format == "csv":
        header = [column.name for column in columns]
        return csv_response(file_name=f"{file_name}.csv", header=header, rows=rows)
    zone = timezone.get_current_timezone()
    with workbench() as folder:
        path = folder / "table.xlsx"
        write_workbook(path, title=file_name, columns=columns, rows=rows, about=about, zone=zone)
        file = path.open("rb")  # read after the folder is gone; closed, and so freed, with the response
    return _attached(FileResponse(file, content_type=XLSX), f"{file_name}.xlsx")


def harmless(value: object) -> object:
    """The value as a cell that no spreadsheet runs: text that begins like a formula gets an apostrophe in front.

    Numbers stay numbers, so -5 as Decimal is untouched; "-5" typed as text into a name is not.
    """
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not _is_number(value):
        return f"'{value}"
    return value


def csv_response(*, file_name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The rows as an attachment, written while they are read. UTF-8 with a mark, so that Excel reads accents right."""
    zone = timezone.get_current_timezone()  # rows are read when the view is long over
    response = StreamingHttpResponse(_lines(header, rows, zone), content_type="text/csv; charset=utf-8")
    _attached(response, file_name)
    return response


def _attached(response: HttpResponseBase, file_name: str) -> HttpResponseBase:
    name = get_valid_filename(file_name)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _lines(header: Sequence[str], rows: Iterable[Sequence[Any]], zone: tzinfo) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([harmless(cell) for cell in header])
    for row in rows:
        yield writer.writerow([harmless(_plain(cell, zone)) for cell in row])


def _plain(cell: object, zone: tzinfo) -> object:
    """As programs read it: a moment in the time of the workspace, a fraction as a decimal number."""
    if isinstance(cell, Typed):
        cell = cell.value
    if isinstance(cell, datetime) and cell.tzinfo:
        return cell.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, Fraction):
        return Decimal(cell.numerator) / cell.denominator
    return cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
