"""A source as a form: what every kind has, and what each kind needs. Credentials are written, never read back."""

import json
from collections.abc import Callable
from typing import Any

from django import forms

from apps.datasets.models import Import, SavedMapping, Source
from apps.datasets.schema import TABLES
from apps.datasets.services.sources import Wishes
from apps.datasets.sources.checking import SECRETS
from apps.pages.people.forms import DAYS
from apps.people.models import Member, Workspace
from apps.people.permissions import can
from apps.people.roles import Permission

MODES = [(Import.Mode.UPSERT, "Update rows by their key"), (Import.Mode.APPEND, "Add all rows")]
SET = "Set. Leave it empty to keep it, or write a new one to replace it."


def _text(label: str, help_text: str = "", *, required: bool = True, **options: Any) -> Callable[[], forms.Field]:
    return lambda: forms.CharField(label=label, help_text=help_text, required=required, max_length=2000, **options)


def _secret(label: str, help_text: str = "") -> Callable[[], forms.Field]:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False)
    return lambda: forms.CharField(label=label, help_text=help_text, required=False, max_length=4000, widget=widget)


# Of each kind, the fields of its config and of its credentials.
_PATTERN = _text("Files like", "For example *.csv or deals-*.csv; empty: every file.", required=False)
CONFIG: dict[str, dict[str, Callable[[], forms.Field]]] = {
    "folder": {
        "folder": _text("Folder", "Inside the folder of this workspace, for example crm/nightly.", required=False),
        "pattern": _PATTERN,
    },
    "url": {
        "address": _text("Address", "https://…; what follows a ? is kept secret like a password."),
    },
    "sheet": {
        "address": _text(
            "Address of the sheet", "As the browser shows it. The sheet must be published or shared by link."
        ),
    },
    "s3": {
        "endpoint": _text("Endpoint", "https://…; empty for Amazon S3.", required=False),
        "region": _text("Region", "For example eu-central-1.", required=False),
        "bucket": _text("Bucket"),
        "prefix": _text("Prefix", "Only objects whose name begins like this.", required=False),
        "pattern": _PATTERN,
        "which": lambda: forms.ChoiceField(
            label="Which objects", choices=[("newest", "The newest one"), ("every", "Every new one")]
        ),
    },
    "sql": {
        "address": _text("Address", "postgresql://user@host:5432/database or sqlite:///file.db"),
        "table": _text("Table", "schema.name; or write a query instead.", required=False),
        "query": _text(
            "Query", "One SELECT that changes nothing.", required=False, widget=forms.Textarea(attrs={"rows": 5})
        ),
        "column": _text(
            "Column that tells what is new",
            "A number or time that only grows, such as updated_at. Empty: everything is fetched each time.",
            required=False,
        ),
    },
    "push": {},
}
CREDENTIALS: dict[str, Callable[[], forms.Field]] = {
    "user": _text("User", "For an address that asks for user and password.", required=False),
    "password": _secret("Password"),
    "token": _secret("Bearer token", "Sent as “Authorization: Bearer …”."),
    "header": _text("Header", "The name of another header that carries a key, such as X-Api-Key.", required=False),
    "header_value": _secret("Value of the header"),
    "access_key": _text("Access key", required=False),
    "secret_key": _secret("Secret key"),
}


class SourceForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="As it is called where numbers wait for it, for example CRM nightly.",
        error_messages={"required": "Give the source a name."},
    )
    table = forms.ChoiceField(label="Table")
    saved_mapping = forms.ModelChoiceField(
        label="Mapping",
        queryset=SavedMapping.objects.none(),
        required=False,
        empty_label="Recognise the columns each time",
        help_text="Saved mappings are made while importing a file.",
    )
    mode = forms.ChoiceField(label="Rows", choices=MODES)

    def __init__(self, *args: Any, kind: str, workspace: Workspace, member: Member, source: Source | None, **more: Any):
        super().__init__(*args, **more)
        self.kind, self.source = kind, source
        self.fields["table"].choices = [(each.name, each.title) for each in TABLES.values()]  # type: ignore[attr-defined]
        saved = SavedMapping.objects.filter(workspace=workspace, removed_at__isnull=True)
        self.fields["saved_mapping"].queryset = saved  # type: ignore[attr-defined]
        for name, make in CONFIG[kind].items():
            self.fields[f"config_{name}"] = make()
        for name in SECRETS[kind]:
            if name in CREDENTIALS:
                self.fields[f"secret_{name}"] = self._credential(name)
        self._add_schedule()
        if kind in ("url", "sheet", "s3", "sql"):
            self.fields["allow_private"] = forms.BooleanField(
                label="May reach addresses inside the private network", required=False
            )
            if not can(member, Permission.MANAGE_WORKSPACE):
                self.fields["allow_private"].disabled = True
                self.fields["allow_private"].help_text = "Only somebody who may manage the workspace can allow this."

    def _credential(self, name: str) -> forms.Field:
        made = CREDENTIALS[name]()
        if self.source is not None and self.source.secret:
            made.help_text = SET
        return made

    def _add_schedule(self) -> None:
        verb = "Comes" if self.kind == "push" else "Fetched"
        self.fields["cadence"] = forms.ChoiceField(label=verb, choices=Source.Cadence.choices)
        self.fields["at"] = forms.TimeField(
            label="At",
            required=False,
            widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            help_text="Time of day in the workspace; 06:00 if empty.",
            error_messages={"invalid": "Write a time like 06:30."},
        )
        self.fields["weekday"] = forms.TypedChoiceField(
            label="On", choices=DAYS, coerce=int, required=False, help_text="For every week."
        )
        self.fields["grace_hours"] = forms.IntegerField(
            label="Late after hours",
            min_value=0,
            max_value=1000,
            help_text="How long after it was due numbers begin to say that they wait for it.",
        )

    def clean_config_query(self) -> str:
        return str(self.cleaned_data["config_query"]).strip()

    @property
    def wishes(self) -> Wishes:
        data = self.cleaned_data
        return {
            "name": data["name"],
            "kind": self.kind,
            "table": data["table"],
            "saved_mapping": data["saved_mapping"],
            "mode": data["mode"],
            "config": _part(data, "config_"),
            "secret": _part(data, "secret_"),
            "allow_private": bool(data.get("allow_private")),
            "cadence": data["cadence"],
            "at": data["at"],
            "weekday": data["weekday"] if data["weekday"] != "" else None,
            "grace_hours": data["grace_hours"],
        }

    @staticmethod
    def initial_of(source: Source) -> dict[str, Any]:
        """What it is, without its credentials."""
        names = ("name", "table", "saved_mapping", "mode", "cadence", "at", "weekday", "grace_hours", "allow_private")
        config = {f"config_{name}": value for name, value in source.config.items()}
        return {name: getattr(source, name) for name in names} | config


def _part(data: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in data.items() if name.startswith(prefix) and value}


def as_text(mapping: dict[str, Any]) -> str:
    return json.dumps(mapping, indent=2, ensure_ascii=False)
