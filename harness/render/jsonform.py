"""``report.json``: the run, its verdict and every outcome, in wire type v1."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from harness.accuracy import Trust
from harness.gate import Verdict
from harness.masking import told_json
from harness.render.groups import Group, groups
from harness.render.page import hider, unnamed
from harness.render.view import DialView, view
from harness.stats import Estimate
from harness.store import Item, Run, item_to_json
from harness.summary import Repeats
from harness.types import Question
from harness.wire import VERSION, finding_to_json


def report_json(run: Run, verdict: Verdict) -> str:
    """The report as one JSON document; keys are stable within a wire version.

    What identifies a person is hidden, as in every report; the run's own files keep it.
    """
    shown = view(run, verdict)
    questions = {q.id: q for q in run.questions}
    body = {
        "wire": VERSION,
        "suite": run.manifest["suite"],
        "pipeline": run.manifest["pipeline"],
        "signature": run.manifest["signature"],
        "started": run.manifest["started"],
        "as_of": run.manifest["as_of"],
        "accept_drafts": run.manifest["accept_drafts"],
        "verdict": verdict.status.value,
        "exit_code": verdict.status.exit_code,
        "reasons": [{"status": r.status.value, "text": r.text} for r in verdict.reasons],
        "waived": [{"question_id": w.question_id, **told_json(finding_to_json(w.finding))} for w in verdict.waived],
        "planned": shown.summary.planned,
        "answered": shown.summary.answered,
        "unanswered": [{"question_id": q, "reason": r} for q, r in shown.summary.unanswered],
        "findings_by_severity": dict(shown.counts()),
        "dials": [_dial(d) for d in shown.dials],
        "judge": run.manifest["judge"],
        "judge_accuracy": [_trust(t) for t in shown.trust],
        "scorer_accuracy": [
            {"scorer": t.scorer, "measurements": [m.model_dump(mode="json") for m in t.measured]}
            for t in shown.rule_trust
        ],
        "groups": [_group(g) for g in groups(run)],
        "since_baseline": _since(verdict),
        "waivers": [w.model_dump(mode="json") | {"quote": unnamed(w.quote)} for w in verdict.waivers],
        "review": shown.evidence.review.to_json() if shown.evidence.review else None,
        "decision": shown.evidence.decision or None,
        "signed": [{"when": e.when, **s.model_dump(mode="json", exclude={"kind"})} for e, s in shown.evidence.signed],
        "outdated_review": shown.evidence.outdated,
        "items": [_item(i, questions[i.question_id]) for i in run.items],
    }
    return json.dumps(body, ensure_ascii=True, indent=1) + "\n"


def _item(item: Item, question: Question) -> dict[str, Any]:
    """The journal's form of an item, with what identifies a person hidden in every text; offsets stay."""
    hide = hider(question, item)

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            return hide(value)
        if isinstance(value, dict):
            return {key: shown(v) for key, v in value.items()}
        return [shown(v) for v in value] if isinstance(value, list) else value

    told = item_to_json(item)
    return {**told, "answer": shown(told["answer"]), "outcomes": shown(told["outcomes"])}


def _group(g: Group) -> dict[str, Any]:
    return {
        "kind": g.kind,
        "name": g.name,
        "questions": g.questions,
        "planned": g.planned,
        "answered": g.answered,
        "not_assessed": g.unassessed,
        "with_finding_of_2_or_more": asdict(g.faulty),
        "with_finding_of_3_or_more": asdict(g.serious),
        "scores": {scorer: _estimate(e) for scorer, e in g.scores.items()},
    }


def _estimate(e: Estimate) -> dict[str, Any]:
    return {
        "mean": e.mean,
        "interval": [e.interval.low, e.interval.high] if e.interval else None,
        "bounds_if_missing": [e.low_if_missing, e.high_if_missing],
        "measured": e.measured,
        "missing": e.missing,
        "exempt": e.exempt,
    }


def _since(verdict: Verdict) -> dict[str, Any] | None:
    """Findings new, gone and persistent since the baseline, by question and rule; None where none was compared."""
    if (c := verdict.compared) is None:
        return None
    parts = {"new": c.new, "gone": c.gone, "persistent": c.unchanged}
    told = {
        name: [{"question_id": f.question_id, "code": f.finding.code, "severity": f.finding.severity} for f in found]
        for name, found in parts.items()
    }
    return {"baseline": c.baseline.manifest["signature"], **told, "lost_answers": list(c.lost)}


def _dial(shown: DialView) -> dict[str, Any]:
    return {
        "scorer": shown.dial.scorer,
        **_estimate(shown.dial.estimate),
        "minimum": shown.minimum,
        "state": shown.state,
        "repeats": _repeats(shown.dial.repeats) if shown.dial.repeats else None,
    }


def _repeats(r: Repeats) -> dict[str, Any]:
    return {
        "epochs": r.epochs,
        "pass_hat_k": r.pass_hat_k,
        "questions": r.questions,
        "flips": list(r.unsteady),
        "worst_of_k_on_r3": None if r.worst is None or r.worst.mean is None else round(r.worst.mean, 6),
    }


def _trust(t: Trust) -> dict[str, Any]:
    """Means over sets, null where not measured, with the measurements behind them."""
    names = ("balanced_accuracy", "recall", "specificity", "calibration_error")
    return {
        "scorer": t.scorer,
        **{name: t.mean(name).value for name in names},
        "measurements": [m.model_dump(mode="json") for m in t.measured],
    }
