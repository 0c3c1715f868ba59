"""Red flags: warning signs told in a question that need action now, found by rules that a clinician can edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, product
from typing import Any

from harness.resources import package_yaml
from harness.text.concepts import Concepts, Place
from harness.text.telling import Telling
from harness.text.temperatures import fevers
from harness.text.tokens import Token
from harness.text.urgency import traits, urgency
from harness.types import Span, Turn

LEARNED = "unnamed_sign"  # the sign of a message that reads urgent and no rule names
_LEXICON = "lexicons/red_flags.yaml"
_SYMPTOMS = "lexicons/symptoms.yaml"
_NEAR = 18  # words that the groups of one pattern may span together
_MOST_HITS = 8  # of one group, so that hostile text stays cheap
_LONGEST = 8_000  # characters of a message that are read
_MEASURED = "<fever>"
_MANY = (4, 60)
_LOW_OXYGEN = (60, 91)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag:
    """A warning sign in a message.

    Args:
        id, label: from the lexicon, e.g. ``fever_on_treatment``.
        start, end: offsets of the telling words in their message.
        timeframe: ``now`` or ``today``.
        action_en, action_es: the sentence an answer has to open with.
        hypothetical: asked about in general ("what if", "can chemo cause"), not told as happening.
        source: ``question`` or ``turn:<i>``, as in Span.
        quote: the telling words.
    """

    id: str
    label: str
    start: int
    end: int
    timeframe: str
    action_en: str
    action_es: str
    hypothetical: bool = False
    source: str = "question"
    quote: str = ""

    def action(self, language: str) -> str:
        """The opening sentence in the reader's language; English where it is neither English nor Spanish."""
        return self.action_es if language == "es" else self.action_en

    def span(self) -> Span:
        """The telling words as a Span of the message they stand in."""
        return Span(start=self.start, end=self.end, quote=self.quote, source=self.source)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Groups of concepts that stand near each other, and the contexts of which one has to be told as well."""

    groups: tuple[tuple[str, ...], ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Flag:
    raw: Mapping[str, Any]
    patterns: tuple[_Pattern, ...]


@dataclass(frozen=True, slots=True)
class _Message:
    """One message of the reader, read once."""

    source: str
    text: str
    words: list[Token]
    places: dict[str, list[Place]]


def find_red_flags(
    text: str,
    turns: Sequence[Turn] = (),
    facts: Sequence[str] = (),
    *,
    alarm: Callable[[str], bool] | None = None,
) -> tuple[RedFlag, ...]:
    """Warning signs in a question and in the reader's earlier messages, each sign once, active ones first.

    Args:
        text: the question.
        turns: earlier messages; only the user's are searched.
        facts: what else is known about the reader ("on paclitaxel"); context only.
        alarm: where no rule finds a sign that is happening, asked whether a message is urgent all the same
            (``LEARNED``), such as ``reads_urgent``.

    Wordings are met with their spelling put right within bounds (see docs/decisions), in any order, near each other.
    """
    earlier = ((f"turn:{i}", t.text[:_LONGEST]) for i, t in enumerate(turns) if t.role == "user")
    told = (("question", text[:_LONGEST]), *earlier)
    found = _by_rule(told, tuple(fact[:_LONGEST] for fact in facts))
    if alarm and all(flag.hypothetical for flag in found):
        messages = (_read(source, message) for source, message in told)
        urgent = next((m for m in messages if m.words and alarm(m.text)), None)
        found += (_unnamed(urgent),) if urgent else ()
    order = {flag.raw["id"]: i for i, flag in enumerate(_flags())}
    return tuple(sorted(found, key=lambda f: (f.hypothetical, f.timeframe != "now", order[f.id])))


@lru_cache(maxsize=256)  # of one page's question five scorers ask
def _by_rule(told: tuple[tuple[str, str], ...], facts: tuple[str, ...]) -> tuple[RedFlag, ...]:
    """The signs that a rule finds in messages, each with its source; every sign once."""
    messages = [_read(source, message) for source, message in told]
    known = {name for m in messages for name in m.places}
    known |= {name for fact in facts for name in _read("fact", fact).places}
    found: dict[str, RedFlag] = {}
    for message in messages:
        for flag in _in_message(message, known):
            earlier = found.get(flag.id)
            if earlier is None or (earlier.hypothetical and not flag.hypothetical):
                found[flag.id] = flag
    return tuple(found.values())


def message_traits(text: str) -> set[str]:
    """What the learned urgency weighs a message by."""
    message = _read("question", text[:_LONGEST])
    return traits(message.words, _told(message))


def message_urgency(text: str) -> float:
    """Log odds of the learned urgency that a message tells of a warning sign; -inf where it says too little."""
    message = _read("question", text[:_LONGEST])
    return urgency(message.words, _told(message))


def reads_urgent(text: str) -> bool:
    """Whether the learned urgency alone calls a message urgent."""
    return message_urgency(text) > float(_data()["learned_over"])


def _told(message: _Message) -> set[str]:
    """Names of the concepts of a message, with "no " before those that it tells of as absent."""
    telling = Telling(message.words, message.places)
    places = message.places.items()
    return {name if any(not telling.absent(p) for p in met) else f"no {name}" for name, met in places}


def _unnamed(message: _Message) -> RedFlag:
    """The sign that no rule names; its span is the message."""
    raw = next(flag.raw for flag in _flags() if flag.raw["id"] == LEARNED)
    return _flag(raw, message, message.words[0].start, message.words[-1].end, hypothetical=False)


def _flag(raw: Mapping[str, Any], message: _Message, start: int, end: int, *, hypothetical: bool) -> RedFlag:
    told = {name: raw[name] for name in ("id", "label", "timeframe", "action_en", "action_es")}
    quote = message.text[start:end]
    return RedFlag(**told, start=start, end=end, hypothetical=hypothetical, source=message.source, quote=quote)


def _read(source: str, text: str) -> _Message:
    words = _concepts().read(text)
    places = _concepts().places(words)
    places["<many>"] = list(_counts(words, _MANY, places))
    places["<low_oxygen>"] = list(_counts(words, _LOW_OXYGEN, places))
    places[_MEASURED] = list(fevers(words, places.get("heat", ()), _data()["fever"]))
    return _Message(source, text, words, {name: spans for name, spans in places.items() if spans})


def _counts(words: Sequence[Token], between: tuple[int, int], places: Mapping[str, list[Place]]) -> Iterator[Place]:
    """Numbers between two bounds that count something: not days, milligrams or the like."""
    numbers: dict[str, int] = package_yaml(_SYMPTOMS)["counts"]
    units = {s for s, _ in places.get("counted_time", ())}
    for i, word in enumerate(words):
        value = int(word.text) if word.text.isdigit() else numbers.get(word.text)
        if value is not None and between[0] <= value <= between[1] and i + 1 not in units:
            yield i, i + 1


def _in_message(message: _Message, known: set[str]) -> Iterator[RedFlag]:
    telling = Telling(message.words, message.places)
    idle = {i for s, e in message.places.get("idiom", ()) for i in range(s, e)}
    for flag in _flags():
        hits = list(_hits(flag, message, known, telling, idle))
        if not hits:
            continue
        raw = flag.raw
        asked = telling.general if raw.get("always") else telling.asked
        active = [h for h in hits if not asked(h)]
        start, end = min(active or hits, key=lambda h: (h[1] - h[0], h))
        start, end = message.words[start].start, message.words[end - 1].end
        yield _flag(raw, message, start, end, hypothetical=not active)


def _hits(flag: _Flag, message: _Message, known: set[str], telling: Telling, idle: set[int]) -> Iterator[Place]:
    """Places where one of the sign's patterns is met and told of this person, present."""
    for pattern in flag.patterns:
        if pattern.needs and not known.intersection(pattern.needs):
            continue
        if not all(any(name in message.places for name in group) for group in pattern.groups):
            continue
        spans = [
            [p for name in group for p in message.places.get(name, ()) if idle.isdisjoint(range(*p))]
            for group in pattern.groups
        ]
        if not all(spans):
            continue
        own = telling.begun_by_reader if flag.raw.get("always") else None
        spans = [[p for p in one if (own and own(p)) or not telling.absent(p)][:_MOST_HITS] for one in spans]
        near = [c for c in product(*spans) if _apart(c) and max(e for _, e in c) - min(s for s, _ in c) <= _NEAR]
        if near:
            best = min(near, key=lambda c: max(e for _, e in c) - min(s for s, _ in c))
            whole = min(s for s, _ in best), max(e for _, e in best)
            if not _elsewhere(flag, telling, whole):
                yield whole


def _elsewhere(flag: _Flag, telling: Telling, place: Place) -> bool:
    """Whether the sign is history, somebody else's news, or settled."""
    first = (place[0], place[0] + 1)
    if flag.raw.get("always") and telling.own(place):
        return False
    if telling.past(first) or telling.of_another(first):
        return True
    return bool(flag.raw.get("may_settle")) and telling.settled(first)


def _apart(spans: tuple[Place, ...]) -> bool:
    """Whether no two groups are met by the same words."""
    ordered = sorted(spans)
    return all(left[1] <= right[0] for left, right in pairwise(ordered))


@cache
def _flags() -> tuple[_Flag, ...]:
    """The signs with their patterns: ``group & group @ context``, a group or the contexts being names parted by |."""
    flags = []
    for raw in _data()["flags"]:
        patterns = []
        for line in raw["patterns"]:
            shape, _, needs = line.partition("@")
            groups = tuple(tuple(n.strip() for n in group.split("|")) for group in shape.split("&"))
            patterns.append(_Pattern(groups, tuple(n.strip() for n in needs.split("|") if n.strip())))
        flags.append(_Flag(raw, tuple(patterns)))
    return tuple(flags)


@cache
def _concepts() -> Concepts:
    symptoms = package_yaml(_SYMPTOMS)
    wordings = {**symptoms["concepts"], **symptoms["contexts"], **_data()["telling"]}
    medicines = package_yaml("lexicons/drugs.yaml")["drugs"]
    for name, classes in symptoms["drug_contexts"].items():
        forms = [
            f for d in medicines if d["class"] in classes for f in (d["name"], *d.get("brands", ()), *d.get("also", ()))
        ]
        wordings[name] = [*wordings[name], *forms]
    everyday = package_yaml("lexicons/everyday_words.yaml")["words"]
    spoken = symptoms["temperatures"]["spoken"]
    numbers = [word for kind in spoken.values() for phrase in kind for word in str(phrase).split()]
    return Concepts(wordings, symptoms["fillers"], [*numbers, *(word for line in everyday for word in line.split())])


def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml(_LEXICON)
    return data
