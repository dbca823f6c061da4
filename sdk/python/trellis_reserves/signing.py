"""Signed requests (RFC 9421), with nothing but the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
import urllib.parse
from collections.abc import Callable


class Signer:
    """Signs requests instead of a token."""

    def __init__(self, key_id: str, sign: Callable[[bytes], bytes]) -> None:
        """
        key_id: as in the service's setting serviceKeys
        sign: of Ed25519, or of ECDSA P-256 with SHA-256 as r and s of 32 bytes each
        """
        self._key_id = key_id
        self._sign = sign

    @classmethod
    def of_secret(cls, key_id: str, secret: bytes) -> Signer:
        """HMAC-SHA-256. secret: 32 bytes or more"""
        return cls(key_id, lambda base: hmac.digest(secret, base, "sha256"))

    def fields(self, method: str, url: str, body: bytes | None) -> dict[str, str]:
        """Header fields of one request; another try needs new ones."""
        parts = urllib.parse.urlsplit(url)
        covered = {
            "@method": method,
            "@authority": parts.netloc.lower(),
            "@path": parts.path or "/",
            "@query": f"?{parts.query}",
        }
        added = {}
        if body is not None:
            added["content-digest"] = f"sha-256={_bytes(hashlib.sha256(body).digest())}"
        covered |= added
        names = " ".join(f'"{name}"' for name in covered)
        nonce = secrets.token_hex(16)
        terms = f'({names});created={int(time.time())};nonce="{nonce}";keyid="{self._key_id}"'
        lines = [f'"{name}": {value}' for name, value in covered.items()]
        base = "\n".join([*lines, f'"@signature-params": {terms}'])
        signature = _bytes(self._sign(base.encode()))
        return {**added, "signature-input": f"trellis={terms}", "signature": f"trellis={signature}"}


def _bytes(value: bytes) -> str:
    return f":{base64.b64encode(value).decode()}:"
