"""Small tests on the wording of a sentence that several scorers share: questions, quotation, negation, hedging."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from harness.resources import package_yaml
from harness.text.phrases import phrase_source

_QUOTES = re.compile(
    r"\"[^\"\n]{1,800}\"|“[^“”\n]{1,800}”|«[^«»\n]{1,800}»|(?<!\w)‘[^‘\n]{1,800}?’(?!\w)|(?<!\w)'[^'\n]{2,800}?'(?!\w)"
)
_QUESTION_END = re.compile(r"[?][\"'”’»)\]*\s]{0,6}$")
_CLAUSE_PUNCTUATION = r"[.;:!?\n()—]|,(?=\s*(?:and|y|then)\b)|(?:^|[.!?])\s*no\s*,"
_REACH = 160


def look_for(groups: Iterable[str], text: str) -> list[tuple[int, int]] | None:
    """Where each group of alternatives is met in ``text``, or None if one is not.

    Args:
        groups: alternatives separated by ``|``, such as ``"call|phone|contact"``; case doesn't matter, a trailing
            ``*`` stands for any ending, spaces match any white space, hyphens also a space. Where "right away" is
            looked for, "at once" and its like will do (``same_meaning`` in ``lexicons/language.yaml``).

    Returns:
        One span for each group: its first hit.
    """
    hits: list[tuple[int, int]] = []
    for group in groups:
        hit = _group(group).search(text)
        if hit is None:
            return None
        hits.append(hit.span())
    return hits


@cache
def _group(group: str) -> re.Pattern[str]:
    listed = [raw.strip() for raw in group.split("|") if raw.strip()]
    same: list[list[str]] = package_yaml("lexicons/language.yaml")["same_meaning"]
    more = [form for forms in same if not {f.lower() for f in listed}.isdisjoint(forms) for form in forms]
    forms = [_alternative(form) for form in dict.fromkeys([*listed, *more])]
    return re.compile("|".join(forms) or r"(?!)", re.IGNORECASE)


def _alternative(form: str) -> str:
    source = phrase_source(form, gap=r"\s+", ending=r"\w*").replace(r"\-", r"[-‐‑–\s]").replace("'", "['’]")
    left = r"(?<!\w)" if form[:1].isalnum() else ""
    right = r"(?!\w)" if form[-1:].isalnum() else ""
    return left + source + right


def _words(name: str) -> str:
    """An alternation of a list in the language lexicon, longest first."""
    listed: list[str] = package_yaml("lexicons/language.yaml")[name]
    return "|".join(sorted(dict.fromkeys(listed), key=len, reverse=True)).replace("'", "['’]")


@cache
def _question_start() -> re.Pattern[str]:
    what, verb, who, opener = (_words(f"question_{part}") for part in ("words", "verbs", "subjects", "openers"))
    spanish = r"qué|cuándo|dónde|quién|quiénes|por qué|cómo|cuáles|cuál|cuánt[oa]s?|para qué"
    return re.compile(
        rf"(?:(?:and|so|but|also|hi|hello|please)\W+)?(?:"
        rf"(?:{what})(?:\s+[^\s.?!]+){{0,4}}?\s+(?:{verb})\s+(?:{who})\b|(?:{what})\s+(?:{opener})\b"
        rf"|(?:{verb})\s+(?:{who})\b(?<!have a)(?<!have the)(?<!have some)(?<!do the)(?<!do some)(?<!do this)"
        rf"|(?:{opener})\s+\w|(?:{spanish})\s+\w)",
        re.IGNORECASE,
    )


def is_question(sentence: str) -> bool:
    """Whether a sentence asks: by its question mark, or by its word order where it has no final punctuation."""
    text = sentence.strip().lstrip("\"'“”‘«([*")
    if _QUESTION_END.search(text[-12:]) or text.startswith("¿"):
        return True
    return not text.endswith((".", "!", ":")) and _question_start().match(text) is not None


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Offsets of the passages within quotation marks, marks included."""
    return [match.span() for match in _QUOTES.finditer(text)]


@cache
def _clause_end() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{_words('subordinators')})\b[^,.;:!?\n]{{1,120}},|{_CLAUSE_PUNCTUATION}"
        rf"|\b(?:{_words('clause_ends')})\b",
        re.IGNORECASE,
    )


@cache
def _negator() -> re.Pattern[str]:
    flips = _words("double_negatives")
    return re.compile(
        rf"\b(?:{_words('negators')})\b(?!\s+(?:{flips})\b)(?!\s+(?:ever|always|to)\s+(?:{flips})\b)", re.IGNORECASE
    )


def negated(text: str, start: int) -> bool:
    """Whether the word at ``start`` is under a negation earlier in its clause ("don't stop", "no need to call").

    "Don't forget to call" and "not only" are no negations; a negation doesn't reach over "but", "if" or a full stop.
    """
    before = text[max(0, start - _REACH) : start]
    for end in _clause_end().finditer(before):
        last = end.end()
        before = " " * last + before[last:]
    return _negator().search(before) is not None


@cache
def _hedge() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_words('hedges')})\b", re.IGNORECASE)


def hedged(text: str) -> bool:
    """Whether a text says something with less than certainty ("may", "in some cases", "puede")."""
    return _hedge().search(text) is not None
