"""Where sentences begin and end, as offsets: one scan, no backtracking."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, cast

from harness.resources import package_yaml

_MARKS = r"(?:\s?\[\^?\d[\d,;\s–-]{0,20}\]|[⁰¹²³⁴-⁹]{1,6})"
_STOP = re.compile(
    rf"[.!?…]+[\"'”’»)\]*]{{0,4}}(?:{_MARKS}){{0,5}}(?:(?<=[\]⁰¹²³⁴-⁹])[.!?])?(?=\s|$|(?<=[a-záéíóúñ)\]][.!?])[A-ZÁÉÍÓÚÑ¿¡][a-záéíóúñ])"
)
_BREAK = re.compile(r"\s*\n(?:\s*\n\s*|(?=[ \t]*(?:[-*+•◦▪●–]|\d{1,2}[.)])[ \t]))")
_SOURCE_AFTER = re.compile(r"\((?=[^()\n]*\b(?:19|20)\d\d\b)[^()\n]{4,100}\)[.;]?")  # '... help." (WHO, 2024).'
_WORD_BEFORE = re.compile(r"[^\s(\[\"“”‘«¿¡]{1,40}$")
_NUMBERED = re.compile(r"(?:^|[\s:;.(])\d{1,2}$")


@cache
def _lexicon() -> dict[str, frozenset[str]]:
    raw = cast(dict[str, list[Any]], package_yaml("lexicons/abbreviations.yaml"))
    return {name: frozenset(str(word) for word in words) for name, words in raw.items()}


def split(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of ``text``, trimmed, in order, holding every non-blank character.

    Decimals, abbreviations, initials, web names, numbered markers and citation markers after the full stop
    (``... help.[1] Next``) don't end a sentence; a blank line or the start of a list item does. A dated source in
    brackets belongs to the sentence before it.
    """
    ends = sorted(
        {m.end() for m in _STOP.finditer(text) if _is_end(text, m)} | {m.end() for m in _BREAK.finditer(text)}
    )
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*ends, len(text)]:
        first, last = trim(text, start, end)
        if first < last and spans and "\n\n" not in text[start:first] and _SOURCE_AFTER.fullmatch(text, first, last):
            spans[-1] = (spans[-1][0], last)
        elif first < last:
            spans.append((first, last))
        start = end
    return spans


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The offsets without white space at either side; an empty pair where there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_end(text: str, stop: re.Match[str]) -> bool:
    """Whether punctuation ends its sentence, judged from the word before it and the letter after it."""
    mark = stop.group()
    after = _next_letter(text, stop.end())
    if stop.end() < len(text) and not text[stop.end()].isspace() and _next_word(text, stop.end()) in _lexicon()["web"]:
        return False
    if mark[0] in "!?":
        return not (len(mark) > 1 and mark[-1] in "\"'”’»)" and after.islower())
    if mark.startswith(("..", "…")):
        return not after.islower()
    before = text[max(0, stop.start() - 60) : stop.start()]
    if before.lower().endswith(("u.s", "u.k")) and _next_word(text, stop.end() + 1) in _lexicon()["after_country"]:
        return False
    return _full_stop_ends(before, after)


def _full_stop_ends(before: str, after: str) -> bool:
    found = _WORD_BEFORE.search(before)
    if found is None:
        return bool(before.strip())
    word = found.group()
    head = before[: found.start()]
    if word.isdigit() and len(word) < 3 and _NUMBERED.search(before) and _opens(head):
        return False
    if len(word) == 1 and word.isalpha():
        return not _is_initial(word, head, after)
    plain = word.lower()
    if plain in _lexicon()["never"]:
        return plain == "no" and not after.isdigit()
    if plain == "al" and after.isdigit():
        return False  # "Smith et al. (2020) found"
    return plain not in _lexicon()["maybe"] or not after or after.isupper() or not after.isalpha()


def _opens(head: str) -> bool:
    """Whether nothing but a sentence end stands before, so that a number is a list marker."""
    return not head.strip() or head.rstrip()[-1] in ".:;!?\n" or head.endswith("\n")


def _is_initial(letter: str, head: str, after: str) -> bool:
    """Whether a single letter is part of a name ("J. Smith") or an abbreviation, not the end of "vitamin D."."""
    if not head.strip() or letter.islower():
        return letter.lower() not in "ao" and not after.isupper()
    word = head.split()[-1]
    return after.isupper() and word.lower() not in _lexicon()["before_letter"] and not word[0].islower()


def _next_letter(text: str, position: int) -> str:
    for character in text[position : position + 12]:
        if character.isalnum():
            return character
    return ""


def _next_word(text: str, position: int) -> str:
    end = position
    while end < min(len(text), position + 12) and text[end].isalpha():
        end += 1
    return text[position:end].lower()
