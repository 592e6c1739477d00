"""How sure a share is, given how many cases it rests on.

Source: Wilson (1927), the score interval without continuity correction; worked values in Newcombe (1998), Statistics in
Medicine 17, 857-872. The margin of a Net Promoter Score is the normal one of a variable that is +1, 0 or −1.
"""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054  # the normal quantile of a two-sided interval of 95 %


@dataclass(frozen=True)
class Interval:
    """Shares as fractions, 0 to 1."""

    low: float
    high: float

    def __contains__(self, share: float) -> bool:
        return self.low <= share <= self.high


@dataclass(frozen=True)
class NpsMargin:
    """All in points, −100 to +100: the score lies 95 times of 100 within `score` ± `margin`."""

    score: float
    margin: float

    @property
    def low(self) -> float:
        return max(-100.0, self.score - self.margin)

    @property
    def high(self) -> float:
        return min(100.0, self.score + self.margin)


def interval(hits: int, cases: int, z: float = Z_95) -> Interval | None:
    """Where the true share lies, 95 times of 100, when `hits` of `cases` were counted; None without cases.

    Raises ValueError where hits are not a part of the cases: a ratio of amounts has no such interval.
    """
    if not 0 <= hits <= cases:
        raise ValueError(f"{hits} hits of {cases} cases are not a share.")
    if cases == 0:
        return None
    share, weight = hits / cases, z * z / cases
    middle = share + weight / 2
    spread = z * sqrt(share * (1 - share) / cases + weight / (4 * cases))
    low = 0.0 if hits == 0 else (middle - spread) / (1 + weight)
    high = 1.0 if hits == cases else (middle + spread) / (1 + weight)
    return Interval(low, high)


def nps(promoters: int, detractors: int, answers: int, z: float = Z_95) -> NpsMargin | None:
    """The score of a survey with its margin: ± z · 100 · √((p + d − (p − d)²) / n); None without answers.

    Raises ValueError where promoters and detractors are more than the answers.
    """
    if promoters < 0 or detractors < 0 or promoters + detractors > answers:
        raise ValueError(f"{promoters} promoters and {detractors} detractors are not a part of {answers} answers.")
    if answers == 0:
        return None
    p, d = promoters / answers, detractors / answers
    variance = max(0.0, p + d - (p - d) ** 2)
    return NpsMargin(100 * (p - d), z * 100 * sqrt(variance / answers))
