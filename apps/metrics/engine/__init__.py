"""The pure engine: rows in, figures out. No clock, no database, no Django."""

from apps.metrics.engine.coverage import Coverage, coverage_of, has_rows
from apps.metrics.engine.figures import REASONS, Answer, Context, Figure, GroupFigure, Org, Request
from apps.metrics.engine.groups import NoSuchColumn, check_column, compute_groups, data_span
from apps.metrics.engine.requests import compute_requests

__all__ = [
    "REASONS",
    "Answer",
    "Context",
    "Coverage",
    "Figure",
    "GroupFigure",
    "NoSuchColumn",
    "Org",
    "Request",
    "check_column",
    "compute_groups",
    "compute_requests",
    "coverage_of",
    "data_span",
    "has_rows",
]
