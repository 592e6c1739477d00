"""The page of a chosen file: what it was taken for, what is still open, what it would do, and the decision."""

from typing import Any, Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.drafting import draft_of, is_tried, is_whole
from apps.datasets.models import Draft, Import, SavedMapping
from apps.datasets.saved import mappings_of
from apps.datasets.schema import TABLES
from apps.datasets.services.drafts import (
    add_lookup,
    change_draft,
    confirm_draft,
    discard_draft,
    key_of,
)
from apps.datasets.services.looking import NOTHING, TAKEN_FROM
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.imports.consequences import told
from apps.pages.imports.new import GONE
from apps.pages.imports.said import said_by, ways_of
from apps.pages.imports.shown import DraftShown
from apps.pages.imports.trying import look, look_again, try_if_ready
from apps.people.roles import Permission
from apps.refresh.looking import newest_look
from apps.refresh.services import request_import
from apps.refresh.trying import newest_trial


@workspace_view(Permission.IMPORT_DATA)
def import_draft(request: WorkspaceRequest, token: str) -> HttpResponse:
    """GET shows it; POST keeps what its form says, at once and without confirming anything."""
    draft = draft_of(request.member, token)
    if draft is None or not is_whole(draft):
        return gone(request, token)
    if request.method != "POST":
        return show(request, draft)
    refused = ""
    try:
        change(request, draft)
    except Refusal as refusal:
        refused = refusal.sentence
    if refused or wants_fragment(request):
        return show(request, draft, refused=refused)
    return redirect("pages:import_draft", slug=request.workspace.slug, token=draft.token)


def change(request: WorkspaceRequest, draft: Draft) -> None:
    """Keep what was said, look again where it matters, have it tried if nothing is open. Refusal changes nothing."""
    answers = request.POST
    changed = {name: value for name, value in ways_of(answers).items() if value != getattr(draft, name)}
    wanted = answers.get("table", draft.table)
    if (taken := _taken_from(request, draft)) is not None:
        kept = {part: value for part, value in draft.said.items() if part == "reading"}
        table = taken.table if taken else draft.table
        look_again(request, draft, table=table, said={**kept, TAKEN_FROM: taken.pk if taken else NOTHING}, repairs={})
    elif wanted != draft.table and wanted in TABLES:
        kept = {part: value for part, value in draft.said.items() if part == "reading"}
        look_again(request, draft, table=wanted, said=kept, repairs={})
    elif not draft.look:
        look(request, draft)
    elif (said := said_by(draft, answers)) != draft.said:
        look_again(request, draft, said=said)
    if changed:
        change_draft(draft=draft, **changed)
    try_if_ready(request, draft)


def _taken_from(request: WorkspaceRequest, draft: Draft) -> SavedMapping | Literal[False] | None:
    """The saved mapping chosen instead of the one it is taken from; False for none, None if nothing changed."""
    wanted, now = request.POST.get("taken-from"), DraftShown(draft).taken_from
    if wanted is None or wanted == now or not wanted.isdecimal():
        return None
    return next((each for each in mappings_of(request.workspace) if str(each.pk) == wanted), False)


def context_of(request: WorkspaceRequest, draft: Draft, refused: str = "") -> dict[str, Any]:
    """What the templates of a draft need."""
    seen = DraftShown(draft, newest_trial(draft), refused, newest_look(draft))
    effect = draft.outcome.get("consequences", {}) if seen.is_tried else {}
    return {
        "draft": draft,
        "seen": seen,
        "tables": TABLES.values(),
        "saved_mappings": mappings_of(request.workspace),
        "told": told(effect, request.member, request.today, request.definitions),
    }


def show(request: WorkspaceRequest, draft: Draft, *, refused: str = "") -> HttpResponse:
    """The whole page, or what takes its place; only the progress to whoever waits for a look that still goes on."""
    context = context_of(request, draft, refused)
    if wants_fragment(request) and context["seen"].is_looking and request.headers.get("HX-Target") == "looking":
        return render(request, "pages/imports/draft_unread.html#looking", context)
    template = "pages/imports/draft.html#draft" if wants_fragment(request) else "pages/imports/draft.html"
    response = render(request, template, context, status=422 if refused else 200)
    response["HX-Retarget"], response["HX-Reswap"] = "#draft", "outerHTML"
    return response


def gone(request: WorkspaceRequest, token: str) -> HttpResponse:
    """Confirmed in another tab: there is an import now. Else the file is no longer here."""
    batch = Import.objects.filter(workspace=request.workspace, idempotency_key=key_of(token)).first()
    if batch is not None:
        return redirect("pages:import", slug=request.workspace.slug, import_id=batch.pk)
    messages.warning(request, GONE)
    return redirect("pages:import_new", slug=request.workspace.slug)


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def import_confirm(request: WorkspaceRequest, token: str) -> HttpResponse:
    """Import exactly what was tried. Changed meanwhile in another tab: it is shown again instead."""
    draft = draft_of(request.member, token)
    if draft is None:
        return gone(request, token)
    if not is_tried(draft) or request.POST.get("tried") != draft.fingerprint:
        try_if_ready(request, draft)
        return show(request, draft, refused="This is not what you looked at: see first what would change now.")
    try:
        batch = confirm_draft(draft=draft, by=request.member)
    except Refusal as refused:
        return show(request, draft, refused=refused.sentence)
    request_import(batch=batch, by=request.member)
    return redirect("pages:import", slug=request.workspace.slug, import_id=batch.pk)


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def import_discard(request: WorkspaceRequest, token: str) -> HttpResponse:
    draft = draft_of(request.member, token)
    if draft is None:
        return gone(request, token)
    discard_draft(draft=draft)
    messages.info(request, f"“{draft.file_name}” was put away; nothing was imported.")
    return redirect("pages:imports", slug=request.workspace.slug)


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def import_lookup(request: WorkspaceRequest, token: str) -> HttpResponse:
    """A second file beside the first."""
    draft = draft_of(request.member, token)
    if draft is None:
        return gone(request, token)
    refused = "" if "lookups" in request.FILES else "Choose the file to look things up in."
    try:
        for each in request.FILES.getlist("lookups"):
            add_lookup(draft=draft, file_name=each.name or "", content=each)
        look(request, draft)
        try_if_ready(request, draft)
    except Refusal as refusal:
        refused = refusal.sentence
    if refused:
        return show(request, draft, refused=refused)
    return redirect("pages:import_draft", slug=request.workspace.slug, token=draft.token)
