"""Benchmarks: entered with a source, taken from a CSV whole or not at all, drawn only where they measure the same."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.audit.models import Event
from apps.common.errors import Refusal
from apps.datasets.models import Import
from apps.goals.errors import GoalRefusal
from apps.goals.models import KpiBenchmark
from apps.goals.services.benchmarks import Entered, add_benchmark, import_benchmarks, remove_benchmark
from apps.people.models import Member, Workspace
from tests.squeezed import squeezed

ADDRESS = "/w/acme/benchmarks/"
TODAY = date(2026, 3, 2)
HEAD = "kpi,value,p25,p50,p75,segment,sample,match,source,as_of"


def entered(**changes: object) -> Entered:
    given = {"kpi": "win_rate", "value": "30 %", "source": "CRM survey", "as_of": date(2026, 1, 15), "match": "same"}
    return Entered(**{**given, **changes})  # type: ignore[arg-type]


def add(workspace: Workspace, manager: Member, **changes: object) -> KpiBenchmark:
    return add_benchmark(workspace=workspace, by=manager, today=TODAY, entered=entered(**changes))


def test_a_benchmark_is_kept_with_its_source_and_expires_after_eighteen_months(
    workspace: Workspace, manager: Member
) -> None:
    made = add(workspace, manager, segment="B2B software", sample=1500)
    made.refresh_from_db()
    assert (made.value, made.expires_on, made.sample) == (Decimal("0.3"), date(2027, 7, 15), 1500)
    event = Event.objects.get(action="benchmark.add")
    assert event.after["source"] == "CRM survey"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"source": " "}, "source", "Name who published it"),
        ({"value": ""}, "value", "Give a value, a range"),
        ({"value": "", "low": "2 %"}, "low", "both ends"),
        ({"value": "", "low": "5 %", "high": "2 %"}, "low", "ends below"),
        ({"percentiles": {"25": "5 %", "75": "2 %"}}, "p10", "Percentiles rise"),
        ({"as_of": date(2026, 3, 3)}, "as_of", "cannot be known yet"),
        ({"expires_on": date(2026, 1, 1)}, "expires_on", "expire before"),
        ({"kpi": "luck"}, "kpi", "luck"),
        ({"match": "nearly"}, "match", "same, similar, different"),
        ({"link": "javascript:alert(1)"}, "link", "begins with https"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    workspace: Workspace, manager: Member, changes: dict[str, object], field: str, sentence: str
) -> None:
    with pytest.raises(GoalRefusal) as refused:
        add(workspace, manager, **changes)
    assert sentence in refused.value.problems[field]
    assert not KpiBenchmark.objects.exists()


def test_a_csv_is_taken_in_whole(workspace: Workspace, manager: Member) -> None:
    rows = [
        "win_rate,,20 %,27 %,35 %,B2B,400,same,Survey 2025,2025-12-01",
        "revenue,1.2m,,,,,,similar,Paper,2025-06-30",
    ]
    text = "\n".join([HEAD, *rows])
    assert import_benchmarks(workspace=workspace, by=manager, today=TODAY, text=text) == 2
    rates = KpiBenchmark.objects.get(kpi="win_rate")
    assert {name: Decimal(value) for name, value in rates.percentiles.items()} == {
        "25": Decimal("0.2"),
        "50": Decimal("0.27"),
        "75": Decimal("0.35"),
    }
    assert KpiBenchmark.objects.get(kpi="revenue").value == 1_200_000


def test_a_csv_with_a_bad_line_is_refused_whole_and_names_it(workspace: Workspace, manager: Member) -> None:
    text = f"{HEAD}\nwin_rate,30 %,,,,,,same,Survey,2025-12-01\nluck,1,,,,,,same,,yesterday\n"
    with pytest.raises(Refusal) as refused:
        import_benchmarks(workspace=workspace, by=manager, today=TODAY, text=text)
    assert "Line 3, kpi" in refused.value.sentence
    assert "Line 3, source" in refused.value.sentence
    assert not KpiBenchmark.objects.exists()


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", f"{HEAD},mood\n"])
def test_a_csv_of_something_else_says_which_columns_are_known(workspace: Workspace, manager: Member, text: str) -> None:
    with pytest.raises(Refusal):
        import_benchmarks(workspace=workspace, by=manager, today=TODAY, text=text)


def test_the_page_of_a_kpi_shows_its_number_beside_benchmarks(
    as_rep: Client,
    deals: Import,
    workspace: Workspace,
    manager: Member,
    time_machine: object,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    time_machine.move_to("2026-03-02")  # type: ignore[attr-defined]
    add(workspace, manager, segment="B2B software", sample=1500)
    add(workspace, manager, source="Old paper", as_of=date(2023, 1, 1))
    add(workspace, manager, source="Another thing", match="different", value="90 %")
    with django_assert_max_num_queries(30):
        page = squeezed(as_rep.get(f"{ADDRESS}win_rate/compared/?variant=deals").content.decode())
    assert "B2B software, n = 1500, as of 15 Jan 2026, expires 15 Jul 2027" in page
    assert 'class="scale-outside"' in page
    assert 'class="scale-expired"' in page, "the old one is drawn grey"
    assert page.count('class="badge warn">expired') == 1
    assert "Another definition: told, not drawn" in page
    assert page.count("<title>Another thing") == 0
    assert 'hx-trigger="revealed"' in as_rep.get("/w/acme/kpis/win_rate/").content.decode()


def test_without_anything_to_compare_the_section_says_what_it_takes(as_rep: Client) -> None:
    assert "nothing to compare with yet" in as_rep.get(f"{ADDRESS}win_rate/compared/").content.decode()


def test_a_manager_enters_removes_and_brings_back_on_the_pages(
    as_manager: Client, workspace: Workspace, manager: Member
) -> None:
    form = {"kpi": "win_rate:deals", "match": "same", "value": "30 %", "source": "Survey", "as_of": "2025-12-01"}
    assert as_manager.post(f"{ADDRESS}new/", form | {"value": ""}).status_code == 422
    assert as_manager.post(f"{ADDRESS}new/", form).status_code == 302
    made = KpiBenchmark.objects.get()
    assert "Survey" in as_manager.get(ADDRESS).content.decode()
    as_manager.post(f"{ADDRESS}{made.pk}/remove/")
    assert "Bring back" in as_manager.get(ADDRESS).content.decode()
    as_manager.post(f"{ADDRESS}{made.pk}/restore/")
    made.refresh_from_db()
    assert made.removed_at is None
    file = SimpleUploadedFile("b.csv", f"{HEAD}\nnps,40,,,,,,same,Panel,2025-12-01\n".encode())
    assert as_manager.post(f"{ADDRESS}import/", {"file": file}).status_code == 302
    bad = SimpleUploadedFile("b.csv", b"\xff\xfe\x00")
    assert as_manager.post(f"{ADDRESS}import/", {"file": bad}).status_code == 422


def test_a_removed_benchmark_is_no_longer_compared_with(
    as_rep: Client, deals: Import, workspace: Workspace, manager: Member
) -> None:
    remove_benchmark(benchmark=add(workspace, manager), by=manager)
    assert "CRM survey" not in as_rep.get(f"{ADDRESS}win_rate/compared/").content.decode()


def test_three_people_are_too_few_to_be_put_beside_each_other(as_manager: Client, deals: Import) -> None:
    page = as_manager.get(f"{ADDRESS}win_rate/peers/?period=2026-Q1").content.decode()
    assert "fewer than 5 are not shown" in page
    assert "Rita Evans" not in page
    assert "is not a period" in as_manager.get(f"{ADDRESS}win_rate/peers/?period=soon").content.decode()
