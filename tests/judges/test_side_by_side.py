"""Several judges in one run: the first gates, the others stand beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.errors import JudgeError, SuiteError
from harness.judges import load_judge, load_judges
from harness.runner import execute, rescore
from harness.store import load_run, verify_run
from harness.types import Answer, CitationLink, Passage
from tests.judges.conftest import SECRET, says
from tests.pipelines.conftest import Reply

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "evals/smoke.yaml"


PAGE = "Hair can grow back after chemo [1]. Ships sail over the sea [1].\n\nThis is general information, not medical advice."


def page(query):
    """A pipeline: the same page with its passage, whatever is asked."""
    passage = Passage(id="p1", text="Hair can grow back after chemo. Scalp cooling may cause headache.")
    return Answer(text=PAGE, passages=(passage,), citations=(CitationLink(marker="1", passage_id="p1"),))


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "harness", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
        env={**os.environ, **environment},
    )


def run(folder, judge="local"):
    return harness.run(SUITE, pipeline=page, limit=1, out=folder, judge=judge)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return run(tmp_path_factory.mktemp("runs") / "alone")


def test_the_first_of_a_list_gates(tmp_path):
    judges = load_judges(f"local, llm:tiny?record={tmp_path / 'x.jsonl'}")
    assert list(judges) == ["local", "llm:tiny"]
    assert judges["local"].id == load_judge("local").id
    with pytest.raises(JudgeError, match="'llm:tiny' is named twice"):
        load_judges("llm:tiny,llm:tiny?votes=3")
    with pytest.raises(JudgeError, match="no such judge"):
        load_judges("local,")


def test_a_second_judge_stands_in_the_frame_and_changes_no_verdict(tmp_path, alone, server):
    both = run(tmp_path / "r", "local,llm:tiny?concurrency=16")
    frame = both.to_frame()
    assert list(frame.scorer)[-2:] == ["grounding@llm:tiny", "citation@llm:tiny"]
    beside = frame[frame.scorer == "grounding@llm:tiny"].iloc[0]
    assert (beside.status, beside.findings, beside.max_severity) == ("scored", 0, -1)
    assert (beside.score, beside["metric.n_claims"]) == (0.5, 2)
    assert both.beside() == ("grounding@llm:tiny", "citation@llm:tiny")
    assert harness.verdict(both).reasons == harness.verdict(alone).reasons
    assert dict(both.signature.parts)["beside"].startswith("llm@1:tiny")
    assert SECRET not in (tmp_path / "r" / "journal.jsonl").read_text()
    assert verify_run(tmp_path / "r").beside() == both.beside()
    assert load_run(tmp_path / "r").to_frame().scorer.tolist() == frame.scorer.tolist()
    compared = harness.compare(alone, both)
    assert {c.scorer for c in compared.changes} == set(alone.scorers())


def test_a_second_judge_that_fails_is_reported_and_changes_no_verdict(tmp_path, alone, server):
    server.script(Reply(status=503))
    both = run(tmp_path / "r", "local,llm:tiny?retries=0")
    rows = both.to_frame().set_index("scorer")
    assert rows.loc["grounding@llm:tiny", "status"] == "failed"
    assert "HTTP 503" in rows.loc["grounding@llm:tiny", "reason"]
    assert rows.loc["grounding", "status"] == "scored"
    assert harness.verdict(both).reasons == harness.verdict(alone).reasons


def test_runs_resume_with_the_same_judges_only(tmp_path):
    suite = harness.load_suite(SUITE, limit=1)
    plan = harness.api.make_plan(suite, pipeline=page, judge="local,llm:tiny")
    execute(plan, tmp_path / "r")
    execute(plan, tmp_path / "r", resume=True)
    with pytest.raises(SuiteError, match="can't resume with another beside"):
        execute(replace(plan, beside={}), tmp_path / "r", resume=True)


def test_stored_answers_are_rescored_beside_another_judge(tmp_path, alone):
    beside = {"llm:tiny": load_judge("llm:tiny")}
    done = rescore(alone, harness.load_suite(SUITE, limit=1), load_judge("local"), tmp_path / "r", beside=beside)
    assert "grounding@llm:tiny" in set(done.to_frame().scorer)


SUITE_OF_TWO = f"""
name: two
title: Two judges
dataset: {{where: {{ids: [EDU-003]}}}}
accept_drafts: true
as_of: 2026-11-22
pipeline: function:{__name__}:page
judge: llm:tiny?reasks=0, local
scorers: [grounding]
gates: {{scores: [{{scorer: grounding, min: 0.4}}]}}
"""


@pytest.mark.parametrize(("judges", "status", "verdict"), [((), 3, "INCONCLUSIVE"), (("local", "llm:tiny"), 0, "PASS")])
def test_on_the_command_line_only_the_first_judge_decides(tmp_path, server, judges, status, verdict):
    server.script(says("no JSON"))
    suite = tmp_path / "two.yaml"
    suite.write_text(SUITE_OF_TWO)
    done = command("run", suite, "-o", tmp_path / "r", *(part for judge in judges for part in ("--judge", judge)))
    assert done.returncode == status, done.stdout + done.stderr
    assert f"verdict: {verdict}" in done.stdout
    assert "judge llm:tiny: no usable reply" in done.stdout
    assert "grounding@" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_a_missing_key_and_a_missing_extra_are_one_line_and_exit_2(tmp_path):
    done = command("run", SUITE, "--limit", 1, "--judge", "llm:tiny", OPENAI_API_KEY="")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error: judge llm: OPENAI_API_KEY is not set"
    for name in ("ragas", "deepeval"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise ModuleNotFoundError('no', name='{name}')")
        done = command("run", SUITE, "--judge", f"local,{name}:tiny", PYTHONPATH=f"{tmp_path}:{ROOT}")
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            f"error: judge {name}: {name} is not installed",
            "hint: install with: pip install 'patient-answer-harness[judges]'",
        ]
