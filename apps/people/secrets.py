"""Secrets that are shown once: only their digest is kept, so a stolen database opens nothing."""

import hashlib
import secrets

INVITATION = "inv"
API = "kpit"


def new_secret(prefix: str) -> tuple[str, str]:
    """A new secret and its digest. 256 random bits need no salt and no slow hash."""
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    return secret, digest_of(secret)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
