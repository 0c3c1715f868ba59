"""Sign-offs of golden records: draft -> reviewed -> retired, and what makes a record fall back."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness import signoffs
from harness.data import load_golden, load_registry
from harness.datalint import check
from harness.errors import DatasetError, SuiteError
from harness.records import GoldenRecord
from harness.signoffs import FILE, Decision, SignOff, load_signoffs, record_hash, sign, signoffs_text, standing
from harness.suite import load_suite
from tests.data.test_data import RECORD, SOURCES, folder

DAY = dt.date(2026, 11, 27)
FACT = {**RECORD["must_have"][0], "edition": "2026", "valid_from": "2026-03"}


def golden(**changes: Any) -> GoldenRecord:
    return GoldenRecord.model_validate({**RECORD, "must_have": [FACT], **changes})


def by(who: str, record: GoldenRecord, decision: Decision = "approve", note: str = "") -> SignOff:
    return sign([record], decision=decision, who=who, role="oncologist", note=note, on=DAY)[0]


def where(record: GoldenRecord, *signed: SignOff, edition: str = "2026", day: dt.date = DAY) -> tuple[str, str]:
    sources = {"nci-breast": signoffs.Source(**{**SOURCES[0], "edition": edition})}
    found = standing(record, signed, sources, day)
    return found.status, "; ".join(found.reasons)


@pytest.mark.parametrize(("tier", "wanted"), [("R0", 1), ("R1", 1), ("R2", 2), ("R3", 2)])
def test_a_record_is_reviewed_by_enough_different_people(tier: str, wanted: int) -> None:
    record = golden(risk_tier=tier)
    assert where(record) == ("draft", f"0 of {wanted} sign-offs")
    one = by("Ada Lund", record)
    again = by(" ada  LUND", record)
    assert where(record, one, again)[0] == ("reviewed" if wanted == 1 else "draft")
    assert where(record, one, by("Bo Kim", record))[0] == "reviewed"


def test_a_changed_record_needs_another_review_until_it_is_signed_anew() -> None:
    old, new = golden(), golden(question="What does tamoxifen do in a man's body?")
    signed = by("Ada", old)
    assert where(new, signed) == ("needs_review", "Ada signed it before it was changed")
    assert where(new, signed, by("Ada", new))[0] == "reviewed"


@given(st.sampled_from(["question", "subtopic", "risk_tier", "tags", "must_have"]))
def test_what_a_reviewer_reads_is_in_the_hash(field: str) -> None:
    other = {"risk_tier": "R2", "tags": ["typos"], "must_have": [{**FACT, "look_for": ["x"]}]}.get(field, "otherwise")
    assert record_hash(golden(**{field: other})) != record_hash(golden())


def test_status_and_review_notes_are_not_in_the_hash() -> None:
    notes = {"state": "signed", "reviewers": ["A", "B"]}
    assert record_hash(golden(status="reviewed", review=notes)) == record_hash(golden())


def test_a_changed_lexicon_lapses_a_sign_off(monkeypatch: pytest.MonkeyPatch) -> None:
    record = golden()
    signed = by("Ada", record)
    monkeypatch.setattr(signoffs, "lexicon_hash", lambda: "0" * 12)
    assert where(record, signed) == ("needs_review", "Ada signed it with other lexicons")


def test_another_edition_of_a_source_asks_for_a_review_even_of_a_draft() -> None:
    record = golden()
    told = "m1 stands on edition 2026 of nci-breast, the registry has 2027"
    assert where(record, edition="2027") == ("needs_review", told)
    assert where(record, by("Ada", record), edition="2027") == ("needs_review", told)


def test_a_fact_whose_time_is_over_asks_for_a_review() -> None:
    record = golden(must_have=[{**FACT, "valid_to": dt.date(2026, 12, 31)}])
    assert where(record, day=dt.date(2026, 12, 31))[0] == "draft"
    assert where(record, day=dt.date(2027, 1, 1)) == ("needs_review", "m1 was valid until 2026-12-31")


def test_a_wish_for_changes_outweighs_an_approval_until_the_record_is_changed() -> None:
    old, new = golden(), golden(subtopic="men")
    wish = by("Bo", old, "revise", "add men")
    assert where(old, by("Ada", old), wish) == ("draft", "Bo asks for changes: add men")
    assert where(new, by("Ada", new), wish)[0] == "reviewed"


def test_a_retired_record_stays_retired_and_a_person_may_take_it_back() -> None:
    record = golden()
    retired = by("Bo", record, "retire")
    assert where(record, by("Ada", record), retired, edition="2027") == ("retired", "Bo retired it")
    assert where(record, retired, by("Bo", record))[0] == "reviewed"
    assert where(golden(status="retired"))[0] == "retired"


def test_a_claim_to_be_reviewed_without_sign_offs_is_not_believed() -> None:
    record = golden(status="reviewed", review={"state": "signed", "reviewers": ["A", "B"]})
    assert where(record) == ("needs_review", "its status is reviewed, but the sign-offs for it are missing")


def test_sign_offs_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    signed = (by("Ada", golden()), by("Bö", golden(), "revise", "say: 'why'?"))
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(signoffs_text(signed), encoding="utf-8")
    assert load_signoffs(tmp_path) == signed
    (tmp_path / FILE).write_text(signoffs_text(()), encoding="utf-8")
    assert load_signoffs(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("a: b\n", r"signoffs\.yaml:1: expected a list"), ("- {record: A}\n", r"signoffs\.yaml:1: \w+: is missing")],
)
def test_a_broken_file_of_sign_offs_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=complaint):
        load_signoffs(tmp_path)


# --- the gate and the command


SUITE = """\
name: mine
title: Mine
dataset: {golden: golden, corpus: corpus, registry: sources.yaml}
as_of: 2026-11-27
scorers: [completeness]
gates: {scores: [{scorer: completeness, min: 0.5}]}
"""


def data(tmp_path: Path) -> Path:
    records = [
        {**RECORD, "must_have": [dict(FACT)]},
        {
            **RECORD,
            "id": "MED-002",
            "risk_tier": "R3",
            "question": "Where does tamoxifen act?",
            "must_have": [dict(FACT)],
        },
    ]
    path = folder(tmp_path, records=records)
    (path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    return path


def review(path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "golden", "review", *args]
    command += ["--golden", str(path / "golden"), "--registry", str(path / "sources.yaml")]
    env = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=path, check=False, timeout=600)


def test_from_draft_to_the_gate_and_out_of_it_again(tmp_path: Path) -> None:
    path = data(tmp_path)
    assert "2 draft" in review(path).stdout
    shown = review(path, "MED-001").stdout
    assert "must tell (critical): Tamoxifen blocks estrogen." in shown
    assert "MED-001: draft (0 of 1 sign-offs)" in shown
    assert not (path / "golden" / FILE).exists()
    with pytest.raises(SuiteError, match="2 of 2 questions are drafts"):
        load_suite(path / "suite.yaml")

    assert "MED-002: draft (1 of 2 sign-offs)" in review(path, "MED-002", "--name", "Ada", "--role", "MD").stdout
    done = review(path, "MED-001", "MED-002", "--name", "Bo", "--role", "RN")
    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["MED-001: reviewed", "MED-002: reviewed"])
    suite = load_suite(path / "suite.yaml")
    assert ([q.status for q in suite.questions], suite.left_out) == (["reviewed", "reviewed"], {})

    records = yaml.safe_load((path / "golden/medicines.yaml").read_text())
    records[0]["must_have"][0]["look_for"] = ["estrogen"]
    (path / "golden/medicines.yaml").write_text(yaml.safe_dump(records))
    suite = load_suite(path / "suite.yaml")
    assert [q.id for q in suite.questions] == ["MED-002"]
    assert suite.left_out == {"MED-001": "Bo signed it before it was changed"}
    told = review(path).stdout
    assert "MED-001: needs another review (Bo signed it before it was changed)" in told
    assert any("needs another review" in c.text and c.level == "warning" for c in check(path, today=DAY))


def test_a_new_edition_empties_the_gate_and_says_so(tmp_path: Path) -> None:
    path = data(tmp_path)
    sources = [{**SOURCES[0], "edition": "2027"}]
    (path / "sources.yaml").write_text(yaml.safe_dump(sources))
    with pytest.raises(SuiteError) as problem:
        load_suite(path / "suite.yaml")
    assert "no question is left" in str(problem.value)
    assert "2 need another review" in problem.value.hint


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("MED-009",), "no golden record 'MED-009'"),
        (("MED-001", "--name", "Ada"), "a sign-off needs ids, --name and --role"),
        (("--name", "Ada", "--role", "MD"), "a sign-off needs ids, --name and --role"),
        (("MED-001", "--name", " ", "--role", "MD"), "a sign-off needs ids, --name and --role"),
    ],
)
def test_a_sign_off_that_says_too_little_is_refused(tmp_path: Path, args: tuple[str, ...], complaint: str) -> None:
    path = data(tmp_path)
    done = review(path, *args)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not (path / "golden" / FILE).exists()


def test_a_sign_off_of_an_unknown_record_and_a_missing_canary_are_errors(tmp_path: Path) -> None:
    path = data(tmp_path)
    stray = by("Ada", golden(id="EDU-404"))
    (path / "golden" / FILE).parent.mkdir()
    (path / "golden" / FILE).write_text(signoffs_text([stray]), encoding="utf-8")
    quotas: dict[str, Any] = {"minimum_records": 1, "tolerance": 1.0, "categories": {}, "minimums": {}}
    quotas["corpus"] = {"minimum_documents": 1, "minimum_passages": 1, "longest_sentence_words": 25}
    (path / "quotas.yaml").write_text(yaml.safe_dump({**quotas, "canary": "f2b7"}))
    told = [c.text for c in check(path, today=DAY) if c.level == "error"]
    assert "a sign-off of EDU-404, which is no golden record" in told
    assert "the canary string f2b7 is missing" in told


def test_every_bundled_fact_stands_on_the_current_edition() -> None:
    root = Path(__file__).parents[2] / "datasets"
    records = load_golden(root / "golden").records
    found = signoffs.standings(
        records, load_signoffs(root / "golden"), load_registry(root / "sources.yaml").by_id(), DAY
    )
    assert {name for name, s in found.items() if s.status == "needs_review"} == set()
    assert all(fact.edition for record in records for fact in record.must_have)
