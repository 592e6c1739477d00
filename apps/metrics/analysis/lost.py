"""Why deals are lost: the reasons by weight (Pareto), and how far the list of reasons can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.common.texts import normalised
from apps.metrics.analysis.numbers import NoAnswer, Number, counted, exact, figure, listed

UNTOLD_MORE_THAN = Fraction(1, 4)  # from here on the untold reasons could turn the order round
VITAL_FEW = Fraction(4, 5)
UNTOLD = frozenset({"", "other", "others", "none", "n/a", "unknown", "not specified", "misc", "miscellaneous", "-"})


@dataclass(frozen=True)
class Reason:
    """Lost deals of one reason as written in the data, blank where none is given; `amount` in the KPI's currency."""

    label: str
    deals: int
    amount: Number | None = None


@dataclass(frozen=True)
class ReasonShare:
    """Shares as fractions of all lost deals; `cumulative` with all reasons before it. `told`: it says something."""

    label: str
    deals: int
    amount: Fraction | None
    share: Fraction
    cumulative: Fraction
    share_of_amount: Fraction | None
    told: bool


@dataclass(frozen=True)
class Pareto:
    """Most frequent first; “other” and blank reasons come last, for they are no reason. `warning` may be empty."""

    reasons: tuple[ReasonShare, ...]
    deals: int
    untold: Fraction
    vital: tuple[str, ...]
    sentence: str
    warning: str


def pareto(reasons: Sequence[Reason], *, blank: str = "No reason given") -> Pareto | NoAnswer:
    """The reasons with their shares of the number of lost deals; spellings that mean the same are put together."""
    merged = _merged(reasons, blank)
    deals = sum(reason.deals for reason in merged)
    if not deals:
        return NoAnswer("No deal was lost in this period.")
    amounts = [exact(reason.amount) for reason in merged if reason.amount is not None]
    money = sum(amounts, Fraction())
    order = sorted(merged, key=lambda reason: (not _told(reason, blank), -reason.deals, reason.label))
    shares, before = [], 0
    for reason in order:
        before += reason.deals
        shares.append(_share(reason, deals, before, money, told=_told(reason, blank)))
    untold = sum((share.share for share in shares if not share.told), Fraction())
    vital = _vital(shares)
    return Pareto(tuple(shares), deals, untold, vital, _sentence(shares, vital, deals), _warning(untold))


# --- inside ----------------------------------------------------------------------------------------------------------


def _merged(reasons: Sequence[Reason], blank: str) -> list[Reason]:
    """The first spelling met is the one shown."""
    merged: dict[str, Reason] = {}
    for reason in reasons:
        key = normalised(reason.label)
        known = merged.get(key, Reason(reason.label.strip() or blank, 0))
        amount = known.amount
        if reason.amount is not None:
            amount = exact(reason.amount) + exact(known.amount or 0)
        merged[key] = Reason(known.label, known.deals + reason.deals, amount)
    return [reason for reason in merged.values() if reason.deals]


def _told(reason: Reason, blank: str) -> bool:
    return reason.label != blank and normalised(reason.label) not in UNTOLD


def _share(reason: Reason, deals: int, before: int, money: Fraction, *, told: bool) -> ReasonShare:
    amount = None if reason.amount is None else exact(reason.amount)
    return ReasonShare(
        label=reason.label,
        deals=reason.deals,
        amount=amount,
        share=Fraction(reason.deals, deals),
        cumulative=Fraction(before, deals),
        share_of_amount=None if amount is None or money <= 0 else amount / money,
        told=told,
    )


def _vital(shares: Sequence[ReasonShare]) -> tuple[str, ...]:
    """The fewest reasons that make up four fifths of the losses whose reason is told."""
    told = [share for share in shares if share.told]
    enough = sum((share.share for share in told), Fraction()) * VITAL_FEW
    names: list[str] = []
    so_far = Fraction()
    for share in told:
        if so_far >= enough:
            break
        names.append(share.label)
        so_far += share.share
    return tuple(names)


def _sentence(shares: Sequence[ReasonShare], vital: Sequence[str], deals: int) -> str:
    told = [share for share in shares if share.told]
    if not told:
        return f"None of {counted(deals, 'lost deal')} says why it was lost."
    top = told[0]
    text = (
        f"{top.label} is the most frequent reason: {top.deals} of {deals} lost deals ({figure(top.share, 'percent')})."
    )
    if len(vital) > 1 and len(vital) < len(told):
        part = sum((share.share for share in told[: len(vital)]), Fraction()) / sum(share.share for share in told)
        text += f" {listed(list(vital))} make up {figure(part, 'percent')} of what is told."
    return text


def _warning(untold: Fraction) -> str:
    if untold <= UNTOLD_MORE_THAN:
        return ""
    return (
        f"{figure(untold, 'percent')} of the lost deals give no reason or “other”: the order of the reasons"
        " may be wrong. Make the reason mandatory when a deal is closed."
    )
