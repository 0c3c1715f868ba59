"""Hard words of patient text: which ones occur, whether each is explained where it comes up, and undefined acronyms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from harness.resources import package_yaml
from harness.text.syllables import is_acronym, is_known

_PIECE = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]{1,3})?\d{0,3}|\d+(?:[.,]\d+)*")
_ACRONYM = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]{1,6}s?(?![\w-])")
_CLASS = (
    r"(?:medicine|medication|drug|pill|tablet|shot|injection|infusion|treatment|therap(?:y|ie)|test|scan|exam|surgery|operation"
    r"|procedure|protein|gene|hormone|vitamin|supplement|chemo(?:therapy)?|antibody|condition|cancer|blocker|inhibitor|steroid"
    r"|pain reliever|antibiotic|thinner|marker|count)s?"
)
_BEFORE = re.compile(
    r"(?:\b(?:called|named|known as|termed|such as|like|including|for example|e\.g\.)(?: an?| the)?"
    r"[\s(:,\"“]*(?:[\w-]{1,40}(?:, and |, or |, | and | or )){0,6}"
    rf"|\b{_CLASS}[\s(,\"“]{{1,3}}|\w\s*\()$",
    re.IGNORECASE,
)
_DOES = (
    r"means?|refers to|stands for|describes|happens|works?|helps?|lowers?|blocks?|stops?|slows?|keeps?|treats?"
    r"|measures?|checks?|shows?|looks?|tells?|kills?"
)
_AFTER = re.compile(
    r"[\"”*]{0,3}(?:s|es)?(?:-\w{1,20})?\s*(?:\(\s*(?![A-Z0-9-]{2,8}\s*\)|\[?\d)[^)]{4,}|[:–—]\s*\S|-\s+\S"
    r"|,\s*(?:also|or|which|an?|the|one|another|sometimes|meaning|that is|i\.e|commonly)\b"
    r"|\s*(?:is|are|was|were)\s+(?:an?|the|one|when|how|what|also|used (?:to|for)|short for|another)\b"
    rf"|\s*(?:{_DOES})\b|\s*(?:{_CLASS}\s+)?(?:\([^)]{{4,}}\)|or\s+[\"“]?[a-z]))",
    re.IGNORECASE,
)
_FOLLOWING = re.compile(
    rf"(?:it|they|this|these|that|both)\b(?:\s+\w{{1,30}}){{0,2}}?\s+(?:is|are|{_DOES})\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An entry of the lexicon: the words, what kind it is, and a plain wording ("" for a drug)."""

    words: tuple[str, ...]
    kind: Literal["drug", "term", "common", "jargon"]
    plain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A term at a place in a text."""

    term: Term
    start: int
    end: int


@cache
def _lexicon() -> dict[str, tuple[Term, ...]]:
    """All terms by their first word, longest first."""
    raw = package_yaml("lexicons/readability_terms.yaml")
    listed = [_term(entry["term"], "term", entry["plain"]) for entry in raw["terms"]]
    listed += [_term(word, "common") for word in raw["common"]]
    listed += [_term(word, "jargon", plain) for word, plain in raw["jargon"].items()]
    listed += [_term(name, "drug") for name in _drug_names()]
    by_first: dict[str, dict[tuple[str, ...], Term]] = {}
    for term in listed:
        by_first.setdefault(term.words[0], {}).setdefault(term.words, term)
    return {first: tuple(sorted(t.values(), key=lambda x: -len(x.words))) for first, t in by_first.items()}


def _term(name: str, kind: Literal["drug", "term", "common", "jargon"], plain: str = "") -> Term:
    return Term(words=tuple(piece.lower() for piece in _PIECE.findall(name)), kind=kind, plain=plain)


def _drug_names() -> Iterator[str]:
    """Names of medicines in the drug lexicon; everyday supplements such as "ginger" need no explaining."""
    for drug in package_yaml("lexicons/drugs.yaml")["drugs"]:
        if not drug.get("supplement"):
            yield from (n for n in (drug["name"], *drug.get("brands", []), *drug.get("also", [])) if len(n) > 2)


def pieces(text: str) -> list[re.Match[str]]:
    """The runs of letters and numbers of a text; the unit of terms and of syllable counts."""
    return list(_PIECE.finditer(text))


@lru_cache(maxsize=1024)
def find_terms(text: str) -> tuple[Use, ...]:
    """Every lexicon term of a text, longest match first, in order; plurals included."""
    found = pieces(text)
    words = [piece.group().lower() for piece in found]
    uses: list[Use] = []
    index = 0
    while index < len(words):
        term = _match(words, index)
        if term:
            last = found[index + len(term.words) - 1]
            uses.append(Use(term=term, start=found[index].start(), end=last.end()))
        index += len(term.words) if term else 1
    return tuple(uses)


def _match(words: list[str], index: int) -> Term | None:
    for first in _singulars(words[index]):
        for term in _lexicon().get(first, ()):
            size = len(term.words)
            inner = words[index + 1 : index + size]
            if size == 1 or (
                inner[:-1] == list(term.words[1:-1]) and inner and term.words[-1] in _singulars(inner[-1])
            ):
                return term
    return None


@lru_cache(maxsize=65_536)
def _singulars(word: str) -> tuple[str, ...]:
    word = word.removesuffix("'s").removesuffix("’s")
    if word.endswith("ies"):
        return word, word[:-3] + "y", word[:-1]
    if word.endswith("es"):
        return word, word[:-1], word[:-2]
    return (word, word[:-1]) if word.endswith("s") else (word,)


def is_explained(use: Use, sentence: str, following: str = "") -> bool:
    """Whether a term is explained in plain words where it stands: apposition, "called", brackets, "is a", a class word.

    Args:
        use: a place in ``sentence``.
        following: the next sentence, which may explain it ("It is a pill that ...").
    """
    if use.term.plain and use.term.plain.lower() in sentence.lower():
        return True
    before, after = sentence[max(0, use.start - 120) : use.start], sentence[use.end : use.end + 160]
    if _BEFORE.search(before) or _AFTER.match(after):
        return True
    return _FOLLOWING.match(following) is not None


@cache
def _known_acronyms() -> frozenset[str]:
    return frozenset(word.upper() for word in package_yaml("lexicons/readability_terms.yaml")["acronyms"]["known"])


def undefined_acronyms(text: str, known: str = "") -> Iterator[tuple[int, int]]:
    """Where acronyms first occur that the text doesn't define ("tumor board (TB)", "TB, or tumor board").

    Args:
        known: what the reader wrote; the acronyms in it need no definition.
    """
    seen = {found.group().rstrip("s") for found in _ACRONYM.finditer(known.upper())} | _known_acronyms()
    for found in _ACRONYM.finditer(text):
        name = found.group().rstrip("s")
        if name in seen:
            continue
        seen.add(name)
        drug = any(use.term.kind in ("drug", "term") for use in find_terms(name))
        if is_acronym(name) and not drug and not _shouted(text, found) and not _defined(text, found):
            yield found.span()


def _shouted(text: str, found: re.Match[str]) -> bool:
    """Whether capitals are only emphasis: an everyday word, or one of several capital words in a row."""
    around = (
        text[max(0, found.start() - 25) : found.start()].split()[-1:] + text[found.end() : found.end() + 25].split()[:1]
    )
    neighbours = [word.strip(".,;:!?()\"'") for word in around]
    return is_known(found.group()) or any(len(w) > 3 and w.isupper() and w.isalpha() for w in neighbours)


def _defined(text: str, found: re.Match[str]) -> bool:
    before, after = text[max(0, found.start() - 4) : found.start()], text[found.end() : found.end() + 60]
    if re.search(r"\w\s*\($|\bor $", before) and re.match(r"s?\s?[),.;]", after):
        return True
    return (
        re.match(
            r"s?\s*(?:\([a-z][^)]{3,}|,? (?:or|which|short for|meaning|is short for|stands for|means)\b)", after, re.I
        )
        is not None
    )
