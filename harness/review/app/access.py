"""Who may come in: named tokens with a role, and the sessions that a browser gets for one.

Tokens and sessions are 256 random bits. Only their SHA-256 is stored: there is nothing to guess, so a slow hash would
protect no better.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from harness.errors import DatasetError
from harness.review.app.database import Database, Transaction
from harness.review.records import person

Role = Literal["reviewer", "adjudicator", "viewer"]
SESSION = dt.timedelta(hours=12)
_PREFIX = "hrt_"  # so that scanners for leaked secrets know one


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who signed in, and the pack they read; "" for a viewer."""

    name: str
    role: Role
    pack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A token that was given out, without the token."""

    name: str
    role: Role
    at: str
    revoked: str


def now() -> str:
    """The time in UTC, to the microsecond; it sorts as text."""
    return _text(dt.datetime.now(dt.UTC))


def issue(t: Transaction, run: str, name: str, role: Role, pack: str) -> str:
    """Give a person a token and return it; it is stored nowhere.

    Raises:
        DatasetError: if the person has one, or had another role: who saw others' judgements can't read independently.
    """
    known = t.rows("SELECT name, role, revoked FROM review_tokens WHERE run = %s AND person = %s", run, person(name))
    for earlier, held, revoked in known:
        if not revoked:
            raise DatasetError(f"{earlier}: has a token already, as {held}", hint="revoke it first")
        if held != role:
            raise DatasetError(f"{earlier}: was {held} in this review", hint="another person has to do it")
        if earlier != name:
            raise DatasetError(f"{name}: is known as {earlier}", hint="write the name as before")
    token = _PREFIX + secrets.token_urlsafe(32)
    values = (_sha(token), run, name, person(name), role, pack, now(), "")
    t.run("INSERT INTO review_tokens VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", *values)
    return token


def revoke(t: Transaction, run: str, name: str) -> None:
    """Take a person's token and end their sessions; what they decided stays. Raises DatasetError if there is none."""
    found = t.rows("SELECT sha FROM review_tokens WHERE run = %s AND person = %s AND revoked = ''", run, person(name))
    if not found:
        raise DatasetError(f"{name}: has no token", hint="list them with `harness review token list`")
    t.run("UPDATE review_tokens SET revoked = %s WHERE sha = %s", now(), found[0][0])
    t.run("DELETE FROM review_sessions WHERE token = %s", found[0][0])


def given(t: Transaction, run: str) -> list[Given]:
    """All tokens of a run, in the order they were given."""
    rows = t.rows("SELECT name, role, at, revoked FROM review_tokens WHERE run = %s ORDER BY at", run)
    return [Given(name=name, role=role, at=at, revoked=revoked) for name, role, at, revoked in rows]


class Sessions:
    """Signing in and out of one run's review."""

    def __init__(self, database: Database, run: str) -> None:
        self._database = database
        self._run = run

    def sign_in(self, token: str) -> str | None:
        """A new session for a token; None where it is not known or was revoked."""
        query = "SELECT sha FROM review_tokens WHERE sha = %s AND run = %s AND revoked = ''"
        with self._database.transaction() as t:
            if not t.rows(query, _sha(token), self._run):
                return None
        session = secrets.token_urlsafe(32)
        until = _text(dt.datetime.now(dt.UTC) + SESSION)
        with self._database.transaction(write=True) as t:
            t.run("DELETE FROM review_sessions WHERE until < %s", now())
            t.run("INSERT INTO review_sessions VALUES (%s, %s, %s)", _sha(session), _sha(token), until)
        return session

    def account(self, session: str) -> Account | None:
        """Whose session it is; None where it is unknown, over, or its token revoked."""
        query = (
            "SELECT name, role, pack FROM review_tokens AS t JOIN review_sessions AS s ON s.token = t.sha "
            "WHERE s.sha = %s AND s.until > %s AND t.run = %s AND t.revoked = ''"
        )
        with self._database.transaction() as t:
            rows = t.rows(query, _sha(session), now(), self._run)
        return Account(name=rows[0][0], role=rows[0][1], pack=rows[0][2]) if rows else None

    def sign_out(self, session: str) -> None:
        """End a session."""
        with self._database.transaction(write=True) as t:
            t.run("DELETE FROM review_sessions WHERE sha = %s", _sha(session))


def csrf_token(session: str) -> str:
    """What a page of this session sends along with every change: another site can't know it."""
    return hmac.new(session.encode(), b"csrf", hashlib.sha256).hexdigest()


def _text(when: dt.datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _sha(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
