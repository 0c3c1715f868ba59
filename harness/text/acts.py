"""Acts a reader can be told to do: verbs of a lexicon found in every form, with their particles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from harness.resources import package_yaml
from harness.text.phrases import fold

Form = Literal["base", "ger", "part", "third"]
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_REACH = 6  # words that may stand between a verb and its particle
_AUXILIARIES = {"do", "does", "did", "have", "has"}
_AFTER_AUXILIARY = {"not", "you", "had", "been", "already", "never"}


@dataclass(frozen=True, slots=True)
class Act:
    """A verb in a folded sentence.

    Args:
        kinds: acts it may stand for, e.g. ``{"stop"}``.
        forms: forms it may be in; "cut" is base and participle.
        start, end: offsets of the verb with its contiguous particles.
        particle: offset where a particle that stands after the object begins; -1 if there is none.
    """

    kinds: frozenset[str]
    forms: frozenset[Form]
    start: int
    end: int
    particle: int = -1


@dataclass(frozen=True, slots=True)
class _Verb:
    """One way of saying an act: its first word in one form, then the other words."""

    kind: str
    form: Form
    rest: tuple[str, ...]
    tail: tuple[str, ...] = ()


def find_acts(folded: str, language: str = "en") -> list[Act]:
    """Every act verb of a folded sentence, the longest reading at each place."""
    verbs = _verbs("es" if language == "es" else "en")
    words = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(folded)]
    found: list[Act] = []
    for i, (word, start, _) in enumerate(words):
        readings = [(r, v) for v in verbs.get(word, ()) if (r := _reading(words, i, v, folded))]
        if not readings:
            continue
        longest = max(r[0] for r, _ in readings)
        best = [(r, v) for r, v in readings if r[0] == longest]
        particle = max(r[2] for r, _ in best)
        act = Act(
            frozenset(v.kind for _, v in best), frozenset(v.form for _, v in best), start, best[0][0][1], particle
        )
        found.append(act)
    return found


def _reading(words: list[tuple[str, int, int]], i: int, verb: _Verb, folded: str) -> tuple[int, int, int] | None:
    """(words matched, end of the verb, start of a parted particle or -1) where the verb is met at word ``i``."""
    after = i + 1 + len(verb.rest)
    if words[i][0] in _AUXILIARIES and words[i + 1 : i + 2] and words[i + 1][0] in _AFTER_AUXILIARY:
        return None
    if tuple(w for w, _, _ in words[i + 1 : after]) != verb.rest:
        return None
    end = words[after - 1][2]
    if not verb.tail:
        return 1 + len(verb.rest), end, -1
    for j in range(after, min(after + _REACH, len(words) - len(verb.tail) + 1)):
        if tuple(w for w, _, _ in words[j : j + len(verb.tail)]) == verb.tail:
            if re.search(r"[.;:!?]", folded[end : words[j][1]]):
                return None
            joined = j == after
            return (
                1 + len(verb.rest) + len(verb.tail),
                words[j + len(verb.tail) - 1][2] if joined else end,
                -1 if joined else words[j][1],
            )
    return None


@cache
def _verbs(language: str) -> dict[str, tuple[_Verb, ...]]:
    """First word in each form -> verbs."""
    data = package_yaml("lexicons/acts.yaml")
    table: dict[str, list[_Verb]] = {}
    for kind, entries in data[language].items():
        for entry in entries:
            forms = _spanish(entry) if language == "es" else _english(entry, data)
            for first, form, rest, tail in forms:
                table.setdefault(first, []).append(_Verb(kind, form, rest, tail))
    return {first: tuple(dict.fromkeys(verbs)) for first, verbs in table.items()}


def _english(entry: str, data: dict[str, Any]) -> list[tuple[str, Form, tuple[str, ...], tuple[str, ...]]]:
    head, _, tail = fold(entry).partition(" ... ")
    first, *rest = head.split()
    third, gerund, participle = data["irregular"].get(first) or _inflected(first, first in data["doubling"])
    pairs: list[tuple[str, Form]] = [(first, "base"), (third, "third"), (gerund, "ger"), (participle, "part")]
    return [(word, form, tuple(rest), tuple(tail.split())) for word, form in pairs]


def _inflected(base: str, doubled: bool) -> tuple[str, str, str]:
    """Third person, gerund and participle of a regular English verb."""
    third = base + ("es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
    stem = base + base[-1] if doubled else base
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies", base + "ing", base[:-1] + "ied"
    if base.endswith("e"):
        return third, base[:-1] + "ing", base + "d"
    return third, stem + "ing", stem + "ed"


def _spanish(entry: list[str]) -> list[tuple[str, Form, tuple[str, ...], tuple[str, ...]]]:
    """Infinitive and imperatives, also with object pronouns at their end ("tomelo", "suspenderla")."""
    forms: list[tuple[str, Form, tuple[str, ...], tuple[str, ...]]] = []
    for phrase in entry:
        first, *rest = fold(phrase).split()
        suffixes = ["", "lo", "la", "los", "las", "le", "les", "se", "te", "selo", "sela", "telo", "tela"]
        forms += [(first + s, "base", tuple(rest), ()) for s in (suffixes if not rest else [""])]
    return forms
