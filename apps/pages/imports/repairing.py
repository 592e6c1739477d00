"""What the trial of a draft said, and putting right what is wrong in its file, cell by cell or for a whole column."""

from pathlib import Path

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.drafting import draft_of, is_tried, rejects_of
from apps.datasets.models import Draft
from apps.datasets.repairs import Repairs
from apps.datasets.services.drafts import change_draft
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.imports.draft import context_of, gone, show
from apps.pages.imports.said import with_replaced
from apps.pages.imports.trying import look_again, try_if_ready
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
        _put_right(request, draft)
        try_if_ready(request, draft)
    except Refusal as refusal:
        refused = refusal.sentence
    if wants_fragment(request):
        context = context_of(request, draft, refused)
        if context["seen"].is_looking:
            return show(request, draft)
        return render(request, "pages/imports/draft_trial.html#trial", context, status=422 if refused else 200)
    if refused:
        return show(request, draft, refused=refused)
    return redirect("pages:import_draft", slug=request.workspace.slug, token=draft.token)


def _put_right(request: WorkspaceRequest, draft: Draft) -> None:
    answers = request.POST
    if "everywhere-field" in answers:
        field, text = answers.get("everywhere-field", ""), answers.get("everywhere-text", "")
        said = with_replaced(draft, field, text, answers.get("everywhere-meaning", "").strip())
        look_again(request, draft, said=said)
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
    if not is_tried(draft):
        return show(request, draft, refused="The rows are checked first; then those that would be left out are here.")
    try:
        content = rejects_of(draft).open("rb")
    except FileNotFoundError:
        return show(request, draft, refused="No row would be left out.")
    stem = Path(draft.file_name).stem
    return FileResponse(content, as_attachment=True, filename=f"{stem}-rejected.csv", content_type="text/csv")
