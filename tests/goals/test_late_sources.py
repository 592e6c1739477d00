"""A goal whose source is late says so, wherever the answer rests on what there is."""

from datetime import date
from decimal import Decimal

import pytest

from apps.goals.status import Inputs, Status, judge
from tests.goals.cases import REVENUE

LATE = {"late_since": date(2025, 11, 7), "late_why": "source “CRM nightly” failed: it cannot be reached"}
WAITS = "Waiting for data since Fri 7 Nov (source “CRM nightly” failed: it cannot be reached): "
ALSO = " Waiting for newer data since Fri 7 Nov: source “CRM nightly” failed: it cannot be reached."


def late(given: Inputs, **changes: object) -> str:
    verdict = judge(given._replace(**changes, **LATE))  # type: ignore[arg-type]
    assert verdict.status is judge(given._replace(**changes)).status, "lateness changes words, not verdicts"  # type: ignore[arg-type]
    return verdict.sentence


def test_who_waits_for_data_says_since_when_and_for_which_source() -> None:
    assert late(REVENUE, today=date(2025, 12, 10), through=date(2025, 11, 6)).startswith(WAITS)
    assert late(REVENUE, today=date(2025, 12, 31), through=date(2025, 11, 6)).startswith(WAITS)


def test_who_is_judged_by_what_there_is_says_that_newer_data_is_missing() -> None:
    assert ALSO in late(REVENUE)
    assert late(REVENUE, value=None, reason="no_data").endswith(ALSO)


@pytest.mark.parametrize("changes", [{"target": None}, {"closed_as": "cancelled"}, {"closed_as": "done"}])
def test_who_does_not_depend_on_newer_data_says_nothing_of_it(changes: dict[str, object]) -> None:
    assert "nightly" not in late(REVENUE, **changes)


def test_what_was_late_is_kept_with_the_verdict() -> None:
    kept = judge(REVENUE._replace(value=Decimal(1), **LATE)).inputs  # type: ignore[arg-type]
    assert (kept["late_since"], kept["late_why"]) == ("2025-11-07", LATE["late_why"])
    assert judge(REVENUE).status is not Status.NO_DATA
