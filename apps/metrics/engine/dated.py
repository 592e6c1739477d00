"""A definition holds from a day on: each period is computed by the one in force on its first day."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from apps.metrics.catalogue import Kpi
from apps.metrics.engine.figures import Request


def by_definition(requests: Iterable[Request], kpis: Mapping[str, Kpi]) -> tuple[list[Request], dict[str, Kpi]]:
    """The requests, each naming the definition of its first day, and all that are then named, under their names."""
    found: list[Request] = []
    definitions = dict(kpis)
    for request in requests:
        kpi = kpis.get(request.kpi)
        if kpi is None or not kpi.history:
            found.append(request)
            continue
        then = kpi.at(request.start)
        name = f"{request.kpi}@{kpi.history.index(then)}"
        definitions[name] = then
        found.append(replace(request, kpi=name))
    return found, definitions
