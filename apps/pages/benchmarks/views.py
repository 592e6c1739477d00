"""Benchmarks: the list, a new one, several from a CSV, and a KPI beside its own."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.errors import Refusal
from apps.goals.benchmarks import benchmarks_of, is_expired
from apps.goals.errors import GoalRefusal
from apps.goals.models import KpiBenchmark
from apps.goals.services.benchmarks import (
    COLUMNS,
    add_benchmark,
    import_benchmarks,
    remove_benchmark,
    restore_benchmark,
)
from apps.metrics.catalogue import UnknownKpi
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.benchmarks.compared import compared_of
from apps.pages.benchmarks.forms import BenchmarkFileForm, BenchmarkForm
from apps.people.permissions import can
from apps.people.roles import Permission

REMOVED_SHOWN = 10


@workspace_view(Permission.SEE_WORKSPACE)
def benchmarks(request: WorkspaceRequest) -> HttpResponse:
    lines = []
    for each in benchmarks_of(request.workspace):
        kpi = request.definitions.find(f"{each.kpi}:{each.variant}" if each.variant else each.kpi)
        lines.append((each, kpi, is_expired(each, request.today)))
    removed = KpiBenchmark.objects.filter(workspace=request.workspace, removed_at__isnull=False)
    context = {
        "lines": lines,
        "removed": removed.order_by("-removed_at")[:REMOVED_SHOWN],
        "may_define": can(request.member, Permission.DEFINE_KPIS),
    }
    return render(request, "pages/benchmarks/benchmarks.html", context)


@workspace_view(Permission.DEFINE_KPIS)
@require_http_methods(["GET", "HEAD", "POST"])
def benchmark_new(request: WorkspaceRequest) -> HttpResponse:
    initial = {"kpi": request.GET.get("kpi", "")}
    form = BenchmarkForm(request.POST or None, initial=initial, definitions=request.definitions)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_benchmark(
                workspace=request.workspace, by=request.member, today=request.today, entered=form.entered()
            )
        except GoalRefusal as refusal:
            for name, sentence in refusal.problems.items():
                form.add_error(name if name in form.fields else None, sentence)
        else:
            messages.success(request, "The benchmark is saved.")
            return redirect(f"{reverse('pages:kpi', args=[request.workspace.slug, made.kpi])}#benchmarks")
    return render(request, "pages/benchmarks/new.html", {"form": form}, status=422 if form.errors else 200)


@workspace_view(Permission.DEFINE_KPIS)
@require_http_methods(["GET", "HEAD", "POST"])
def benchmarks_import(request: WorkspaceRequest) -> HttpResponse:
    form = BenchmarkFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            taken = import_benchmarks(
                workspace=request.workspace, by=request.member, today=request.today, text=form.text()
            )
        except (Refusal, forms.ValidationError) as wrong:
            form.add_error("file", wrong.sentence if isinstance(wrong, Refusal) else wrong)
        else:
            messages.success(request, f"{taken} benchmark{'' if taken == 1 else 's'} taken in.")
            return redirect("pages:benchmarks", request.workspace.slug)
    context = {"form": form, "columns": COLUMNS}
    return render(request, "pages/benchmarks/import.html", context, status=422 if form.errors else 200)


@workspace_view(Permission.DEFINE_KPIS)
@require_POST
def benchmark_remove(request: WorkspaceRequest, benchmark_id: int) -> HttpResponse:
    benchmark = get_object_or_404(benchmarks_of(request.workspace), pk=benchmark_id)
    remove_benchmark(benchmark=benchmark, by=request.member)
    messages.success(request, "The benchmark is removed. It can be brought back below the list.")
    return redirect("pages:benchmarks", request.workspace.slug)


@workspace_view(Permission.DEFINE_KPIS)
@require_POST
def benchmark_restore(request: WorkspaceRequest, benchmark_id: int) -> HttpResponse:
    removed = KpiBenchmark.objects.filter(workspace=request.workspace, removed_at__isnull=False)
    restore_benchmark(benchmark=get_object_or_404(removed, pk=benchmark_id), by=request.member)
    messages.success(request, "The benchmark is back.")
    return redirect("pages:benchmarks", request.workspace.slug)


@workspace_view(Permission.SEE_WORKSPACE)
def benchmark_compared(request: WorkspaceRequest, key: str) -> HttpResponse:
    """The fragment of a KPI's page: its newest closed quarter beside all it can be compared with."""
    try:
        kpi = request.definitions.get(key, request.GET.get("variant"))
    except UnknownKpi as unknown:
        raise Http404(unknown.sentence) from unknown
    context = {
        "kpi": kpi,
        "compared": compared_of(request.workspace, kpi, request.today),
        "may_define": can(request.member, Permission.DEFINE_KPIS),
        "may_compare": can(request.member, Permission.SEE_ALL_GOALS),
    }
    return render(request, "pages/benchmarks/compared.html", context)
