"""The pack in a real browser, opened as a file: read by mouse and by keyboard, reloaded half-way, saved and merged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from harness.render.pack import pack_html
from harness.review.desk import Prepared, merge_files, prepare_pack, record_pack
from harness.store import Run
from tests.render.test_browser import FLAGS
from tests.review.support import HOSTILE, a_run

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=FLAGS)
        opened = browser.new_page(viewport={"width": 1360, "height": 900})
        faults: list[str] = []
        asked: list[str] = []
        opened.on("pageerror", lambda e: faults.append(str(e)))
        opened.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        opened.on("request", lambda r: asked.append(r.url))
        yield opened
        assert faults == []
        assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
        browser.close()


def a_pack(run: Run, reader: str = "Dr A") -> Prepared:
    prepared = prepare_pack(run, reader, share=1.0)
    target = prepared.target(None)
    target.write_text(pack_html(prepared.data))
    record_pack(prepared, target)
    return prepared


def select(page: Page, words: str) -> None:
    """Select words of the answer as a mouse does: by a range within one run of text."""
    page.evaluate(
        """(words) => { for (const r of document.querySelectorAll('#answer [data-s]')) {
            const at = r.textContent.indexOf(words); if (at < 0) continue;
            const range = document.createRange(); range.setStart(r.firstChild, at); range.setEnd(r.firstChild, at + words.length);
            getSelection().removeAllRanges(); getSelection().addRange(range); return; } throw new Error(words); }""",
        words,
    )
    page.wait_for_function("(words) => getSelection().toString() === words", arg=words)


def by_mouse(page: Page, item: dict[str, object]) -> None:
    """Judge the answer on show with the mouse."""
    page.locator("#first input[value='2']").check()
    page.click("#reveal")
    for finding in page.locator("article.finding").all():
        finding.locator("input[value=confirm]").check()
        finding.locator("select").select_option("2")
    page.locator("#likelihood input[value=possible]").check()
    page.click("#finish")


def by_keyboard(page: Page) -> None:
    """Judge the answer on show with keys alone: Tab, Space, arrows, Enter."""
    page.locator("#first input").first.focus()
    for key in ("Space", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    page.locator("#reveal").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "found"
    for finding in page.locator("article.finding").all():
        finding.locator("input").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("2")
    page.locator("#likelihood input").first.focus()
    page.keyboard.press("Space")
    page.locator("#finish").focus()
    page.keyboard.press("Enter")


def test_ten_answers_are_read_saved_and_merged(page: Page, tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 10)
    prepared = a_pack(run)
    items = prepared.data["items"]
    page.goto((run.path / "review/pack-dr-a.html").as_uri())
    assert page.locator("article.finding").count() == 0, "findings show only after the first judgement"
    assert page.locator("mark").count() == 0
    page.click("#reveal")
    assert "Still needed: how serious the answer is" in page.locator("#missing").inner_text()
    select(page, "Ask your care team")
    page.locator("#category").select_option("escalation")
    page.locator("#level").select_option("2")
    page.click("#mark")
    assert page.locator("mark.mine").inner_text().startswith("Ask your care team")
    for item in items[:5]:
        by_mouse(page, item)
    assert page.locator("#title").inner_text() == "Answer 6 of 10"
    page.reload()
    assert "5 of 10 answers done" in page.locator("#progress").inner_text()
    assert page.locator("#title").inner_text() == "Answer 6 of 10"
    page.locator("#by-keyboard summary").focus()
    page.keyboard.press("Enter")
    page.locator("#mark-sentence").focus()
    page.keyboard.press("Enter")
    assert page.locator("ul.marks li").count() == 1
    for _ in items[5:]:
        by_keyboard(page)
    assert "All answers are done" in page.locator("#note").inner_text()
    with page.expect_download() as caught:
        page.click("#save")
    saved = tmp_path / caught.value.suggested_filename
    caught.value.save_as(saved)
    raw = json.loads(saved.read_text())
    assert [i["done"] for i in raw["items"]] == [True] * 10
    mark = next(m for i in raw["items"] if i["item"] == items[0]["id"] for m in i["marks"])
    assert mark["quote"] == "Ask your care team"
    assert mark["before"] is True
    _, _, review = merge_files(run, [saved], None)
    assert review.read == 10

    page.evaluate("localStorage.clear()")
    page.reload()
    page.set_input_files("#load", saved)
    page.wait_for_function("document.getElementById('progress').textContent.includes('10 of 10')")


def test_hostile_answers_are_inert_and_offsets_hold(page: Page, tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 1, EDU_001=HOSTILE + "\n" + "long " * 40_000)
    a_pack(run, "<script>Dr</script>")
    page.goto(next((run.path / "review").glob("*.html")).as_uri())
    assert page.title() == "Clinical review: <script>Dr</script>"
    text = page.locator("#answer").inner_text()
    assert "<script>document.title='owned'</script> {{7*7}}" in text
    assert "\u202e" not in text
    assert page.locator("#answer p.heading").first.inner_text() == "A heading"
    assert page.locator("#answer b").first.inner_text() == "bold"
    for words in ("bold", "end. Second"):
        select(page, words)
        page.click("#mark")
    page.locator("#first input[value='2']").check()
    page.click("#reveal")
    assert page.locator("#answer mark.tool").first.inner_text() == "WARN"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1360
    with page.expect_download() as caught:
        page.click("#save")
    saved = tmp_path / "saved.json"
    caught.value.save_as(saved)
    _, merged, _ = merge_files(run, [saved], None)
    assert [m.quote for i in merged.reviews[0].items for m in i.marks] == ["bold", "end. Second"]


def test_the_adjudicator_sees_both_votes_only_after_judging(page: Page, tmp_path: Path) -> None:
    from tests.review.support import read

    run = a_run(tmp_path / "run", 9)
    files = []
    for name in ("Dr A", "Dr B"):
        prepared = a_pack(run, name)
        flagged = next(i["id"] for i in prepared.data["items"] if i["findings"])
        wrong = (flagged,) if name == "Dr B" else ()
        files.append(read(prepared.target(None), tmp_path / f"{name}.json", wrong=wrong))
    merge_files(run, files, None)
    third = prepare_pack(run, "Dr C", adjudicate=run.path / "review/merged.json")
    path = tmp_path / "third.html"
    path.write_text(pack_html(third.data))
    page.goto(path.as_uri())
    assert page.locator("#title").inner_text() == "Answer 1 of 1"
    assert "Reader 1" not in page.locator("main").inner_text()
    page.locator("#first input[value='2']").check()
    page.click("#reveal")
    votes = page.locator("article.finding").first.inner_text()
    assert "Reader 1: Right: this is a problem, 3 serious; Reader 2: Wrong: this is no problem" in votes
    assert "Dr A" not in page.locator("body").inner_text()


@pytest.mark.parametrize("width", [1360, 390])
def test_it_fits_the_screen_and_prints(page: Page, tmp_path: Path, width: int) -> None:
    run = a_run(tmp_path / "run", 3)
    a_pack(run)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((run.path / "review/pack-dr-a.html").as_uri())
    page.locator("#first input[value='2']").check()
    page.click("#reveal")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.pdf(format="A4").startswith(b"%PDF")
