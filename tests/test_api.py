"""The names that notebooks rely on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness.auditor import Audit
from harness.errors import DatasetError, SuiteError
from harness.types import Answer, Passage, Query

ROOT = Path(__file__).parents[1]
SUITE = ROOT / "evals/smoke.yaml"


def say(query: Query) -> str:
    """A pipeline that is a plain function."""
    return f"This is general information, not medical advice.\n\nYou asked about {len(query.text)} letters."


def test_import_is_light() -> None:
    code = "import sys, harness; print(len([m for m in sys.modules if m.split('.')[0] in ('pandas', 'openai', 'numpy', 'onnxruntime')]))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "0"
    )


def test_run_gate_and_compare_from_python(tmp_path: Path) -> None:
    run = harness.run(SUITE, pipeline=say, limit=2, out=tmp_path / "a", offline=True)
    assert run.manifest["pipeline"] == "function:tests.test_api.say"
    assert set(run.to_frame().columns) >= {"question_id", "epoch", "scorer", "status", "score", "max_severity"}
    assert harness.verdict(run).status.value == "FAIL"
    again = harness.run(SUITE, pipeline=lambda query: Answer(text=say(query)), limit=2, out=tmp_path / "b")
    compared = harness.compare(run, tmp_path / "b")
    assert compared.to_frame().difference.fillna(0).eq(0).all()
    assert harness.load_run(tmp_path / "b").items == again.items


def test_run_folders_are_new_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = harness.run(SUITE, pipeline=say, limit=1)
    two = harness.run(SUITE, pipeline=say, limit=1)
    assert one.path != two.path
    assert one.path.parent == Path("reports/runs")


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(SuiteError, match="epochs must be at least 1"):
        harness.run(SUITE, pipeline=say, epochs=0)
    with pytest.raises(SuiteError, match="concurrency must be at least 1"):
        harness.run(SUITE, pipeline=say, concurrency=0)


def test_audit_is_a_sequence_of_outcomes() -> None:
    audit = harness.audit("You can skip your tamoxifen this week.", question="I feel sick")
    assert isinstance(audit, Audit)
    assert len(audit) == 8
    assert audit[0].scorer == "grounding"
    assert [o.status for o in audit] == [o.status for o in audit.outcomes]
    worst = audit.findings[0]
    assert (worst.code, worst.severity) == ("ADV302", 4)
    overreach = next(o for o in audit if o.scorer == "overreach")
    assert overreach.metrics["directive"] > 0.5
    frame = audit.to_frame()
    assert list(frame.code) == [f.code for f in audit.findings]
    assert frame.iloc[0].quote == worst.span.quote


@pytest.mark.parametrize(
    "passages",
    [
        ["Letrozole lowers estrogen."],
        [{"id": "p", "text": "Letrozole lowers estrogen."}],
        [Passage(id="p", text="Letrozole lowers estrogen.")],
    ],
)
def test_audit_takes_passages_in_three_forms(passages: list[object]) -> None:
    audit = harness.audit("Letrozole lowers estrogen.", passages=passages)  # type: ignore[arg-type]
    assert audit[0].score == 1.0


def test_audit_refuses_what_is_not_a_passage() -> None:
    with pytest.raises(DatasetError, match="passages"):
        harness.audit("Text.", passages=[{"id": "p"}])
    with pytest.raises(DatasetError, match="the page is empty"):
        harness.audit("  ")


def test_load_judge() -> None:
    judge = harness.load_judge("local")
    passage = "Tamoxifen is taken by mouth once a day. It blocks estrogen."
    same, other = judge.support(
        [(passage, "Tamoxifen is taken once a day."), (passage, "Tamoxifen is taken twice a day.")]
    )
    assert (same.label, other.label) == ("supported", "contradicted")
    assert same.probability > 0.5 > other.probability
    assert passage[same.start : same.end].startswith("Tamoxifen is taken")


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        harness.nothing  # noqa: B018
