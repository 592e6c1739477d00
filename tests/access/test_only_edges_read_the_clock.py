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
    "datasets/services.py": "the moment of a commit, an undo and a redo: what is live from and to when",
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
