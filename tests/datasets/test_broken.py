"""Processes killed at every step, full disks and broken uploads: nothing is lost, and nothing is seen by halves."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NO_SPACE = "There is no space left on the disk, so nothing was stored and everything is as it was."


def broken(folder: Path, what: str, every: int = 1) -> dict[str, Any]:
    surroundings = {"DJANGO_SETTINGS_MODULE": "kpitracker.settings.test", "DATA_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.datasets.breaking", str(folder / "trials"), what, str(every)],
        cwd=ROOT, env=os.environ | surroundings | {"DATABASE_URL": f"sqlite:///{folder / 'unused.sqlite3'}"},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("what", "every"),
    [("import", 5), ("replace", 5), ("rerun", 6), ("undo", 2), ("redo", 2), ("compact", 3)],
)
def test_whatever_is_killed_at_any_write_is_done_or_not_done(tmp_path: Path, what: str, every: int) -> None:
    """KILL_EVERY=1 tries each single write."""
    saw = broken(tmp_path, what, int(os.environ.get("KILL_EVERY", every)))
    assert saw["writes"] > 4
    assert (saw["was"] == saw["after"]) == (what == "compact")
    assert saw["trials"]
    for trial in saw["trials"]:
        assert trial["fate"] is None, trial
        assert trial["visible"] in (saw["was"], saw["after"]), trial
        assert trial["after"] == saw["after"], trial
        assert trial["then"] == saw["was"], trial
        assert (trial["missing"], trial["rubbish"]) == (0, 0), trial


def test_a_full_disk_is_told_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    saw = broken(tmp_path, "full")
    assert saw["receive"]["told"][0] == "refused"
    assert saw["run"]["told"][0] == "failed"
    for stage in ("receive", "run"):
        assert saw[stage]["told"][1].startswith(NO_SPACE)
        assert saw[stage]["visible"] == [30, 50]
        assert saw[stage]["files"] == 0
    assert saw["receive"]["uploads"] == 2
    assert saw["run"]["uploads"] == 3
    assert saw["receive"]["after"] == [30, 50]
    assert saw["run"]["after"][0] == 80_030  # once there is space the same import goes through
