"""Time is an argument: pages, the API, commands and tasks read the clock, and hand on what they read."""

import re
from pathlib import Path

APPS = Path(__file__).parent.parent.parent / "apps"
READS = re.compile(r"timezone\.now\b|datetime\.now\b|date\.today\b|today_in\(|\btime\.time\(")
EDGES = re.compile(r"(pages|api)/|.*/management/|.*/tasks\.py|.*/migrations/|refresh/workers\.py")

# Who else reads it, and what for. A new line here needs as good a reason.
ALLOWED = {
    "people/queries.py": "today_in itself, and whether somebody who asks is still a member",
    "people/services/rates.py": "the moment from which a rate is known, and until when it was",
    "people/services/resolutions.py": "the moment from which an owner's name is known to be somebody, and until when",
    "datasets/services/compacting.py": "the moment from which merged files stand for others",
    "datasets/services/history.py": "the moment of an undo and a redo: what is live from and to when",
    "datasets/services/importing.py": "the moment of a commit: what is live from when",
    "datasets/services/mappings.py": "the moment of a removal, which can be taken back",
    "datasets/services/recording.py": "when an import ended",
    "goals/services/benchmarks.py": "the moment of a removal, which can be taken back",
    "refresh/fetching.py": "the moment of a fetch, once a step: what is due and late follows from it",
    "refresh/lease.py": "heartbeats: they are about the clock",
    "refresh/models.py": "when a message went out",
    "refresh/services.py": "the moment as of which a run works, once a run",
}


def test_nothing_but_the_edges_reads_the_clock() -> None:
    readers = {
        str(path.relative_to(APPS))
        for path in APPS.rglob("*.py")
        if READS.search(path.read_text()) and not EDGES.match(str(path.relative_to(APPS)))
    }
    assert readers == set(ALLOWED)
