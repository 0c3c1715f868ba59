"""One answered question as it may be shown: what identifies a person is hidden, and every offset holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.logs.redaction import redactor
from harness.masking import blotted, texts_of, words_at
from harness.store import Item
from harness.types import Answer, Question, Span

Hide = Callable[[str], str]
_CONTEXT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Words in their surroundings: ``before`` and ``after`` are cut at about 90 characters."""

    place: str
    before: str
    quote: str
    after: str


def hider(question: Question, item: Item | None = None) -> Hide:
    """A function that hides, in any text about a question, what identifies a person; lengths stay."""
    texts = [question.text, *(t.text for t in question.turns), *question.facts_given]
    if item is not None and isinstance(item.answer, Answer):
        texts.append(item.answer.text)
    return redactor(texts, [f for o in item.outcomes for f in o.findings] if item else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The texts that findings of an item point into, as they are and as they may be shown."""

    texts: dict[str, str]
    shown: dict[str, str]
    hide: Hide

    @classmethod
    def of(cls, item: Item, question: Question) -> Page:
        """Of an item; what identifies a person is hidden in ``shown``, in which every offset holds."""
        hide = hider(question, item)
        texts = texts_of(item.answer, question)
        shown = {name: hide(text) for name, text in texts.items()}
        if "answer" in texts:
            shown["answer"] = blotted(shown["answer"], [f for o in item.outcomes for f in o.findings])
        return cls(texts=texts, shown=shown, hide=hide)

    def excerpt(self, span: Span) -> Excerpt:
        """The words of a span in their surroundings; without the source at hand, the quote alone."""
        text = self.shown.get(span.source, "")
        if self.texts.get(span.source, "")[span.start : span.end] != span.quote:
            return Excerpt(place=span.source, before="", quote=self.hide(words_at(span, text)), after="")
        before = text[max(0, span.start - _CONTEXT) : span.start].rpartition("\n")
        after = text[span.end : span.end + _CONTEXT].partition("\n")
        cut_before = not before[1] and span.start > _CONTEXT
        cut_after = not after[1] and span.end + _CONTEXT < len(text)
        return Excerpt(
            place=span.source,
            before=("..." if cut_before else "") + before[2].lstrip("-*# "),
            quote=text[span.start : span.end],
            after=after[0] + ("..." if cut_after else ""),
        )


def unnamed(text: str) -> str:
    """A text without what identifies a person, as far as the patterns find it."""
    return redactor((text,), ())(text)
