"""The report in a real browser: hostile texts, keyboard, filters, accessibility, print, and without JavaScript."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pypdf import PdfReader

from harness.api import compare
from harness.gate import Verdict, judge_run
from harness.render.comparison import comparison_html
from harness.render.files import write_reports
from harness.render.html import report_html, report_paper
from harness.render.pack import pack_html
from harness.render.pdf import report_pdf
from harness.review.desk import merge_files, prepare_pack, record_decision, record_pack
from harness.store import Item, Run
from harness.types import Answer, Span
from harness.waivers import Waiver
from tests.conftest import AS_OF, run_scripted
from tests.render.support import HOSTILE, a_run
from tests.review.support import read

pytestmark = pytest.mark.browser
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OVERLAPS = """() => [...document.querySelectorAll('.sheet table')].filter((t) =>
    t.getBoundingClientRect().right > t.parentElement.getBoundingClientRect().right + 1).map((t) => t.className)"""
GREEN = {"light": "rgb(31, 107, 58)", "dark": "rgb(134, 214, 160)"}


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as p:
        started = p.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that asks for nothing but its file, and in which no script fails or is stopped by the policy."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    asked: list[str] = []
    opened.on("pageerror", lambda e: faults.append(str(e)))
    opened.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    opened.on("request", lambda r: asked.append(r.url))
    yield opened
    assert faults == []
    assert [url for url in asked if not url.startswith("file:")] == []


def verdict(run: Run, **more):  # type: ignore[no-untyped-def]
    return judge_run(run, today=AS_OF, **more)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return a_run(tmp_path / "run", 24, EDU_001=HOSTILE + "\n" + "long" * 50_000)


@pytest.fixture
def report(run: Run) -> str:
    return write_reports(run, verdict(run), run.path)[0].as_uri()


@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_answers_are_inert_and_nothing_overflows(page: Page, report: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report + "#EDU-001-0")
    text = page.locator("details#EDU-001-0 .page").inner_text()
    assert "<script>document.title='owned'</script> </script><!--" in text
    assert "{{7*7}} {% raw %}" in text
    assert "<img src=x" in text
    assert "\u202e" not in text
    assert text.count("long") == 50_000
    assert page.locator("details#EDU-001-0 img, details#EDU-001-0 script").count() == 0
    assert page.title() == "FAIL: A tiny suite"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("section.verdict h2").inner_text() == "FAIL"


def test_a_finding_leads_to_its_evidence(page: Page, report: str) -> None:
    page.goto(report)
    page.locator("ol.worst a").nth(1).click()
    card = page.locator("details#EDU-011-0")
    expect(card.locator("article.finding").first).to_be_focused()
    assert card.get_attribute("open") is not None
    assert "ADV302" in page.evaluate("document.activeElement.textContent")
    assert card.locator("blockquote mark").inner_text() == "A source"
    assert "✓ supported" in card.locator("table").first.inner_text()
    card.locator("a.hit").click()
    assert page.evaluate("document.querySelector('article.finding:target') !== null")


def test_cards_and_filters_work_by_keyboard(page: Page, report: str) -> None:
    page.goto(report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to every question"
    summary = page.locator("details#EDU-002-0 summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("details#EDU-002-0 .page").wait_for()
    page.locator("#find").focus()
    page.keyboard.type("edu-01")
    expect(page.locator("#shown")).to_have_text("10 of 24 shown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("not a")
    expect(page.locator("#shown")).to_have_text("1 of 24 shown")
    assert page.locator("details:not([hidden])").get_attribute("id") == "EDU-014-0"


def test_search_reaches_into_answers_and_all_can_be_shown_again(page: Page, report: str) -> None:
    page.goto(report)
    page.fill("#find", "<IMG src=x")
    expect(page.locator("#shown")).to_have_text("0 of 24 shown")
    page.check("#deep")
    expect(page.locator("#shown")).to_have_text("1 of 24 shown")
    page.click("button[type=reset]")
    expect(page.locator("#shown")).to_have_text("24 of 24 shown")
    page.select_option("select[data-key='3']", "es")
    expect(page.locator("#shown")).to_have_text("8 of 24 shown")
    page.click("#open")
    expect(page.locator("details[open] .page")).to_have_count(7)
    page.click("#close")
    assert page.locator("details[open]").count() == 0


def faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, as rule and place."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = axe.Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_against_wcag_aa(browser: Browser, run: Run, tmp_path: Path, scheme: str) -> None:
    opened = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900}, bypass_csp=True)  # type: ignore[arg-type]
    small = a_run(tmp_path / "small", EDU_001="# Heading\n- WARN 7 bullet\ntext")
    other = a_run(tmp_path / "other", EDU_011="GOOD 7 fine.")
    compared = compare(other, small)
    v = verdict(small, baseline=compared)
    for name, text in {"report": report_html(small, v), "compared": comparison_html(compared, v)}.items():
        file = tmp_path / f"{name}.html"
        file.write_text(text)
        opened.goto(file.as_uri())
        if name == "report":
            for card in ("EDU-011-0", "EDU-005-0", "EDU-007-0", "EDU-001-0"):
                opened.evaluate("(id) => { document.getElementById(id).open = true; }", card)
                opened.locator(f"details#{card} > div > p").first.wait_for()
        assert faults(opened) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_only_what_is_clear_or_passes_is_green(browser: Browser, report: str, scheme: str) -> None:
    opened = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    opened.goto(report)
    script = "e => [e.textContent.trim(), getComputedStyle(e).color]"
    tags = [t.evaluate(script) for t in opened.locator("summary .tag").all()]
    assert {text for text, _ in tags} >= {"clear", "not assessed", "no answer", "critical"}
    assert {text for text, colour in tags if colour == GREEN[scheme]} == {"clear"}
    cells = [c.evaluate(script) for c in opened.locator("tr.dial td, section.verdict h2").all()]
    assert GREEN[scheme] not in {colour for _, colour in cells}


NAMES = ("grounding", "citation", "overreach", "disclaimer", "readability", "escalation", "privacy", "completeness")


def worded(item: Item) -> Item:
    """The item with eight scores, and findings that point at many words and say much."""
    text = item.answer.text if isinstance(item.answer, Answer) else ""
    (scored,) = (o for o in item.outcomes if o.scorer == "overreach")
    found = tuple(
        replace(f, span=Span.of(text, 0, min(len(text), 400)), message="It says what it should not say. " * 20)
        for f in scored.findings
    )
    return replace(item, outcomes=tuple(replace(scored, scorer=name, findings=found) for name in NAMES))


def grim(folder: Path) -> tuple[Run, Verdict]:
    """A run with as much on page 1 as there can be: long names, reasons and findings, waivers, a baseline, many hands."""
    long = "STOP SERIOUS WARN " + "unbelievable words without end " * 20
    made = reviewed(
        folder, a_run(folder / "run", 33, EDU_005=long, **{f"EDU_{i:03d}": long for i in range(1, 30) if i != 5})
    )
    manifest = {
        **made.manifest,
        "title": "A suite with a title that goes on and on " * 5,
        "pipeline": "pipeline-with-a-long-name:" * 8,
        "judge": "judge-with-a-long-name:" * 8,
        "scorers": dict.fromkeys(NAMES, "x@1"),
    }
    run = replace(made, manifest=manifest, items=tuple(map(worded, made.items)))
    before = a_run(folder / "before", 33)
    compared = replace(compare(before, before), candidate=run)
    signed = [{"who": "A. Very Long Name of a Person", "role": "lead"}, {"who": "Another", "role": "oncologist"}]
    body = {"code": "ADV301", "quote": "SERIOUS", "reason": "because", "signed": signed, "expires": "2027-01-31"}
    waivers = [Waiver.model_validate({**body, "question": f"EDU-{i:03d}"}) for i in range(1, 12)]
    text = "Read all of it, at length. " * 20
    for i in range(8):
        who = {"name": f"Dr Person Number {i} of the Department", "role": f"Reviewer in role number {i}"}
        more = {"decision": "conditional", "verdict": "FAIL", "credential": "MD PhD FRCP"}
        record_decision(run, {**who, **more, "statement": text, "conflict": text})
    return run, verdict(run, waivers=waivers, baseline=compared)


def reviewed(folder: Path, run: Run) -> Run:
    """The run with two readers' files merged."""
    files = []
    for name in ("Dr A. Reader with a Long Name", "Dr B. Reader with a Longer Name"):
        prepared = prepare_pack(run, name)
        path = prepared.target(None)
        path.write_text(pack_html(prepared.data))
        record_pack(prepared, path)
        files.append(read(path, folder / f"{name}.json"))
    merge_files(run, files, None)
    return run


@pytest.mark.parametrize("size", ["A4", "Letter"])
@pytest.mark.parametrize("kind", ["grim", "plain"])
def test_page_one_is_one_printed_page(page: Page, tmp_path: Path, size: str, kind: str) -> None:
    run, v = grim(tmp_path) if kind == "grim" else (made := a_run(tmp_path / "run"), verdict(made))
    file = tmp_path / "report.html"
    file.write_text(report_paper(run, v))
    page.set_viewport_size({"width": 718 if size == "A4" else 741, "height": 1000})  # the paper within its margins
    page.emulate_media(media="print")
    page.goto(file.as_uri())
    assert page.evaluate(OVERLAPS) == []
    pages = PdfReader(io.BytesIO(page.pdf(format=size))).pages
    first, second = (unicodedata.normalize("NFKC", p.extract_text()) for p in pages[:2])
    assert "Worst findings" in first
    assert re.search(r"run [0-9a-f]{64}", first), "page 1 ends with the hash of the run"
    assert second.startswith("What the gate looked at")


def test_print_is_black_and_white(page: Page, report: str) -> None:
    page.emulate_media(media="print")
    page.goto(report)
    colours = page.evaluate(
        """() => [...new Set([...document.querySelectorAll('body *:not(svg *)')].flatMap((e) => {
            const s = getComputedStyle(e); return [s.color, s.backgroundColor, s.borderLeftColor]; }))]"""
    )
    told = [re.findall(r"[\d.]+", c)[:3] for c in colours]
    assert [c for c in told if len(set(c)) > 1] == []


def test_without_javascript_everything_but_the_evidence_is_there(browser: Browser, report: str) -> None:
    opened = browser.new_context(java_script_enabled=False).new_page()
    opened.goto(report)
    assert opened.locator("#page-1").is_visible()
    assert opened.locator("noscript p").is_visible()
    assert opened.locator("#filters").is_hidden()
    assert opened.locator("details.card summary").count() == 24
    assert "Scores by category" in opened.locator("#groups table caption").first.inner_text()


def test_the_pdf_is_tagged_and_tells_the_evidence(chromium: str, run: Run) -> None:
    pdf = report_pdf(run, verdict(run))
    read = PdfReader(io.BytesIO(pdf))
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    text = unicodedata.normalize("NFKC", "".join(p.extract_text() for p in read.pages))
    assert "about EDU-011" in text
    assert "Not assessed by grounding" in text
    assert read.metadata is not None
    assert read.metadata.title == "FAIL: A tiny suite"


def test_a_thousand_questions_can_be_filtered(page: Page, tmp_path: Path) -> None:
    run = run_scripted(tmp_path / "run", {"EDU-002": "WARN 7"})
    first = run.items
    questions = tuple(replace(run.questions[i % 4], id=f"EDU-{i}") for i in range(1000))
    items = tuple(replace(first[i % 4], question_id=q.id) for i, q in enumerate(questions))
    file = tmp_path / "report.html"
    large = replace(run, questions=questions, items=items)
    file.write_text(report_html(large, verdict(large)))
    assert file.stat().st_size < 5_000_000
    page.goto(file.as_uri())
    page.select_option("select[data-key='0']", "moderate")
    expect(page.locator("#shown")).to_have_text("250 of 1000 shown")
    page.click("#open")
    expect(page.locator("details[open] .page")).to_have_count(200)
    assert "The first 200 of 250" in page.locator("#shown").inner_text()
