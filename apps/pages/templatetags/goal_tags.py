"""Parts of pages about goals that look up what they show."""

from typing import Any

from django import template

from apps.goals.models import Goal
from apps.pages.goals import kudos
from apps.pages.goals.kudos import Reached

register = template.Library()


@register.simple_tag(takes_context=True)
def just_reached(context: dict[str, Any]) -> list[Reached]:
    """`{% just_reached as goals %}`: what was reached in the last week, for home."""
    request = context["request"]
    return kudos.just_reached(request.member, request.today)


@register.simple_tag(takes_context=True)
def reached_here(context: dict[str, Any], goal: Goal) -> Reached | None:
    """`{% reached_here goal as each %}`: None if the goal was never celebrated."""
    return kudos.reached(goal, context["request"].member)
