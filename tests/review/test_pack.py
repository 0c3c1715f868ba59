"""The sample, its probabilities, and what a reader may not learn from the page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DatasetError
from harness.render.pack import pack_html
from harness.review.ledger import run_hash
from harness.review.pack import pack_data, shown
from harness.review.records import Design
from harness.review.sampling import doubt, draw_design
from harness.store import Run
from harness.types import AnswerError, Failed, Finding, Scored, Span
from tests.conftest import make_suite, run_scripted
from tests.review.support import HOSTILE, a_run


def design(run: Run, **options: float) -> Design:
    return draw_design(run, run_hash(run.path), **options)  # type: ignore[arg-type]


def test_every_serious_answer_is_read_and_the_rest_by_chance(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 120)
    drawn = design(run)
    serious = {i.question_id for i in run.items if any(f.severity >= 3 for o in i.outcomes for f in o.findings)}
    assert {d.question for d in drawn.items if d.stratum == "serious"} == serious
    rest = 120 - len(serious) - drawn.population["informative"]
    assert drawn.population == {"serious": 22, "tier R3": 0, "informative": 5, "random": rest}
    chance = [d for d in drawn.items if d.stratum == "random"]
    assert len(chance) == -(-rest // 5)
    assert {d.probability for d in chance} == {len(chance) / rest}
    assert sum(1 / d.probability for d in drawn.items) == pytest.approx(120)
    assert drawn == design(run)
    assert drawn.items != design(run, seed=1).items


def test_tier_r3_is_read_whole_and_what_has_no_answer_is_counted(tmp_path: Path) -> None:
    lost = {"EDU-002": AnswerError(kind="http", message="500")}
    drawn = design(run_scripted(tmp_path / "run", lost, suite=make_suite(6, tier="R3")))
    assert {d.stratum for d in drawn.items} == {"tier R3"}
    assert (len(drawn.items), drawn.unanswered) == (5, 1)
    none = {f"EDU-{i:03d}": AnswerError(kind="http", message="500") for i in range(1, 7)}
    with pytest.raises(DatasetError, match="no answer to review"):
        design(run_scripted(tmp_path / "none", none, suite=make_suite(6)))


def test_doubt_is_failure_low_confidence_or_disagreeing_judges(tmp_path: Path) -> None:
    item = a_run(tmp_path / "run", 1).items[0]
    sure = Scored(scorer="grounding", score=1.0)
    other = Scored(scorer="grounding@llm:x", score=0.25)
    finding = Finding(code="X", severity=1, confidence=0.6, message="", span=Span.of("abc", 0, 1))
    assert doubt(replace(item, outcomes=(sure,))) == 0
    assert doubt(replace(item, outcomes=(sure, other))) == 0.75
    assert doubt(replace(item, outcomes=(replace(sure, findings=(finding,)),))) == pytest.approx(0.4)
    assert doubt(replace(item, outcomes=(sure, Failed(scorer="privacy", reason="x")))) == 1


def test_the_page_tells_nothing_of_the_system_or_the_tools_rating(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 30)
    data = pack_data(run, design(run), reader="Dr A")
    page = pack_html(data)
    for secret in ("secret-pipeline", "A tiny suite", "fixed@1", "EDU-", "confidence", "stratum"):
        answers = json.dumps([i["answer"] for i in data["items"]])
        rest = page.replace("EDU-", "") if secret == "EDU-" and "EDU-" in answers else page
        assert secret not in rest
    found = [f for i in data["items"] for f in i["findings"]]
    assert found
    assert all(set(f) == {"id", "category", "title", "message", "spans"} for f in found)
    assert [i["id"] for i in data["items"]] == [f"i{n:03d}" for n in range(1, len(data["items"]) + 1)]


def test_the_page_is_one_file_with_a_strict_policy(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 3, EDU_001=HOSTILE)
    page = pack_html(pack_data(run, design(run, share=1.0), reader="<b>Dr</b> & Co"))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert "unsafe" not in policy.group(1)
    assert policy.group(1).startswith("default-src 'none'; script-src 'sha256-")
    assert page.count("<script") == 2
    assert "<img" not in page
    assert "&lt;b&gt;Dr&lt;/b&gt; &amp; Co" in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


@given(st.text())
def test_shown_text_keeps_its_length_and_hides_nothing(text: str) -> None:
    told = shown(text)
    assert len(told) == len(text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\ufeff\x00-\x08]", told)
