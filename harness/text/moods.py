"""Who is told to do something, and how: orders, recommendations, permissions, and what only looks like one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.acts import Act, Form, find_acts
from harness.text.phrases import fold, phrase_pattern

_REACH = 170  # characters before a verb that are looked at
_COORDINATION = re.compile(
    r"(?:,\s*|\s)(?:(?:and|or|then|but|nor|so|y|o|e|pero)\s+"
    r"(?:then |just |simply |instead |also |please |don't |do not |never |no )?)$|,\s*$"
)
_CLAUSE = re.compile(r"[.;:!?()\n\"•]|\s[-–—]\s|—|\.\.\.")
_CONSEQUENCE = re.compile(
    r"(?:^|[,;.]\s|\s(?:and|but)\s)(?:so|so then|then|therefore|hence|instead|asi que|entonces),?$"
)
_PROHIBITION = re.compile(
    r"(?:\b(?:do not|don't|dont|never|please don't|try not to|be sure not to|make sure not to|make sure you don't)"
    r"|^no|[\s,]no|\bnunca|\btampoco)\s+(?:ever |just |simply |even |also |le |lo |la |les |te |se |vaya a |go and )?$"
)
_AVOIDING = re.compile(
    r"\b(?:avoid|without|stop|quit|(?<!why )not|refrain from|resist|skip|rather than|instead of|against|evite|sin)"
    r"\s+(?:even |simply |just )?$"
)
_ADJECTIVE = re.compile(  # "lower doses ... may be given"
    r"(?:lower|double|split|cut|missed|up) doses\b|(?:use|need|change|delay|increase|reduction|start|share|switch) of\s"
    r"|(?:lower|double|split|cut|raised|reduced|up|long|missed|skipped|set)\s\w+s?\b[^.;!?]{0,90}?"
    r"\s(?:is|are|was|were|may|can|might|will|could)\s"
)
_ADDRESSED = re.compile(
    r"\b(?:you|should|can|could|must|may|might|to|and|so|but|or|i'd|just|then|it's|usted|tu|y|pero|que|asi|entonces|mejor"
    r"|hoy|ahora|tambien)$"
)
_FORBIDDING = re.compile(r"^\W*(?:please )?(?:do not|don't|dont|never|no|nunca)\b")


@dataclass(frozen=True, slots=True)
class Mood:
    """How a verb is put to the reader.

    Args:
        id: e.g. ``imperative``, ``you_must``, ``fine_to``.
        weight: how surely it tells the reader to act, in (0, 1].
        polarity: ``do``, ``dont`` (forbidden) or ``free`` (said not to be needed).
        start: where the telling words begin.
    """

    id: str
    weight: float
    polarity: str
    start: int


def mood_of(folded: str, act: Act, language: str = "en") -> Mood | None:
    """The mood of a verb in its folded sentence, or None where nobody is told to do it."""
    if "base" in act.forms and (found := _imperative(folded, act.start)):
        return found
    marked = _marked(folded, act.start, act.forms, language)
    if marked:
        return None if _governed(folded, marked) else marked
    return _shared(folded, act, language)


def is_reported(folded: str, start: int) -> bool:
    """Whether the words at ``start`` are told as what other people say."""
    return bool(_list_pattern("reports").search(folded[max(0, start - 90) : start]))


def _marked(folded: str, start: int, forms: frozenset[Form], language: str) -> Mood | None:
    """A mood whose words end right before the verb."""
    before = folded[max(0, start - _REACH) : start]
    base = start - len(before)
    best: Mood | None = None
    for raw, pattern in _patterns():
        if raw["form"] not in ("any", *forms) or (raw.get("language") == "es") != (language == "es"):
            continue
        hit = pattern.search(before)
        if hit is None:
            continue
        groups = hit.groupdict()
        polarity = "dont" if groups.get("no") else "free" if groups.get("free") else "do"
        found = Mood(raw["id"], raw["weight"], polarity, base + hit.start())
        if best is None or found.polarity != "do" or (best.polarity == "do" and found.weight > best.weight):
            best = found
    if best and best.polarity == "do" and _AVOIDING.search(before[best.start - base :]):
        return Mood(best.id, best.weight, "dont", best.start)
    return best


def _imperative(folded: str, start: int) -> Mood | None:
    """A verb in base form that opens a clause, so that nobody but the reader can be its subject."""
    if _ADJECTIVE.match(folded, start):
        return None
    before = folded[max(0, start - _REACH) : start]
    forbidden = _PROHIBITION.search(before)
    opening = before[: forbidden.start()] if forbidden else before
    opening = _trailing_adverbs().sub("", opening)
    if not _opens_clause(opening):
        return None
    return Mood(
        "imperative",
        0.95,
        "dont" if forbidden else "do",
        start - len(before) + (forbidden.start() if forbidden else len(before)),
    )


def _opens_clause(before: str) -> bool:
    """Whether an order can begin after these words."""
    text = before.rstrip()
    if not text or text[-1] in '-–—•*.;!?()"':
        return True
    if text[-1] == ":":
        return True
    clause = _CLAUSE.split(text)[-1].strip()
    if _CONSEQUENCE.search(text):
        return True
    if text[-1] == ",":
        return _introduces(clause.rstrip(","))
    return not clause


def _introduces(clause: str) -> bool:
    """Whether a stretch before a comma only leads in to the main clause."""
    clause = clause.rsplit(",", 1)[-1].strip() if clause.count(",") > 2 else clause
    words = clause.split()
    if not words:
        return True
    if _FORBIDDING.match(clause):
        return False
    if words[0].strip("',") in _introductions():
        return True
    return len(words) <= 3 and "to" not in words[1:] and not _third_person().search(clause)


def _governed(folded: str, mood: Mood) -> bool:
    """Whether the telling words stand under "whether", "when", "ask if", or belong to somebody else than the reader."""
    before = folded[max(0, mood.start - 60) : mood.start].rstrip()
    if mood.id == "urged" and not _opens_clause(before) and not _ADDRESSED.search(before):
        return True
    if mood.id.startswith("es_") and not _opens_clause(before) and not _ADDRESSED.search(before):
        return True
    return bool(_list_pattern("governors", ends=True).search(before))


def _shared(folded: str, act: Act, language: str) -> Mood | None:
    """The mood that a verb shares with an earlier one: "call them and stop ...", "you should rest and stop ..."."""
    if "base" not in act.forms and "ger" not in act.forms and "part" not in act.forms:
        return None
    before = folded[max(0, act.start - _REACH) : act.start]
    joint = _COORDINATION.search(_trailing_adverbs().sub("", before) + ("" if before.endswith(" ") else " "))
    if joint is None:
        return None
    head = before[: joint.start()]
    base = act.start - len(before)
    third = max((m.end() for m in _third_person().finditer(head)), default=-1)
    earlier = [(m, a) for a in find_acts(head, language) if (m := _own_mood(head, a, language))]
    forbidden = bool(re.search(r"\b(?:don't|do not|never|no)\s*$", joint.group()))
    linked = [m for m in earlier if m[0].start >= third or m[0].id == "imperative"]
    if linked:
        mood, first = linked[-1]
        if not (first.forms & act.forms):
            return None
        polarity = (
            "dont"
            if forbidden
            else mood.polarity
            if re.search(r"\b(?:or|nor|o)\b|,", joint.group())
            else _after_and(mood, first)
        )
        return Mood("shared", mood.weight * 0.95, polarity, base + joint.start())
    if third < 0 and "base" in act.forms and _open_order(head):
        listed = bool(_FORBIDDING.match(_CLAUSE.split(head)[-1])) and not re.search(
            r"\b(?:and|but|then|so|y|pero)\b", joint.group()
        )
        return Mood("shared", 0.8, "dont" if forbidden or listed else "do", base + joint.start())
    return None


def _after_and(mood: Mood, first: Act) -> str:
    """ "Don't stop and restart" forbids both; "don't wait, and skip ..." gives an order after a calming word."""
    return "do" if first.kinds <= {"wait", "trust", "tell"} else mood.polarity


def _own_mood(folded: str, act: Act, language: str) -> Mood | None:
    if "base" in act.forms and (found := _imperative(folded, act.start)):
        return found
    marked = _marked(folded, act.start, act.forms, language)
    return marked if marked and not _governed(folded, marked) else None


def _open_order(head: str) -> bool:
    """Whether the clause before "and" begins with some other order ("rest and ..."), or tells "you" to."""
    clause = _CLAUSE.split(head)[-1].strip()
    parts = clause.split(",")
    while len(parts) > 1 and _introduces(parts[0]):
        parts = parts[1:]
    first = parts[0].split()[:1]
    return bool(first and first[0] in _orders()) or bool(
        re.search(r"\byou (?:should|can|could|must|need to|have to|might want to)\b", clause)
    )


@cache
def _patterns() -> tuple[tuple[dict[str, Any], re.Pattern[str]], ...]:
    data = _data()
    adverbs = rf"\s+(?:(?:{phrase_pattern(data['adverbs'])})\s+){{0,3}}"
    proxies = f"(?:{phrase_pattern(data['proxies'])})"
    made = []
    for raw in data["moods"]:
        source = raw["pattern"].replace("{adv}", adverbs).replace("{proxy}", proxies)
        made.append((raw, re.compile(rf"(?<![\w'])(?:{source})$")))
    return tuple(made)


@cache
def _trailing_adverbs() -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{phrase_pattern(_data()['adverbs'])}),?\s+){{1,3}}$")


@cache
def _list_pattern(name: str, ends: bool = False) -> re.Pattern[str]:
    return re.compile(phrase_pattern(_data()[name]) + ("$" if ends else ""))


@cache
def _third_person() -> re.Pattern[str]:
    """A third person with a finite verb after it."""
    return re.compile(
        rf"(?:{phrase_pattern(_data()['third_persons'])})(?:\s[\w'-]{{1,14}}){{0,2}}?\s"
        r"(?:may|might|can|could|will|would|should|must|is|are|was|were|has|have|had|do|does|did|often|usually|sometimes|\w{2,12}s|\w{3,12}ed|puede\w*|debe\w*|suele\w*)\b"
    )


@cache
def _introductions() -> frozenset[str]:
    return frozenset(fold(w) for w in _data()["introductions"])


@cache
def _orders() -> frozenset[str]:
    return frozenset(fold(w) for w in _data()["orders"])


def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml("lexicons/moods.yaml")
    return data
