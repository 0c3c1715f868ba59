"""Edits of a question: typing slips, other words, a sentence more, a cut. Seeded, by language, read from data files."""

from __future__ import annotations

import re
from random import Random
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from harness.records import Pattern, Record
from harness.resources import package_yaml

_WORD = re.compile(r"[^\W\d_]{4,}")

Told = Annotated[dict[str, list[str]], Field(min_length=1)]


class Typos(Record):
    """Slips of the fingers in about ``share`` of the longer words: a letter lost, doubled or swapped."""

    op: Literal["typos"]
    share: Annotated[float, Field(gt=0, le=1)] = 0.2

    def apply(self, text: str, language: str, rng: Random) -> str | None:
        """The message with at least one slip; None where it has no word to slip in."""
        words = list(_WORD.finditer(text))
        if not words:
            return None
        chosen = rng.sample(words, max(1, round(self.share * len(words))))
        for match in sorted(chosen, key=lambda m: -m.start()):
            text = text[: match.start()] + _slip(match[0], rng) + text[match.end() :]
        return text


def _slip(word: str, rng: Random) -> str:
    """The first letter stays, as people look at it; two neighbours that differ are swapped, or a letter is lost."""
    at = rng.randrange(1, len(word) - 1)
    kind = rng.choice(("lost", "doubled", "swapped"))
    if kind == "swapped" and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if kind == "lost" else word[:at] + word[at] + word[at:]


class Reword(Record):
    """Exchange words by regular expressions, one wording drawn for each place; at least ``least`` places must fit.

    ``table`` names a list of the package's data instead, ``family`` of ``variants/words.yaml``.
    """

    op: Literal["reword"]
    rules: dict[Pattern, list[str]] = Field(default_factory=dict)
    table: str = ""
    least: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _either(self) -> Reword:
        if bool(self.rules) is bool(self.table):
            raise ValueError("give rules or a table")
        if self.table and self.table not in package_yaml("variants/words.yaml"):
            raise ValueError(f"no table {self.table!r} in variants/words.yaml")
        return self

    def apply(self, text: str, language: str, rng: Random) -> str | None:
        """The message in other words; None where too few places fit."""
        rules: dict[str, list[str]] = self.rules or package_yaml("variants/words.yaml")[self.table].get(language, {})
        fitted = 0
        for source, told in rules.items():

            def other(match: re.Match[str], told: list[str] = told) -> str:
                return match.expand(rng.choice(told))

            text, n = re.subn(source, other, text, flags=re.IGNORECASE)
            fitted += n
        return text if fitted >= self.least else None


class Add(Record):
    """Put words before or behind the message, in its language."""

    op: Literal["add"]
    at: Literal["before", "behind"] = "behind"
    text: Told

    def apply(self, text: str, language: str, rng: Random) -> str | None:
        """The message with one of the wordings; None where there is none in its language."""
        if language not in self.text:
            return None
        words = rng.choice(self.text[language])
        return f"{words} {text}" if self.at == "before" else f"{text} {words}"


class Cut(Record):
    """Break the message off after ``length`` characters, where it is longer."""

    op: Literal["cut"]
    length: Annotated[int, Field(ge=10)] = 110

    def apply(self, text: str, language: str, rng: Random) -> str | None:
        """The beginning of the message; None where it is no longer than that."""
        return text[: self.length].rstrip() if len(text) > self.length else None


class Spoken(Record):
    """As dictation leaves it: small letters, no marks."""

    op: Literal["spoken"]

    def apply(self, text: str, language: str, rng: Random) -> str | None:
        """The message as it would be written down by a machine that listens; None where nothing changes."""
        told = " ".join(re.sub(r"[,;:!?¿¡\"“”()]|\.(?!\d)|(?<!\d)\.", " ", text.lower()).split())
        return told if told != text else None


QuestionEdit = Annotated[Typos | Reword | Add | Cut | Spoken, Field(discriminator="op")]


def reworded(text: str, language: str, edits: list[Any], rng: Random) -> str | None:
    """A message after several edits; None where one of them does not fit, or nothing is changed in the end."""
    told: str | None = text
    for edit in edits:
        told = edit.apply(told, language, rng)
        if told is None:
            return None
    return told if told != text else None
