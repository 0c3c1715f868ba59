"""A good answer as the edits see it: its sentences, where they stand in the text as given, and what was changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from harness.text.document import parse
from harness.types import Answer, Case, Document, Question, Region, Sentence

_EMPTY_ITEM = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]*\n", re.MULTILINE)
_BLANKS = re.compile(r"\n{3,}")

Wordings = dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """An answer after an edit, and the words that tell a reviewer what was done."""

    answer: Answer
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer with its question and sources. Offsets given and taken are offsets into ``text``."""

    case: Case

    @property
    def answer(self) -> Answer:
        """The answer."""
        return self.case.answer

    @property
    def document(self) -> Document:
        """The answer, parsed."""
        return self.case.document

    @property
    def text(self) -> str:
        """The page as given."""
        return self.case.answer.text

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.case.document.language

    @property
    def question(self) -> Question:
        """The golden record; raises ValueError for a page without one."""
        if self.case.question is None:
            raise ValueError("a page is edited together with its question")
        return self.case.question

    def after(self, edited: Edited) -> Page:
        """The page after an edit, parsed anew."""
        document = parse(edited.answer.text, question=self.question.text)
        return Page(case=replace(self.case, answer=edited.answer, document=document))

    def place(self, sentence: Sentence, last: Sentence | None = None) -> tuple[int, int]:
        """Where a sentence stands, or the stretch up to a ``last`` one."""
        span = self.document.span(sentence.start, (last or sentence).end)
        return span.start, span.end

    def prose(self, region: Region = Region.BODY) -> list[Sentence]:
        """The sentences and bullets of a region, without headings."""
        return [s for s in self.document.region(region) if s.kind != "heading"]

    def section(self, region: Region) -> tuple[int, int] | None:
        """Whole lines from the first to the last sentence of a region, its headings included; None without any."""
        sentences = self.document.region(region)
        if not sentences:
            return None
        start, end = self.place(sentences[0], sentences[-1])
        start = self.text.rfind("\n", 0, start) + 1
        stop = self.text.find("\n", end)
        return start, len(self.text) if stop < 0 else stop

    def wording(self, text: Wordings, rng: Random) -> str | None:
        """One of the wordings in the page's language; None where there is none."""
        told = text.get(self.language)
        return rng.choice(told).strip() if told else None

    def with_text(self, text: str, words: str) -> Edited:
        """The answer with another text."""
        return Edited(answer=replace(self.answer, text=text), words=words)

    def replaced(self, start: int, end: int, words: str) -> Edited:
        """``words`` in the place of a stretch."""
        return self.with_text(self.text[:start] + words + self.text[end:], words.strip())

    def without(self, stretches: Sequence[tuple[int, int]]) -> Edited:
        """The answer without some stretches, and without list items and blank lines that they leave empty."""
        text, gone = self.text, []
        for start, end in sorted(stretches, reverse=True):
            gone.append(text[start:end])
            rest = text[end:]
            text = text[:start] + (rest[1:] if rest.startswith(" ") else rest)
        tidy = _BLANKS.sub("\n\n", _EMPTY_ITEM.sub("", f"{text}\n"))[:-1]
        told = " … ".join(" ".join(words.split()) for words in reversed(gone))
        return self.with_text(tidy, f"without: {told}")
