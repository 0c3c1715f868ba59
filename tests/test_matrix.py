"""One run for each prompt: folders, resuming, limits over all runs, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness import api
from harness.budget import Budget
from harness.dispatch import Limits
from harness.errors import HarnessError, PipelineError, SuiteError
from harness.matrix import each_run, find_variants, is_pattern, name_of, spec_for
from harness.runner import Plan
from harness.seal import verify_sealed
from harness.types import Answer, Query, Usage
from tests.conftest import FixedJudge, Scripted, make_suite
from tests.pipelines.conftest import Reply, completion, server  # noqa: F401 - a fixture
from tests.prompts import BOLD, CAREFUL, IDS, record, write_prompts, write_suite

ROOT = Path(__file__).parents[1]


def command(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "OPENAI_API_KEY": "word", **environment},
    )


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, Path, str]:
    """A suite, a pattern of two prompts, and the spec of their recorded answers."""
    pattern = write_prompts(tmp_path / "prompts", "careful", "bold")
    record(tmp_path / "says-careful.jsonl", CAREFUL, epochs=2)
    record(tmp_path / "says-bold.jsonl", BOLD, epochs=2)
    return write_suite(tmp_path), pattern, f"recorded:{tmp_path}/says-{{prompt}}.jsonl"


def test_a_run_for_each_prompt(tmp_path, recorded):
    suite, pattern, spec = recorded
    words = ("run", suite, "--pipeline", spec, "--prompt", pattern, "--epochs", "2", "-o", tmp_path / "r", "--offline")
    done = command(*words)
    assert done.returncode == 1, done.stdout + done.stderr
    bold, careful, hint = done.stdout.splitlines()
    assert bold.startswith("bold: FAIL, 6/6 answered, ")
    assert ", 12 critical, " in bold
    assert careful.startswith("careful: ")
    assert ", 0 critical, " in careful
    assert hint == f"side by side: harness compare {tmp_path}/r/bold {tmp_path}/r/careful"
    for name in ("bold", "careful"):
        run = verify_sealed(tmp_path / "r" / name)
        assert run.manifest["variant"] == name
        assert len(run.items) == 6
        assert (run.path / "report.html").is_file()
    again = command(*words)
    assert again.returncode == 2
    assert "bold: this folder holds a run already" in again.stderr
    assert command(*words, "--resume").stdout == done.stdout


def test_chat_models_are_sent_each_prompt(tmp_path, server, monkeypatch):  # noqa: F811 - the fixture
    server.script(Reply(body=completion(CAREFUL)))
    monkeypatch.setenv("OPENAI_API_KEY", "word")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    pattern = write_prompts(tmp_path / "p", "calm", "short")
    runs = harness.run_variants(write_suite(tmp_path), pattern, pipeline="openai:tiny", limit=1, out=tmp_path / "r")
    assert list(runs) == ["calm", "short"]
    assert [m["content"] for r in server.requests for m in r["messages"] if m["role"] == "system"] == [
        "Be calm.",
        "Be short.",
    ]
    shas = {dict(run.signature.parts)["prompt"] for run in runs.values()}
    assert len(shas) == 2
    assert "none" not in shas


def test_pipelines_can_be_variants(tmp_path):
    runs = harness.run_variants(
        write_suite(tmp_path), {"bold": lambda query: BOLD, "careful": lambda query: CAREFUL}, out=tmp_path / "r"
    )
    assert [r.manifest["variant"] for r in runs.values()] == ["bold", "careful"]
    with pytest.raises(SuiteError, match="can't name a folder"):
        harness.run_variants(write_suite(tmp_path), {"../up": lambda query: BOLD}, out=tmp_path / "q")
    with pytest.raises(SuiteError, match="no variants"):
        harness.run_variants(write_suite(tmp_path), {}, out=tmp_path / "q")


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        ("reference", "the extractive generator uses no prompt"),
        ("command:cat", "pipeline command: takes no prompt file"),
    ],
)
def test_pipelines_without_a_prompt_refuse(tmp_path, pipeline, words):
    pattern = write_prompts(tmp_path / "p", "calm", "short")
    done = command("run", "evals/smoke.yaml", "--pipeline", pipeline, "--prompt", pattern, "-o", tmp_path / "r")
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[0]
    assert "hint:" in done.stderr
    assert not (tmp_path / "r").exists()


def test_one_broken_prompt_stops_all_before_a_question(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "word")
    pattern = write_prompts(tmp_path / "p", "calm", "short")
    (tmp_path / "p/zz.md").write_text("no front matter")
    with pytest.raises(PipelineError, match=r"zz\.md:1: has no front matter"):
        harness.run_variants(write_suite(tmp_path), pattern, pipeline="openai:tiny", out=tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_patterns(tmp_path):
    pattern = write_prompts(tmp_path / "p", "a b", "c")
    assert [v.name for v in find_variants(pattern)] == ["a-b", "c"]
    assert is_pattern(pattern)
    assert not is_pattern(None)
    assert not is_pattern("evals/prompts/plain.md")
    odd = tmp_path / "what[1].md"
    odd.write_text("x")
    assert not is_pattern(odd)
    assert name_of("../...md") == "prompt"
    with pytest.raises(SuiteError, match="matches no file"):
        find_variants(tmp_path / "none/*.md")
    write_prompts(tmp_path / "p/more", "c")
    with pytest.raises(SuiteError, match="is called c like"):
        find_variants(tmp_path / "p/**/*.md")


def test_specs():
    assert spec_for("openai:m", "p/a.md") == ("openai:m", Path("p/a.md"))
    assert spec_for("recorded:{prompt}.jsonl", "p/a b.md") == ("recorded:a-b.jsonl", None)
    with pytest.raises(PipelineError, match="needs a prompt"):
        spec_for("recorded:{prompt}.jsonl", None)


def test_no_match_and_shards_are_refused_on_the_command_line(tmp_path):
    done = command("run", "evals/smoke.yaml", "--prompt", tmp_path / "*.md")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"error: --prompt {tmp_path}/*.md: matches no file")
    pattern = write_prompts(tmp_path / "p", "calm")
    done = command("run", "evals/smoke.yaml", "--prompt", pattern, "--shard", "1/2")
    assert done.returncode == 2
    assert "--shard runs a part of one prompt's run" in done.stderr


def plans(limits: Limits | None = None) -> dict[str, Plan]:
    """Two plans of four questions, each answer of which takes 10 tokens."""

    def say(query: Query) -> Answer:
        return Answer(text="GOOD 9", usage=Usage(prompt_tokens=6, completion_tokens=4))

    made = Plan(suite=make_suite(4), pipeline=Scripted(say), judge=FixedJudge(), epochs=1, concurrency=1)
    made = replace(made, limits=limits or Limits())
    return {"a": replace(made, variant="a"), "b": replace(made, variant="b", pipeline=Scripted(say, "other@1"))}


def test_a_budget_holds_for_all_runs_together(tmp_path):
    few = Limits(budget=Budget(tokens=60))
    runs = dict(each_run(plans(few), tmp_path / "r"))
    assert [len(runs[name].items) for name in "ab"] == [4, 2]
    assert runs["b"].stopped
    again = dict(each_run(plans(few), tmp_path / "r", resume=True))
    assert [len(again[name].items) for name in "ab"] == [4, 2]
    more = dict(each_run(plans(), tmp_path / "r", resume=True))
    assert [len(more[name].items) for name in "ab"] == [4, 4]


def test_what_nothing_is_left_for_is_not_begun(tmp_path):
    runs = dict(each_run(plans(Limits(budget=Budget(tokens=40))), tmp_path / "r"))
    assert list(runs) == ["a"]
    assert not (tmp_path / "r/b").exists()
    runs = dict(each_run(plans(), tmp_path / "r", resume=True))
    assert [len(run.items) for run in runs.values()] == [4, 4]
    with pytest.raises(SuiteError, match="no run to go on with"):
        next(each_run(plans(), tmp_path / "none", resume=True))


def test_a_changed_prompt_is_found_before_any_question(tmp_path):
    list(each_run(plans(), tmp_path / "r"))
    changed = plans()
    changed["b"].pipeline.prompt_sha = "new"
    (tmp_path / "r/a/outcomes.jsonl").unlink()
    with pytest.raises(SuiteError, match="b: can't resume with another prompt"):
        next(each_run(changed, tmp_path / "r", resume=True))
    assert not (tmp_path / "r/a/outcomes.jsonl").exists()


def test_python_pipelines_take_no_prompt(tmp_path):
    with pytest.raises(HarnessError, match="a Python pipeline takes no prompt file"):
        harness.run(write_suite(tmp_path), pipeline=lambda query: BOLD, prompt="evals/prompts/plain.md")
    assert len(IDS) == 3
    assert api.make_plan(api.load_suite(write_suite(tmp_path))).variant == ""
