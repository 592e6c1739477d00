"""`make bench`: imports, explanations, recomputes, the board page; prints tables and writes var/bench.json."""

import argparse
import json
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--goals", type=int, nargs="+", default=[100, 10_000, 100_000])
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="kpitracker-bench-"))
    os.environ.update(DATA_DIR=str(scratch), DATABASE_URL=f"sqlite:///{scratch}/bench.sqlite3")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kpitracker.settings.local"
    try:
        import django

        django.setup()
        logging.disable(logging.WARNING)  # a line for each request would drown the table
        from tests.bench.measure import measure_all, table

        results = measure_all(scratch, row_counts=options.rows, goal_counts=options.goals)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(table(results))
    target = ROOT / "var" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=2))
    print(f"Written to {target.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
