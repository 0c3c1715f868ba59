"""Facts that a sentence states as the reader's own, and whether the reader told them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.drugs import find_drugs, find_medicines
from harness.text.patterns import is_question
from harness.text.phrases import fold, phrase_pattern
from harness.text.words import content_stems

_LONGEST = 1_500  # characters of a sentence that are read
_OWN_DRUG = re.compile(
    r"(?:\b(?:since|because|as|given|now that|considering|while|although|and|but|with|puesto que|ya que"
    r"|como)\s(?:that )?(?:you(?:'re| are|'ve been| have been| take| just| were| started| finished| already| had)?"
    r"|your|usted|tu|su|esta|toma)\b"
    r"|^(?:\W{0,3})you(?:'re| are|'ve been| have been| take| were| started| finished)\b"
    r"|\b(?:your|su|tu|tus|sus)\b)[^.;!?]{0,40}$"
)
_ARTICLE = re.compile(r"\b(?:the|el|la) $")
_TAKEN_BY_READER = re.compile(
    r",? (?:that |which )?(?:you(?:'re|'ve)?|usted) (?:have been |were |are |have |had |'ve been )?"
    r"(?:put|on|take|taking|took|taken|started|given|got|use|used|using|finished|stopped|began|toma|tomo|recibe|recibio)\b"
)
_GENERAL_OWNER = re.compile(
    r"\b(?:your|su|tu)\s(?:\w+\s){0,2}"
    r"(?:team|doctor|oncologist|nurse|body|blood|bones?|risk|pharmacist|equipo|medico)\b"
)
_QUOTED = re.compile(
    r"\b(?:you(?:'ve| have)? (?:just |already |also |once )?(?:told|mentioned|said|wrote|shared|described|reported|let)"
    r"(?: (?:us|me))?(?: know)?|(?:nos|me) (?:ha )?(?:cont|di[jc]|coment|escri|mencion)\w*) (?:that |how |que )?"
    r"(?P<fact>(?:(?!, (?:and|but|so|which|y|pero)\b)[^.;:!?]){8,160})"
)
_NEW_CLAUSE = re.compile(r"[;:()—]|,\s(?!and\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFact:
    """A fact stated as the reader's own.

    Args:
        name: e.g. ``stage_2``, ``drug:paclitaxel``, ``age``.
        start, end: offsets in the sentence, from the words that make it the reader's.
        told: whether it stands in what the reader told.
    """

    name: str
    start: int
    end: int
    told: bool


def reader_facts(sentence: str, told: Sequence[str]) -> list[ReaderFact]:
    """Facts that ``sentence`` states as the reader's own.

    Args:
        told: the question, the reader's earlier messages and facts given; a fact found there is ``told``.

    "If your cancer is ER-positive", questions, and facts as topics ("your HER2 status") state nothing.
    """
    text = sentence[:_LONGEST]
    if is_question(text):
        return []
    folded, known, own = fold(text), fold(" \n ".join(told)), _own(told)
    found = [*_claimed(folded, known, own), *_drugs(text, folded, told, own), *_treatments(folded, own)]
    found += _quoted(folded, known)
    return sorted(found, key=lambda f: f.start)


def _own(told: Sequence[str]) -> str:
    """The folded sentences in which the reader tells of a person, not only asks in general."""
    sentences = [s for t in told for s in re.split(r"[.!?\n]+", fold(t)) if s.strip()]
    return " \n ".join(s for s in sentences if _personal().search(s) or not _openers().match(s.strip()))


def _claimed(folded: str, known: str, own: str) -> list[ReaderFact]:
    found: dict[tuple[int, int], ReaderFact] = {}
    for strict, pattern in _claims():
        for hit in pattern.finditer(folded):
            words = hit.group("fact")
            if _general(folded, hit.start(), hit.start("fact")) or _topic().match(folded, hit.end("fact")):
                continue
            name = _name(words)
            fact = ReaderFact(
                name=name, start=hit.start(), end=hit.end("fact"), told=_told(name, words, own if strict else known)
            )
            found.setdefault((hit.start("fact"), hit.end("fact")), fact)
    return list(found.values())


def _treatments(folded: str, own: str) -> list[ReaderFact]:
    """A treatment told as the reader's: "since you are on chemo"."""
    hit = _on_treatment().search(folded)
    if hit is None or _general(folded, hit.start(), hit.start("fact")):
        return []
    told = hit["fact"][:5] in own or "treatment" in own or bool(find_drugs(own))
    return [ReaderFact(name="treatment", start=hit.start(), end=hit.end(), told=told)]


def _quoted(folded: str, known: str) -> list[ReaderFact]:
    """What the reader is said to have told ("you mentioned that ..."): told where half of its words stand there."""
    hit = _QUOTED.search(folded)
    if hit is None or _general(folded, hit.start(), hit.start("fact")) or not _hard().search(hit["fact"]):
        return []
    words = set(content_stems(hit["fact"]))
    told = 2 * len(words & set(content_stems(known))) >= len(words)
    return [ReaderFact(name="told", start=hit.start(), end=hit.end(), told=told)] if words else []


def _drugs(text: str, folded: str, told: Sequence[str], own: str) -> list[ReaderFact]:
    """Medicines named as the reader's: "since you take Kisqali", "your tamoxifen"."""
    given = {m.name for t in told for m in find_drugs(t)}
    classes = {m.drug_class for t in told for m in find_medicines(t)}
    found = []
    for mention in find_drugs(text):
        if mention.supplement or mention.otc:
            continue
        before = folded[max(0, mention.start - 75) : mention.start]
        hit = _OWN_DRUG.search(_NEW_CLAUSE.split(before)[-1])
        behind = _ARTICLE.search(before) and _TAKEN_BY_READER.match(folded, mention.end)
        if not behind and (hit is None or _GENERAL_OWNER.search(hit.group())):
            continue
        start = mention.start - (len(hit.group()) if hit and not behind else 0)
        if not _general(folded, start, mention.start):
            is_told = mention.name in given or (bool(mention.drug_class) and mention.drug_class in classes)
            found.append(ReaderFact(name=f"drug:{mention.name}", start=start, end=mention.end, told=is_told))
    return found


def _general(folded: str, start: int, fact: int) -> bool:
    """Whether a condition or a general subject stands before the claim, or within it."""
    clause = re.split(r"[.;!?]", folded[max(0, start - 70) : start])[-1]
    if re.match(r"\s*(?:since|because|given|now that|as)\b", folded[start:fact]):
        clause = ""
    return bool(_conditional().search(clause) or _conditional().search(folded[start:fact]))


def _told(name: str, words: str, known: str) -> bool:
    """Whether the reader told a fact; beside a prescription medicine any kind of cancer counts, as none is listed."""
    raw = _data()["facts"].get(name)
    if words in known:
        return True
    if raw is None:
        return any(w in known for w in words.split() if len(w) > 2)
    forms = [fold(f) for f in (*raw["forms"], *raw.get("implied_by", ()))]
    if name.startswith("cancer_") and any(not (m.group or m.supplement or m.otc) for m in find_drugs(known)):
        return True
    return any(form in known for form in forms) or (name == "age" and bool(re.search(r"\b[1-9]\d\b", known)))


def _name(words: str) -> str:
    """The fact that some words tell."""
    for name, raw in _data()["facts"].items():
        if words in {fold(f) for f in raw["forms"]}:
            return str(name)
    return "age" if re.match(r"\d|age|edad", words) else "record"


@cache
def _hard() -> re.Pattern[str]:
    return re.compile(rf"{phrase_pattern(_data()['hard'])}|\d")


@cache
def _personal() -> re.Pattern[str]:
    return re.compile(phrase_pattern(_data()["personal"]))


@cache
def _openers() -> re.Pattern[str]:
    return re.compile(phrase_pattern(_data()["openers"]))


@cache
def _on_treatment() -> re.Pattern[str]:
    return re.compile(
        r"\b(?:since|because|as|given that|now that|while|ya que|como) (?:you(?:'re| are|'ve been| have been)|usted) "
        r"(?:\w+ ){0,3}?(?P<fact>" + phrase_pattern(_data()["treatments"]) + ")"
    )


@cache
def _claims() -> tuple[tuple[bool, re.Pattern[str]], ...]:
    data = _data()
    forms = [f for raw in data["facts"].values() for f in raw["forms"]]
    fact = phrase_pattern(f for f in forms if f != "age")
    return tuple((bool(c.get("strict")), re.compile(c["pattern"].replace("{fact}", fact))) for c in data["claims"])


@cache
def _conditional() -> re.Pattern[str]:
    return re.compile(phrase_pattern(_data()["conditional"]))


@cache
def _topic() -> re.Pattern[str]:
    return re.compile(r"(?:'s)?,?\s" + phrase_pattern(_data()["topic_after"]))


def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml("lexicons/reader_facts.yaml")
    return data
