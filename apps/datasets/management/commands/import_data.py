"""Bring files in from the command line; no worker is needed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.common.commands import RefusingCommand
from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import load
from apps.datasets.models import Import
from apps.datasets.outcome import Outcome
from apps.datasets.schema import did_you_mean
from apps.datasets.services import dry_run, receive_file, run_import
from apps.people.models import Workspace

ISSUES_SHOWN = 20
COUNTS = ("read", "new", "changed", "unchanged", "rejected", "duplicates")


class Command(RefusingCommand):
    help = "Import files into a standard table of a workspace. Exit status 0 only if all of it came in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", help="deals, leads, orders, customers, subscriptions, ledger, …")
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--mapping", type=Path, metavar="FILE.json", help="what is missing in it is guessed")
        parser.add_argument("--sheet", metavar="NAME", help="sheet of a workbook")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, store nothing")
        parser.add_argument("--json", action="store_true", help="print counts and issues as JSON")

    def perform(self, **options: Any) -> None:
        if options["sheet"]:
            raise ImportRefusal("--sheet is for workbooks, and CSV and TSV text files are accepted: leave it out.")
        workspace = workspace_of(options["workspace"])
        mapping = load(options["mapping"]) if options["mapping"] else None
        lookups = lookup_files(mapping, options["mapping"])
        work = self._try_out if options["dry_run"] else self._bring_in
        results = work(workspace, options["table"], options["files"], mapping, lookups)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(results), ensure_ascii=False, indent=2))
        else:
            self._tell(results, dry=options["dry_run"])
        bad = [outcome for _, outcome in results if not (outcome.clean if options["dry_run"] else outcome.good)]
        if bad:
            raise CommandError(bad[0].sentence)

    def _try_out(
        self, workspace: Workspace, table: str, files: list[Path], mapping: Any, lookups: Mapping[str, Path]
    ) -> list[tuple[str, Outcome]]:
        return [
            (file.name, dry_run(workspace=workspace, table=table, source=file, mapping=mapping, lookup_files=lookups))
            for file in files
        ]

    def _bring_in(
        self, workspace: Workspace, table: str, files: list[Path], mapping: Any, lookups: Mapping[str, Path]
    ) -> list[tuple[str, Outcome]]:
        """All headers are looked at before the first file is imported."""
        received = [
            receive_file(
                workspace=workspace,
                table=table,
                source=file,
                file_name=file.name,
                mapping=mapping,
                by=None,
                lookup_files=lookups,
            )
            for file in files
        ]
        return [(batch.file_name, run_import(import_id=batch.pk)) for batch in received]

    def _tell(self, results: list[tuple[str, Outcome]], *, dry: bool) -> None:
        for file, outcome in results:
            verb = {Import.State.COMMITTED: "would be committed" if dry else "committed"}.get(
                outcome.state, outcome.state.label.lower()
            )
            self.stdout.write(f"{file}: {verb}. {outcome.sentence}")
            self.stdout.write(f"  Read as: {json.dumps(dict(outcome.mapping), ensure_ascii=False)}")
            for issue in outcome.issues[:ISSUES_SHOWN]:
                kind = "rejected" if issue.rejects else "warning"
                self.stdout.write(f"  line {issue.line}, {issue.column or 'line'}: {issue.message} ({kind})")
            if len(outcome.issues) > ISSUES_SHOWN:
                self.stdout.write(f"  … and {len(outcome.issues) - ISSUES_SHOWN} more; --json lists them.")


def workspace_of(slug: str) -> Workspace:
    found = Workspace.objects.filter(slug=slug).first()
    if found is None:
        slugs = list(Workspace.objects.values_list("slug", flat=True))
        hint = did_you_mean(slug, slugs) if slugs else " Create one with `python manage.py create_workspace`."
        raise ImportRefusal(f"There is no workspace `{slug}`.{hint}")
    return found


def lookup_files(mapping: Mapping[str, Any] | None, path: Path | None) -> dict[str, Path]:
    """Lookups are beside the mapping file unless their path is absolute."""
    lookups = (mapping or {}).get("lookups") or []
    names = [each.get("file") for each in lookups if isinstance(each, dict)] if isinstance(lookups, list) else []
    folder = path.resolve().parent if path else Path.cwd()
    return {name: folder / name for name in names if isinstance(name, str)}


def as_json(results: list[tuple[str, Outcome]]) -> dict[str, Any]:
    """Sums over all files, the issues of all, and each file by itself."""
    files = [
        {
            "file": file,
            "state": outcome.state.value,
            "sentence": outcome.sentence,
            **{count: getattr(outcome, count) for count in COUNTS},
            "issues": [vars(issue) for issue in outcome.issues],
            "mapping": dict(outcome.mapping),
        }
        for file, outcome in results
    ]
    return {
        **{count: sum(file[count] for file in files) for count in COUNTS},
        "issues": [{"file": file["file"], **issue} for file in files for issue in file["issues"]],
        "files": files,
    }
