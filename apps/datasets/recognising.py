"""Which of the standard tables a file is, judged by its header alone."""

from pathlib import Path

from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import parse
from apps.datasets.plan import Plan, make_plan
from apps.datasets.reader import open_source
from apps.datasets.schema import TABLES

FEWEST_COLUMNS = 2  # an `id` alone says nothing: every table has one
HEADERS_TOLD = 12


class NotRecognised(ImportRefusal):
    """The header fits no table well enough."""


def recognise(*, path: Path, file_name: str, folder: Path) -> str:
    """The name of the table whose fields the header names best; `folder` is for a working copy.

    A missing required field weighs as much as two that are there, so that a small table does not win by asking little.
    Raises NotRecognised with the header, or the Refusal of the reader.
    """
    source = open_source(path, folder, file_name)
    plans = [make_plan(parse({}, name), source, (), complete=False) for name in TABLES]
    best = max(plans, key=_fit)
    if len(best.guessed) < FEWEST_COLUMNS or 2 * _missing(best) > len(best.required):
        told = ", ".join(best.headers[:HEADERS_TOLD])
        raise NotRecognised(f"The columns of this file ({told}) fit no table well enough. Choose which table it is.")
    return best.mapping.table.name


def _fit(plan: Plan) -> int:
    return len(plan.guessed) - 2 * _missing(plan)


def _missing(plan: Plan) -> int:
    return sum(not plan.has_source(name) for name in plan.required)
