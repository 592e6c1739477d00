"""`make run` as a person uses it: it comes up, says where, answers, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [
    pytest.mark.worker,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]


class Served:
    """One `make run` in a session of its own, like a terminal, on a free port and with its own data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.output = data_dir / "output.txt"
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DJANGO_", "RUN_", "MAKE", "MFLAGS"))
        }
        self.make: subprocess.Popen[bytes] | None = None
        self.environment = clean | {"DATA_DIR": str(data_dir), "PORT": str(self.port)}

    def start(self) -> None:
        with self.output.open("w") as output:
            self.make = subprocess.Popen(
                ["make", "run"], cwd=ROOT, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )

    def has_ended(self) -> bool:
        return self.make is None or self.make.poll() is not None

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> None:
        wait_for(lambda: "KPI Tracker is at" in self.said() or self.has_ended(), 90)
        assert f"KPI Tracker is at http://127.0.0.1:{self.port}\n" in self.said(), self.said()

    def call(self, target: str) -> "subprocess.CompletedProcess[str]":
        command = ["make", target]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def left(self) -> list[int]:
        mark = f"KPITRACKER_RUN={self.data_dir}".encode()
        found = []
        for environment in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in environment.read_bytes().split(b"\0"):
                    found.append(int(environment.parent.name))
            except OSError:
                continue
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    for pid in served.left():
        os.kill(pid, signal.SIGKILL)
    if served.make is not None:
        served.make.kill()
        served.make.wait()


def test_make_run_comes_up_answers_and_ends_without_a_trace(served: Served) -> None:
    served.start()
    served.wait_until_ready()
    assert served.get("/")[0] == 200
    assert wait_for(lambda: served.get("/healthz")[0] == 200, 30), served.get("/healthz")
    assert set(json.loads(served.get("/healthz")[1])["checks"].values()) == {"ok"}
    assert "Creating the demo workspace" in served.said()

    assert served.make is not None
    os.killpg(served.make.pid, signal.SIGINT)  # Ctrl-C reaches everything in the terminal's foreground
    served.make.wait(30)
    assert wait_for(lambda: not served.left(), 10), served.left()

    served.start()
    served.wait_until_ready()
    assert "Creating the demo workspace" not in served.said()
    again = subprocess.run(
        ["make", "run"], cwd=ROOT, env=served.environment, capture_output=True, text=True, check=False
    )
    assert again.returncode != 0
    assert "KPI Tracker is already running" in again.stdout

    supervisor = int((served.data_dir / "supervisor.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)  # what it started is told by the system, and ends by itself
    assert wait_for(lambda: not served.left(), 30), served.left()


def test_a_taken_port_is_told_in_one_sentence(served: Served) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", served.port))
        other.listen()
        served.start()
        assert served.make is not None
        assert served.make.wait(60) != 0
    assert f"Port {served.port} cannot be used: another program listens there" in served.said()
    assert "Traceback" not in served.said()
    assert served.left() == []


def test_make_stop_without_anything_running_says_so(served: Served) -> None:
    done = subprocess.run(
        ["make", "stop"], cwd=ROOT, env=served.environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "KPI Tracker is not running.\n")
