"""A workspace and its first admin, from the command line of the operator."""

from pathlib import Path
from typing import Any

from allauth.account import app_settings as allauth_settings
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.urls import reverse

from apps.common.errors import Refusal
from apps.people.models import User, Workspace
from apps.people.services import create_workspace


class Command(BaseCommand):
    help = "Create a workspace with its first admin and print its slug."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="the first admin, new or known")
        parser.add_argument("--password", help="without it, a link to set one is printed on stderr")
        parser.add_argument("--currency", default="USD", help="ISO 4217 (default USD)")
        parser.add_argument("--timezone", default="UTC", help="IANA name (default UTC)")
        parser.add_argument("--fiscal-year-start", default="1", metavar="MONTH", help="1 to 12 (default 1)")

    def handle(self, **options: Any) -> None:
        _make_tables_in_an_empty_database()
        try:
            workspace = create_workspace(
                name=options["name"],
                owner_email=options["owner"],
                password=options["password"],
                currency=options["currency"],
                timezone=options["timezone"],
                fiscal_year_start=options["fiscal_year_start"],
            )
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(workspace.slug)
        self._about_the_password(workspace, options["password"])

    def _about_the_password(self, workspace: Workspace, password: str | None) -> None:
        owner = User.objects.get(members__workspace=workspace)
        if password is None and not owner.has_usable_password():
            self.stderr.write(f"{owner.email} sets a password, once, at {_reset_path(owner)}")
        if password is not None:
            try:
                validate_password(password, owner)
            except ValidationError as weak:
                self.stderr.write(f"Warning: {' '.join(weak.messages)}")


def _make_tables_in_an_empty_database() -> None:
    """So that this command is the first that has to be called. A database with tables is left as it is."""
    if connection.vendor == "sqlite":
        Path(connection.settings_dict["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    if not connection.introspection.table_names():
        call_command("migrate", verbosity=0)


def _reset_path(user: User) -> str:
    key = allauth_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
