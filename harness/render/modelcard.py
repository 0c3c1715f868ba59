"""``model_card.json``: the Applied Model Card of the Coalition for Health AI (v0.2), as far as a run knows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.gate import Verdict
from harness.printing import printable
from harness.rates import Rate
from harness.render.facts import facts, words
from harness.render.groups import Group, groups
from harness.render.pageone import counts, judged
from harness.render.view import DialView, ReportView, view
from harness.resources import package_yaml
from harness.store import Run

SCHEMA = "https://mc.chai.org/v0.2/schema.xsd"
_USEFUL = ("completeness", "readability")


def model_card_json(run: Run, verdict: Verdict) -> str:
    """The card with CHAI's names of elements; what only the developer knows is null and listed under ``to_fill_in``."""
    shown = view(run, verdict)
    parts = groups(run)
    told = {key: printable(text) for key, text in _facts(shown, parts).items()}
    card = _filled(package_yaml("render/data/model_card.yaml"), told)
    useful = [d for d in shown.dials if d.dial.scorer in _USEFUL]
    safe = [d for d in shown.dials if d.dial.scorer not in _USEFUL]
    results = {
        "UsefulnessUsabilityEfficacy": [_score(d) for d in useful],
        "FairnessEquity": [_result(f"{g.kind}: {g.name}", _rate(g.faulty)) for g in parts if g.faulty.n],
        "SafetyReliability": [*_severities(shown), *(_score(d) for d in safe)],
    }
    for name, metric in card["KeyMetrics"].items():
        goal = metric.pop("MetricGoal")
        card["KeyMetrics"][name] = {"MetricGoal": goal, "Results": {"MetricResult": results[name]}, **metric}
    body = {"schema": SCHEMA, "AppliedModelCard": card, "to_fill_in": list(_missing(card, ""))}
    return json.dumps(body, ensure_ascii=True, indent=1) + "\n"


def _facts(shown: ReportView, parts: Sequence[Group]) -> dict[str, str]:
    """The facts that ``model_card.yaml`` names."""
    of_kind = {kind: [f"{g.name} ({g.questions})" for g in parts if g.kind == kind] for kind in ("category", "tier")}
    every: dict[str, set[str]] = {
        "category": {q.category.replace("_", " ") for q in shown.run.questions},
        "tier": {q.risk_tier for q in shown.run.questions},
    }
    named = {kind: ", ".join(of_kind[kind] or sorted(every[kind])) for kind in every}
    decision = shown.evidence.decision.replace("-", " ")
    signatories = ", ".join(f"{s.name} ({s.role})" for _, s in shown.evidence.signed)
    return {
        **facts(shown),
        "device": words()["device"],
        "not_covered": words()["not_covered"],
        "limits": " ".join(words()["limits"]),
        "kinds": named["category"],
        "tiers": named["tier"],
        "decision": f"human decision: {decision}" if decision else "under evaluation; nobody has decided yet",
        "signatories": signatories or "nobody has signed",
        "accuracy": judged(shown.trust),
    }


def _filled(value: Any, told: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(v, told) for key, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, told) for v in value]
    return value.format_map(told) if isinstance(value, str) else value


def _missing(value: Any, place: str) -> Iterator[str]:
    """The places that are null."""
    if isinstance(value, dict):
        for key, v in value.items():
            yield from _missing(v, f"{place}/{key}" if place else key)
    elif value is None:
        yield place


def _score(d: DialView) -> dict[str, str]:
    e = d.dial.estimate
    value = {
        "kind": "interval",
        "value": e.mean,
        "low": e.interval.low if e.interval else None,
        "high": e.interval.high if e.interval else None,
        "measured": e.measured,
        "missing": e.missing,
        "unit": "mean score, 0 to 1",
        "minimum": d.minimum,
        "state": d.state,
    }
    return _result(d.dial.scorer, value)


def _severities(shown: ReportView) -> Iterator[dict[str, str]]:
    for row in counts(shown):
        value = {"kind": "single", "value": row["found"], "unit": "findings", "questions": row["bound"]}
        yield _result(f"findings of severity {row['severity']} ({row['word']})", value)


def _rate(rate: Rate) -> dict[str, Any]:
    value = {"value": rate.share, "low": rate.low, "high": rate.high, "events": rate.events, "n": rate.n}
    return {"kind": "interval", **value, "unit": "share of questions"}


def _result(label: str, value: Mapping[str, Any]) -> dict[str, str]:
    """A result in the schema's form: a label, and its value as JSON text."""
    return {"Label": label, "ValueJson": json.dumps(value)}
