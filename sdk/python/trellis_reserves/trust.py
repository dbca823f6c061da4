"""A server's public key instead of an authority."""

from __future__ import annotations

import base64
import hashlib
import http.client
import ssl
import urllib.request
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any


class UntrustedError(ConnectionError):
    """The server has another key. No request was sent."""

    code = "TLS_PEER_UNTRUSTED"

    def __init__(self, host: str, reason: str, seen: str | None = None) -> None:
        self.host = host
        #: Pin of the server's key.
        self.seen = seen
        super().__init__(f"{self.code}: {reason} ({host})" + (f", seen {seen}" if seen else ""))


class PinnedHandler(urllib.request.HTTPSHandler):
    """pins: sha256/BASE64 of the SubjectPublicKeyInfo (RFC 7469); several allow the replacement of a key"""

    def __init__(self, pins: Iterable[str]) -> None:
        context = ssl.create_default_context()
        # `_require_pin` checks the key and the dates instead.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().__init__(context=context)
        self._pinned = context
        self._pins = frozenset(pins)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, request)  # type: ignore[arg-type]

    def _connection(self, host: str, **options: Any) -> http.client.HTTPSConnection:
        return _PinnedConnection(host, self._pins, context=self._pinned, **options)


class _PinnedConnection(http.client.HTTPSConnection):
    def __init__(self, host: str, pins: frozenset[str], **options: Any) -> None:
        super().__init__(host, **options)
        self._pins = pins

    def connect(self) -> None:
        super().connect()
        try:
            _require_pin(self.sock.getpeercert(binary_form=True), self._pins, self.host)
        except BaseException:
            self.close()
            raise


def _require_pin(certificate: bytes, pins: frozenset[str], host: str) -> None:
    fields = _children(_children(certificate)[0])
    # The version is explicit in every certificate with extensions.
    validity, _, key = fields[4:7] if fields[0][0] == 0xA0 else fields[3:6]
    first, last = (_time(field) for field in _children(validity))
    if not first <= datetime.now(timezone.utc) <= last:
        raise UntrustedError(host, "expired")
    seen = "sha256/" + base64.b64encode(hashlib.sha256(key).digest()).decode()
    if seen not in pins:
        raise UntrustedError(host, "other key", seen)


def _children(der: bytes) -> list[bytes]:
    start, end = _content(der)
    children = []
    while start < end:
        size = _content(der[start:end])[1]
        children.append(der[start : start + size])
        start += size
    return children


def _content(der: bytes) -> tuple[int, int]:
    length = der[1]
    if length < 0x80:
        return 2, 2 + length
    count = length & 0x7F
    return 2 + count, 2 + count + int.from_bytes(der[2 : 2 + count], "big")


def _time(der: bytes) -> datetime:
    start, end = _content(der)
    text = der[start:end].decode()
    form = "%y%m%d%H%M%SZ" if der[0] == 0x17 else "%Y%m%d%H%M%SZ"
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
