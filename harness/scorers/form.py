"""Whether what a scorer gave back can be stored and counted; other packages' outcomes are looked at field by field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from harness.scorers.base import Rule
from harness.types import Case, Failed, Finding, NotApplicable, Outcome, Scored, Scorer, Span


def misfit(scorer: Scorer, outcome: object, case: Case) -> str:
    """Why an outcome can't be counted, in words that follow "scorer"; "" where it can.

    A scorer that has ``rules``, as those of other packages do, may find only these, at words that stand there.
    """
    if not isinstance(outcome, Scored | NotApplicable | Failed):
        return f"gave back {type(outcome).__name__}, not an outcome"
    if outcome.scorer != scorer.name:
        return f"gave back an outcome of {outcome.scorer!r}"
    own: Mapping[str, Rule] | None = getattr(scorer, "rules", None)
    return "" if own is None else _in_fields(own, outcome, case)


def _in_fields(own: Mapping[str, Rule], outcome: Outcome, case: Case) -> str:
    numbers = [*outcome.metrics.values(), *([outcome.score] if isinstance(outcome, Scored) else [])]
    if not all(_is_number(n) for n in numbers) or not all(isinstance(k, str) for k in outcome.metrics):
        return "gave back a score or metric that is not a finite int or float"
    if not isinstance(outcome.reason, str) or not isinstance(outcome.findings, tuple):
        return "gave back a reason that is no text, or findings that are no tuple"
    texts = _texts(case)
    return next((wrong for f in outcome.findings if (wrong := _in_finding(f, own, texts))), "")


def _in_finding(finding: object, own: Mapping[str, Rule], texts: Mapping[str, str]) -> str:
    if not isinstance(finding, Finding) or not isinstance(finding.message, str):
        return "gave back a finding that is none, or has no text"
    if finding.code not in own:
        return f"gave back a finding of {finding.code!r}, which is not among its rules"
    if isinstance(finding.severity, bool) or finding.severity not in (0, 1, 2, 3, 4):
        return f"gave back a finding of severity {finding.severity!r}"
    if not _is_number(finding.confidence) or not 0 < finding.confidence <= 1:
        return f"gave back a finding of confidence {finding.confidence!r}"
    spans = (finding.span, *finding.related)
    if any(not isinstance(s, Span) or texts.get(s.source, "")[s.start : s.end] != s.quote for s in spans):
        return f"gave back a finding of {finding.code} at words that don't stand there"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _texts(case: Case) -> Mapping[str, str]:
    """The texts at which a finding may point, by span source."""
    texts = {"answer": case.answer.text, **{f"passage:{p.id}": p.text for p in case.answer.passages}}
    if case.question:
        texts |= {"question": case.question.text, **{f"turn:{i}": t.text for i, t in enumerate(case.question.turns)}}
    return texts
