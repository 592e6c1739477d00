"""The pages of plans: what they say, what they take, who may."""

import csv
import io
import json
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.goals.models import Goal, Stage, TargetPlan
from apps.goals.plans import sheet_of
from apps.people.models import Member, Team
from apps.people.roles import Role
from apps.refresh.models import Run
from tests.cast import ClientOf, make_member
from tests.pages_plans.conftest import TODAY

LIST = "/w/acme/plans/"


def address(plan: TargetPlan, part: str = "") -> str:
    return f"{LIST}{plan.pk}/{part}"


def numbers(plan: TargetPlan, person: Member) -> list[int | None]:
    return [None if cell.value is None else int(cell.value) for cell in sheet_of(plan).row(person.pk)]


def save(client: Any, plan: TargetPlan, cells: list[list[Any]], version: int = 1) -> Any:
    body = json.dumps({"version": version, "cells": cells})
    return client.post(address(plan, "cells/"), body, content_type="application/json")


# --- list and new --------------------------------------------------------------------------------------


def test_without_plans_the_list_teaches_what_a_plan_is(client_of: ClientOf, manager: Member, rep: Member) -> None:
    assert "paste it from Excel" in client_of(manager).get(LIST).content.decode()
    page = client_of(rep).get(LIST).content.decode()
    assert "your row turns up here" in page
    assert "New plan" not in page


def test_the_board_leads_to_the_plans(client_of: ClientOf, manager: Member) -> None:
    assert f'href="{LIST}"' in client_of(manager).get("/w/acme/goals/").content.decode()


def test_a_plan_is_made_and_its_grid_opens(client_of: ClientOf, manager: Member, rep: Member, north: Team) -> None:
    wanted = {"kpi": "revenue:deals", "team": north.pk, "period": "2026-Q1", "grain": "month", "target": "90k"}
    response = client_of(manager).post(f"{LIST}new/", wanted, follow=True)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Revenue, North, Q1 2026" in page
    for words in ("Jan 2026", "Mar 2026", "Rita Evans", "90,000", "Over-assignment"):
        assert words in page
    assert client_of(manager).get(LIST).content.decode().count("Revenue, North, Q1 2026") == 1


def test_a_wrong_target_comes_back_at_its_field(client_of: ClientOf, manager: Member, rep: Member, north: Team) -> None:
    wanted = {"kpi": "revenue:deals", "team": north.pk, "period": "2026-Q1", "grain": "month", "target": "lots"}
    response = client_of(manager).post(f"{LIST}new/", wanted)
    assert response.status_code == 422
    assert "“lots” is not a number" in response.content.decode()
    assert not TargetPlan.objects.exists()


# --- saving ----------------------------------------------------------------------------------------------


def test_a_save_of_the_grid_answers_with_its_version_and_its_numbers(
    client_of: ClientOf, manager: Member, rep: Member, draft: TargetPlan
) -> None:
    answer = save(client_of(manager), draft, [[rep.pk, 0, "1.2m"], [rep.pk, 2, ""]])
    assert answer.json() == {
        "version": 2,
        "at": "09:00",
        "said": "",
        "cells": [[rep.pk, 0, "1,200,000", False], [rep.pk, 2, "", False]],
    }
    assert numbers(draft, rep) == [1_200_000, 40_000, None]


def test_a_wrong_cell_is_named_by_its_place_and_nothing_is_stored(
    client_of: ClientOf, manager: Member, rep: Member, draft: TargetPlan
) -> None:
    answer = save(client_of(manager), draft, [[rep.pk, 0, "1"], [rep.pk, 1, "many"]])
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [f"{rep.pk}:1"]
    assert numbers(draft, rep) == [40_000] * 3


def test_an_older_version_is_a_conflict_that_names_who_was_first(
    client_of: ClientOf, manager: Member, leader: Member, rep: Member, draft: TargetPlan
) -> None:
    assert save(client_of(leader), draft, [[rep.pk, 0, "1"]]).status_code == 200
    answer = save(client_of(manager), draft, [[rep.pk, 0, "2"]])
    assert answer.status_code == 409
    assert "Lena Cole changed this plan at 09:00" in answer.json()["said"]


@pytest.mark.parametrize("body", ["", "[]", '{"cells": [[1]]}', '{"version": 1, "cells": [["x", 0, "1"]]}', "{"])
def test_nonsense_is_refused(client_of: ClientOf, manager: Member, draft: TargetPlan, body: str) -> None:
    answer = client_of(manager).post(address(draft, "cells/"), body, content_type="application/json")
    assert answer.status_code == 422


def test_the_grid_is_saved_as_a_plain_form_too(
    client_of: ClientOf, manager: Member, rep: Member, draft: TargetPlan
) -> None:
    form = {"version": 1, f"c-{rep.pk}-0": "50k", f"c-{rep.pk}-1": "40,000", f"c-{rep.pk}-2": "40,000"}
    response = client_of(manager).post(address(draft, "cells/"), form, follow=True)
    assert "Saved." in response.content.decode()
    assert numbers(draft, rep) == [50_000, 40_000, 40_000]


def test_a_plain_form_comes_back_as_typed_with_its_sentence(
    client_of: ClientOf, manager: Member, rep: Member, draft: TargetPlan
) -> None:
    response = client_of(manager).post(address(draft, "cells/"), {"version": 1, f"c-{rep.pk}-0": "<b>plenty"})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="&lt;b&gt;plenty"' in page
    assert "is not a number" in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize(
    ("op", "given", "after"),
    [
        ("scale", {"percent": "10"}, [44_000] * 3),
        ("split", {"way": "even"}, [30_000] * 3),
        ("undo", {}, [None] * 3),
        ("fill", {}, [40_000] * 3),
    ],
)
def test_what_fills_the_grid_works_as_a_form(
    client_of: ClientOf, manager: Member, rep: Member, draft: TargetPlan, op: str, given: dict[str, str], after: Any
) -> None:
    response = client_of(manager).post(address(draft, "change/"), {"op": op, "version": 1} | given)
    assert response.status_code == 302
    assert numbers(draft, rep) == after


def test_over_assignment_is_said(client_of: ClientOf, manager: Member, draft: TargetPlan) -> None:
    assert "+33.3 %" in client_of(manager).get(address(draft)).content.decode()  # 120 k for 90 k


def test_changed_cells_look_changed(client_of: ClientOf, manager: Member, rep: Member, proposed: TargetPlan) -> None:
    save(client_of(manager), proposed, [[rep.pk, 0, "60k"], [rep.pk, 1, "41k"]], version=proposed.version)
    page = client_of(manager).get(address(proposed)).content.decode()
    assert page.count("heat-3") == 1
    assert page.count("heat-1") == 1


def test_the_grid_costs_as_many_queries_for_many_people(
    client_of: ClientOf, manager: Member, draft: TargetPlan, north: Team
) -> None:
    def queries() -> int:
        client = client_of(manager)
        client.get(address(draft))
        with CaptureQueriesContext(connection) as seen:
            client.get(address(draft))
        return len(seen)

    few = queries()
    for number in range(5):
        person = make_member(north.workspace, f"Extra{number} Rep", Role.MEMBER, team=north)
        client_of(manager).post(
            address(draft, "stage/"), {"op": "add", "person": person.pk, "version": draft.version + number}
        )
    assert len(sheet_of(draft).people) == 6
    assert queries() == few


# --- reps ------------------------------------------------------------------------------------------------


def test_a_rep_sees_only_their_own_row_and_no_total(
    client_of: ClientOf, rep: Member, proposed: TargetPlan, north: Team, manager: Member
) -> None:
    theo = make_member(north.workspace, "Theo Hart", Role.MEMBER, team=north)
    add = {"op": "add", "person": theo.pk, "version": proposed.version}
    client_of(manager).post(address(proposed, "stage/"), add)
    page = client_of(rep).get(address(proposed)).content.decode()
    assert "Rita Evans" in page
    assert "Theo Hart" not in page
    assert "Over-assignment" not in page
    assert "90,000" not in page
    file = b"".join(client_of(rep).get(address(proposed) + "?format=csv").streaming_content).decode()
    assert "Theo" not in file


def test_a_draft_and_the_plans_of_others_do_not_exist(
    client_of: ClientOf, rep: Member, other_rep: Member, draft: TargetPlan, outsider: Member
) -> None:
    for member in (rep, other_rep):
        assert client_of(member).get(address(draft)).status_code == 404
        assert client_of(member).post(address(draft, "say/"), {"act": "accept"}).status_code == 404
    assert client_of(outsider).get(f"/w/globex/plans/{draft.pk}/").status_code == 404


def test_a_rep_proposes_by_the_form_and_the_manager_accepts(
    client_of: ClientOf, manager: Member, rep: Member, proposed: TargetPlan
) -> None:
    form = {"act": "propose", f"c-{rep.pk}-0": "30k", "text": "January is short.", "version": proposed.version}
    said = client_of(rep).post(address(proposed, "say/"), form, follow=True)
    assert "January is short." in said.content.decode()
    page = client_of(manager).get(address(proposed)).content.decode()
    assert "Asks for other numbers" in page
    assert "30,000" in page
    answer = {"act": "accept", "person": rep.pk, "version": proposed.version}
    client_of(manager).post(address(proposed, "say/"), answer)
    assert numbers(proposed, rep) == [30_000, 40_000, 40_000]
    proposed.refresh_from_db()
    assert proposed.stage == Stage.AGREED  # the only row


def test_a_rep_cannot_speak_for_somebody_else(
    client_of: ClientOf, rep: Member, manager: Member, proposed: TargetPlan
) -> None:
    response = client_of(rep).post(address(proposed, "say/"), {"act": "comment", "person": manager.pk, "text": "x"})
    assert response.status_code == 302
    assert not proposed.steps.filter(text="x").exists()


def test_publishing_makes_goals_and_asks_for_their_figures(
    client_of: ClientOf, manager: Member, rep: Member, proposed: TargetPlan
) -> None:
    form = {"op": "publish", "version": proposed.version}
    page = client_of(manager).post(address(proposed, "stage/"), form, follow=True).content.decode()
    assert "Published: 1 goals new" in page
    assert Goal.objects.get(person=rep).plan == proposed
    assert Run.objects.filter(kind=Run.Kind.RECOMPUTE).exists()


def test_the_next_quarter_is_one_step_away(client_of: ClientOf, manager: Member, draft: TargetPlan) -> None:
    page = client_of(manager).post(address(draft, "copy/"), follow=True).content.decode()
    assert "Revenue, North, Q2 2026" in page


# --- files -------------------------------------------------------------------------------------------------


def test_the_grid_goes_out_as_csv_and_comes_back_changed(
    client_of: ClientOf, manager: Member, rep: Member, draft: TargetPlan
) -> None:
    client = client_of(manager)
    text = b"".join(client.get(address(draft) + "?format=csv").streaming_content).decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(text))) == ["Person", "Jan 2026", "Feb 2026", "Mar 2026", "Total"]
    changed = text.replace("40000", "45000", 1).encode()
    upload = {"file": SimpleUploadedFile("plan.csv", changed), "version": 1}
    page = client.post(address(draft, "file/"), upload, follow=True).content.decode()
    assert "plan.csv: 1 cells changed." in page
    assert numbers(draft, rep) == [45_000, 40_000, 40_000]


def test_the_grid_goes_out_as_a_workbook_and_comes_back(
    client_of: ClientOf, manager: Member, rep: Member, draft: TargetPlan
) -> None:
    client = client_of(manager)
    content = b"".join(client.get(address(draft) + "?format=xlsx").streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[2]][:2] == ["Rita Evans", 40_000]
    sheet.cell(row=2, column=3, value=12_345.5)
    saved = io.BytesIO()
    book.save(saved)
    upload = {"file": SimpleUploadedFile("plan.xlsx", saved.getvalue()), "version": 1}
    page = client.post(address(draft, "file/"), upload, follow=True).content.decode()
    assert "plan.xlsx: 1 cells changed." in page
    assert str(sheet_of(draft).row(rep.pk)[1].value.normalize()) == "12345.5"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Person,Jan 2026\nNobody Known,5\n", "“Nobody Known” has no row in this plan"),
        (b"Person,Jan 2031\nRita Evans,5\n", "No column of the file is a part of this plan"),
        (b"Person,Jan 2026,Bonus\nRita Evans,5,6\n", "The column “Bonus” is no part of this plan"),
        (b"Person,Jan 2026\nRita Evans,many\n", "“many” is not a number"),
        (b"", "plan.csv"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(
    client_of: ClientOf, manager: Member, rep: Member, draft: TargetPlan, content: bytes, words: str
) -> None:
    upload = {"file": SimpleUploadedFile("plan.csv", content), "version": 1}
    page = client_of(manager).post(address(draft, "file/"), upload, follow=True).content.decode()
    assert words in page or (not content and "empty" in page.lower()) or (not content and "Choose a CSV" in page)
    assert numbers(draft, rep) == [40_000] * 3
    assert draft.starts_on > TODAY


def test_enter_in_the_box_of_words_never_agrees(
    client_of: ClientOf, manager: Member, rep: Member, proposed: TargetPlan
) -> None:
    """The first button of a form is what Enter presses."""
    page = client_of(rep).get(address(proposed)).content.decode()
    form = page[page.index('id="grid-form"') :]
    assert form.index('value="comment"') < form.index('value="accept"')
    client_of(rep).post(address(proposed, "say/"), {"act": "propose", f"c-{rep.pk}-0": "1", "version": 1})
    page = client_of(manager).get(address(proposed)).content.decode()
    assert page.index('value="comment"') < page.index('value="accept"')


def test_the_history_of_the_workspace_tells_what_was_done_to_a_plan(
    client_of: ClientOf, leader: Member, rep: Member, proposed: TargetPlan
) -> None:
    client_of(rep).post(address(proposed, "say/"), {"act": "accept", "version": proposed.version})
    page = client_of(leader).get("/w/acme/history/").content.decode()
    for words in ("Plan made", "Numbers of a plan changed", "Plan moved on", "Numbers of a plan agreed to"):
        assert words in page
    assert f'href="{address(proposed)}"' in page
