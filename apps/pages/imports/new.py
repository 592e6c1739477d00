"""Choosing a file: dropped and sent in pieces by static/js/upload.js, or by a plain form in one request.

Either way it becomes a draft, and an import exists only once that was confirmed (draft.py).
"""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.drafting import draft_of, drafts_of, is_whole
from apps.datasets.models import Draft
from apps.datasets.schema import TABLES
from apps.datasets.services.drafts import (
    OutOfStep,
    add_lookup,
    discard_draft,
    finish_upload,
    receive_chunk,
    receive_whole,
    start_draft,
    sweep_drafts,
)
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.imports.forms import UploadForm, read_mapping
from apps.pages.imports.trying import look, try_if_ready
from apps.people.roles import Permission

PIECE = 8 * 1024**2
STILL_SENT = timedelta(minutes=30)


@workspace_view(Permission.IMPORT_DATA)
def import_new(request: WorkspaceRequest) -> HttpResponse:
    if request.method == "POST":
        return _upload(request)
    return _choose(request, UploadForm(initial={"table": request.GET.get("table", "")}))


def _choose(request: WorkspaceRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "tables": TABLES.values(), "drafts": drafts_of(request.member), "piece": PIECE}
    return render(request, "pages/imports/new.html", context, status=status)


def _upload(request: WorkspaceRequest) -> HttpResponse:
    """Keep the file as a draft if the reader understands it; otherwise say at the field why not and keep nothing."""
    sweep_drafts(now=timezone.now())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choose(request, form, status=422)
    upload = form.cleaned_data["file"]
    draft = None
    try:
        draft = start_draft(
            member=request.member,
            file_name=upload.name,
            size=upload.size,
            table=form.cleaned_data["table"],
            said=form.cleaned_data["mapping_file"],
        )
        for each in form.cleaned_data["lookups"]:
            add_lookup(draft=draft, file_name=each.name, content=each)
        receive_whole(draft=draft, content=upload)
        draft.refresh_from_db()
        look(request, draft)
        try_if_ready(request, draft)
    except Refusal as refused:
        lookups = draft.lookups if draft else {}
        if draft is not None:
            discard_draft(draft=draft)
        form.add_error(_field_of(refused, lookups, form.cleaned_data["mapping_file"]), refused.sentence)
        return _choose(request, form, status=422)
    return redirect("pages:import_draft", slug=request.workspace.slug, token=draft.token)


def _field_of(refused: Refusal, lookups: dict[str, str], said: dict[str, Any]) -> str:
    """At which field of the form the sentence belongs."""
    text = refused.sentence
    if any(name in text for name in lookups) or "lookup" in text.lower():
        return "lookups"
    return "mapping_file" if said and "mapping" in text.lower() else "file"


# --- a file sent in pieces ---------------------------------------------------------------------------------------


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def upload_begin(request: WorkspaceRequest) -> HttpResponse:
    """Make room for a file, or find the draft of the same file whose upload broke off: it goes on from there."""
    sweep_drafts(now=timezone.now())
    name, size = request.POST.get("name", ""), request.POST.get("size", "")
    try:
        given = request.FILES.getlist("mapping_file")
        said = read_mapping(given[0]) if given else {}
        table = request.POST.get("table", "") or str(said.get("table", ""))
        draft = _broken_off(request, name, size) or start_draft(
            member=request.member,
            file_name=name,
            size=int(size) if size.isdecimal() else 0,
            table=table if table in TABLES else "",
            said=said,
        )
        for each in request.FILES.getlist("lookups"):
            add_lookup(draft=draft, file_name=each.name or "", content=each)
    except Refusal as refused:
        return _refused(refused)
    return JsonResponse({"received": draft.received, "piece": PIECE, **_addresses(request, draft)})


def _broken_off(request: WorkspaceRequest, name: str, size: str) -> Draft | None:
    found = [each for each in drafts_of(request.member) if not is_whole(each) and each.received]
    return next((each for each in found if each.file_name == name and str(each.size) == size), None)


def _addresses(request: WorkspaceRequest, draft: Draft) -> dict[str, str]:
    arguments = [request.workspace.slug, draft.token]
    return {
        "upload": reverse("pages:upload_piece", args=arguments),
        "finish": reverse("pages:upload_end", args=arguments),
    }


@workspace_view(Permission.IMPORT_DATA)
def upload_piece(request: WorkspaceRequest, token: str) -> HttpResponse:
    """POST: the next bytes, from ?offset= on. Both answer how many are here."""
    draft = draft_of(request.member, token)
    if draft is None:
        return JsonResponse({"sentence": GONE}, status=422)
    if request.method != "POST":
        return JsonResponse({"received": draft.received})
    offset = request.GET.get("offset", "")
    try:
        received = receive_chunk(
            draft=draft, offset=int(offset) if offset.isdecimal() else -1, content=request.read(PIECE + 1)
        )
    except OutOfStep as step:
        return JsonResponse({"received": step.received}, status=409)
    except Refusal as refused:
        return _refused(refused)
    except OSError:
        full = "There is no room left for this file on the server. Whoever runs it has to make some; then go on."
        return JsonResponse({"sentence": full}, status=507)
    return JsonResponse({"received": received})


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def upload_end(request: WorkspaceRequest, token: str) -> HttpResponse:
    """All pieces are sent: compare the checksums, look into the file, and say where its page is."""
    draft = draft_of(request.member, token)
    if draft is None:
        return JsonResponse({"sentence": GONE}, status=422)
    try:
        if not is_whole(draft):
            finish_upload(draft=draft, checksum=request.POST.get("checksum", ""))
        look(request, draft)
        try_if_ready(request, draft)
    except OutOfStep as step:
        return JsonResponse({"received": step.received}, status=409)
    except Refusal as refused:
        if is_whole(draft):  # it came as it is, and what it is cannot be used
            discard_draft(draft=draft)
        return _refused(refused)
    page = reverse("pages:import_draft", args=[request.workspace.slug, draft.token])
    return JsonResponse({"page": page})


def _refused(refused: Refusal) -> JsonResponse:
    return JsonResponse({"sentence": refused.sentence}, status=422)


GONE = "This file is no longer here: it was put away, or a day has passed. Choose it again."
