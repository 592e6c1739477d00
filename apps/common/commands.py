"""Commands that refuse in one sentence on stderr, with exit status 1 and no traceback."""

from abc import abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.utils import DatabaseError

from apps.common.errors import Refusal

NO_TABLES = "The database has no tables yet: run `python manage.py migrate`."


class RefusingCommand(BaseCommand):
    """Do the work in `perform`; a Refusal raised there becomes the command's one sentence."""

    requires_system_checks = []  # they load every page, which takes longer than the work

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.perform(**options)
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from None
        except DatabaseError:
            if "people_workspace" in connection.introspection.table_names():
                raise
            raise CommandError(NO_TABLES) from None

    @abstractmethod
    def perform(self, **options: Any) -> None:
        """What the command does."""
