"""What a claim and a passage have in common, as numbers that a small model can weigh."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from harness.text.drugs import find_drugs
from harness.text.facts import mismatches, untold
from harness.text.sentences import split
from harness.text.words import Word, stem, words
from harness.types import Mismatch

FEATURES = (
    "bias",
    "recall",
    "sentence_recall",
    "window_recall",
    "rarest_missing",
    "missing",
    "bigrams",
    "window_bigrams",
    "trigrams",
    "run",
    "numbers",
    "has_numbers",
    "names",
    "negation",
    "mismatches",
    "hedge_dropped",
    "untold",
    "length",
    "passage_length",
    "copied",
)
_NUMBER = re.compile(r"\d")
_NEGATION = frozenset(["not", "no", "never", "cannot", "without", "nor", "neither", "none"])
PRONOUNS = frozenset(["it", "they", "this", "these", "he", "she"])  # a sentence that starts so speaks of the one before
_ALL_BUT = 0.95  # of the window's recall is enough for the sentence to stand alone
_RARE = 9.0  # inverse document frequency of a stem that the table lacks
_LONGEST = 4000  # words of a passage that are looked at in full
_MOST_SENTENCES = 1000  # of a passage
_MOST_STATEMENTS = 64  # of one claim


@dataclass(frozen=True)
class Text:
    """A passage or claim with the word statistics that are needed again for every pair."""

    text: str

    @cached_property
    def words(self) -> list[Word]:
        """Its words, in order."""
        return words(self.text)[:_LONGEST]

    @cached_property
    def content(self) -> list[str]:
        """Its content stems, in order; a medicine is told by its generic name, whatever it is called."""
        looked_at = self.text[: self.words[-1].end] if self.words else ""
        generic = {drug.start: stem(drug.name.split()[0]) for drug in find_drugs(looked_at)}
        return [generic.get(word.start, word.stem) for word in self.words if word.is_content]

    @cached_property
    def stems(self) -> frozenset[str]:
        """Its content stems."""
        return frozenset(self.content)

    @cached_property
    def bigrams(self) -> frozenset[tuple[str, ...]]:
        """Pairs of neighbouring content stems."""
        return frozenset(zip(self.content, self.content[1:], strict=False))

    @cached_property
    def trigrams(self) -> frozenset[tuple[str, ...]]:
        """Triples of neighbouring content stems."""
        return frozenset(zip(self.content, self.content[1:], self.content[2:], strict=False))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its words with a digit, without thousands separators."""
        return frozenset(word.text.replace(",", "") for word in self.words if _NUMBER.search(word.text))

    @cached_property
    def names(self) -> frozenset[str]:
        """Stems of words with a capital that don't start a sentence."""
        inside = [w for w in self.words if self.text[w.start].isupper() and not _starts(self.text, w.start)]
        return frozenset(word.stem for word in inside if word.is_content)

    @cached_property
    def denies(self) -> bool:
        """Whether it holds a word of negation."""
        return any(word.text in _NEGATION or word.text.endswith("n't") for word in self.words)

    @cached_property
    def sentences(self) -> tuple[tuple[int, int, Text], ...]:
        """Its sentences with their offsets."""
        return tuple((start, end, Text(self.text[start:end])) for start, end in split(self.text)[:_MOST_SENTENCES])

    @cached_property
    def statements(self) -> tuple[Text, ...]:
        """Its different sentences that say something, each to be judged on its own; itself if there is none."""
        told = {text.text: text for _, _, text in self.sentences if text.content}
        return tuple(told.values())[:_MOST_STATEMENTS] or (self,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A claim laid beside a passage: feature values, the deciding sentence, facts that differ or are not told."""

    values: tuple[float, ...]
    start: int
    end: int
    mismatches: tuple[Mismatch, ...]
    untold: bool
    copied: bool


def _starts(text: str, position: int) -> bool:
    """Whether the word at ``position`` starts a sentence."""
    before = text[:position].rstrip(" \"'“(*-•")
    return not before or before[-1] in ".!?:\n"


def _share(found: float, total: float, empty: float) -> float:
    return found / total if total else empty


def compare(passage: Text, claim: Text, idf: Mapping[str, float]) -> Overlap:
    """Lay a claim beside a passage. ``idf`` holds the weight of common stems; others count as rare."""
    weights = Weights(claim, idf)
    best, window, (start, end) = _best(passage, weights)
    recall, missing = weights.recall, weights.missing(passage.stems)
    told_from, told_to = _told(passage, best, window, (start, end), weights)
    differing = _placed(mismatches(claim.text, passage.text[told_from:told_to]), told_from)
    unmet = untold(claim.text, passage.text)
    hard = [m for m in differing if m.kind != "certainty"]
    turned = any(m.kind in ("negation", "certainty") for m in differing)  # "not known if X" holds X word for word
    whole = _normal(claim.words) == _normal(best.words)
    copied = bool(claim.words) and (whole or (not turned and _normal(claim.words) in _normal(passage.words)))
    values = {
        "bias": 1.0,
        "recall": recall(passage.stems),
        "sentence_recall": recall(best.stems),
        "window_recall": recall(window.stems),
        "rarest_missing": max(missing, default=0.0) / _RARE,
        "missing": min(len(missing), 12) / 12,
        "bigrams": _share(len(claim.bigrams & passage.bigrams), len(claim.bigrams), recall(passage.stems)),
        "window_bigrams": _share(len(claim.bigrams & window.bigrams), len(claim.bigrams), recall(window.stems)),
        "trigrams": _share(len(claim.trigrams & passage.trigrams), len(claim.trigrams), recall(passage.stems)),
        "run": _longest_run(claim.content, window.content),
        "numbers": _share(len(claim.numbers & passage.numbers), len(claim.numbers), 1.0),
        "has_numbers": float(bool(claim.numbers)),
        "names": _share(len(claim.names & passage.stems), len(claim.names), 1.0),
        "negation": float(claim.denies != best.denies),
        "mismatches": float(bool(hard)),
        "hedge_dropped": float(len(hard) < len(differing)),
        "untold": float(bool(unmet)),
        "length": min(len(claim.content), 60) / 60,
        "passage_length": min(len(passage.content), 600) / 600,
        "copied": float(copied),
    }
    return Overlap(
        values=tuple(values[name] for name in FEATURES),
        start=start,
        end=end,
        mismatches=differing,
        untold=bool(unmet),
        copied=copied,
    )


class Weights:
    """How much each stem of a claim counts, and the share of that weight that a set of stems covers."""

    def __init__(self, claim: Text, idf: Mapping[str, float]) -> None:
        self._weight = {stem: idf.get(stem, _RARE) for stem in claim.stems}
        self._total = sum(self._weight.values())

    def recall(self, stems: frozenset[str]) -> float:
        """Share of the claim's weight that ``stems`` cover; 0 for a claim without content."""
        return _share(sum(w for s, w in self._weight.items() if s in stems), self._total, 0.0)

    def missing(self, stems: frozenset[str]) -> list[float]:
        """The weights of the stems that are not covered."""
        return [w for s, w in self._weight.items() if s not in stems]


def _best(passage: Text, weights: Weights) -> tuple[Text, Text, tuple[int, int]]:
    """The sentence and the two neighbouring sentences that hold most of the claim, and the sentence's offsets."""
    sentences = passage.sentences or ((0, len(passage.text), passage),)
    recalls = [weights.recall(sentence.stems) for _, _, sentence in sentences]
    top = max(range(len(sentences)), key=lambda i: (recalls[i], -i))
    start, end, best = sentences[top]
    pairs = [(a, b) for a, b in ((top - 1, top), (top, top + 1)) if a >= 0 and b < len(sentences)]
    windows = [Text(passage.text[sentences[a][0] : sentences[b][1]]) for a, b in pairs]
    window = max([best, *windows], key=lambda text: weights.recall(text.stems))
    return best, window, (start, end)


def _told(passage: Text, best: Text, window: Text, place: tuple[int, int], weights: Weights) -> tuple[int, int]:
    """Offsets of what a claim's facts are compared with: the best sentence, with its neighbour where it needs one."""
    start, end = place
    if best.words and best.words[0].text in PRONOUNS:
        before = [begins for begins, _, _ in passage.sentences if begins < start]
        return (before[-1] if before else start), end
    if weights.recall(best.stems) >= _ALL_BUT * weights.recall(window.stems):
        return place
    start = passage.text.index(window.text, max(0, start - len(window.text)))
    return start, start + len(window.text)


def _placed(found: tuple[Mismatch, ...], start: int) -> tuple[Mismatch, ...]:
    """Mismatches whose evidence offsets count from the start of the passage."""
    return tuple(
        replace(m, evidence_start=m.evidence_start + start, evidence_end=m.evidence_end + start)
        if m.evidence_end
        else m
        for m in found
    )


def _longest_run(claim: list[str], window: list[str]) -> float:
    """Longest run of the claim's content stems that stands in the window too, as a share of the claim."""
    claim = claim[:60]
    previous = [0] * (len(window) + 1)
    longest = 0
    for ours in claim:
        current = [0] * (len(window) + 1)
        for j, other in enumerate(window):
            if ours == other:
                current[j + 1] = previous[j] + 1
        longest = max(longest, max(current))
        previous = current
    return _share(longest, len(claim), 0.0)


def _normal(found: list[Word]) -> str:
    """Words in a row, so that case, spacing and punctuation don't matter."""
    return f" {' '.join(word.text for word in found)} "
