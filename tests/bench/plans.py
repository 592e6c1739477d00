"""The target grid of 200 people and 12 months over HTTP: opened, one cell saved, all 2400 cells saved.

`python -m tests.bench.plans` measures it alone, on a workspace and a folder of its own.
"""

import json
import logging
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date
from typing import Any

PEOPLE = 200
ROUNDS = 40


def plan_rows() -> list[dict[str, Any]]:
    from django.test import Client
    from django.utils import timezone

    from apps.goals.models import TargetPlan
    from apps.people.models import Member, Membership, Team
    from apps.people.services import create_workspace

    workspace = create_workspace(name="Bench plans", owner_email="plans@bench.example", password=None)
    team = Team.objects.create(workspace=workspace, name="Sales")
    people = Member.objects.bulk_create(Member(workspace=workspace, name=f"Rep {n:03d}") for n in range(PEOPLE))
    Membership.objects.bulk_create(Membership(member=each, team=team, starts_on=date(2020, 1, 1)) for each in people)
    user = workspace.members.exclude(user=None).get().user
    assert user is not None
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    form = {
        "kpi": "revenue:deals",
        "team": team.pk,
        "period": str(timezone.now().year),
        "grain": "month",
        "target": "90m",
    }
    made = client.post(f"/w/{workspace.slug}/plans/new/", form)
    assert made.status_code == 302, made.content[:2000]
    plan = TargetPlan.objects.get(workspace=workspace)
    address = f"/w/{workspace.slug}/plans/{plan.pk}/"
    everything = [(person.pk, place) for person in people for place in range(12)]

    def save(cells: list[tuple[int, int]], round_: int) -> None:
        plan.refresh_from_db(fields=["version"])
        sent = [[person, place, f"{10_000 + round_ * 100 + place}"] for person, place in cells]
        body = json.dumps({"version": plan.version, "cells": sent})
        answer = client.post(f"{address}cells/", body, content_type="application/json")
        assert answer.status_code == 200, answer.content[:500]

    def show(_: int) -> None:
        assert client.get(address).status_code == 200

    results = [
        _measured("plan: save 2400 cells", lambda n: save(everything, n + 1), ROUNDS // 2),
        _measured("plan: save one cell", lambda n: save(everything[:1], n + 1000), ROUNDS),
        _measured("plan: open the grid", show, ROUNDS // 2),
    ]
    client.post(f"{address}stage/", {"op": "propose", "version": TargetPlan.objects.get(pk=plan.pk).version})
    return [*results, _measured("plan: open the grid when proposed", show, ROUNDS // 2)]


def _measured(what: str, does: Callable[[int], None], rounds: int) -> dict[str, Any]:
    does(-1)
    times, processor = [], time.process_time()
    for number in range(rounds):
        started = time.perf_counter()
        does(number)
        times.append(time.perf_counter() - started)
    processor = (time.process_time() - processor) / rounds
    times.sort()
    return {
        "what": what,
        "cells": PEOPLE * 12,
        "milliseconds_p50": times[len(times) // 2] * 1000,
        "milliseconds_p95": times[math.ceil(len(times) * 0.95) - 1] * 1000,
        "processor_milliseconds": processor * 1000,
    }


def main() -> None:
    scratch = tempfile.mkdtemp(prefix="kpitracker-bench-")
    os.environ.update(DATA_DIR=scratch, DATABASE_URL=f"sqlite:///{scratch}/bench.sqlite3")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kpitracker.settings.local"
    try:
        import django
        from django.core.management import call_command

        django.setup()
        logging.disable(logging.WARNING)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        for row in plan_rows():
            p50, p95, processor = (row[name] for name in list(row)[2:])
            print(f"{row['what']:36} p50 {p50:6.0f} ms   p95 {p95:6.0f} ms   processor {processor:6.0f} ms")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
