"""`manage.py recompute`: all goals of a workspace, here and now."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.common.commands import RefusingCommand
from apps.people.queries import workspace_called
from apps.refresh.models import Run
from apps.refresh.services import recompute_now


class Command(RefusingCommand):
    help = "Recompute all goals of a workspace now; prints how many and how long."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="SLUG")

    def perform(self, **options: Any) -> None:
        run = recompute_now(workspace=workspace_called(options["workspace"]))
        if run.state != Run.State.DONE:
            raise CommandError(run.error)
        result = run.result
        goals = "1 goal" if result["goals"] == 1 else f"{result['goals']:,} goals"
        self.stdout.write(f"{goals}, {result['changed']} changed, in {result['seconds']:.2f} s")
