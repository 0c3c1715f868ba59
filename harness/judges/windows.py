"""The part of a passage that an encoder reads beside a claim: the sentences that hold most of it, in their order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from harness.judges.overlap import PRONOUNS, Text, Weights

LONGEST_UNIT = 40  # words of a sentence beyond which it is cut, at line ends where it has any
_LIST_LINE = 10  # words a line on average, up to which the lines of a "sentence" are items of their own
WINDOW_WORDS = 75  # about 100 word pieces: with the claim, 128
_LEAST_GAIN = 0.02  # share of the claim's weight that another sentence has to add
_LINE = re.compile(r"[^\n]+")
_CHUNK = re.compile(rf"\S+(?:\s+\S+){{0,{LONGEST_UNIT - 1}}}")


@dataclass(frozen=True, slots=True)
class Window:
    """What is read of a passage, and the offsets of the sentence in it that holds most of the claim."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Units:
    """A passage cut into the pieces that windows are made of: sentences, long ones by line or by word count."""

    passage: Text

    @cached_property
    def units(self) -> tuple[tuple[int, int, Text], ...]:
        """Pieces with their offsets, in order."""
        spans = [
            piece
            for start, end, sentence in self.passage.sentences
            for piece in _pieces(self.passage.text, start, end, len(sentence.words))
        ]
        return tuple((start, end, Text(self.passage.text[start:end])) for start, end in spans)

    def window(self, claim: Text, idf: Mapping[str, float], budget: int = WINDOW_WORDS) -> Window:
        """The pieces to read for a claim, at most about ``budget`` words.

        First the piece that covers most of the claim's weighted stems, then those that add most to it; what room is
        left goes to the neighbours of the first, so that pronouns keep their antecedents.
        """
        units = self.units
        if not units:
            return Window(self.passage.text, 0, len(self.passage.text))
        weights = Weights(claim, idf)
        order = _by_coverage(units, weights)
        chosen, room = {order[0]}, budget - len(units[order[0]][2].words)
        for index in [*_with_antecedents(order, units), *_around(order[0], len(units))]:
            size = len(units[index][2].words)
            if index not in chosen and size <= room:
                chosen.add(index)
                room -= size
        start, end, _ = units[order[0]]
        text = " ".join(units[i][2].text for i in sorted(chosen))
        return Window(text, start, end)


def _pieces(text: str, start: int, end: int, n_words: int) -> list[tuple[int, int]]:
    """A sentence, or where it is long or a list its lines, or where those are long its runs of words."""
    lines = text.count("\n", start, end) + 1
    if n_words <= LONGEST_UNIT and (lines == 1 or n_words / lines > _LIST_LINE):
        return [(start, end)]
    pieces: list[tuple[int, int]] = []
    for line in _LINE.finditer(text, start, end):
        pieces += [(m.start(), m.end()) for m in _CHUNK.finditer(text, line.start(), line.end())]
    return pieces


def _by_coverage(units: tuple[tuple[int, int, Text], ...], weights: Weights) -> list[int]:
    """Indices of the pieces that cover the claim: the best one, then each that adds most to what is covered."""
    recalls = [weights.recall(text.stems) for _, _, text in units]
    best = max(range(len(units)), key=lambda i: (recalls[i], -i))
    order, covered = [best], units[best][2].stems
    likely = sorted((i for i in range(len(units)) if recalls[i] > 0 and i != best), key=lambda i: (-recalls[i], i))[:40]
    while likely:
        reached = weights.recall(covered)
        gains = {i: weights.recall(covered | units[i][2].stems) - reached for i in likely}
        top = max(likely, key=lambda i: (gains[i], recalls[i], -i))
        if gains[top] < _LEAST_GAIN:
            break
        order.append(top)
        covered = covered | units[top][2].stems
        likely.remove(top)
    return [*order, *likely[:3]]


def _with_antecedents(order: list[int], units: tuple[tuple[int, int, Text], ...]) -> list[int]:
    """Each piece, and before it the one that its first word points back to."""
    wanted: list[int] = []
    for index in order:
        first = units[index][2].words[:1]
        if index and first and first[0].text in PRONOUNS:
            wanted.append(index - 1)
        wanted.append(index)
    return wanted


def _around(index: int, count: int) -> list[int]:
    """Neighbours of a piece, nearest first."""
    near = [index + 1, index - 1, index + 2, index - 2, index + 3, index - 3, index + 4]
    return [i for i in near if 0 <= i < count]
