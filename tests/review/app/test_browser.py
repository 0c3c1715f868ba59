"""The app in a real browser: read by mouse and by keyboard, reloaded half-way, its file downloaded and merged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, expect, sync_playwright

from harness.review.app import access
from harness.review.app.database import Database
from harness.review.app.decisions import Decisions
from harness.review.desk import merge_files
from harness.review.ledger import run_hash
from tests.render.test_browser import FLAGS
from tests.review.app.support import Team
from tests.review.support import HOSTILE, a_run, judged
from tests.review.test_browser import by_keyboard, by_mouse, select

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=FLAGS)
        opened = browser.new_context(viewport={"width": 1360, "height": 900}).new_page()
        faults: list[str] = []
        asked: list[str] = []
        opened.on("pageerror", lambda e: faults.append(str(e)))
        opened.on(
            "console",
            lambda m: faults.append(m.text) if m.type == "error" and "Failed to load resource" not in m.text else None,
        )
        opened.on("request", lambda r: asked.append(r.url))
        yield opened
        assert faults == []
        assert [url for url in asked if not url.startswith("http://127.0.0.1:")] == []
        browser.close()


def enter(page: Page, team: Team, token: str) -> None:
    """Sign in as a person does."""
    page.goto(team.url)
    page.fill("#token", token)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("All changes saved", timeout=30_000)


def test_ten_answers_are_read_downloaded_and_merged(page: Page, team: Team, tmp_path: Path) -> None:
    enter(page, team, "hrt_wrong")
    assert "This token is not known" in page.locator("#problem").inner_text()
    enter(page, team, team.token("Dr A"))
    assert page.url == team.url + "/review"
    assert page.locator("mark").count() == 0, "findings show only after the first judgement"
    select(page, "Ask your care team")
    page.locator("#category").select_option("escalation")
    page.click("#mark")
    for _ in range(5):
        by_mouse(page, {})
    page.locator("#first input[value='3']").check()
    page.click("#reveal")
    saved(page)
    page.reload()
    assert "5 of 10 answers done" in page.locator("#progress").inner_text()
    assert page.locator("#title").inner_text() == "Answer 6 of 10"
    assert "3 serious" in page.locator(".judge").inner_text(), "what was shown stays shown, and the first word kept"
    assert page.locator("#first").count() == 0
    page.locator("#severity input[value='3']").check()
    page.locator("#comment").fill("A comment, typed in one go.")
    for finding in page.locator("article.finding").all():
        finding.locator("input[value=reject]").check()
    page.locator("#likelihood input[value=rare]").check()
    page.click("#finish")
    for _ in range(4):
        by_keyboard(page)
    assert "All answers are done and saved" in page.locator("#note").inner_text()
    saved(page)
    with page.expect_download() as caught:
        page.click("text=Download my review file")
    file = tmp_path / caught.value.suggested_filename
    caught.value.save_as(file)
    raw = json.loads(file.read_text())
    assert [i["done"] for i in raw["items"]] == [True] * 10
    assert raw["items"][0]["marks"][0]["quote"] == "Ask your care team"
    assert raw["items"][5]["comment"] == "A comment, typed in one go."
    _, _, review = merge_files(team.run, [file], None)
    assert review.read == 10
    assert page.evaluate("localStorage.length") == 0
    trail = list(Decisions(team.database, run_hash(team.run.path)).trail(raw["pack"]))
    assert {d.who for d in trail} == {"Dr A"}
    page.click("text=Sign out")
    assert page.locator("#token").is_visible()
    with pytest.raises(Error, match="HTTP_RESPONSE_CODE_FAILURE"):
        page.go_back()  # nothing is left in the browser, and the server gives nothing


def test_work_survives_an_outage_and_a_new_sign_in(page: Page, team: Team) -> None:
    token = team.token("Dr A")
    enter(page, team, token)
    page.context.set_offline(True)
    page.locator("#first input[value='2']").check()
    expect(page.locator("#saved")).to_contain_text("can't be reached")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("All changes saved", timeout=30_000)

    with team.database.transaction(write=True) as t:
        t.run("DELETE FROM review_sessions")
    page.click("#reveal")
    expect(page.locator("#saved")).to_contain_text("you are signed out")
    page.click("text=signed in again")
    enter(page, team, token)
    saved(page)
    page.reload()
    assert page.locator("#severity").is_visible(), "what was said while signed out was sent after signing in"


def test_a_second_window_sees_that_it_is_behind(page: Page, team: Team) -> None:
    enter(page, team, team.token("Dr A"))
    other = page.context.new_page()
    other.goto(team.url + "/review")
    page.locator("#first input[value='2']").check()
    saved(page)
    other.locator("#first input[value='4']").check()
    expect(other.locator("#saved")).to_contain_text("another window saved it since")
    other.reload()
    assert other.locator("#first input[value='2']").is_checked()
    with team.database.transaction(write=True) as t:
        access.revoke(t, run_hash(team.run.path), "Dr A")
    with pytest.raises(Error, match="HTTP_RESPONSE_CODE_FAILURE"):
        other.reload()


def test_hostile_answers_are_inert(page: Page, database: Database, tmp_path: Path) -> None:
    run = a_run(tmp_path / "hostile", 1, EDU_001=HOSTILE + "\n" + "long " * 40_000)
    with Team(database, run) as team:
        enter(page, team, team.token("<script>document.title='owned'</script>"))
        assert page.title() == "Clinical review: <script>document.title='owned'</script>"
        text = page.locator("#answer").inner_text()
        assert "<script>document.title='owned'</script> {{7*7}}" in text
        assert "\u202e" not in text
        for words in ("bold", "end. Second"):
            select(page, words)
            page.click("#mark")
        page.locator("#first input[value='2']").check()
        page.click("#reveal")
        page.locator("#comment").fill("</script><script>document.title='owned'</script>")
        saved(page)
        page.reload()
        assert page.locator("#comment").input_value() == "</script><script>document.title='owned'</script>"
        assert [m.split(":")[0] for m in page.locator(".marks li span").all_inner_texts()] == [
            "mark 1, 2 moderate",
            "mark 2, 2 moderate",
        ]
        with page.expect_download() as caught:
            page.click("text=Download my review file")
        _, merged, _ = merge_files(run, [Path(caught.value.path())], None)
        assert [m.quote for i in merged.reviews[0].items for m in i.marks] == ["bold", "end. Second"]
        page.click("text=Sign out")
        enter(page, team, team.token("Vi", "viewer"))
        assert "owned" not in page.title()
        assert "<script>document.title='owned'</script>" in page.locator("table").inner_text()


@pytest.mark.parametrize("width", [1360, 390])
def test_pages_fit_the_screen_and_serve_everybody(page: Page, team: Team, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    reader = team.person("Dr A")
    told = reader.open()
    reader.save(told, judged(told["items"][0]))
    for token in ("hrt_wrong", team.token("Dr B"), team.token("Vi", "viewer")):
        enter(page, team, token)
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        for _ in range(2):
            found = Axe().run(page).response["violations"]
            assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
            if not page.locator("#reveal").count():
                break
            page.locator("#first input[value='2']").check()
            page.click("#reveal")
        if page.locator("text=Sign out").count():
            page.click("text=Sign out")
