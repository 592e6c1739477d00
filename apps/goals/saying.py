"""A goal said in one sentence of plain English: what of it is understood, and what has to be asked. Pure.

`Increase monthly sales revenue by 10 % within the next quarter` names a KPI, a change and a period, and leaves open
what it is compared with. Nothing is guessed: a word that was not understood is told, and what could mean two things is
asked. Numbers stay as they were typed; the form reads them in the unit of the KPI.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from apps.common.periods import Fiscal, Grain
from apps.common.texts import normalised
from apps.goals.saying_period import Span, spans_in

UP, DOWN, KEEP, MEND = "up", "down", "keep", "mend"
_VERBS = {
    UP: "increase|increases|raise|grow|lift|boost|expand|gain|up|higher|double|triple|win|more",
    DOWN: "reduce|cut|lower|decrease|shorten|shrink|drop|halve|down|bring down|speed up",
    KEEP: "keep|hold|maintain|stay|remain|sustain",
    MEND: "improve|better|optimise|optimize|change|move|take|bring",
    "": "reach|hit|achieve|make|get|attain|close|sell|set|have|land|deliver|generate|score",
}
_WHOLE = {"double": Decimal(1), "triple": Decimal(2), "halve": Decimal("-0.5")}
_GRAINS = {
    "daily": Grain.DAY, "weekly": Grain.WEEK, "monthly": Grain.MONTH, "quarterly": Grain.QUARTER,
    "yearly": Grain.YEAR, "annual": Grain.YEAR,
}  # fmt: skip
_SMALL_WORDS = (
    "a an and at be by for from in is its it my me our of on or per so than that the their then to total up us we will"
    " with within want wants should must shall i have has number rate average value goal target please compared versus"
    " vs against over under during team whole company person until end every each as year period all workspace staff"
    " people points point days day"
)
_SMALL = frozenset(_SMALL_WORDS.split())
_NUMBER = (
    r"(?:[a-z]{3}\s?|[$€£]\s?)?[-−+]?\d[\d,.]*(?:\s?(?:%|percentage points?|percent|per cent|pp|points?|million"
    r"|thousand|billion|bn|mn|m|k|days?|hours?|x|×)(?![a-z]))?"
)


class Named(NamedTuple):
    """A KPI as sentences may call it."""

    ref: str
    name: str
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    up: bool = True  # higher is better


class Question(NamedTuple):
    """What has to be asked; `about` names what it decides, `choices` are (word of the form, words for people)."""

    about: str
    sentence: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass
class Said:
    """What was understood. Numbers are as typed (`1.2m`, `30 %`); days are half-open."""

    text: str
    kpi: str = ""
    verb: str = ""
    kind: str = ""  # of goal, where the sentence says it: change_percent, keep_above, …
    change: Decimal | None = None  # signed; 10 for 10 %, or for 10 points
    grain: Grain | None = None  # “monthly”
    baseline: str = ""
    target: str = ""
    low: str = ""
    high: str = ""
    team: int | None = None
    person: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    against: str = ""  # last_year | previous, where the sentence says what it is compared with
    unclear: tuple[str, ...] = ()
    questions: list[Question] = field(default_factory=list)

    @property
    def is_change(self) -> bool:
        return self.change is not None

    def asks(self, about: str) -> Question | None:
        return next((each for each in self.questions if each.about == about), None)


def understand(
    text: str,
    *,
    kpis: Iterable[Named],
    today: date,
    fiscal: Fiscal = 1,
    teams: Mapping[int, str] | None = None,
    people: Mapping[int, str] | None = None,
    me: int | None = None,
) -> Said:
    """`teams` and `people` are those of the workspace by id; `me` is who says it."""
    known = {kpi.ref: kpi for kpi in kpis}
    said = Said(text)
    words = _Words(text)
    _period(words, said, today, fiscal)
    _against(words, said)
    _who(words, said, teams or {}, people or {}, me)
    _kpi(words, said, known.values())
    _grain(words, said)
    _verb(words, said)
    _numbers(words, said)
    _ask(said, known.get(said.kpi))
    said.unclear = words.left()
    return said


class _Words:
    """The sentence, of which every part that was understood is blanked, so that nothing counts twice."""

    def __init__(self, text: str) -> None:
        self.text = re.sub(r"[“”\"'’!?;]|\.(?=\s|$)|,(?!\d)", " ", normalised(text))

    def take(self, pattern: str) -> re.Match[str] | None:
        found = re.search(rf"(?<![\w.]){pattern}(?![\w])", self.text)
        if found:
            self.blank(*found.span())
        return found

    def blank(self, start: int, end: int) -> None:
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]

    def left(self) -> tuple[str, ...]:
        """What nobody understood, without the small words."""
        found = re.findall(r"[^\s,]+", self.text)
        return tuple(word for word in found if word.strip("-–—:()%") and word not in _SMALL)


# --- when and who ----------------------------------------------------------------------------------------------------


def _period(words: _Words, said: Said, today: date, fiscal: Fiscal) -> None:
    spans: list[Span] = spans_in(words.text, today, fiscal)
    if not spans:
        return
    chosen = spans[0]
    words.blank(chosen.at, chosen.until)
    said.starts_on, said.ends_on = chosen.start, chosen.end
    if chosen.start is None:
        said.questions.append(Question("start", "From which day on does it count?"))


_WITH = r"(?:(?:compared (?:with|to)|versus|vs|against|over|on|than) )(?:the )?"
_LAST_YEAR = (
    rf"(?:{_WITH})?same (?:period|quarter|month|time) (?:of )?(?:the )?(?:last|previous) year",
    r"year[- ](?:on|over)[- ]year",
    "yoy",
    rf"{_WITH}(?:last|previous) year",
)
_PREVIOUS = rf"{_WITH}(?:last|previous) (?:quarter|month|period|week)"


def _against(words: _Words, said: Said) -> None:
    if any(words.take(pattern) for pattern in _LAST_YEAR):
        said.against = "last_year"
    elif words.take(_PREVIOUS):
        said.against = "previous"


def _who(words: _Words, said: Said, teams: Mapping[int, str], people: Mapping[int, str], me: int | None) -> None:
    """The longest name first; a first name where only one has it. A team only after a word that leads to it."""
    full = [(normalised(name), pk) for pk, name in people.items()]
    firsts = [name.split()[0] for name, _ in full if name]
    short = [(name.split()[0], pk) for name, pk in full if name and firsts.count(name.split()[0]) == 1]
    for name, pk in sorted(full, key=lambda pair: -len(pair[0])) + short:
        if words.take(rf"(?:(?:for|of|by|from) )?{re.escape(name)}(?:s(?= ))?"):
            said.person = pk
            return
    for name, pk in sorted(((normalised(name), pk) for pk, name in teams.items()), key=lambda pair: -len(pair[0])):
        bare = re.escape(name.removeprefix("team "))
        led = rf"(?:for|of|in|by|at) (?:the )?(?:team )?{bare}(?: team)?|team {bare}|{bare} team|^\s*{bare}(?= )"
        if name and words.take(rf"(?:{led})"):
            said.team = pk
            return
    if me is not None and words.take(r"(?:my own|my|mine)"):
        said.person = me


# --- what ------------------------------------------------------------------------------------------------------------


class _Hit(NamedTuple):
    start: int
    end: int
    refs: frozenset[str]


def _kpi(words: _Words, said: Said, kpis: Iterable[Named]) -> None:
    """The longest name wins; a shorter one right beside it belongs to it (“sales revenue”).

    Two that stand apart, or one name of two KPIs, are asked about.
    """
    kpis = list(kpis)
    by_text: dict[str, set[str]] = {}
    for kpi in kpis:
        for name in (kpi.name, kpi.ref.partition(":")[0].replace("_", " "), *kpi.synonyms):
            by_text.setdefault(normalised(name), set()).add(kpi.ref)
    hits = _outermost(_Hit(*found, frozenset(refs)) for name, refs in by_text.items() for found in _found(words, name))
    if not hits:
        said.questions.append(Question("kpi", "Which KPI measures it?"))
        return
    longest = max(hits, key=lambda hit: hit.end - hit.start)
    apart = [hit for hit in hits if hit is not longest and not _beside(hit, longest, words.text)]
    for hit in hits:
        words.blank(hit.start, hit.end)
    refs = longest.refs.union(*(hit.refs for hit in apart if not hit.refs & longest.refs))
    names = {kpi.ref: kpi.name for kpi in kpis}
    if len(refs) == 1:
        (said.kpi,) = refs
        return
    order = [kpi.ref for kpi in kpis if kpi.ref in refs]
    said.questions.append(
        Question("kpi", "Which of these is meant?", tuple((ref, names[ref]) for ref in order)),
    )


def _found(words: _Words, name: str) -> list[tuple[int, int]]:
    pattern = rf"(?<!\w){re.escape(name)}s?(?!\w)"
    return [found.span() for found in re.finditer(pattern, words.text)]


def _outermost(hits: Iterable[_Hit]) -> list[_Hit]:
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, hit.start)):
        if not any(other.start <= hit.start and hit.end <= other.end for other in kept):
            kept.append(hit)
    return kept


def _beside(hit: _Hit, other: _Hit, text: str) -> bool:
    between = text[hit.end : other.start] if hit.end <= other.start else text[other.end : hit.start]
    return not between.strip()


def _grain(words: _Words, said: Said) -> None:
    found = words.take(f"(?:{'|'.join(_GRAINS)})")
    if found:
        said.grain = _GRAINS[found[0]]


def _verb(words: _Words, said: Said) -> None:
    """The first verb of the sentence; of `up to` or `more than` nothing is a verb."""
    first: tuple[int, str, re.Match[str]] | None = None
    for meaning, verbs in _VERBS.items():
        longest_first = "|".join(sorted(verbs.split("|"), key=len, reverse=True))
        found = re.search(rf"(?<!\w)({longest_first})(?:e?s)?(?!\w)(?! (?:to|than) )", words.text)
        if found and (first is None or found.start() < first[0]):
            first = found.start(), meaning, found
    if first is None:
        return
    words.blank(*first[2].span())
    said.verb = first[1]
    said.verb = DOWN if first[2][1] == "halve" else said.verb
    if first[2][1] in _WHOLE:
        said.kind, said.change = "change_percent", _WHOLE[first[2][1]] * 100


# --- how much --------------------------------------------------------------------------------------------------------

_ABOVE = r"(?:at or above|above|at least|over|more than|not below|no less than|not under|≥|>=|>)(?: at)?"
_BELOW = r"(?:at or below|below|at most|under|less than|not above|no more than|not over|≤|<=|<|within)(?: at)?"


def _between(said: Said, found: re.Match[str]) -> None:
    said.kind, said.low, said.high = "keep_between", _typed(found[1]), _typed(found[2])


def _from_to(said: Said, found: re.Match[str]) -> None:
    said.baseline, said.target = _typed(found[1]), _typed(found[2])


def _by(said: Said, found: re.Match[str]) -> None:
    _change(said, found[1])


def _to(said: Said, found: re.Match[str]) -> None:
    said.target = _typed(found[1])


def _keep_below(said: Said, found: re.Match[str]) -> None:
    said.kind, said.high = "keep_below", _typed(found[1])


def _keep_above(said: Said, found: re.Match[str]) -> None:
    said.kind, said.low = "keep_above", _typed(found[1])


# In this order the first that fits says how much; `kept` only where something is to be kept.
_WAYS: tuple[tuple[str, bool, Callable[[Said, re.Match[str]], None]], ...] = (
    (rf"between ({_NUMBER}) (?:and|to) ({_NUMBER})", False, _between),
    (rf"from ({_NUMBER}) (?:up |down )?to ({_NUMBER})", False, _from_to),
    (rf"by (?:another |at least )?({_NUMBER})", False, _by),
    (rf"{_BELOW} ({_NUMBER})", True, _keep_below),
    (rf"(?:{_ABOVE} |at |on )({_NUMBER})", True, _keep_above),
    (rf"(?:(?:up |down )?to |(?:{_ABOVE}|{_BELOW}) |of |at |= ?)({_NUMBER})", False, _to),
    (rf"({_NUMBER}) (?:more|less|fewer|higher|lower)", False, _by),
    (rf"({_NUMBER})", False, lambda said, found: _bare(said, found[1])),
)


def _numbers(words: _Words, said: Said) -> None:
    for pattern, kept, meaning in _WAYS:
        if (not kept or said.verb == KEEP) and (found := words.take(pattern)):
            meaning(said, found)
            break
    if said.target and not said.baseline and (found := words.take(rf"from ({_NUMBER})")):
        said.baseline = _typed(found[1])


def _bare(said: Said, number: str) -> None:
    """`+5 %` is a change, `sell 1.2m` a value."""
    if number.strip()[:1] in "+-−":
        _change(said, number)
    else:
        said.target = _typed(number)


def _change(said: Said, number: str) -> None:
    typed = _typed(number)
    digits = re.search(r"[-−+]?\d[\d.]*", typed.replace(",", ""))
    if digits is None or said.change is not None:
        return
    amount = Decimal(digits[0].replace("−", "-").rstrip("."))
    if re.search(r"pp|points?", number):
        said.kind, said.change = "change_points", amount
    elif "%" in typed:
        said.kind, said.change = "change_percent", amount
    else:
        said.kind, said.change = "change_points", amount * _SIZES.get(typed[-1:], Decimal(1))


_SIZES = {"k": Decimal(1000), "m": Decimal(10) ** 6}


def _typed(number: str) -> str:
    """As the form reads it: `1.2 million` is `1.2m`, `30 percent` is `30 %`."""
    text = re.sub(r"\s?(?:percentage points?|points?|pp)$", "", number.strip().rstrip(",."))
    text = re.sub(r"\s?(?:percent|per cent|%)$", " %", text)
    text = re.sub(r"\s?(?:million|mn|m)$", "m", text)
    text = re.sub(r"\s?(?:thousand|k)$", "k", text)
    text = re.sub(r"\s?(?:billion|bn)$", "bn", text)
    text = re.sub(r"\s?(?:days?|hours?|x|×)$", "", text)
    return re.sub(r"^([a-z]{3})\s?(?=\d)", lambda found: f"{found[1].upper()} ", text)


# --- what is left to ask ---------------------------------------------------------------------------------------------


def _ask(said: Said, kpi: Named | None) -> None:
    if said.change is not None:
        _sign(said, kpi)
    if said.change is not None and not said.against:
        said.questions.append(Question("baseline", "Compared with what?"))
    if said.kind == "change_percent" and kpi is not None and kpi.unit == "percent" and abs(said.change or 0) != 100:
        points = f"{said.change:+.0f} points".replace("-", "−")
        said.kind = ""
        said.questions.append(
            Question(
                "kind",
                f"{kpi.name} is a percentage: is this so many points, or a share of today’s rate?",
                (("change_points", points), ("reach", f"a share of the rate ({said.change:+.0f} % of it)")),
            )
        )
    if not (said.target or said.low or said.high or said.is_change):
        said.questions.append(Question("target", "How much is to be reached?"))
    if said.ends_on is None:
        said.questions.append(Question("period", "By when?"))


def _sign(said: Said, kpi: Named | None) -> None:
    """“Reduce by 10 %” is −10 %; “improve” is as the KPI has it. Against what is better, it is asked."""
    assert said.change is not None
    up = kpi.up if kpi else True
    wanted = {UP: True, DOWN: False}.get(said.verb, said.change > 0 and up)
    amount = abs(said.change)
    said.change = amount if wanted else -amount
    if kpi is not None and wanted != kpi.up:
        better = "higher" if kpi.up else "lower"
        said.questions.append(
            Question("direction", f"Of {kpi.name}, {better} is better: is the other way really meant?")
        )


def told_of(said: Said, kpis: Sequence[Named]) -> str:
    """The KPI that was understood, by its name; blank if it has to be asked."""
    return next((kpi.name for kpi in kpis if kpi.ref == said.kpi), "")
