"""What stands before every request: headers, the limit on how many, and the door: no session, no data."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.review.app.access import Sessions

OPEN = {("GET", "/"), ("HEAD", "/"), ("POST", "/sign-in")}
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Limiter:
    """Token buckets: each key may spend ``burst`` at once and gets ``rate`` back a second.

    Args:
        most: keys remembered; past it those that are full again are forgotten, and then all.
    """

    def __init__(
        self, *, burst: int, rate: float, clock: Callable[[], float] = time.monotonic, most: int = 10_000
    ) -> None:
        self._burst, self._rate, self._clock, self._most = burst, rate, clock, most
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """Seconds until the key may spend again; 0 where it may now."""
        left = self._now(key)
        return 0.0 if left >= 1 else (1 - left) / self._rate

    def spend(self, key: str) -> None:
        """Take one from the key."""
        if key not in self._left and len(self._left) >= self._most:
            self._left = {k: v for k, v in self._left.items() if self._now(k) < self._burst}
            if len(self._left) >= self._most:
                self._left.clear()
        self._left[key] = (self._now(key) - 1, self._clock())

    def _now(self, key: str) -> float:
        left, then = self._left.get(key, (float(self._burst), self._clock()))
        return min(float(self._burst), left + (self._clock() - then) * self._rate)


class Guard:
    """ASGI middleware; what passes it has the account and session in ``request.state``.

    Args:
        secure: the app is reached by TLS: cookies are marked so, and browsers are told to stay with it.
        known: limit on a person's requests; unknown: on an address's requests without a session.
    """

    def __init__(self, app: ASGIApp, *, sessions: Sessions, secure: bool, known: Limiter, unknown: Limiter) -> None:
        self._app, self._sessions, self._secure = app, sessions, secure
        self._known, self._unknown = known, unknown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here without content."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", NOTHING)
                if self._secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        refusal = await self._refusal(Request(scope))
        await (refusal or self._app)(scope, receive, headed)

    async def _refusal(self, request: Request) -> Response | None:
        session = request.cookies.get(cookie_name(self._secure), "")
        account = await run_in_threadpool(self._sessions.account, session) if session else None
        request.state.account, request.state.session = account, session if account else ""
        key = account.name if account else (request.client.host if request.client else "")
        limiter = self._known if account else self._unknown
        seconds = limiter.wait(key)
        if seconds:
            return Response(status_code=429, headers={"Retry-After": str(int(seconds) + 1)})
        shut = account is None and (request.method, request.url.path) not in OPEN
        if account or shut:
            limiter.spend(key)  # a wrong token is counted where it is tried
        if shut:
            return Response(status_code=401)
        return Response(status_code=403) if request.method not in ("GET", "HEAD") and _foreign(request) else None


def cookie_name(secure: bool) -> str:
    """The session's cookie; browsers take the prefixed name by TLS only, and for this host alone."""
    return "__Host-review" if secure else "review"


def _foreign(request: Request) -> bool:
    """Whether the browser says that another site's page sent this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
