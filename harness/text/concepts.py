"""Concepts in a message: lists of wordings from a data file, found in one pass over its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.text.tokens import Token, Vocabulary, spelled, tokens

Place = tuple[int, int]  # first word and the one after the last, as indices of tokens
_MOST_SKIPPED = 2  # filling words between two words of a wording
_SHORTEST_PREFIX = 2


@dataclass(slots=True)
class _Node:
    """A place in the tree of wordings: what may follow, and the concepts whose wording ends here."""

    whole: dict[str, _Node] = field(default_factory=dict)
    begun: dict[str, _Node] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)


class Concepts:
    """Wordings by concept; a wording is words, each may end in ``*`` for any ending.

    Args:
        wordings: for each concept its wordings.
        fillers: words that may stand between the words of a wording ("cant catch [my] breath").
        plain: words that are never taken for a misspelling.
    """

    def __init__(self, wordings: Mapping[str, Sequence[str]], fillers: Sequence[str], plain: Sequence[str]) -> None:
        self._root = _Node()
        self._fillers = frozenset(fillers)
        whole, begun = set(self._fillers), set()
        for concept, forms in wordings.items():
            for form in forms:
                parts = spelled(str(form))
                whole |= {p for p in parts if not p.endswith("*")}
                begun |= {p[:-1] for p in parts if p.endswith("*")}
                self._add(concept, parts)
        self.vocabulary = Vocabulary.of(frozenset(whole), frozenset(begun), frozenset(plain))

    def _add(self, concept: str, parts: Sequence[str]) -> None:
        node = self._root
        for part in parts:
            branch, key = (node.begun, part[:-1]) if part.endswith("*") else (node.whole, part)
            node = branch.setdefault(key, _Node())
        node.ends.add(concept)

    def read(self, message: str) -> list[Token]:
        """The words of a message in the spelling of the wordings."""
        return tokens(message, self.vocabulary)

    def places(self, words: Sequence[Token]) -> dict[str, list[Place]]:
        """Where each concept is met, in order; the longest wording at a place."""
        found: dict[str, dict[int, int]] = defaultdict(dict)
        for i, word in enumerate(words):
            if not word.is_mark:
                for end, names in self._from(words, i, self._root):
                    for name in names:
                        found[name][i] = max(end, found[name].get(i, 0))
        return {name: list(spans.items()) for name, spans in found.items()}

    def _from(self, words: Sequence[Token], at: int, node: _Node) -> Iterator[tuple[int, set[str]]]:
        text = words[at].text
        steps = [node.whole[text]] if text in node.whole else []
        steps += [node.begun[b] for n in range(_SHORTEST_PREFIX, len(text) + 1) if (b := text[:n]) in node.begun]
        for step in steps:
            if step.ends:
                yield at + 1, step.ends
            if step.whole or step.begun:
                for after in range(at + 1, min(at + 2 + _MOST_SKIPPED, len(words))):
                    if words[after].is_mark and words[after].text not in ",-":
                        break
                    yield from self._from(words, after, step)
                    if words[after].text not in self._fillers and words[after].text != "-":
                        break
