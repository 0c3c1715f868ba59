"""Patterns from a lexicon, compiled once: how scorers look for a meaning, its polarity and its place in a sentence."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.patterns import negated, quoted_spans
from harness.text.phrases import fold

_NAME = re.compile(r"<([a-z_]+)>")


@cache
def lexicon(name: str) -> dict[str, Any]:
    """The lexicon ``lexicons/<name>.yaml`` with every ``<word>`` in its strings replaced by that entry of ``words``."""
    raw = package_yaml(f"lexicons/{name}.yaml")
    words: dict[str, str] = raw.get("words", {})

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            while _NAME.search(value) and any(n in words for n in _NAME.findall(value)):
                value = _NAME.sub(lambda m: words.get(m[1], m[0]), value)
            return value
        if isinstance(value, list):
            return [filled(v) for v in value]
        return {k: filled(v) for k, v in value.items()} if isinstance(value, dict) else value

    return {key: filled(value) for key, value in raw.items()}


@cache
def pattern(source: str) -> re.Pattern[str]:
    """A pattern for folded text (lower case, no accents, straight quotes), compiled once."""
    return re.compile(source)


def found(source: str | list[str], text: str) -> tuple[int, int] | None:
    """Where one of some patterns is met first in ``text``, or None. Offsets fit ``text`` as given."""
    folded = fold(text)
    hits = [m.span() for s in ([source] if isinstance(source, str) else source) if (m := pattern(s).search(folded))]
    return min(hits, default=None)


def asserted(source: str | list[str], text: str) -> tuple[int, int] | None:
    """As ``found``, but for words that the text says itself: neither negated nor quoted."""
    folded, quotes = fold(text), quoted_spans(text)
    for one in [source] if isinstance(source, str) else source:
        for match in pattern(one).finditer(folded):
            inside = any(a <= match.start() and match.end() <= b for a, b in quotes)
            if not inside and not negated(text, match.start()):
                return match.span()
    return None
