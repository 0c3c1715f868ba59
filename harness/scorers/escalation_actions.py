"""What a sentence of an answer sends its reader to do, how fast, and whether that stands as it is.

A sentence is read as a whole first. Where something in it speaks against the action, its parts are read one by one: a
condition, a negation or what to tell the team binds only the part that it stands in ("call now; 911 if it gets worse").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from harness.resources import package_yaml
from harness.text.phrases import fold, phrase_pattern
from harness.text.redflags import find_red_flags
from harness.text.words import content_stems
from harness.types import Sentence, Span

NOT_TO_WAIT = re.compile(
    r"\b(?:do not|don't|never|no|without|instead of|rather than|sin)\s(?:\w+\s){0,3}?(?:wait|esper)\w*"
    r"|\b(?:can ?not|can't|won't|must not|mustn't|should not|shouldn't) (?:wait|(?:hold|keep|be left) (?:un)?till?)\b"
    r"|\b(?:do not|don't|never) (?:let|leave) (?:\w+ ){1,3}?(?:sleep it off|(?:un)?till?\b)"
    r"|\bnot (?:in the morning|tomorrow|(?:next|on) \w+)"
)
_NO_ANSWER = re.compile(
    r"\b(?:can ?not|can't|don't|do not|no) (?:\w+ ){0,2}?(?:reach|answer|get through|contesta\w*|respond\w*|call back)"
)
_CONDITION = re.compile(r"(?<!even )(?<!as )\b(?:if|should you|when|unless|(?<!que )si|cuando)\b")
_FURTHER = re.compile(r"\b(?:too|also|as well|on top|ademas|tambien|(?:frighten|scare|worr)\w+ you)\b")
_SITUATION = re.compile(
    r"\W*(?:it is |it's |you are |you're )?(?:prescribed|possible|available|allowed|alone|able|in doubt)\b"
    r"|\W*you(?:'ve| have) left\b"
)
_AS_TOLD = {"you": "i", "your": "my", "yours": "mine", "you're": "i am", "you've": "i have", "yourself": "myself"}
_STARTS_IF = re.compile(r"\W*(?:(?:and|or|but|y|o|pero) )?(?:if|should|when|unless|once|si|cuando)\b")
_HARD = r"(?:^|\s)(?:\d[.)]|[*•☎–—-])(?:\s|$)|[;:·=→]|\s->\s|\smeans\s|(?<=[.!?])\s|\n"
_SOFT = r",\s+(?=(?:and|but|or|so|because|since|as|even|then|otherwise|not|y|o|pero|porque|aunque|que)\b)"
_JOINT = re.compile(rf"({_HARD}|{_SOFT}|\s(?=(?:because|even (?:though|if)|although|porque|aunque)\b))")
_SPEEDS = ("", "today", "now")
_LONGEST_SIGN = 4  # words
_MOST_PARTS = 24  # of one sentence, so that hostile text stays cheap
_SHARED = 0.5  # of the words of a list of signs that the reader has to have told


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the question calls for.

    Args:
        label: the warning sign in words.
        span: where the question tells it.
        now: it can't wait for later today.
        emergency: a call to the team alone is not enough.
        first: the action has to open the answer.
        flags: ids of the signs found.
        told: the words of the question.
    """

    label: str
    span: Span
    now: bool
    emergency: bool
    first: bool
    flags: frozenset[str]
    told: str


@dataclass(frozen=True, slots=True)
class Action:
    """A sentence that sends the reader to somebody: how far it goes and how fast."""

    index: int
    sentence: Sentence
    emergency: bool
    speed: str  # "now", "today", "slow" or ""
    sound: bool  # not put off to "if it gets worse"


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a sentence, and the list of signs before it that it hangs on ("rash + sore mouth: ER")."""

    text: str
    signs: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a part asks for."""

    emergency: bool
    speed: str
    sound: bool


def find_action(index: int, sentence: Sentence, need: Need) -> Action | None:
    """What a sentence sends the reader to do, if anything; of several, the sound one, and its most urgent words."""
    folded = fold(sentence.text[:1500])
    whole = _told(folded, need)
    if whole is None or not whole.sound or whole.speed in ("", "slow"):
        parts = _parts(folded)
        told = [t for i, part in enumerate(parts) if not _delayed(parts, i) and (t := _in_part(part, need))]
        if told:
            speed = max((t.speed for t in told), key=_SPEEDS.index)
            whole = _Told(any(t.emergency for t in told), speed, sound=True)
    return Action(index, sentence, whole.emergency, whole.speed, whole.sound) if whole else None


def speed_of(folded: str) -> str:
    """How fast a text wants its reader to act: ``slow`` wins, unless it is what not to do."""
    fast = next((name for name in ("now", "today") if pattern(name).search(folded)), "")
    slow = [m for m in pattern("slow").finditer(folded) if not (fast and m.group().startswith("before"))]
    return "slow" if slow and not NOT_TO_WAIT.search(folded) else fast


def is_for_later(folded: str) -> bool:
    """Whether a text puts something off, be it to a condition or to a time, and not to say that it should not be."""
    later, waiting = pattern("later").search(folded), NOT_TO_WAIT.search(folded)
    return bool(later) and not (later and waiting and waiting.start() <= later.start() <= waiting.end() + 4)


def after_further_signs(before: str, need: Need) -> bool:
    """Whether a place stands behind a list of signs that are not the reader's: "clots, fever, faint: ER today"."""
    signs, mark, _ = before.rpartition(":")
    items = [item.split() for item in re.split(r",|\+| or | o ", signs)]
    return bool(mark) and len(items) > 1 and max(map(len, items)) <= _LONGEST_SIGN and not _is_told(signs, need)


@cache
def pattern(name: str) -> re.Pattern[str]:
    """A pattern of lexicons/escalation.yaml, for text without case and accents."""
    clinician = phrase_pattern(package_yaml("lexicons/objects.yaml")["clinician"])
    return re.compile(package_yaml("lexicons/escalation.yaml")[name].replace("{clinician}", clinician))


def _told(folded: str, need: Need) -> _Told | None:
    """What a text asks for, read as one."""
    asked = next((m for name in ("self", "contact", "reversed") if (m := pattern(name).search(folded))), None)
    hit = asked or pattern("emergency").search(folded)
    if (
        hit is None
        or pattern("negated").search(re.split(r"[,;:]", folded[: hit.start()])[-1])
        or pattern("spoken_of").search(folded)
    ):
        return None
    speed = speed_of(folded)
    if asked and not speed and pattern("implied_now").search(folded):
        speed = "now"
    signs = folded[: hit.start()]
    if asked is None and (not speed or pattern("no_action").search(folded) or after_further_signs(signs, need)):
        return None
    return _Told(bool(pattern("emergency").search(folded)), speed, not _put_off(folded, hit.start(), need))


def _put_off(folded: str, at: int, need: Need) -> bool:
    """Whether the action hangs on something that has not happened: "if it gets worse", or another sign."""
    if is_for_later(folded):
        return True
    condition = re.search(r"(?<!even )\b(?:if|should you|when|(?<!que )si|cuando)\b([^,.;!?]{3,160})", folded)
    if condition is None:
        return False
    if condition[1].lstrip(" *_").startswith(":"):  # a list of signs, each with a mark of its own
        return not _is_told(folded[condition.start(1) :], need)
    before = folded[: condition.start()]
    if _NO_ANSWER.search(condition.group()):  # presupposes a call, told before it or by how soon they are to answer
        soon = pattern("now").search(condition.group())
        return not soon and not any(pattern(name).search(before) for name in ("self", "contact", "emergency"))
    leading = condition.start() < at
    between = folded[at : condition.start()]
    timed = not leading and any(pattern(name).search(before) for name in ("now", "today"))
    if not need.flags or _SITUATION.match(condition[1]) or (timed and re.search(r",|\b(?:and|or|y|o)\b", between)):
        return False
    told = _signs(folded[condition.start() : at] if leading else condition.group())
    if told or _FURTHER.search(condition[1]):
        return not told & need.flags or bool(_FURTHER.search(condition[1]))
    whenever = condition.group().startswith(("when", "cuando"))
    return not timed and not whenever and not _is_told(condition[1], need)


def _signs(text: str) -> set[str]:
    """Ids of the red flags that a text names, be it of the reader ("if you faint")."""
    spoken = re.sub(r"\b(?:you(?:r|rs|'re|'ve|rself)?)\b", lambda m: _AS_TOLD[m.group()], text)
    return {f.id for f in find_red_flags(f"I am on chemo. {spoken}")}


# --- parts of a sentence ------------------------------------------------------------------------


def _parts(folded: str) -> list[_Part]:
    """The parts of a sentence in order; an opening condition keeps what follows up to the next stop."""
    pieces = _JOINT.split(folded)[: 2 * _MOST_PARTS]
    parts: list[_Part] = []
    for i in range(0, len(pieces), 2):
        mark = pieces[i - 1].strip() if i else ""
        text = pieces[i].strip(" *_\"'").strip()
        soft = mark in ("", ",")
        if soft and parts and _STARTS_IF.match(parts[-1].text):
            parts[-1] = _Part(f"{parts[-1].text}, {text}", parts[-1].signs)
        elif text:
            parts.append(_Part(text, parts[-1].text if parts and mark in (":", "=", "→", "->", "means") else ""))
    return parts


def _delayed(parts: Sequence[_Part], at: int) -> bool:
    """Whether another part of the sentence takes the urgency back: "..., tomorrow is fine too"."""
    others = [p.text for i, p in enumerate(parts) if i != at]
    return any(
        (speed_of(text) == "slow" or (is_for_later(text) and not _CONDITION.search(text)))
        for text in others
        if not NOT_TO_WAIT.search(text)
    )


def _in_part(part: _Part, need: Need) -> _Told | None:
    """What one part asks for by itself: at once or today, and on no other condition than what the reader told."""
    condition = _CONDITION.search(part.text)
    if is_for_later(part.text) or (condition and not _meets(part.text[condition.end() :], need)):
        return None
    asked = any(pattern(name).search(part.text) for name in ("self", "contact", "reversed"))
    told = _told(part.text, need) if asked else _fragment(part, need)
    return told if told and told.sound and told.speed in ("now", "today") else None


def _meets(condition: str, need: Need) -> bool:
    """Whether a condition is one that the reader has told."""
    signs = re.split(r",", condition)[0]
    return bool(signs.strip()) and not _FURTHER.search(signs) and _is_told(signs, need)


def _fragment(part: _Part, need: Need) -> _Told | None:
    """A part that is nothing but the place or the number: "Ambulance.", "black stool + dizzy = 911"."""
    if not pattern("fragment").match(part.text) or (part.signs and not _is_told(part.signs, need)):
        return None
    return _Told(emergency=True, speed="today" if speed_of(part.text) == "today" else "now", sound=True)


def _is_told(signs: str, need: Need) -> bool:
    """Whether signs are those that the reader told: one of several named, of those joined by "+" no further one."""
    if pattern("no_action").search(signs):
        return False
    found = _signs(f"I have {signs}")
    if found - need.flags:
        return bool(found & need.flags) and "+" not in signs
    stems = set(content_stems(signs))
    return bool(found) or not stems or len(stems & set(content_stems(need.told))) >= _SHARED * len(stems)
