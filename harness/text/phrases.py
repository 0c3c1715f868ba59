"""Word lists as patterns: phrases from the lexicons, matched on folded text or on text as it is."""

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
    return text.lower() if text.isascii() else text.translate(_folding())


class _Folding(dict[int, str]):
    """One character for one character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code).translate(_QUOTES)
        base = unicodedata.normalize("NFD", char)[:1].lower()
        self[code] = base if len(base) == 1 else char
        return self[code]


@cache
def _folding() -> _Folding:
    return _Folding()


def phrase_pattern(phrases: Iterable[str]) -> str:
    """Regular-expression source that matches any of ``phrases`` as whole words of a folded text.

    A ``*`` at the end of a word stands for any ending; a blank for any run of up to four blanks or line ends.
    Longer phrases win over shorter ones.
    """
    return _any_of((fold(str(p)).strip() for p in phrases), gap=r"\s{1,4}", ending=r"[\w'-]{0,20}")


def wordings(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern that matches any of ``phrases`` as whole words of a text as it is, in any case.

    Like ``phrase_pattern``, but accents count, and a blank also stands for a hyphen or dash.
    """
    source = _any_of(phrases, gap=r"[\s\-‐-―]{1,3}", ending=r"\w{0,12}")
    return re.compile(source.replace("'", "['’]"), re.IGNORECASE)


def _any_of(phrases: Iterable[str], *, gap: str, ending: str) -> str:
    """Source that matches any phrase as whole words, the longest first."""
    ordered = sorted(dict.fromkeys(phrases), key=len, reverse=True)
    sources = "|".join(phrase_source(p, gap=gap, ending=ending) for p in ordered)
    return rf"(?<![\w-])(?:{sources})(?![\w])"


def phrase_source(phrase: str, *, gap: str, ending: str) -> str:
    """One phrase as regular-expression source: ``gap`` between its words, ``ending`` for a ``*`` at a word's end."""
    return gap.join(re.escape(w[:-1]) + ending if w.endswith("*") else re.escape(w) for w in phrase.split())


@cache
def compiled(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """``phrase_pattern`` compiled once for each tuple of phrases."""
    return re.compile(phrase_pattern(phrases))
