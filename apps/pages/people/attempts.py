"""From a form to one service call, and back with its refusal at the right field."""

from collections.abc import Callable
from typing import Any

from django.forms import Form

from apps.people.errors import PeopleRefusal


def attempt(form: Form, action: Callable[[dict[str, Any]], object]) -> bool:
    """Call `action` with the cleaned data of a valid form; a refusal becomes an error of the form."""
    if not form.is_valid():
        return False
    try:
        action(form.cleaned_data)
    except PeopleRefusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return False
    return True
