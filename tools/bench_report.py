"""How long the report of a large run takes to write and to open, and how it stays usable (needs Chromium).

    python tools/bench_report.py RUN --questions 5000

Repeats the items of a finished run under new names until there are enough: answers and sources are of real size.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from harness import api
from harness.render.html import report_html
from harness.render.pdf import find_browser
from harness.store import Run

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def enlarged(run: Run, n: int) -> Run:
    """A run of n questions made of the items of a smaller one."""
    first = {i.question_id: i for i in run.items if i.epoch == 0}
    some = [q for q in run.questions if q.id in first]
    questions = tuple(replace(some[k % len(some)], id=f"{some[k % len(some)].id}-{k // len(some)}") for k in range(n))
    items = tuple(replace(first[some[k % len(some)].id], question_id=q.id) for k, q in enumerate(questions))
    return replace(run, questions=questions, items=items, manifest={**run.manifest, "epochs": 1})


def timed(page: Page, what: str, script: str) -> None:
    """Print how long a script takes in the page until it has been laid out again."""
    begin, end = "const t = performance.now();", "document.body.offsetHeight; return performance.now() - t;"
    took = page.evaluate(f"async () => {{ {begin} {script}; {end} }}")
    print(f"{what:<40}{took:8.0f} ms")


SLEEP = "await new Promise((r) => setTimeout(r, 5))"
SET = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }"
TOLD = "document.getElementById('shown').textContent"
CHANGED = f"while ({TOLD} === o) {SLEEP}"
FILTER = f"const o = {TOLD}; ({SET})(document.querySelector('#filters select'), 'moderate'); {CHANGED}"
UNFOLD = (
    "const c = [...document.querySelectorAll('details')].find((d) => !d.hidden); c.open = true;"
    f"while (!c.children[1]?.firstChild) {SLEEP}"
)
SEARCH = (
    f"const o = {TOLD}; document.getElementById('deep').checked = true;"
    f"({SET})(document.getElementById('find'), 'capecitabine'); {CHANGED}"
)


def main() -> None:
    """Write, open, filter, search and unfold; prints one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--keep", type=Path, help="file to keep the report in")
    told = parser.parse_args()
    run = enlarged(api.load_run(told.run), told.questions)
    start = time.process_time()
    page_text = report_html(run, api.verdict(run))
    print(f"{'written (CPU)':<40}{1000 * (time.process_time() - start):8.0f} ms")
    print(f"{'size':<40}{len(page_text.encode()) / 1e6:8.1f} MB")
    with TemporaryDirectory() as folder, sync_playwright() as p:
        file = told.keep or Path(folder, "report.html")
        file.write_text(page_text, encoding="utf-8")
        browser = p.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(file.resolve().as_uri())
        entry = json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('navigation')[0])"))
        print(f"{'opened (load event)':<40}{entry['loadEventEnd']:8.0f} ms")
        for what, script in (
            ("filter (150 ms of it is waiting)", FILTER),
            ("unfold a card", UNFOLD),
            ("first search in all answers", SEARCH),
        ):
            timed(page, what, script)
            print(page.locator("#shown").inner_text())
        browser.close()


if __name__ == "__main__":
    main()
