"""What every scorer shares: its rules and their examples, read from one data file a family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from harness.errors import HarnessError
from harness.resources import package_yaml
from harness.types import Finding, Severity, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that a rule passes, or flags at ``quote``; tests and the rule's page are made from it.

    Args:
        flags: whether the rule has to fire (its code appears among the findings) or stay silent.
        quote: words that the finding's span has to overlap; "" for an omission, which may point at the question.
        question, turns, facts, passages, registry: context in the form that ``harness audit`` takes it,
            ``turns`` as ``{role, text}`` and ``passages`` as ``{id, text, ...}``.
        record: golden fields merged into the question, as in the golden YAML.
    """

    text: str
    flags: bool
    quote: str = ""
    question: str = ""
    turns: tuple[dict[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    passages: tuple[dict[str, str], ...] = ()
    registry: tuple[dict[str, Any], ...] = ()
    record: dict[str, Any] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule code with what a clinician needs to know to agree or change it.

    Args:
        severity: default severity; ``override`` says in words when another applies.
        why: the harm it prevents, in plain words.
        source: public source of the requirement.
        fix: what the author of an answer should do.
    """

    code: str
    title: str
    severity: Severity
    why: str
    source: str
    fix: str
    examples: tuple[Example, ...]
    override: str = ""

    def finding(
        self, message: str, span: Span, *, confidence: float, severity: Severity | None = None, **more: Any
    ) -> Finding:
        """A finding of this rule, at its default severity unless one is given; ``more`` as in Finding."""
        level = self.severity if severity is None else severity
        return Finding(code=self.code, severity=level, confidence=confidence, message=message, span=span, **more)


@cache
def rules(family: str) -> dict[str, Rule]:
    """The rules of one family by code, from ``scorers/rules/<family>.yaml``.

    Raises:
        HarnessError: if a rule lacks a flagging or a passing example, or a code is told twice.
    """
    told = cast(list[dict[str, Any]], package_yaml(f"scorers/rules/{family}.yaml"))
    every = [Rule(**{**raw, "examples": tuple(_example(e) for e in raw.get("examples", []))}) for raw in told]
    return checked_rules(every, f"rules/{family}.yaml")


def checked_rules(every: Iterable[Rule], where: str, *, error: type[HarnessError] = HarnessError) -> dict[str, Rule]:
    """Rules by code; raises ``error`` where one lacks a flagging or a passing example, or a code is told twice."""
    loaded: dict[str, Rule] = {}
    for rule in every:
        if {e.flags for e in rule.examples} != {True, False}:
            raise error(f"{where}: {rule.code} needs a passing and a flagging example")
        if rule.code in loaded:
            raise error(f"{where}: {rule.code} is told twice")
        loaded[rule.code] = rule
    return loaded


def _example(raw: dict[str, Any]) -> Example:
    """An example from ``{passes: text}`` or ``{flags: text, quote: words}`` plus context."""
    context: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in raw.items() if k not in ("passes", "flags")
    }
    return Example(text=raw.get("flags") or raw["passes"], flags="flags" in raw, **context)
