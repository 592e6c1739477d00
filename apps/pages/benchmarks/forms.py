"""Entering a benchmark, and taking several from a CSV."""

from typing import Any

from django import forms

from apps.goals.benchmarks import PERCENTILES
from apps.goals.models import Benchmark
from apps.goals.services.benchmarks import Entered
from apps.metrics.catalogue import Definitions
from apps.pages.people.forms import DayField

MAX_BYTES = 1024 * 1024


class BenchmarkForm(forms.Form):
    kpi = forms.ChoiceField(label="KPI", error_messages={"required": "Choose the KPI that it is a benchmark of."})
    match = forms.ChoiceField(
        label="It is defined as",
        choices=Benchmark.Match.choices,
        initial=Benchmark.Match.SIMILAR,
        help_text="Only the same definition is drawn beside your numbers; others are told as text.",
    )
    value = forms.CharField(required=False, max_length=40, help_text="One number such as 4.9 % or 12k …")
    low = forms.CharField(label="Range from", required=False, max_length=40, help_text="… or a range …")
    high = forms.CharField(label="to", required=False, max_length=40)
    segment = forms.CharField(
        required=False, max_length=200, help_text="Of whom: industry, size, region, how they sell."
    )
    sample = forms.IntegerField(label="How many were asked", required=False, min_value=1)
    source = forms.CharField(
        max_length=200, help_text="Who published it.", error_messages={"required": "Name who published it."}
    )
    link = forms.URLField(required=False, max_length=300, assume_scheme="https")
    licence = forms.CharField(required=False, max_length=200, help_text="What you may do with the numbers.")
    data_period = forms.CharField(
        label="Data of", required=False, max_length=60, help_text="Which time it tells of, such as 2025."
    )
    as_of = DayField(label="Published on")
    expires_on = DayField(label="Expires on", required=False, help_text="Without a day it is good for 18 months.")

    def __init__(self, *args: Any, definitions: Definitions, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(kpi.ref, definitions.told(kpi)) for kpi in definitions.all()]
        self.fields["kpi"].choices = [("", "Choose a KPI"), *known]  # type: ignore[attr-defined]
        for name in PERCENTILES:
            self.fields[f"p{name}"] = forms.CharField(label=f"{name}th percentile", required=False, max_length=40)

    def entered(self) -> Entered:
        given = dict(self.cleaned_data)
        percentiles = {name: given.pop(f"p{name}") for name in PERCENTILES}
        return Entered(**given, percentiles=percentiles)


class BenchmarkFileForm(forms.Form):
    file = forms.FileField(label="CSV file", error_messages={"required": "Choose a CSV file."})

    def text(self) -> str:
        """The content; a validation error of the field if it is too large or no text."""
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError("This file has more than 1 MB; split it.")
        try:
            return str(upload.read().decode("utf-8-sig"))
        except UnicodeDecodeError as wrong:
            raise forms.ValidationError("This file is not UTF-8 text: save it as “CSV UTF-8”.") from wrong
