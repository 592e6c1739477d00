"""The parts of the documentation that are made from the code. `python -m tests.docs` writes them, a test compares."""

import re
from collections.abc import Callable
from pathlib import Path

from apps.datasets.schema import TABLES, Field, Table
from apps.metrics.catalogue import Category, Kpi, all_kpis, variants_of

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = {
    "money": "money",
    "percent": "per cent (stored as a fraction)",
    "count": "number",
    "days": "days",
    "money_per_day": "money per day",
    "times": "times",
    "points": "points",
}
DIRECTIONS = {"up": "more is better", "down": "less is better"}
EVERYBODY = {"workspace": "the whole workspace", "team": "teams", "person": "people"}
INTRODUCTION = """# KPIs

Every KPI of the catalogue, made from the catalogue itself by `python -m tests.docs`; formulas in words and in symbols
are derived from what is computed. A row belongs to the period in which its date lies. A number is always numerator,
denominator, count and value; a denominator of zero means “no value” with a reason, never 0.

A KPI that several tables can give has a variant for each, the preferred one first. A key alone stands for the variant
that the workspace chose, else for the first whose tables all have rows; `key:variant` names one.
"""


def kpis_page() -> str:
    parts = [INTRODUCTION]
    for category in Category:
        kpis = [kpi for kpi in all_kpis() if kpi.category == category]
        if kpis:
            parts.append(f"## {category.value.capitalize()}\n")
            parts += [_kpi(variant) for kpi in kpis for variant in variants_of(kpi.key)]
    return "\n".join(parts)


def tables_section() -> str:
    return "\n" + "\n".join(_table(table) for table in TABLES.values())


def imports_page() -> str:
    page = (ROOT / "docs" / "imports.md").read_text()
    section = f"<!-- tables -->\n{tables_section()}\n<!-- /tables -->"
    return re.sub(r"<!-- tables -->.*<!-- /tables -->", lambda _found: section, page, flags=re.DOTALL)


GENERATED: dict[str, Callable[[], str]] = {"docs/kpis.md": kpis_page, "docs/imports.md": imports_page}


def _kpi(kpi: Kpi) -> str:
    formula = {"Formula": kpi.in_words, "In symbols": f"`{kpi.in_symbols}`"}
    facts = {
        "Unit": f"{UNITS[kpi.unit]}; {DIRECTIONS[kpi.direction]}",
        "Date": f"`{kpi.date}` of the table `{kpi.table}`",
        "Rolls up": kpi.roll_up,
        "Says little below": f"{kpi.min_n} rows" if kpi.min_n else "",
        "Watch beside it": f"`{kpi.counter_metric}`" if kpi.counter_metric else "",
        "Also called": ", ".join(kpi.synonyms),
        "Follows": kpi.authority,
        "Needs": "; ".join(f"`{table}`: {', '.join(columns)}" for table, columns in kpi.needs_of.items()),
        "Shown for": "" if len(kpi.scopes) == len(EVERYBODY) else " and ".join(EVERYBODY[each] for each in kpi.scopes),
        "Silent below": f"{kpi.privacy_min} answers, so that nobody can be recognised" if kpi.privacy_min else "",
        "Ripe": f"{kpi.ripe_after} days after the end of its period" if kpi.ripe_after else "",
    }
    versions = [f"  - {each.number}, from {each.effective_from}: {each.what}" for each in kpi.versions]
    terms = [f"  - *{name}*: {meaning}" for name, meaning in kpi.terms.items()]
    variant = "" if len(variants_of(kpi.key)) == 1 else f", variant `{kpi.variant}`"
    lines = [f"### {kpi.name} (`{kpi.key}`{variant})\n", f"{kpi.sentence}\n"]
    lines += [f"- **{name}**: {fact}" for name, fact in formula.items()]
    lines += ["- **Where**:", *terms] if terms else []
    lines += [f"- **{name}**: {fact}" for name, fact in facts.items() if fact]
    lines += ["- **Versions**:", *versions]
    lines += ["- **Usual mistakes**:", *(f"  - {mistake}" for mistake in kpi.mistakes)] if kpi.mistakes else []
    return "\n".join([*lines, ""])


def _table(table: Table) -> str:
    key = f", key {', '.join(f'`{name}`' for name in table.key)}" if table.key else ", no key"
    rows = [f"| {_name(field)} | {_type(field)} | {field.help} |" for field in table.fields]
    return "\n".join([f"### {table.title} (`{table.name}`{key})\n", "| field | type | |", "|---|---|---|", *rows, ""])


def _name(field: Field) -> str:
    return f"**`{field.name}`**" if field.required else f"`{field.name}`"


def _type(field: Field) -> str:
    return " · ".join(f"`{choice}`" for choice in field.choices) if field.choices else field.type.value
