"""What a message asks for that needs a word before any facts: a decision, a role, an emergency, an old edition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.cutoff import is_cut_off, wants_guideline_set_aside
from harness.text.drugs import find_medicines
from harness.types import Query, Source

_LONGEST = 20_000
_MOST = 2
_SHORT = 15  # words
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Sentences that open the answer, and words to look up beside the question so that a source follows them.

    ``first`` tells that this source comes before the facts on the question, ``alone`` that those hardly matter.
    """

    id: str
    say: tuple[str, ...]
    find: str = ""
    first: bool = False
    alone: bool = False


def find_intents(query: Query, language: str, sources: Sequence[Source], as_of: date) -> list[Intent]:
    """The first two intents of the message, in the order of ``intents.yaml``, an old edition before decisions."""
    text = query.text.replace("’", "'")[:_LONGEST]
    asked = [raw for raw in _data()["intents"] if _asks(raw, text, query, language)]
    alone = [raw for raw in asked if raw.get("alone")]
    found = [_intent(raw, language) for raw in alone or asked]
    edition = _old_edition(text, language, sources, as_of)
    if edition:
        found.insert(0, Intent(id="old_edition", say=edition, find=_data()["edition_find"][language]))
    return found[:_MOST]


def _asks(raw: dict[str, Any], text: str, query: Query, language: str) -> bool:
    if raw["id"] == "cut_off":
        return is_cut_off(query.text)
    if raw["id"] == "set_aside":
        return wants_guideline_set_aside(query.text)
    if not any(pattern.search(text) for pattern in _patterns(raw["id"], language)):
        return False
    earlier = [*query.facts, *(turn.text for turn in query.turns if turn.role == "user")]
    if raw.get("needs") == "short":
        return len(text.split()) <= _SHORT and not find_medicines(text)
    if raw.get("needs") == "no_context":
        return not earlier and not find_medicines(text)
    return raw.get("needs") != "medicine" or bool(find_medicines(" ".join([text, *earlier])[:_LONGEST]))


def _old_edition(text: str, language: str, sources: Sequence[Source], as_of: date) -> tuple[str, ...]:
    """The sentences on an edition the message names by its year; none where it names none or the current one."""
    aliases = {alias for s in sources for alias in (s.organisation, *s.aliases) if alias}
    near = _edition_words(language, frozenset(aliases))
    for match in _YEAR.finditer(text):
        year = int(match[0])
        if not near.search(text[max(0, match.start() - 60) : match.end() + 60]) or year > as_of.year:
            continue
        source = _meant(text, sources)
        current = _YEAR.search(f"{source.edition} {source.date}") if source else None
        if source and current and year < int(current[0]):
            fields = {"year": year, "edition": source.edition, "title": source.title}
            return tuple(sentence.format(**fields) for sentence in _data()["old_edition"][language])
        if not source and year < as_of.year - 1:
            return tuple(_data()["old_edition_unknown"][language])
    return ()


def _meant(text: str, sources: Sequence[Source]) -> Source | None:
    """The guideline whose publisher the message names and whose title alone shares words with it; None if unsure."""
    asked = {w.lower() for w in _WORD.findall(text)}
    named = [
        s
        for s in sources
        if s.type in ("clinician_guideline", "patient_guideline", "recommendation")
        and any(re.search(rf"\b{re.escape(a)}\b", text, re.IGNORECASE) for a in (s.organisation, *s.aliases) if a)
    ]
    if len(named) < 2:
        return named[0] if named else None
    titles = [{w.lower() for w in _WORD.findall(s.title)} for s in named]
    frequent = {w for title in titles for w in title if 2 * sum(w in t for t in titles) > len(titles)}
    shared = [len(asked & (title - frequent)) for title in titles]
    best = max(shared)
    return named[shared.index(best)] if best and shared.count(best) == 1 else None


def _intent(raw: dict[str, Any], language: str) -> Intent:
    words = raw.get("find", {}).get(language, "")
    flags = {name: bool(raw.get(name)) for name in ("first", "alone")}
    return Intent(id=raw["id"], say=tuple(raw["say"][language]), find=words, **flags)


def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml("pipelines/intents.yaml")
    return data


@cache
def _patterns(intent: str, language: str) -> tuple[re.Pattern[str], ...]:
    raw = next(r for r in _data()["intents"] if r["id"] == intent)
    who = _data()["who"][language]
    listed = raw.get("patterns", {}).get(language, [])
    return tuple(re.compile(p.replace("{who}", who), re.IGNORECASE | re.DOTALL) for p in listed)


@cache
def _edition_words(language: str, names: frozenset[str]) -> re.Pattern[str]:
    listed = "|".join(sorted((re.escape(n) for n in names), key=len, reverse=True)) or "guideline"
    return re.compile(_data()["edition"][language].replace("{names}", listed), re.IGNORECASE)
