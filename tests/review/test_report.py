"""What page 1 of the report says of the review, of too little agreement, and of signatures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.gate import judge_run
from harness.render.html import report_html
from harness.render.pack import pack_html
from harness.review.desk import merge_files, prepare_pack, record_decision, record_pack
from harness.store import Run
from tests.conftest import AS_OF
from tests.review.support import a_run, read


def report(run: Run) -> str:
    page = report_html(run, judge_run(run, today=AS_OF))
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S).split())


def reviewed(tmp_path: Path, *, agree: bool) -> Run:
    run = a_run(tmp_path / "run", 60)
    files = []
    for name in ("Dr A", "Dr B"):
        prepared = prepare_pack(run, name)
        page = prepared.target(None)
        page.write_text(pack_html(prepared.data))
        record_pack(prepared, page)
        flagged = tuple(i["id"] for i in prepared.data["items"] if i["findings"])
        wrong = flagged[::2] if agree or name == "Dr A" else flagged[1::2]
        files.append(read(page, tmp_path / f"{name}.json", wrong=wrong))
    merge_files(run, files, None)
    return run


def test_without_a_review_it_says_so(tmp_path: Path) -> None:
    told = report(a_run(tmp_path / "run", 3))
    assert "No reader's judgement is recorded: every finding is the tool's alone" in told
    assert "Human decision:" not in told


def test_with_one_it_quotes_agreement_and_rates_beside_the_raw_ones(tmp_path: Path) -> None:
    run = reviewed(tmp_path, agree=True)
    told = report(run)
    assert re.search(r"Dr A and Dr B read \d+ of 60 answers", told)
    assert "They differ on 0" in told
    assert re.search(r"any serious or critical fault 18\.3 % \([\d.]+ % to [\d.]+ %\) \d+\.\d % \(", told)
    assert "the sample is too small to say much" in told
    assert "agree too little" not in told
    assert "Agreement of the readers" in told


def test_too_little_agreement_is_told_on_page_1(tmp_path: Path) -> None:
    told = report(reviewed(tmp_path, agree=False))
    assert "The readers agree too little on serious faults" in told
    assert "still open" in told


@pytest.mark.parametrize("decision", ["release", "conditional", "do-not-release"])
def test_signatures_stand_on_page_1(tmp_path: Path, decision: str) -> None:
    run = a_run(tmp_path / "run", 3)
    fields = {"name": "Dr A", "role": "Adjudicator", "statement": "Read <i>all</i>.", "verdict": "PASS"}
    record_decision(run, {**fields, "decision": decision, "credential": "MD", "conflict": "none"})
    told = report(run)
    assert f"Human decision: {decision.replace('-', ' ')} Dr A: " in told
    assert "Read &lt;i&gt;all&lt;/i&gt;. Conflict of interest: none" in told
    assert "Dr A, MD" in told
    assert "Clinical reviewer 1" in told, "roles that have not signed keep a line to sign on paper"
    assert told.count("☒") == 1
