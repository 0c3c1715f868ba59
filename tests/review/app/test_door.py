"""Who may come in, and what a request without a right to it learns: nothing."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import httpx2 as httpx
import pytest

from harness.render.desk import Screens
from harness.review.app import access
from harness.review.app.access import Sessions
from harness.review.app.database import Database
from harness.review.app.guard import HEADERS, Limiter
from harness.review.app.web import LARGEST, build_app
from harness.review.ledger import run_hash
from harness.store import Run
from tests.review.app.support import Person, Team
from tests.review.support import judged

ROUTES = [
    "/review",
    "/file",
    "/progress",
    "/files/" + "0" * 64,
    "/decisions.jsonl",
    "/decisions",
    "/nothing",
    "/favicon.ico",
]


def test_every_route_is_shut_without_a_token(team: Team) -> None:
    team.person("Dr A")
    with httpx.Client(base_url=team.url, trust_env=False) as nobody:
        for cookies in ({}, {"review": "x" * 43}, {"review": "'; --"}):
            nobody.cookies = httpx.Cookies(cookies)
            for path in ROUTES:
                for method in ("GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"):
                    reply = nobody.request(method, path)
                    assert (reply.status_code, reply.content) == (401, b""), (method, path)
        reply = nobody.post("/sign-out")
        assert (reply.status_code, reply.content) == (401, b"")
        door = nobody.get("/")
    assert door.status_code == 200
    assert "Dr A" not in door.text
    assert "tiny" not in door.text
    assert run_hash(team.run.path)[:12] not in door.text


def test_all_routes_are_tried_above(database: Database, run: Run) -> None:
    paths = {route.path for route in build_app(database, run_hash(run.path), Screens()).routes}  # type: ignore[attr-defined]
    tried = {p if not p.startswith("/files/") else "/files/{pack}" for p in ROUTES}
    assert paths - tried == {"/", "/sign-in", "/sign-out"}


@pytest.mark.parametrize("token", ["", "hrt_", "hrt_" + "A" * 43, "x" * 10_000, "\x00\ud7ff"])
def test_a_wrong_token_opens_nothing(team: Team, token: str) -> None:
    team.token("Dr A")
    guest = Person(team.url, token)
    assert guest.sign_in.status_code == 401
    assert "set-cookie" not in guest.sign_in.headers
    assert guest.http.get("/review").status_code == 401


def test_a_session_ends_with_its_token_its_time_or_signing_out(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    person = team.person("Dr A")
    run = run_hash(team.run.path)
    cookie = person.sign_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = person.open()
    assert person.http.post("/sign-out", data={"csrf": "0" * 64}).status_code == 403
    kept = person.http.cookies["review"]
    assert person.http.post("/sign-out", data={"csrf": page["desk"]["csrf"]}).status_code == 303
    again = httpx.get(team.url + "/review", cookies={"review": kept}, trust_env=False)
    assert (again.status_code, again.content) == (401, b"")

    token = team.token("Dr B")
    second = Person(team.url, token)
    assert second.http.get("/review").status_code == 200
    with team.database.transaction(write=True) as t:
        access.revoke(t, run, " dr  b ")
    assert second.http.get("/review").status_code == 401
    assert Person(team.url, token).sign_in.status_code == 401

    third = team.token("Dr C")
    monkeypatch.setattr(access, "SESSION", dt.timedelta(seconds=-1))
    late = Person(team.url, third)
    assert late.sign_in.status_code == 303
    assert late.http.get("/review").status_code == 401


def test_a_token_is_for_one_run_and_is_stored_nowhere(team: Team, where: str) -> None:
    token = team.token("Dr A")
    session = Sessions(team.database, run_hash(team.run.path)).sign_in(token)
    assert session is not None
    assert Sessions(team.database, "0" * 64).sign_in(token) is None
    assert Sessions(team.database, "0" * 64).account(session) is None
    with team.database.transaction() as t:
        told = str([t.rows(f"SELECT * FROM {table}") for table in ("review_tokens", "review_sessions", "review_packs")])
    assert token not in told
    assert session not in told
    if not where.startswith("postgresql"):
        assert Path(where).stat().st_mode & 0o077 == 0
    for file in team.run.path.rglob("*"):
        assert not file.is_file() or token.encode() not in file.read_bytes()


def test_roles_do_what_they_may_and_no_more(team: Team) -> None:
    reader, viewer = team.person("Dr A"), team.person("Vi", "viewer")
    page = reader.open()
    assert reader.save(page, judged(page["items"][0])).status_code == 200
    for path in ("/progress", "/decisions.jsonl", f"/files/{page['pack']}"):
        assert (reader.http.get(path).status_code, reader.http.get(path).content) == (403, b""), path
    for path in ("/review", "/file"):
        assert (viewer.http.get(path).status_code, viewer.http.get(path).content) == (403, b""), path
    assert viewer.http.get("/").headers["location"] == "/progress"
    assert reader.http.get("/").headers["location"] == "/review"
    told = viewer.http.get("/progress")
    assert "Dr A" in told.text
    csrf = re.search(r'name="csrf" value="(\w+)"', told.text)
    assert csrf is not None
    body = {"pack": page["pack"], "review": judged(page["items"][1]), "revealed": True, "after": None}
    sent = viewer.http.post("/decisions", json=body, headers={"X-CSRF-Token": csrf.group(1)})
    assert (sent.status_code, sent.content) == (403, b"")
    assert viewer.http.get(f"/files/{page['pack']}").content == reader.http.get("/file").content
    assert viewer.http.get("/files/" + "0" * 64).status_code == 404
    assert reader.http.get("/nothing").content == b""
    assert reader.http.delete("/review").status_code == 405


def test_another_sites_page_changes_nothing(team: Team) -> None:
    person, other = team.person("Dr A"), team.person("Dr B")
    page = person.open()
    body = {"pack": page["pack"], "review": judged(page["items"][0]), "revealed": True, "after": 0}
    good = {"X-CSRF-Token": page["desk"]["csrf"]}
    for headers in (
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "\u00e9"},
        {"X-CSRF-Token": other.open()["desk"]["csrf"]},
        {**good, "Sec-Fetch-Site": "cross-site"},
        {**good, "Sec-Fetch-Site": "same-site"},
        {**good, "Origin": "https://evil.example"},
        {**good, "Origin": "null"},
    ):
        sent = {k: v.encode("latin-1") for k, v in headers.items()}
        reply = person.http.post("/decisions", json=body, headers=sent)  # type: ignore[arg-type]
        assert (reply.status_code, reply.content) == (403, b""), headers
    assert person.open()["desk"]["decisions"] == []
    host = team.url.removeprefix("http://")
    assert person.http.post("/decisions", json=body, headers={**good, "Origin": f"http://{host}"}).status_code == 200
    crossed = httpx.post(
        team.url + "/sign-in", data={"token": "x"}, headers={"Sec-Fetch-Site": "cross-site"}, trust_env=False
    )
    assert crossed.status_code == 403


def test_headers_on_every_answer(team: Team) -> None:
    person = team.person("Dr A")
    replies = [person.sign_in, *(person.http.get(p) for p in ("/", "/review", "/file", "/progress", "/nothing"))]
    replies.append(httpx.get(team.url + "/review", trust_env=False))
    for reply in replies:
        assert {k: reply.headers[k] for k in HEADERS} == HEADERS, reply.url
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert "server" not in reply.headers
        assert "strict-transport-security" not in reply.headers


def test_behind_a_tls_proxy_cookies_are_bound_to_tls(database: Database, run: Run) -> None:
    with Team(database, run, secure=True) as team:
        token = team.token("Dr A")
        reply = httpx.post(team.url + "/sign-in", data={"token": token}, trust_env=False)
        assert reply.headers["set-cookie"].startswith("__Host-review=")
        assert "Secure" in reply.headers["set-cookie"]
        assert reply.headers["strict-transport-security"] == "max-age=31536000"


def test_too_many_requests_are_turned_away(database: Database, run: Run) -> None:
    with Team(database, run, known=Limiter(burst=5, rate=0.001), unknown=Limiter(burst=3, rate=0.001)) as team:
        person = team.person("Dr A")
        codes = [person.http.get("/file").status_code for _ in range(7)]
        assert codes == [200] * 5 + [429] * 2
        last = person.http.get("/file")
        assert last.content == b""
        assert 990 < int(last.headers["retry-after"]) <= 1001
        second = team.token("Dr B")
        for _ in range(3):
            assert Person(team.url, "hrt_wrong").sign_in.status_code == 401
        assert Person(team.url, second).sign_in.status_code == 429, "even a right token waits after so many wrong ones"
        assert person.http.get("/file").status_code == 429, "the other limit is the person's own"


@pytest.mark.parametrize(("proxy", "code"), [("127.0.0.1", 401), ("", 429), ("192.0.2.1", 429)])
def test_an_address_told_by_others_counts_only_from_the_proxy(
    database: Database, run: Run, proxy: str, code: int
) -> None:
    with Team(database, run, proxy, unknown=Limiter(burst=1, rate=0.001)) as team:
        codes = [
            httpx.get(team.url + "/file", headers={"X-Forwarded-For": f"198.51.100.{n}"}, trust_env=False).status_code
            for n in (1, 2, 3)
        ]
    assert codes == [401, code, code]


def test_the_limiter_gives_back_with_time_and_forgets() -> None:
    time = [0.0]
    limiter = Limiter(burst=2, rate=0.5, clock=lambda: time[0], most=3)
    limiter.spend("a")
    limiter.spend("a")
    assert limiter.wait("a") == 2.0
    assert limiter.wait("b") == 0
    time[0] = 1.0
    assert limiter.wait("a") == 1.0
    time[0] = 2.0
    assert limiter.wait("a") == 0
    for n in range(10):
        limiter.spend(f"k{n}")
    assert len(limiter._left) <= 3


def test_what_is_too_large_or_no_judgement_is_refused(team: Team) -> None:
    person = team.person("Dr A")
    page = person.open()
    headers = {"X-CSRF-Token": page["desk"]["csrf"], "Content-Type": "application/json"}

    def sent(content: bytes) -> httpx.Response:
        return person.http.post("/decisions", content=content, headers=headers)

    assert sent(b"x" * (LARGEST + 1)).status_code == 413
    for content in (b"", b"{", b"[]", b'{"pack": 1}', b"\xff\xfe", b'{"after": ' + b"9" * 9000 + b"}", b"[" * 90_000):
        assert sent(content).status_code == 422, content[:20]
    assert person.open()["desk"]["decisions"] == []
