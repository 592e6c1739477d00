"""No source reaches what lies behind the installation, however the address is spelled."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from apps.common.errors import Refusal
from apps.datasets.sources import guard


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "::1", "0.0.0.0", "10.1.2.3", "172.16.0.9", "192.168.0.10", "169.254.10.10",
        "100.64.1.1", "fe80::1", "fd12:3456::1", "224.0.0.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "127.1",
        "0x0a000001", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "::",
    ],
)  # fmt: skip
def test_an_address_inside_is_refused_in_any_spelling(host: str) -> None:
    with pytest.raises(guard.Forbidden, match="private network"):
        guard.resolve(host, 80, allow_private=False)


@pytest.mark.parametrize("host", ["169.254.169.254", "::ffff:169.254.169.254", "2852039166", "fd00:ec2::254"])
def test_the_metadata_of_the_machine_is_refused_even_where_private_is_allowed(host: str) -> None:
    with pytest.raises(guard.Forbidden, match="secrets of the machine"):
        guard.resolve(host, 80, allow_private=True)


def test_a_public_address_is_taken_and_a_private_one_where_it_is_allowed() -> None:
    assert guard.resolve("93.184.216.34", 443, allow_private=False) == "93.184.216.34"
    assert guard.resolve("127.0.0.1", 80, allow_private=True) == "127.0.0.1"


def test_a_name_with_one_address_inside_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    name_server(monkeypatch, [["93.184.216.34", "10.0.0.5"]])
    with pytest.raises(guard.Forbidden):
        guard.resolve("rebind.example", 80, allow_private=False)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/a", "file:///etc/passwd", "gopher://example.com", "example.com/a.csv", "https:///a.csv",
     "https://user:pw@example.com/a.csv", "http://[::1", "http://example.com:notaport/"],
)  # fmt: skip
def test_only_plain_web_addresses_are_read(url: str) -> None:
    with pytest.raises(Refusal):
        guard.check_url(url)


class Nothing(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def inside() -> Iterator[int]:
    """The port of a server on this machine that must not be reached."""
    Nothing.asked = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_session_reaches_inside_only_where_it_is_allowed(inside: int) -> None:
    with guard.session(allow_private=False) as session, pytest.raises(guard.Forbidden):
        session.get(f"http://127.0.0.1:{inside}/", timeout=5)
    assert Nothing.asked == 0
    with guard.session(allow_private=True) as session:
        assert session.get(f"http://127.0.0.1:{inside}/", timeout=5).status_code == 204


def test_a_name_that_changes_its_mind_is_asked_only_once(inside: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judged address (one that nobody answers at) is the one connected to, not what the name says next."""
    asked = name_server(monkeypatch, [["203.0.113.9"], ["127.0.0.1"], ["127.0.0.1"]])
    monkeypatch.setattr(guard, "check_address", lambda *_, **__: None)  # 203.0.113/24 is for documentation only
    reached: list[str] = []

    def connect(address: tuple[str, int], *_: Any) -> socket.socket:
        reached.append(address[0])
        raise OSError("unreachable")

    monkeypatch.setattr(guard.socket, "create_connection", connect)
    with guard.session(allow_private=False) as session, pytest.raises(requests.ConnectionError):
        session.get(f"http://rebind.example:{inside}/", timeout=5)
    assert (reached, len(asked), Nothing.asked) == (["203.0.113.9"], 1, 0)


def name_server(monkeypatch: pytest.MonkeyPatch, answers: list[list[str]]) -> list[str]:
    """Names resolve to the next of these; gives the list of what was asked."""
    asked: list[str] = []

    def answer(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (str(ipaddress.ip_address(a)), port)) for a in found]

    monkeypatch.setattr(guard.socket, "getaddrinfo", answer)
    return asked
