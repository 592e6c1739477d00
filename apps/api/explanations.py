"""From a number to its rows: what the page of rows says, for programs."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import KpiDoor
from apps.common.errors import Refusal
from apps.common.periods import parse_period
from apps.metrics.catalogue import Kpi
from apps.metrics.engine.figures import REASONS, Scope
from apps.metrics.queries import Explanation, explain
from apps.people.roles import Permission

ROWS_A_PAGE = 100
_OURS = {"import_id", "file_name", "line", "_role", "_share", "_original"}


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(help_text="why these rows do not count")
    rows = serializers.IntegerField()


class TableSerializer(serializers.Serializer[Any]):
    table = serializers.CharField(help_text="`then deals` are the deals as they were known at the start of the period")
    counted = serializers.IntegerField()
    left_out = ReasonSerializer(many=True)


class RowSerializer(serializers.Serializer[Any]):
    import_id = serializers.IntegerField(allow_null=True, help_text="null: the row is in a warehouse")
    file_name = serializers.CharField()
    line = serializers.IntegerField(allow_null=True, help_text="the line of the file")
    key = serializers.CharField(required=False, help_text="only in a warehouse: the row's key in the relation")
    counts = serializers.ChoiceField(
        ["both", "above", "below", ""], help_text="on which side of the line, if there is one"
    )
    share = serializers.DecimalField(None, None, allow_null=True, help_text="what part of it counts; null: all")
    cells = serializers.DictField(help_text="the row's columns")


class ExplanationSerializer(serializers.Serializer[Any]):
    kpi = serializers.CharField(help_text="key:variant")
    version = serializers.IntegerField()
    period = serializers.CharField()
    numerator = serializers.DecimalField(None, None, allow_null=True)
    denominator = serializers.DecimalField(None, None, allow_null=True)
    count = serializers.IntegerField()
    value = serializers.DecimalField(None, None, allow_null=True)
    reason = serializers.CharField(allow_blank=True, help_text="why there is no value")
    formula = serializers.CharField(help_text="with the numbers put in")
    tables = TableSerializer(many=True)
    table = serializers.CharField(help_text="the table whose rows are listed")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    rows = RowSerializer(many=True)


class KpiRowsView(KpiDoor):
    """A figure with its formula, the rows that count, and why the others do not. For roles that see everybody's
    numbers: names are not withheld here."""

    needs = Permission.SEE_ALL_GOALS
    serializer_class = ExplanationSerializer

    @extend_schema(
        operation_id="kpis_rows",
        parameters=[
            OpenApiParameter("period", str, description="2026-Q1, 2026-03, 2026-01-01..2026-02-15; default: this year"),
            OpenApiParameter("variant", str),
            OpenApiParameter("scope", str, enum=["workspace", "team", "person"]),
            OpenApiParameter("id", int, description="of the team or person"),
            OpenApiParameter("table", str, description="one of `tables`; default that of the KPI"),
            OpenApiParameter("why", str, description="list the rows left out for this reason instead"),
            OpenApiParameter("sort", str, description="a column; with a minus in front descending"),
            OpenApiParameter("page", int),
        ],
    )
    def get(self, request: Request, key: str) -> Response:
        asked = request.query_params
        kpi = self._kpi(key, asked.get("variant") or None)
        scope, scope_id = self._scope(asked.get("scope") or "workspace", asked.get("id", ""))
        period = parse_period(asked.get("period") or str(self.today.year), self.member.workspace.fiscal)
        page = asked.get("page", "1")
        found = explain(
            workspace=self.member.workspace,
            kpi=kpi,
            scope=scope,
            scope_id=scope_id,
            start=period.start,
            end=period.end,
            page=int(page) if page.isdecimal() and len(page) < 9 else 1,
            size=ROWS_A_PAGE,
            sort=asked.get("sort") or None,
            table=asked.get("table", ""),
            reason=asked.get("why") or None,
        )
        return Response(ExplanationSerializer(_shown(found, period.label)).data)

    def _kpi(self, key: str, variant: str | None) -> Kpi:
        try:
            return self.definitions.get(key, variant)
        except Refusal as unknown:
            raise NotFound(unknown.sentence) from None

    def _scope(self, scope: str, number: str) -> tuple[Scope, int | None]:
        """What is not of this workspace does not exist."""
        if scope == "workspace":
            return "workspace", None
        workspace = self.member.workspace
        pk = int(number) if number.isdecimal() and len(number) < 19 else 0
        if scope == "team" and workspace.teams.filter(pk=pk).exists():
            return "team", pk
        if scope == "person" and workspace.members.filter(pk=pk).exists():
            return "person", pk
        raise NotFound("There is no such team or person in this workspace.")


def _shown(found: Explanation, period: str) -> dict[str, Any]:
    figure = found.figure
    return {
        "kpi": found.kpi.ref,
        "version": found.kpi.version,
        "period": period,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "count": figure.count,
        "value": figure.value,
        "reason": REASONS.get(figure.reason, figure.reason),
        "formula": str(found.equation),
        "tables": [
            {
                "table": each.name,
                "counted": each.included,
                "left_out": [{"reason": reason, "rows": rows} for reason, rows in each.excluded],
            }
            for each in found.tables
        ],
        "table": found.shown,
        "page": found.page,
        "pages": found.pages,
        "rows": [_row(row) for row in found.rows],
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "import_id": row["import_id"],
        "file_name": row["file_name"],
        **({"line": row["line"]} if row["import_id"] else {"line": None, "key": row["line"]}),
        "counts": row.get("_role") or "",
        "share": row.get("_share"),
        "cells": {name: value for name, value in row.items() if name not in _OURS},
    }
