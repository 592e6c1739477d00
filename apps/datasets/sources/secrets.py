"""Credentials at rest: encrypted with a key made from SECRET_KEY, opened only for the moment of a connection.

A database that leaks without its SECRET_KEY gives nothing away. After the key was changed, credentials encrypted with
an earlier one open as long as SECRET_KEY_FALLBACKS names it (docs/adr/0014).
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from apps.common.errors import Refusal

PURPOSE = b"kpitracker: credentials of sources, 1"
HIDDEN = "[secret]"
LOST = (
    "The credentials cannot be opened any more, because SECRET_KEY of this installation has changed. Enter them again."
)
# user:password@ of an address, wherever it stands in a text
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s@]*@")


def encrypt(values: Mapping[str, str]) -> str:
    """Empty text for no values at all, so that `if source.secret` tells whether there is one."""
    kept = {name: value for name, value in values.items() if value}
    return _box().encrypt(json.dumps(kept).encode()).decode() if kept else ""


def decrypt(text: str) -> dict[str, str]:
    """Raises Refusal (a sentence) if neither SECRET_KEY nor one of its fallbacks opens it."""
    if not text:
        return {}
    try:
        opened: dict[str, str] = json.loads(_box().decrypt(text.encode()))
    except InvalidToken:
        raise Refusal(LOST) from None
    return opened


def hide(text: str, secrets: Iterable[str] = ()) -> str:
    """A sentence of somebody else's library, without credentials: neither ours nor any inside an address."""
    for secret in sorted((each for each in secrets if len(each) > 2), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _IN_ADDRESS.sub(f"{HIDDEN}@", text)


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(key: str | bytes) -> bytes:
    """A key for this purpose alone: what SECRET_KEY signs elsewhere says nothing about it."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(force_bytes(key))
    return base64.urlsafe_b64encode(made)
