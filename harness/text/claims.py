"""Checkable statements of an answer: what a source would have to say for the answer to be believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from harness.resources import package_yaml
from harness.text.anaphora import Discourse
from harness.text.clauses import Clause, clauses, tokens
from harness.text.facts import facts
from harness.text.listing import Listing
from harness.text.patterns import is_question
from harness.text.phrases import wordings
from harness.text.words import content_stems
from harness.types import Document, Region, Sentence

_MARKER = re.compile(
    r"\s?\[[\w ,;–-]{1,12}\]|(?<=[^\W\d_]|[.,;:)])[⁰¹²³⁴-⁹]{1,6}"
    r"|\s?\((?=[A-ZÁÉÍÓÚÑ])[^()\d]{2,80}(?:19|20)\d\d[a-z]?\)"  # "(WHO, 2024)"
)
_ATTRIBUTION = re.compile(
    r"^(?:according to|as recommended by|based on|según|de acuerdo con)\s[^,.;:]{2,90},\s"
    r"|^(?:many |some |recent |large |several |los |varios )?"
    r"(?:studies|trials|experts|guidelines|research|estudios|expertos)\s(?:have |has |han )?"
    r"(?:shows?|shown|found|finds?|suggests?|agree|recommend|say|indicates?|muestran|dicen)\s(?:that|que)\s",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^[\W_]{0,4}[A-ZÁÉÍÓÚÑ][\w' /-]{1,40}:\s+")
_CONDITION = re.compile(r"(?:if|when|once|si|cuando)\b[^,]{3,160},\s", re.IGNORECASE)
_POINTER = re.compile(
    r"\W*(?:(?:learn|read|find out|see) more|(?:for )?more information|(?:para )?(?:saber|leer) más|más información)\b"
    r".{0,300}\b(?:https?://|www\.|\w+\.(?:gov|org|edu)\b)",
    re.IGNORECASE,
)  # "Learn more: X has a page at https://..."
_EDGES = " •*-\n"
_FEWEST_WORDS = 3  # content words below which there is nothing to check
_WHEN_TO_CALL = frozenset({"temperature", "duration", "frequency"})  # facts that make advice to call checkable
_CHECKABLE = _WHEN_TO_CALL | {
    "dose",
    "percent",
    "count",
    "age",
    "number",
    "drug",
    "receptor",
    "stage",
    "approval",
    "timing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One checkable statement.

    Args:
        text: the statement as a judge should read it: without citation markers and the words that only name its source,
            with the subject it shares, the stem of its list, and pronouns replaced by what they stand for.
        start, end: offsets of its own words in ``Document.plain``, always within its sentence.
        sentence: index into ``Document.sentences``.
        advice: it tells the reader what to do ("call your team at 38 °C"): a source can contradict it, but its absence
            from the sources is no fault.
        resolved: ``text`` holds words from elsewhere on the page, such as the topic for "it".
    """

    text: str
    start: int
    end: int
    sentence: int
    advice: bool = False
    resolved: bool = False


def claims(document: Document) -> tuple[Claim, ...]:
    """The checkable statements of the body, in order.

    Greetings, sympathy, questions, words about the page itself and advice to ask or call are none, unless
    they state a clinical fact such as a temperature; such advice is marked as ``advice``.
    """
    found: list[Claim] = []
    language = "es" if document.language == "es" else "en"
    talk, listing = Discourse(language=language), Listing(document.sentences, language)
    for index, sentence in enumerate(document.sentences):
        if sentence.region not in (Region.BODY, Region.TITLE):
            continue
        if sentence.kind == "heading" or sentence.region is Region.TITLE:
            talk.enter(sentence.text)
        elif not (is_question(sentence.text) or _POINTER.match(sentence.text) or listing.introduces(index)):
            stem = listing.stem(index, talk.topic)
            said = "" if _pattern("not_claims").search(stem) else stem  # "Here are some facts:" hides nothing
            found.extend(_claims_of(sentence, index, talk, said))
    return tuple(found)


def _claims_of(sentence: Sentence, index: int, talk: Discourse, stem: str) -> Iterator[Claim]:
    """The statements of one sentence; ``stem`` is what a list item goes on from, if it is one."""
    opening = _opening(sentence.text)
    words = sentence.text[opening:]
    said = words if stem else talk.resolve(words)
    added = len(said) - len(words)  # by a pronoun resolved at the start
    for clause in (Clause(start=0, end=len(said)),) if stem else clauses(said, talk.language):
        first = clause.start == 0
        own = _bare(said[clause.start : clause.end])
        text = _joined(stem or _bare(clause.lead), own)
        text = text if first else talk.resolve(text)
        talk.hear(text)
        text = _bare(_label(sentence.text)) + " " + text if first and _label(sentence.text) and not stem else text
        advice = _advice(text, labelled=not stem)
        if advice is None or not own:
            continue
        start = 0 if first else opening + clause.start - added
        start, end = _trimmed(sentence.text, start, opening + clause.end - added)
        yield Claim(
            text=text,
            start=sentence.start + start,
            end=sentence.start + end,
            sentence=index,
            advice=advice,
            resolved=bool(stem or clause.lead or added or not text.endswith(own)),
        )


def _opening(text: str) -> int:
    """Where a sentence begins to speak of its subject: after a bullet, a label, the name of its source."""
    start = len(text) - len(text.lstrip(_EDGES))
    for pattern in (_LABEL, _ATTRIBUTION):
        hit = pattern.match(text[start:])
        start += hit.end() if hit else 0
    return start


def _label(text: str) -> str:
    """The label of a sentence ("Dose: 20 mg ..."), "" if it has none."""
    hit = _LABEL.match(text.lstrip(_EDGES))
    return hit.group() if hit else ""


def _bare(text: str) -> str:
    """A text without citation markers and the signs around it."""
    return _MARKER.sub("", text).strip(_EDGES).rstrip(",")


def _joined(lead: str, own: str) -> str:
    """Words that stand before a statement, and the statement, as one."""
    if not lead or not own:
        return own
    starts = tokens(own[:40])
    plain = starts and own[1:2].islower() and not starts[0].text.isupper()
    return f"{lead} {own[:1].lower() + own[1:] if plain else own}"


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Offsets without the blanks at either end."""
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())


def _advice(text: str, *, labelled: bool) -> bool | None:
    """Whether a statement is advice; None where there is nothing in it to check. A label alone is no statement."""
    label = _LABEL.match(text) if labelled else None
    statement = text[label.end() :] if label else text
    if not (_is_checkable(statement) and _is_checkable(text)):
        return None
    asks = bool(_pattern("asks").search(statement))
    advice = asks or _is_imperative(statement)
    if advice and not {fact.kind for fact in facts(text)} & (_WHEN_TO_CALL if asks else _CHECKABLE):
        return None
    return advice


def _is_checkable(text: str) -> bool:
    """Whether a statement says enough, and says it about the subject, not about the page or the reader's feelings."""
    return len(content_stems(text)) >= _FEWEST_WORDS and not _pattern("not_claims").search(text)


def _is_imperative(text: str) -> bool:
    """Whether a statement tells the reader what to do, be it after a condition."""
    condition = _CONDITION.match(text)
    told = text[condition.end() :] if condition else text.lstrip(_EDGES)
    return bool(_pattern("imperatives").match(told))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return wordings(package_yaml("lexicons/claims.yaml")[name])
