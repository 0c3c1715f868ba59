"""Evidence cards, parts of the questions, figures, CHART, the model card, and what identifies a person."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.api import compare
from harness.errors import HarnessError
from harness.gate import judge_run
from harness.render import table
from harness.render.cards import Card, cards
from harness.render.comparison import comparison_html
from harness.render.facts import chart, facts
from harness.render.figures import interval_svg
from harness.render.files import FORMATS, render
from harness.render.groups import groups
from harness.render.html import report_html, report_paper
from harness.render.jsonform import report_json
from harness.render.markdown import report_markdown
from harness.render.modelcard import SCHEMA, model_card_json
from harness.render.pdf import BROWSERS, find_browser
from harness.render.regression import regressions
from harness.render.view import view
from harness.render.worddiff import Lines, word_diff
from harness.resources import package_yaml
from harness.stats import Interval
from harness.store import Run, load_run
from harness.waivers import Waiver
from tests.conftest import AS_OF, make_suite, run_scripted
from tests.render.support import a_run, unpacked


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return a_run(tmp_path / "run")


def verdict(run: Run, **more):  # type: ignore[no-untyped-def]
    return judge_run(run, today=AS_OF, **more)


def cards_of(run: Run) -> dict[str, Card]:
    return {c.question.id: c for c in cards(run, view(run, verdict(run)).numbers())}


def test_a_card_holds_the_claims_beside_their_sources(run: Run) -> None:
    card = cards_of(load_run(run.path))["EDU-003"]
    assert [(s.number, s.words, s.label, s.source) for s in card.statements] == [
        (1, "WARN", "supported", 1),
        (2, "eam.", "not_found", 1),
    ]
    (source,) = card.sources
    assert source.title == "A body, A title"
    first = source.lines[0].segments
    assert [(s.text, s.marks) for s in first] == [("A source", (1,)), (" about EDU-003.", ())]
    assert card.unused == ("Another title",)


def test_nothing_unmeasured_is_clear(run: Run) -> None:
    states = {id: c.states for id, c in cards_of(run).items()}
    assert states["EDU-011"] == ("critical",)
    assert states["EDU-007"] == ("not assessed",)
    assert states["EDU-005"] == ("no answer",)
    assert states["EDU-001"] == ("clear",)
    cut = dataclasses.replace(run, items=run.items[:4])
    assert cards_of(cut)["EDU-012"].states == ("no answer",)
    assert "not run" in cards_of(cut)["EDU-012"].error
    page = report_html(cut, verdict(cut))
    tags = re.findall(r'<summary><b>EDU-012</b> <span class="tag (\w+)">', page)
    assert tags == ["lost"]
    assert "8 answers were never asked for" in page


def test_cards_stand_worst_first(run: Run) -> None:
    page = report_html(run, verdict(run))
    assert re.findall(r'class="card" id="(EDU-\d+)-0"', page)[:4] == ["EDU-011", "EDU-009", "EDU-005", "EDU-007"]
    first = unpacked(page)[0]
    assert "✓ supported (0.97)" in first
    assert "– not in the sources (0.10)" in first
    assert 'href="#f1">STOP</a>' in first
    assert 'id="f1"' in first


def test_paper_shows_what_needs_reading_and_has_no_script(run: Run) -> None:
    paper = report_paper(run, verdict(run))
    assert "<script" not in paper
    assert "STOP 7 about EDU-011" in re.sub(r"<[^>]+>", "", paper)
    assert "The evidence stands in report.html." in paper
    assert len(re.findall(r'class="card"[^>]* open', paper)) == 7


def test_groups_tell_what_is_missing(run: Run) -> None:
    found = {(g.kind, g.name): g for g in groups(run)}
    assert {kind for kind, _ in found} == {"category", "tier", "language", "persona", "literacy"}
    spanish = found["language", "es"]
    assert (spanish.questions, spanish.planned, spanish.answered) == (4, 4, 3)
    assert spanish.scores["grounding"].missing == 1
    assert (spanish.serious.events, spanish.serious.n) == (1, 3)
    assert sum(g.unassessed for g in groups(run) if g.kind == "tier") == 1
    assert groups(run_scripted(run.path.parent / "same")) == ()


def test_repeats_of_a_question_count_once(tmp_path: Path) -> None:
    suite = make_suite(4)
    questions = tuple(
        dataclasses.replace(q, risk_tier=t) for q, t in zip(suite.questions, ("R1", "R1", "R3", "R3"), strict=True)
    )
    suite = dataclasses.replace(suite, questions=questions)
    run = run_scripted(tmp_path / "r", {"EDU-001": "WARN 5"}, suite=suite, epochs=3)
    tier = next(g for g in groups(run) if g.name == "R1")
    assert (tier.planned, tier.faulty.events, tier.faulty.n) == (6, 1, 2)


def test_a_figure_stands_in_the_page(run: Run) -> None:
    rows = [("<b>", 0.5, Interval(low=0.2, high=0.9)), ("all", 0.0, None)]
    drawn = interval_svg("x", rows, reference=0.4, label="share", title="A & B", text="In words")
    assert drawn == interval_svg("x", rows, reference=0.4, label="share", title="A & B", text="In words")
    assert drawn.startswith('<svg class="figure" role="img" aria-labelledby="x-title x-text"')
    assert '<title id="x-title">A &amp; B</title><desc id="x-text">In words</desc>' in drawn
    assert "&lt;b&gt;" in drawn
    assert not re.search(r"<style|<script|<metadata|#123457", drawn)
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"(?:url\(|href=\")#([\w-]+)", drawn)) <= set(ids)
    assert "matplotlib" not in "".join(ids)


def test_chart_is_filled_from_the_run_and_leaves_to_people_what_is_theirs(run: Run) -> None:
    told = {item: text for item, _, text in chart(facts(view(run, verdict(run))))}
    assert list(told) == [str(r["item"]) for r in package_yaml("render/data/chart.yaml")]
    assert "model model-1" in told["3a"]
    assert "11 of 12 answers" in told["6d"]
    assert told["12b"] == ""
    assert "{" not in "".join(told.values())
    assert "for the people who report the study" in report_html(run, verdict(run))


def test_the_model_card_has_the_names_of_the_schema(run: Run) -> None:
    card = json.loads(model_card_json(run, verdict(run)))
    assert card["schema"] == SCHEMA
    body = card["AppliedModelCard"]
    assert list(body) == [
        "BasicInfo",
        "ReleaseInfo",
        "ModelSummary",
        "UsesAndDirections",
        "Warnings",
        "TrustIngredients",
        "KeyMetrics",
        "Resources",
        "Bibliography",
    ]
    assert body["BasicInfo"]["ModelName"] == "scripted@1"
    assert "BasicInfo/ModelDeveloper" in card["to_fill_in"]
    for metric in body["KeyMetrics"].values():
        assert list(metric)[:2] == ["MetricGoal", "Results"]
        assert all(set(r) == {"Label", "ValueJson"} for r in metric["Results"]["MetricResult"])
    safety = body["KeyMetrics"]["SafetyReliability"]["Results"]["MetricResult"]
    scores = {r["Label"]: json.loads(r["ValueJson"]) for r in safety}
    assert scores["grounding"]["missing"] == 2
    assert scores["findings of severity 4 (critical)"]["value"] == 1
    assert "{" not in json.dumps(body["UsesAndDirections"])[1:]


PRIVATE = "My name is Dana Whitlock and my mail is dana.whitlock77@gmail.com. Is my phone 212-555-0182 safe?"


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"pdf", "parquet"}))
def test_no_report_prints_what_identifies_a_person(name: str, tmp_path: Path) -> None:
    suite = make_suite(2)
    asked = dataclasses.replace(suite.questions[0], text=PRIVATE)
    suite = dataclasses.replace(suite, questions=(asked, suite.questions[1]))
    said = {"EDU-001": "STOP 5 dana.whitlock77@gmail.com WARN. Patient name: Dana Whitlock. Call 212-555-0182."}
    run = run_scripted(tmp_path / "run", said, suite=suite)
    told = str(render(name, run, verdict(run)))
    for text in (told, *(unpacked(told) if name == "html" else ())):
        assert "whitlock" not in text.lower()
        assert "0182" not in text
    if name == "html":
        assert "d•••" in "".join(unpacked(told))
        assert "Whitlock" not in report_paper(run, verdict(run))


def test_parquet_holds_the_rows_of_the_csv_with_their_types(run: Run) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    read = parquet.read_table(io.BytesIO(table.report_parquet(run, verdict(run)))).to_pylist()
    csv_rows = table.report_csv(run, verdict(run)).splitlines()
    assert len(read) == len(csv_rows) - 1 == 24
    by = {(r["question_id"], r["scorer"]): r for r in read}
    assert by["EDU-011", "overreach"]["severity"] == 4
    assert by["EDU-011", "overreach"]["score"] == pytest.approx(0.7)
    assert by["EDU-001", "overreach"]["severity"] is None
    assert (by["EDU-007", "grounding"]["status"], by["EDU-007", "grounding"]["score"]) == ("failed", None)


def test_a_pdf_without_a_browser_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HARNESS_BROWSER", raising=False)
    with pytest.raises(HarnessError, match="no Chromium, Chrome or Edge is installed"):
        find_browser()
    monkeypatch.setenv("HARNESS_BROWSER", "/nowhere/chromium")
    with pytest.raises(HarnessError, match="HARNESS_BROWSER=/nowhere/chromium: no such program"):
        find_browser()
    program = tmp_path / BROWSERS[0]
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.delenv("HARNESS_BROWSER")
    with pytest.raises(HarnessError, match=r"failed \(3\): broken"):
        render("pdf", a_run(tmp_path / "run", 2), verdict(load_run(tmp_path / "run")))


def test_every_report_for_people_tells_what_changed(tmp_path: Path) -> None:
    before, after = a_run(tmp_path / "b", EDU_011="GOOD 7 fine then."), a_run(tmp_path / "a")
    v = verdict(after, baseline=compare(before, after))
    told = "1 new findings (1 critical), 0 gone, 4 persistent"
    assert told in report_html(after, v)
    assert told in report_markdown(after, v)
    body = json.loads(report_json(after, v))["since_baseline"]
    assert body["new"] == [{"question_id": "EDU-011", "code": "ADV302", "severity": 4}]
    assert len(body["persistent"]) == 4
    plain = verdict(after)
    assert "no baseline was compared" in report_html(after, plain)
    assert json.loads(report_json(after, plain))["since_baseline"] is None


def test_waivers_tell_who_and_why_and_hide_names(run: Run) -> None:
    body = {"question": "EDU-009", "code": "ADV301", "quote": "SERIOUS", "reason": "known <b>", "expires": "2027-01-31"}
    people = [{"who": "A. Name", "role": "lead"}, {"who": "B. Name", "role": "oncologist"}]
    waiver = Waiver.model_validate({**body, "signed": people})
    page = report_html(run, verdict(run, waivers=[waiver]))
    assert "known &lt;b&gt;" in page
    assert "A. Name, lead; B. Name, oncologist" in page
    assert "waivers: EDU-009 ADV301 until 2027-01-31 (A. Name)" in page
    private = waiver.model_copy(update={"quote": "dana.whitlock77@gmail.com"})
    assert "whitlock" not in report_html(run, verdict(run, waivers=[private]))
    (told,) = json.loads(report_json(run, verdict(run, waivers=[waiver])))["waivers"]
    assert told["expires"] == "2027-01-31"


def joined(lines: Lines) -> str:
    return "\n".join("".join(p.text for p in line) for line in lines)


def marked(lines: Lines) -> list[str]:
    return [p.text for line in lines for p in line if p.changed]


def test_word_diff_marks_what_only_one_side_says() -> None:
    before, after = word_diff("Take one tablet.\nCall your team.", "Take two tablets.\nCall your team now.")
    assert marked(before) == ["one tablet"]
    assert marked(after) == ["two tablets", " now"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_word_diff_loses_no_word(a: str, b: str) -> None:
    before, after = word_diff(a, b)
    assert joined(before) == a
    assert joined(after) == b
    if a == b:
        assert marked(before) == marked(after) == []


def test_long_texts_are_matched_by_lines() -> None:
    lines = [f"line {i} " + "word " * 20 for i in range(400)]
    before, after = word_diff("\n".join(["first", *lines, "x"]), "\n".join(["other", *lines, "y"]))
    assert joined(before).startswith("first\nline 0")
    assert marked(before) == ["first", "x"]
    assert marked(after) == ["other", "y"]
    one, two = word_diff("a " * 100_000, "b " * 100_000)
    assert len(joined(one)) == len(joined(two)) == 200_000


def test_the_regression_report_begins_with_the_worst(tmp_path: Path) -> None:
    before = a_run(tmp_path / "b", EDU_011="GOOD 7 fine.", EDU_003="GOOD 9 fine.", EDU_001="GOOD 2 poor.")
    after = a_run(
        tmp_path / "a", EDU_002="GOOD 1 bad now.", EDU_006="GOOD 7 better.", EDU_008="WARN <script>x</script>"
    )
    compared = compare(before, after)
    changed = regressions(compared)
    assert [c.question.id for c in changed if c.worse] == ["EDU-011", "EDU-003", "EDU-008", "EDU-002"]
    assert [c.question.id for c in changed if not c.worse] == ["EDU-001", "EDU-006"]
    page = comparison_html(compared, verdict(after, baseline=compared))
    assert "<script" not in page
    assert "<del>GOOD</del>" in page
    assert "<ins>STOP</ins>" in page
    assert page.index('id="EDU-011-title"') < page.index('id="EDU-003-title"') < page.index('id="better-title"')
