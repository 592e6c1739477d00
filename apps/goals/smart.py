"""How well a goal is said: 0 to 100, each letter of SMART 0 to 20, every test with its points, reason and remedy. Pure.

Only tests that somebody can check by themselves: no judging of words beyond a hint. It is advice. Only what `is_gate`
says keeps a goal from being set: KPI, owner, a formula with data, start and due. A test that cannot apply (a KPI
without a counter-metric, no benchmark there) takes its points along; the others of its letter then count for all 20.

Values are in the unit of the KPI. What is compared with own history is made in `goals.past`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.common.periods import add_months

PER_LETTER = 20
LETTERS = ("Specific", "Measurable", "Achievable", "Relevant", "Time-bound")
FEWEST_POINTS = 6  # periods of history from which anything is usual
FEWEST_CHANGES = 4  # own past changes from which a share of them means anything
FEWEST_CHECKPOINTS = 3
LONGEST_MONTHS = 18
LIKELY = (Decimal("0.3"), Decimal("0.8"))  # share of own past changes at least as large: a goal worth setting
STRETCH_BELOW, USUAL_ABOVE = Decimal("0.1"), Decimal("0.95")
SHORTEST_REASON = 20  # characters of a written reason
VAGUE = ("improve", "better", "optimise", "optimize", "enhance", "boost", "more", "maximise", "maximize", "as possible")
DAYS_OF = {"weekly": 7, "fortnightly": 14, "monthly": 30, "quarterly": 91}


class Check(NamedTuple):
    """One test. Without `applies` there is nothing to test. `remedy` says what would bring the missing points."""

    name: str
    points: int
    of: int
    reason: str
    remedy: str = ""
    is_gate: bool = False
    applies: bool = True

    @property
    def passed(self) -> bool:
        return self.applies and self.points == self.of


@dataclass(frozen=True)
class Letter:
    name: str
    checks: tuple[Check, ...]

    @property
    def got(self) -> int:
        return sum(check.points for check in self.checks if check.applies)

    @property
    def possible(self) -> int:
        return sum(check.of for check in self.checks if check.applies)

    @property
    def points(self) -> int:
        """Of 20: what was got of what was possible, rounded as by hand."""
        if not self.possible:
            return PER_LETTER
        share = Decimal(self.got * PER_LETTER) / self.possible
        return int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))

    @property
    def arithmetic(self) -> str:
        """`5 + 3 + 3 = 11 of 20`, or where tests do not apply `5 + 3 = 8 of 12, that is 13 of 20`."""
        parts = [str(check.points) for check in self.checks if check.applies]
        told = f"{' + '.join(parts)} = {self.got} of {self.possible}" if parts else "nothing to test"
        return told if self.possible == PER_LETTER else f"{told}, that is {self.points} of {PER_LETTER}"


@dataclass(frozen=True)
class Score:
    letters: tuple[Letter, ...]

    @property
    def total(self) -> int:
        return sum(letter.points for letter in self.letters)

    @property
    def arithmetic(self) -> str:
        return f"{' + '.join(str(letter.points) for letter in self.letters)} = {self.total}"

    @property
    def open_gates(self) -> list[Check]:
        """What is still missing before the goal can be set."""
        return [check for letter in self.letters for check in letter.checks if check.is_gate and not check.passed]

    @property
    def advice(self) -> list[Check]:
        """What would bring points, the most first."""
        missing = [
            check
            for letter in self.letters
            for check in letter.checks
            if check.applies and not check.passed and not check.is_gate and check.remedy
        ]
        return sorted(missing, key=lambda check: check.points - check.of)

    @property
    def level(self) -> str:
        """A word for the total: strong, fair, weak."""
        return "strong" if self.total >= 75 else "fair" if self.total >= 45 else "weak"


@dataclass(frozen=True)
class Facts:
    """What is known about a goal while it is made. A blank text or None: not known, or not chosen yet."""

    # specific
    kpi: str = ""
    owner: str = ""
    about: str = ""  # whose number: the company, a team, a person
    better: str = ""  # higher | lower, from the KPI
    title: str = ""
    unit: str = ""
    currency: str = ""
    # measurable
    connected: bool = False
    not_connected: str = ""  # why not, and what to do
    points: int = 0  # finished periods of the same length with a figure
    through: date | None = None
    today: date | None = None
    fresh_for: int = 10  # days
    late: str = ""  # a source that is late, as a clause
    baseline: Decimal | None = None
    baseline_told: str = ""  # of which days it was computed; blank: typed by hand
    target: Decimal | None = None
    noise: Decimal | None = None  # half the natural process width of the history
    cases: Decimal | None = None  # that a usual period rests on
    min_n: int = 0
    kept: bool = False  # a band to keep, or milestones: no way from here to there
    by_milestones: bool = False
    # achievable
    likely: Decimal | None = None  # share of own past changes at least as large as the one wanted
    changes: int = 0  # how many past changes that share is of
    stretch: bool = False  # declared aspirational
    beyond_history: str = ""  # above 11 of your last 12 quarters, best …
    band: tuple[Decimal, Decimal] | None = None  # the benchmark's middle, low and high
    wins_needed: int | None = None
    wins_likely: int | None = None
    # relevant
    parent: str = ""
    reason: str = ""
    reviewer: str = ""
    counter: str = ""  # name of the KPI's counter-metric
    counter_is_goal: bool = False
    # time-bound
    starts_on: date | None = None
    ends_on: date | None = None  # first day after
    fiscal: str = ""  # Q4 2026: the fiscal period it covers
    cadence: str = ""

    def told(self, value: Decimal | None) -> str:
        return format_figure(value, self.unit, self.currency, compact=True)


def score(facts: Facts) -> Score:
    tests = (_specific, _measurable, _achievable, _relevant, _time_bound)
    return Score(tuple(Letter(name, tuple(test(facts))) for name, test in zip(LETTERS, tests, strict=True)))


def checkpoints(start: date, end: date, cadence: str) -> list[date]:
    """The days on which the goal is looked at before it is due: one cadence after the other from its start on."""
    step = DAYS_OF.get(cadence)
    if step is None or end <= start:
        return []
    if cadence in ("monthly", "quarterly"):
        months = 1 if cadence == "monthly" else 3
        days = [add_months(start, months * number) for number in range(1, LONGEST_MONTHS + 2)]
    else:
        days = [start + timedelta(days=step * number) for number in range(1, (end - start).days // step + 1)]
    return [day for day in days if day < end]


# --- the letters -----------------------------------------------------------------------------------------------------


def _specific(facts: Facts) -> Iterator[Check]:
    yield _gate("One KPI", facts.kpi, 6, f"Measured by {facts.kpi}.", "Choose the KPI that measures it.")
    yield _gate("One owner", facts.owner, 6, f"{facts.owner} answers for it.", "Choose one person who answers for it.")
    yield _plain("Whose number", facts.about, 3, f"About {facts.about}.", "Say whose number it is.")
    yield _plain("Direction", facts.better, 3, f"The KPI says that {facts.better} is better.", "It comes with the KPI.")
    vague = [word for word in VAGUE if re.search(rf"\b{word}\b", facts.title, re.IGNORECASE)]
    if vague:
        yield Check("Title", 0, 2, f"The title says “{vague[0]}”.", "Say from where to where instead.")
    else:
        yield Check("Title", 2, 2, "The title has no vague verb.")


def _measurable(facts: Facts) -> Iterator[Check]:
    if facts.by_milestones:
        yield Check("Formula with data", 5, 5, "Its milestones are counted; no data is needed.", is_gate=True)
        return
    yield _gate("Formula with data", facts.connected, 5, "Its tables have rows.", facts.not_connected or _IMPORT)
    if facts.points >= FEWEST_POINTS:
        yield Check("History", 3, 3, f"{facts.points} finished periods of this length are known.")
    else:
        few = f"Only {facts.points} finished periods of this length are known."
        yield Check("History", 0, 3, few, f"Import earlier data: {FEWEST_POINTS} periods tell what is usual.")
    yield _freshness(facts)
    yield from _baseline(facts)
    if facts.min_n and facts.cases is not None:
        enough = facts.cases >= facts.min_n
        told = f"A usual period rests on {facts.cases:,.0f} rows; this KPI asks for {facts.min_n}."
        yield Check("Enough cases", 2 if enough else 0, 2, told, "" if enough else "Take a longer period or a team.")
    else:
        yield Check("Enough cases", 0, 2, "This KPI needs no least number of rows.", applies=False)


def _freshness(facts: Facts) -> Check:
    name, through, today = "Fresh data", facts.through, facts.today
    if through is None or today is None:
        return Check(name, 0, 3, "No day is covered yet.", _IMPORT)
    if facts.late:
        return Check(name, 0, 3, f"Data reaches {day_told(through)}; {facts.late}.", "Mend the source that is late.")
    if (today - through).days > facts.fresh_for:
        old = f"Data ends on {day_told(through)}; for this review rhythm it may be {facts.fresh_for} days old."
        return Check(name, 0, 3, old, "Bring newer data in, or review less often.")
    return Check(name, 3, 3, f"Data reaches {day_told(through)}.")


def _baseline(facts: Facts) -> Iterator[Check]:
    if facts.kept:
        yield Check("Baseline", 0, 4, "What is kept needs no baseline.", applies=False)
        yield Check("Larger than chance", 0, 3, "Nothing is to change.", applies=False)
        return
    if facts.baseline is None:
        yield Check("Baseline", 0, 4, "From where it starts is not said.", "Choose a baseline window.")
    elif not facts.baseline_told:
        yield Check(
            "Baseline", 2, 4, f"{facts.told(facts.baseline)}, typed by hand.", "Let it be computed of a window."
        )
    else:
        yield Check("Baseline", 4, 4, f"{facts.told(facts.baseline)}, frozen: {facts.baseline_told}.")
    yield _noise(facts)


def _noise(facts: Facts) -> Check:
    name = "Larger than chance"
    if facts.target is None or facts.baseline is None:
        return Check(name, 0, 3, "Without baseline and target there is no change to look at.", "Give both.")
    if facts.noise is None:
        return Check(name, 0, 3, "There is too little history to tell what is chance.", applies=False)
    change, noise = abs(facts.target - facts.baseline), facts.noise
    beside = f"A change of {facts.told(change)}; by chance alone it moves up to {facts.told(noise)} either way"
    if change >= noise:
        return Check(name, 3, 3, f"{beside}, so reaching it will mean something.")
    return Check(name, 0, 3, f"{beside}: it cannot be told from noise.", "Aim further, or take a longer period.")


def _achievable(facts: Facts) -> Iterator[Check]:
    yield _against_history(facts)
    if facts.band is None or facts.target is None:
        yield Check("Benchmark", 0, 4, "There is no benchmark with the same definition.", applies=False)
    else:
        low, high = facts.band
        inside = low <= facts.target <= high
        told = f"{'Inside' if inside else 'Outside'} the benchmark, {facts.told(low)} to {facts.told(high)}."
        yield Check("Benchmark", 4 if inside else 0, 4, told, "" if inside else "Say in the reason why others differ.")
    needed, likely = facts.wins_needed, facts.wins_likely
    if needed is None or likely is None:
        yield Check("Enough deals", 0, 6, "This KPI does not come from won deals.", applies=False)
        return
    told = f"Needs {needed:,} wins; the open deals give about {likely:,}."
    if likely >= needed:
        yield Check("Enough deals", 6, 6, told)
    else:
        more = f"{needed - likely:,} wins have to come from deals that are not there yet: plan the pipeline with it."
        yield Check("Enough deals", 3 if 2 * likely >= needed else 0, 6, told, more)


def _against_history(facts: Facts) -> Check:
    name, likely = "Own history", facts.likely
    if facts.kept:
        return Check(name, 0, 10, "What is kept is not compared with past changes.", applies=False)
    if facts.target is None:
        return Check(name, 0, 10, "There is no target yet.", "Give the target.")
    if likely is None or facts.changes < FEWEST_CHANGES:
        return Check(name, 0, 10, "There is too little history to compare with.", "Import earlier data.")
    share = f"{_count(likely, facts.changes)} of {facts.changes} past changes were at least as large"
    before = f"{facts.beyond_history} " if facts.beyond_history else ""
    if likely < STRETCH_BELOW:
        if facts.stretch:
            return Check(name, 10, 10, f"{before}{share}: a stretch, and declared as one.")
        return Check(name, 3, 10, f"{before}{share}: a stretch.", "Declare it a stretch goal, or aim lower.")
    if likely > USUAL_ABOVE:
        return Check(name, 3, 10, f"{before}{share}: business as usual.", "Aim higher; this comes by itself.")
    if LIKELY[0] <= likely <= LIKELY[1]:
        return Check(name, 10, 10, f"{before}{share}: demanding and possible.")
    word = "ambitious" if likely < LIKELY[0] else "easy"
    return Check(name, 7, 10, f"{before}{share}: {word}.", "Between 30 and 80 of 100 is where goals are kept.")


def _relevant(facts: Facts) -> Iterator[Check]:
    if facts.parent:
        yield Check("Serves something", 12, 12, f"Serves “{facts.parent}”.")
    elif len(facts.reason.strip()) >= SHORTEST_REASON:
        told = "The reason is written down"
        if facts.reviewer:
            yield Check("Serves something", 12, 12, f"{told}, and {facts.reviewer} looks at it.")
        else:
            yield Check("Serves something", 8, 12, f"{told}.", "Name somebody else who looks at it.")
    else:
        remedy = "Choose the goal it serves, or write in a sentence why it matters."
        yield Check("Serves something", 0, 12, "Neither a goal above it nor a reason is given.", remedy)
    if not facts.counter:
        yield Check("Counter-metric", 0, 8, "This KPI names none.", applies=False)
    elif facts.counter_is_goal:
        yield Check("Counter-metric", 8, 8, f"{facts.counter} is a goal beside it.")
    else:
        alone = f"It could be reached at the cost of {facts.counter}."
        yield Check("Counter-metric", 0, 8, alone, f"Set {facts.counter} as a second goal.")


def _time_bound(facts: Facts) -> Iterator[Check]:
    start, end = facts.starts_on, facts.ends_on
    begins = f"Starts on {day_told(start)}." if start else ""
    due = f"Due on {day_told(end - timedelta(days=1))}." if end else ""
    yield _gate("Start", begins, 4, begins, "Give its first day.")
    yield _gate("Due", due, 4, due, "Give its last day.")
    whole = f"It is {facts.fiscal}, a period of the fiscal calendar."
    yield _plain("Fiscal period", facts.fiscal, 3, whole, "Take a whole month, quarter or year.")
    if start is None or end is None:
        yield Check("Checkpoints", 0, 5, "Without start and due there are none.", "Give both.")
        yield Check("Not too far", 0, 4, "Without start and due nobody can tell.", "Give both.")
        return
    days = len(checkpoints(start, end, facts.cadence))
    enough = days >= FEWEST_CHECKPOINTS
    told = f"{days} {'checkpoint' if days == 1 else 'checkpoints'} before it is due."
    remedy = "" if enough else f"Review it more often: {FEWEST_CHECKPOINTS} leave time to act."
    yield Check("Checkpoints", 5 if enough else 0, 5, told, remedy)
    near = end <= add_months(start, LONGEST_MONTHS)
    told = f"{'Within' if near else 'More than'} {LONGEST_MONTHS} months."
    yield Check("Not too far", 4 if near else 0, 4, told, "" if near else "Set one goal a year.")


_IMPORT = "Import the data it is computed from."


def _gate(name: str, given: object, points: int, reason: str, remedy: str) -> Check:
    if given:
        return Check(name, points, points, reason, is_gate=True)
    return Check(name, 0, points, "Not there yet.", remedy, is_gate=True)


def _plain(name: str, given: object, points: int, reason: str, remedy: str) -> Check:
    return Check(name, points, points, reason) if given else Check(name, 0, points, "Not there yet.", remedy)


def _count(share: Decimal, of: int) -> int:
    return int((share * of).quantize(Decimal(1), rounding=ROUND_HALF_UP))
