"""Every background task is placed: what it may touch, and that a lost, doubled or late message does no harm."""

import inspect

import pytest

from kpitracker.celery import app

# One line a task, with the rows it may touch. A task nobody placed fails here.
PLACED = {
    "apps.refresh.tasks.execute_run": "the workspace of its run",
    "apps.refresh.tasks.tick": "finds what is due in each workspace, and asks for runs; computes nothing itself",
}


@pytest.fixture
def tasks() -> dict[str, object]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name.startswith(("apps.", "kpitracker."))}


def test_every_task_is_placed(tasks: dict[str, object]) -> None:
    assert set(tasks) == set(PLACED), "say in PLACED which rows the new task may touch"


def test_messages_carry_ids_only_so_they_hold_no_data_and_cannot_be_outdated(tasks: dict[str, object]) -> None:
    for name, task in tasks.items():
        for parameter in inspect.signature(task.run).parameters.values():  # type: ignore[attr-defined]
            assert parameter.name.endswith("_id"), f"{name} takes {parameter.name}"
            assert parameter.annotation is int, f"{name} takes a {parameter.annotation}"


def test_the_schedule_calls_tasks_that_there_are(tasks: dict[str, object]) -> None:
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(tasks)


def test_a_message_is_done_only_when_its_work_is(tasks: dict[str, object]) -> None:
    for task in tasks.values():
        assert task.acks_late  # type: ignore[attr-defined]
        assert task.reject_on_worker_lost  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_message_for_a_run_that_is_not_there_does_nothing(tasks: dict[str, object]) -> None:
    tasks["apps.refresh.tasks.execute_run"].run(run_id=10**9)  # type: ignore[attr-defined]
