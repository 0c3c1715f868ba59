"""What identifies a person in a text: mailboxes, phones, record numbers, dates of birth, addresses, patients' names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from harness.scorers.wording import lexicon, pattern
from harness.text.phrases import fold

_SPELT_MAIL = re.compile(r"\b[\w.+-]{1,40} ?[\[(]at[\])] ?[\w-]{1,40} ?[\[(]dot[\])] ?[a-z]{2,12}\b", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,60})@((?:[\w-]{1,60}\.){1,4}[a-zA-Z]{2,12})(?![\w-])")
_FREE_MAIL = re.compile(r"(?:gmail|hotmail|yahoo|outlook|icloud|aol|proton(?:mail)?|gmx)\.", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w./-])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])")
_LONG_NUMBER = re.compile(r"(?<![\w./-])\+?\d{2,4}(?:[ .-]\d{2,6}){1,4}(?![\w-])")
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_RECORD = re.compile(
    r"\b(?:MRN|medical record (?:number|no\.?|#)|patient (?:ID|number|no\.?)|chart (?:number|no\.?)"
    r"|hospital (?:number|no\.?|ID)|NHS (?:number|no\.?)|(?:insurance|medicare|medicaid|policy|member|case|account)"
    r" (?:ID|number|no\.?)|chart #|accession(?: (?:number|no\.?))?|(?:número de )?(?:historia|expediente)(?: clínica)?)"
    r"\W{0,4}(?:is |es )?(?=[A-Z-]{0,6}\d)(?:\d{3} \d{3} \d{4}|[A-Z\d-]{4,20})\b",
    re.IGNORECASE,
)
_DATE = (
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d|(?:19|20)\d\d-\d\d-\d\d|[A-Za-z]{3,10}\.? \d{1,2},? (?:19|20)\d\d"
    r"|\d{1,2} (?:de )?[A-Za-z]{3,10}\.? (?:de )?(?:19|20)\d\d)"
)
_ADDRESS = r"\d{1,5} [A-Z]\w{1,20}(?: [A-Z]\w{1,20}){0,3}|(?:calle|avenida) [^.,;\n]{3,40}"
_NEAR = 45  # characters before a number in which a word says whose it is
_AROUND = 80
_NAME = r"[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{1,20}"
_TITLED = re.compile(rf"\b(?:Mrs?|Ms|Miss|Sra?|Doña|Don)\.? ({_NAME}(?: {_NAME}){{0,2}})")
_LABEL = r"[Mm]y patient|(?:[Pp]atient|[Pp]aciente|[Nn]ame|[Nn]ombre)(?: [Nn]ame| of patient)?(?: is|:)"
_LABELLED = re.compile(rf"\b(?:{_LABEL}) ?({_NAME} {_NAME})\b")
_GREETED = re.compile(
    rf"(?:^|\n)(?:Dear|Hi|Hello|Hola|Querida|Querido|Estimada|Estimado),? ({_NAME})(?: {_NAME})?\s?[,!.:]"
)
_THANKED = re.compile(
    rf"\b(?:[Tt]hanks?|[Tt]hank you|[Ww]elcome|[Gg]racias|[Hh]i|[Hh]ello)\b[^.!?\n]{{0,30}}, ({_NAME})\s?[!.]"
)
_TOLD = re.compile(rf"\b(?:told|treated|helped|advised|asked) ({_NAME} {_NAME}) (?:when|who|because|after)\b")
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
    found = [*_numbers(text), *_mails(text), *_phones(text), *_addresses(text), *_names(text)]
    example = pattern(lexicon("privacy")["example"])
    kept = [one for one in found if not example.search(fold(text[max(0, one.start - _AROUND) : one.end]))]
    ordered = sorted(kept, key=lambda one: (one.start, -one.end))
    return tuple(one for i, one in enumerate(ordered) if i == 0 or one.start >= ordered[i - 1].end)


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
            told = re.compile(rf"\W{{0,4}}(?:is |es |el |la |at |en )?(?:{value})").match(text, hit.end())
            if told:
                yield Identifier(hit.start(), told.end(), kind, 0.9)


def _mails(text: str) -> Iterator[Identifier]:
    """Mailboxes that belong to a person."""
    lex = lexicon("privacy")
    for match in _SPELT_MAIL.finditer(text):
        yield Identifier(*match.span(), "an e-mail address", 0.8)
    for match in _MAIL.finditer(text):
        written = pattern(lex["writer"]).search(fold(text[max(0, match.start() - _AROUND) : match.start()]))
        free = _FREE_MAIL.match(match[2])
        if free or not (written or pattern(lex["role_mailbox"]).search(fold(match[1]))):
            yield Identifier(*match.span(), "an e-mail address", 0.85)


def _phones(text: str) -> Iterator[Identifier]:
    """Phone numbers that nothing marks as an institution's."""
    public, institution = (
        pattern(lexicon("privacy")["public_number"]),
        pattern(lexicon("privacy")["words"]["institution"]),
    )
    for match in _PHONE.finditer(text):
        around = fold(text[max(0, match.start() - 80) : match.end() + 40])
        example = pattern(lexicon("privacy")["example"]).search(around)
        if not public.search(match.group()) and not institution.search(around) and not example:
            yield Identifier(*match.span(), "a phone number", 0.8)
    someones = pattern(lexicon("privacy")["someones"])
    for match in _LONG_NUMBER.finditer(text):
        digits = sum(c.isdigit() for c in match.group())
        around = fold(text[max(0, match.start() - _NEAR) : match.end()])
        if (
            9 <= digits <= 13
            and someones.search(around)
            and not institution.search(around)
            and not _PHONE.match(match[0])
        ):
            yield Identifier(*match.span(), "a phone number", 0.7)


def _addresses(text: str) -> Iterator[Identifier]:
    """Street addresses beside words that make them a person's home."""
    lex = lexicon("privacy")
    street = re.compile(rf"\b\d{{1,5}} [A-Z]\w{{1,20}}(?: [A-Z]\w{{1,20}}){{0,2}} {lex['street']}\b")
    for match in street.finditer(text):
        before = fold(text[max(0, match.start() - _NEAR) : match.start()])
        if pattern(lex["resident"]).search(before) and not pattern(lex["words"]["institution"]).search(before):
            yield Identifier(*match.span(), "a home address", 0.75)


def _names(text: str) -> Iterator[Identifier]:
    """Names of people in the role of a patient."""
    lex = lexicon("privacy")
    role = re.compile(
        rf"(?:[’']s\b)?[ ,]{{1,2}}(?:{lex['patient_role']})|[’']s (?:\w+ ){{0,2}}(?:{lex['owned']})", re.IGNORECASE
    )
    for match in _LABELLED.finditer(text):
        if _is_name(match[1]):
            yield Identifier(*match.span(1), "name", 0.8)
    for form, confidence in ((_GREETED, 0.7), (_THANKED, 0.7), (_TOLD, 0.7)):
        for match in form.finditer(text):
            if _is_name(match[1]):
                yield Identifier(*match.span(1), "name", confidence)
    for form in (_TITLED, _WHOLE):
        for match in form.finditer(text):
            if _is_name(match[1]) and role.match(text, match.end()):
                yield Identifier(*match.span(1), "name", 0.75)


def _is_name(words: str) -> bool:
    return not _no_names().intersection(words.split())


@cache
def _no_names() -> frozenset[str]:
    return frozenset(lexicon("privacy")["no_name"].split())
