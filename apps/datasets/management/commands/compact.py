"""Merge the many small files of daily imports into few, while everything goes on."""

from typing import Any

from django.core.management.base import CommandParser

from apps.common.commands import RefusingCommand
from apps.datasets.models import Dataset
from apps.datasets.services import compact
from apps.people.queries import workspace_called


class Command(RefusingCommand):
    help = (
        "Merge small files of imports into larger ones, so that everything is computed faster. No number changes, now"
        " or as of any earlier day, and every import can still be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="only this one")

    def perform(self, **options: Any) -> None:
        datasets = Dataset.objects.select_related("workspace").order_by("workspace__slug", "table")
        if options["workspace"]:
            datasets = datasets.filter(workspace=workspace_called(options["workspace"]))
        merged = 0
        for dataset in datasets:
            for pack in compact(dataset=dataset):
                merged += 1
                files = pack.members.count()
                self.stdout.write(f"{dataset.workspace.slug}, {dataset.table}: {files} imports in one file.")
        if not merged:
            self.stdout.write("Nothing to merge: no table has many small files.")
