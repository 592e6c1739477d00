"""Splitting a whole into parts that add up to it exactly."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from apps.common.errors import Refusal


def apportion(
    total: Decimal, weights: Sequence[Decimal | Fraction | int], quantum: Decimal = Decimal(1)
) -> list[Decimal]:
    """`total` in parts by weight, each a multiple of `quantum`, by largest remainder: 100 over 1:1:1 is 34, 33, 33.

    The parts sum to the total whatever it is: what the quantum cannot hold (0.4 of 100.4) goes to the first part with a
    weight. Of equal remainders the earlier part is rounded up. Raises Refusal if no weight is above 0 or one is below.
    """
    shares = [Fraction(weight) for weight in weights]
    if any(share < 0 for share in shares):
        raise Refusal("A part cannot have a weight below 0.")
    if not any(shares):
        raise Refusal("There is nothing to split by: every weight is 0.")
    units = (abs(total) / quantum).to_integral_value(ROUND_FLOOR)
    exact = [Fraction(int(units)) * share / sum(shares) for share in shares]
    whole = [int(each) for each in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in by_remainder[: int(units) - sum(whole)]:
        whole[place] += 1
    sign = -1 if total < 0 else 1
    parts = [sign * quantum * each for each in whole]
    first = next(place for place, share in enumerate(shares) if share)
    parts[first] += total - sum(parts)
    return parts
