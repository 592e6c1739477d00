"""`manage.py create_demo`: the demo workspace, if it is not there yet."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.demo.services import create_demo, demo_workspace, remove_demo


class Command(BaseCommand):
    help = "Make the demo workspace with two years of generated deals and goals; does nothing if it is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reset", action="store_true", help="take the demo workspace away first and make it anew for today"
        )

    def handle(self, *_args: Any, reset: bool = False, **_options: Any) -> None:
        if reset:
            remove_demo()
        existing = demo_workspace()
        if existing:
            self.stdout.write(f"The demo workspace {existing.slug} is there; --reset makes it anew.")
            return
        began = time.monotonic()
        workspace = create_demo(now=timezone.now())
        self.stdout.write(
            f"{workspace.slug}: {workspace.members.count()} people, {workspace.goals.count()} goals, "
            f"{workspace.imports.count()} imports in {time.monotonic() - began:.1f} s"
        )
