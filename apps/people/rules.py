"""Checks of single values: each gives the value back in its proper form, or refuses with a sentence."""

import difflib
import re
import zoneinfo
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.common.fiscal import PATTERNS
from apps.people.currencies import CURRENCIES
from apps.people.errors import PeopleRefusal
from apps.people.roles import Role


def the_name(text: str, *, of: str, longest: int = 120, field: str = "name") -> str:
    """A name without stray blanks, one line, at most `longest` characters. `of` is what carries it: "the team"."""
    name = " ".join(text.split())
    if not name:
        raise PeopleRefusal(f"Give {of} a name.", field=field)
    if len(name) > longest:
        raise PeopleRefusal(f"The name of {of} has {len(name)} characters; {longest} is the most.", field=field)
    return name


def the_email(text: str, *, field: str = "email") -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise PeopleRefusal(
            f"“{text}” is not an e-mail address; write one like name@example.com.", field=field
        ) from None
    if len(email) > 254:
        raise PeopleRefusal("An e-mail address has at most 254 characters.", field=field)
    return email


def the_currency(text: str) -> str:
    code = text.strip().upper()
    if code not in CURRENCIES:
        raise PeopleRefusal(
            f"“{text}” is not a currency; write a three-letter ISO 4217 code such as USD, EUR or GBP.", field="currency"
        )
    return code


def the_rate(rate: Decimal) -> Decimal:
    """What one unit of another currency is worth: above zero, at most 10 digits after the point and 8 before it."""
    if not rate.is_finite() or not 0 < rate < 10**8:
        raise PeopleRefusal("A rate is above 0 and below 100 million, such as 0.92.", field="rate")
    if rate != round(rate, 10):
        raise PeopleRefusal("A rate has at most 10 digits after the point.", field="rate")
    return rate


def the_timezone(text: str) -> str:
    wanted = text.strip()
    known = zoneinfo.available_timezones()
    if wanted in known:
        return wanted
    near = difflib.get_close_matches(wanted, sorted(known), n=1, cutoff=0.7)
    hint = f"did you mean {near[0]}?" if near else "write an IANA name such as UTC or Europe/Berlin."
    raise PeopleRefusal(f"There is no time zone “{text}”; {hint}", field="timezone")


def the_fiscal_year_start(value: int | str) -> int:
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 12:
        raise PeopleRefusal(
            f"The fiscal year cannot start in month “{value}”; give a month from 1 (January) to 12 (December).",
            field="fiscal_year_start",
        )
    return int(text)


def the_year(given: dict[str, str | int]) -> dict[str, str | int]:
    """How the year is cut: pattern; for years by weeks on or near which weekday it ends; the first day of a week."""
    allowed: dict[str, tuple[str | int, ...]] = {
        "year_pattern": PATTERNS,
        "year_end_rule": ("last", "nearest"),
        "year_end_weekday": tuple(range(7)),
        "year_named_after": ("start", "end"),
        "week_start": tuple(range(7)),
    }
    found: dict[str, str | int] = {}
    for name, value in given.items():
        read = int(value) if str(value).isdecimal() else value
        if name not in allowed or read not in allowed[name]:
            told = ", ".join(str(each) for each in allowed.get(name, ()))
            raise PeopleRefusal(f"“{value}” is no {name.replace('_', ' ')}; choose {told}.", field=name)
        found[name] = read
    return found


def the_weekmask(text: str) -> str:
    if not re.fullmatch("[01]{7}", text):
        raise PeopleRefusal("The working week is seven marks, Monday first, 1 for a working day.", field="weekmask")
    if "1" not in text:
        raise PeopleRefusal("A week needs at least one working day; tick one.", field="weekmask")
    return text


def the_role(value: str) -> Role:
    if value not in Role.values:
        raise PeopleRefusal(f"There is no role “{value}”; choose {', '.join(Role.values)}.", field="role")
    return Role(value)


def the_aliases(texts: "list[str] | tuple[str, ...]") -> list[str]:
    """Without blanks and doubles, in the order given; upper and lower case are the same name."""
    found: dict[str, str] = {}
    for text in texts:
        alias = " ".join(text.split())
        if len(alias) > 120:
            raise PeopleRefusal(f"“{alias[:40]}…” is too long for a name; 120 characters is the most.", field="aliases")
        if alias:
            found.setdefault(alias.lower(), alias)
    return list(found.values())
