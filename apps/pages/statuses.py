"""How each status of a goal, and each state of a run, looks: its icon, its tone. Never by colour alone."""

from dataclasses import dataclass

from apps.goals.case import Status
from apps.refresh.models import Run

CIRCLE = "M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16z"


@dataclass(frozen=True)
class Look:
    tone: str  # class of the badge: good, warn, bad, done, lost, info or wait
    icon: str  # path in a 24 × 24 box, stroked


RUN_LOOKS: dict[str, Look] = {
    Run.State.QUEUED: Look("wait", "M7 4h10M7 20h10M8 4v3l8 10v3M16 4v3l-8 10v3"),
    Run.State.RUNNING: Look("info", "M8 5v14l11-7z"),
    Run.State.DONE: Look("good", "M5 12.5l4.6 4.6L19 7.5"),
    Run.State.FAILED: Look("bad", "M7 7l10 10M17 7L7 17"),
}

LOOKS: dict[str, Look] = {
    Status.OFF_TRACK: Look("bad", "M6 6l12 12M18 8v10H8"),
    Status.AT_RISK: Look("warn", "M12 4.5l8.5 15h-17zM12 10.5v4M12 17.2v.1"),
    Status.MISSED: Look("lost", "M7 7l10 10M17 7L7 17"),
    Status.NO_DATA: Look("wait", "M5 12h2M11 12h2M17 12h2"),
    Status.WAITING: Look("wait", "M7 4h10M7 20h10M8 4v3l8 10v3M16 4v3l-8 10v3"),
    Status.NO_TARGET: Look("wait", f"{CIRCLE}M7 17L17 7"),
    Status.TOO_EARLY: Look("info", f"{CIRCLE}M12 8v4.3l2.8 1.9"),
    Status.ON_TRACK: Look("good", "M5 12.5l4.6 4.6L19 7.5"),
    Status.ACHIEVED: Look("done", "M12 3.8l2.5 5.2l5.7.8l-4.1 4l1 5.7l-5.1-2.7l-5.1 2.7l1-5.7l-4.1-4l5.7-.8z"),
    Status.NOT_STARTED: Look("wait", CIRCLE),
    Status.CANCELLED: Look("wait", "M6 12h12"),
}
