"""Two texts side by side, word by word: what only one of them says is marked on its side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")
_MOST = 4_000_000  # pairs of lines, or of words within them, that are matched; beyond, all of them count as changed


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that both sides say, or only this one."""

    text: str
    changed: bool


Lines = tuple[tuple[Piece, ...], ...]
Token = tuple[str, bool]
Block = tuple[bool, Sequence[str], Sequence[str]]


def word_diff(before: str, after: str) -> tuple[Lines, Lines]:
    """Both texts as lines of pieces; joined, the pieces of a side are its text.

    Lines are matched first, and words within the lines that differ, so that the time it takes stays bounded.
    """
    sides: tuple[list[Token], list[Token]] = ([], [])
    for same, *parts in _blocks(before.split("\n"), after.split("\n")):
        texts = ["".join(f"{line}\n" for line in part) for part in parts]
        found = [[(text, False)] for text in texts] if same else _words(*texts)
        for side, tokens in zip(sides, found, strict=True):
            side += tokens
    return _lines(sides[0]), _lines(sides[1])


def _blocks(left: Sequence[str], right: Sequence[str]) -> Iterator[Block]:
    """In order: whether a part is the same on both sides, and either side's part."""
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    found = matcher.get_matching_blocks() if len(left) * len(right) <= _MOST else []
    done = (0, 0)
    for a, b, size in [*found, (len(left), len(right), 0)]:
        if a > done[0] or b > done[1]:
            yield False, left[done[0] : a], right[done[1] : b]
        if size:
            yield True, left[a : a + size], right[b : b + size]
        done = (a + size, b + size)


def _words(before: str, after: str) -> list[list[Token]]:
    """The tokens of two texts, each with whether only its side has it; a space between such words is no match."""
    sides: list[list[Token]] = [[], []]
    for same, *parts in _blocks(_TOKEN.findall(before), _TOKEN.findall(after)):
        blank = same and not "".join(parts[0]).strip(" ") and all(side and side[-1][1] for side in sides)
        for side, tokens in zip(sides, parts, strict=True):
            side += [(token, not same or blank) for token in tokens]
    return sides


def _lines(tokens: Iterable[Token]) -> Lines:
    """Lines without their ends; the last end of a text opens none."""
    lines: list[list[Piece]] = [[]]
    for text, changed in tokens:
        for index, part in enumerate(text.split("\n")):
            if index:
                lines.append([])
            if part:
                _add(lines[-1], part, changed=changed)
    return tuple(tuple(line) for line in lines[:-1])


def _add(line: list[Piece], text: str, *, changed: bool) -> None:
    if line and line[-1].changed == changed:
        line[-1] = Piece(line[-1].text + text, changed)
    else:
        line.append(Piece(text, changed))
