"""Choosing whole sentences from passages: near the question, not twice the same, within a word budget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.pipelines.embed import Embedder, Vectors
from harness.pipelines.retrieval import Hit
from harness.resources import package_yaml
from harness.text.sentences import split
from harness.types import Passage

LONGEST_SENTENCE = 25  # words; longer ones are hard to read and left out
_OWN = 0.35  # share of a sentence's own nearness in its worth; the rest is its passage's, so that passages stay whole
_SAFETY = 0.12  # added to the worth of a sentence that keeps a reader safe, so that it is not the one left out
_SAME = 0.93  # cosine from which two sentences say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A sentence of a passage: ``order`` is its place among the sentences of all passages, by rank of the passage."""

    text: str
    passage: Passage
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    sentence: Extracted
    vector: Vectors
    direct: float
    worth: float


def extract(question: str, hits: Sequence[Hit], embedder: Embedder, budget: int, lead: int = 0) -> list[Extracted]:
    """The sentences worth most, in reading order, the most direct one first.

    A sentence is worth a mix of its own and its passage's nearness to the question, and more if it keeps a reader
    safe. Sentences that repeat a chosen
    one, are longer than 25 words, or would pass ``budget`` words are left out. Where benefits of a treatment are told
    and no risk is, a sentence on risks from the same passages is added. The most direct sentence is taken from the
    first ``lead`` passages, where there are any that have to come first.
    """
    candidates = _candidates(question, hits, embedder)
    chosen: list[_Candidate] = []
    left = budget
    for candidate in sorted(candidates, key=lambda c: (-c.worth, c.sentence.order)):
        length = len(candidate.sentence.text.split())
        if length <= left and not _repeats(candidate, chosen):
            chosen.append(candidate)
            left -= length
    risk = _missing_risk(candidates, chosen)
    if risk:
        chosen.append(risk)
    if not chosen:
        return []
    leading = {hit.passage.id for hit in hits[:lead]}
    told_first = [c for c in chosen if c.sentence.passage.id in leading] or chosen
    first = max(told_first, key=lambda c: (c.direct, -c.sentence.order)).sentence
    rest = sorted((c.sentence for c in chosen if c.sentence is not first), key=lambda s: s.order)
    return [first, *rest]


def _candidates(question: str, hits: Sequence[Hit], embedder: Embedder) -> list[_Candidate]:
    """Every readable sentence of the passages with its worth."""
    asked = embedder.embed([question])[0]
    safety = _cues("safety")
    found: list[_Candidate] = []
    for hit in hits:
        texts = [hit.passage.text[a:b] for a, b in split(hit.passage.text)]
        for text, vector in zip(texts, embedder.embed(texts), strict=True):
            sentence = Extracted(text=text, passage=hit.passage, order=len(found))
            nearness = round(float(vector @ asked), 4)
            safe = _SAFETY if safety.search(text) else 0.0
            worth = round(_OWN * nearness + (1 - _OWN) * hit.similarity + safe, 4)
            direct = round(nearness + hit.similarity, 4)
            found.append(_Candidate(sentence=sentence, vector=vector, direct=direct, worth=worth))
    return [c for c in found if len(c.sentence.text.split()) <= LONGEST_SENTENCE]


def _repeats(candidate: _Candidate, chosen: Sequence[_Candidate]) -> bool:
    return any(float(candidate.vector @ other.vector) > _SAME for other in chosen)


def _missing_risk(candidates: Sequence[_Candidate], chosen: Sequence[_Candidate]) -> _Candidate | None:
    """The nearest sentence on risks, where the chosen ones tell benefits alone."""
    benefits, risks = _cues("benefit"), _cues("risk")
    told = " ".join(c.sentence.text for c in chosen)
    if not benefits.search(told) or risks.search(told):
        return None
    spare = [c for c in candidates if c not in chosen and risks.search(c.sentence.text)]
    return max(spare, key=lambda c: (c.worth, -c.sentence.order), default=None)


@cache
def _cues(name: str) -> re.Pattern[str]:
    """Words that tell a benefit, a risk, or what keeps a reader safe."""
    data: dict[str, Any] = package_yaml("pipelines/page.yaml")["cues"]
    return re.compile(rf"\b(?:{'|'.join(data[name])})\b", re.IGNORECASE)
