"""What a program pushes: rows or a file, read into one shape, bounded before anything of it is kept."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from apps.common.errors import Refusal
from apps.datasets.models import Import, MappingVersion, SavedMapping, Source
from apps.datasets.schema import TABLES
from apps.datasets.services import receive_file, withdraw_import
from apps.datasets.sources.kinds import OUR_CSV
from apps.datasets.sources.listing import mapping_of, sources_of
from apps.datasets.uploads import workbench
from apps.people.models import Member, Workspace

ROWS_BYTES = 64 * 1024**2  # of one call with rows; a file may be as large as an upload on the page
KEY_LENGTH = 200
FORM_BYTES = 1024**2  # what a form has besides its file


class TooLarge(APIException):
    status_code = 413


class KeyTaken(APIException):
    status_code = 409
    default_detail = (
        "This Idempotency-Key has been used for something else. Use a new key for a new push, and the same one only to"
        " send the same again."
    )


def check_size(length: str) -> None:
    """Before the body is read: a form is written to disk while it comes in."""
    most = settings.UPLOAD_MAX_BYTES + FORM_BYTES
    if length.isdecimal() and int(length) > most:
        raise TooLarge(f"A push may be {settings.UPLOAD_MAX_BYTES // 1024**2} MB: split the file.")


class RowsParser(BaseParser):
    """JSON whose decimals stay the text that they are: 12.50 is never turned into a float."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(ROWS_BYTES + 1)
        if len(body) > ROWS_BYTES:
            raise TooLarge(f"A call with rows may be {ROWS_BYTES // 1024**2} MB: push a file, or fewer rows at a time.")
        try:
            return json.loads(body, parse_float=str, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise ParseError("The body is not JSON.") from None


def _no_number(text: str) -> Any:
    raise ValueError(text)


@extend_schema_field(serializers.ListField(child=serializers.DictField()))
class RowsField(serializers.JSONField):
    """Looked through by `checked_rows`: a field for each of a hundred thousand rows would take seconds."""


class PushSerializer(serializers.Serializer[Any]):
    """One push: either `rows` (as JSON) or `file` (as multipart form)."""

    table = serializers.ChoiceField(list(TABLES), required=False, help_text="needed unless `source` names it")
    rows = RowsField(required=False, help_text="a list of objects, column name to text, number or null")
    file = serializers.FileField(required=False, help_text="any file that the page Imports takes")
    file_name = serializers.CharField(required=False, max_length=255)
    mapping = serializers.JSONField(required=False, help_text="a mapping, or the name of a saved one; else guessed")
    mode = serializers.ChoiceField(Import.Mode.choices, required=False)
    replaces_from = serializers.DateField(required=False, help_text="first day, with mode replace")
    replaces_to = serializers.DateField(required=False, help_text="first day after the period, with mode replace")
    complete_until = serializers.DateField(required=False, help_text="last day for which nothing is missing")
    source = serializers.CharField(  # type: ignore[assignment]  # a field named like an attribute of fields
        required=False, max_length=120, help_text="name of the push source this belongs to"
    )
    workspace = serializers.SlugField(required=False, help_text="only checked: it must be the one of the token")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("rows" in attrs) == ("file" in attrs):
            raise serializers.ValidationError("Send either `rows` as JSON or `file` as a multipart form.")
        if ("replaces_from" in attrs) != ("replaces_to" in attrs):
            raise serializers.ValidationError("Send both `replaces_from` and `replaces_to`, or neither.")
        if "table" not in attrs and "source" not in attrs:
            raise serializers.ValidationError(f"Say which `table`: {', '.join(TABLES)}.")
        return attrs


@dataclass(frozen=True)
class Push:
    """What was asked for, once it is read; `digest` tells two pushes under the same key apart."""

    table: str
    mapping: dict[str, Any]
    mode: str | None
    replaces: tuple[date, date] | None
    complete_until: date | None
    file_name: str
    digest: str
    rows: list[dict[str, Any]] | None = None
    file: BinaryIO | None = None
    feed: Source | None = None
    version: MappingVersion | None = field(default=None)


def read(given: Mapping[str, Any], workspace: Workspace) -> Push:
    """Refusal with a sentence for what does not fit together."""
    if given.get("workspace", workspace.slug) != workspace.slug:
        raise Refusal(f"This token is of the workspace {workspace.slug}, not of {given['workspace']}.")
    feed = _source(workspace, given["source"]) if "source" in given else None
    table = given.get("table") or (feed.table if feed else "")
    mapping, version = _mapping(workspace, given, feed)
    file, rows = given.get("file"), None
    if file is None:
        rows, mapping = checked_rows(given["rows"]), {**mapping, "reading": OUR_CSV}
    replaces = (given["replaces_from"], given["replaces_to"]) if "replaces_from" in given else None
    return Push(
        table=table,
        mapping=mapping,
        version=version,
        mode=given.get("mode") or (feed.mode if feed else None),
        replaces=replaces,
        complete_until=given.get("complete_until"),
        file_name=given.get("file_name") or (file.name if file else "push.csv"),
        digest=_digest(given, rows, file),
        rows=rows,
        file=file,
        feed=feed,
    )


def receive(push: Push, *, key: str, by: Member) -> tuple[Import, bool]:
    """The import, and whether it is a new one. KeyTaken if the key stands for another push."""
    workspace = by.workspace
    if len(key) > KEY_LENGTH:
        raise Refusal(f"An Idempotency-Key has at most {KEY_LENGTH} characters.")
    prefix = f"push:{hashlib.sha256(key.encode()).hexdigest()[:40]}:" if key else ""
    if earlier := _pushed(workspace, prefix):
        return _same(earlier, prefix + push.digest), False
    with _as_file(push) as source:
        batch = receive_file(
            workspace=workspace,
            table=push.table,
            source=source,
            file_name=push.file_name,
            mapping=push.mapping,
            by=by,
            mode=push.mode,
            replaces=push.replaces,
            complete_until=push.complete_until,
            mapping_version=push.version,
            feed=push.feed,
            idempotency_key=prefix + push.digest if prefix else "",
        )
    first = _pushed(workspace, prefix)
    if first is not None and first.pk != batch.pk:  # another push under this key came in at the same moment
        withdraw_import(batch=batch)
        return _same(first, prefix + push.digest), False
    return batch, True


def _pushed(workspace: Workspace, prefix: str) -> Import | None:
    found = Import.objects.filter(workspace=workspace, idempotency_key__startswith=prefix) if prefix else None
    return found.order_by("pk").first() if found is not None else None


def _same(earlier: Import, key: str) -> Import:
    if earlier.idempotency_key != key:
        raise KeyTaken
    return earlier


def checked_rows(rows: Any) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not rows:
        raise Refusal('`rows` must be a list with at least one object, like [{"id": "A-1", "amount": 1200.5}].')
    if len(rows) > settings.PUSH_MAX_ROWS:
        raise TooLarge(
            f"A call may hold {settings.PUSH_MAX_ROWS:,} rows, this one has {len(rows):,}: send them in parts."
        )
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not row:
            raise Refusal(f"Row {number} is not an object with columns.")
        for name, value in row.items():
            if isinstance(value, dict | list):
                raise Refusal(f"Row {number}, {name}: a cell is a text, a number, true, false or null, nothing nested.")
    return rows


@contextmanager
def _as_file(push: Push) -> Iterator[Path | BinaryIO]:
    if push.file is not None:
        yield push.file
        return
    with workbench() as folder:
        path = folder / "push.csv"
        write_rows(push.rows or [], path)
        yield path


def write_rows(rows: list[dict[str, Any]], path: Path) -> None:
    """As a CSV file with every column that any row has, in the order in which they first occur."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_cell(row.get(name)) for name in names] for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _source(workspace: Workspace, name: str) -> Source:
    found = sources_of(workspace).filter(kind=Source.Kind.PUSH, name__iexact=name).first()
    if found is None:
        raise Refusal(f"There is no push source “{name}” here. The page Sources lists what there is.")
    return found


def _mapping(
    workspace: Workspace, given: Mapping[str, Any], feed: Source | None
) -> tuple[dict[str, Any], MappingVersion | None]:
    asked = given.get("mapping")
    if asked is None:
        return mapping_of(feed) if feed else ({}, None)
    if isinstance(asked, str) and asked.lstrip().startswith("{"):  # as a field of a form
        try:
            asked = json.loads(asked)
        except ValueError:
            raise Refusal("`mapping` is not JSON.") from None
    if isinstance(asked, dict):
        return asked, None
    saved = SavedMapping.objects.filter(workspace=workspace, name__iexact=str(asked), removed_at__isnull=True).first()
    version = saved.versions.first() if saved else None
    if version is None:
        raise Refusal(f"There is no saved mapping “{asked}” here.")
    return dict(version.mapping), version


def _digest(given: Mapping[str, Any], rows: Any, file: Any) -> str:
    told = {name: value for name, value in given.items() if name not in ("rows", "file")}
    digest = hashlib.sha256(json.dumps([told, rows], sort_keys=True, default=str).encode())
    if file is not None:
        for chunk in file.chunks():
            digest.update(chunk)
        cast("BinaryIO", file).seek(0)
    return digest.hexdigest()[:50]
