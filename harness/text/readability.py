"""How hard the answer itself reads: words and sentences counted under one fixed contract, and five published formulas.

The contract is part of every metric's meaning and named beside it (``CONTRACT``): whoever changes it raises its number
and the scorer's version. Formulas are not rounded here; reports show one decimal. Only body sentences count, without
headings, citation markers and addresses. A dash between words ends a sentence. A list item without a full stop is a
sentence of its own, the first one together with the stem that ends in a colon; so is a table row. Words joined by a
hyphen are one word; a number is a word of one syllable. Syllables come from the CMU Pronouncing Dictionary (the first
pronunciation), and from spelling rules for words that it lacks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from harness.text.syllables import syllables
from harness.text.terms import find_terms, pieces
from harness.types import Sentence

_DROPPED = re.compile(
    r"\[\^?\d[\d,;\s–-]{0,30}\]|[⁰¹²³⁴-⁹]{1,10}|https?://[^\s<>]{1,2000}|\bwww\.[^\s<>]{1,2000}|\bPMID:?\s?\d+|\bNCT\d{8}"
)
_SITE = re.compile(r"\b[\w-]{1,60}(?:\.[\w-]{1,60}){0,3}\.(?:com|org|net|gov|edu)\b(?:/\S{0,300})?", re.IGNORECASE)
_DASH = re.compile(r"—|\s–\s|\s--\s")
CONTRACT = "contract 2"  # since 2: no formula of any kind below ten sentences
_POLYSYLLABLE = 3
_HYPHENS = ("-", "‐", "‑")


@dataclass(frozen=True, slots=True)
class Word:
    """A word in lower case, its syllables as written, and with terms that a patient has to meet masked to one."""

    text: str
    syllables: int
    masked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence as readability counts it; ``start:end`` are offsets into ``Document.plain``."""

    words: tuple[Word, ...]
    start: int
    end: int
    fragment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the formulas need.

    Args:
        polysyllables: words of three syllables or more.
        letters, characters: letters of the words; letters and digits.
    """

    sentences: int
    words: int
    syllables: int
    polysyllables: int
    letters: int = 0
    characters: int = 0


def smog(counts: Counts) -> float:
    """SMOG grade: ``1.0430 * sqrt(polysyllables * 30 / sentences) + 3.1291``.

    McLaughlin 1969, "SMOG grading: a new readability formula", Journal of Reading 12:639-646. The factor
    30 / sentences is his correction for texts with other than 30 sentences.

    Raises:
        ValueError: if there is no sentence.
    """
    if counts.sentences < 1:
        raise ValueError("no sentence to grade")
    return 1.0430 * math.sqrt(counts.polysyllables * 30 / counts.sentences) + 3.1291


def flesch_kincaid_grade(counts: Counts) -> float:
    """Flesch-Kincaid grade: ``0.39 * words/sentence + 11.8 * syllables/word - 15.59``.

    Kincaid, Fishburne, Rogers and Chissom 1975, Naval Technical Training Command, Research Branch Report 8-75.

    Raises:
        ValueError: if there is no word.
    """
    per_sentence, per_word = _ratios(counts)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59


def flesch_reading_ease(counts: Counts) -> float:
    """Flesch reading ease, higher is easier: ``206.835 - 1.015 * words/sentence - 84.6 * syllables/word``.

    Flesch 1948, "A new readability yardstick", Journal of Applied Psychology 32:221-233.

    Raises:
        ValueError: if there is no word.
    """
    per_sentence, per_word = _ratios(counts)
    return 206.835 - 1.015 * per_sentence - 84.6 * per_word


def coleman_liau(counts: Counts) -> float:
    """Coleman-Liau grade: ``0.0588 L - 0.296 S - 15.8`` with letters and sentences per 100 words; no syllables needed.

    Coleman and Liau 1975, "A computer readability formula designed for machine scoring", Journal of Applied
    Psychology 60:283-284.

    Raises:
        ValueError: if there is no word.
    """
    per_sentence, _ = _ratios(counts)
    return 0.0588 * 100 * counts.letters / counts.words - 0.296 * 100 / per_sentence - 15.8


def automated_index(counts: Counts) -> float:
    """Automated readability index: ``4.71 * characters/word + 0.5 * words/sentence - 21.43``; no syllables needed.

    Smith and Senter 1967, "Automated readability index", AMRL-TR-66-220.

    Raises:
        ValueError: if there is no word.
    """
    per_sentence, _ = _ratios(counts)
    return 4.71 * counts.characters / counts.words + 0.5 * per_sentence - 21.43


def _ratios(counts: Counts) -> tuple[float, float]:
    if counts.sentences < 1 or counts.words < 1:
        raise ValueError("no word to grade")
    return counts.words / counts.sentences, counts.syllables / counts.words


def count(lines: Sequence[Line], *, masked: bool = False) -> Counts:
    """Add up the lines; ``masked`` counts allow-listed terms as one syllable."""
    words = [word for line in lines for word in line.words]
    sizes = [word.masked if masked else word.syllables for word in words]
    everything = "".join(word.text for word in words)
    digits = sum(map(str.isdigit, everything))
    characters = sum(map(str.isalnum, everything))
    return Counts(
        sentences=len(lines),
        words=len(sizes),
        syllables=sum(sizes),
        polysyllables=sum(size >= _POLYSYLLABLE for size in sizes),
        letters=characters - digits,
        characters=characters,
    )


def lines(sentences: Iterable[Sentence]) -> list[Line]:
    """Body sentences as readability counts them, in order, each with at least one word."""
    counted: list[Line] = []
    stem: Line | None = None
    for kind, block in _units(sentences):
        for line in _split_dashes(block, kind == "bullet"):
            joined = kind == "bullet" and line.fragment and stem is not None
            if joined and stem is not None:
                counted[-1] = replace(line, words=stem.words + line.words, start=stem.start)
            else:
                counted.append(line)
            stem = line if kind != "bullet" and block.text.rstrip().endswith(":") else None
    return counted


def _units(sentences: Iterable[Sentence]) -> Iterator[tuple[str, Sentence]]:
    """Sentences as they are; the cells of a table row as one."""
    for (_, is_row), group in groupby(sentences, key=lambda s: (s.block, s.kind == "cell")):
        members = list(group)
        if is_row:
            text = " ".join(s.text for s in members)
            yield "cell", replace(members[0], text=text, end=members[-1].end)
        else:
            yield from ((s.kind, s) for s in members)


def _split_dashes(sentence: Sentence, bullet: bool) -> Iterator[Line]:
    text = _blank(sentence.text)
    edges = [0, *(position for m in _DASH.finditer(text) for position in m.span()), len(text)]
    fragment = bullet and not text.rstrip().endswith((".", "!", "?"))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        words = tuple(_words(text[start:end]))
        if words:
            whole = len(edges) == 2
            first = sentence.start if whole else sentence.start + start
            last = sentence.end if whole else sentence.start + end
            yield Line(words=words, start=first, end=last, fragment=fragment)


def _blank(text: str) -> str:
    """The text with markers and addresses blanked out, offsets kept."""
    text = _DROPPED.sub(lambda m: " " * len(m.group()), text)
    return _SITE.sub(lambda m: "x" * len(m.group()), text)


def _words(text: str) -> Iterator[Word]:
    """Words of a text, each with its syllables as written and masked."""
    masked = {
        position for use in find_terms(text) if use.term.kind != "jargon" for position in range(use.start, use.end)
    }
    parts: list[Word] = []
    last = 0
    for piece in pieces(text):
        if parts and text[last : piece.start()] not in _HYPHENS:
            yield _join(parts)
            parts = []
        size = syllables(piece.group())
        parts.append(Word(piece.group().lower(), size, 1 if piece.start() in masked else size))
        last = piece.end()
    if parts:
        yield _join(parts)


def _join(parts: Sequence[Word]) -> Word:
    """Words joined by hyphens, as one."""
    if len(parts) == 1:
        return parts[0]
    text = "-".join(part.text for part in parts)
    return Word(text, sum(part.syllables for part in parts), sum(part.masked for part in parts))
