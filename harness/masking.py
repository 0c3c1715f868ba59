"""Words of a person are not printed again: reports show findings about them with the words blotted out.

The page itself and the stored run keep their text; offsets stay as they are, so that who may see the page finds
the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from harness.types import Answer, AnswerError, Finding, Question, Span

BLOT = "•"
_PRIVATE = frozenset({"PRV702", "PRV706", "PRV707"})  # identifiers, other people's details, other people's questions
_INNER = re.compile(r"(?<=[^\W\d])[^\W\d]|\d")


def hidden(words: str) -> str:
    """Words of the same length with their first letters left: ``Susan 0482`` becomes ``S•••• ••••``."""
    return _INNER.sub(BLOT, words)


def told(finding: Finding) -> str:
    """The words a finding points at, as a report may print them."""
    return hidden(finding.span.quote) if finding.code in _PRIVATE else finding.span.quote


def told_json(finding: dict[str, Any], text: str = "") -> dict[str, Any]:
    """A finding in its JSON form (``wire.finding_to_json``) with the words of a person hidden.

    Args:
        text: the page from ``blotted``, so that other findings on the same words hide them too.
    """
    span = finding["span"]
    if finding["code"] in _PRIVATE:
        return {**finding, "span": {**span, "quote": hidden(span["quote"])}}
    if "source" in span:
        return finding
    return {**finding, "span": {**span, "quote": words_at(Span(**span), text)}}


def words_at(span: Span, text: str) -> str:
    """The words of a span in a text from ``blotted``; its quote where the span doesn't fit the text."""
    shown = text[span.start : span.end]
    return shown if shown == span.quote or (BLOT in shown and len(shown) == len(span.quote)) else span.quote


def blotted(text: str, findings: Iterable[Finding], source: str = "answer") -> str:
    """A text with the words of private findings hidden; its length and every offset stay."""
    for span in (f.span for f in findings if f.code in _PRIVATE and f.span.source == source):
        if text[span.start : span.end] == span.quote or BLOT in text[span.start : span.end]:
            text = text[: span.start] + hidden(text[span.start : span.end]) + text[span.end :]
    return text


def texts_of(
    answer: Answer | AnswerError, question: Question | None, findings: Iterable[Finding] = ()
) -> dict[str, str]:
    """The text behind every span source: the answer, its passages, the question and earlier turns.

    Args:
        findings: of the page; words of a person at which they point are blotted out of the answer.
    """
    texts: dict[str, str] = {}
    if isinstance(answer, Answer):
        texts |= {"answer": blotted(answer.text, findings), **{f"passage:{p.id}": p.text for p in answer.passages}}
    if question:
        texts |= {"question": question.text, **{f"turn:{i}": t.text for i, t in enumerate(question.turns)}}
    return texts
