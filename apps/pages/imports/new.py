"""A new import in two steps: choose a file, then look at what would happen and confirm.

Between the steps the file is a draft (drafts.py): an import exists only once it was confirmed.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.common.errors import Refusal
from apps.datasets.recognising import NotRecognised
from apps.datasets.schema import TABLES
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.imports import drafts
from apps.pages.imports.drafts import Draft
from apps.pages.imports.forms import UploadForm
from apps.pages.imports.proposal import Proposal, confirm, count, look_into, recognise_table, remap, reread, retable
from apps.people.roles import Permission

GONE = "This file is no longer here: another one was chosen since, or a day has passed. Choose it again."


@workspace_view(Permission.IMPORT_DATA)
def import_new(request: WorkspaceRequest) -> HttpResponse:
    if request.method == "POST":
        if "draft" in request.POST:
            return _decide(request)
        return _upload(request)
    if "draft" in request.GET:
        return _preview(request)
    return _choose(request, UploadForm(initial={"table": request.GET.get("table", "")}))


def _choose(request: WorkspaceRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "tables": TABLES.values()}
    return render(request, "pages/imports/new.html", context, status=status)


def _upload(request: WorkspaceRequest) -> HttpResponse:
    """Keep the file as a draft if the reader understands it; otherwise say at the field why not and keep nothing."""
    drafts.sweep()
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choose(request, form, status=422)
    draft = drafts.start_draft(
        member=request.member,
        table=form.cleaned_data["table"],
        upload=form.cleaned_data["file"],
        lookups=form.cleaned_data["lookups"],
        mapping=form.cleaned_data["mapping_file"],
    )
    try:
        if not draft.table:
            recognise_table(draft)
        proposal = look_into(draft)
        if not form.cleaned_data["by_hand"]:
            proposal.refuse_if_foreign()
    except Refusal as refused:
        draft.discard()
        form.add_error(_field_of(refused, draft), refused.sentence)
        return _choose(request, form, status=422)
    return redirect(_address(request, draft))


def _preview(request: WorkspaceRequest) -> HttpResponse:
    """What would happen. The counts need every row, so they come as a fragment, or with ?counts=1."""
    draft = drafts.draft_of(request.member, request.GET["draft"])
    if draft is None:
        messages.warning(request, GONE)
        return redirect("pages:import_new", slug=request.workspace.slug)
    proposal = look_into(draft)
    if wants_fragment(request) or "counts" in request.GET or draft.counts:
        proposal.counts = count(draft, request.workspace, request.today)
    return _show(request, draft, proposal)


def _decide(request: WorkspaceRequest) -> HttpResponse:
    draft = drafts.draft_of(request.member, request.POST["draft"])
    if draft is None:
        messages.warning(request, GONE)
        return redirect("pages:import_new", slug=request.workspace.slug)
    decision = request.POST.get("decision")
    if decision == "discard":
        draft.discard()
        messages.info(request, "The file was put away; nothing was imported.")
        return redirect("pages:imports", slug=request.workspace.slug)
    if retable(draft, request.POST):  # never straight on to the import: its columns were not looked at yet
        return redirect(_address(request, draft))
    try:
        if reread(draft, request.POST):  # other columns: they were not looked at yet either
            return redirect(_address(request, draft))
    except Refusal as refused:
        proposal = look_into(draft)
        proposal.refused = refused.sentence
        return _show(request, draft, proposal, status=422)
    remap(draft, request.POST)
    if decision == "confirm":
        return _confirm(request, draft)
    return redirect(_address(request, draft))


def _confirm(request: WorkspaceRequest, draft: Draft) -> HttpResponse:
    try:
        batch = confirm(draft, request.member)
    except Refusal as refused:
        proposal = look_into(draft)
        proposal.refused = refused.sentence
        return _show(request, draft, proposal, status=422)
    draft.discard()
    return redirect("pages:import", slug=request.workspace.slug, import_id=batch.pk)


def _show(request: WorkspaceRequest, draft: Draft, proposal: Proposal, status: int = 200) -> HttpResponse:
    template = "pages/imports/preview.html#counts" if wants_fragment(request) else "pages/imports/preview.html"
    context = {"draft": draft, "proposal": proposal, "tables": TABLES.values()}
    return render(request, template, context, status=status)


def _address(request: WorkspaceRequest, draft: Draft) -> str:
    return f"{reverse('pages:import_new', args=[request.workspace.slug])}?draft={draft.token}"


def _field_of(refused: Refusal, draft: Draft) -> str:
    """At which field of the form the sentence belongs."""
    text = refused.sentence
    if isinstance(refused, NotRecognised):
        return "table"
    if any(name in text for name in draft.lookups) or "lookup" in text.lower():
        return "lookups"
    return "mapping_file" if draft.mapping and "mapping" in text.lower() else "file"
