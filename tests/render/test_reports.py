from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from harness.accuracy import LOCAL, measurements_text, rules_text
from harness.gate import judge_run
from harness.printing import printable
from harness.render.cards import highlight
from harness.render.clean import markdown_cell, shorten
from harness.render.files import write_reports
from harness.render.html import report_html, report_paper
from harness.render.jsonform import report_json
from harness.render.markdown import report_markdown
from harness.render.terminal import print_run
from harness.store import Run
from harness.types import Answer, AnswerError, Query
from tests.conftest import WordScorer, make_suite, run_scripted
from tests.render.support import unpacked
from tests.test_accuracy import measurement
from tests.test_rule_calibration import measurement as rule_measurement

HOSTILE = (
    "# Title\n- STOP 5 now {{ 7*7 }} {% raw %} <script>alert(1)</script> <img src=x onerror=alert(1)>\n"
    "\x1b[31mred\x1b[0m \u202eevil | =cmd ::error::boom [x](javascript:alert(1)) @everyone `a`"
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    lost = AnswerError(kind="timeout", message="late <b>\x1b[31m")
    return run_scripted(tmp_path / "run", {"EDU-001": HOSTILE, "EDU-002": lost, "EDU-003": "WARN 7"})


def verdict(run: Run):  # type: ignore[no-untyped-def]
    return judge_run(run, today=dt.date(2026, 11, 22))


def test_html_escapes_everything_from_outside(run: Run) -> None:
    page, paper = report_html(run, verdict(run)), report_paper(run, verdict(run))
    assert re.findall(r"<script[^>]*>", page) == ['<script type="text/plain" class="evidence">', "<script>"]
    assert "<script" not in paper
    for text in (page.partition("<script>")[0], paper, *unpacked(page)):
        assert "<script>" not in text
        assert "<img" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert not re.search(r"(src|href)=\"(?!#)", text), "the report must not point outside itself"
    assert "{{ 7*7 }}" in "".join(unpacked(page))
    assert "{{ 7*7 }}" in paper
    assert "default-src 'none'" in page
    assert "script-src" not in paper


def test_html_shows_verdict_words_missing_answers_and_drafts(run: Run) -> None:
    page = report_html(run, verdict(run))
    assert "<h2>FAIL</h2>" in page
    assert "<mark>STOP</mark>" in page
    assert any("timeout: late" in text for text in unpacked(page))
    assert "Drafts accepted." in page
    assert "3/4, <b>1 missing</b>" in page
    assert run.manifest["signature"].split("|")[0] in page


def test_markdown_can_not_be_broken_out_of(run: Run) -> None:
    text = report_markdown(run, verdict(run))
    assert text.startswith("# FAIL: A tiny suite")
    assert "::error" not in text
    assert "<b>" not in text
    assert "| overreach |" in text
    for line in text.splitlines():
        if line.startswith("| 4 "):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6


def test_json_is_the_wire_type(run: Run) -> None:
    body = json.loads(report_json(run, verdict(run)))
    assert (body["wire"], body["verdict"], body["exit_code"]) == (1, "FAIL", 1)
    assert (body["planned"], body["answered"]) == (4, 3)
    assert body["findings_by_severity"] == {"critical": 1, "serious": 0, "moderate": 1, "minor": 0, "note": 0}
    assert body["dials"][0]["missing"] == 1
    assert body["items"][0]["outcomes"][0]["findings"][0]["span"]["quote"] == "STOP"


def test_all_formats_are_written_and_twice_the_same(run: Run, tmp_path: Path) -> None:
    first = {p.name: p.read_bytes() for p in write_reports(run, verdict(run), run.path)}
    again = {p.name: p.read_bytes() for p in write_reports(run, verdict(run), run.path)}
    assert first == again
    assert set(first) == {"report.html", "report.md", "report.json"}


def test_highlight_keeps_every_word_and_marks_overlaps() -> None:
    text = "# Head\n- one two three\nlast"
    lines = highlight(text, [(9, 16, 1, 2), (13, 22, 2, 4)])
    assert ["".join(s.text for s in line.segments) for line in lines] == ["Head", "one two three", "last"]
    assert [line.kind for line in lines] == ["heading", "bullet", "text"]
    assert [(s.text, s.marks, s.severity) for s in lines[1].segments] == [
        ("one ", (1,), 2),
        ("two", (1, 2), 4),
        (" three", (2,), 4),
    ]


def test_clean_helpers() -> None:
    assert printable("a\x1b[31mb\nc\u200bd\u2066e") == "a[31mb cde"
    assert "|" not in re.sub(r"\\\|", "", markdown_cell("a|b"))
    assert shorten("one two three four", 12) == "one two..."
    assert shorten("short", 12) == "short"


@dataclass(frozen=True, kw_only=True)
class JudgedScorer(WordScorer):
    name: ClassVar[str] = "grounding"


@pytest.fixture
def judged_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose score rests on the judge ``fixed@1``, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return run_scripted(tmp_path / "run", suite=make_suite(scorers=(JudgedScorer(),)))


def everywhere(run: Run, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The run as HTML, Markdown and terminal text, without escapes and line breaks."""
    print_run(run, verdict(run), [])
    texts = [report_html(run, verdict(run)), report_markdown(run, verdict(run)), capsys.readouterr().out]
    return [" ".join(re.sub(r"\\|\u200b", "", text).split()) for text in texts]


def test_a_judge_without_figures_is_not_measured(judged_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for text in everywhere(judged_run, capsys):
        assert "grounding: the accuracy of judge fixed@1 is not measured" in text
    (told,) = json.loads(report_json(judged_run, verdict(judged_run)))["judge_accuracy"]
    assert (told["scorer"], told["balanced_accuracy"], told["measurements"]) == ("grounding", None, [])


def test_page_one_quotes_the_figures_of_its_judge(judged_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    LOCAL.mkdir(parents=True)
    (LOCAL / "made.json").write_text(measurements_text([measurement("<b>set</b>")]))
    for text in everywhere(judged_run, capsys):
        assert "finds 60 % of unsupported statements and doubts 20 % of supported ones" in text
        assert "balanced accuracy 0.70, 95 % interval 0.68 to 0.72" in text
        assert "the accuracy of judge" not in text
    page = report_html(judged_run, verdict(judged_run))
    assert "&lt;b&gt;set" in page
    assert page.index("finds 60 % of unsupported") < page.index('id="gate"'), "it stands on page 1"
    (told,) = json.loads(report_json(judged_run, verdict(judged_run)))["judge_accuracy"]
    assert told["balanced_accuracy"] == pytest.approx(0.7)
    assert told["measurements"][0]["sha256"] == "0" * 64


def test_reports_whose_scores_need_no_judge_say_nothing_of_one(run: Run) -> None:
    assert "How far to trust the judge" not in report_html(run, verdict(run))
    assert "How far to trust the judge" not in report_markdown(run, verdict(run))


def test_the_report_quotes_the_figures_of_a_scorer_without_a_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_scripted(tmp_path / "run", {"EDU-001": "WARN 7"})
    LOCAL.mkdir(parents=True)
    figures = {"recall": (0.1, 0.05, 0.2), "false_alarms": (0.9, 0.8, 1.0), "balanced_accuracy": (0.1, 0.0, 0.2)}
    made = rule_measurement(scorer="overreach", data="<b>set</b>", figures=figures)
    (LOCAL / "made.json").write_text(rules_text([made]))
    for text in everywhere(run, capsys):
        assert "overreach: finds 10 % (5 to 20) and wrongly flags 90 % (80 to 100) on " in text
    page = report_html(run, verdict(run))
    assert "&lt;b&gt;set" in page
    (told,) = json.loads(report_json(run, verdict(run)))["scorer_accuracy"]
    assert made.model_dump(mode="json") in told["measurements"]


def test_repeats_are_told_in_every_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def say(query: Query) -> Answer:
        return Answer(text="GOOD 2" if query.epoch == 1 and query.id != "EDU-001" else "GOOD 10")

    run = run_scripted(tmp_path / "r", say, suite=make_suite(4, tier="R3", minimum=0.6), epochs=4)
    told = "pass^4 0.250 over 4 questions; worst of 4 on tier R3 0.400 over 4/4 questions; 3 flip between epochs"
    print_run(run, verdict(run), [])
    printed = capsys.readouterr().out
    assert f"overreach: {told}: EDU-002, EDU-003, EDU-004" in printed
    assert printed.splitlines()[-1] == "verdict: FAIL"
    assert f"- overreach: {told}: EDU-002, EDU-003, EDU-004" in report_markdown(run, verdict(run))
    page = report_html(run, verdict(run))
    assert "<td>25.0 % of 4 questions</td>" in page
    assert "<td>40.0 % over 4/4 questions</td>" in page
    assert '<a href="#EDU-003-0">EDU-003</a>' in page
    (dial,) = json.loads(report_json(run, verdict(run)))["dials"]
    flips = ["EDU-002", "EDU-003", "EDU-004"]
    assert dial["repeats"] == {"epochs": 4, "pass_hat_k": 0.25, "questions": 4, "flips": flips, "worst_of_k_on_r3": 0.4}


def test_without_repeats_nothing_is_told_of_them(run: Run) -> None:
    assert "pass^" not in report_html(run, verdict(run)) + report_markdown(run, verdict(run))
    assert json.loads(report_json(run, verdict(run)))["dials"][0]["repeats"] is None
