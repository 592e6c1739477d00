"""What the API shows of each thing. Reading only: nothing here writes."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.fields import PlainDecimal
from apps.datasets.models import Import, RowIssue
from apps.goals.models import STATUSES, Actual, Benchmark, Goal, TargetVersion
from apps.metrics.catalogue import Kpi
from apps.people.models import Workspace


class NamedSerializer(serializers.Serializer[Any]):
    """A team or a member, as much as a list needs."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class WorkspaceSerializer(serializers.ModelSerializer[Workspace]):
    class Meta:
        model = Workspace
        fields = ["slug", "name", "currency", "timezone", "fiscal_year_start", "weekmask"]


class KpiSerializer(serializers.Serializer[Kpi]):
    key = serializers.CharField()
    name = serializers.CharField()
    sentence = serializers.CharField(help_text="what it tells, in one sentence")
    category = serializers.CharField()
    unit = serializers.CharField()
    direction = serializers.CharField(help_text="up: more is better; down: less is better")
    version = serializers.IntegerField()
    in_words = serializers.CharField(help_text="the formula in words")


class KpiDetailSerializer(KpiSerializer):
    synonyms = serializers.ListField(child=serializers.CharField())
    in_symbols = serializers.CharField(help_text="the formula in symbols")
    kind = serializers.CharField()
    roll_up = serializers.CharField(help_text="how it adds up over periods and teams")
    variant = serializers.CharField(help_text="which of several definitions this is, by default the table's name")
    table = serializers.CharField()
    date = serializers.CharField(help_text="the field that places a row in a period")
    needs = serializers.ListField(child=serializers.CharField(), help_text="fields it is computed from")
    counter_metric = serializers.CharField(help_text="key of the KPI to watch beside it")
    effective_from = serializers.DateField()
    min_n = serializers.IntegerField(help_text="below this many rows the value says little")
    mistakes = serializers.ListField(child=serializers.CharField())
    authority = serializers.CharField()


class ActualSerializer(serializers.ModelSerializer[Actual]):
    """The stored actual, the same row the pages show."""

    numerator = PlainDecimal(allow_null=True)
    denominator = PlainDecimal(allow_null=True)
    value = PlainDecimal(allow_null=True)
    target = PlainDecimal(allow_null=True)
    expected = PlainDecimal(allow_null=True)
    needed_per_day = PlainDecimal(allow_null=True)

    class Meta:
        model = Actual
        fields = [
            "id", "known_at", "through", "numerator", "denominator", "count", "value", "reason", "kpi_version",
            "high_water", "target", "expected", "attainment", "pace", "needed_per_day", "status", "rule", "sentence",
        ]  # fmt: skip


class ActualDetailSerializer(ActualSerializer):
    series = serializers.SerializerMethodField(help_text="value to date at the end of each part of the period")

    class Meta(ActualSerializer.Meta):
        fields = [*ActualSerializer.Meta.fields, "inputs", "series"]

    @extend_schema_field(serializers.ListField(child=serializers.ListField()))
    def get_series(self, actual: Actual) -> list[Any]:
        return actual.series


class TargetSerializer(serializers.ModelSerializer[TargetVersion]):
    value = PlainDecimal()
    set_by = NamedSerializer(allow_null=True)

    class Meta:
        model = TargetVersion
        fields = ["value", "effective_from", "reason", "set_by", "set_at"]


class BenchmarkSerializer(serializers.ModelSerializer[Benchmark]):
    value = PlainDecimal()

    class Meta:
        model = Benchmark
        fields = ["kind", "value", "source", "as_of"]


class GoalSerializer(serializers.ModelSerializer[Goal]):
    team = NamedSerializer(allow_null=True)
    person = NamedSerializer(allow_null=True)
    owner = NamedSerializer()
    baseline = PlainDecimal(allow_null=True)
    status = serializers.ChoiceField(choices=STATUSES, source="standing")
    latest = ActualSerializer(allow_null=True)

    class Meta:
        model = Goal
        fields = [
            "id", "title", "kpi", "kpi_version", "scope", "team", "person", "owner", "starts_on", "ends_on", "baseline",
            "cadence", "closed_at", "closed_as", "status", "latest",
        ]  # fmt: skip


class GoalDetailSerializer(GoalSerializer):
    latest = ActualDetailSerializer(allow_null=True)
    targets = TargetSerializer(many=True, help_text="every target this goal has had, oldest first")
    benchmarks = BenchmarkSerializer(many=True)

    class Meta(GoalSerializer.Meta):
        fields = [*GoalSerializer.Meta.fields, "note", "closed_reason", "created_at", "targets", "benchmarks"]


class ImportSerializer(serializers.ModelSerializer[Import]):
    table = serializers.CharField(source="dataset.table")
    created_by = NamedSerializer(allow_null=True)

    class Meta:
        model = Import
        fields = [
            "id", "table", "file_name", "checksum", "size", "state", "sentence", "rows_read", "rows_new",
            "rows_changed", "rows_unchanged", "rows_rejected", "rows_duplicate", "covers_from", "covers_to",
            "created_by", "created_at", "finished_at",
        ]  # fmt: skip


class IssueSerializer(serializers.ModelSerializer[RowIssue]):
    class Meta:
        model = RowIssue
        fields = ["line", "column", "value", "message", "rejects_row"]


class ImportDetailSerializer(ImportSerializer):
    issues = IssueSerializer(many=True, help_text="the first thousand")

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "mapping", "issues"]
