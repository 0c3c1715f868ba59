"""Which of many patterns can match a text at all, told by a few letters that each of them needs."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

_LEAST, _MOST = 3, 400  # letters of a literal that is looked for; alternatives that are kept apart
_SIZES = (5, 3)  # letters of a literal that are indexed, as many as it has
_LAYERS = 3  # parts of a pattern that are looked for
_NOTHING = frozenset({""})
_PARSER: Any = importlib.import_module("re._parser")


class Prefilter:
    """Patterns indexed by the literals that any match of them holds.

    A hundred patterns searched one by one cost far more than one walk over a sentence's letters; a pattern that needs
    something that is not there can't match and is left out. Patterns of which nothing is known are always tried.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        self._count = len(sources)
        self._always = 0
        self._index: dict[str, int] = {}
        for i, source in enumerate(sources):
            parts = required(source)[:_LAYERS]
            for layer in range(_LAYERS):
                bit = 1 << (layer * self._count + i)
                if layer >= len(parts):
                    self._always |= bit
                for literal in parts[layer] if layer < len(parts) else ():
                    gram = _telling(literal)
                    self._index[gram] = self._index.get(gram, 0) | bit

    def candidates(self, text: str) -> list[int]:
        """Numbers of the patterns that may match ``text``, in order."""
        found, look_up = self._always, self._index.get
        for size in _SIZES:
            for i in range(len(text) - size + 1):
                found |= look_up(text[i : i + size], 0)
        for layer in range(1, _LAYERS):
            found &= found >> layer * self._count | -1 << self._count
        return [i for i in range(self._count) if found >> i & 1]


def required(source: str) -> list[frozenset[str]]:
    """What every match of a pattern holds: of each set at least one literal. The set that tells most comes first.

    Args:
        source: a regular expression without flags. Literals have three letters or more.
    """
    return sorted(_read(_PARSER.parse(source))[1], key=lambda c: (_commonness(c), sorted(c)))


def _commonness(literals: frozenset[str]) -> float:
    """A rough guess of how often one of the literals stands in a sentence."""
    return sum(0.35 ** min(len(literal), _SIZES[0]) for literal in literals)


def _telling(literal: str) -> str:
    """The letters of a literal that are least likely elsewhere: fewest blanks, the last such."""
    size = next(size for size in _SIZES if len(literal) >= size)
    grams = [literal[i : i + size] for i in range(len(literal) - size, -1, -1)]
    return next((g for g in grams if g.isalnum()), "") or max(grams, key=lambda g: sum(c.isalnum() for c in g))


def _read(items: Iterable[Any]) -> tuple[frozenset[str] | None, list[frozenset[str]]]:
    """All texts that a sequence can match, None where they are many; and the sets of alternatives that it needs."""
    found: list[frozenset[str]] = []
    current, whole = _NOTHING, True
    for item in items:
        told, needed = _read_part(item)
        if told is not None and len(current) * len(told) <= _MOST:
            current = frozenset(a + b for a, b in product(current, told))
            continue
        found += [current, *(needed if told is None else [told])]
        current, whole = _NOTHING, False
    needs = [c for c in (*found, current) if c and min(map(len, c)) >= _LEAST]
    return (current if whole else None), needs


def _read_part(item: Any) -> tuple[frozenset[str] | None, list[frozenset[str]]]:
    """The same of one part of a sequence."""
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return frozenset({chr(value)}), []
    if kind in ("AT", "ASSERT", "ASSERT_NOT"):
        return _NOTHING, []
    if kind == "IN" and all(str(k) == "LITERAL" for k, _ in value):
        return frozenset(chr(v) for _, v in value), []
    if kind == "SUBPATTERN":
        return _read(value[-1])
    if kind in ("MAX_REPEAT", "MIN_REPEAT"):
        told, needs = _read(value[2])
        if (value[0], value[1]) == (0, 1):
            return (None if told is None else told | _NOTHING), []
        return None, needs if value[0] else []
    if kind == "BRANCH":
        return _read_branches([_read(part) for part in value[1]])
    return None, []


def _read_branches(
    parts: list[tuple[frozenset[str] | None, list[frozenset[str]]]],
) -> tuple[frozenset[str] | None, list[frozenset[str]]]:
    """The same of alternatives: the best need of each, together, where their texts are too many."""
    texts = [told for told, _ in parts if told is not None]
    united = frozenset().union(*texts)
    if len(texts) == len(parts) and len(united) <= _MOST:
        return united, []
    best = [min(needs, key=_commonness, default=frozenset()) for _, needs in parts]
    return None, [frozenset().union(*best)] if all(best) else []
