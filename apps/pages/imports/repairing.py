"""What the trial of a draft said, and putting right what is wrong in its file, cell by cell or for a whole column."""

from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.drafting import draft_of, lookup_files_of, path_of
from apps.datasets.mapping import parse
from apps.datasets.models import Draft
from apps.datasets.modes import way_of
from apps.datasets.rejects import write_rejects
from apps.datasets.repairs import Repairs
from apps.datasets.services.drafts import change_draft
from apps.datasets.services.looking import relook
from apps.datasets.staged import stage_file
from apps.datasets.uploads import workbench
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.imports.draft import context_of, gone, show
from apps.pages.imports.said import with_replaced
from apps.pages.imports.trying import try_if_ready
from apps.people.roles import Permission


@workspace_view(Permission.IMPORT_DATA)
def draft_trial(request: WorkspaceRequest, token: str) -> HttpResponse:
    """While it runs only its progress, so that nobody's typing is swept away; at its end the whole outcome."""
    draft = draft_of(request.member, token)
    if draft is None or not wants_fragment(request):
        return gone(request, token) if draft is None else show(request, draft)
    context = context_of(request, draft)
    is_trying = context["seen"].is_trying
    part = "progress" if is_trying else "trial"
    response = render(request, f"pages/imports/draft_trial.html#{part}", context)
    if not is_trying:
        response["HX-Retarget"], response["HX-Reswap"] = "#trial", "outerHTML"
    return response


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def draft_repair(request: WorkspaceRequest, token: str) -> HttpResponse:
    """Keep what was put right and try again."""
    draft = draft_of(request.member, token)
    if draft is None:
        return gone(request, token)
    refused = ""
    try:
        _put_right(draft, request.POST)
        try_if_ready(request, draft)
    except Refusal as refusal:
        refused = refusal.sentence
    if wants_fragment(request):
        context = context_of(request, draft, refused)
        return render(request, "pages/imports/draft_trial.html#trial", context, status=422 if refused else 200)
    if refused:
        return show(request, draft, refused=refused)
    return redirect("pages:import_draft", slug=request.workspace.slug, token=draft.token)


def _put_right(draft: Draft, answers: QueryDict) -> None:
    if "everywhere-field" in answers:
        field, text = answers.get("everywhere-field", ""), answers.get("everywhere-text", "")
        relook(draft=draft, said=with_replaced(draft, field, text, answers.get("everywhere-meaning", "").strip()))
        return
    before = Repairs.parse(draft.repairs)
    cells: dict[tuple[int, str], str] = dict(before.cells)
    excluded = set(before.excluded)
    places = zip(
        *(answers.getlist(name) for name in ("cell-line", "cell-header", "cell-was", "cell-text")), strict=False
    )
    for line, header, was, text in places:
        if line.isdecimal() and header in draft.look.get("headers", []) and text != was:
            cells[int(line), header] = text
    if (place := answers.get("forget", "")) and "|" in place:
        line, header = place.split("|", 1)
        cells.pop((int(line), header) if line.isdecimal() else (0, ""), None)
    excluded |= {int(line) for line in answers.getlist("exclude") if line.isdecimal()}
    excluded -= {int(line) for line in answers.getlist("include") if line.isdecimal()}
    repairs = Repairs(cells, frozenset(excluded)).as_json()
    if repairs != draft.repairs:
        change_draft(draft=draft, repairs=repairs)


@workspace_view(Permission.IMPORT_DATA)
def draft_rejects(request: WorkspaceRequest, token: str) -> HttpResponseBase:
    """The rows that would be left out, with the reasons, before anything is confirmed."""
    draft = draft_of(request.member, token)
    if draft is None or not draft.mapping:
        return gone(request, token)
    with workbench() as folder:
        path = folder / "rejects.csv"
        try:
            _write(request, draft, folder, path)
        except Refusal as refused:
            return show(request, draft, refused=refused.sentence)
        content: Any = path.open("rb")  # stays readable after the folder is gone
    stem = Path(draft.file_name).stem
    return FileResponse(content, as_attachment=True, filename=f"{stem}-rejected.csv", content_type="text/csv")


def _write(request: WorkspaceRequest, draft: Draft, folder: Path, path: Path) -> None:
    days = (draft.replaces_from, draft.replaces_to)
    staged = stage_file(
        workspace=request.workspace,
        today=request.today,
        table=draft.table,
        source=path_of(draft),
        file_name=draft.file_name,
        mapping=draft.mapping,
        lookup_files=lookup_files_of(draft),
        way=way_of(draft.mode, days if all(days) else None, parse(draft.mapping, draft.table)),  # type: ignore[arg-type]
        repairs=Repairs.parse(draft.repairs),
        folder=folder,
        progress=lambda *_: None,
    )
    write_rejects(staged, path, excluded_by=request.member.name)
