"""What "it", "they" and "this medicine" stand for: the subject of the sentence before, or what the section is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from harness.text.clauses import grammar, is_person, is_plural, pronouns, subject_of, tokens, verb_at, word_set
from harness.text.drugs import find_drugs, find_medicines
from harness.text.patterns import is_question
from harness.text.phrases import wordings
from harness.text.words import content_stems

_LONGEST_TOPIC = 4  # words
_EDGES = " \t\n*_#:.?¿!¡-–—"
_NUMBER = re.compile(r"^\d{1,2}[.)]\s+")


def topic_of(heading: str, language: str = "en") -> str | None:
    """What a heading says its section is about: a noun or two, "" where it is about something that can't be told,
    None where it leaves the subject as it was ("Side effects").
    """
    text = _NUMBER.sub("", heading.strip(_EDGES))
    if not text or text.lower() in word_set(language, "general"):
        return None
    drugs = find_drugs(text)
    if len({drug.name for drug in drugs}) == 1:
        return text[drugs[0].start : drugs[0].end]
    if drugs:
        return ""
    bare = _wrapping(language).sub("", text).strip(_EDGES)
    found = tokens(bare)
    plain = not is_question(bare) and not any(verb_at(found, i, language) for i in range(1, len(found)))
    wanted = 0 < len(found) <= _LONGEST_TOPIC and plain and not owned_by_topic(bare, language)
    return bare if wanted and not is_person(bare, language) and not _grammatical(bare, language) else ""


def owned_by_topic(text: str, language: str = "en") -> str:
    """The words of a text that name something of the section's subject ("Side effects"), where they open it."""
    hit = _owned(language).match(text.strip(" *•-"))
    return hit.group() if hit else ""


@dataclass(slots=True)
class Discourse:
    """What has been spoken of so far in a section.

    Args:
        topic: what the section is about, "" if that isn't known.
        subject: subject of the last statement, "" if it had none that a pronoun can stand for.
        fresh: nothing has been said in the section yet.
    """

    language: str = "en"
    topic: str = ""
    subject: str = ""
    fresh: bool = True

    def enter(self, heading: str) -> None:
        """A heading opens a new section."""
        topic = topic_of(heading, self.language)
        self.topic = self.topic if topic is None else topic
        self.subject, self.fresh = "", True

    def hear(self, statement: str) -> None:
        """A statement has been made, pronouns resolved."""
        subject = subject_of(statement, self.language)
        found = tokens(subject)
        vague = found and found[0].text in word_set(self.language, "leaning") | pronouns(self.language)
        self.subject = "" if vague and len(found) == 1 else subject
        self.fresh = False

    def resolve(self, statement: str) -> str:
        """The statement with the pronoun it starts with replaced; unchanged where that isn't safe."""
        if _empty(self.language).match(statement):
            return statement
        hit = _pronoun(self.language).match(statement)
        if hit is None:
            return self._supply(statement)
        word = hit.group().lower().replace("’", "'")
        many = word in word_set(self.language, "plural") | word_set(self.language, "possessive_many")
        rest = statement[hit.end() :]
        if word in _named(self.language):
            name = self._medicine()
        else:
            name = next((n for n in self._candidates() if self._fits(n, many, rest)), "")
        if not name:
            return statement
        if word in word_set(self.language, "possessive_one") | word_set(self.language, "possessive_many"):
            name += "'" if name.endswith("s") else "'s"
        elif word.endswith(("'s", "'re")):
            name += " is" if word.endswith("'s") else " are"
        return name[:1].upper() + name[1:] + rest

    def _candidates(self) -> tuple[str, ...]:
        """What a pronoun may stand for, the likeliest first."""
        if self.fresh:
            return (self.topic,)
        about_topic = bool(self.topic) and set(content_stems(self.topic)) <= set(content_stems(self.subject))
        return (self.subject, self.topic) if about_topic or self._medicine() else (self.subject,)

    def _fits(self, name: str, many: bool, rest: str) -> bool:
        """Whether a pronoun may stand for ``name`` in number and kind, and what follows doesn't name it again."""
        if not name or is_plural(name, self.language) is not many or (not many and is_person(name, self.language)):
            return False
        return not set(content_stems(name)) & set(content_stems(rest))

    def _medicine(self) -> str:
        """The topic, if it is a medicine."""
        return self.topic if self.topic and find_medicines(self.topic) else ""

    def _supply(self, statement: str) -> str:
        """Spanish leaves its subject out: "Se toma una vez al día" is said of the medicine the section is about."""
        if self.language != "es" or not self._medicine():
            return statement
        found = tokens(statement[:60])
        index = 1 if found and found[0].text == "se" else 0
        if index >= len(found) or verb_at(found, index, "es") not in ("one", "modal"):
            return statement
        if find_drugs(statement) or (self.subject and not find_drugs(self.subject)):
            return statement
        return f"{self._medicine()} {statement[:1].lower()}{statement[1:]}"


def _grammatical(text: str, language: str) -> bool:
    """Whether a heading is more than a noun: it has words of a sentence or a question."""
    names = ("relatives", "modals", "prepositions", "singular", "plural", "not_subjects")
    return any(token.text in word_set(language, name) for token in tokens(text) for name in names)


@cache
def _named(language: str) -> frozenset[str]:
    return word_set(language, "named") | word_set(language, "named_many")


@cache
def _pronoun(language: str) -> re.Pattern[str]:
    names = ("singular", "plural", "possessive_one", "possessive_many", "named", "named_many")
    return wordings([word for name in names for word in grammar(language)[name]])


@cache
def _empty(language: str) -> re.Pattern[str]:
    return wordings(grammar(language)["empty"])


@cache
def _owned(language: str) -> re.Pattern[str]:
    return wordings(grammar(language)["owned"])


@cache
def _wrapping(language: str) -> re.Pattern[str]:
    """The words of a question around the subject of a heading, at either end."""
    asks = sorted(grammar(language)["asks"], key=len, reverse=True)
    source = "|".join(re.escape(words) for words in asks)
    return re.compile(rf"^(?:(?:{source}|an?|the)\s+){{1,4}}|(?:\s+(?:{source})){{1,2}}$", re.IGNORECASE)
