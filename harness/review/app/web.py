"""The web app: the reader's page, its judgements, its file; for viewers, how far all are."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from urllib.parse import parse_qs

import anyio
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from harness.errors import HarnessError
from harness.review.app.access import SESSION, Account, Sessions, csrf_token
from harness.review.app.database import Database
from harness.review.app.decisions import Decisions, Refused, Saved, Stale, file_name, file_text
from harness.review.app.enrol import TRAIL, trail_text
from harness.review.app.guard import Guard, Limiter, cookie_name
from harness.review.app.pages import Page, Pages

LARGEST = 2_000_000  # bytes of a request; a judgement with the longest comment and marks is far smaller
SLOWEST = 30.0  # seconds that sending a request may take
_UNKNOWN = "This token is not known. Check that you pasted all of it, or ask for a new one."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The handlers of one run's review."""

    sessions: Sessions
    decisions: Decisions
    pages: Pages
    secure: bool
    unknown: Limiter

    def home(self, request: Request) -> Response:
        """The way in, or on to where the person works."""
        account: Account | None = request.state.account
        if account is None:
            return _html(self.pages.sign_in(""))
        return RedirectResponse("/progress" if account.role == "viewer" else "/review", status_code=303)

    async def sign_in(self, request: Request) -> Response:
        """A session for a token."""
        token = (await _form(request)).get("token", "").strip()
        session = await run_in_threadpool(self.sessions.sign_in, token)
        if session is None:
            self.unknown.spend(request.client.host if request.client else "")
            return _html(self.pages.sign_in(_UNKNOWN), 401)
        response = RedirectResponse("/", status_code=303)
        age = int(SESSION.total_seconds())
        name = cookie_name(self.secure)
        response.set_cookie(name, session, max_age=age, secure=self.secure, httponly=True, samesite="lax")
        return response

    async def sign_out(self, request: Request) -> Response:
        """The end of the session."""
        _same_session(request, (await _form(request)).get("csrf", ""))
        await run_in_threadpool(self.sessions.sign_out, request.state.session)
        response = RedirectResponse("/", status_code=303)
        response.delete_cookie(cookie_name(self.secure), secure=self.secure, httponly=True, samesite="lax")
        return response

    def review(self, request: Request) -> Response:
        """The reader's page."""
        account = _reader(request)
        data = self.decisions.pack(account.pack).data
        decided = self.decisions.latest(account.pack)
        return _html(self.pages.reading(data, decided, csrf_token(request.state.session)))

    async def decide(self, request: Request) -> Response:
        """Append a judgement to the reader's own."""
        account = _reader(request)
        _same_session(request, request.headers.get("x-csrf-token", ""))
        try:
            saved = Saved.model_validate_json(await _body(request))
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_input=False)[0]
            return _told(422, f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}")
        try:
            number = await run_in_threadpool(self.decisions.save, account, saved)
        except Stale as problem:
            return _told(409, problem.message)
        except Refused as problem:
            return _told(422, problem.message)
        return JSONResponse({"number": number})

    def own_file(self, request: Request) -> Response:
        """The reader's file, for ``harness review merge``."""
        return self._file(_reader(request).pack)

    def progress(self, request: Request) -> Response:
        """How far all readers are."""
        account = _viewer(request)
        standings = self.decisions.standings()
        return _html(self.pages.progress(account.name, standings, csrf_token(request.state.session)))

    def any_file(self, request: Request) -> Response:
        """Any reader's file."""
        _viewer(request)
        pack = request.path_params["pack"]
        if pack not in {s.pack for s in self.decisions.standings()}:
            raise HTTPException(404)
        return self._file(pack)

    def trail(self, request: Request) -> Response:
        """All decisions, with who and when."""
        _viewer(request)
        return _download(TRAIL, trail_text(self.decisions), "application/x-ndjson")

    def _file(self, pack: str) -> Response:
        file = self.decisions.review_file(pack)
        return _download(file_name(file.reviewer, pack), file_text(file), "application/json")


def build_app(
    database: Database,
    run: str,
    pages: Pages,
    *,
    secure: bool = False,
    known: Limiter | None = None,
    unknown: Limiter | None = None,
) -> Starlette:
    """The app over one run.

    Args:
        run: hash of the run. secure: it is reached by TLS.
        known: a person's requests; unknown: an address's wrong tokens and requests without a session.
    """
    sessions = Sessions(database, run)
    known = known or Limiter(burst=120, rate=5)
    unknown = unknown or Limiter(burst=20, rate=1 / 3)
    site = Site(sessions=sessions, decisions=Decisions(database, run), pages=pages, secure=secure, unknown=unknown)
    routes = [
        Route("/", site.home),
        Route("/sign-in", site.sign_in, methods=["POST"]),
        Route("/sign-out", site.sign_out, methods=["POST"]),
        Route("/review", site.review),
        Route("/decisions", site.decide, methods=["POST"]),
        Route("/file", site.own_file),
        Route("/progress", site.progress),
        Route("/files/{pack}", site.any_file),
        Route(f"/{TRAIL}", site.trail),
    ]
    guard = Middleware(Guard, sessions=sessions, secure=secure, known=known, unknown=unknown)
    return Starlette(
        routes=routes,
        middleware=[guard],
        exception_handlers={HTTPException: _empty, HarnessError: _failed},
        max_body_size=LARGEST,
    )


def _reader(request: Request) -> Account:
    account: Account = request.state.account
    if account.role == "viewer":
        raise HTTPException(403)
    return account


def _viewer(request: Request) -> Account:
    account: Account = request.state.account
    if account.role != "viewer":
        raise HTTPException(403)
    return account


def _same_session(request: Request, given: str) -> None:
    """What changes something comes with the session's own word, which other sites' pages can't know."""
    if not hmac.compare_digest(given.encode(), csrf_token(request.state.session).encode()):
        raise HTTPException(403)


async def _body(request: Request) -> bytes:
    """What was sent; who sends it drop by drop is not waited for."""
    try:
        with anyio.fail_after(SLOWEST):
            return await request.body()
    except TimeoutError:
        raise HTTPException(408) from None


async def _form(request: Request) -> dict[str, str]:
    fields = parse_qs((await _body(request)).decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _html(page: Page, status: int = 200) -> Response:
    return HTMLResponse(page.html, status, {"Content-Security-Policy": page.policy})


def _download(name: str, text: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8"), headers=headers, media_type=kind)


def _told(status: int, problem: str) -> Response:
    return JSONResponse({"problem": problem}, status)


def _empty(request: Request, problem: Exception) -> Response:
    """No page of the framework's: a status and nothing else."""
    assert isinstance(problem, HTTPException)  # noqa: S101 - registered for it alone
    return Response(status_code=problem.status_code, headers=problem.headers)


def _failed(request: Request, problem: Exception) -> Response:
    """The database did not do as asked: the page tries again, and the log says what was."""
    _log.error("%s %s: %s", request.method, request.url.path, problem)
    return Response(status_code=503, headers={"Retry-After": "5"})
