"""A loopback server that answers from a script, and a small corpus of our own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from harness.data import Corpus
from harness.types import Passage, Source

AS_OF = date(2026, 11, 22)


@dataclass
class Reply:
    """What the server sends once; ``hold`` keeps the connection open without a word until the test ends.

    A ``body`` that can be called is given the request.
    """

    status: int = 200
    body: object = ""
    headers: dict[str, str] = field(default_factory=dict)
    hold: bool = False


class FakeServer:
    """Sends its replies in turn, the last one for ever, and remembers requests."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def script(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def close(self) -> None:
        self.released.set()
        self.http.shutdown()
        self.http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                with server.lock:
                    request = json.loads(raw)
                    server.requests.append(request)
                    server.headers.append({k.lower(): v for k, v in self.headers.items()})
                    reply = server.replies.pop(0) if len(server.replies) > 1 else server.replies[0]
                if reply.hold:
                    server.released.wait(20)
                    return
                told = reply.body(request) if callable(reply.body) else reply.body
                body = told if isinstance(told, bytes) else json.dumps(told).encode()
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    yield fake
    fake.close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits between tries are written down instead of slept, and no proxy stands before loopback."""
    waited: list[float] = []
    monkeypatch.setattr("harness.pipelines.transport.pause", waited.append)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return waited


@pytest.fixture
def waited(_no_waiting: list[float]) -> list[float]:
    return _no_waiting


TEXTS = {
    "fever-in-treatment#p1": "Call your cancer team at once for a fever of 100.4°F (38°C) or higher during chemo. "
    "A fever during chemo can be the first sign of a serious infection. Do not wait until the morning to call.",
    "fever-in-treatment#p2": "Some medicines can hide a fever. Ask your team before taking a fever medicine in chemo.",
    "hair-changes#p1": "Chemo can make hair fall out. Hair most often grows back after chemo ends. "
    "New hair may have another color at first. Scalp cooling may cause headache and may not work for everyone.",
    "letrozole-facts#p1": "Letrozole lowers the amount of estrogen in the body. Letrozole lowers the risk of cancer "
    "coming back. Letrozole may cause joint pain and bone loss. Ask your team before stopping letrozole.",
    "letrozole-facts#p2": "Do not take two letrozole tablets at once after a missed dose. "
    "Ask your pharmacist what to do about a missed letrozole tablet.",
    "about-this-site#p1": "A page here can't act as a doctor, write a treatment plan or give a dose. "
    "A message that was cut off can't be answered by a guess.",
    "fiebre-es#p1": "Llame a su equipo de inmediato si tiene fiebre durante la quimioterapia. "
    "La fiebre puede ser la primera señal de una infección grave.",
    "cabello-es#p1": "El cabello vuelve a crecer después de la quimioterapia. El cabello nuevo puede ser diferente.",
}


def _passage(id: str, text: str) -> Passage:
    document = id.split("#")[0]
    return Passage(
        id=id,
        text=text,
        document=document,
        title="Coping with treatment",
        organisation="National Cancer Institute",
        source_id="nci-coping",
        locator="section 1",
        edition="2024",
        date="2024-05",
        url="https://www.cancer.gov/coping",
        language="es" if document.endswith("-es") else "en",
    )


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return Corpus(passages=tuple(_passage(i, t) for i, t in TEXTS.items()), sha="0" * 12)


@pytest.fixture(scope="session")
def sources() -> tuple[Source, ...]:
    shared: dict[str, Any] = {"checked_on": AS_OF, "valid_days": 180, "url": "https://example.org/"}
    return (
        Source(
            id="nci-coping",
            organisation="National Cancer Institute",
            title="Coping with treatment",
            type="web_page",
            edition="2024",
            date="2024-05",
            aliases=("NCI",),
            **shared,
        ),
        Source(
            id="nccn-patient-breast",
            organisation="National Comprehensive Cancer Network",
            title="NCCN Guidelines for Patients: Invasive Breast Cancer",
            type="patient_guideline",
            edition="2026",
            date="2026-03",
            aliases=("NCCN",),
            supersedes=("2025", "2024"),
            **shared,
        ),
    )


def completion(text: str) -> dict[str, Any]:
    """A chat completion as an OpenAI-compatible endpoint sends it."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny-model",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


@pytest.fixture
def chat_reply() -> Callable[[str], dict[str, Any]]:
    return completion
