"""Which language a text is in, from its function words: small, offline, and honest where it can't tell."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from harness.resources import package_yaml

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ENOUGH = 20_000
_FEWEST = 4  # different function words by which a third language is told


@cache
def _weights() -> dict[str, dict[str, float]]:
    """For each language its function words, each weighing less the more languages share it."""
    words: dict[str, list[str]] = package_yaml("lexicons/language.yaml")["function_words"]
    sharing: dict[str, int] = {}
    for listed in words.values():
        for word in set(listed):
            sharing[word] = sharing.get(word, 0) + 1
    return {code: {word: 1 / sharing[word] for word in listed} for code, listed in words.items()}


def _spelling(sample: str, words: Counter[str]) -> dict[str, int]:
    """How often letters and endings occur that belong to one language."""
    lexicon = package_yaml("lexicons/language.yaml")
    counts = {code: sum(sample.count(letter) for letter in letters) for code, letters in lexicon["letters"].items()}
    for code, endings in lexicon["endings"].items():
        ending = tuple(endings)
        counts[code] = counts.get(code, 0) + sum(
            n for word, n in words.items() if len(word) > 5 and word.endswith(ending)
        )
    return counts


def _ranked(text: str) -> tuple[list[tuple[float, str]], Counter[str]]:
    """How much of a text speaks for each language, best first, and its words."""
    sample = text[:_ENOUGH].lower()
    words = Counter(word.replace("’", "'") for word in _WORD.findall(sample))
    scores = {
        code: sum(n * weights[word] for word, n in words.items() if word in weights)
        for code, weights in _weights().items()
    }
    for code, count in _spelling(sample, words).items():
        scores[code] += count
    return sorted(((score, code) for code, score in scores.items()), key=lambda pair: -pair[0]), words


def detect(text: str) -> str:
    """The ISO 639-1 code of a text: ``en``, ``es``, or ``und`` where it is another language or can't be told."""
    ((best, code), (second, _), *_), words = _ranked(text)
    return code if code in ("en", "es") and best > second and best >= 0.03 * words.total() else "und"


def detect_any(text: str) -> str:
    """As ``detect``, and the code of another language (``fr``, ``pt``, ``it``, ``de``) that a text is surely in."""
    ((best, code), (second, _), *_), words = _ranked(text)
    many = len(words.keys() & _weights()[code].keys()) >= _FEWEST
    return code if many and best > 1.5 * second and best >= 0.12 * words.total() else detect(text)


def is_foreign(text: str, code: str) -> bool:
    """Whether a text is surely in another language than that of the code; never where either can't be told."""
    return "und" not in (code, told := detect(text)) and told != code
