"""Every row belongs to a workspace, by a path of foreign keys that cannot be empty; or it says here why not."""

import pytest
from django.apps import apps
from django.db.models import ForeignKey, Model

from apps.people.models import Workspace

BELONGS_TO_NOBODY = {
    "people.User": "one account may be a member of several workspaces; everything about them hangs on Member",
    "refresh.WorkerBeat": "a worker process serves every workspace",
}
OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def path_to_workspace(model: type[Model], seen: tuple[type[Model], ...] = ()) -> list[str] | None:
    """The shortest chain of foreign keys, none of which may be null, that ends at Workspace."""
    if model is Workspace:
        return []
    paths = []
    for field in model._meta.get_fields():
        if isinstance(field, ForeignKey) and not field.null and field.related_model not in (*seen, model):
            rest = path_to_workspace(field.related_model, (*seen, model))
            if rest is not None:
                paths.append([field.name, *rest])
    return min(paths, key=len, default=None)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_model_belongs_to_a_workspace(model):
    label = model._meta.label
    if label in BELONGS_TO_NOBODY:
        assert path_to_workspace(model) is None, f"{label} has a workspace now: take it off BELONGS_TO_NOBODY"
        return
    assert path_to_workspace(model) is not None, (
        f"{label} has no path to Workspace without a null: give it a ForeignKey to Workspace (or to something that has "
        "one), null=False; or write the reason why it needs none into BELONGS_TO_NOBODY."
    )


def test_the_list_of_exceptions_names_models_that_exist():
    assert set(BELONGS_TO_NOBODY) <= {model._meta.label for model in OURS}
