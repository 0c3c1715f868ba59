"""Judges on the same answers: agreement by hand, disputes, coverage, time and tokens."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import harness
from harness.errors import SuiteError
from harness.judges.metered import MeteredJudge
from harness.pipelines.call import CallContext, current, working_on
from harness.render.judges import judges_html, judges_markdown
from harness.store import Judging, Run, load_run, write_run
from harness.types import Failed, Outcome, Scored, Support, Usage
from tests.conftest import make_suite, run_scripted
from tests.prompts import CAREFUL

FIRST = (1.0, 0.9, 0.2, 0.6)
SECOND = (1.0, 0.4, 0.1, None)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose overreach stands for what two judges said; the bar is 0.5."""
    plain = run_scripted(tmp_path / "r", suite=make_suite(4))
    items = []
    for item, mine, theirs in zip(plain.items, FIRST, SECOND, strict=True):
        other: Outcome = Failed(scorer="overreach@llm:m", reason="HTTP 503")
        if theirs is not None:
            other = Scored(scorer="overreach@llm:m", score=theirs)
        judging = {
            "fixed": Judging(pairs=4, seconds=0.5),
            "llm:m": Judging(pairs=4, seconds=2.0, spent=Usage(prompt_tokens=900, completion_tokens=100)),
        }
        items.append(replace(item, outcomes=(Scored(scorer="overreach", score=mine), other), judging=judging))
    return replace(plain, items=tuple(items), manifest=plain.manifest | {"beside": {"overreach@llm:m": "llm@1:m"}})


def test_what_each_judge_said_and_took(run):
    frame = harness.compare_judges(run, prices=(1.0, 10.0)).to_frame()
    assert list(frame.columns) == harness.columns("judges").name.tolist()
    first, second = frame.itertuples()
    assert (first.judge, first.gates, first.mean, first.coverage) == ("fixed", True, pytest.approx(0.675), 1.0)
    assert (second.judge, second.gates, second.mean, second.coverage) == ("llm:m", False, pytest.approx(0.5), 0.75)
    assert (first.pairs, first.seconds, first.seconds_each, first.tokens) == (16, 2.0, 0.5, 0)
    assert (second.seconds, second.tokens) == (8.0, 4000)
    assert np.isnan(first.cost_usd)
    assert second.cost_usd == pytest.approx(4 * (900 * 1 + 100 * 10) / 1e6)


def test_agreement_by_hand(run):
    # on three answers: pass/pass, pass/fail, fail/fail. Raw 2/3; by chance 2/3 x 1/3 + 1/3 x 2/3 = 4/9; kappa 0.4
    frame = harness.compare_judges(run).agreement_frame()
    assert list(frame.columns) == harness.columns("agreement").name.tolist()
    (row,) = frame.itertuples()
    assert (row.judge, row.other, row.answers) == ("fixed", "llm:m", 3)
    assert row.agreement == pytest.approx(2 / 3)
    assert row.kappa == pytest.approx(0.4)
    assert row.difference == pytest.approx((0 - 0.5 - 0.1) / 3)
    assert row.low <= row.difference <= row.high


def test_the_matrix_and_its_plot(run):
    judges = harness.compare_judges(run)
    matrix = judges.matrix("overreach")
    assert matrix.loc["fixed", "llm:m"] == matrix.loc["llm:m", "fixed"] == pytest.approx(2 / 3)
    assert np.diag(matrix).tolist() == [1.0, 1.0]
    ax = judges.plot("overreach")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["fixed", "llm:m"]
    assert {t.get_text() for t in ax.texts} == {"1.00", "0.67"}
    with pytest.raises(SuiteError, match="privacy: is not judged side by side"):
        judges.matrix("privacy")


def test_where_they_differ_comes_furthest_apart_first(run):
    frame = harness.compare_judges(run).disputes_frame()
    assert frame.question_id.tolist() == ["EDU-002", "EDU-003"]
    assert frame.sides.tolist() == [True, False]
    assert frame["score.fixed"].tolist() == [0.9, 0.2]
    assert frame["score.llm:m"].tolist() == [0.4, 0.1]


def test_a_judge_that_measured_nothing_agrees_with_nobody(run):
    lost = tuple(
        replace(i, outcomes=(i.outcomes[0], Failed(scorer="overreach@llm:m", reason="down")), judging={})
        for i in run.items
    )
    judges = harness.compare_judges(replace(run, items=lost))
    (row,) = judges.agreement_frame().itertuples()
    assert row.answers == 0
    assert np.isnan(row.agreement)
    assert np.isnan(judges.matrix("overreach").loc["llm:m", "llm:m"])
    assert judges.to_frame().coverage.tolist() == [1.0, 0.0]
    assert judges.to_frame().seconds.isna().all()
    assert len(judges.disputes_frame()) == 0
    assert "llm:m" in judges._repr_html_()


def test_hostile_names_are_inert_and_one_judge_is_refused(run):
    evil = "overreach@<script>x"
    told = tuple(replace(i, outcomes=(i.outcomes[0], Scored(scorer=evil, score=0.0))) for i in run.items)
    judges = harness.compare_judges(replace(run, items=told, manifest=run.manifest | {"beside": {evil: "x"}}))
    for page in (judges._repr_html_(), judges_html(judges)):
        assert "<script" not in page
        assert "&lt;script&gt;" in page
    assert "<script" not in judges_markdown(judges).replace("\\<", "")
    with pytest.raises(SuiteError, match="only one judge"):
        harness.compare_judges(replace(run, manifest=run.manifest | {"beside": {}}))


def as_folder(run: Run, folder: Path, **manifest: object) -> Run:
    write_run(replace(run, manifest=run.manifest | manifest), folder)
    return load_run(folder)


def test_several_runs_are_laid_together_answer_by_answer(run, tmp_path):
    other = as_folder(run, tmp_path / "b", variant="b")
    judges = harness.compare_judges({"a": run, "b": other})
    frame = judges.to_frame()
    assert list(zip(frame.run, frame.judge, frame.measured, strict=True)) == [
        ("a", "fixed", 4),
        ("a", "llm:m", 3),
        ("b", "fixed", 4),
        ("b", "llm:m", 3),
    ]
    (row,) = judges.agreement_frame().itertuples()
    (alone,) = harness.compare_judges(run).agreement_frame().itertuples()
    assert row.answers == 6
    assert row.agreement == pytest.approx(alone.agreement)
    assert row.difference == pytest.approx(alone.difference), "an answer of one run was paired with one of the other"
    assert judges.disputes_frame().run.tolist() == ["a", "b", "a", "b"]
    assert judges.causes() == [("overreach", "llm:m", "HTTP 503", 2)]
    assert not judges.complete


def test_runs_that_were_not_judged_alike_are_refused(run, tmp_path):
    other = as_folder(run, tmp_path / "b", beside={"overreach@llm:m": "llm@1:m:votes=3"})
    with pytest.raises(SuiteError, match="has another beside than"):
        harness.compare_judges([run, other])
    with pytest.raises(SuiteError, match="is given twice"):
        harness.compare_judges([run, run])
    with pytest.raises(SuiteError, match="no run"):
        harness.compare_judges([])


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "harness", "judges", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=600)


def test_on_the_command_line(run, tmp_path):
    as_folder(run, tmp_path / "a")
    files = [tmp_path / f"j{ending}" for ending in (".json", ".md", ".html")]
    done = command(tmp_path / "a", *(part for file in files for part in ("-o", file)), "--price-in", 1)
    assert done.returncode == 3, done.stderr
    for words in ("llm:m scored overreach of 3 of 4 answers", "no overreach by llm:m, 1x: HTTP 503"):
        assert words in done.stdout
        assert words in files[1].read_text().replace("\\_", "_")
        assert words in files[2].read_text()
    told = json.loads(files[0].read_text())
    assert [row["measured"] for row in told["judges"]] == [4, 3]
    assert told["judges"][1]["cost_usd"] == pytest.approx(4 * 900 / 1e6)
    assert told["missing"] == [{"scorer": "overreach", "judge": "llm:m", "reason": "HTTP 503", "answers": 1}]
    assert "<svg" in files[2].read_text()

    refused = command(tmp_path / "a", "-o", tmp_path / "j.pdf")
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, f"error: {tmp_path}/j.pdf: not a known ending")


def test_a_run_that_every_judge_scored_is_complete(run, tmp_path):
    whole = tuple(replace(i, outcomes=(i.outcomes[0], Scored(scorer="overreach@llm:m", score=0.5))) for i in run.items)
    as_folder(replace(run, items=whole), tmp_path / "a")
    assert harness.compare_judges(tmp_path / "a").complete
    assert command(tmp_path / "a").returncode == 0


class Spender:
    """A judge that spends tokens, and fails at the word it is told."""

    id = "spender@1"
    crosses_languages = False

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        current().spend(Usage(prompt_tokens=10, completion_tokens=2))
        if pairs[0][0] == "fail":
            raise RuntimeError("down")
        return [Support(probability=0.5, label="not_found") for _ in pairs]


def test_a_meter_counts_calls_that_fail_too():
    meter = MeteredJudge(Spender())
    with working_on(CallContext()):
        assert len(meter.support([("a", "b"), ("c", "d")])) == 2
        with pytest.raises(RuntimeError):
            meter.support([("fail", "x")])
    assert (meter.id, meter.crosses_languages) == ("spender@1", False)
    assert (meter.pairs, meter.spent) == (3, Usage(prompt_tokens=20, completion_tokens=4))
    assert meter.seconds > 0


def test_runs_note_what_each_judge_took(tmp_path):
    suite = harness.load_suite("evals/smoke.yaml", limit=1)
    plan = harness.api.make_plan(suite, pipeline=lambda query: f"{CAREFUL} Tamoxifen blocks estrogen.", judge="local")
    from harness.runner import execute
    from harness.types import Answer, Passage

    passage = Passage(id="p", text="Tamoxifen blocks estrogen in breast tissue.")

    class Cited:
        id, prompt_sha = "cited@1", ""

        def answer(self, query):
            return Answer(text=f"{CAREFUL} Tamoxifen blocks estrogen [1].", passages=(passage,))

    run = execute(replace(plan, pipeline=Cited(), beside={"spender": Spender()}), tmp_path / "r")
    (item,) = load_run(tmp_path / "r").items
    assert set(item.judging) == {"local", "spender"}
    assert item.judging["spender"].spent.prompt_tokens >= 10
    assert item.judging == run.items[0].judging
    frame = run.to_frame("judging")
    assert frame.judge.tolist() == ["local", "spender"]
    assert (frame.pairs > 0).all()
    assert harness.compare_judges(run).to_frame().judge.tolist() == ["local", "spender"] * 2
