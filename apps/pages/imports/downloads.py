"""Files of an import to take home: the file itself, its rejected rows with their reasons, the mapping that was used."""

import csv
from collections.abc import Iterator
from pathlib import Path

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from apps.datasets.queries import rejects_path
from apps.datasets.uploads import CHUNK, upload_of
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import csv_response, format_asked
from apps.pages.imports.taken import rejects_workbook
from apps.pages.imports.views import batch_or_404
from apps.people.roles import Permission


@workspace_view(Permission.SEE_IMPORTS)
def import_rejects(request: WorkspaceRequest, import_id: int) -> HttpResponseBase:
    """Every rejected row as it was in the file, with its line and what is wrong with it."""
    batch = batch_or_404(request, import_id)
    path = rejects_path(batch)
    if not path.is_file():
        raise Http404(f"Import {batch.pk} has no rejected rows.")
    rows = _rows_of(path)
    if format_asked(request) == "xlsx":
        return rejects_workbook(request, batch, next(rows, []), rows)
    return csv_response(file_name=f"import-{batch.pk}-rejected.csv", header=next(rows, []), rows=rows)


@workspace_view(Permission.SEE_IMPORTS)
def import_mapping(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """The mapping, completed by what was guessed: importing with it gives the same rows again."""
    batch = batch_or_404(request, import_id)
    response = JsonResponse(batch.mapping, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}-mapping.json"'
    return response


@workspace_view(Permission.IMPORT_DATA)
def import_file(request: WorkspaceRequest, import_id: int) -> HttpResponseBase:
    """The file as it was sent, byte for byte; for those who may import: it may hold more than was taken in."""
    batch = batch_or_404(request, import_id)
    path = upload_of(batch).data
    if not path.is_file():
        raise Http404(f"The file of import {batch.pk} is no longer kept.")
    # Of a type that no browser shows or runs; opened only when somebody takes it.
    response = StreamingHttpResponse(_bytes_of(path), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=batch.file_name) or ""
    response["Content-Length"] = str(path.stat().st_size)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _bytes_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _rows_of(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)
