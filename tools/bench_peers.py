"""Part of the bench: ragas Faithfulness and deepeval Faithfulness on the same pages, one evaluation a page.

They ask a local server that answers at once, so what is measured is what the tools themselves cost; a real model's
latency and price come on top. Run as a script, in the environment of the ``[judges]`` extra, it reads
``{"url", "pages": [[sources, answer], ...]}`` and prints the seconds a page of each, or why there are none.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEERS = ("ragas", "deepeval")
_PYTHON = ROOT / ".venv-judges/bin/python"
_ITEMS = 30  # in every list of a reply: the statements of a page
_LONGEST = 600  # seconds for all pages of both
_QUIET = {
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DEEPEVAL_DISABLE_DOTENV": "1",
    "RAGAS_DO_NOT_TRACK": "true",
}  # read at import: no telemetry, no .env files
QUESTION = "What do the sources say?"

Page = tuple[str, str]


def filled(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """A value that follows a JSON schema: lists of 30, strings "yes", numbers 1."""
    if "$ref" in schema:
        return filled(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
    if "enum" in schema or "const" in schema:
        return schema["enum"][0] if "enum" in schema else schema["const"]
    if "anyOf" in schema:
        return filled(schema["anyOf"][0], root)
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: filled(part, root) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [filled(schema["items"], root) for _ in range(_ITEMS)]
    return {"string": "yes", "integer": 1, "number": 1.0, "boolean": True}.get(kind)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a chat request with what its schema asks for."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        schema = asked["response_format"]["json_schema"]["schema"]
        message = {"role": "assistant", "content": json.dumps(filled(schema, schema))}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        told = {"id": "1", "object": "chat.completion", "created": 0, "model": "bench", "choices": [choice]}
        body = json.dumps({**told, "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def instant_server() -> Iterator[str]:
    """An OpenAI-compatible server on loopback that answers at once; gives its base address."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        http.server_close()


def peer_figures(pages: Sequence[Page]) -> dict[str, dict[str, Any]]:
    """For each peer its ``seconds`` a page, or a ``reason`` why there are none.

    Args:
        pages: (all source text, answer) of each page.
    """
    python = _PYTHON if _PYTHON.is_file() else Path(sys.executable)
    with instant_server() as url, tempfile.TemporaryDirectory() as scratch:  # deepeval writes where it runs
        try:
            done = subprocess.run(
                [str(python), __file__],
                input=json.dumps({"url": url, "pages": pages}),
                capture_output=True,
                text=True,
                env={**os.environ, **_QUIET},
                cwd=scratch,
                timeout=_LONGEST,
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as problem:
            return {peer: {"reason": f"could not be run: {type(problem).__name__}"} for peer in PEERS}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def ask_with(url: str) -> Callable[[str, Any], Any]:
    """A question to the server, as thin as the openai client allows; replies as the pydantic class asked for."""
    from openai import OpenAI

    client = OpenAI(base_url=url, api_key="bench")

    def ask(prompt: str, schema: Any) -> Any:
        form = {"name": "reply", "schema": schema.model_json_schema()}
        reply = client.chat.completions.create(
            model="bench",
            messages=[{"role": "user", "content": prompt}],
            response_format={"type": "json_schema", "json_schema": form},  # type: ignore[arg-type]
        )
        return schema.model_validate_json(reply.choices[0].message.content or "")

    return ask


def ragas_score(url: str) -> Callable[[str, str], float]:
    """ragas' Faithfulness of an answer to its sources."""
    from ragas.llms.base import InstructorBaseRagasLLM
    from ragas.metrics.collections import Faithfulness

    ask = ask_with(url)

    class Model(InstructorBaseRagasLLM):  # type: ignore[misc]
        def generate(self, prompt: str, response_model: Any) -> Any:
            return ask(prompt, response_model)

        async def agenerate(self, prompt: str, response_model: Any) -> Any:
            return ask(prompt, response_model)

    metric = Faithfulness(llm=Model())

    def score(sources: str, answer: str) -> float:
        told = asyncio.run(metric.ascore(user_input=QUESTION, response=answer, retrieved_contexts=[sources]))
        return float(told.value)

    return score


def deepeval_score(url: str) -> Callable[[str, str], float]:
    """deepeval's Faithfulness of an answer to its sources, with its default settings."""
    from deepeval.metrics import FaithfulnessMetric
    from deepeval.models import DeepEvalBaseLLM
    from deepeval.test_case import LLMTestCase

    ask = ask_with(url)

    class Model(DeepEvalBaseLLM):  # type: ignore[misc]
        def load_model(self) -> None:
            return None

        def generate(self, prompt: str, schema: Any) -> Any:
            return ask(prompt, schema)

        async def a_generate(self, prompt: str, schema: Any) -> Any:
            return ask(prompt, schema)

        def get_model_name(self) -> str:
            return "bench"

    model = Model("bench")

    def score(sources: str, answer: str) -> float:
        case = LLMTestCase(input=QUESTION, actual_output=answer, retrieval_context=[sources])
        return float(FaithfulnessMetric(model=model, async_mode=False).measure(case, _show_indicator=False))

    return score


def _measure(make: Callable[[str], Callable[[str, str], float]], url: str, pages: Sequence[Page]) -> dict[str, Any]:
    """Seconds a page, after one page that warms it up; the server says yes to everything, so the score has to be 1."""
    try:
        score = make(url)
        if score(*pages[0]) != 1.0:
            return {"reason": "it doesn't score 1 what the server calls faithful"}
        start = perf_counter()
        for page in pages:
            score(*page)
    except ImportError as problem:
        return {"reason": f"not installed ({problem.name})"}
    except Exception as problem:  # foreign code
        return {"reason": f"{type(problem).__name__}: {problem}"[:200]}
    return {"seconds": (perf_counter() - start) / len(pages)}


def main() -> int:
    """Measure every peer that is installed, one after the other."""
    told = json.load(sys.stdin)
    pages = [(source, answer) for source, answer in told["pages"]]
    makers = {"ragas": ragas_score, "deepeval": deepeval_score}
    print(json.dumps({peer: _measure(makers[peer], told["url"], pages) for peer in PEERS}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
