"""Choosing a file. What is in it is looked at by the reader; here only what can be said without opening it."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from apps.common.errors import Refusal
from apps.datasets.schema import TABLES

MAPPING_MAX_BYTES = 1024**2
TABLES_ACCEPTED = ".csv,.tsv,.txt,.tab,text/csv,.xlsx,.xlsm,.xlsb,.xls,.ods,.parquet,.ndjson,.jsonl,.zip,.gz"


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """A file field that takes any number of files and gives a list."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        return [super(SeveralFilesField, self).clean(each, initial) for each in data or []]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="A table with a header line: CSV, TSV, Excel, ODS, Parquet or JSON lines, also as ZIP or GZ.",
        widget=forms.FileInput(attrs={"accept": TABLES_ACCEPTED}),
        error_messages={
            "required": "Choose a file to import.",
            "empty": "This file is empty. Export it again; it needs a header line and at least one row.",
        },
    )
    mapping_file = forms.FileField(
        label="Mapping file",
        required=False,
        help_text="Optional. A JSON file from an earlier import; without it the columns are guessed and shown to you.",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        error_messages={"empty": "This mapping file is empty. Leave the field blank to have the columns guessed."},
    )
    lookups = SeveralFilesField(
        label="Lookup files",
        required=False,
        help_text="Optional. The files that the mapping looks things up in, such as teams or products.",
        widget=SeveralFiles(attrs={"accept": TABLES_ACCEPTED}),
        error_messages={"empty": "One of the lookup files is empty. Export it again, or leave it out."},
    )
    table = forms.ChoiceField(
        label="Table",
        required=False,
        help_text="What one row of the file is. It is shown before anything is imported, and can be changed there.",
        error_messages={"invalid_choice": "There is no such table: choose one of the list."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(table.name, table.title) for table in TABLES.values()]
        self.most = settings.UPLOAD_MAX_BYTES
        self.fields["table"].needed = True  # type: ignore[attr-defined]  # it always has one, so it is not “optional”
        self.fields["table"].choices = [("", "Recognise from the file"), *choices]  # type: ignore[attr-defined]

    def clean_file(self) -> "UploadedFile[Any]":
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        _check_size(upload)
        return upload

    def clean_lookups(self) -> "list[UploadedFile[Any]]":
        lookups: list[UploadedFile[Any]] = self.cleaned_data["lookups"]
        for upload in lookups:
            _check_size(upload)
        return lookups

    def clean_mapping_file(self) -> dict[str, Any]:
        upload = self.cleaned_data["mapping_file"]
        if not upload:
            return {}
        try:
            return read_mapping(upload)
        except Refusal as refused:
            raise forms.ValidationError(refused.sentence) from refused

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        table, mapping = cleaned.get("table"), cleaned.get("mapping_file") or {}
        if not table and mapping.get("table") in TABLES:
            cleaned["table"] = mapping["table"]
        if table and mapping.get("table", table) != table:
            self.add_error(
                "mapping_file",
                f"This mapping file is for the table {mapping['table']}, but the chosen table is {table}. "
                "Choose the same table in both.",
            )
        return cleaned


def _check_size(upload: "UploadedFile[Any]") -> None:
    if (upload.size or 0) > settings.UPLOAD_MAX_BYTES:
        limit = filesizeformat(settings.UPLOAD_MAX_BYTES)
        raise forms.ValidationError(
            f"“{upload.name}” has {filesizeformat(upload.size or 0)}; at most {limit} can be uploaded. "
            "Split it, or load it with manage.py import_data."
        )


def read_mapping(upload: "UploadedFile[Any]") -> dict[str, Any]:
    """An uploaded mapping file, read but not yet compared with anything. Refusal if it is none."""
    if (upload.size or 0) > MAPPING_MAX_BYTES:
        raise Refusal("This mapping file has more than 1 MB; a mapping is a short JSON file.")
    try:
        mapping = json.loads(upload.read().decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as wrong:
        raise Refusal(f"“{upload.name}” is not JSON: {wrong}. Correct it, or leave it out.") from wrong
    if not isinstance(mapping, dict):
        raise Refusal(
            f"“{upload.name}” is JSON but not a mapping: it must be an object such as "
            '{"table": "deals", "columns": {"id": "Deal number"}}.'
        )
    return mapping
