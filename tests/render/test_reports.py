from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from harness.gate import judge_run
from harness.render.clean import markdown_cell, printable, shorten
from harness.render.files import write_reports
from harness.render.html import report_html
from harness.render.jsonform import report_json
from harness.render.markdown import report_markdown
from harness.render.view import highlight
from harness.store import Run
from harness.types import AnswerError
from tests.conftest import run_scripted

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
    page = report_html(run, verdict(run))
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7*7 }}" in page
    assert "49" not in re.findall(r">([^<]*7\*7[^<]*)<", page)[0]
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=\"(?!#)", page), "the report must not point outside itself"


def test_html_shows_verdict_words_missing_answers_and_drafts(run: Run) -> None:
    page = report_html(run, verdict(run))
    assert "<h2>FAIL</h2>" in page
    assert "<mark>STOP</mark>" in page
    assert "timeout: late" in page
    assert "Drafts accepted." in page
    assert "measured 3/4" in page
    assert "1 missing" in page
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
