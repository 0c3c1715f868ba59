"""Which role a text gives a medicine, gene or protein: what it acts on, what it is, what it is used for.

Read by patterns from ``lexicons/roles.yaml``; a role counts only where the words stand close and nothing denies it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from harness.resources import package_yaml
from harness.text.clauses import tokens, verb_at
from harness.text.drugs import find_drugs
from harness.text.phrases import phrase_source, wordings

_LONGEST = 1500  # characters of a statement that are read
_REACH = 90  # characters between a medicine and the verb of its role
_GAP = 40  # characters between the verb and what it acts on
_ASIDE = re.compile(
    r",\s(?:unlike|like|together with|along with|in contrast to|compared with)\s[^,]{1,80},", re.IGNORECASE
)
_CLAUSE = re.compile(r"[.;:!?\n]|\b(?:but|whereas|while|although|pero|mientras)\b", re.IGNORECASE)
_ONE_OF = r"(?:an?|the|one of the|an? (?:type|kind) of|un|una)\s"
_IS_A = re.compile(
    rf"(?:\s?\((?:{_ONE_OF})?|,\s{_ONE_OF}|\s(?:is|are|es|son)\s(?:also\s)?(?:{_ONE_OF})?)(?:[\w-]{{1,14}}\s){{0,2}}",
    re.IGNORECASE,
)
_PART_OF_NAME = re.compile(
    r"[\s-](?:block|inhibit|therap|receptor|test|treat|medicine|drug|pill|antibod|level|change|mutation|score|status|count)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\s?(?:$|[.;:!?)]|,?\s(?:which|that|who|used|given|taken|que|called)\b)", re.IGNORECASE)
_PROTEIN = re.compile(
    r"(?<![\w-])(?:[A-Z]{2,6}\d{1,3}|[Cc]laudin[ -]?\d{1,2}(?:\.\d)?|CD\d{1,3}|[A-Z]{3,5}R\d?)(?![\w-])"
)
Kind = Literal["acts on", "is", "treats"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A medicine, a group of medicines, or a gene or protein in a text.

    Args:
        name: generic or group name; for a gene or protein the words themselves.
        drug_class: class of a single medicine, "" if unknown.
        sort: ``medicine``, ``group`` or ``thing``.
    """

    name: str
    start: int
    end: int
    drug_class: str = ""
    sort: str = "medicine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One role told: any of ``entities`` may hold it, the nearest is the last one.

    Args:
        kind: what kind of role it is.
        value: name of the target, group, kind or condition.
        known: the value is one of the lexicon's.
    """

    kind: Kind
    value: str
    entities: tuple[Entity, ...]
    start: int
    end: int
    known: bool = True


def roles(sentence: str) -> tuple[Role, ...]:
    """The roles that a sentence gives, in order; what it denies is none."""
    text = _ASIDE.sub(lambda aside: " " * len(aside.group()), sentence[:_LONGEST])
    named = entities(text)
    if not named:
        return ()
    found = [*_acts(text, named), *_passive(text, named), *_is(text, named), *_treats(text, named)]
    return tuple(sorted(found, key=lambda role: (role.start, role.end)))


def entities(text: str) -> tuple[Entity, ...]:
    """The medicines and groups of medicines of a text, and its genes, proteins and hormones, in order."""
    text = text[:_LONGEST]
    found = [
        Entity(name=group["name"], start=m.start(), end=m.end(), sort="group")
        for group in _data()["groups"]
        for m in _pattern("groups", group["name"]).finditer(text)
    ]
    # a group's name may hold a drug's or a shorter group's: the longest wins
    found += [Entity(name=d.name, start=d.start, end=d.end, drug_class=d.drug_class) for d in find_drugs(text)]
    found += [Entity(name=m.group(), start=m.start(), end=m.end(), sort="thing") for m in _things().finditer(text)]
    kept: list[Entity] = []
    for one in sorted(found, key=lambda e: (e.start - e.end, e.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda e: e.start))


def targets_of(entity: Entity) -> frozenset[str]:
    """What the lexicon knows an entity to act on; empty if it knows nothing."""
    single = _data()["medicines"].get(entity.name)
    if single:
        return frozenset(single)
    groups = [g for g in _data()["groups"] if g["name"] == entity.name or entity.drug_class in g["classes"]]
    return frozenset(t for g in groups for t in g["targets"])


def is_a(entity: Entity, value: str) -> bool | None:
    """Whether the lexicon counts an entity to a group or kind; None where it can't tell."""
    if entity.sort == "thing":
        thing = next((t for t in _data()["things"] if entity.name.lower() in (w.lower() for w in t["words"])), None)
        return value in thing["kinds"] if thing and value in _data()["kinds"] else None
    group = next((g for g in _data()["groups"] if g["name"] == value), None)
    if group is None or not entity.drug_class:
        return None
    return entity.drug_class in group["classes"]


def used_for(entity: Entity, condition: str) -> bool | None:
    """Whether the lexicon knows an entity's class to be used for a condition; None where it can't tell."""
    known = _data()["conditions"].get(condition)
    return entity.drug_class in known["classes"] if known and entity.drug_class else None


def covers(group: str, entity: Entity) -> bool:
    """Whether what is said of a group of medicines is said of an entity: a narrow group's role is its members' too."""
    found = next((g for g in _data()["groups"] if g["name"] == group and g["targets"]), None)
    return found is not None and entity.drug_class in found["classes"]


def mentions(text: str, name: str, value: str) -> list[int]:
    """Where a text names a target, kind or condition of the lexicon; an unknown one by its own words."""
    if value not in _data()[name]:
        return [m.start() for m in re.finditer(re.escape(value), text, re.IGNORECASE)]
    return [m.start() for m in _pattern(name, value).finditer(text)]


# --- reading ------------------------------------------------------------------------------------


def _acts(text: str, named: tuple[Entity, ...]) -> list[Role]:
    """ "X blocks T", "X, which targets T", "X works by blocking T"."""
    found: list[Role] = []
    for verb in _pattern("acts").finditer(text):
        subjects = _subjects(text, verb.start(), named)
        target = _target(text, verb.end())
        if subjects and target and not _denied(text, subjects[-1].end, verb.start()):
            name, _, end, known = target
            found.append(
                Role(kind="acts on", value=name, entities=subjects, start=subjects[-1].start, end=end, known=known)
            )
    return found


def _passive(text: str, named: tuple[Entity, ...]) -> list[Role]:
    """ "T is blocked by X"."""
    found: list[Role] = []
    for verb in _pattern("acted_on").finditer(text):
        before = [hit for hit in _targets(text[: verb.start()]) if verb.start() - hit[2] <= _GAP]
        after = [e for e in named if e.sort != "thing" and 0 <= e.start - verb.end() <= _GAP]
        if before and after:
            name, start, _, known = before[-1]
            found.append(
                Role(kind="acts on", value=name, entities=(after[0],), start=start, end=after[0].end, known=known)
            )
    return found


def _is(text: str, named: tuple[Entity, ...]) -> list[Role]:
    """ "X is a K", "X, a K,", "X (a K)", "K such as X", "the K X"."""
    found: list[Role] = []
    spans = [(e.name, e.start, e.end) for e in named if e.sort == "group"]
    spans += [
        (kind, m.start(), m.end())
        for kind in _data()["kinds"]
        for m in _pattern("kinds", kind).finditer(text)
        if not _PART_OF_NAME.match(text[m.end() :])
    ]
    for value, start, end in spans:
        before = [e for e in named if e.end <= start and e.sort != "group"]
        link = text[before[-1].end : start] if before else ""
        listed = link.startswith(",") and not _ends_apposition(text[end:])
        if before and _IS_A.fullmatch(link) and not listed and not _pattern("denied").search(link):
            found.append(Role(kind="is", value=value, entities=(before[-1],), start=before[-1].start, end=end))
        example = _pattern("examples").match(text[end:].lstrip(", "))
        if example and value not in _data()["kinds"]:
            found += [
                Role(kind="is", value=value, entities=(e,), start=start, end=e.end) for e in _listed(text, end, named)
            ]
    return found


def _ends_apposition(after: str) -> bool:
    """Whether "X, a K" is told of X, and not part of a list of choices: the sentence goes on with a verb, or ends."""
    if _ENDS.match(after):
        return True
    found = tokens(after[:60])
    return after.lstrip().startswith(",") and any(verb_at(found, 0, language) for language in ("en", "es"))


def _listed(text: str, start: int, named: tuple[Entity, ...]) -> list[Entity]:
    """The medicines of a list that begins at ``start``: "such as X, Y and Z"."""
    found: list[Entity] = []
    position = start
    for entity in (e for e in named if e.start >= start):
        between = text[position : entity.start]
        first = not found and len(between) <= 16
        if entity.sort != "medicine" or not (first or re.fullmatch(r"[\s,]*(?:and|or|y|o)?[\s,]*", between)):
            break
        found.append(entity)
        position = entity.end
    return found


def _treats(text: str, named: tuple[Entity, ...]) -> list[Role]:
    """ "X is used for C", "X treats C"."""
    found: list[Role] = []
    for verb in _pattern("treats").finditer(text):
        subjects = _subjects(text, verb.start(), named)
        for condition in _data()["conditions"]:
            hit = _pattern("conditions", condition).search(text, verb.end(), verb.end() + _GAP)
            if hit and subjects and not _denied(text, subjects[-1].end, hit.start()):
                found.append(
                    Role(kind="treats", value=condition, entities=subjects, start=subjects[-1].start, end=hit.end())
                )
    return found


def _subjects(text: str, verb: int, named: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """The medicines before a verb in its clause."""
    start = max((m.end() for m in _CLAUSE.finditer(text, max(0, verb - _REACH), verb)), default=max(0, verb - _REACH))
    return tuple(e for e in named if start <= e.start and e.end <= verb and e.sort != "thing")


def _target(text: str, start: int) -> tuple[str, int, int, bool] | None:
    """The first thing to act on after a verb."""
    rest = text[start : start + _GAP]
    stop = re.search(r"[.;:!?\n]|,\s(?:and|but)\s", rest)
    found = [hit for hit in _targets(text[: start + (stop.start() if stop else _GAP)]) if hit[1] >= start]
    return min(found, key=lambda hit: hit[1]) if found else None


def _targets(text: str) -> list[tuple[str, int, int, bool]]:
    """Things to act on in a text: name, offsets, whether the lexicon knows it; the longest wording wins."""
    found = [
        (name, m.start(), m.end(), True)
        for name in _data()["targets"]
        for m in _pattern("targets", name).finditer(text)
    ]
    found += [(m.group(), m.start(), m.end(), False) for m in _PROTEIN.finditer(text)]
    kept: list[tuple[str, int, int, bool]] = []
    for hit in sorted(found, key=lambda h: (h[1] - h[2], not h[3], h[1])):
        if all(hit[2] <= other[1] or other[2] <= hit[1] for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h[1])


def _denied(text: str, start: int, end: int) -> bool:
    return bool(_pattern("denied").search(text, max(0, start - 30), end) or "n't" in text[start:end].replace("’", "'"))


def _data() -> dict[str, Any]:
    return cast(dict[str, Any], package_yaml("lexicons/roles.yaml"))


@cache
def _pattern(name: str, key: str = "") -> re.Pattern[str]:
    """The wordings of a list of the lexicon, or of one entry of it."""
    data = _data()[name]
    if not key:
        return wordings(data)
    if name == "groups":
        return wordings(next(g["words"] for g in data if g["name"] == key))
    return wordings(data[key]["words"] if name == "conditions" else data[key])


@cache
def _things() -> re.Pattern[str]:
    words = sorted((w for thing in _data()["things"] for w in thing["words"]), key=len, reverse=True)
    source = "|".join(phrase_source(w, gap=r"[\s-]", ending=r"\w*") for w in words)
    return re.compile(rf"(?<![\w-])(?:{source})(?![\w-])", re.IGNORECASE)
