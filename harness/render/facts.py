"""What a run was made with, in words, for page 1, the CHART checklist and the model card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.render.cards import source_of
from harness.render.review import review_sentence
from harness.render.view import ReportView
from harness.resources import package_yaml
from harness.review.ledger import run_hash
from harness.types import Answer

_SHOWN = 200


def words() -> Mapping[str, Any]:
    """What the report says on every run (``render/data/report.yaml``)."""
    return dict(package_yaml("render/data/report.yaml"))


def facts(view: ReportView) -> dict[str, str]:
    """The facts that ``chart.yaml`` and page 1 name; what the run doesn't tell is said to be unknown."""
    run, manifest = view.run, view.run.manifest
    parts = dict(run.signature.parts)
    models = dict.fromkeys(i.answer.model for i in run.items if isinstance(i.answer, Answer) and i.answer.model)
    drafts = f"{view.drafts} of {len(run.questions)} questions are drafts that no clinician has signed."
    signed = [s for _, s in view.evidence.signed]
    counts = ", ".join(f"{n} {word}" for word, n in view.counts())
    return {
        "title": manifest["title"],
        "suite": manifest["suite"],
        "verdict": str(view.verdict),
        "intended_use": words()["intended_use"],
        "pipeline": manifest["pipeline"],
        "models": ", ".join(models) or "not told by the pipeline",
        "prompt": parts.get("prompt", "none"),
        "judge": manifest["judge"],
        "scorers": ", ".join(f"{name} ({id})" for name, id in manifest["scorers"].items()),
        "golden": f"{parts.get('questions', len(run.questions))}, data {parts.get('data', 'unknown')}",
        "drafts": drafts if view.drafts else "All questions are signed by clinicians.",
        "corpus": parts.get("corpus", "unknown"),
        "registry": parts.get("registry", "unknown"),
        "as_of": manifest["as_of"],
        "harness": manifest["harness"],
        "started": manifest["started"].replace("T", " ").replace("+00:00", ""),
        "epochs": str(manifest["epochs"]),
        "seed": str(manifest["seed"]),
        "questions": str(len(run.questions)),
        "with_turns": str(sum(bool(q.turns) for q in run.questions)),
        "answered": str(view.summary.answered),
        "planned": str(view.summary.planned),
        "findings": counts,
        "review": review_sentence(view.evidence.review),
        "conflicts": "; ".join(f"{s.name}: {s.conflict or 'none stated'}" for s in signed) or "nobody has signed",
        "run": run.path.name,
        "run_hash": run_hash(run.path),
        "signature": manifest["signature"],
    }


def chart(told: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The CHART checklist as (item, what it asks, what the run tells of it, "" where a person has to)."""
    rows = package_yaml("render/data/chart.yaml")
    return [(str(r["item"]), r["asks"], r.get("told", "").format_map(told)) for r in rows]


def editions(view: ReportView) -> list[tuple[str, int]]:
    """The sources that answers were given, with edition or date, and to how many answers; the 200 most used, first."""
    used: dict[str, int] = {}
    for item in view.run.items:
        if isinstance(item.answer, Answer):
            for name in {source_of(p) for p in item.answer.passages}:
                used[name] = used.get(name, 0) + 1
    return sorted(used.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]


def owner(code: str) -> str:
    """Who acts on a finding of a rule."""
    return str(words()["owners"].get(code[:3], "clinical reviewer"))
