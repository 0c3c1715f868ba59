"""The statements that one sentence coordinates, each with the subject it shares, found without a language model.

"Tamoxifen blocks estrogen and lowers the risk" states two things of one subject. A sentence is split only where a small
grammar (``lexicons/grammar.yaml``) is sure of the subject; otherwise it stays whole, which costs a judge nothing but
detail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from harness.resources import package_yaml
from harness.text.patterns import quoted_spans
from harness.text.words import content_stems

_TOKEN = re.compile(r"[^\W_]+(?:['’./+-][^\W_]+)*")
_BRACKETS = re.compile(r"\([^()]{0,300}\)|\[[^\[\]]{0,60}\]")
_FEWEST = 3  # content words of a statement that stands alone
_OWN_WORDS = 2  # content words that it has to add to a subject it shares
_LONGEST_SUBJECT = 9  # words
_LONGEST_ITEM = 4  # words
_LONGEST = 1500  # characters of a sentence that are looked at
Form = Literal["one", "many", "base", "modal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One statement of a sentence.

    Args:
        start, end: its own words, as offsets into the sentence.
        lead: words of the sentence that it shares, to be read before its own; "" if none.
    """

    start: int
    end: int
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its place; ``text`` is lower case with straight apostrophes."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verb:
    """A finite verb: the index of its token, its form, and the index of the first adverb before it."""

    index: int
    form: Form
    first: int


def tokens(text: str) -> list[Token]:
    """The words of a text with their offsets."""
    return [Token(m.group().lower().replace("’", "'"), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def grammar(language: str) -> dict[str, Any]:
    """The word lists of a language; English for one that has none."""
    known = cast(dict[str, dict[str, Any]], package_yaml("lexicons/grammar.yaml"))
    return known.get(language, known["en"])


@cache
def word_set(language: str, name: str) -> frozenset[str]:
    """One list of the grammar as a set."""
    return frozenset(grammar(language)[name])


def s_form(verb: str) -> str:
    """The third person of a regular English verb: "carries", "passes", "blocks"."""
    if verb.endswith("y") and verb[-2:-1] not in ("a", "e", "o", "u"):
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


@cache
def _forms(language: str) -> dict[str, tuple[Form, bool]]:
    """Finite form -> how it agrees, and whether it may be a noun."""
    words = grammar(language)
    forms: dict[str, tuple[Form, bool]] = {}
    kinds = {"verbs": (False, False), "verbs_or_noun": (False, True), "verbs_or_plural": (True, False)}
    for name, nouns in (*kinds.items(), ("verbs_or_nouns", (True, True))):
        for verb in words[name]:
            one, many = (verb, verb + "n") if language == "es" else (s_form(verb), verb)
            forms[one], forms[many] = ("one", nouns[0]), ("many", nouns[1])
    listed: tuple[Form, ...] = ("one", "many")
    forms |= {word: (form, False) for form in listed for word in words[form]}
    return forms | dict.fromkeys((*words["modals"], *words["modals_negated"]), ("modal", False))


def verb_at(found: Sequence[Token], index: int, language: str) -> Form | None:
    """The form of a token that is read as a finite verb, or None where it is a noun or something else."""
    known = _forms(language).get(found[index].text)
    if known is None:
        return "one" if _looks_like_verb(found, index, language) else None
    before = found[index - 1].text if index else ""
    after = found[index + 1].text if index + 1 < len(found) else ""
    if before == "to":
        return None
    if known[1] and (
        not after
        or before in word_set(language, "before_noun")
        or after in word_set(language, "after_noun")
        or after in _forms(language)
    ):
        return None
    return known[0]


def _looks_like_verb(found: Sequence[Token], index: int, language: str) -> bool:
    """Whether an unknown word in -s takes an object: "melts the tumor"."""
    word = found[index].text
    after = found[index + 1].text if index + 1 < len(found) else ""
    known = word_set(language, "not_verbs") | word_set(language, "adverbs") | word_set(language, "prepositions")
    opened = found[0].text in word_set(language, "prepositions") | word_set(language, "subordinators")
    plain = len(word) > 3 and word.isalpha() and word.endswith("s") and not word.endswith("ss") and word not in known
    return plain and not opened and after in _articles(language)


@cache
def _articles(language: str) -> frozenset[str]:
    return frozenset({"a", "an", "the", "your", "their"} & word_set(language, "determiners"))


def main_verb(found: Sequence[Token], language: str) -> Verb | None:
    """The first finite verb that has a subject before it and no relative clause in between."""
    for i in range(1, min(len(found), _LONGEST_SUBJECT + 4)):
        if found[i - 1].text in word_set(language, "relatives") and not _opens(found, i - 1, language):
            return None
        form = verb_at(found, i, language)
        if form:
            first = i
            while first > 1 and found[first - 1].text in word_set(language, "adverbs"):
                first -= 1
            return Verb(i, form, first)
    return None


def _opens(found: Sequence[Token], index: int, language: str) -> bool:
    """Whether a relative word opens the sentence as a condition ("if ...", "after ...")."""
    return index == 0 and found[0].text in word_set(language, "subordinators") | word_set(language, "prepositions")


def starts_subordinate(text: str, language: str) -> bool:
    """Whether a text opens with a condition or a reason."""
    found = tokens(text[:60])
    return bool(found) and found[0].text in word_set(language, "subordinators")


def subject_of(text: str, language: str) -> str:
    """The words before the main verb of a plain sentence; "" where there are none or it isn't plain."""
    if starts_subordinate(text, language):
        return ""
    found = tokens(text[:_LONGEST])
    verb = main_verb(found, language)
    if verb is None:
        return ""
    subject = text[found[0].start : found[verb.first - 1].end]
    if found[0].text in word_set(language, "prepositions") and "," in subject:
        subject = subject.rpartition(",")[2].strip()
    elif ", " in subject and not re.search(r"\s(?:and|or|y|o)\s", subject):
        subject = subject.partition(",")[0]  # "Letrozole, an aromatase inhibitor,"
    words = len([token for token in tokens(subject) if token.text not in word_set(language, "adverbs")])
    return subject if 0 < words <= _LONGEST_SUBJECT else ""


def is_plural(subject: str, language: str) -> bool:
    """Whether a subject is more than one thing."""
    found = [token.text for token in tokens(subject)]
    if not found:
        return False
    if found[0] in word_set(language, "quantifiers") or {"and", "y"} & set(found):
        return True
    cut = next(
        (i for i, word in enumerate(found) if word in word_set(language, "prepositions") | {"of", "de", "del"}), 0
    )
    head = found[cut - 1] if cut else found[-1]
    return head.endswith("s") and not head.endswith(("ss", "us", "is"))


# --- splitting ----------------------------------------------------------------------------------


@cache
def _connector(language: str) -> re.Pattern[str]:
    words = grammar(language)
    contrasts, joins = "|".join(words["contrasts"]), "|".join(words["conjunctions"])
    return re.compile(
        rf"(?P<stop>;\s+)|(?P<comma>,?)\s+(?<!even\s)(?<!as\s)(?:(?P<contrast>{contrasts})|(?P<join>{joins}))\s+",
        re.IGNORECASE,
    )


def clauses(text: str, language: str = "en") -> tuple[Clause, ...]:
    """The coordinated statements of a sentence in order; one that covers it all where it can't be split safely."""
    quoted = quoted_spans(text)
    plain = _BRACKETS.sub(
        lambda aside: " " * len(aside.group()), text
    )  # what stands in brackets tells nothing of grammar
    parts: list[Clause] = []
    start, lead = 0, ""
    for match in _connector(language).finditer(plain[:_LONGEST]):
        if match.start() <= start or any(s < match.start() < e for s, e in quoted):
            continue
        shared = _shared(lead, plain[start : match.start()], plain[match.end() :], match, language)
        if shared is not None:
            parts.append(Clause(start=start, end=match.start(), lead=lead))
            start, lead = match.end(), shared
    parts.append(Clause(start=start, end=len(text), lead=lead))
    return tuple(part for part in parts if text[part.start : part.end].strip())


def _shared(lead: str, left: str, right: str, match: re.Match[str], language: str) -> str | None:
    """What the right statement shares with the left one ("" if nothing); None if it doesn't stand alone."""
    whole = f"{lead} {left}" if lead else left
    if match["stop"]:
        told = (left, _until_next(right, language))
        alone = all(main_verb(tokens(part), language) and _weight(part) >= _FEWEST for part in told)
        return "" if alone and not _leans(right, whole, language) else None
    ours, theirs = tokens(whole), tokens(right[:_LONGEST])
    verb = main_verb(ours, language)
    if verb is None or not theirs or starts_subordinate(whole, language) or _weight(left) < _FEWEST:
        return None
    if _is_elliptic(_until_next(right, language), language):
        return None
    first = 0
    while first < len(theirs) - 1 and theirs[first].text in word_set(language, "adverbs"):
        first += 1
    form = verb_at(theirs, first, language) or _bare(theirs, first, verb, language)
    if form and not _is_adjective(right, form, language):
        return _lead(whole, ours, verb, form, right, language)
    own = main_verb(theirs, language)
    if own is None or theirs[0].text in word_set(language, "not_subjects") or not (match["comma"] or match["contrast"]):
        return None
    if match["join"] and _is_list(left, language):
        return None
    pronoun = theirs[0].text in pronouns(language)
    alone = _weight(_until_next(right, language)) >= (_OWN_WORDS if pronoun else _FEWEST)
    return "" if alone and not _leans(right, whole, language) else None


def _is_list(left: str, language: str) -> bool:
    """Whether the words before "and" are the last but one of a list: "surgery, radiation, and ..."."""
    head, comma, item = left.rpartition(",")
    return bool(comma and head) and len(item.split()) <= _LONGEST_ITEM and main_verb(tokens(item), language) is None


def _is_elliptic(right: str, language: str) -> bool:
    """Whether a statement needs the one before it: "..., but your team can", "..., and some do", "... treat it"."""
    found = [token.text for token in tokens(right)]
    leaning = word_set(language, "leaning")
    if not found or leaning & set(found[1:]) or (leaning - pronouns(language)) & set(found[:1]):
        return True
    last = found[-2:] if found[-1] in ("too", "not") else found[-1:]
    finite = [word for word in last if word in _auxiliaries(language)]
    alone = found[0] in word_set(language, "quantifiers") and len(found) > 1 and found[1] in _forms(language)
    return bool(finite) or alone


@cache
def _auxiliaries(language: str) -> frozenset[str]:
    names = ("modals", "modals_negated", "one", "many")
    return frozenset().union(*(word_set(language, name) for name in names))


def _weight(text: str) -> int:
    """How many content words a text has."""
    return len(content_stems(text))


def _bare(found: Sequence[Token], index: int, verb: Verb, language: str) -> Form | None:
    """A base form after a modal on the left: "may cause ... and raise ..."."""
    known = _forms(language).get(found[index].text)
    after = found[index + 1].text if index + 1 < len(found) else ""
    if verb.form != "modal" or known is None or known[0] != "many" or language != "en":
        return None
    noun = known[1] and after in word_set(language, "after_noun")
    return None if noun else "base"


def _lead(whole: str, ours: Sequence[Token], verb: Verb, form: Form, right: str, language: str) -> str | None:
    """The subject (and modal) that a verb on the right shares, where the two agree and nothing stands between them."""
    between = {token.text for token in ours[verb.index + 1 :]}
    if ours[0].text in word_set(language, "not_subjects"):
        return None
    if between & word_set(language, "relatives") or _weight(_until_next(right, language)) < _OWN_WORDS:
        return None
    if form in ("many", "base") and verb.form == "modal":
        negated = ours[verb.index].text in word_set(language, "modals_negated") or "not" in between
        follows = ours[verb.index + 1].text if verb.index + 1 < len(ours) else ""
        if negated or "to" in between or follows in word_set(language, "makes_do"):
            return None
        return _spaced(whole[: ours[verb.index].end])
    agrees = form == "modal" or form == verb.form or (verb.form == "modal" and form == "one")
    if not agrees or (form == "many" and "to" in between):
        return None
    return _spaced(whole[: ours[verb.first - 1].end])


def _spaced(text: str) -> str:
    """A text with single blanks."""
    return " ".join(text.split()).replace(" ,", ",")


def _is_adjective(right: str, form: Form, language: str) -> bool:
    """Whether what looks like a base form is a noun or stands before one: "... and slow growth"."""
    found = [token.text for token in tokens(right[:60])]
    if form not in ("many", "base") or not found:
        return False
    noun = _forms(language).get(found[0], ("many", False))[1]
    if not noun and found[0] not in word_set(language, "adjectives"):
        return False
    return len(found) < 2 or found[1] not in word_set(language, "determiners")


def _until_next(text: str, language: str) -> str:
    """A text up to its next connector with a comma or semicolon: roughly one statement."""
    for match in _connector(language).finditer(text):
        if match["stop"] or match["comma"]:
            return text[: match.start()]
    return text


@cache
def pronouns(language: str) -> frozenset[str]:
    """The pronouns that a subject before them can stand for."""
    names = ("singular", "plural", "possessive_one", "possessive_many")
    return frozenset().union(*(word_set(language, name) for name in names))


def _leans(right: str, left: str, language: str) -> bool:
    """Whether the statement on the right starts with a pronoun that the subject on the left can't stand for."""
    found = tokens(right[:40])
    if not found or language == "es":
        return False
    pronoun = found[0].text
    if pronoun in word_set(language, "singular") | word_set(language, "possessive_one"):
        subject = subject_of(left, language)
        return not subject or is_plural(subject, language) or is_person(subject, language)
    if pronoun in word_set(language, "plural") | word_set(language, "possessive_many"):
        subject = subject_of(left, language)
        return not subject or not is_plural(subject, language)
    return pronoun in ("this", "these", "that", "those", "he", "she")


def is_person(subject: str, language: str) -> bool:
    """Whether a subject is a human being, or several."""
    return any(token.text in word_set(language, "people") for token in tokens(subject))
