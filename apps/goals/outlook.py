"""From histories to forecasts with their track records, and in words. Pure: arrays in, one Track a subject out.

A track is everything that subjects with the same history share: what each method says now, what it would have said at
the same point of earlier periods, and what came. The target of a goal is added last (`outlook_of`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals.case import Outlook
from apps.goals.forecast import ladder, levels
from apps.goals.forecast.backtest import FEWEST_ORIGINS, band_of, best_of, scores_of
from apps.goals.forecast.chance import chance_of
from apps.goals.forecast.cuts import Origin
from apps.goals.forecast.known import Array, Known

METHOD_WORDS = {
    "run_rate": "the rate so far, carried to the end of the period along its expected curve",
    "last_year": "the same period last year, at the level of the last twelve months",
    "smoothed": "what came so far, and for the rest the smoothed trend and season of earlier years",
    "pipeline": "what came so far, and what the open deals will probably bring",
    "median": "the middle of all methods that have an answer",
    "so_far": "the value so far, taken to stay as it is",
    "blended": "the value so far for the part that has passed, and the mean of the last four periods for the rest",
}
LAST_YEAR_LEVEL = "the same period last year"


@dataclass(frozen=True)
class Then:
    """An origin with what was known of every subject at it, what came in the end, and whether it is as then known."""

    origin: Origin
    known: Known
    came: Array
    as_known_then: bool


@dataclass(frozen=True)
class Track:
    """`method` is the one that is shown: the chosen one (`qualified`), or the simplest without a track record.

    `errors`: {method: [[first day of the origin, forecast, came], …]}, oldest first, where the method had an answer.
    `values`: what each method says now. `then` counts the origins that are as then known.
    """

    method: str
    qualified: bool
    values: Mapping[str, float]
    errors: Mapping[str, list[list[Any]]]
    words: str
    then: int
    begins: str  # the day on which imports begin, ISO; blank where nobody can say
    share: float

    def as_json(self) -> dict[str, Any]:
        """All but the errors, which have a field of their own."""
        return {
            "qualified": self.qualified,
            "values": dict(self.values),
            "words": self.words,
            "then": self.then,
            "begins": self.begins,
            "share": self.share,
        }

    @classmethod
    def stored(cls, method: str, errors: Mapping[str, Any], told: Mapping[str, Any]) -> "Track":
        return cls(method=method, errors=errors, **told)

    @property
    def value(self) -> float | None:
        return self.values.get(self.method)

    def relative(self, method: str = "") -> Array:
        """Errors of a method relative to its forecasts."""
        rows = self.errors.get(method or self.method, [])
        return np.array([came / forecast - 1 for _, forecast, came in rows if forecast])

    @property
    def origins(self) -> int:
        return len(self.relative())

    @property
    def record(self) -> str:
        """How the method did before, to be read after “which”."""
        if self.qualified:
            usual = float(np.median(np.abs(self.relative())))
            return f"missed by ±{percent_told(usual)} at this point in the last {self.origins} {self.words}{self.basis}"
        if self.origins < FEWEST_ORIGINS:
            return (
                f"has no track record yet: that needs {FEWEST_ORIGINS} earlier {self.words}, there are {self.origins}"
            )
        return f"erred more than last year's number in the last {self.origins} {self.words}: no track record to rely on"

    @property
    def basis(self) -> str:
        """Whether the origins saw what was known then."""
        every = self.origins
        if self.then >= every:
            return ""
        begins = f", as imports begin on {day_told(date.fromisoformat(self.begins))}" if self.begins else ""
        if not self.then:
            return f" (on today's data{begins})"
        return f" ({self.then} of them as known then, the others on today's data{begins})"


def percent_told(share: float) -> str:
    """`7 %`; below one percent with a decimal."""
    return format_figure(round(share, 2 if share >= 0.01 else 3), "percent")


def tracks_of(now: Known, thens: Sequence[Then], *, adds_up: bool, words: str, begins: date | None) -> list[Track]:
    """One track a row of `now`; the rows of every origin are the same subjects in the same order."""
    answer = ladder.totals if adds_up else levels.values
    methods = ladder.METHODS if adds_up else levels.METHODS
    said = answer(now)
    origins = [answer(each.known) for each in thens]
    nothing = np.empty((now.count, 0))
    came = np.stack([each.came for each in thens], axis=1) if thens else nothing
    naive = np.stack([each.known.last_year() for each in thens], axis=1) if thens else nothing
    forecasts = {name: np.stack([each[name] for each in origins], axis=1) if thens else nothing for name in methods}
    scores = {name: scores_of(forecasts[name], came, naive) for name in methods}
    now_there = {name: np.isfinite(said[name]) for name in methods}
    chosen = best_of({name: each.only(now_there[name]) for name, each in scores.items()})
    simplest = "run_rate" if adds_up else "so_far"
    firsts = [each.origin.start.isoformat() for each in thens]
    common = {
        "words": words,
        "then": sum(each.as_known_then for each in thens),
        "begins": begins.isoformat() if begins else "",
        "share": float(now.share[0]) if now.count else 0.0,
    }
    rows = {name: _rows(forecasts[name], came, firsts) for name in methods}
    return [
        Track(
            method=chosen[row] or simplest,
            qualified=bool(chosen[row]),
            values={name: float(said[name][row]) for name in methods if now_there[name][row]},
            errors={name: rows[name][row] for name in methods if rows[name][row]},
            **common,  # type: ignore[arg-type]
        )
        for row in range(now.count)
    ]


def _rows(forecasts: Array, came: Array, firsts: Sequence[str]) -> list[list[list[Any]]]:
    """For each subject the origins at which there was a forecast, and something to compare it with."""
    there: NDArray[np.bool_] = np.isfinite(forecasts) & np.isfinite(came) & ((forecasts != 0) | (came != 0))
    return [
        [[first, forecast, real] for first, forecast, real, yes in zip(firsts, *each, strict=True) if yes]
        for each in zip(forecasts.tolist(), came.tolist(), there.tolist(), strict=True)
    ]


def outlook_of(
    track: Track, target: Decimal | None, *, lower_is_better: bool = False, is_share: bool = False
) -> Outlook | None:
    """The forecast of one goal; interval and chance only with a track record. None where the method has no answer."""
    value = track.value
    if value is None:
        return None
    if not track.qualified:
        return Outlook(_plain(value, is_share), None, None, track.method, None, track.record)
    errors = track.relative()
    low, high = band_of(value, errors)
    chance = None
    if target is not None:
        chance = chance_of(value, float(target), errors, lower_is_better=lower_is_better)
    return Outlook(
        _plain(value, is_share), _plain(low, is_share), _plain(high, is_share), track.method, chance, track.record
    )


def _plain(value: float, is_share: bool) -> Decimal:
    """Ten digits: more of a forecast mean nothing. A share stays one."""
    return Decimal(f"{min(max(value, 0.0), 1.0) if is_share else value:.10g}")
