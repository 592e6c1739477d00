"""Creating a workspace and changing its calendar."""

from datetime import date

import pytest

from apps.audit.models import Event
from apps.people import queries, services
from apps.people.errors import PeopleRefusal
from apps.people.models import Member, User, Workspace
from apps.people.roles import Role
from tests.cast import PASSWORD


def create(**changes):
    return services.create_workspace(**{"name": "Acme Sales", "owner_email": "Ada@Acme.example", **changes})


def test_a_new_workspace_has_its_owner_as_admin(db):
    workspace = create(password=PASSWORD, currency="eur", timezone="Europe/Berlin", fiscal_year_start=4)
    owner = Member.objects.get(workspace=workspace)
    assert (workspace.slug, workspace.currency, workspace.fiscal_year_start) == ("acme-sales", "EUR", 4)
    assert (owner.role, owner.user.email) == (Role.ADMIN, "ada@acme.example")
    assert owner.user.check_password(PASSWORD)


def test_a_second_workspace_of_the_same_name_gets_a_slug_of_its_own(db):
    assert [create().slug, create().slug, create().slug] == ["acme-sales", "acme-sales-2", "acme-sales-3"]


def test_a_name_without_latin_letters_still_gives_a_slug(db):
    assert create(name="販売").slug == "workspace"


def test_a_known_account_becomes_owner_of_another_workspace(db):
    create(password=PASSWORD)
    create(name="Second")
    assert User.objects.count() == 1
    assert Member.objects.filter(user__email="ada@acme.example").count() == 2


def test_another_password_for_a_known_account_is_refused(db):
    create(password=PASSWORD)
    with pytest.raises(PeopleRefusal, match="another password already"):
        create(name="Second", password="something else")
    assert Workspace.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "  ", "Give the workspace a name."),
        ("name", "x" * 121, "121 characters"),
        ("owner_email", "ada", "“ada” is not an e-mail address"),
        ("currency", "EURO", "“EURO” is not a currency"),
        ("timezone", "Europe/Berln", "did you mean Europe/Berlin?"),
        ("timezone", "../../etc/passwd", "There is no time zone"),
        ("fiscal_year_start", 13, "month “13”"),
        ("fiscal_year_start", "May", "month “May”"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(db, field, value, sentence):
    with pytest.raises(PeopleRefusal) as refused:
        create(**{field: value})
    assert sentence in refused.value.sentence
    assert refused.value.field in {field, "email"}
    assert not Workspace.objects.exists()
    assert not User.objects.exists()


def test_creating_is_audited_without_the_address(db):
    event = Event.objects.get(workspace=create())
    assert event.action == "workspace.create"
    assert "ada" not in f"{event.before}{event.after}{event.subject}".lower()


def settings_of(workspace, **changes):
    fields = ("name", "currency", "timezone", "fiscal_year_start", "weekmask")
    return {**{field: getattr(workspace, field) for field in fields}, **changes}


def test_changed_settings_are_audited_field_by_field(workspace, admin):
    services.change_workspace(workspace=workspace, by=admin, **settings_of(workspace, weekmask="1111110"))
    event = Event.objects.get(action="workspace.change")
    assert (event.before, event.after) == ({"weekmask": "1111100"}, {"weekmask": "1111110"})
    assert event.actor == admin.user


def test_saving_unchanged_settings_leaves_no_trace(workspace, admin):
    services.change_workspace(workspace=workspace, by=admin, **settings_of(workspace))
    assert not Event.objects.exists()


@pytest.mark.parametrize("weekmask", ["0000000", "111", "11111x0"])
def test_a_week_without_working_days_is_refused(workspace, admin, weekmask):
    with pytest.raises(PeopleRefusal):
        services.change_workspace(workspace=workspace, by=admin, **settings_of(workspace, weekmask=weekmask))


def test_holidays_are_days_off_in_the_calendar(workspace, admin):
    new_year = services.add_holiday(workspace=workspace, by=admin, day=date(2026, 1, 1), name="New Year")
    assert not queries.calendar_of(workspace).is_working(date(2026, 1, 1))
    with pytest.raises(PeopleRefusal, match="holiday already"):
        services.add_holiday(workspace=workspace, by=admin, day=date(2026, 1, 1))
    services.remove_holiday(holiday=new_year, by=admin)
    assert queries.calendar_of(workspace).is_working(date(2026, 1, 1))


def test_today_is_the_day_of_the_workspace_not_of_the_server(workspace, time_machine):
    time_machine.move_to("2026-03-31T23:30:00+00:00")
    workspace.timezone = "Pacific/Auckland"
    assert queries.today_in(workspace) == date(2026, 4, 1)
    workspace.timezone = "America/New_York"
    assert queries.today_in(workspace) == date(2026, 3, 31)


def test_the_public_holidays_of_a_country_are_taken_once(workspace, admin):
    workspace.holidays.create(day=date(2026, 12, 25), name="Our own name for it")
    assert services.take_holidays(workspace=workspace, by=admin, place="de-by", year=2026) == 11
    assert workspace.holidays.get(day=date(2026, 12, 25)).name == "Our own name for it"
    assert workspace.holidays.get(day=date(2026, 10, 3)).name == "German Unity Day"
    assert workspace.holidays.filter(day=date(2026, 1, 6)).exists(), "Epiphany, in Bavaria and not in all of Germany"
    assert services.take_holidays(workspace=workspace, by=admin, place="DE-BY", year=2026) == 0
    assert Event.objects.filter(action="holiday.take").count() == 1


@pytest.mark.parametrize(("place", "sentence"), [("Germany", "two letters"), ("DE-XX", "DE has no region “XX”")])
def test_a_country_that_is_not_known_is_refused_with_what_would_be(workspace, admin, place, sentence):
    with pytest.raises(PeopleRefusal, match=sentence):
        services.take_holidays(workspace=workspace, by=admin, place=place, year=2026)
    assert not workspace.holidays.exists()


def test_a_year_by_weeks_is_what_the_workspace_says(workspace, admin):
    as_it_is = {name: getattr(workspace, name) for name in ("name", "currency", "timezone", "weekmask")}
    retail = {"year_pattern": "4-5-4", "year_end_rule": "nearest", "year_end_weekday": "5", "year_named_after": "start"}
    services.change_workspace(workspace=workspace, by=admin, **as_it_is, fiscal_year_start=2, **retail, week_start=6)
    workspace.refresh_from_db()
    assert workspace.fiscal.year(2023) == (date(2023, 1, 29), date(2024, 2, 4))
    with pytest.raises(PeopleRefusal, match="year pattern"):
        services.change_workspace(workspace=workspace, by=admin, **as_it_is, fiscal_year_start=2, year_pattern="6-6")


def test_the_settings_page_shows_what_the_year_is(client, workspace, admin):
    client.force_login(admin.user)
    address = f"/w/{workspace.slug}/settings/"
    page = client.get(address).content.decode()
    assert "The running fiscal year" in page
    form = {"name": workspace.name, "currency": workspace.currency, "timezone": "UTC", "fiscal_year_start": "2"}
    form |= {"year_pattern": "4-5-4", "year_end_rule": "nearest", "year_end_weekday": "5", "year_named_after": "start"}
    assert client.post(address, form | {"week_start": "6", "weekmask": ["0", "1"]}).status_code == 302
    assert "-Q4" in client.get(address).content.decode()
    workspace.refresh_from_db()
    assert (workspace.year_pattern, workspace.week_start, workspace.weekmask) == ("4-5-4", 6, "1100000")
    taken = client.post(f"{address}holidays/take/", {"place": "FR", "year": "2026"}, follow=True).content.decode()
    assert "11 holidays are added" in taken
    assert client.post(f"{address}holidays/take/", {"place": "Nowhere", "year": "2026"}).status_code == 422
