"""What is measured, in words: how fast rows come in, goals are recomputed and the board opens."""

import gc
import math
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
from django.core.management import call_command
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from apps.datasets.queries import snapshot
from apps.datasets.services import receive_file, run_import
from apps.datasets.store.snapshot import Snapshot
from apps.goals.models import Goal
from apps.goals.pace import points_until
from apps.metrics.catalogue import get_kpi
from apps.metrics.engine import Request, compute_requests
from apps.metrics.queries import org_of
from apps.people.models import Workspace
from apps.people.queries import today_in
from apps.people.services import create_workspace
from apps.refresh.recompute import recompute
from tests.bench.data import KPIS, people_of, set_goals, write_deals
from tests.bench.everything import everything
from tests.bench.forecasts import forecast_goals
from tests.bench.plans import plan_rows
from tests.bench.yardsticks import by_hand, one_query_a_goal

EXPLAINED = ("revenue", "win_rate", "average_deal_size", "sales_cycle_length", "sales_growth", "sales_velocity",
             "pipeline_value")  # fmt: skip
SPANS = ("&period=2025-Q1", "&period=2025", "")
MAPPING = {"table": "deals", "key": ["id"]}
Row = dict[str, Any]


def measure_all(scratch: Path, *, row_counts: list[int], goal_counts: list[int]) -> list[Row]:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    results: list[Row] = []
    for rows in row_counts:
        workspace = create_workspace(name=f"Bench {rows}", owner_email=f"bench{rows}@bench.example", password=None)
        results.append(import_rows(scratch, workspace, rows))
        results.append(everything(scratch, rows))
        members = people_of(workspace)
        results += open_explanations(workspace, rows)
        for goals in goal_counts:
            set_goals(workspace, members, goals)
            results.append(recompute_goals(workspace, rows, goals))
            if goals == 10_000:
                results.append(open_board(workspace, rows, goals))
            gc.collect()
        results.append(forecast_goals(workspace, members, rows))
    results += plan_rows()
    return results


def import_rows(scratch: Path, workspace: Workspace, rows: int) -> Row:
    path = scratch / f"deals-{rows}.csv"
    write_deals(path, rows)
    started = time.perf_counter()
    batch = receive_file(workspace=workspace, table="deals", source=path, file_name=path.name, mapping=MAPPING, by=None)
    run_import(import_id=batch.pk, today=today_in(batch.workspace))
    seconds = time.perf_counter() - started
    path.unlink()
    return {"what": "import", "rows": rows, "seconds": seconds, "rows_per_second": rows / seconds}


def recompute_goals(workspace: Workspace, rows: int, how_many: int) -> Row:
    """The figures of all goals beside their two yardsticks, then the whole recompute: judged, stored, and again.

    Figures and limit deliver the same: every goal's figure and its course, point by point.
    """
    goals = list(Goal.objects.filter(workspace=workspace).select_related("owner"))
    deals = snapshot(workspace=workspace, table="deals")
    limit = min(by_hand(deals, goals) for _ in range(2))
    per_goal = one_query_a_goal(deals, goals)
    figures = min(_seconds_of_figures(workspace, deals, goals) for _ in range(2))
    started = time.perf_counter()
    done = recompute(workspace=workspace, now=timezone.now())
    whole = time.perf_counter() - started
    started = time.perf_counter()
    recompute(workspace=workspace, now=timezone.now())
    again = time.perf_counter() - started
    return {
        "what": "recompute",
        "rows": rows,
        "goals": how_many,
        "seconds_for_figures": figures,
        "seconds_by_hand": limit,
        "times_the_limit": figures / limit,
        "seconds_one_query_a_goal": per_goal,
        "times_faster_than_per_goal": per_goal / figures,
        "seconds_judged_and_stored": whole,
        "whole_times_the_limit": whole / limit,
        "whole_times_faster_than_per_goal": per_goal / whole,
        "actuals_stored": done.changed,
        "seconds_when_nothing_changed": again,
    }


def _seconds_of_figures(workspace: Workspace, deals: Snapshot, goals: list[Goal]) -> float:
    started = time.perf_counter()
    requests = (
        Request(
            id=goal.pk,
            kpi=goal.kpi,
            scope="person",
            scope_id=goal.person_id,
            start=goal.starts_on,
            end=goal.ends_on,
            points=points_until(goal.starts_on, goal.ends_on, deals.complete_through),
        )
        for goal in goals
    )
    gc.disable()  # as the recompute does
    kpis = {key: get_kpi(key, "deals") for key in KPIS}
    compute_requests({"deals": deals}, requests, org_of(workspace), kpis)
    gc.enable()
    return time.perf_counter() - started


def open_board(workspace: Workspace, rows: int, how_many: int) -> Row:
    client = Client(headers={"host": "127.0.0.1"})
    user = workspace.members.exclude(user=None).get().user
    assert user is not None
    client.force_login(user)
    url = f"/w/{workspace.slug}/goals/?period=all"
    client.get(url)
    queries: list[str] = []

    def counted(execute: Any, sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    with database.execute_wrapper(counted):
        board = client.get(url)
    assert b"board-title" in board.content, "the board of the benchmark shows no goal"
    times = []
    for _ in range(10):
        started = time.perf_counter()
        response = client.get(url)
        times.append(time.perf_counter() - started)
        assert response.status_code == 200
    return {
        "what": "board",
        "rows": rows,
        "goals": how_many,
        "queries": len(queries),
        "milliseconds": sorted(times)[len(times) // 2] * 1000,
    }


def open_explanations(workspace: Workspace, rows: int) -> list[Row]:
    """The page from a number to its rows, as a browser asks for it: every KPI of the deals for each kind of scope, in a
    quarter and over all time. Each address is asked for twice: `first` by nobody before, then as the next page, another
    order or the next reader ask for it.
    """
    import_module("kpitracker.wsgi")  # as a web process begins
    client = Client(headers={"host": "127.0.0.1"})
    user = workspace.members.exclude(user=None).get().user
    assert user is not None
    client.force_login(user)
    client.get(f"/w/{workspace.slug}/kpis/")
    team, person = workspace.teams.first(), workspace.members.filter(user=None).first()
    assert team is not None
    assert person is not None
    results: list[Row] = []
    for scope in ("", f"&scope=team&id={team.pk}", f"&scope=person&id={person.pk}"):
        times = {
            label: [_seconds_of_page(client, workspace, kpi, label + scope) for kpi in EXPLAINED] for label in SPANS
        }
        for label, found in times.items():
            first, again = (sorted(each) for each in zip(*found, strict=True))
            results.append(
                {
                    "what": "explanation page",
                    "rows": rows,
                    "scope": scope.split("&")[1].split("=")[1] if scope else "workspace",
                    "period": label or "all time",
                    "first_milliseconds_p50": first[len(first) // 2] * 1000,
                    "first_milliseconds_p95": first[math.ceil(len(first) * 0.95) - 1] * 1000,
                    "milliseconds_p50": again[len(again) // 2] * 1000,
                    "milliseconds_p95": again[math.ceil(len(again) * 0.95) - 1] * 1000,
                }
            )
    return results


def _seconds_of_page(client: Client, workspace: Workspace, kpi: str, query: str) -> tuple[float, float]:
    """For the first time, and again."""
    url = f"/w/{workspace.slug}/kpis/{kpi}/rows/?variant=deals{query}"
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        response = client.get(url)
        seconds.append(time.perf_counter() - started)
        assert b"Rows that count" in response.content, f"no rows behind {kpi}"
    return seconds[0], seconds[1]


def table(results: list[Row]) -> str:
    """One table for each thing measured."""
    parts = []
    for what in dict.fromkeys(row["what"] for row in results):
        rows = pd.DataFrame([row for row in results if row["what"] == what]).drop(columns="what")
        rows.columns = [name.replace("_", " ") for name in rows.columns]
        parts.append(f"{what}\n{rows.T.to_string(header=False, float_format='{:,.2f}'.format)}")
    return "\n\n".join(parts)
