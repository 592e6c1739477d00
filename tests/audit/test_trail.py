"""The audit trail only grows."""

import pytest

from apps.audit.models import AppendOnly, Event
from apps.audit.queries import events_of
from apps.audit.services import record


@pytest.fixture
def event(workspace, admin, rep):
    return record(workspace=workspace, actor=admin.user, action="member.wave", subject=rep, before={}, after={"n": 1})


def test_an_event_is_never_changed(event):
    event.action = "member.nod"
    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        Event.objects.filter(pk=event.pk).update(action="member.nod")
    assert Event.objects.get().action == "member.wave"


def test_an_event_is_never_deleted(event):
    with pytest.raises(AppendOnly):
        event.delete()
    with pytest.raises(AppendOnly):
        Event.objects.all().delete()
    assert Event.objects.exists()


def test_events_of_a_workspace_are_its_own_newest_first(event, workspace, other_workspace, outsider, admin, viewer):
    record(workspace=other_workspace, actor=None, action="member.wave", subject=outsider, before={}, after={})
    later = record(workspace=workspace, actor=None, action="member.wave", subject=viewer, before={}, after={})
    assert list(events_of(workspace)) == [later, event]
    assert list(events_of(workspace, subject=viewer)) == [later]


def test_a_workspace_takes_its_trail_with_it(other_workspace):
    record(workspace=other_workspace, actor=None, action="workspace.wave", subject=other_workspace, before={}, after={})
    other_workspace.delete()
    assert not Event.objects.exists()
