"""Linguistic frames: who is told to do what to which medicine, treatment, test or care, and how."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.acts import Act, find_acts
from harness.text.drugs import DrugMention, find_medicines
from harness.text.moods import Mood, is_reported, mood_of
from harness.text.patterns import is_question, quoted_spans
from harness.text.phrases import fold, phrase_pattern

_LONGEST = 1_500  # characters of a sentence that are read
_QUOTED_WORDS = 3
_PHRASE_END = re.compile(
    r"[.;:!?()\n]|,(?! ?(?:and|or|y|o)\b)|\s[-–—]\s|\b(?:because|but|when|if|until|unless|so|since|while|whenever"
    r"|during|before|after|without|once|though|although|that|which|who|where|porque|pero|cuando|si|hasta|mientras|durante"
    r"|antes|despues|sin|que)\b"
    r"|\b(?:and|or|then|y|o) (?:call|go|tell|ask|see|contact|get|let|phone|talk|speak|visit|notify|llame|vaya|avise)\b"
)
_PREPOSITION = re.compile(
    r"\b(?:for|from|in|at|by|about|on|with|to|into|through|than|as|like|around|under|over|along|due|para|por|con|en|desde)\b"
)
_BACK = re.compile(r"\b(?:it|they|these|this|those|that|both)\b")
_PLACEHOLDERS = {"them", "anyone", "help"}
_QUANTITY = re.compile(
    r"\b(?:double|twice|half|triple) (?:the|your) (?:usual |normal |prescribed )?(?:dose|amount)\b|\bel doble\b"
    r"|\bla mitad de la dosis\b|\b\d+(?:[.,]\d+)?\s?(?:mg|mcg|milligrams?|micrograms?|iu|mg/m2|miligramos?)\b"
    r"(?!\s(?:of )?(?:cholesterol|sodium|salt|caffeine|calcium))"
)
_VERB_NOUN = re.compile(
    r"\s*(?:on |to |with )?(?:taking|using|having|getting|doing|giving|swallowing|wearing|calling|phoning|seeing"
    r"|telling|visiting|scheduling|booking|going (?:to|for|in for)|going|on|with|to|tomar|usar|tomando)\b"
)
_PRONOUN = re.compile(
    r"\s*(?:taking |using |having |doing |getting |with |on )?"
    r"(it|them|(?:that|this|those|these|one|both|two|three|half|some|any|either|lo|la|los|las)\b(?!\s+[a-z]{4,}))\b"
)
_OWN = re.compile(
    r"\b(?:your|ur|tonight's|today's|tomorrow's|this morning's|this evening's|next|this|that|these|those|the|her|his|su"
    r"|sus|tu|tus|el|la|los|las|my|any more|remaining|evening|morning|bedtime|missed|weekly|daily|nightly)"
    r"\s+(?:\w+\s+){0,3}$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an act is about.

    Args:
        kind: ``medicine``, ``supplement``, ``treatment``, ``test``, ``care``, ``unproven`` or ``unknown``.
        name: the words, or a medicine's canonical name.
        own: told as the reader's own ("your tablets", "tonight's dose"), or by a pronoun.
        otc: a medicine sold without a prescription.
        named: a single known medicine or treatment, not just "medicine".
    """

    kind: str
    name: str
    start: int
    end: int
    own: bool = False
    otc: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Somebody tells the reader something about an act on a target.

    Args:
        acts: readings of the verb, e.g. ``{"stop"}``; empty for a verb outside the lexicon.
        verb: the verb's words.
        mood: how it is told (see ``moods``).
        targets: what it is about, nearest first.
        start, end: offsets of the telling words in the sentence.
        condition: the "if ..." or "when ..." clause it depends on, "" if none.
        clause: the folded words from the verb to the end of the sentence.
    """

    acts: frozenset[str]
    verb: str
    mood: Mood
    targets: tuple[Target, ...]
    start: int
    end: int
    condition: str
    clause: str
    reported: bool = False


def find_frames(sentence: str, *, context: Sequence[DrugMention] = (), language: str = "en") -> list[Frame]:
    """The frames of one sentence, in order.

    Words in quotation marks (three or more) and plain questions tell nobody anything and give no frame; "why not
    skip it?" does. ``context`` are medicines talked of before, for "it" and "them".
    """
    text = sentence[:_LONGEST]
    folded = fold(text)
    quoted = [(s, e) for s, e in quoted_spans(text) if len(text[s:e].split()) >= _QUOTED_WORDS]
    if any(e - s >= 0.8 * len(text.strip()) for s, e in quoted):
        return []
    asked = is_question(text)
    mentions: tuple[Target, ...] | None = None
    frames = []
    for act in find_acts(folded, language):
        if any(s <= act.start < e for s, e in quoted):
            continue
        mood = mood_of(folded, act, language) or _after_the_act(folded, act)
        if mood is None or (asked and mood.id not in ("rhetorical", "urged", "lets")):
            continue
        mentions = find_targets(text) if mentions is None else mentions
        targets = _targets(folded, act, mood, mentions, context)
        end = max([act.end, *(t.end for t in targets[:1] if t.start >= act.start)])
        start = min([mood.start, act.start, *(t.start for t in targets[:1])])
        frames.append(
            Frame(
                acts=act.kinds,
                verb=folded[act.start : act.end],
                mood=mood,
                targets=targets,
                start=start + (len(folded[start:end]) - len(folded[start:end].lstrip(" ,.;:"))),
                end=end,
                condition=_condition(folded, act),
                clause=folded[act.start :],
                reported=is_reported(folded, mood.start),
            )
        )
    return frames


def find_targets(text: str) -> tuple[Target, ...]:
    """Medicines, treatments, tests, care and alternative remedies named in a text, in order."""
    folded = fold(text)
    found = [_medicine(m, folded) for m in find_medicines(text) if not _part_of_something_else(m, folded)]
    for kind in ("treatment", "test", "care", "unproven"):
        for hit in _pattern(kind).finditer(folded):
            if kind == "treatment" and _following().match(folded, hit.end()):
                continue
            own = bool(_OWN.search(folded[max(0, hit.start() - 40) : hit.start()]))
            found.append(Target(kind=kind, name=hit.group(), start=hit.start(), end=hit.end(), own=own, named=True))
    found += [Target(kind="medicine", name="dose", start=m.start(), end=m.end()) for m in _QUANTITY.finditer(folded)]
    return tuple(sorted(found, key=lambda t: (t.start, -t.end)))


def _medicine(mention: DrugMention, folded: str) -> Target:
    return Target(
        kind="supplement" if mention.supplement else "medicine",
        name=mention.name,
        start=mention.start,
        end=mention.end,
        own=bool(_OWN.search(folded[max(0, mention.start - 40) : mention.start])),
        otc=mention.otc,
        named=not mention.group,
    )


def _part_of_something_else(mention: DrugMention, folded: str) -> bool:
    """Whether a medicine word only qualifies another noun ("pill box", "flu shot")."""
    if mention.group and _before().search(folded[max(0, mention.start - 25) : mention.start]):
        return True
    return bool(_following().match(folded, mention.end))


def _targets(
    folded: str, act: Act, mood: Mood, mentions: Sequence[Target], context: Sequence[DrugMention]
) -> tuple[Target, ...]:
    """What the act is about: the object after the verb, before it for a passive or a label, or what a pronoun means."""
    stop = _object_end(folded, act)
    pronoun = _PRONOUN.match(folded, act.end)
    meant = [t for t in mentions if act.end <= t.start < stop]
    direct = [t for t in meant if t.name not in _PLACEHOLDERS or (not pronoun and "tell" in act.kinds)]
    if direct:
        return tuple(direct)
    passive = "part" in act.forms and "base" not in act.forms
    if passive or _labelled(folded, act, mood):
        before = [t for t in mentions if t.end <= act.start and not re.search(r"[.;!?]", folded[t.end : act.start])]
        if before:
            return tuple(reversed(before))
    if pronoun or "part" in act.forms or act.end >= len(folded.rstrip(" .!")):
        earlier = [t for t in mentions if t.end <= act.start and t.kind != "care"]
        name = pronoun.group(1) if pronoun else ""
        if earlier:
            return (_by_pronoun(earlier[0], act, pronoun),)
        if context and (pronoun or (passive and _BACK.search(folded[: act.start][-40:]))):
            last = context[-1]
            kind = "supplement" if last.supplement else "medicine"
            end = pronoun.end(1) if pronoun else act.end
            return (
                Target(
                    kind=kind, name=last.name, start=act.start, end=end, own=True, otc=last.otc, named=not last.group
                ),
            )
        if meant:
            return tuple(meant)
        if name:
            return (Target(kind="unknown", name=name, start=act.start, end=pronoun.end(1) if pronoun else act.end),)
    return ()


def _by_pronoun(target: Target, act: Act, pronoun: re.Match[str] | None) -> Target:
    """A target named before, meant by "it": told at the verb, as the reader's own."""
    end = pronoun.end(1) if pronoun else act.end
    return Target(
        kind=target.kind, name=target.name, start=act.start, end=end, own=True, otc=target.otc, named=target.named
    )


def _object_end(folded: str, act: Act) -> int:
    """Where the verb's object phrase ends: at a preposition, a new clause, or a parted particle."""
    if act.particle >= 0:
        return act.particle
    begin = act.end
    skipped = _VERB_NOUN.match(folded, begin)
    if skipped:
        begin = skipped.end()
    else:
        activity = _activity().match(folded, begin)
        if activity:
            return begin
    ends = [m.start() for m in (_PHRASE_END.search(folded, begin), _PREPOSITION.search(folded, begin + 1)) if m]
    return min(ends, default=len(folded))


def _labelled(folded: str, act: Act, mood: Mood) -> bool:
    """Whether the verb follows a label that names its object ("Letrozole: stop for a week")."""
    return mood.id == "imperative" and bool(re.search(r":\s*(?:\w+\s+){0,2}$", folded[: act.start]))


def _after_the_act(folded: str, act: Act) -> Mood | None:
    """A doing that is called fine: "skipping a dose is fine", "taking half won't hurt"."""
    if "ger" not in act.forms:
        return None
    before = folded[: act.start].rstrip()
    if before and not before.endswith((",", ":", ";", ".", "!", "-", "but", "and", "so", "•", "then", "(")):
        return None
    hit = _verdict_after().search(folded[act.end : act.end + 130])
    if hit is None:
        return None
    return Mood("called_fine", 0.85, "do", act.start)


def _condition(folded: str, act: Act) -> str:
    """The conditional clause of the sentence, before or after the verb."""
    hit = re.search(r"\b(?:if|when|whenever|unless|in case|should you|once|si|cuando)\b[^.;!?]{0,160}", folded)
    return hit.group() if hit else ""


@cache
def _verdict_after() -> re.Pattern[str]:
    return re.compile(package_yaml("lexicons/objects.yaml")["verdict_after"])


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(phrase_pattern(package_yaml("lexicons/objects.yaml")[kind]))


@cache
def _activity() -> re.Pattern[str]:
    return re.compile(
        r"\s*(?:your |the |any )?(?:" + phrase_pattern(package_yaml("lexicons/objects.yaml")["activity_nouns"]) + ")"
    )


@cache
def _before() -> re.Pattern[str]:
    return re.compile(phrase_pattern(package_yaml("lexicons/objects.yaml")["not_medicine_before"]) + r"\s$")


@cache
def _following() -> re.Pattern[str]:
    data: dict[str, Any] = package_yaml("lexicons/objects.yaml")
    return re.compile(r"(?:'s|-related)?[\s-]" + phrase_pattern(data["not_the_medicine"]))
