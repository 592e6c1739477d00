"""A file behind a web address, and a published sheet, which is one too once its address is put right."""

import re
import time
from collections.abc import Mapping
from email.message import Message
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlencode, urljoin, urlsplit

import requests
import urllib3

from apps.common.errors import Refusal
from apps.datasets.sources import guard
from apps.datasets.sources.kinds import Answer, Asked, Found, Nothing
from apps.datasets.uploads import file_checksum

HOPS = 5
CONNECT, READ = 10, 60  # seconds for a connection, and for the next bytes
AT_MOST = 3600  # seconds for the whole file
CHUNK = 256 * 1024
_SHEET = re.compile(r"^/spreadsheets/(?:u/\d+/)?d/(e/)?([\w-]+)")

_ANSWERS = {
    401: "The address asks for credentials, or does not accept those given (401).",
    403: "The address does not let these credentials in (403).",
    404: "There is nothing at the address (404).",
    410: "What was at the address is gone (410).",
    429: "The address says that it was asked too often (429).",
}


def fetch(asked: Asked) -> Answer:
    query = asked.secret.get("query", "")
    url = str(asked.config.get("address", ""))
    return _download(asked, f"{url}?{query}" if query else url)


def fetch_sheet(asked: Asked) -> Answer:
    return _download(asked, as_csv(str(asked.config.get("address", ""))), sheet=True)


def as_csv(url: str) -> str:
    """The address that gives a sheet as CSV, for the one that people copy from their browser.

    `…/d/ID/edit#gid=7` → `…/d/ID/export?format=csv&gid=7`; `…/d/e/ID/pubhtml?gid=7` → `…/d/e/ID/pub?output=csv&gid=7`.
    Any other address is left as it is.
    """
    parts = urlsplit(guard.check_url(url))
    found = _SHEET.match(parts.path)
    if not found or not (parts.hostname or "").endswith("google.com"):
        return url
    asked = parse_qs(parts.query) | parse_qs(parts.fragment)
    wanted = {"output": "csv", "single": "true"} if found[1] else {"format": "csv"}
    if "gid" in asked:
        wanted["gid"] = asked["gid"][0]
    elif found[1]:
        del wanted["single"]
    page = "pub" if found[1] else "export"
    return f"https://docs.google.com/spreadsheets/d/{found[1] or ''}{found[2]}/{page}?{urlencode(wanted)}"


def _download(asked: Asked, url: str, *, sheet: bool = False) -> Answer:
    with guard.session(allow_private=asked.allow_private) as session:
        try:
            response = _follow(session, url, asked)
            with response:
                if response.status_code == 304:
                    return Nothing("The address says that nothing has changed.", dict(asked.state))
                _judge(response, sheet=sheet)
                path = _save(response, asked)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise Refusal(_told(error)) from None
    checksum = file_checksum(path)
    state = {
        **asked.state,
        "checksum": checksum,
        "etag": response.headers.get("ETag", ""),
        "modified": response.headers.get("Last-Modified", ""),
    }
    if checksum == asked.state.get("checksum"):
        return Nothing("The file is the same as last time.", state)
    return Found(path, _name(response, url, sheet=sheet), state)


def _follow(session: requests.Session, url: str, asked: Asked) -> requests.Response:
    """Redirects are followed by hand: each address is judged, and credentials stay with the host they are for."""
    home = _origin(url)
    for _ in range(HOPS + 1):
        guard.check_url(url)
        at_home = _origin(url) == home
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "KPI-Tracker"}
        headers |= _conditions(asked) | (_credentials(asked.secret) if at_home else {})
        auth = (asked.secret.get("user", ""), asked.secret.get("password", "")) if at_home else ("", "")
        response = session.get(
            url,
            headers=headers,
            auth=auth if auth[0] else None,
            timeout=(CONNECT, READ),
            stream=True,
            allow_redirects=False,
        )
        if not response.is_redirect:
            return response
        target = urljoin(url, response.headers["Location"])
        response.close()
        if url.startswith("https:") and not target.startswith("https:"):
            raise Refusal("The address sends on to one without encryption; give the final https:// address.")
        url = target
    raise Refusal(f"The address sends on more than {HOPS} times. Give the final address.")


def _conditions(asked: Asked) -> dict[str, str]:
    given = {"If-None-Match": asked.state.get("etag"), "If-Modified-Since": asked.state.get("modified")}
    return {name: value for name, value in given.items() if value}


def _credentials(secret: Mapping[str, str]) -> dict[str, str]:
    headers = {}
    if secret.get("token"):
        headers["Authorization"] = f"Bearer {secret['token']}"
    if secret.get("header"):
        headers[secret["header"]] = secret.get("header_value", "")
    return headers


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _judge(response: requests.Response, *, sheet: bool) -> None:
    status = response.status_code
    if status != 200:
        raise Refusal(_ANSWERS.get(status, f"The address answers with an error ({status})."))
    if "html" in response.headers.get("Content-Type", ""):
        publish = " Publish the sheet to the web as CSV, or share it with everybody who has the link." if sheet else ""
        raise Refusal(f"The address answers with a web page instead of a file, perhaps one to sign in.{publish}")


def _save(response: requests.Response, asked: Asked) -> Path:
    path = asked.folder / "fetched"
    too_large = f"The file is larger than {asked.limit / 1024**2:.0f} MB. Ask for a smaller part of it."
    announced = response.headers.get("Content-Length", "")
    total = int(announced) if announced.isdecimal() else 0
    if total > asked.limit:
        raise Refusal(too_large)
    until, size = time.monotonic() + AT_MOST, 0
    with path.open("wb") as file:
        for chunk in response.iter_content(CHUNK):
            size += len(chunk)
            if size > asked.limit:
                raise Refusal(too_large)
            if time.monotonic() > until:
                raise Refusal("The file took more than an hour to arrive. Ask for a smaller part of it.")
            file.write(chunk)
            asked.progress("Fetching", size, max(total, size))
    if total and size < total:
        raise Refusal("The connection ended before the file did.")
    return path


def _name(response: requests.Response, url: str, *, sheet: bool) -> str:
    told = Message()
    told["Content-Disposition"] = response.headers.get("Content-Disposition", "")
    name = PurePosixPath(told.get_filename() or unquote(urlsplit(url).path)).name
    if sheet and not name.endswith(".csv"):
        return "sheet.csv"
    return name or "download"


def _told(error: Exception) -> str:
    """Never the text of the error itself: it holds the whole address."""
    if isinstance(error, requests.exceptions.SSLError):
        return "The certificate of the address is not valid."
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "The address did not answer in time."
    if isinstance(error, requests.ConnectionError):
        return "The address cannot be reached."
    return "The connection broke before the file was complete."
