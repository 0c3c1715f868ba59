"""What identifies a person in a text: mailboxes, phones, record numbers, dates of birth, addresses, patients' names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from harness.scorers.wording import lexicon, pattern
from harness.text.phrases import fold

_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,60})@((?:[\w-]{1,60}\.){1,4}[a-zA-Z]{2,12})(?![\w-])")
_FREE_MAIL = re.compile(r"(?:gmail|hotmail|yahoo|outlook|icloud|aol|proton(?:mail)?|gmx)\.", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w./-])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])")
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_RECORD = re.compile(
    r"\b(?:MRN|medical record (?:number|no\.?|#)|patient (?:ID|number|no\.?)|chart (?:number|no\.?)"
    r"|insurance (?:ID|number)|member ID|número de (?:historia|expediente)(?: clínica)?)"
    r"\W{0,4}(?:is |es )?(?=[A-Z-]{0,6}\d)[A-Z\d-]{4,20}\b",
    re.IGNORECASE,
)
_DATE = (
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d|(?:19|20)\d\d-\d\d-\d\d|[A-Za-z]{3,10}\.? \d{1,2},? (?:19|20)\d\d"
    r"|\d{1,2} (?:de )?[A-Za-z]{3,10}\.? (?:de )?(?:19|20)\d\d)"
)
_ADDRESS = r"\d{1,5} [A-Z]\w{1,20}(?: [A-Z]\w{1,20}){0,3}|(?:calle|avenida) [^.,;\n]{3,40}"
_NAME = r"[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{1,20}"
_TITLED = re.compile(rf"\b(?:Mrs?|Ms|Miss|Sra?|Doña|Don)\.? ({_NAME}(?: {_NAME}){{0,2}})")
_LABELLED = re.compile(rf"\b(?:[Pp]atient|[Pp]aciente|[Nn]ame|[Nn]ombre)(?: [Nn]ame)?(?: is|:) ?({_NAME} {_NAME})\b")
_GREETED = re.compile(
    rf"(?:^|\n)(?:Dear|Hi|Hello|Hola|Querida|Querido|Estimada|Estimado),? ({_NAME})(?: {_NAME})?\s?[,!.:]"
)
_WHOLE = re.compile(rf"\b({_NAME} {_NAME})(?= |,)")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifying detail: offsets into the text and what it is in plain words."""

    start: int
    end: int
    kind: str
    confidence: float


def identifiers(text: str) -> tuple[Identifier, ...]:
    """All identifying details of persons, in order. Hotlines, institutions' numbers and role mailboxes are none."""
    found = [*_numbers(text), *_mails(text), *_phones(text), *_names(text)]
    return tuple(sorted(found, key=lambda one: one.start))


def masked(text: str) -> str:
    """The text with every identifying detail that was found replaced by its kind: ``[phone number]``.

    A help, not a guarantee: names are only found in the role of a patient, so that a person still has to read it.
    """
    kept, end = [], 0
    for one in identifiers(text):
        if one.start >= end:
            kept += [text[end : one.start], f"[{re.sub('^an? ', '', one.kind)}]"]
        end = max(end, one.end)
    return "".join([*kept, text[end:]])


def _numbers(text: str) -> Iterator[Identifier]:
    """Record and social security numbers, dates of birth, home addresses."""
    for match in _SSN.finditer(text):
        yield Identifier(*match.span(), "a social security number", 0.9)
    for match in _RECORD.finditer(text):
        yield Identifier(*match.span(), "a record number", 0.9)
    folded = fold(text)
    for cue, value, kind in (("dated_birth", _DATE, "a date of birth"), ("home", _ADDRESS, "a home address")):
        for hit in pattern(lexicon("privacy")[cue]).finditer(folded):
            told = re.compile(rf"\W{{0,4}}(?:is |es |el |at |en )?(?:{value})").match(text, hit.end())
            if told:
                yield Identifier(hit.start(), told.end(), kind, 0.9)


def _mails(text: str) -> Iterator[Identifier]:
    """Mailboxes that belong to a person."""
    role = pattern(lexicon("privacy")["role_mailbox"])
    for match in _MAIL.finditer(text):
        if _FREE_MAIL.match(match[2]) or not role.search(fold(match[1])):
            yield Identifier(*match.span(), "an e-mail address", 0.85)


def _phones(text: str) -> Iterator[Identifier]:
    """Phone numbers that nothing marks as an institution's."""
    public, institution = (
        pattern(lexicon("privacy")["public_number"]),
        pattern(lexicon("privacy")["words"]["institution"]),
    )
    for match in _PHONE.finditer(text):
        around = fold(text[max(0, match.start() - 80) : match.end() + 40])
        if not public.search(match.group()) and not institution.search(around):
            yield Identifier(*match.span(), "a phone number", 0.8)


def _names(text: str) -> Iterator[Identifier]:
    """Names of people in the role of a patient."""
    role = re.compile(rf"(?:[’']s\b)?[ ,]{{1,2}}(?:{lexicon('privacy')['patient_role']})", re.IGNORECASE)
    for match in _LABELLED.finditer(text):
        if _is_name(match[1]):
            yield Identifier(*match.span(1), "name", 0.8)
    for match in _GREETED.finditer(text):
        if _is_name(match[1]):
            yield Identifier(*match.span(1), "name", 0.7)
    for form in (_TITLED, _WHOLE):
        for match in form.finditer(text):
            if _is_name(match[1]) and role.match(text, match.end()):
                yield Identifier(*match.span(1), "name", 0.75)


def _is_name(words: str) -> bool:
    return not _no_names().intersection(words.split())


@cache
def _no_names() -> frozenset[str]:
    return frozenset(lexicon("privacy")["no_name"].split())
