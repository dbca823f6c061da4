"""How operations travel: JSON over HTTP, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .signing import Signer
from .trust import PinnedHandler, UntrustedError


class ApiError(Exception):
    """A problem (RFC 9457). `code` is what programs decide by."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.code: str = problem.get("code", "UNKNOWN")
        self.hint: str = problem.get("hint", "")
        self.correlation_id: str = problem.get("correlationId", "")
        self.problem = problem
        super().__init__(f"{self.code}: {problem.get('detail', 'no detail')} ({status})")


class UnreachableError(ConnectionError):
    """The service does not answer, or its answer broke off. `__cause__` says why."""

    code = "SERVICE_UNREACHABLE"

    def __init__(self, url: str, reason: object) -> None:
        self.url = url
        super().__init__(f"{self.code}: the service at {url} does not answer ({reason})")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Transport:
    """One service, as one caller. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        signer: Signer | None = None,
        pins: Sequence[str] = (),
        timeout_s: float = 30.0,
        retries: int = 2,
    ) -> None:
        """
        url: https://reserves.example, without a path
        token: an API key (trk_…) or a token of the service's identity provider; None for what is everyone's
        signer: signs each request instead of a token
        pins: the server's key must be one of these (sha256/BASE64), instead of an authority's; otherwise UntrustedError
        retries: how often a read, or a write with an idempotency key, is sent again after 429, 503 or a lost connection
        """
        if pins and not url.startswith("https://"):
            raise UntrustedError(url, "not an https:// address")
        self._url = url.rstrip("/")
        self._token = token
        self._signer = signer
        self._timeout_s = timeout_s
        self._retries = retries
        self._opener = urllib.request.build_opener(_NoRedirects(), *([PinnedHandler(pins)] if pins else []))

    @staticmethod
    def _key(given: str | None) -> str:
        return given if given is not None else str(uuid.uuid4())

    def _call(
        self,
        method: str,
        path: str,
        *,
        parameters: dict[str, Any],
        query: dict[str, Any],
        body: Any,
        if_match: str | None,
        idempotency_key: str | None,
        answer: str,
    ) -> Any:
        for name, value in parameters.items():
            path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        given = {name: _text(value) for name, value in query.items() if value is not None}
        target = f"{self._url}{path}" + (f"?{urllib.parse.urlencode(given)}" if given else "")
        headers = {"accept": "*/*" if answer == "bytes" else "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token}"
        if if_match is not None:
            headers["if-match"] = if_match
        if idempotency_key is not None:
            headers["idempotency-key"] = idempotency_key
        can_repeat = method == "GET" or idempotency_key is not None
        content = self._send(urllib.request.Request(target, data, headers, method=method), can_repeat)
        if answer == "nothing":
            return None
        return content if answer == "bytes" else json.loads(content)

    def _send(self, request: urllib.request.Request, can_repeat: bool) -> bytes:
        attempts = 1 + (self._retries if can_repeat else 0)
        for attempt in range(1, attempts + 1):
            if self._signer is not None:
                data = request.data if isinstance(request.data, bytes) else None
                for name, value in self._signer.fields(request.get_method(), request.full_url, data).items():
                    request.add_header(name, value)
            try:
                with self._opener.open(request, timeout=self._timeout_s) as response:
                    return response.read()
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in (429, 503) or attempt == attempts:
                        raise ApiError(error.code, _problem(error.read())) from None
                    pause_s = _pause(error.headers.get("retry-after"), attempt)
            except (OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                if isinstance(reason, UntrustedError):
                    raise reason from None
                if attempt == attempts:
                    raise UnreachableError(self._url, reason) from error
                pause_s = _pause(None, attempt)
            time.sleep(pause_s)
        raise AssertionError("unreachable")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pause(retry_after: str | None, attempt: int) -> float:
    if retry_after is not None and retry_after.isdigit():
        return min(float(retry_after), 60.0)
    return 0.2 * 2**attempt


def _problem(content: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(content)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def pages(operation: Callable[..., Any], **arguments: Any) -> Iterator[Any]:
    """All items of a list, page after page: `for entry in pages(client.list_entries): …`"""
    cursor = None
    while True:
        page = operation(**arguments, cursor=cursor)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return
