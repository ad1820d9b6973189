"""Signed tokens: they bring a mail or a browser back to its contact and cannot be guessed."""

import hashlib
import hmac

MAC_CHARS = 20
"""80 bits: enough against guessing, short enough for a plus-address (64 characters in all, RFC 5321 4.5.3.1.1)."""


def sign(secret: bytes, purpose: str, value: str) -> str:
    """`value` with its signature, in lower case and without characters that a mail address may not hold."""
    return f"{value}-{_mac(secret, purpose, value)}"


def read(secret: bytes, purpose: str, token: str) -> str | None:
    """The value of a token that we signed for this purpose, else None. Case does not count: mail relays change it."""
    value, dash, mac = token.strip().lower().rpartition("-")
    if not dash or not hmac.compare_digest(mac.encode(), _mac(secret, purpose, value).encode()):
        return None
    return value


def _mac(secret: bytes, purpose: str, value: str) -> str:
    return hmac.new(secret, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()[:MAC_CHARS]
