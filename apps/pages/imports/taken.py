"""The tables of the import pages as files."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase

from apps.datasets.models import Import, RowIssue
from apps.datasets.schema import TABLES
from apps.pages.access import WorkspaceRequest
from apps.pages.downloads import Column, Format, about, table_response
from apps.pages.imports.listing import Coverage, Filters, listed
from apps.pages.imports.reading import WORDS

COUNTED = (
    ("Rows", "rows_read"), ("New", "rows_new"), ("Changed", "rows_changed"), ("Unchanged", "rows_unchanged"),
    ("Rejected", "rows_rejected"), ("Twice in the file", "rows_duplicate"), ("Taken out by hand", "rows_excluded"),
    ("Not wanted", "rows_left_out"), ("Removed", "rows_removed"),
)  # fmt: skip
IMPORTS = [
    Column("Import", "number"), Column("File"), Column("Table"), Column("State"), Column("Mode"), Column("Source"),
    Column("Who"), Column("When"), Column("Finished"), *(Column(name, "count") for name, _ in COUNTED),
    Column("First day"), Column("Last day"), Column("Complete until"), Column("SHA-256"), Column("What happened"),
]  # fmt: skip
COVERAGE = [
    Column("Table"), Column("From"), Column("To"), Column("Complete until then"), Column("Imports", "count"),
    Column("Waiting since"), Column("Why"),
]  # fmt: skip
ISSUES = [
    Column("Line", "number"), Column("Column"), Column("Column of the file"), Column("Value"),
    Column("What is wrong"), Column("Row"),
]  # fmt: skip
READ_AT_ONCE = 1000


def imports_response(request: WorkspaceRequest, filters: Filters, format: Format) -> HttpResponseBase:
    """Every import that fits the filters, the newest first."""
    rows = (_import(each) for each in listed(request.workspace, filters).iterator(READ_AT_ONCE))
    said = about(request, "Imports, with the filters of the page")
    return table_response(format=format, file_name="Imports", columns=IMPORTS, rows=rows, about=said)


def coverage_response(request: WorkspaceRequest, lines: list[Coverage], format: Format) -> HttpResponseBase:
    rows = (
        [
            line.title, line.covers_from, line.covers_to, line.told, line.imports,
            line.late.since if line.late else None, line.late.why if line.late else "",
        ]
        for line in lines
    )  # fmt: skip
    said = about(request, "What the data covers: the imports that count now")
    return table_response(format=format, file_name="Coverage", columns=COVERAGE, rows=rows, about=said)


def issues_response(
    request: WorkspaceRequest, batch: Import, issues: QuerySet[RowIssue], format: Format
) -> HttpResponseBase:
    """All problems that are kept of the import, of one column if one was chosen."""
    rows = (
        [each.line, each.column, each.header, each.value, each.message, "left out" if each.rejects_row else "kept"]
        for each in issues.iterator(READ_AT_ONCE)
    )
    said = about(request, f"Problems of import {batch.pk}, {batch.file_name}", as_of=batch.finished_at)
    name = f"Import {batch.pk} problems"
    return table_response(format=format, file_name=name, columns=ISSUES, rows=rows, about=said)


def rejects_workbook(
    request: WorkspaceRequest, batch: Import, header: list[str], rows: Iterator[list[str]]
) -> HttpResponseBase:
    """The rejected rows with every cell as the text that it was: a workbook runs none, so no apostrophe is needed."""
    said = about(request, f"Rejected rows of import {batch.pk}, {batch.file_name}", as_of=batch.finished_at)
    cells = ([_as_it_was(cell) for cell in row] for row in rows)
    columns, name = [Column(each) for each in header], f"import-{batch.pk}-rejected"
    return table_response(format="xlsx", file_name=name, columns=columns, rows=cells, about=said)


def _import(batch: Import) -> list[Any]:
    who = batch.created_by.name if batch.created_by else ""
    table = TABLES[batch.dataset.table].title if batch.dataset.table in TABLES else batch.dataset.table
    return [
        batch.pk, batch.file_name, table, WORDS[Import.State(batch.state)], batch.get_mode_display(),
        batch.source.name if batch.source else "", who, batch.created_at, batch.finished_at,
        *(getattr(batch, field) for _, field in COUNTED),
        batch.covers_from, batch.covers_to, batch.complete_until, batch.checksum, batch.sentence,
    ]  # fmt: skip


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else cell
