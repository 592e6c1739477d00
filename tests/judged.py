"""Goals with a status, without a recompute."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from apps.goals.case import Status
from apps.goals.models import Actual, Goal

SetStatus = Callable[..., Actual]


@pytest.fixture
def set_status() -> SetStatus:
    """Give a goal an actual with this status, as a recompute would."""

    def give(goal: Goal, status: Status, **values: Any) -> Actual:
        given = {"known_at": timezone.now(), "kpi_version": 1, "rule": "pace@2", "sentence": f"{status.label}."}
        actual = Actual.objects.create(goal=goal, status=status, **given | values)
        goal.latest = actual
        goal.save(update_fields=["latest"])
        return actual

    return give
