"""What the sentences of a page say about the page: elements of a notice, their opposites, and what undoes a notice.

The frames stand in ``lexicons/disclaimer.yaml``, the word classes they are built from in
``lexicons/notice_classes.yaml`` and ``lexicons/undoing_classes.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.meaning import Frame, frame_of, met
from harness.text.patterns import is_question
from harness.text.wordclasses import Clause, Mention, WordClasses
from harness.types import Sentence

Hit = tuple[int, int]
_NO = Mention(-1, -1, 0, 0)
_RHETORICAL = re.compile(
    r"^why (?:wait|ask|bother|consult|pay|settle|see|call|trust|ring|phone|visit|book|involve|contact)\b"
    r"|\bwhy not\b|^who needs\b",
    re.IGNORECASE,
)
_TAG = re.compile(r",? (?:ok|okay|yeah|right|alright|vale|eh)\?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and what it says.

    Args:
        signals: for each element (``D4``), opposite (``D4-``) or pattern (``U1``) met, where in the sentence.
        asks: whether it is a question.
    """

    sentence: Sentence
    signals: Mapping[str, Hit] = field(default_factory=dict)
    asks: bool = False


def lexicon() -> dict[str, Any]:
    """The lexicon of frames."""
    raw: dict[str, Any] = package_yaml("lexicons/disclaimer.yaml")
    return raw


def read(sentences: Sequence[Sentence]) -> list[Said]:
    """What each sentence says, read with the one before it.

    A question says nothing, unless the next sentence answers it with yes or no.
    """
    said: list[Said] = []
    before: frozenset[str] = frozenset()
    for index, sentence in enumerate(sentences):
        asks = is_question(sentence.text) and not _TAG.search(sentence.text)
        clauses = _words().read(sentence.text)
        own = frozenset(name for clause in clauses for name in clause.mentions)
        if asks and not _RHETORICAL.search(sentence.text):
            after = sentences[index + 1].text if index + 1 < len(sentences) else ""
            clauses = _answered(clauses, after)
        said.append(Said(sentence, _signals(clauses, {"sentence": own, "page": before | own}), asks))
        before = own
    return said


def says(label: str, text: str) -> Hit | None:
    """Where a text says something, read alone."""
    clauses = _words().read(text)
    if is_question(text):
        return None
    own = frozenset(name for clause in clauses for name in clause.mentions)
    return _signals(clauses, {"sentence": own, "page": own}).get(label)


def _answered(clauses: Sequence[Clause], answer: str) -> list[Clause]:
    """The clauses of a question as its answer makes them: plain after "yes", denied after "no", else none."""
    opening = _words().read(answer[:80])[:1]
    words = opening[0] if opening else None
    if words is None:
        return []
    if any(m.first == 0 for m in words.mentions.get("refuses", ())):
        return [Clause({**c.mentions, "no": (_NO, *c.mentions.get("no", ()))}, c.words) for c in clauses]
    return list(clauses) if any(m.first == 0 for m in words.mentions.get("agrees", ())) else []


def _signals(clauses: Iterable[Clause], around: Mapping[str, frozenset[str]]) -> dict[str, Hit]:
    """What clauses say, each label once, at its first place."""
    found: dict[str, Hit] = {}
    table = _frames()
    for clause in clauses:
        for name in clause.mentions:
            for label, frame in table.get(name, ()):
                if label not in found and (hit := met(frame, clause, around)):
                    found[label] = hit
    return found


@cache
def _words() -> WordClasses:
    raw, undoing = package_yaml("lexicons/notice_classes.yaml"), package_yaml("lexicons/undoing_classes.yaml")
    return WordClasses(
        {name: _listed(words) for name, words in (raw["classes"] | undoing["classes"]).items()},
        hides={name: _listed(words) for name, words in raw["hides"].items()},
        openers=_listed(raw["openers"]),
        joints=_listed(raw["joints"]),
        subjects=_listed(raw["subjects"]),
    )


def _listed(words: str) -> list[str]:
    return [w.strip() for w in words.split(",") if w.strip()]


@cache
def _frames() -> dict[str, tuple[tuple[str, Frame], ...]]:
    """For each class, the frames that are on it, with what they stand for."""
    raw = lexicon()
    others = tuple(raw["not_before"].split("|"))
    table: dict[str, list[tuple[str, Frame]]] = {}
    entries = (e for part in ("elements", "claims", "undermining") for e in raw[part].items())
    for label, entry in entries:
        for suffix, frames in (("", entry["told"]), ("-", entry.get("undone", ()))):
            for frame in (frame_of(f, not_before=others) for f in frames):
                for name in frame.says:
                    table.setdefault(name, []).append((label + suffix, frame))
    return {name: tuple(frames) for name, frames in table.items()}
