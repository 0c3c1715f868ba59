"""Runs to review, and readers played by a script."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.store import Run
from harness.types import Answer, Passage
from tests.conftest import make_suite, run_scripted

ROOT = Path(__file__).parents[2]
HOSTILE = (
    "WARN 5 <script>document.title='owned'</script> {{7*7}} </script><img src=x onerror=\"document.title='owned'\">\n"
    "# A heading\n- a **bold** word and \u202eesrever\u202c text \U0001f600 end. Second sentence here."
)


def a_run(folder: Path, n: int = 12, **said: str) -> Run:
    """A run whose answers say STOP (severity 4), SERIOUS (3), WARN (2) or nothing wrong, with a source each."""

    def answer(query: Any) -> Answer:
        number = int(query.id[-3:])
        word = "STOP" if number % 11 == 0 else "SERIOUS" if number % 9 == 0 else "WARN" if number % 3 == 0 else "GOOD"
        text = said.get(query.id.replace("-", "_"), f"{word} 7 about {query.id}. Ask your care team. [1]")
        source = Passage(id="p1", text=f"A source about {query.id}.", title="A title", organisation="A body")
        return Answer(text=text, passages=(source,))

    return run_scripted(folder, answer, suite=make_suite(n), id="secret-pipeline@1")


def harness(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command, as a user runs it."""
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "harness", *(str(w) for w in words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=False, timeout=900)


def data_of(page: Path) -> dict[str, Any]:
    """What a pack holds."""
    found = re.search(r'<script type="application/json" id="pack">(.*?)</script>', page.read_text(), re.S)
    assert found is not None
    return dict(json.loads(found.group(1)))


def read(page: Path, out: Path, *, wrong: tuple[str, ...] = (), missed: tuple[str, ...] = ()) -> Path:
    """Fill in a pack: confirm every finding at severity 3, except in items ``wrong``; mark a fault in ``missed``."""
    data = data_of(page)
    items = [judged(i, wrong=i["id"] in wrong, missed=i["id"] in missed) for i in data["items"]]
    head = {k: data[k] for k in ("pack", "design", "run", "reviewer", "role")}
    out.write_text(json.dumps({"format": "harness-review/1", **head, "items": items}))
    return out


def judged(item: dict[str, Any], *, wrong: bool = False, missed: bool = False) -> dict[str, Any]:
    """A finished judgement of an item of a pack: the findings confirmed at severity 3, or all rejected."""
    verdict = "reject" if wrong else "confirm"
    findings = [
        {"finding": f["id"], "verdict": verdict, "severity": 3 if verdict == "confirm" else None}
        for f in item["findings"]
    ]
    quote = item["answer"][:4]
    mark = {"start": 0, "end": 4, "quote": quote, "category": "overreach", "severity": 3, "before": True}
    marks = [mark] if missed else []
    severity = 3 if marks or (findings and verdict == "confirm") else 0
    return {
        "item": item["id"],
        "done": True,
        "first": severity,
        "severity": severity,
        "likelihood": "possible" if severity else None,
        "comment": "",
        "findings": findings,
        "marks": marks,
    }
