"""`manage.py recompute`: all goals of a workspace, here and now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.people.models import Workspace
from apps.refresh.models import Run
from apps.refresh.services import recompute_now


class Command(BaseCommand):
    help = "Recompute all goals of a workspace now; prints how many and how long."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace “{options['workspace']}”. `create_workspace` makes one.")
        run = recompute_now(workspace=workspace)
        if run.state != Run.State.DONE:
            raise CommandError(run.error)
        result = run.result
        self.stdout.write(f"{result['goals']} goals, {result['changed']} changed, in {result['seconds']:.2f} s")
