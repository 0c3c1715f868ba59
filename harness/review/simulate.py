"""Reviews that nobody wrote, for demonstrations and tests: made from a pack by chance, and labelled as simulated."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import DatasetError
from harness.review.records import FORMAT

LABEL = "Simulated"
_COMMENT = "Simulated: no person read this answer."


def simulated_review(
    data: Mapping[str, Any], *, seed: int = 0, true: float = 0.75, missed: float = 0.06, slips: float = 0.1
) -> dict[str, Any]:
    """What a simulated reader makes of a pack. Readers of equal seed share one truth, and each slips by itself.

    Args:
        data: of the pack, as ``prepare_pack`` gives it.
        seed: of the truth; a reader's slips follow from the seed and the reader's name.
        true: chance that a finding is right; missed: that an answer without one has a fault all the same.
        slips: chance that a reader says the opposite of the truth, at each finding and each answer without one.

    Raises:
        DatasetError: unless the pack is for a reader whose name begins with "Simulated".
    """
    if not str(data["reviewer"]).startswith(LABEL):
        raise DatasetError(
            f"the pack is for {data['reviewer']}: only a reader named {LABEL!r} is simulated",
            hint=f"harness review pack RUN --reviewer '{LABEL} reader A'",
        )
    items = [_item(item, str(data["reviewer"]), seed, (true, missed, slips)) for item in data["items"]]
    return {"format": FORMAT, **{k: data[k] for k in ("pack", "design", "run", "reviewer", "role")}, "items": items}


def write_simulated(data: Mapping[str, Any], path: Path, **chances: Any) -> Path:
    """``simulated_review`` as the file that a reader's browser would save; gives the path back."""
    path.write_text(json.dumps(simulated_review(data, **chances)), encoding="utf-8")
    return path


def _item(item: Mapping[str, Any], reader: str, seed: int, chances: tuple[float, float, float]) -> dict[str, Any]:
    true, missed, slips = chances
    findings: list[dict[str, Any]] = []
    for finding in item["findings"]:
        spans = finding["spans"]
        right = _says(true, seed, item["answer"], finding["title"], str(spans)) ^ _says(
            slips, seed, reader, str(finding)
        )
        said = {"verdict": "confirm", "severity": _severity(finding)} if right else {"verdict": "reject"}
        findings.append({"finding": finding["id"], "severity": None, **said})
    marks = []
    fault = _says(missed, seed, item["answer"]) ^ _says(slips / 4, seed, reader, item["answer"])
    if fault and not findings:
        quote = item["answer"][:40]
        mark = {"start": 0, "end": len(quote), "quote": quote, "category": "overreach", "severity": 3, "before": True}
        marks.append(mark)
    severity = max([0, *(f["severity"] or 0 for f in findings), *(m["severity"] for m in marks)])
    return {
        "item": item["id"],
        "done": True,
        "first": severity,
        "severity": severity,
        "likelihood": "possible" if severity else None,
        "comment": _COMMENT,
        "findings": findings,
        "marks": marks,
    }


def _severity(finding: Mapping[str, Any]) -> int:
    """What a simulated reader gives a fault: wording is minor, everything else serious."""
    return 1 if finding["category"] == "readability" else 3


def _says(chance: float, *about: object) -> bool:
    """A yes or no that depends only on what it is about."""
    return random.Random("\n".join(map(str, about))).random() < chance
