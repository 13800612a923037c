"""Who may ask: before any page is reached, every request passes here.

A foreign Host (DNS rebinding), no or a wrong token, a write from a foreign Origin, a write that is no JSON, or a body
that is too large or too slow gets a 4xx, and the page is not asked. The token comes in the URL once and lives on in a
cookie that scripts do not see and other sites cannot send.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MOST_BODY_BYTES = 16_384
BODY_WITHIN_S = 5.0
READS, WRITES = ("GET", "HEAD"), ("POST",)
HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_LOCAL = ("127.0.0.1", "localhost", "[::1]")
# not a redirect: a browser that came here from another site would not send a strict cookie along with it
_GO_ON = b'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><a href="/">cvinspect</a>'


class RefusedError(Exception):
    """A request that goes no further: status and a word."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Guard:
    """An ASGI application around another. port: where it answers; hosts: names besides this machine's own."""

    def __init__(self, app: App, token: str, port: int, hosts: Iterable[str] = ()) -> None:
        self._app, self._token = app, token.encode()
        names = (*_LOCAL, *(host.lower() for host in hosts))
        bare = names if port in (80, 443) else tuple(hosts)  # a proxy in front of it leaves the port out
        self._hosts = {f"{name}:{port}" for name in names} | {name.lower() for name in bare}
        self._cookie = f"cvinspect_{port}"

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answers the request, or lets the page answer."""
        if scope["type"] != "http":
            return
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        try:
            if self._came_in(scope, headers):
                await self._let_in(send)
                return
            body = await self._checked(scope, headers, receive)
        except RefusedError as no:
            await _plain(send, no.status, no.why)
            return
        await self._app(scope, _again(body, receive), _with_headers(send))

    def _came_in(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
        """Whether the token stands in the URL; True: it is the right one."""
        if headers.get("host", "").lower() not in self._hosts:
            raise RefusedError(421, "unknown host")
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if given is None:
            return False
        if scope["method"] != "GET" or scope["path"] != "/" or not self._is_ours(given[0]):
            raise RefusedError(403, "wrong token")
        return True

    async def _let_in(self, send: Send) -> None:
        cookie = f"{self._cookie}={self._token.decode()}; Path=/; HttpOnly; SameSite=Strict"
        more = ((b"set-cookie", cookie.encode()), (b"content-type", b"text/html; charset=utf-8"))
        await _answer(send, 200, _GO_ON, more)

    async def _checked(self, scope: Mapping[str, Any], headers: Mapping[str, str], receive: Receive) -> bytes:
        """The request's body, where nothing is wrong with the request."""
        if not self._is_ours(_cookie(headers.get("cookie", ""), self._cookie)):
            raise RefusedError(403, "open the address that the station printed when it began")
        if scope["method"] in READS:
            return b""
        if scope["method"] not in WRITES:
            raise RefusedError(405, "method not allowed")
        origin = urlsplit(headers.get("origin", ""))
        if origin.scheme not in ("http", "https") or origin.netloc.lower() != headers["host"].lower():
            raise RefusedError(403, "foreign origin")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(415, "JSON only")
        if not headers.get("content-length", "").isdecimal():
            raise RefusedError(411, "length required")
        if int(headers["content-length"]) > MOST_BODY_BYTES:
            raise RefusedError(413, "too large")
        try:
            return await asyncio.wait_for(_body(receive), BODY_WITHIN_S)
        except TimeoutError:
            raise RefusedError(408, "too slow") from None

    def _is_ours(self, given: str) -> bool:
        return secrets.compare_digest(given.encode("utf-8", "replace"), self._token)


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


async def _body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, "gone")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BODY_BYTES:
            raise RefusedError(413, "too large")
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, then whatever comes."""
    told = False

    async def receive_again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _with_headers(send: Send) -> Send:
    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message.get("headers", ())}
            message["headers"] = [*message.get("headers", ()), *(pair for pair in HEADERS if pair[0] not in own)]
        await send(message)

    return send_with


async def _plain(send: Send, status: int, text: str) -> None:
    await _answer(send, status, text.encode(), ((b"content-type", b"text/plain; charset=utf-8"),))


async def _answer(send: Send, status: int, body: bytes, more: Iterable[tuple[bytes, bytes]]) -> None:
    headers = [*HEADERS, (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
