"""Checkable statements of an answer: what a source would have to say for the answer to be believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from harness.resources import package_yaml
from harness.text.facts import facts
from harness.text.patterns import is_question
from harness.text.phrases import wordings
from harness.text.words import content_stems
from harness.types import Document, Region, Sentence

_MARKER = re.compile(r"\s?\[[\w ,;–-]{1,12}\]")
_ATTRIBUTION = re.compile(
    r"^(?:according to|as recommended by|based on|según|de acuerdo con)\s[^,.;:]{2,90},\s"
    r"|^(?:many |some |recent |large |several |los |varios )?"
    r"(?:studies|trials|experts|guidelines|research|estudios|expertos)\s(?:have |has |han )?"
    r"(?:shows?|shown|found|finds?|suggests?|agree|recommend|say|indicates?|muestran|dicen)\s(?:that|que)\s",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^[\W_]{0,4}[A-Z][\w' /-]{1,40}:\s+")
_CONDITION = re.compile(r"(?:if|when|once|si|cuando)\b[^,]{3,160},\s", re.IGNORECASE)
_FEWEST_WORDS = 3  # content words below which there is nothing to check
_WHEN_TO_CALL = frozenset({"temperature", "duration", "frequency"})  # facts that make advice to call checkable
_CHECKABLE = _WHEN_TO_CALL | {
    "dose",
    "percent",
    "count",
    "age",
    "number",
    "drug",
    "receptor",
    "stage",
    "approval",
    "timing",
}
_SPLIT = re.compile(r";\s+|,?\s+(?:but|whereas|while)\s+(?=\w+\s\w+\s\w+\s\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One checkable statement.

    Args:
        text: the statement as a judge should read it, without citation markers and the words that only name its source.
        start, end: its offsets in ``Document.plain``.
        sentence: index into ``Document.sentences``.
        advice: it tells the reader what to do ("call your team at 38 °C"): a source can contradict it, but its absence
            from the sources is no fault.
    """

    text: str
    start: int
    end: int
    sentence: int
    advice: bool = False


def claims(document: Document) -> tuple[Claim, ...]:
    """The checkable statements of the body, in order.

    Greetings, sympathy, questions, words about the page itself and advice to ask or call are none, unless
    they state a clinical fact such as a temperature; such advice is marked as ``advice``.
    """
    found: list[Claim] = []
    for index, sentence in enumerate(document.sentences):
        if sentence.region is Region.BODY and sentence.kind != "heading":
            found.extend(_claims_of(sentence, index))
    return tuple(found)


def _claims_of(sentence: Sentence, index: int) -> Iterator[Claim]:
    """The statements of one sentence."""
    if is_question(sentence.text):
        return
    for start, end in _parts(sentence.text):
        text = _ATTRIBUTION.sub("", _MARKER.sub("", sentence.text[start:end]).strip(" •*-\n"))
        label = _LABEL.match(text)
        statement = text[label.end() :] if label else text
        if not (_is_checkable(statement) and _is_checkable(text)):
            continue
        asks = bool(_pattern("asks").search(statement))
        advice = asks or _is_imperative(statement)
        if advice and not {fact.kind for fact in facts(text)} & (_WHEN_TO_CALL if asks else _CHECKABLE):
            continue
        yield Claim(text=text, start=sentence.start + start, end=sentence.start + end, sentence=index, advice=advice)


def _parts(text: str) -> list[tuple[int, int]]:
    """Offsets of the coordinated statements of a sentence; a part too short to stand alone stays with its neighbour."""
    parts: list[tuple[int, int]] = []
    start = 0
    for match in _SPLIT.finditer(text):
        if (
            min(len(content_stems(text[start : match.start()])), len(content_stems(text[match.end() :])))
            > _FEWEST_WORDS
        ):
            parts.append((start, match.start()))
            start = match.end()
    parts.append((start, len(text)))
    return [(s, e) for s, e in parts if text[s:e].strip()]


def _is_checkable(text: str) -> bool:
    """Whether a statement says enough, and says it about the subject, not about the page or the reader's feelings."""
    return len(content_stems(text)) >= _FEWEST_WORDS and not _pattern("not_claims").search(text)


def _is_imperative(text: str) -> bool:
    """Whether a statement tells the reader what to do, be it after a condition."""
    condition = _CONDITION.match(text)
    told = text[condition.end() :] if condition else text.lstrip("•*- ")
    return bool(_pattern("imperatives").match(told))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return wordings(package_yaml("lexicons/claims.yaml")[name])
