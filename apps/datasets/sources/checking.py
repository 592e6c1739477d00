"""What is typed into a source, checked before it is kept, and parted into what may be shown and what may not."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import URL

from apps.common.errors import Refusal
from apps.datasets.sources import database, engines, guard, web

Parted = tuple[dict[str, Any], dict[str, str]]
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,63}")
# Which credentials a kind knows; others are forgotten when a source becomes another kind.
SECRETS = {
    "folder": (),
    "url": ("query", "user", "password", "token", "header", "header_value"),
    "sheet": (),
    "s3": ("access_key", "secret_key"),
    "sql": ("password",),
    "push": (),
}


def checked(kind: str, config: Mapping[str, Any], secret: Mapping[str, str]) -> Parted:
    """Config and credentials as they are kept; Refusal with a sentence if the kind cannot be asked so."""
    known = {name: value for name, value in secret.items() if name in SECRETS[kind] and value}
    given = {name: value.strip() if isinstance(value, str) else value for name, value in config.items() if value}
    return _CHECKS[kind](given, known)


def kept_for(kind: str, before: Mapping[str, Any], after: Mapping[str, Any], secret: dict[str, str]) -> dict[str, str]:
    """The credentials that may stay when a source is changed: they are for one host and never go to another."""
    if whom(kind, before) != whom(kind, after):
        return {}
    same = str(before.get("address", "")) == str(after.get("address", ""))
    return secret if same else {name: value for name, value in secret.items() if name != "query"}


def whom(kind: str, config: Mapping[str, Any]) -> tuple[Any, ...]:
    """Who gets to see the credentials of a source."""
    if kind == "sql":
        url = engines.read_address(str(config.get("address", "")))
        return kind, url.host, url.port, url.username, url.query.get("sslmode")
    if kind == "s3":
        return kind, config.get("endpoint", "")
    parts = urlsplit(str(config.get("address", "")))
    return kind, parts.scheme, parts.netloc.lower()


def _folder(config: dict[str, Any], secret: dict[str, str]) -> Parted:
    if ".." in str(config.get("folder", "")).split("/"):
        raise Refusal("The folder must lie inside the folder of this workspace, so without “..”.")
    return config, secret


def _url(config: dict[str, Any], secret: dict[str, str]) -> Parted:
    """What follows the ? of an address often is a key: it is kept with the credentials."""
    parts = urlsplit(guard.check_url(str(config.get("address", ""))))
    if parts.query:
        secret["query"] = parts.query
    if "\n" in "".join(secret.values()) or "\r" in "".join(secret.values()):
        raise Refusal("A credential may not hold a line break.")
    if secret.get("header") and not _HEADER.fullmatch(secret["header"]):
        raise Refusal("The name of a header has letters, digits and hyphens only, like X-Api-Key.")
    return config | {"address": urlunsplit(parts._replace(query="", fragment=""))}, secret


def _sheet(config: dict[str, Any], secret: dict[str, str]) -> Parted:
    return config | {"address": web.as_csv(str(config.get("address", "")))}, secret


def _s3(config: dict[str, Any], secret: dict[str, str]) -> Parted:
    if config.get("endpoint"):
        guard.check_url(str(config["endpoint"]))
    if not _BUCKET.fullmatch(str(config.get("bucket", ""))):
        raise Refusal("The name of a bucket has 3 to 63 letters, digits, dots and hyphens.")
    return config | {"which": config.get("which", "newest")}, secret


def _sql(config: dict[str, Any], secret: dict[str, str]) -> Parted:
    url = engines.read_address(str(config.get("address", "")))
    if url.password:
        secret["password"] = str(url.password)
    if bool(config.get("table")) == bool(config.get("query")):
        raise Refusal("Name either a table or a query.")
    if config.get("query"):
        database.check_query(str(config["query"]), url.get_backend_name())
    shown = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)
    return config | {"address": shown.render_as_string()}, secret


def _push(config: dict[str, Any], secret: dict[str, str]) -> Parted:
    return {}, secret


_CHECKS: dict[str, Callable[[dict[str, Any], dict[str, str]], Parted]] = {
    "folder": _folder,
    "url": _url,
    "sheet": _sheet,
    "s3": _s3,
    "sql": _sql,
    "push": _push,
}
