"""`make run` and `make stop`: web, worker and beat in the foreground, and nothing left behind.

`start` gets everything ready and then becomes the supervisor (`supervise`), which restarts what dies. However it ends
(Ctrl-C, TERM, HUP, `make stop`, even kill -9), its children end too: Linux tells them when their parent dies, and every
process carries a mark in its environment by which the next start or `make stop` finds what might still be there.

Only the standard library and Supervisor are imported, so that the supervising process stays small.
"""

import ctypes
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
PORT = os.environ.get("PORT") or "8000"
ADDRESS = f"http://127.0.0.1:{PORT}"
LOCK = DATA_DIR / "run.lock"
MARK = "KPITRACKER_RUN"
PR_SET_PDEATHSIG = 1
READY_WITHIN = 90  # seconds


class Stop(Exception):
    """Somebody wants us to end; the text is the sentence for them."""


# --- who is running ------------------------------------------------------------------------------------------


def marked_processes() -> list[int]:
    """Processes that a `make run` with this data folder started, but not this one."""
    mark = f"{MARK}={DATA_DIR}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if mark in environment.split(b"\0") and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def end_marked_processes(patience: float) -> None:
    """Ask what is left to end, wait up to `patience` seconds, then end it for good."""
    for last_word in (signal.SIGTERM, signal.SIGKILL):
        for pid in marked_processes():
            try:
                os.kill(pid, last_word)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + patience
        while marked_processes() and time.monotonic() < deadline:
            time.sleep(0.05)


def take_lock() -> IO[str]:
    """Hold the data folder, so that two supervisors never share it. The lock ends with the process that holds it."""
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    handle = LOCK.open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop(f"KPI Tracker is already running, {described_holder()}. `make stop` stops it.") from None
    handle.truncate(0)
    handle.write(f"{os.getpid()} {ADDRESS}\n")
    handle.flush()
    os.set_inheritable(handle.fileno(), True)
    return handle


def lock_holder() -> int | None:
    """The process that holds the data folder, if one does."""
    if not LOCK.exists():
        return None
    with LOCK.open("r") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int((handle.readline().split() or ["0"])[0]) or None
    return None


def described_holder() -> str:
    words = LOCK.read_text().split()
    return f"process {words[0]}, at {words[1]}" if len(words) == 2 else "in another terminal"


def refuse_taken_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(PORT)))
        except ValueError:
            raise Stop(f"PORT is {PORT!r}; it must be a number, for example: make run PORT=8010") from None
        except (OSError, OverflowError):
            raise Stop(
                f"Port {PORT} cannot be used: another program listens there, or it is reserved. "
                "Choose another, for example: make run PORT=8010"
            ) from None


# --- getting ready -------------------------------------------------------------------------------------------


def manage(*arguments: str) -> None:
    """Run a management command in a process of its own and stay quiet unless it fails."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Stop(f"{done.stdout}\n`manage.py {' '.join(arguments)}` failed; the reason is above.")


def fingerprint(*folders: Path) -> str:
    """Changes when a file of these folders comes, goes or is edited."""
    digest = hashlib.sha256(sys.version.encode())
    for folder in folders:
        paths = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
        for path in paths:
            if path.is_file() and "__pycache__" not in path.parts:
                facts = path.stat()
                digest.update(f"{path}:{facts.st_size}:{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def once(name: str, state: str, sentence: str, *commands: tuple[str, ...]) -> None:
    """Run the commands unless they have already been run for this state of things."""
    stamp = DATA_DIR / "stamps" / name
    if stamp.is_file() and stamp.read_text() == state:
        return
    print(sentence, flush=True)
    for command in commands:
        manage(*command)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state)


def get_ready() -> None:
    locks = ROOT / "requirements" / "base.txt"
    migrations = sorted((ROOT / "apps").glob("*/migrations"))
    database = hashlib.sha256(os.environ.get("DATABASE_URL", "").encode()).hexdigest()  # it may hold a password
    fresh = "" if os.environ.get("DATABASE_URL") or (DATA_DIR / "kpitracker.sqlite3").exists() else "new"
    once(
        "database",
        fingerprint(locks, *migrations) + database + fresh,
        "Preparing the database …",
        ("migrate", "--noinput"),
    )
    once("assets", fingerprint(locks), "Preparing the charts …", ("build_assets",))
    static = fingerprint(locks, ROOT / "static", ROOT / "apps", DATA_DIR / "assets")
    once("static", static, "Preparing styles and scripts …", ("collectstatic", "--noinput", "--clear"))
    once("demo", database, "Creating the demo workspace …", ("create_demo",))


def start() -> None:
    """Get everything ready, then become the supervisor."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_while_getting_ready)
    os.environ["DATA_DIR"] = str(DATA_DIR)
    os.environ["PORT"] = PORT
    os.environ["DEMO_MODE"] = "true"
    os.environ["KPITRACKER_PYTHON"] = sys.executable
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpitracker.settings.local")
    lock = take_lock()
    end_marked_processes(patience=3)
    refuse_taken_port()
    get_ready()
    (DATA_DIR / "log").mkdir(exist_ok=True)
    os.environ[MARK] = str(DATA_DIR)
    arguments = [sys.executable, __file__, "supervise", str(lock.fileno())]
    os.execv(sys.executable, arguments)  # a fresh process: small, and with the mark in its environment


def stop_while_getting_ready(number: int, _frame: FrameType | None) -> None:
    raise Stop(f"Stopped by {signal.Signals(number).name} before it was ready.")


# --- supervising ---------------------------------------------------------------------------------------------


def end_with_parent() -> None:
    """In a child, before it becomes what it shall be: ask Linux for TERM when the supervisor dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def supervise() -> None:
    from supervisor.medusa import asyncore_25 as asyncore
    from supervisor.options import ServerOptions
    from supervisor.supervisord import Supervisor

    class Options(ServerOptions):  # type: ignore[misc]
        def setpgrp(self) -> None:  # called in each child between fork and exec
            super().setpgrp()
            end_with_parent()

        def setsignals(self) -> None:
            super().setsignals()
            # A closed terminal ends everything; Supervisor itself would read HUP as "start again".
            signal.signal(signal.SIGHUP, lambda _number, frame: self.signal_receiver.receive(signal.SIGTERM, frame))

    options = Options()
    arguments = ["-c", str(ROOT / "scripts" / "supervisor.conf"), "-d", str(ROOT)]
    options.realize(arguments + (["-u", "root"] if os.geteuid() == 0 else []))
    options.first, options.test = True, False
    os.chdir(ROOT)
    subprocess.Popen([sys.executable, __file__, "announce"], preexec_fn=end_with_parent)  # noqa: PLW1509 (no threads here)
    try:
        Supervisor(options).main()
    except asyncore.ExitNow:
        pass
    finally:
        end_marked_processes(patience=2)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def announce() -> None:
    """Say where the page is as soon as it really answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor ends us
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if answers(ADDRESS):
            print(f"KPI Tracker is at {ADDRESS}", flush=True)
            return
        time.sleep(0.1)
    print(f"{ADDRESS} does not answer yet. {DATA_DIR / 'log' / 'web.log'} says why.", flush=True)


def stop() -> None:
    holder = lock_holder()
    if holder is None and not marked_processes():
        raise Stop("KPI Tracker is not running.")
    if holder is not None:
        os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while (lock_holder() or marked_processes()) and time.monotonic() < deadline:
        time.sleep(0.05)
    end_marked_processes(patience=2)
    print("KPI Tracker has stopped.")


def main(action: str) -> int:
    try:
        {"start": start, "supervise": supervise, "announce": announce, "stop": stop}[action]()
    except Stop as end:
        print(end, flush=True)
        return 1 if action == "start" else 0
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
