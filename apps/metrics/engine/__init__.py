"""The pure engine: rows in, figures out. No clock, no database, no Django."""

from apps.metrics.engine.figures import REASONS, Answer, Figure, GroupFigure, Org, Request
from apps.metrics.engine.groups import NoSuchColumn, check_column, compute_groups, data_span
from apps.metrics.engine.requests import compute_requests

__all__ = [
    "REASONS",
    "Answer",
    "Figure",
    "GroupFigure",
    "NoSuchColumn",
    "Org",
    "Request",
    "check_column",
    "compute_groups",
    "compute_requests",
    "data_span",
]
