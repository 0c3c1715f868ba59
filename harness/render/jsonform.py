"""``report.json``: the run, its verdict and every outcome, in wire type v1."""

from __future__ import annotations

import json
from typing import Any

from harness.accuracy import Trust
from harness.gate import Verdict
from harness.masking import told_json
from harness.render.view import DialView, view
from harness.store import Run, item_to_json
from harness.summary import Repeats
from harness.wire import VERSION, finding_to_json


def report_json(run: Run, verdict: Verdict) -> str:
    """The report as one JSON document; keys are stable within a wire version."""
    shown = view(run, verdict)
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
        "items": [item_to_json(i) for i in run.items],
    }
    return json.dumps(body, ensure_ascii=True, indent=1) + "\n"


def _dial(shown: DialView) -> dict[str, Any]:
    e = shown.dial.estimate
    return {
        "scorer": shown.dial.scorer,
        "mean": e.mean,
        "interval": [e.interval.low, e.interval.high] if e.interval else None,
        "bounds_if_missing": [e.low_if_missing, e.high_if_missing],
        "measured": e.measured,
        "missing": e.missing,
        "exempt": e.exempt,
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
