"""The JSON form of outcomes (wire type v1): written by runs, audits and reports, and read back unchanged."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from harness.types import Checked, Failed, Finding, NotApplicable, Outcome, Question, Scored, Span

VERSION = 1
_DIGITS = 6


def span_to_json(span: Span) -> dict[str, Any]:
    """A span; ``source`` is left out where it is the answer."""
    fields: dict[str, Any] = {"start": span.start, "end": span.end, "quote": span.quote}
    return fields if span.source == "answer" else {**fields, "source": span.source}


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """A finding with its spans."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "confidence": round(finding.confidence, _DIGITS),
        "message": finding.message,
        "span": span_to_json(finding.span),
        "related": [span_to_json(s) for s in finding.related],
        "likelihood": finding.likelihood,
        "reach": finding.reach,
    }


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome; ``score`` is null exactly where ``status`` is not ``scored``."""
    return {
        "scorer": outcome.scorer,
        "status": outcome.status,
        "score": None if outcome.score is None else round(outcome.score, _DIGITS),
        "reason": outcome.reason,
        "metrics": {k: round(float(v), _DIGITS) for k, v in sorted(outcome.metrics.items())},
        "findings": [finding_to_json(f) for f in outcome.findings],
    }


def checked_to_json(outcome: Outcome) -> dict[str, Any]:
    """The statements an outcome counted, as ``{"checked": [...]}``; nothing where it counted none."""
    checked = outcome.checked if isinstance(outcome, Scored) else ()
    rows = [
        {
            "span": span_to_json(c.span),
            "label": c.label,
            "probability": round(c.probability, _DIGITS),
            "passage": c.passage,
            "evidence": [span_to_json(s) for s in c.evidence],
        }
        for c in checked
    ]
    return {"checked": rows} if rows else {}


def _checked(raw: dict[str, Any]) -> Checked:
    return Checked(**{**raw, "span": Span(**raw["span"]), "evidence": tuple(Span(**s) for s in raw["evidence"])})


def _finding(raw: dict[str, Any]) -> Finding:
    fields = {**raw, "span": Span(**raw["span"]), "related": tuple(Span(**s) for s in raw["related"])}
    return Finding(**fields)


def outcome_from_json(raw: dict[str, Any]) -> Outcome:
    """Read an outcome back; raises KeyError, TypeError or ValueError where it isn't one."""
    findings = tuple(_finding(f) for f in raw["findings"])
    shared: dict[str, Any] = {
        "scorer": raw["scorer"],
        "reason": raw["reason"],
        "findings": findings,
        "metrics": raw["metrics"],
    }
    if raw["status"] == "scored":
        return Scored(score=raw["score"], checked=tuple(_checked(c) for c in raw.get("checked", ())), **shared)
    if raw["status"] == "not_applicable":
        return NotApplicable(**shared)
    if raw["status"] == "failed":
        return Failed(**shared)
    raise ValueError(f"unknown status {raw['status']!r}")


def question_to_json(question: Question) -> dict[str, Any]:
    """A question with all its expectations, as plain data."""
    told: dict[str, Any] = json.loads(json.dumps(question, default=_fields))
    return told


def _fields(part: Any) -> dict[str, Any]:
    """A dataclass for ``json.dumps``, which walks nested ones several times faster than ``dataclasses.asdict``."""
    return {field.name: getattr(part, field.name) for field in fields(part)}
