"""Which of many patterns can match a text at all, told by a few letters that each of them needs."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

_LEAST, _MOST = 3, 400  # letters of a literal that is looked for; alternatives that are kept apart
_SIZES = (5, 3)  # letters of a literal that are indexed, as many as it has
_LAYERS = 3  # parts of a pattern that are looked for
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
    return sorted(_needed(_PARSER.parse(source)), key=lambda c: (_commonness(c), sorted(c)))


def _commonness(literals: frozenset[str]) -> float:
    """A rough guess of how often one of the literals stands in a sentence."""
    return sum(0.35 ** min(len(literal), _SIZES[0]) for literal in literals)


def _telling(literal: str) -> str:
    """The letters of a literal that are least likely elsewhere: fewest blanks, the last such."""
    size = next(size for size in _SIZES if len(literal) >= size)
    grams = [literal[i : i + size] for i in range(len(literal) - size + 1)]
    return max(grams, key=lambda g: (sum(c.isalnum() for c in g), grams.index(g)))


def _needed(items: Iterable[Any]) -> list[frozenset[str]]:
    """Sets of alternatives that the parts of a sequence need."""
    found: list[frozenset[str]] = []
    current = frozenset({""})
    for item in items:
        told = _language(item)
        if told is not None and len(current) * len(told) <= _MOST:
            current = frozenset(a + b for a, b in product(current, told))
            continue
        found += [current, *([told] if told is not None else _inside(item))]
        current = frozenset({""})
    return [c for c in (*found, current) if c and min(map(len, c)) >= _LEAST]


def _inside(item: Any) -> list[frozenset[str]]:
    """What a part needs whose matches can't be listed."""
    kind, value = str(item[0]), item[1]
    if kind == "SUBPATTERN":
        return _needed(value[-1])
    if kind in ("MAX_REPEAT", "MIN_REPEAT") and value[0] > 0:
        return _needed(value[2])
    if kind == "BRANCH":
        parts = [min(_needed(part), key=_commonness, default=frozenset()) for part in value[1]]
        return [frozenset().union(*parts)] if all(parts) else []
    return []


def _language(item: Any) -> frozenset[str] | None:
    """All texts that a part can match, where they are few; None otherwise."""
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return frozenset({chr(value)})
    if kind in ("AT", "ASSERT", "ASSERT_NOT"):
        return frozenset({""})
    if kind == "IN" and all(str(k) == "LITERAL" for k, _ in value):
        return frozenset(chr(v) for _, v in value)
    if kind == "SUBPATTERN":
        return _sequence(value[-1])
    if kind in ("MAX_REPEAT", "MIN_REPEAT") and (value[0], value[1]) == (0, 1):
        told = _sequence(value[2])
        return None if told is None else told | {""}
    if kind == "BRANCH":
        parts = [_sequence(part) for part in value[1]]
        if any(part is None for part in parts):
            return None
        united = frozenset(text for part in parts if part is not None for text in part)
        return united if len(united) <= _MOST else None
    return None


def _sequence(items: Iterable[Any]) -> frozenset[str] | None:
    found = frozenset({""})
    for item in items:
        told = _language(item)
        if told is None or len(found) * len(told) > _MOST:
            return None
        found = frozenset(a + b for a, b in product(found, told))
    return found
