"""The recorded runs by four judges read back, and what a judge could not score has no score."""

from __future__ import annotations

from pathlib import Path

import harness
from harness.types import Answer

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(p for p in (ROOT / "datasets/recorded/judged").iterdir() if p.is_dir())
KINDS = ["deepeval", "llm", "local", "ragas"]


def test_four_judges_scored_the_same_recorded_answers():
    judges = harness.compare_judges(FOLDERS)
    frame = judges.to_frame()
    assert sorted({name.partition(":")[0] for name in frame.judge}) == KINDS
    reached = sum(len(run.items) for run in judges.runs.values())
    ours, others = frame[frame.judge == "local"], frame[frame.judge != "local"]
    assert (ours.measured + ours.exempt).sum() == reached > 0
    assert others.tokens.gt(0).all()
    lost = sum(n for *_, n in judges.causes())
    assert (others.measured + others.exempt).sum() + lost == 3 * reached
    assert lost > 0


def test_an_outcome_without_a_score_says_why():
    for folder in FOLDERS:
        outcomes = harness.load_run(folder).to_frame()
        failed = outcomes[outcomes.status == "failed"]
        assert failed.score.isna().all()
        assert failed.reason.str.startswith("judge ").all()


def test_the_answers_are_the_recorded_ones():
    suite = harness.load_suite(ROOT / "evals/judges.yaml")
    for folder in FOLDERS:
        run = harness.load_run(folder)
        plan = harness.api.make_plan(suite, prompt=ROOT / f"evals/prompts/variants/{folder.name}.md")
        for item in run.items:
            question = next(q for q in suite.questions if q.id == item.question_id)
            told = plan.pipeline.answer(question.query())
            assert isinstance(told, Answer)
            assert isinstance(item.answer, Answer)
            assert item.answer.text == told.text
