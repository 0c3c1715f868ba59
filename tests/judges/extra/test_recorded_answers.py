"""Recorded answers of a real model, judged by local, llm, ragas and deepeval over real HTTP on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import harness
from harness.runner import score_answer
from harness.types import Support
from tests.judges.conftest import honest, verdicts
from tests.judges.extra import conftest
from tests.judges.extra.conftest import deepeval, model, ragas
from tests.pipelines.conftest import Reply

ROOT = Path(__file__).parents[3]
SUITE, PROMPTS = "evals/judges.yaml", "evals/prompts/variants/grounded-*.md"
BESIDE = ("llm:tiny", "ragas:tiny", "deepeval:tiny")
ANSWERS = 6
DOOMED = ("grounded-safety", "EDU-008")  # the answer on which ragas loses a verdict


class Notes:
    """Writes down what a judge is asked."""

    id = "notes@1"

    def __init__(self):
        self.pairs = []

    def support(self, pairs):
        self.pairs += pairs
        return [Support(probability=0.0, label="not_found") for _ in pairs]


def asked_of(suite):
    """By variant and question the (passage, claim) pairs that a judge is asked about."""
    found = {}
    for name, plan in harness.api.make_plans(suite, PROMPTS).items():
        for question in plan.questions:
            notes = Notes()
            score_answer(plan.pipeline.answer(question.query()), question, suite, notes, suite.scorers)
            found[name, question.id] = notes.pairs
    return found


def one_for_all(lost):
    """A model that llm, ragas and deepeval can ask; to ragas it gives no usable verdict on the claims in ``lost``."""

    def answers(what, claim):
        if what == "statements*" and claim in lost:
            return {"statements": []}
        return (deepeval if what in ("truths", "claims", "verdicts*") else ragas)(what, claim)

    ours, theirs = verdicts(honest), model(answers)

    def body(request):
        return (ours if "<claim-1-" in request["messages"][-1]["content"] else theirs).body(request)

    return Reply(body=body)


@pytest.fixture
def judged(tmp_path, server, monkeypatch):
    """The runs by variant, their folder, and the answers that ragas can't score."""
    monkeypatch.chdir(ROOT)
    suite = harness.load_suite(SUITE)
    asked = asked_of(suite)
    for pairs in asked.values():
        for passage, claim in pairs:
            monkeypatch.setitem(conftest.KNOWN, claim, passage)
    lost = {claim for _, claim in asked[DOOMED]}
    unscored = {place for place, pairs in asked.items() if lost & {claim for _, claim in pairs}}
    server.script(one_for_all(lost))
    judges = ",".join(["local", *(f"{name}?retries=0&reasks=0" for name in BESIDE)])
    runs = harness.run_variants(suite, PROMPTS, judge=judges, out=tmp_path / "runs", progress=False)
    return runs, tmp_path / "runs", unscored


def test_four_judges_stand_in_one_frame_and_what_one_could_not_judge_has_no_score(judged):
    runs, folder, unscored = judged
    assert 0 < len(unscored) < ANSWERS

    frame = pd.concat([run.to_frame() for run in runs.values()])
    by_judge = dict(list(frame.groupby("scorer")))
    assert set(by_judge) == {"grounding", *(f"grounding@{name}" for name in BESIDE)}
    assert [len(rows) for rows in by_judge.values()] == [ANSWERS] * 4
    failed = by_judge["grounding@ragas:tiny"].query("status == 'failed'")
    assert set(zip(failed.run, failed.question_id, strict=True)) == unscored
    assert failed.score.isna().all()
    assert failed.reason.str.contains("ragas:tiny").all()

    judges = harness.compare_judges(runs, prices=(1.0, 2.0))
    told = judges.to_frame().groupby("judge", sort=False)[["measured", "missing", "tokens"]].sum()
    assert set(told.index) == {"local", *BESIDE}
    assert told.loc["ragas:tiny", "missing"] == len(unscored)
    due = told.measured + told.missing
    assert due.nunique() == 1, "every judge is held to the same answers"
    assert (told.drop("ragas:tiny").missing == 0).all()
    assert (told.drop("local").tokens > 0).all()
    assert not judges.complete
    agreement = judges.agreement_frame()
    assert len(agreement) == 6
    with_ragas = (agreement.judge == "ragas:tiny") | (agreement.other == "ragas:tiny")
    assert (agreement[with_ragas].answers == told.loc["ragas:tiny", "measured"]).all()
    assert (agreement[~with_ragas].answers == told.loc["local", "measured"]).all()

    tells_the_command_line(folder, runs, len(unscored))


def tells_the_command_line(folder, runs, lost):
    out = folder / "judges.json"
    command = [sys.executable, "-m", "harness", "judges", *(str(folder / name) for name in runs), "-o", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 3, done.stderr
    due = ANSWERS - sum(r["exempt"] for r in json.loads(out.read_text())["judges"] if r["judge"] == "local")
    assert f"ragas:tiny scored grounding of {due - lost} of {due} answers" in done.stdout
    assert f"no grounding by ragas:tiny, {lost}x: judge ragas:tiny: " in done.stdout
