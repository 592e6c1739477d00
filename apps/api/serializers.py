"""What the API shows of each thing. Reading only: what is pushed is read by pushing.py."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.fields import PlainDecimal
from apps.datasets.models import Import, RowIssue
from apps.goals.models import STATUSES, Actual, Benchmark, Goal, TargetVersion
from apps.metrics.catalogue import Kpi, Version
from apps.metrics.lacking import Missing
from apps.people.models import Workspace


class NamedSerializer(serializers.Serializer[Any]):
    """A team or a member, as much as a list needs."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class WorkspaceSerializer(serializers.ModelSerializer[Workspace]):
    class Meta:
        model = Workspace
        fields = ["slug", "name", "currency", "timezone", "fiscal_year_start", "weekmask"]


class MissingSerializer(serializers.Serializer[Missing]):
    """A column of a table, a whole table (`column` empty), or a number that is to be given (`table` empty)."""

    table = serializers.CharField()
    column = serializers.CharField()
    number = serializers.CharField()


class VersionSerializer(serializers.Serializer[Version]):
    number = serializers.IntegerField()
    effective_from = serializers.DateField()
    what = serializers.CharField(help_text="what was changed then")


class MissingMixin(serializers.Serializer[Kpi]):
    missing = serializers.SerializerMethodField(help_text="what the workspace lacks to compute it; empty: nothing")

    @extend_schema_field(MissingSerializer(many=True))
    def get_missing(self, kpi: Kpi) -> Any:
        return MissingSerializer(self.context["readiness"].missing(kpi), many=True).data


class VariantSerializer(MissingMixin):
    variant = serializers.CharField()
    sentence = serializers.CharField()
    taken = serializers.SerializerMethodField(help_text="whether the key stands for it in this workspace")

    def get_taken(self, kpi: Kpi) -> bool:
        return bool(self.context["definitions"].default(kpi.key) is kpi)


class KpiSerializer(MissingMixin):
    key = serializers.CharField()
    variant = serializers.CharField(help_text="which of several definitions this is, mostly named by its table")
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
    table = serializers.CharField()
    date = serializers.CharField(help_text="the field that places a row in a period")
    needs = serializers.ListField(child=serializers.CharField(), help_text="fields it is computed from")
    needs_of = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="the same by table"
    )
    scopes = serializers.ListField(child=serializers.CharField(), help_text="what a goal on it can be about")
    variants = serializers.SerializerMethodField(help_text="every definition under this key")
    versions = VersionSerializer(many=True, help_text="oldest first")
    own = serializers.BooleanField(help_text="defined by the workspace itself")
    counter_metric = serializers.CharField(help_text="key of the KPI to watch beside it")
    effective_from = serializers.DateField()
    min_n = serializers.IntegerField(help_text="below this many rows the value says little")
    mistakes = serializers.ListField(child=serializers.CharField())
    authority = serializers.CharField()

    @extend_schema_field(VariantSerializer(many=True))
    def get_variants(self, kpi: Kpi) -> Any:
        alike = self.context["definitions"].variants(kpi.key)
        return VariantSerializer(alike, many=True, context=self.context).data


class ActualSerializer(serializers.ModelSerializer[Actual]):
    """The stored actual, the same row the pages show."""

    numerator = PlainDecimal(allow_null=True)
    denominator = PlainDecimal(allow_null=True)
    value = PlainDecimal(allow_null=True)
    target = PlainDecimal(allow_null=True)
    expected = PlainDecimal(allow_null=True)
    needed_per_day = PlainDecimal(allow_null=True)
    leaning = serializers.CharField(help_text="status that the rules lean to, until data of another day confirms it")
    forecast = PlainDecimal(allow_null=True)
    forecast_low = PlainDecimal(allow_null=True)
    forecast_high = PlainDecimal(allow_null=True)

    class Meta:
        model = Actual
        fields = [
            "id", "known_at", "through", "numerator", "denominator", "count", "value", "reason", "kpi_version",
            "high_water", "target", "expected", "attainment", "pace", "needed_per_day", "status", "leaning", "rule",
            "sentence", "forecast", "forecast_low", "forecast_high", "method", "chance",
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
    low = PlainDecimal(allow_null=True)
    high = PlainDecimal(allow_null=True)
    set_by = NamedSerializer(allow_null=True)
    decided_by = NamedSerializer(allow_null=True)

    state = serializers.CharField(help_text="in_force, waiting for a second person, or refused")

    class Meta:
        model = TargetVersion
        fields = [
            "value", "low", "high", "effective_from", "reason", "set_by", "set_at",
            "state", "asks", "decided_by", "decided_at", "decision_note",
        ]  # fmt: skip


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
    change = PlainDecimal(allow_null=True)
    low = PlainDecimal(allow_null=True)
    high = PlainDecimal(allow_null=True)
    kind = serializers.CharField(help_text="what “reached” means; blank: as the KPI suggests")
    phasing = serializers.CharField(
        source="phasing.kind", default="working_days", help_text="how the target spreads over the period"
    )
    status = serializers.ChoiceField(choices=STATUSES, source="standing")
    latest = ActualSerializer(allow_null=True)

    class Meta:
        model = Goal
        fields = [
            "id", "title", "kpi", "variant", "kpi_version", "scope", "team", "person", "owner", "starts_on", "ends_on",
            "kind", "ambition", "stage", "change", "low", "high", "phasing", "baseline", "cadence", "closed_at",
            "closed_as", "status", "latest",
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
            "rows_changed", "rows_unchanged", "rows_rejected", "rows_duplicate", "rows_left_out", "currencies",
            "covers_from", "covers_to", "mode", "complete_until", "created_by", "created_at", "finished_at",
        ]  # fmt: skip


class PushedSerializer(ImportSerializer):
    address = serializers.SerializerMethodField(help_text="where to ask how it goes on")

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "address"]

    @extend_schema_field(serializers.URLField())
    def get_address(self, batch: Import) -> str:
        return str(self.context["address"])


class IssueSerializer(serializers.ModelSerializer[RowIssue]):
    class Meta:
        model = RowIssue
        fields = ["line", "column", "value", "message", "rejects_row"]


class ImportDetailSerializer(ImportSerializer):
    issues = IssueSerializer(many=True, help_text="the first thousand")

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "mapping", "issues"]
