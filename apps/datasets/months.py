"""Names of months as files write them, in four languages, long and short."""

from apps.datasets.store.sql import text

# Blanks divide the spellings of one month: English, German, French, Spanish.
_SPELLINGS = (
    "january januar jänner janvier enero jan jän janv ene",
    "february februar feber février fevrier febrero feb févr fevr fév fev",
    "march märz maerz mars marzo mar mär mrz",
    "april avril abril apr avr abr",
    "may mai mayo",
    "june juni juin junio jun",
    "july juli juillet julio jul juil",
    "august août aout agosto aug aoû ago",
    "september septembre septiembre setiembre sep sept set",
    "october oktober octobre octubre oct okt",
    "november novembre noviembre nov",
    "december dezember décembre decembre diciembre dec dez déc dic",
)
MONTHS = {word: number for number, words in enumerate(_SPELLINGS, start=1) for word in words.split()}
_LONGEST_FIRST = sorted(MONTHS, key=len, reverse=True)
_PATTERN = rf"(?i)(^|[^\p{{L}}])({'|'.join(_LONGEST_FIRST)})\.?($|[^\p{{L}}])"


def has_month_name(how: str) -> bool:
    """Whether a date format names its month."""
    return "%b" in how or "%B" in how


def without_month_name(how: str) -> str:
    """The format for a text whose month with_month_numbers has made a number."""
    return how.replace("%b", "M%m").replace("%B", "M%m")


def names_month(sql: str) -> str:
    """SQL condition: the text holds the name of a month."""
    return f"regexp_matches({sql}, {text(_PATTERN)})"


def with_month_numbers(sql: str) -> str:
    """SQL of the text with its month as M and two digits, so that no day is taken for it; without a point behind it."""
    word = f"lower(regexp_extract({sql}, {text(_PATTERN)}, 2))"
    whens = " ".join(f"WHEN {text(each)} THEN '{number:02}'" for each, number in MONTHS.items())
    return f"regexp_replace({sql}, {text(_PATTERN)}, '\\1M' || (CASE {word} {whens} END) || '\\3')"
