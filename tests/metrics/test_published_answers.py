"""The values that others computed for ten real exports, from the raw files through `import_data` and `compute`."""

import io
import json
import math
import shutil
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.metrics.engine.groups import NO_GROUP
from apps.people.models import Workspace
from tests.metrics.published import Ask, Edition, Other
from tests.shared import SHARED, needs_shared_data

pytestmark = needs_shared_data

MAPPINGS = Path(__file__).resolve().parent.parent / "mappings"
DATASETS = (
    "adventureworks_pl300", "alura_store", "cac", "crm_maven", "hr_dataset_v14", "northwind", "nps_retail_bank",
    "olist_funnel", "qlik_everest_financials", "ravenstack_saas",
)  # fmt: skip
MODULES = {name: import_module(f"tests.metrics.published.{name}") for name in DATASETS}
EDITIONS: list[Edition] = [edition for module in MODULES.values() for edition in module.EDITIONS]
OTHERS: dict[str, tuple[Other, ...]] = {name: module.OTHERS for name, module in MODULES.items()}
Answers = dict[tuple[str, str], dict[str, float | None]]


def answers(dataset: str) -> Answers:
    """Value by key, by (kpi, scope)."""
    found: Answers = defaultdict(dict)
    for row in json.loads((SHARED / "answers" / "answers.json").read_text()) if SHARED.is_dir() else []:
        if row["dataset"] == dataset:
            found[row["kpi"], row["scope"]][row["key"]] = row["value"]
    return found


def bring_in(edition: Edition, workspace: Workspace, folder: Path) -> None:
    source = SHARED / "data" / edition.dataset
    for load in edition.loads:
        mapping = Path(shutil.copy(MAPPINGS / f"{load.mapping}.json", folder))
        for lookup in load.lookups:
            shutil.copyfile(source / lookup, folder / Path(lookup).name)
        call_command(
            "import_data",
            json.loads(mapping.read_text())["table"],
            *(str(source / file) for file in load.files),
            workspace=workspace.slug,
            mapping=mapping,
            stdout=io.StringIO(),
        )


def compute(workspace: Workspace, key: str, variant: str = "", **options: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    chosen = {"variant": variant} if variant else {}
    call_command(
        "compute", key, workspace=workspace.slug, json=True, stdout=out, stderr=io.StringIO(), **chosen, **options
    )
    found: list[dict[str, Any]] = json.loads(out.getvalue())
    return found


def ours(workspace: Workspace, each: Ask) -> dict[str, float | None]:
    """Every value that the call gives, under the keys of the answers."""
    return {
        each.label.format(
            group={None: "(blank)", NO_GROUP: "(blank)"}.get(row["group"], row["group"]),
            quarter=(row["period"] or "").replace("-Q", "Q"),
            period=row["period"],
        ): each.value(row)
        for row in compute(workspace, each.key, each.variant, **each.options)
    }


def wanted(edition: Edition, each: Ask) -> dict[str, float | None]:
    """The answers that this call has to give; of `variant` rows only the one that it names."""
    found = answers(edition.dataset)[each.kpi, each.scope]
    return {each.label: found[each.label]} if each.scope == "variant" else found


def stands_apart(edition: Edition, each: Ask, key: str) -> bool:
    return any(other.holds(each.kpi, each.scope, key) for other in OTHERS[edition.dataset])


def mistaken(edition: Edition, kpi: str, mine: dict[str, float | None]) -> list[str]:
    """The published wrong answers to this KPI that we would give."""
    right = {each.label for other in EDITIONS for each in other.asks if (each.kpi, each.scope) == (kpi, "variant")}
    return [
        key
        for key, value in answers(edition.dataset)[kpi, "variant"].items()
        if key not in right and value is not None
        for own in mine.values()
        if own is not None and math.isclose(own, value, rel_tol=1e-9)
    ]


def differences(edition: Edition, workspace: Workspace) -> list[str]:
    """What comes out otherwise than published, value by value; several calls may give one scope together.

    Of the usual wrong answers (medians, open deals in the denominator, means of rates, …) none may be our total.
    """
    scopes: dict[tuple[str, str], list[Ask]] = defaultdict(list)
    for each in edition.asks:
        scopes[each.kpi, each.label if each.scope == "variant" else each.scope].append(each)
    found = []
    for (kpi, scope), asks in scopes.items():
        mine: dict[str, float | None] = {}
        for each in asks:
            mine |= ours(workspace, each)
        expected, close = wanted(edition, asks[0]), asks[0].close
        if scope == "total":
            found += [f"{kpi}: ours is the wrong answer `{key}`" for key in mistaken(edition, kpi, mine)]
        found += [
            f"{kpi}, {scope}, {key}: published {expected.get(key, 'nothing')}, ours {mine.get(key, 'nothing')}"
            for key in {**expected, **mine}
            if not stands_apart(edition, asks[0], key)
            and (key not in expected or key not in mine or not close(mine[key], expected[key]))
        ]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.name)
def test_every_published_value_of_our_definition_comes_out_and_no_group_besides(
    edition: Edition, workspace: Workspace, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    bring_in(edition, workspace, tmp_path)
    assert "\n".join(differences(edition, workspace)) == ""


def test_most_published_values_are_ours() -> None:
    """What stands apart is little, and a later mistake of ours must not slip in among it."""
    everything = [(name, *of, key) for name in DATASETS for of, found in answers(name).items() for key in found]
    plain = [each for each in everything if each[2] != "variant"]
    apart = [each for each in plain if any(other.holds(*each[1:]) for other in OTHERS[each[0]])]
    assert (len(plain), len(apart)) == (1298, 19)


@pytest.mark.parametrize("dataset", DATASETS)
def test_each_published_value_is_asked_for_or_stands_apart_with_its_reason(dataset: str) -> None:
    asked = {(each.kpi, each.scope) for edition in MODULES[dataset].EDITIONS for each in edition.asks}
    apart = OTHERS[dataset]
    for (kpi, scope), found in answers(dataset).items():
        if scope != "variant" and (kpi, scope) not in asked:
            missing = [key for key in found if not any(other.holds(kpi, scope, key) for other in apart)]
            assert not missing, (kpi, scope)
    for other in apart:
        assert (other.kpi, other.scope) in answers(dataset), other
        assert other.reason
