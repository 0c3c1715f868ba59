"""List items that go on from the line above them: "Side effects include:" and "- hot flashes" say one thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.text.anaphora import owned_by_topic
from harness.text.clauses import grammar, main_verb, tokens, word_set
from harness.text.patterns import is_question
from harness.text.words import content_stems
from harness.types import Region, Sentence

_LONGEST_STEM = 200  # characters
_LONGEST_ITEM = 200


class Listing:
    """The lists of a page: which lines introduce one, and what each item goes on from."""

    def __init__(self, sentences: Sequence[Sentence], language: str = "en") -> None:
        self._sentences = sentences
        self._language = language
        self._stems = dict(self._lists())
        self._introductions = frozenset(self._stems.values())

    def introduces(self, index: int) -> bool:
        """Whether a sentence says nothing by itself: its list items are judged with it."""
        return index in self._introductions

    def stem(self, index: int, topic: str = "") -> str:
        """What a list item goes on from, with the section's topic named where it belongs; "" for any other sentence."""
        above = self._stems.get(index)
        if above is None:
            return ""
        words = self._sentences[above].text.strip(" *•-\n").rstrip(": ")
        return self._completed(words, topic)

    def _lists(self) -> Iterator[tuple[int, int]]:
        """Each list item that is no sentence of its own, with the line it goes on from."""
        above: int | None = None
        for index, sentence in enumerate(self._sentences):
            item = sentence.kind == "bullet" and not sentence.text.rstrip().endswith(":")
            if sentence.region is not Region.BODY:
                above = None
            elif not item:
                above = index if self._is_stem(sentence) else None
            elif above is not None and self._goes_on(sentence, index, above):
                yield index, above

    def _is_stem(self, sentence: Sentence) -> bool:
        text = sentence.text.rstrip("* ")
        if len(text) > _LONGEST_STEM or is_question(text):
            return False
        owned = owned_by_topic(text, self._language)
        return text.endswith(":") or (sentence.kind == "heading" and bool(owned))

    def _goes_on(self, sentence: Sentence, index: int, above: int) -> bool:
        """Whether an item is a fragment, or its stem is one."""
        first = self._sentences[index - 1].block != sentence.block
        if not first or len(sentence.text) > _LONGEST_ITEM or is_question(sentence.text):
            return False
        stem = tokens(self._sentences[above].text)
        found = tokens(sentence.text)
        if not stem or not found:
            return False
        if stem[-1].text in word_set(self._language, "goes_on"):
            return True
        return main_verb(found, self._language) is None and not sentence.text.rstrip().endswith(".")

    def _completed(self, words: str, topic: str) -> str:
        """A stem as the beginning of a sentence: whose side effects they are, and a verb or a colon before the item."""
        language = grammar(self._language)
        owned = owned_by_topic(words, self._language)
        rest = words[words.find(owned) + len(owned) :] if owned else words
        nameless = owned and topic and not set(content_stems(topic)) & set(content_stems(words))
        if nameless and not rest.strip().lower().startswith(f"{language['of']} "):
            words = f"{owned} {language['of']} {topic}{rest}"
        found = tokens(words)
        if found and found[-1].text in word_set(self._language, "goes_on"):
            return words
        return f"{words} {language['includes']}" if owned and main_verb(found, self._language) is None else f"{words}:"
