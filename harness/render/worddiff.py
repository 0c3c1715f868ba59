"""Two texts side by side, word by word: what only one of them says is marked on its side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")
_MOST = 4_000_000  # pairs of tokens up to which words are matched; beyond, whole lines are


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that both sides say, or only this one."""

    text: str
    changed: bool


Lines = tuple[tuple[Piece, ...], ...]


def word_diff(before: str, after: str) -> tuple[Lines, Lines]:
    """Both texts as lines of pieces; joined, the pieces of a side are its text.

    Long texts are matched by lines instead, so that the time it takes stays bounded.
    """
    sides = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(sides[0]) * len(sides[1]) > _MOST:
        sides = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = _common(*sides)
    end = _common(*(side[start:][::-1] for side in sides))
    left, right = (side[start : len(side) - end] for side in sides)
    few = len(left) * len(right) <= _MOST
    matched = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks() if few else []
    return (
        _lines(sides[0], start, end, [(m.a, m.size) for m in matched]),
        _lines(sides[1], start, end, [(m.b, m.size) for m in matched]),
    )


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    """How many tokens both begin with."""
    return next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )


def _lines(tokens: Sequence[str], start: int, end: int, matched: Iterable[tuple[int, int]]) -> Lines:
    same = [*[True] * start, *[False] * (len(tokens) - start - end), *[True] * end]
    for at, size in matched:
        same[start + at : start + at + size] = [True] * size
    for i in range(1, len(tokens) - 1):  # a space between words that differ is no common ground
        if tokens[i].isspace() and "\n" not in tokens[i] and not (same[i - 1] or same[i + 1]):
            same[i] = False
    lines: list[list[Piece]] = [[]]
    for token, is_same in zip(tokens, same, strict=True):
        for index, part in enumerate(token.split("\n")):
            if index:
                lines.append([])
            if part:
                _add(lines[-1], part, changed=not is_same)
    return tuple(tuple(line) for line in lines)


def _add(line: list[Piece], text: str, *, changed: bool) -> None:
    if line and line[-1].changed == changed:
        line[-1] = Piece(line[-1].text + text, changed)
    else:
        line.append(Piece(text, changed))
