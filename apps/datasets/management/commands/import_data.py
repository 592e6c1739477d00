"""Bring files in from the command line; no worker is needed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.common.commands import RefusingCommand
from apps.common.errors import Refusal
from apps.common.periods import parse_period
from apps.datasets.mapping import load
from apps.datasets.models import Import
from apps.datasets.outcome import Outcome
from apps.datasets.parts import MODES
from apps.datasets.queries import rejects_path
from apps.datasets.services import dry_run, receive_file, run_import, withdraw_import
from apps.people.models import Workspace
from apps.people.queries import today_in, workspace_called

ISSUES_SHOWN = 20
COUNTS = ("read", "new", "changed", "unchanged", "rejected", "removed", "duplicates", "left_out", "excluded")

WORST_FIRST = (
    Import.State.FAILED,
    Import.State.REFUSED,
    Import.State.UNDONE,
    Import.State.RUNNING,
    Import.State.WAITING,
    Import.State.COMMITTED,
    Import.State.UNCHANGED,
)


@dataclass(frozen=True)
class Result:
    """What came of one file. `rejects` is where its rejected rows would be, if there are any."""

    file: str
    outcome: Outcome
    rejects: Path | None = None

    @property
    def rejects_file(self) -> str | None:
        return str(self.rejects) if self.rejects and self.outcome.rejected and self.rejects.is_file() else None


class Command(RefusingCommand):
    help = (
        "Import files into a standard table of a workspace. Exit status 0 if every file was committed, or has nothing "
        "new; rows that are rejected are counted, named, and kept in a file with their reasons. With --dry-run 0 only "
        "if no row would be rejected."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", help="deals, leads, orders, customers, subscriptions, ledger, …")
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--mapping", type=Path, metavar="FILE.json", help="what is missing in it is guessed")
        parser.add_argument("--sheet", metavar="NAME", help="sheet of a workbook")
        parser.add_argument(
            "--mode", choices=MODES, help="upsert by key (usual), append all rows, or replace the rows of a period"
        )
        parser.add_argument("--period", metavar="P", help="that is replaced: 2026-Q1, 2026-03, 2026-01-01..2026-02-15")
        parser.add_argument(
            "--complete-until",
            type=date.fromisoformat,
            metavar="DATE",
            help="the last day for which nothing is missing",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, store nothing")
        parser.add_argument("--json", action="store_true", help="print counts and issues as JSON")

    def perform(self, **options: Any) -> None:
        workspace = workspace_called(options["workspace"])
        mapping = load(options["mapping"]) if options["mapping"] else None
        lookups = lookup_files(mapping, options["mapping"])
        said = {
            "workspace": workspace,
            "table": options["table"],
            "mapping": with_sheet(mapping, options["sheet"]),
            "lookup_files": lookups,
            "mode": options["mode"],
            "replaces": days_of(options["period"], workspace),
            "complete_until": options["complete_until"],
        }
        work = self._try_out if options["dry_run"] else self._bring_in
        results = work(options["files"], said)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(results), ensure_ascii=False, indent=2))
        else:
            self._tell(results, dry=options["dry_run"])
        outcomes = [result.outcome for result in results]
        bad = [each for each in outcomes if not (each.clean if options["dry_run"] else each.good)]
        if bad:
            raise CommandError(bad[0].sentence)

    def _try_out(self, files: list[Path], said: dict[str, Any]) -> list[Result]:
        results, today = [], today_in(said["workspace"])
        for file in files:
            try:
                outcome = dry_run(today=today, source=file, **said)
            except Refusal as refusal:
                outcome = Outcome(Import.State.REFUSED, refusal.sentence, mapping=said["mapping"] or {})
            results.append(Result(file.name, outcome))
        return results

    def _bring_in(self, files: list[Path], said: dict[str, Any]) -> list[Result]:
        """All headers are looked at before the first file is imported; if one is refused, none is taken."""
        received: list[Import] = []
        try:
            for file in files:
                received.append(receive_file(source=file, file_name=file.name, by=None, **said))
        except Refusal:
            for batch in received:
                withdraw_import(batch=batch)
            raise
        today = today_in(said["workspace"])
        return [
            Result(batch.file_name, run_import(import_id=batch.pk, today=today), rejects_path(batch))
            for batch in received
        ]

    def _tell(self, results: list[Result], *, dry: bool) -> None:
        for result in results:
            outcome = result.outcome
            verb = {Import.State.COMMITTED: "would be committed" if dry else "committed"}.get(
                outcome.state, outcome.state.label.lower()
            )
            self.stdout.write(f"{result.file}: {verb}. {outcome.sentence}")
            self.stdout.write(f"  Read as: {json.dumps(dict(outcome.mapping), ensure_ascii=False)}")
            for issue in outcome.issues[:ISSUES_SHOWN]:
                kind = "rejected" if issue.rejects else "warning"
                self.stdout.write(f"  line {issue.line}, {issue.column or 'line'}: {issue.message} ({kind})")
            if len(outcome.issues) > ISSUES_SHOWN:
                self.stdout.write(f"  … and {len(outcome.issues) - ISSUES_SHOWN} more; --json lists them.")
            if result.rejects_file:
                self.stdout.write(f"  NOT TAKEN IN: {outcome.rejected:,} of {outcome.read:,} rows. They are kept,")
                self.stdout.write(f"  with their reasons, to be mended and imported again: {result.rejects_file}")

    def refusal_as_json(self, sentence: str) -> dict[str, Any]:
        return super().refusal_as_json(sentence) | dict.fromkeys(COUNTS, 0) | {"issues": [], "files": []}


def with_sheet(mapping: Mapping[str, Any] | None, sheet: str | None) -> Mapping[str, Any] | None:
    """The mapping with the sheet named on the command line, which counts more than its own."""
    if not sheet:
        return mapping
    reading = (mapping or {}).get("reading")
    return {**(mapping or {}), "reading": {**(reading if isinstance(reading, dict) else {}), "sheet": sheet}}


def days_of(period: str | None, workspace: Workspace) -> tuple[date, date] | None:
    """[from, to) of a period as `compute` takes it, in the fiscal calendar of the workspace."""
    if not period:
        return None
    found = parse_period(period, workspace.fiscal_year_start)
    return found.start, found.end


def lookup_files(mapping: Mapping[str, Any] | None, path: Path | None) -> dict[str, Path]:
    """Lookups are beside the mapping file unless their path is absolute."""
    lookups = (mapping or {}).get("lookups") or []
    names = [each.get("file") for each in lookups if isinstance(each, dict)] if isinstance(lookups, list) else []
    folder = path.resolve().parent if path else Path.cwd()
    return {name: folder / name for name in names if isinstance(name, str)}


def as_json(results: list[Result]) -> dict[str, Any]:
    """The worst of the files as state and sentence, sums over all, the issues of all, and each file by itself."""
    files = [
        {
            "file": result.file,
            "state": result.outcome.state.value,
            "sentence": result.outcome.sentence,
            "mode": str(result.outcome.mode),
            "complete_until": result.outcome.complete_until.isoformat() if result.outcome.complete_until else None,
            **{count: getattr(result.outcome, count) for count in COUNTS},
            "issues": [vars(issue) for issue in result.outcome.issues],
            "rejects_file": result.rejects_file,
            "mapping": dict(result.outcome.mapping),
        }
        for result in results
    ]
    worst = min((result.outcome for result in results), key=lambda outcome: WORST_FIRST.index(outcome.state))
    return {
        "state": worst.state.value,
        "sentence": worst.sentence,
        **{count: sum(file[count] for file in files) for count in COUNTS},
        "issues": [{"file": file["file"], **issue} for file in files for issue in file["issues"]],
        "files": files,
    }
