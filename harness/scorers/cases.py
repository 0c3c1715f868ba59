"""Putting together what a scorer looks at, the same way for runs, audits and rule examples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from harness.learned import load_reader
from harness.text.document import parse
from harness.types import (
    Answer,
    Case,
    Document,
    Judge,
    Question,
    Reading,
    Region,
    Sentence,
    SentenceReader,
    Source,
    Support,
)

_MARKS = re.compile(r"\s?\[\^?\d[\d,;\s–-]{0,20}\]")  # citation markers, which say nothing


class SharedJudge:
    """A judge that remembers the pairs of one case, so that scorers share one set of judged pairs."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._known: dict[tuple[str, str], Support] = {}

    @property
    def id(self) -> str:
        """The id of the judge behind it."""
        return self._judge.id

    @property
    def crosses_languages(self) -> bool:
        """Whether the judge behind it can lay a passage beside a claim in another language."""
        return bool(getattr(self._judge, "crosses_languages", True))

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """One Support for each pair; only pairs not seen before reach the judge, in one batch."""
        new = [p for p in dict.fromkeys(pairs) if p not in self._known]
        if new:
            self._known.update(zip(new, self._judge.support(new), strict=True))
        return [self._known[p] for p in pairs]


class SharedReader:
    """The sentence encoder, loaded at first use, remembering the sentences of one case: one pass for every scorer."""

    def __init__(self, reader: SentenceReader | None = None) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], Reading] = {}

    @property
    def id(self) -> str:
        """The id of the encoder behind it."""
        return (self._reader or load_reader()).id

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """One Reading for each pair; only pairs not seen before reach the encoder."""
        new = [p for p in dict.fromkeys(pairs) if p not in self._known]
        if new:
            self._known.update(zip(new, (self._reader or load_reader()).read(new), strict=True))
        return [self._known[p] for p in pairs]


def build_case(
    answer: Answer, *, judge: Judge, as_of: date, question: Question | None = None, registry: tuple[Source, ...] = ()
) -> Case:
    """Parse the answer once and bind it to its question, sources, judge and sentence encoder."""
    document = parse(answer.text, question=question.text if question else None)
    return Case(
        answer=answer,
        document=document,
        judge=SharedJudge(judge),
        as_of=as_of,
        question=question,
        registry=registry,
        reader=SharedReader(),
    )


def readings(case: Case, sentences: Sequence[Sentence]) -> list[Reading] | None:
    """What the encoder makes of sentences, each beside the question it answers; None where the case has no encoder.

    That is the case's question with what the reader told before, for a preview of a related question that one, without
    either the page's title. Citation markers are left out. Every scorer asks here, so that a sentence is read once.
    """
    if case.reader is None:
        return None
    asked = " ".join(_told(case.question) if case.question else (s.text for s in case.document.region(Region.TITLE)))
    return case.reader.read([(_MARKS.sub("", s.text), _asked(case.document, s, asked)) for s in sentences])


def _told(question: Question) -> tuple[str, ...]:
    return (question.text, *(t.text for t in question.turns if t.role == "user"), *question.facts_given)


def _asked(document: Document, sentence: Sentence, question: str) -> str:
    if sentence.region is not Region.RELATED:
        return question
    previews = (r.question for r in document.related if r.start <= sentence.start < max(r.end, r.start + 1))
    return next(previews, "")
