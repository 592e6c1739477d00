"""A source tried out before it is kept: its first rows and what would feed each field. Nothing is stored."""

from dataclasses import dataclass, replace
from datetime import datetime

from apps.common.errors import Refusal
from apps.datasets.models import Source
from apps.datasets.preview import Preview, preview
from apps.datasets.services.sources import Wishes, fill
from apps.datasets.sources.fetch import fetch
from apps.datasets.sources.kinds import Nothing
from apps.datasets.sources.listing import asked_of, mapping_of
from apps.datasets.uploads import workbench
from apps.people.models import Member

BYTES = 50 * 1024**2
ROWS = 200
READS_LOOKUPS = "The mapping looks things up in other files; a source brings only one. Use a mapping without lookups."


@dataclass(frozen=True)
class Tried:
    """What a source has to give right now; without `seen` the sentence tells why there is nothing to see."""

    sentence: str
    file_name: str = ""
    seen: Preview | None = None


def try_source(*, source: Source, by: Member | None, wishes: Wishes, now: datetime) -> Tried:
    """Ask the source as it would be with these wishes, as if for the first time. Refusal if it cannot be asked."""
    fill(source, wishes, by)
    source.state = {}
    mapping, _ = mapping_of(source)
    if mapping.get("lookups"):
        raise Refusal(READS_LOOKUPS)
    with workbench() as folder:
        asked = replace(asked_of(source, folder=folder, now=now), limit=BYTES, max_rows=ROWS, sample=True)
        answer = fetch(asked)
        if isinstance(answer, Nothing):
            return Tried(answer.sentence)
        given = {**mapping, "reading": answer.reading} if answer.reading else mapping
        seen = preview(
            path=answer.path,
            file_name=answer.name,
            table=source.table,
            mapping=given,
            lookup_files={},
            folder=folder,
        )
        return Tried(f"It works: this is the beginning of {answer.name}.", answer.name, seen)
