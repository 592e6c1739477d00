"""Workspaces and their calendar."""

from datetime import date

from django.db import transaction
from django.utils.text import slugify

from apps.audit.services import record
from apps.common.dates import day_told
from apps.people import rules
from apps.people.errors import PeopleRefusal
from apps.people.models import Holiday, Member, User, Workspace
from apps.people.queries import rates_of, user_with_email
from apps.people.roles import Role

SETTINGS = ("name", "currency", "timezone", "fiscal_year_start", "weekmask")
OF_THE_YEAR = ("year_pattern", "year_end_rule", "year_end_weekday", "year_named_after", "week_start")


@transaction.atomic
def create_workspace(
    *,
    name: str,
    owner_email: str,
    password: str | None = None,
    currency: str = "USD",
    timezone: str = "UTC",
    fiscal_year_start: int | str = 1,
    is_demo: bool = False,
) -> Workspace:
    """A workspace with its first admin, who is an account with this address, new or known.

    Without a password a new account cannot sign in until it has set one by a reset link. The password is the
    operator's choice and not held against the validators.
    """
    workspace = Workspace(
        name=rules.the_name(name, of="the workspace"),
        currency=rules.the_currency(currency),
        timezone=rules.the_timezone(timezone),
        fiscal_year_start=rules.the_fiscal_year_start(fiscal_year_start),
        is_demo=is_demo,
    )
    owner = _account(rules.the_email(owner_email), password)
    workspace.slug = _free_slug(workspace.name)
    workspace.save()
    Member.objects.create(workspace=workspace, user=owner, name=_name_of(owner), role=Role.ADMIN)
    record(
        workspace=workspace,
        actor=None,
        action="workspace.create",
        subject=workspace,
        before={},
        after={field: getattr(workspace, field) for field in SETTINGS},
    )
    return workspace


@transaction.atomic
def change_workspace(
    *,
    workspace: Workspace,
    by: Member | None,
    name: str,
    currency: str,
    timezone: str,
    fiscal_year_start: int | str,
    weekmask: str,
    **of_the_year: str | int,
) -> Workspace:
    """Name and calendar. Goals keep their dates; periods and working days change from the next computation.

    of_the_year: how the fiscal year is cut (OF_THE_YEAR); what is not given stays.
    """
    before = {field: getattr(workspace, field) for field in (*SETTINGS, *OF_THE_YEAR)}
    after = {
        "name": rules.the_name(name, of="the workspace"),
        "currency": rules.the_currency(currency),
        "timezone": rules.the_timezone(timezone),
        "fiscal_year_start": rules.the_fiscal_year_start(fiscal_year_start),
        "weekmask": rules.the_weekmask(weekmask),
        **rules.the_year({field: before[field] for field in OF_THE_YEAR} | of_the_year),
    }
    if after == before:
        return workspace
    if after["currency"] != before["currency"] and rates_of(workspace).exists():
        raise PeopleRefusal(
            f"The exchange rates say what other currencies are worth in {workspace.currency}; remove them first, then "
            f"change the currency and add what they are worth in {after['currency']}.",
            field="currency",
        )
    for field, value in after.items():
        setattr(workspace, field, value)
    workspace.save(update_fields=list(after))
    changed = [field for field in after if before[field] != after[field]]
    record(
        workspace=workspace,
        actor=by.user if by else None,
        action="workspace.change",
        subject=workspace,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )
    return workspace


@transaction.atomic
def add_holiday(*, workspace: Workspace, by: Member | None, day: date, name: str = "") -> Holiday:
    if workspace.holidays.filter(day=day).exists():
        raise PeopleRefusal(f"{day_told(day)} is a holiday already; choose another day.", field="day")
    label = rules.the_name(name, of="the holiday", longest=80) if name.strip() else ""
    holiday = Holiday.objects.create(workspace=workspace, day=day, name=label)
    record(
        workspace=workspace,
        actor=by.user if by else None,
        action="holiday.add",
        subject=holiday,
        before={},
        after={"day": day.isoformat(), "name": label},
    )
    return holiday


@transaction.atomic
def remove_holiday(*, holiday: Holiday, by: Member | None) -> None:
    record(
        workspace=holiday.workspace,
        actor=by.user if by else None,
        action="holiday.remove",
        subject=holiday,
        before={"day": holiday.day.isoformat(), "name": holiday.name},
        after={},
    )
    holiday.delete()


def _account(email: str, password: str | None) -> User:
    user = user_with_email(email)
    if user is None:
        return User.objects.create_user(email, password)
    if password is not None and not user.check_password(password):
        raise PeopleRefusal(
            f"{email} has an account with another password already; leave the password out to use that account.",
            field="password",
        )
    return user


def _name_of(user: User) -> str:
    """Until the owner writes a name, what stands before the @ must do."""
    return user.name or user.email.partition("@")[0].replace(".", " ").title()[:120]


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "workspace"
    taken = set(Workspace.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(slug for slug in candidates if slug not in taken)
