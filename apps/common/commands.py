"""Commands that refuse in one sentence on stderr, with exit status 1 and no traceback.

With `--json` the refusal is JSON on stdout as well: whoever reads the output need not read sentences.
"""

import json
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
            raise self._refused(refusal.sentence, options) from None
        except DatabaseError:
            if "people_workspace" in connection.introspection.table_names():
                raise
            raise self._refused(NO_TABLES, options) from None

    def _refused(self, sentence: str, options: dict[str, Any]) -> CommandError:
        if options.get("json"):
            self.stdout.write(json.dumps(self.refusal_as_json(sentence), ensure_ascii=False))
        return CommandError(sentence)

    def refusal_as_json(self, sentence: str) -> dict[str, Any]:
        """What `--json` prints when nothing was done."""
        return {"state": "refused", "sentence": sentence}

    @abstractmethod
    def perform(self, **options: Any) -> None:
        """What the command does."""
