"""The smoke suite over real HTTP on loopback, against servers that fail in every way they do in the field."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.pipelines import load_pipeline
from harness.pipelines.wire import answer_to_json
from harness.suite import load_suite
from harness.types import Answer, Passage

ROOT = Path(__file__).parents[1]
HARNESS = str(Path(sys.executable).parent / "harness")
FAULTS = {
    "TRT-001": "500",
    "TST-003": "hang",
    "SFX-005": "broken",
    "EDU-003": "429 once",
    "PRG-001": "500 once",
    "INT-003": "empty",
}
LOST = {"TRT-001": "http", "TST-003": "timeout", "SFX-005": "format", "INT-003": "empty"}


@cache
def pages() -> dict[str, tuple[str, Answer]]:
    """The reference pipeline's answer to every smoke question, by question text."""
    suite = load_suite(ROOT / "evals/smoke.yaml")
    pipeline = load_pipeline("reference", corpus=suite.corpus, sources=suite.registry.sources, as_of=suite.as_of)
    found = {}
    for question in suite.questions:
        answer = pipeline.answer(question.query())
        assert isinstance(answer, Answer)
        found[question.text] = (question.id, answer)
    return found


def renumbered(answer: Answer, prompt: str) -> str:
    """The page with its markers as the prompt numbers its passages; what cites a passage not given is left out."""
    numbers: dict[str, str] = {}
    for link in answer.citations:
        passage: Passage = next(p for p in answer.passages if p.id == link.passage_id)
        before = prompt.partition(passage.text)[0] if passage.text in prompt else ""
        given = re.findall(r"\[(\d+)\]", before)
        if given:
            numbers[link.marker] = given[-1]
    lines = []
    for line in answer.text.splitlines():
        sentences = re.split(r"(?<=\]\.) ", line)
        kept = [s for s in sentences if all(m in numbers for m in re.findall(r"\[(\d+)\]", s))]
        lines.append(" ".join(re.sub(r"\[(\d+)\]", lambda m: f"[{numbers[m[1]]}]", s) for s in kept))
    return "\n".join(lines)


class Server:
    """Answers as ``/answer`` (plain JSON) and ``/v1/chat/completions`` (OpenAI's form)."""

    def __init__(self) -> None:
        self.tries: Counter[str] = Counter()
        self.keys: set[str] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.keys.add(self.headers.get("Authorization", ""))
                status, reply = server.reply(self.path, body)
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # the client has given up waiting
                    self.wfile.write(reply)

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def reply(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        prompt = json.dumps(body, ensure_ascii=False) if path == "/answer" else body["messages"][-1]["content"]
        asked = next(text for text in pages() if text in prompt or json.dumps(text, ensure_ascii=False)[1:-1] in prompt)
        id, answer = pages()[asked]
        self.tries[id] += 1
        fault = FAULTS.get(id, "")
        if fault == "hang":
            time.sleep(3)
        if fault.startswith(("429", "500")) and (not fault.endswith("once") or self.tries[id] == 1):
            return int(fault[:3]), b'{"error": {"message": "secret-key-123 try later"}}'
        if fault == "broken":
            return 200, b'{"text": "cut o'
        text = "" if fault == "empty" else answer.text
        if path == "/answer":
            return 200, json.dumps({**answer_to_json(answer, id), "answer": text}).encode()
        whole = "\n".join(str(m["content"]) for m in body["messages"])
        message = {"role": "assistant", "content": renumbered(answer, whole) if text else ""}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
        return 200, json.dumps(
            {"id": "x", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice], "usage": usage}
        ).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    pages()
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


def run_smoke(tmp_path: Path, pipeline: dict[str, Any]) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    suite = yaml.safe_load((ROOT / "evals/smoke.yaml").read_text())
    (tmp_path / "smoke.yaml").write_text(yaml.safe_dump({**suite, "pipeline": pipeline}))
    env = {**os.environ, "OPENAI_API_KEY": "secret-key-123", "NO_COLOR": "1", "NO_PROXY": "127.0.0.1"}
    words = [
        HARNESS,
        "run",
        str(tmp_path / "smoke.yaml"),
        "--offline",
        "--concurrency",
        "8",
        "-o",
        str(tmp_path / "run"),
    ]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    return done, json.loads((tmp_path / "run/report.json").read_text())


def check(done: subprocess.CompletedProcess[str], report: dict[str, Any], tmp_path: Path) -> None:
    assert done.returncode == 3, done.stdout + done.stderr
    assert report["verdict"] == "INCONCLUSIVE"
    lost = {u["question_id"]: u["reason"].split(":")[0] for u in report["unanswered"]}
    assert lost == LOST
    assert (report["planned"], report["answered"]) == (12, 8)
    for dial in report["dials"]:
        assert dial["missing"] >= 4, dial
    for file in (tmp_path / "run").iterdir():
        assert b"secret-key-123" not in file.read_bytes(), file
    assert "secret-key-123" not in done.stdout + done.stderr


def test_http_pipeline_survives_and_reports_what_it_lost(tmp_path: Path, server: Server) -> None:
    done, report = run_smoke(tmp_path, {f"http:{server.url}/answer": {"timeout_s": 1, "retries": 2}})
    check(done, report, tmp_path)
    assert server.tries["EDU-003"] == 2
    assert server.tries["TRT-001"] == 3


def test_openai_pipeline_survives_and_reports_what_it_lost(tmp_path: Path, server: Server) -> None:
    options = {"base_url": f"{server.url}/v1", "timeout_s": 1, "retries": 2, "top_k": 30}
    done, report = run_smoke(tmp_path, {"openai:fake": options})
    check(done, report, tmp_path)
    assert server.keys == {"Bearer secret-key-123"}


def test_without_faults_the_http_pipeline_measures_as_the_reference_does(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.FAULTS", {})
    done, report = run_smoke(tmp_path, {f"http:{server.url}/answer": {"timeout_s": 20}})
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["answered"] == 12
