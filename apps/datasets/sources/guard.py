"""In front of every connection that a source asks for: which hosts it may reach.

A name is resolved once, all its addresses are judged, and the connection goes to an address that was judged, never to
the name again: a name that answers differently the second time (DNS rebinding) gains nothing. Every hop of a redirect
is a new connection and comes through here as well. Unusual spellings (2130706433, 0177.0.0.1) are judged by what they
resolve to.
"""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from apps.common.errors import Refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PRIVATE = (
    "“{host}” is inside a private network, where sources may not look. Somebody who manages the workspace can allow it"
    " for this source."
)
METADATA = "“{host}” answers with the secrets of the machine this runs on; no source may ask there."
UNKNOWN = "No address is known for “{host}”: check how it is written."
# Public by their number, but answered by the machine's own cloud.
_METADATA = {
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "168.63.129.16", "100.100.100.200")
}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(Refusal):
    """A host that a source may not reach."""


def resolve(host: str, port: int, *, allow_private: bool) -> str:
    """One address of the host, judged. Forbidden if any of its addresses may not be reached."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Forbidden(UNKNOWN.format(host=host)) from None
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for address in addresses:
        check_address(ipaddress.ip_address(address), host, allow_private=allow_private)
    return addresses[0]


def check_address(address: Address, host: str, *, allow_private: bool) -> None:
    for each in _with_embedded(address):
        if each in _METADATA:
            raise Forbidden(METADATA.format(host=host))
        if not allow_private and (not each.is_global or each.is_multicast or each.is_reserved):
            raise Forbidden(PRIVATE.format(host=host))


def _with_embedded(address: Address) -> list[Address]:
    """The address, and IPv4 ones it stands for: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    inside: list[Address] = [address]
    if address.sixtofour:
        inside.append(address.sixtofour)
    if address.teredo:
        inside.extend(address.teredo)
    if address in _NAT64:
        inside = [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return inside


def check_url(url: str) -> str:
    """The address if it is one of http or https, names a host and holds no credentials; else Refusal."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refusal("The address cannot be read: it should look like https://example.com/export.csv.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise Refusal("The address must begin with https:// (or http://) and name a host.")
    if parts.username is not None or parts.password is not None:
        raise Refusal("Put user and password into their own fields, not into the address: there they are kept secret.")
    return url


def session(*, allow_private: bool) -> requests.Session:
    """For HTTP(S). It knows no proxies, no .netrc and no redirects: each hop is asked for by url.py."""
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", _Guarded(allow_private))
    made.mount("http://", _Guarded(allow_private))
    return made


def pool(*, allow_private: bool) -> urllib3.PoolManager:
    """The same one level below, for what brings its own HTTP client (S3)."""
    manager = urllib3.PoolManager(retries=False)
    manager.pool_classes_by_scheme = _pool_classes(allow_private)
    return manager


class _Guarded(HTTPAdapter):
    def __init__(self, allow_private: bool) -> None:
        self.allow_private = allow_private
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self.allow_private)


def _pool_classes(allow_private: bool) -> dict[str, type]:
    """Connection pools whose connections go to judged addresses; certificates are still checked against the name."""

    def connect(connection: HTTPConnection) -> socket.socket:
        address = resolve(connection.host.strip("[]"), connection.port or 0, allow_private=allow_private)
        timeout = connection.timeout if isinstance(connection.timeout, int | float) else 10
        try:
            return socket.create_connection((address, connection.port or 0), timeout)
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(connection, "timed out") from error
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(connection, "cannot be reached") from error

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
