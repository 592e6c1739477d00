"""Real places to fetch from: a web server, an S3 server, database files, a folder; and a source for each."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from apps.datasets.models import Source
from apps.datasets.services.sources import create_source
from apps.datasets.sources.kinds import Asked
from apps.people.models import Member, Workspace

DEALS = "id,owner,created_on,closed_on,outcome,amount\n1,Rita Evans,2026-10-01,2026-10-15,won,100\n"
MORE = DEALS + "2,Rita Evans,2026-10-02,2026-11-03,won,250\n"

MakeSource = Callable[..., Source]
Ask = Callable[..., Asked]


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.SOURCES_FOLDER = tmp_path / "sources"
    settings.BROKER_URL = f"sqla+sqlite:///{tmp_path / 'queue.sqlite3'}"


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """What a fetch asks for, without a database."""

    def make(kind: str, config: dict[str, Any], **given: Any) -> Asked:
        root, bench = tmp_path / "root", tmp_path / "bench"
        root.mkdir(exist_ok=True)
        bench.mkdir(exist_ok=True)
        usual: dict[str, Any] = {
            "secret": {}, "state": {}, "allow_private": True, "folder": bench, "root": root,
            "now": datetime.now(UTC), "limit": 10_000_000, "max_rows": 1000,
        }  # fmt: skip
        return Asked(kind=kind, config=config, **(usual | given))

    return make


@dataclass
class Web:
    """A web server whose answers a test writes: path → (status, headers, body)."""

    port: int = 0
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/deals.csv", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def serve(self, text: str, path: str = "/deals.csv", status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Type": "text/csv"} | named, text.encode())


@pytest.fixture
def web() -> Iterator[Web]:
    site = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            status, headers, body = site.pages.get(self.path.partition("?")[0], (404, {}, b""))
            if headers.get("ETag") and headers["ETag"] == self.headers.get("If-None-Match"):
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def dropped(workspace: Workspace, settings: Settings) -> Path:
    """The watched folder of the workspace."""
    folder = Path(settings.SOURCES_FOLDER) / workspace.slug / "crm"
    folder.mkdir(parents=True)
    return folder


def drop(folder: Path, name: str, text: str = DEALS, *, age: float = 60) -> Path:
    """A file that was last written so many seconds ago."""
    path = folder / name
    path.write_text(text)
    moment = datetime.now(UTC).timestamp() - age
    os.utime(path, (moment, moment))
    return path


@pytest.fixture
def make_source(admin: Member) -> MakeSource:
    def make(kind: str = "folder", config: dict[str, Any] | None = None, **wishes: Any) -> Source:
        usual: dict[str, Any] = {
            "name": "CRM nightly", "kind": kind, "table": "deals", "cadence": "day",
            "config": {"folder": "crm"} if config is None else config,
        }  # fmt: skip
        now = datetime.now(UTC)
        made = create_source(workspace=admin.workspace, by=admin, wishes=usual | wishes, now=now)  # type: ignore[typeddict-item]
        return Source.objects.select_related("workspace").get(pk=made.pk)

    return make
