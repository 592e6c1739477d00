"""The rejected rows as a file: line, reasons, and the cells as they were, ready to be mended and imported again."""

# ruff: noqa: S608 - the only names put into SQL are raw.c0, raw.c1, …

import csv
from pathlib import Path

from apps.datasets.staging import Stage, bad_rows, issues_of
from apps.datasets.store.lines import line_of, line_of_sql


def write_rejects(staged: Stage, path: Path) -> None:
    headers = staged.plan.headers[: staged.plan.width]
    cells = ", ".join(f"raw.c{number}" for number in range(len(headers)))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "reasons", *headers])
        raw = staged.con.cursor()
        raw.execute(
            f"SELECT {cells} FROM raw JOIN typed ON raw._line = {line_of_sql('typed._line')}"
            f" WHERE _mask & {staged.error_mask} <> 0 ORDER BY typed._line"
        )
        for line, mask, row in bad_rows(staged, warnings=False):
            reasons = " ".join(each.message for each in issues_of(staged, line, mask, row) if each.rejects)
            (original,) = raw.fetchmany(1)
            writer.writerow([line_of(line), reasons, *original])
