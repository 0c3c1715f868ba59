"""Word lists as patterns: phrases from the lexicons, matched on text without case, accents or curly quotes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

_QUOTES = str.maketrans(
    {"‘": "'", "’": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"', "‑": "-", "\u00a0": " "}
)


def fold(text: str) -> str:
    """Lower case, no accents, straight quotes: for matching only. Every character keeps its offset."""
    return "".join(_fold_char(c) for c in text) if not text.isascii() else text.lower()


@cache
def _fold_char(char: str) -> str:
    """One character for one character."""
    char = char.translate(_QUOTES)
    base = unicodedata.normalize("NFD", char)[:1].lower()
    return base if len(base) == 1 else char


def phrase_pattern(phrases: Iterable[str]) -> str:
    """Regular-expression source that matches any of ``phrases`` as whole words of a folded text.

    A ``*`` at the end of a word stands for any ending; a blank for any run of up to four blanks or line ends.
    Longer phrases win over shorter ones.
    """
    ordered = sorted({fold(str(p)).strip() for p in phrases}, key=len, reverse=True)
    return r"(?<![\w-])(?:" + "|".join(_source(p) for p in ordered) + r")(?![\w])"


def _source(phrase: str) -> str:
    """One phrase as regular-expression source."""
    return r"\s{1,4}".join(
        re.escape(w[:-1]) + r"[\w'-]{0,20}" if w.endswith("*") else re.escape(w) for w in phrase.split()
    )


@cache
def compiled(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """``phrase_pattern`` compiled once for each tuple of phrases."""
    return re.compile(phrase_pattern(phrases))
