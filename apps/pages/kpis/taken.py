"""The rows behind a figure, all of them, as a file: read while they are written."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from apps.datasets.queries import snapshots
from apps.datasets.schema import FieldType, Table
from apps.metrics.catalogue.derived import table_named
from apps.metrics.engine.behind import Wanted
from apps.metrics.engine.coverage import tables_read
from apps.metrics.engine.derived import columns_of
from apps.metrics.queries import explained_rows
from apps.pages.access import WorkspaceRequest
from apps.pages.downloads import Column, Format, about, table_response
from apps.pages.kpis.sight import Sight

KINDS = {FieldType.MONEY: "money", FieldType.NUMBER: "number", FieldType.INTEGER: "number"}
ORIGIN = [Column("import", "number"), Column("file"), Column("line", "number")]
IN_GROUPS_ONLY = "Answers of people are told in groups only, so that nobody can be recognised."


def rows_response(
    request: WorkspaceRequest,
    *,
    format: Format,
    wanted: Wanted,
    sight: Sight,
    title: str,
    what: str,
    period: str,
    as_of: datetime | None = None,
) -> HttpResponseBase:
    """Every row that counts, in the order of the page; with ?all also those that do not, each with the reason.

    wanted: its table may be any word of an address. All columns come, because which ones a page shows depends on its
    rows; people and their columns are withheld as on the page.
    """
    if wanted.kpi.privacy_min > 1:
        raise PermissionDenied(IN_GROUPS_ONLY)
    everything = "all" in request.GET
    tables = tables_read(wanted.kpi)
    wanted = replace(wanted, table=wanted.table if wanted.table in tables else tables[0])
    schema = table_named(wanted.table)
    live = snapshots(workspace=request.workspace, tables=wanted.kpi.tables, as_of=as_of)
    names = sight.columns(schema, columns_of(wanted.table, live))
    found = explained_rows(workspace=request.workspace, wanted=wanted, excluded=everything, as_of=as_of)

    def rows() -> Iterator[list[Any]]:
        for row, why in found:
            cells = [sight.cell(name, row.get(name)) for name in names]
            told = ["no" if why else "yes", why] if everything else []
            yield [*cells, *told, row["import_id"], row["file_name"], row["line"]]

    reasons = [Column("counts"), Column("why_not")] if everything else []
    return table_response(
        format=format,
        file_name=title,
        columns=[*(_column(schema, name) for name in names), *reasons, *ORIGIN],
        rows=rows(),
        about=about(request, what, period=period, as_of=as_of, definition=definition_told(wanted)),
    )


def definition_told(wanted: Wanted) -> str:
    kpi = wanted.kpi
    return f"{kpi.in_symbols} (version {kpi.version})"


def _column(schema: Table, name: str) -> Column:
    return Column(name, KINDS.get(schema.field(name).type, "text") if schema.has(name) else "text")
