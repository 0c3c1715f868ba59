"""Tables of runs with fixed columns, types and units; what notebooks show, with every text escaped."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import harness
from harness import frames
from harness.errors import HarnessError, SuiteError
from harness.frames import columns, dictionary, typed, unit_of
from harness.masking import BLOT
from harness.render import progress as bars
from harness.store import Run, load_run
from harness.types import Answer, AnswerError, Finding, Scored, Span
from tests.conftest import make_suite, run_scripted
from tests.prompts import BOLD, CAREFUL, write_suite

EVIL = "GOOD 3 STOP <script>alert(1)</script> <img src=x onerror=alert(2)> \x1b[31m\u202e {{ 7 * 7 }}"
TABLES = ("outcomes", "metrics", "findings", "answers", "judging")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    said = {"EDU-001": EVIL, "EDU-002": "NA", "EDU-003": AnswerError(kind="timeout", message="too late")}
    return run_scripted(tmp_path / "r", said, epochs=2)


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_columns_and_types_of_the_dictionary(run, table):
    frame = run.to_frame(table)
    empty = replace(run, items=()).to_frame(table)
    plain = [c for c in dictionary()[table] if "*" not in c.name]
    assert [c for c in frame.columns if not c.startswith("metric.")] == [c.name for c in plain]
    assert list(empty.columns) == [c.name for c in plain]
    for column in plain:
        assert str(frame[column.name].dtype) == str(empty[column.name].dtype) == frames._DTYPES[column.kind], column


def test_every_column_has_a_unit_and_a_meaning():
    told = columns()
    assert set(TABLES) <= set(told.table)
    assert (told.unit.str.len() > 0).all()
    assert (told.what.str.len() > 3).all()
    assert set(told.kind) <= set(frames._DTYPES)
    assert not told.duplicated(["table", "name"]).any()
    with pytest.raises(SuiteError, match="no table 'nothing'"):
        columns("nothing")


def test_the_page_of_columns_is_up_to_date():
    text = (Path(__file__).parents[1] / "docs/frames.md").read_text()
    for c in (c for listed in dictionary().values() for c in listed):
        assert f"| `{c.name}` | {c.kind} | {c.unit} | {c.what} |" in text, c


def test_outcomes_and_answers(run):
    outcomes = run.to_frame()
    assert outcomes.status.tolist()[:6] == ["scored"] * 2 + ["not_applicable"] * 2 + ["failed"] * 2
    assert outcomes.score.isna().tolist()[:6] == [False, False, True, True, True, True]
    assert outcomes["metric.number"].dtype == "float64"
    assert set(outcomes.run) == {"scripted@1"}
    answers = run.to_frame("answers")
    assert answers.answered.tolist()[:6] == [True] * 4 + [False] * 2
    assert answers.text[0] == EVIL
    assert answers.error[4] == "timeout: too late"
    assert answers.words[0] == len(EVIL.split())
    assert answers.latency_s.isna().all()
    metrics = run.to_frame("metrics")
    assert (metrics.metric[0], metrics.value[0]) == ("number", 3.0)
    with pytest.raises(SuiteError, match="no table 'x'"):
        run.to_frame("x")


def test_runs_of_variants_become_one_tidy_table(tmp_path):
    said = {"bold": lambda query: BOLD, "careful": lambda query: CAREFUL}
    runs = harness.run_variants(write_suite(tmp_path), said, out=tmp_path / "r")
    both = pd.concat(r.to_frame("findings") for r in runs.values())
    worst = both[both.severity == 4]
    assert set(worst.run) == {"bold"}
    assert set(worst.code) >= {"ADV302"}
    assert all(BOLD[s:e] == q for s, e, q in zip(worst.start, worst.end, worst.quote, strict=True))
    assert "Discourages care or contradicts the team" in set(worst.title)
    assert both.severity.groupby(both.run).max().to_dict()["careful"] < 3


def test_units_of_metrics_are_those_of_real_scorers(tmp_path):
    run = harness.run("evals/smoke.yaml", pipeline=lambda query: CAREFUL, limit=2, out=tmp_path / "r")
    metrics = run.to_frame("metrics")
    assert set(metrics[metrics.unit == "-"].metric) == set()
    assert unit_of("smog_masked") == "US school years"
    assert unit_of("another") == "-"


def test_a_person_s_words_are_blotted_out_of_findings(run):
    quote = "Susan Miller"
    private = Finding(
        code="PRV702", severity=2, confidence=0.9, message="a name", span=Span(start=0, end=12, quote=quote)
    )
    first, *rest = run.items
    told = replace(
        first,
        answer=Answer(text=f"{quote} has cancer."),
        outcomes=(Scored(scorer="overreach", score=0.5, findings=(private,)),),
    )
    named = replace(run, items=(told, *rest))
    assert BLOT in named.to_frame("findings").quote[0]
    assert "Miller" not in harness.findings(named)._repr_html_()


def test_parquet_keeps_types(run, tmp_path):
    file = run.to_parquet(tmp_path / "o.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(file), run.to_frame())
    run.to_parquet(tmp_path / "f.parquet", "findings")
    assert len(pd.read_parquet(tmp_path / "f.parquet")) == len(run.to_frame("findings")) > 0
    with pytest.raises(HarnessError, match="can't write"):
        run.to_parquet(tmp_path / "no/such/o.parquet")


def test_parquet_without_pyarrow_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(HarnessError, match="pyarrow, which is not installed") as caught:
        run.to_parquet(tmp_path / "o.parquet")
    assert "[parquet]" in caught.value.hint


def test_types_hold_for_any_rows():
    frame = typed(
        "leaderboard", [{"scorer": "s", "run": "r", "measured": 1, "missing": 0, "exempt": 0, "ranked_questions": 0}]
    )
    assert pd.isna(frame["rank"][0])
    with pytest.raises((TypeError, ValueError)):
        typed("leaderboard", [{"scorer": "s", "measured": None}])


def inert(page: str) -> None:
    assert "<script" not in page
    assert "<img" not in page
    assert not re.search(r"<[^>]*\sonerror", page)
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_what_notebooks_show_is_inert(run, tmp_path):
    hostile = replace(run, manifest=run.manifest | {"title": EVIL, "variant": EVIL}, stopped=EVIL)
    for page in (run._repr_html_(), hostile._repr_html_(), harness.findings(hostile)._repr_html_()):
        inert(page)
    audit = harness.audit(f"You can skip your tamoxifen <script>alert(1)</script> {EVIL}", question=EVIL)
    inert(audit._repr_html_())
    other = run_scripted(tmp_path / "b", {"EDU-001": EVIL[::-1]}, epochs=2)
    inert(harness.compare(run, other)._repr_html_())


def test_a_run_shows_its_means_and_findings(run):
    page = run._repr_html_()
    assert "6/8 answered; findings of severity 4, 3, 2, 1, 0: 2, 0, 0, 0, 0" in page
    assert "<td>overreach</td><td>0.650</td>" in page
    assert "A tiny suite" in page


def test_findings_have_their_words_highlighted(run):
    found = harness.findings(run.path)
    assert (len(found), found[0].question_id) == (2, "EDU-001")
    assert "GOOD 3 <mark" in found._repr_html_()
    assert re.search(r"<mark[^>]*>STOP</mark> &lt;script&gt;", found._repr_html_())
    assert len(found.where(code="ADV")) == 2
    assert len(found.where(severity=4, question_id="EDU-001")) == 2
    assert len(found.where(code="CIT")) == len(found.where(question_id="EDU-002")) == 0
    many = replace(found, placed=found.placed * 40)
    assert "... and 30 more" in many._repr_html_()


def test_an_audit_shows_its_findings(tmp_path):
    page = harness.audit("You can skip your tamoxifen this week.", question="I feel sick")._repr_html_()
    assert re.search(r"<mark[^>]*>You can skip your tamoxifen</mark>", page)
    assert "<td>overreach</td>" in page


def test_load_run_gives_the_same_tables(run):
    pd.testing.assert_frame_equal(load_run(run.path).to_frame("findings"), run.to_frame("findings"))


class Shown:
    """What stands for IPython."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def HTML(self, text: str) -> str:
        return text

    def display(self, page: str, *, display_id: bool) -> Shown:
        self.update(page)
        return self

    def update(self, page: str) -> None:
        self.pages.append(page)


def test_a_bar_in_a_notebook_needs_no_widget(monkeypatch, tmp_path):
    shown = Shown()
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    assert bars.in_notebook()
    harness.run(make_suite(3), pipeline=lambda query: "GOOD 9", out=tmp_path / "r")
    assert "0/0" in shown.pages[0]
    assert 'value="3" max="3"' in shown.pages[-1]
    count = len(shown.pages)
    harness.run(make_suite(3), pipeline=lambda query: "GOOD 9", out=tmp_path / "s", progress=False)
    assert len(shown.pages) == count
    inert(bars._bar(EVIL, 1, 2))


def test_bars_elsewhere_are_asked_for(tmp_path, capsys):
    assert not bars.in_notebook()
    harness.run(make_suite(2), pipeline=lambda query: "GOOD 9", out=tmp_path / "r")
    assert capsys.readouterr().err == ""
    harness.run(make_suite(2), pipeline=lambda query: "GOOD 9", out=tmp_path / "s", progress=True)
    assert "tiny suite: 2/2" in capsys.readouterr().err
    seen = []
    harness.run(
        make_suite(2), pipeline=lambda query: "GOOD 9", out=tmp_path / "t", progress=lambda done, n: seen.append(done)
    )
    assert seen == [0, 1, 2]
