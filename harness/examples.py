"""The examples of a scorer's rules, held against the scorer: each has to be flagged, or passed, as it says."""

from __future__ import annotations

from collections.abc import Iterator

from harness.auditor import Auditor, passages_of
from harness.data import bare_question, source_from
from harness.runner import score_case
from harness.scorers import load_scorer, scorer_rules
from harness.scorers.base import Example
from harness.scorers.cases import build_case
from harness.types import Answer, Case, Finding


def example_case(example: Example, auditor: Auditor) -> Case:
    """The case that an example describes, with the auditor's judge, day and, unless it brings its own, registry."""
    question = None
    if example.question or example.record:
        told = example.record or {}
        question = bare_question(example.question or "A question?", turns=example.turns, facts=example.facts, **told)
    registry = tuple(source_from(dict(s)) for s in example.registry) or auditor.registry.sources
    answer = Answer(text=example.text, passages=passages_of(list(example.passages)))
    return build_case(answer, judge=auditor.judge, as_of=auditor.as_of, question=question, registry=registry)


def check_examples(name: str, auditor: Auditor | None = None) -> tuple[str, ...]:
    """What is wrong with the examples of a scorer's rules, a line each; nothing where all are as they say.

    Raises:
        SuiteError: for a scorer that is unknown or can't be used.
    """
    by = auditor or Auditor.default(scorers=(name,))
    return tuple(_complaints(name, by))


def _complaints(name: str, auditor: Auditor) -> Iterator[str]:
    scorer = load_scorer(name)
    for code, rule in scorer_rules(name).items():
        for number, example in enumerate(rule.examples, start=1):
            where = f"{code}, example {number}"
            (outcome,) = score_case(example_case(example, auditor), [scorer])
            found = [f for f in outcome.findings if f.code == code]
            if outcome.status == "failed":
                yield f"{where}: {outcome.reason}"
            elif not example.flags and found:
                yield f"{where}: passes, it says, but {found[0].span.quote!r} is flagged"
            elif example.flags and not found:
                yield f"{where}: is not flagged"
            elif example.flags and example.quote and not any(points_at(f, example) for f in found):
                yield f"{where}: {example.quote!r} is not where the finding points: {found[0].span.quote!r}"


def points_at(finding: Finding, example: Example) -> bool:
    """Whether a finding overlaps the words that an example quotes; False where these don't stand in it."""
    source = example.text if finding.span.source == "answer" else example.question
    start = source.find(example.quote)
    return 0 <= start < finding.span.end and finding.span.start < start + len(example.quote)
