"""The values of KPIs over many windows of time for many subjects, as floats: what histories are made of.

What adds up is read once at every edge of the windows and subtracted: a hundred windows of many subjects are one
batch of running sums. Other KPIs ask a request for each window.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi
from apps.metrics.engine.coverage import coverage_of, has_rows, looks_back, tells_whose
from apps.metrics.engine.evaluate import Floats, values_of
from apps.metrics.engine.figures import Context, Org, Request, Scope
from apps.metrics.engine.plan import Reads, Term, bases_of, needs_of
from apps.metrics.engine.requests import compute_requests, sums_at_points

Windows = tuple[tuple[date, date], ...]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Course:
    """A KPI of one subject over each of these windows [start, end), all by the definition that is given."""

    kpi: str
    scope: Scope
    scope_id: int | None
    windows: Windows


def compute_courses(
    snapshots: Mapping[str, Snapshot],
    courses: Sequence[Course],
    org: Org,
    kpis: Mapping[str, Kpi],
    context: Context | None = None,
) -> list[Floats]:
    """The value in each window of each course; NaN where there is none or the data does not cover the whole window."""
    definitions = {name: replace(kpis[name], history=()) for name in {each.kpi for each in courses}}
    found = [np.full(len(each.windows), np.nan) for each in courses]
    kinds = {(each.kpi, each.scope) for each in courses}
    told = {(key, scope) for key, scope in kinds if _is_told(snapshots, definitions[key], scope)}
    plain = {key for key, kpi in definitions.items() if adds_up(kpi)}
    asked = [place for place, each in enumerate(courses) if each.windows and (each.kpi, each.scope) in told]
    adding = [place for place in asked if courses[place].kpi in plain]
    other = [place for place in asked if courses[place].kpi not in plain]
    for place, values in _subtracted(snapshots, courses, adding, org, definitions, context):
        found[place] = values
    for place, values in _asked(snapshots, courses, other, org, definitions, context):
        found[place] = values
    known: dict[tuple[str, Windows], NDArray[np.bool_]] = {}
    for place in asked:
        each = courses[place]
        key = (each.kpi, each.windows)
        if key not in known:
            known[key] = _covered(snapshots, definitions[each.kpi], each.windows)
        found[place] = np.where(known[key], found[place], np.nan)
    return found


def adds_up(kpi: Kpi) -> bool:
    """Whether it is made of sums between two days and levels at the last of them, so that edges tell every window."""
    reads = {need.reads for need in needs_of(kpi).values()}
    return reads <= {Reads.FLOW, Reads.AT_END} and not bases_of(kpi)


def _is_told(snapshots: Mapping[str, Snapshot], kpi: Kpi, scope: Scope) -> bool:
    """What looks back at earlier snapshots by itself has no history that could be told here."""
    return has_rows(snapshots, kpi) and tells_whose(snapshots, kpi, scope) and not looks_back(kpi)


def _covered(snapshots: Mapping[str, Snapshot], kpi: Kpi, windows: Windows) -> NDArray[np.bool_]:
    coverage = coverage_of(snapshots, kpi)
    first, through = coverage.first, coverage.through
    return np.array(
        [(first is None or start >= first) and (through is None or end <= through + ONE_DAY) for start, end in windows],
        dtype=bool,
    )


def _subtracted(
    snapshots: Mapping[str, Snapshot],
    courses: Sequence[Course],
    places: Sequence[int],
    org: Org,
    kpis: Mapping[str, Kpi],
    context: Context | None,
) -> Iterable[tuple[int, Floats]]:
    if not places:
        return
    edges = {each: _edges(each) for each in {courses[place].windows for place in places}}
    requests = [
        Request(place, each.kpi, each.scope, each.scope_id, edges[each.windows][0], edges[each.windows][-1],
                edges[each.windows][1:])
        for place, each in ((place, courses[place]) for place in places)
    ]  # fmt: skip
    needed = {name: kpis[name] for name in {request.kpi for request in requests}}
    for name, mine, sums in sums_at_points(snapshots, requests, org, needed, context):
        by_windows: dict[Windows, list[tuple[int, int]]] = {}
        at = 0
        for number in mine.tolist():
            place = requests[number].id
            windows = courses[place].windows
            by_windows.setdefault(windows, []).append((place, at))
            at += len(edges[windows]) - 1
        for windows, found in by_windows.items():
            starts = np.array([begin for _, begin in found])
            values = _values(kpis[name], sums, starts, windows, edges[windows])
            yield from zip((place for place, _ in found), values, strict=True)


def _values(
    kpi: Kpi, sums: Mapping[Term, Floats], starts: NDArray[np.int64], windows: Windows, edges: tuple[date, ...]
) -> Floats:
    """[course, window] of the courses whose sums at the points begin at `starts`."""
    number = {day: place for place, day in enumerate(edges)}
    first = np.array([number[start] for start, _ in windows])
    last = np.array([number[end] for _, end in windows])
    needs = needs_of(kpi)
    at = starts[:, None] + np.arange(len(edges) - 1)
    terms = {}
    for term, column in sums.items():
        running = np.concatenate([np.zeros((len(starts), 1)), column[at]], axis=1)
        flows = needs[term[0]].reads is Reads.FLOW
        terms[term] = running[:, last] - running[:, first] if flows else running[:, last]
    return np.broadcast_to(values_of(kpi, terms), (len(starts), len(windows)))


def _edges(windows: Windows) -> tuple[date, ...]:
    return tuple(sorted({day for window in windows for day in window}))


def _asked(
    snapshots: Mapping[str, Snapshot],
    courses: Sequence[Course],
    places: Sequence[int],
    org: Org,
    kpis: Mapping[str, Kpi],
    context: Context | None,
) -> Iterable[tuple[int, Floats]]:
    """A request for each window that is not empty."""
    requests: list[Request] = []
    where: list[tuple[int, int]] = []
    for place in places:
        each = courses[place]
        for window, (start, end) in enumerate(each.windows):
            if start < end:
                requests.append(Request(len(requests), each.kpi, each.scope, each.scope_id, start, end, (end,)))
                where.append((place, window))
    if not requests:
        return
    answers = compute_requests(snapshots, requests, org, kpis, context)
    values = {place: np.full(len(courses[place].windows), np.nan) for place in places}
    for number, (place, window) in enumerate(where):
        (value,) = answers[number].values
        values[place][window] = np.nan if value is None else value
    yield from values.items()
