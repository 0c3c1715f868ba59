"""The report in a real browser, at desk and phone width and in print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from harness.gate import judge_run
from harness.render.files import write_reports
from tests.conftest import run_scripted

pytestmark = pytest.mark.browser
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def report(tmp_path: Path) -> str:
    said = {"EDU-001": "STOP 5 <script>document.title='owned'</script> " + "long" * 80, "EDU-003": "WARN 7"}
    run = run_scripted(tmp_path / "run", said)
    files = write_reports(run, judge_run(run, today=dt.date(2026, 11, 22)), run.path)
    return files[0].as_uri()


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overflows_and_nothing_runs(page: Page, report: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report)
    assert page.title() == "FAIL: A tiny suite"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("section.verdict h2").inner_text() == "FAIL"


def test_a_finding_leads_to_its_question_and_back(page: Page, report: str) -> None:
    page.goto(report)
    page.locator("article.finding a").first.click()
    assert page.url.endswith("#EDU-001-0")
    card = page.locator("details#EDU-001-0")
    assert card.get_attribute("open") is not None
    card.locator("a.hit").first.click()
    assert page.locator("article.finding:target").is_visible()


def test_cards_open_by_keyboard(page: Page, report: str) -> None:
    page.goto(report)
    summary = page.locator("details#EDU-002-0 summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details#EDU-002-0 .page").is_visible()


def test_it_prints(page: Page, report: str, tmp_path: Path) -> None:
    page.goto(report)
    pdf = page.pdf(path=str(tmp_path / "r.pdf"), format="A4")
    assert pdf.startswith(b"%PDF")
