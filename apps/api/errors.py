"""Every refusal of the API is `{"detail": sentence}`, whatever raised it."""

from typing import Any

from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.api.authentication import SAY_WHO_YOU_ARE
from apps.common.errors import Refusal


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler, with the answer reduced to one sentence. None (a 500) for what nobody expected."""
    if isinstance(error, Refusal):
        error = ValidationError({"detail": error.sentence})
    if isinstance(error, NotAuthenticated):
        error.detail = f"Nobody is signed in. {SAY_WHO_YOU_ARE}"  # type: ignore[assignment]
    response = exception_handler(error, context)
    if response is not None:
        response.data = {"detail": sentence(response.data)}
    return response


def sentence(detail: Any) -> str:
    """Nested messages as one line: `{"owner": ["Enter a number."]}` becomes “owner: Enter a number.”"""
    if isinstance(detail, dict):
        return " ".join(
            f"{name}: {sentence(part)}" if name != "detail" else sentence(part) for name, part in detail.items()
        )
    if isinstance(detail, list):
        return " ".join(sentence(part) for part in detail)
    return str(detail)
