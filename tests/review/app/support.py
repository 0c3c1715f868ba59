"""A served review, and people who read in it through HTTP as their browsers do."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from typing import Any

import httpx2 as httpx
import uvicorn

from harness.render.desk import Screens
from harness.review.app.database import Database
from harness.review.app.enrol import enrol
from harness.review.app.guard import Limiter
from harness.review.app.server import configured
from harness.review.app.web import build_app
from harness.review.ledger import run_hash
from harness.store import Run


class Team:
    """The app in a thread, until the block ends."""

    def __init__(self, database: Database, run: Run, proxy: str = "", **options: Any) -> None:
        self.database, self.run = database, run
        plenty = {"known": Limiter(burst=10_000, rate=1000), "unknown": Limiter(burst=10_000, rate=1000)}
        app = build_app(database, run_hash(run.path), Screens(), **{**plenty, **options})
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(configured(app, proxy=proxy))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})

    def __enter__(self) -> Team:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def token(self, name: str, role: str = "reviewer", **options: Any) -> str:
        """A token by the function behind the command; reviewers get every answer."""
        if role == "reviewer":
            options = {"share": 1.0, **options}
        return enrol(self.database, self.run, name, role, **options)  # type: ignore[arg-type]

    def person(self, name: str, role: str = "reviewer", **options: Any) -> Person:
        """Somebody with a token, signed in."""
        return Person(self.url, self.token(name, role, **options))


class Person:
    """A browser with a session."""

    def __init__(self, url: str, token: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.sign_in = self.http.post("/sign-in", data={"token": token})

    def open(self) -> dict[str, Any]:
        """What the reader's page holds: the pack, and under ``desk`` what was decided."""
        text = self.http.get("/review").raise_for_status().text
        pack, desk = (
            json.loads(re.search(rf'<script type="application/json" id="{id}">(.*?)</script>', text, re.S).group(1))  # type: ignore[union-attr]
            for id in ("pack", "desk")
        )
        return {**pack, "desk": desk}

    def save(
        self,
        page: dict[str, Any],
        review: dict[str, Any],
        *,
        after: int | None = None,
        revealed: bool = True,
        **more: Any,
    ) -> httpx.Response:
        """Send a judgement as the page's script does."""
        body = {"pack": page["pack"], "review": review, "revealed": revealed, "after": after, **more}
        return self.http.post("/decisions", json=body, headers={"X-CSRF-Token": page["desk"]["csrf"]})
