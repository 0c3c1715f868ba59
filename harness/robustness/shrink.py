"""Making a counter-example small: delta debugging (Zeller & Hildebrandt 2002) over the words of a question."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence


def smallest(parts: Sequence[int], fails: Callable[[Sequence[int]], bool], *, most: int = 40) -> list[int]:
    """A small part of ``parts`` for which ``fails`` still holds: ddmin, ended after ``most`` trials.

    It is 1-minimal (no single part can be left out) unless the trials ran out. ``fails(parts)`` has to hold.
    """
    kept, pieces, tried = list(parts), 2, 0
    while len(kept) > 1 and tried < most:
        size = -(-len(kept) // pieces)
        chunks = [kept[i : i + size] for i in range(0, len(kept), size)]
        rests = [[p for p in kept if p not in chunk] for chunk in chunks]
        smaller = None
        for candidate in [*chunks, *rests] if pieces > 2 else chunks:
            tried += 1
            if candidate and len(candidate) < len(kept) and fails(candidate):
                smaller = candidate
                break
            if tried >= most:
                return kept
        if smaller is not None:
            pieces = 2 if smaller in chunks else max(pieces - 1, 2)
            kept = smaller
        elif pieces >= len(kept):
            return kept
        else:
            pieces = min(len(kept), 2 * pieces)
    return kept


def fewest_changes(original: str, changed: str, fails: Callable[[str], bool], *, most: int = 40) -> str:
    """``original`` with as few of the changed words of ``changed`` as still make ``fails`` hold."""
    before, after = original.split(), changed.split()
    steps = _steps(before, after)

    def with_steps(chosen: Sequence[int]) -> str:
        told, at = [], 0
        for spot in sorted(chosen):
            i1, i2, j1, j2 = steps[spot]
            told += [*before[at:i1], *after[j1:j2]]
            at = i2
        return " ".join([*told, *before[at:]])

    kept = smallest(range(len(steps)), lambda chosen: fails(with_steps(chosen)), most=most)
    return with_steps(kept)


def _steps(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The changes word by word: ``before[i1:i2]`` becomes ``after[j1:j2]``, at most one word on either side."""
    steps = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            for n in range(max(i2 - i1, j2 - j1)):
                left, right = min(i1 + n, i2), min(j1 + n, j2)
                steps.append((left, min(left + 1, i2), right, min(right + 1, j2)))
    return steps


def fewest_words(original: str, changed: str, fails: Callable[[str, str], bool], *, most: int = 40) -> tuple[str, str]:
    """Both questions without as many of the words that they share as can be left out while ``fails`` still holds."""
    before, after = original.split(), changed.split()
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    shared = [
        (i, j)
        for tag, i1, i2, j1, _ in steps
        if tag == "equal"
        for i, j in zip(range(i1, i2), range(j1, len(after)), strict=False)
    ]

    def without(kept: Sequence[int]) -> tuple[str, str]:
        gone = [pair for n, pair in enumerate(shared) if n not in set(kept)]
        left, right = {i for i, _ in gone}, {j for _, j in gone}
        return (
            " ".join(w for n, w in enumerate(before) if n not in left),
            " ".join(w for n, w in enumerate(after) if n not in right),
        )

    def both(kept: Sequence[int]) -> bool:
        one, other = without(kept)
        return bool(one and other) and one != other and fails(one, other)

    return without(smallest(range(len(shared)), both, most=most)) if shared else (original, changed)
