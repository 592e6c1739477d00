"""The pure engine: rows in, figures out. No clock, no database, no Django."""

from apps.metrics.engine.figures import Answer, Figure, GroupFigure, Org, Request
from apps.metrics.engine.requests import compute_requests

__all__ = ["Answer", "Figure", "GroupFigure", "Org", "Request", "compute_requests"]
