"""Forms about people. They read what was typed; the rules are in apps.people and speak for themselves."""

from datetime import date
from typing import Any

from django import forms

from apps.pages.widgets import DayInput
from apps.people.models import Team, Workspace
from apps.people.queries import teams_of
from apps.people.roles import Role
from apps.people.services.workspaces import OF_THE_YEAR

MONTHS = [
    (str(number), name)
    for number, name in enumerate(
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
         "December"],
        start=1,
    )
]  # fmt: skip
YEAR_PATTERNS = [
    ("month", "calendar months"),
    ("4-4-5", "weeks, 4-4-5 a quarter"),
    ("4-5-4", "weeks, 4-5-4 a quarter (retail)"),
    ("5-4-4", "weeks, 5-4-4 a quarter"),
    ("13x4", "13 periods of 4 weeks"),
]
DAYS = list(enumerate(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]))


class DayField(forms.DateField):
    widget = DayInput

    def __init__(self, **kwargs: Any) -> None:
        wrong = {"invalid": "This is not a date; write it like 2026-01-31.", "required": "Choose a day."}
        super().__init__(error_messages=wrong, input_formats=["%Y-%m-%d"], **kwargs)


class TeamField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Teams of one workspace; the form says which by `of`."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = {"invalid_choice": "This team is not in the workspace; choose another."}
        super().__init__(queryset=Team.objects.none(), required=False, error_messages=wrong, **kwargs)

    def of(self, workspace: Workspace) -> None:
        self.queryset = teams_of(workspace)


class InviteForm(forms.Form):
    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Write the e-mail address the invitation goes to."},
    )
    name = forms.CharField(label="Name", max_length=120, required=False, help_text="As your data writes it.")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.MEMBER)
    team = TeamField(empty_label="No team")

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].of(workspace)  # type: ignore[attr-defined]


class MemberInviteForm(forms.Form):
    """For somebody whose name the data has brought in: only the address and the role are missing."""

    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Write the e-mail address the invitation goes to."},
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.MEMBER)


class MemberNewForm(forms.Form):
    name = forms.CharField(
        max_length=120, error_messages={"required": "Write a name."}, help_text="As your data writes it."
    )
    team = TeamField(empty_label="No team")
    joined_on = DayField(label="First day", required=False, help_text="Empty: since ever.")

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].of(workspace)  # type: ignore[attr-defined]


class MemberEditForm(forms.Form):
    name = forms.CharField(max_length=120, error_messages={"required": "Write a name."})
    aliases = forms.CharField(
        label="Other names in your data",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line: a short form, a CRM id. Rows that carry one of them count for this member.",
    )

    def clean_aliases(self) -> list[str]:
        return str(self.cleaned_data["aliases"]).splitlines()


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class MoveForm(forms.Form):
    team = TeamField(label="New team", empty_label="No team")
    on = DayField(label="From", help_text="First day in the new team. Earlier results stay with the earlier team.")

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].of(workspace)  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    on = DayField(label="First day away")


class AwayForm(forms.Form):
    starts_on = DayField(label="First day away")
    last_day = DayField(label="Last day away")
    note = forms.CharField(max_length=120, required=False, help_text="No reason is needed.")


class TeamForm(forms.Form):
    name = forms.CharField(max_length=120, error_messages={"required": "Write the name of the team."})
    parent = TeamField(label="Part of", empty_label="No team above")

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].of(workspace)  # type: ignore[attr-defined]


class OnDayForm(forms.Form):
    on = DayField(label="As of", required=False)

    def day(self, otherwise: date) -> date:
        """What was asked for; without or with an unreadable date, `otherwise`."""
        return (self.cleaned_data.get("on") if self.is_valid() else None) or otherwise


class WorkspaceForm(forms.Form):
    name = forms.CharField(max_length=120, error_messages={"required": "Write the name of the workspace."})
    currency = forms.CharField(
        max_length=8, help_text="Three letters, ISO 4217. Amounts in others are converted at your exchange rates."
    )
    timezone = forms.CharField(
        label="Time zone", max_length=64, help_text="Such as Europe/Berlin. Days and periods begin at its midnight."
    )
    fiscal_year_start = forms.ChoiceField(label="Fiscal year begins in", choices=MONTHS)
    year_pattern = forms.ChoiceField(label="It is cut by", choices=YEAR_PATTERNS, required=False)
    year_end_rule = forms.ChoiceField(
        label="A year by weeks ends on",
        choices=[("last", "the last such day of the month before"), ("nearest", "the one nearest to that month's end")],
        required=False,
    )
    year_end_weekday = forms.ChoiceField(label="That day is a", choices=DAYS, required=False)
    year_named_after = forms.ChoiceField(
        label="A year is named after",
        choices=[("end", "the year in which it ends"), ("start", "… in which it starts")],
        required=False,
    )
    week_start = forms.ChoiceField(
        label="A week begins on", choices=DAYS, required=False, help_text="Monday gives the weeks of ISO 8601."
    )
    weekmask = forms.TypedMultipleChoiceField(
        label="Working days",
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Pace counts these days, without the holidays below.",
    )

    def clean_weekmask(self) -> str:
        ticked = set(self.cleaned_data["weekmask"])
        return "".join("1" if day in ticked else "0" for day, _ in DAYS)

    @staticmethod
    def initial_of(workspace: Workspace) -> dict[str, Any]:
        return {
            "name": workspace.name,
            "currency": workspace.currency,
            "timezone": workspace.timezone,
            "fiscal_year_start": str(workspace.fiscal_year_start),
            **{name: str(getattr(workspace, name)) for name in OF_THE_YEAR},
            "weekmask": [day for day, mark in enumerate(workspace.weekmask) if mark == "1"],
        }


class CountryForm(forms.Form):
    place = forms.CharField(
        label="Country",
        max_length=10,
        help_text="Two letters such as DE, FR or US; with a region DE-BY.",
        error_messages={"required": "Write the two letters of a country."},
    )
    year = forms.IntegerField(error_messages={"required": "Choose a year.", "invalid": "Write a year such as 2027."})


class HolidayForm(forms.Form):
    day = DayField()
    name = forms.CharField(max_length=80, required=False)


class RateForm(forms.Form):
    currency = forms.CharField(
        max_length=8,
        help_text="The foreign currency: three letters, ISO 4217.",
        error_messages={"required": "Write the code of the currency, such as EUR."},
    )
    valid_from = DayField(label="From", help_text="In force until the next rate of this currency.")
    rate = forms.DecimalField(
        label="One unit is worth",
        help_text="In the currency of the workspace, such as 0.92.",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"required": "Write what one unit is worth.", "invalid": "Write a number such as 0.92."},
    )
    source = forms.CharField(max_length=120, required=False, help_text="Such as “plan 2026” or “ECB, 2 January”.")


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        help_text="What will use it, such as “nightly export”.",
        error_messages={"required": "Write what will use the token."},
    )


class AcceptForm(forms.Form):
    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Write your name."},
    )
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters.",
        error_messages={"required": "Choose a password."},
    )
