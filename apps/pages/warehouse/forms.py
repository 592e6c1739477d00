"""Forms of warehouse tables: the connection, and what the columns of a relation mean. A password is never read back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from apps.datasets.schema import TABLES, FieldType
from apps.people.models import Member
from apps.people.permissions import can
from apps.people.roles import Permission


class ConnectForm(forms.Form):
    table = forms.ChoiceField(label="Table", help_text="Which of the standard tables it stands for.")
    address = forms.CharField(
        label="Address", max_length=300, help_text="postgresql://user@db.example.com:5432/analytics?sslmode=require"
    )
    password = forms.CharField(
        label="Password",
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text="Of a user that may only read. It is kept encrypted and never shown again.",
    )
    allow_private = forms.BooleanField(label="May be inside the private network", required=False)

    def __init__(self, *args: Any, member: Member, taken: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        free = [(each.name, each.title) for each in TABLES.values() if each.name not in taken]
        self.fields["table"].choices = free  # type: ignore[attr-defined]
        if not can(member, Permission.MANAGE_WORKSPACE):
            self.fields["allow_private"].disabled = True
            self.fields["allow_private"].help_text = "Only somebody who may manage the workspace can allow this."


class MappingForm(forms.Form):
    """A choice of columns for every field, and a choice of meanings for every text that a field's column has."""

    relation = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        table: str,
        fitting: Mapping[str, Sequence[str]],
        seen: Mapping[str, Sequence[tuple[str, int]]],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.meanings: dict[str, tuple[str, str]] = {}
        for field in TABLES[table].fields:
            choices = [("", "–"), *((each, each) for each in fitting.get(field.name, ()))]
            self.fields[f"column_{field.name}"] = forms.ChoiceField(
                label=field.name.replace("_", " "), choices=choices, required=False, help_text=field.help
            )
            self.fields[f"column_{field.name}"].needed = field.required  # type: ignore[attr-defined]
            known = {**dict(field.meanings), **{choice: choice for choice in field.choices}}
            for i, (text, many) in enumerate(seen.get(field.name, ())):
                if field.type is FieldType.CHOICE:
                    name = f"value_{field.name}_{i}"
                    self.meanings[name] = (field.name, text)
                    self.fields[name] = forms.ChoiceField(
                        label=f"{text} ({many:,})",
                        choices=[("", "does not count"), *((each, each) for each in field.choices)],
                        required=False,
                        initial=known.get(text.strip().lower(), ""),
                    )
                    self.fields[name].needed = True  # type: ignore[attr-defined]

    @property
    def columns(self) -> dict[str, str]:
        data = self.cleaned_data
        return {name.removeprefix("column_"): data[name] for name in data if name.startswith("column_") and data[name]}

    @property
    def values(self) -> dict[str, dict[str, str]]:
        """What the texts stand for; those that do not count are blank."""
        found: dict[str, dict[str, str]] = {}
        for name, (field, text) in self.meanings.items():
            found.setdefault(field, {})[text] = self.cleaned_data.get(name) or ""
        return found

    def column_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("column_")]

    def value_fields(self) -> list[tuple[str, list[Any]]]:
        """Per field, its texts."""
        found: dict[str, list[Any]] = {}
        for name, (field, _) in self.meanings.items():
            found.setdefault(field, []).append(self[name])
        return list(found.items())
