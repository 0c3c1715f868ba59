"""Words of a text with their places, and light stems."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from harness.resources import package_yaml

_WORD = re.compile(r"[^\W_]+(?:['’.\-/+][^\W_]+){0,6}\+?")
_ENDINGS = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ness",
    "ings",
    "ing",
    "edly",
    "ed",
    "ly",
    "ions",
    "ion",
    "es",
    "s",
    "e",
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word: its lower-case ``text`` with straight apostrophes, its ``stem``, and its offsets."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def is_content(self) -> bool:
        """Whether it says something about the subject, unlike "the" or "of"."""
        return self.text not in stopwords()


def words(text: str) -> list[Word]:
    """The words of a text in order; hyphenated words are told in their parts, decimals and genes stay whole."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        start = match.start()
        whole = match.group()
        for part in re.split(r"([-/])", whole) if "-" in whole or "/" in whole else (whole,):
            if part not in ("-", "/", ""):
                lower = part.lower().replace("’", "'")
                found.append(Word(lower, stem(lower), start, start + len(part)))
            start += len(part)
    return found


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its common English endings: "reduces", "reduced" and "reducing" are all "reduc"."""
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("ss"):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


@cache
def stopwords() -> frozenset[str]:
    """Words that carry no evidence, English and Spanish."""
    return frozenset(word for line in package_yaml("lexicons/stopwords.yaml") for word in line)


def content_stems(text: str) -> list[str]:
    """Stems of the words that say something, in order."""
    return [word.stem for word in words(text) if word.is_content]
