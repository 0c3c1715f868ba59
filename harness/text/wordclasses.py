"""Words of a sentence sorted into classes of meaning, clause by clause: what the frames of a lexicon are matched on.

A class is a list of words and phrases ("substitute", "in place of", ``replac*``). A sentence is read once: every word
gets its classes, and the sentence falls into clauses within which a negation reaches forward.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from harness.text.patterns import quoted_spans
from harness.text.phrases import fold

_WORD = r"n't(?!\w)|'(?:s|m|re|ve|ll|d)(?!\w)|[^\W\d_]+?(?=n't(?!\w))|[^\W_]+"
_TOKEN = re.compile(
    r"[\w.+-]{1,60}@[\w-]{1,60}(?:\.[a-z]{2,12}){1,3}|(?:https?://|www\.)\S{3,200}|[a-z\d-]{2,40}\.(?:org|com|gov|net|edu|info|int|es|uk)(?!\w)|(?:19|20)\d\d-\d\d?(?:-\d\d?)?(?!\d)"
    rf"|[$€£]\d[\d.,]*|\+?\d[\d ()-]{{5,18}}\d|\d+(?:[.,:/-]\d+){{0,3}}(?=[\W_]|$)|{_WORD}"
    r"|[.;:!?,()\n—–&%°]|(?<=\s)-(?=\s)"
)
_PHRASE_WORD = re.compile(rf"<[a-z]+>|[^\W_]+\*|{_WORD}|[%°&,:]")
_TITLE = re.compile(r"\b(dra?|mrs?|ms|st|vs|prof|(?:jan|feb|apr|aug|sept?|oct|nov|dec)(?=\. \d))\.")
_KINDS = {
    "email": re.compile(r".+@.+"),
    "address": re.compile(r"(?:https?://|www\.).+|[a-z\d-]+\.[a-z]+"),
    "money": re.compile(r"[$€£].+"),
    "day": re.compile(
        r"(?:19|20)\d\d-\d\d?(?:-\d\d?)?|(?:\d{1,2}[/.-])?\d{1,2}[/.-](?:19|20)\d\d|\d{1,2}[/.-]\d{1,2}[/.-]\d\d"
    ),
    "year": re.compile(r"(?:19|20)\d\d"),
    "phone": re.compile(r"\+?\d[\d ()-]{5,18}\d"),
    "number": re.compile(r"\d+(?:[.,]\d+)?"),
    "comma": re.compile(r","),
}
_PAIRS = frozenset(("and", "y"))
_STOPS = frozenset(".;!?()\n—–-")
_LABEL = 4  # words before a colon that still belong to what follows it
_LONGEST = 1_200  # characters of a sentence that are read
_QUOTED_WORDS = 2

_Starts = tuple[tuple[str, ...], dict[str, list[tuple[tuple[str, ...], str]]]]


class Mention(NamedTuple):
    """A word or phrase of one class: words ``first`` to ``last`` of its clause, and its characters."""

    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, read.

    Args:
        mentions: for each class met, its mentions in order.
        words: the folded words of the clause.
    """

    mentions: Mapping[str, tuple[Mention, ...]]
    words: tuple[str, ...]

    def of(self, names: Iterable[str]) -> list[Mention]:
        """All mentions of some classes, in order."""
        return sorted((m for name in names for m in self.mentions.get(name, ())), key=lambda m: (m.first, m.last))


class WordClasses:
    """A lexicon of word classes.

    Args:
        classes: words and phrases by class. ``*`` at a word's end stands for any ending, ``<number>``, ``<year>``,
            ``<day>``, ``<phone>``, ``<email>``, ``<address>``, ``<money>`` and ``<comma>`` for a word of that kind.
            Words with a capital letter inside a clause also get the class ``name``.
        hides: classes whose phrases take their words out of other classes ("not only" out of the negations).
        openers: words that open a clause of their own after a comma.
        joints: words that start a new clause wherever they stand ("but", "because").
        subjects: words that start one after "and" ("and we", "and no").
    """

    def __init__(
        self,
        classes: Mapping[str, Sequence[str]],
        *,
        hides: Mapping[str, Sequence[str]],
        openers: Iterable[str],
        joints: Iterable[str],
        subjects: Iterable[str] = (),
    ) -> None:
        self._exact: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._open: list[tuple[str, tuple[str, ...], str]] = []
        for name, phrases in classes.items():
            for phrase in phrases:
                words = tuple(_PHRASE_WORD.findall(fold(str(phrase))))
                if words[0].endswith("*"):
                    self._open.append((words[0][:-1], words, name))
                else:
                    self._exact.setdefault(words[0], []).append((words, name))
        self._hides = {name: frozenset(hidden) for name, hidden in hides.items()}
        self._openers, self._joints = frozenset(openers), frozenset(joints)
        self._subjects = frozenset(subjects)
        self._starting = lru_cache(maxsize=20_000)(self._find_starting)

    def _find_starting(self, word: str) -> _Starts:
        """The classes of a word alone, and the phrases that may start with it."""
        kinds = _kinds(word)
        phrases = [
            *self._exact.get(word, ()),
            *((words, name) for stem, words, name in self._open if word.startswith(stem)),
            *(p for kind in kinds for p in self._exact.get(f"<{kind}>", ())),
        ]
        alone = [name for words, name in phrases if len(words) == 1]
        longer: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for words, name in phrases:
            if len(words) > 1:
                longer.setdefault(words[1] if words[1].isalpha() else "", []).append((words, name))
        return tuple(dict.fromkeys((*alone, *kinds))), longer

    def read(self, sentence: str) -> list[Clause]:
        """The clauses of a sentence. Quoted words (two or more) say nothing and are left out."""
        text = _unquoted(sentence[:_LONGEST])
        tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)]
        return [self._clause(tokens[a:b], sentence) for a, b in self._bounds(tokens)]

    def _bounds(self, tokens: Sequence[tuple[str, int, int]]) -> Iterator[tuple[int, int]]:
        """Where the clauses lie: ended by strong punctuation, a joint, "and we", or a comma before an opener."""
        begin = 0
        for index, (word, _, _) in enumerate(tokens):
            after = tokens[index + 1][0] if index + 1 < len(tokens) else ""
            ends = (
                word in _STOPS or (word == ":" and index - begin > _LABEL) or (word == "," and after in self._openers)
            )
            if ends or word in self._joints or (word in _PAIRS and after in self._subjects and index > begin):
                if index > begin:
                    yield begin, index
                begin = index + 1 if ends else index
        if begin < len(tokens):
            yield begin, len(tokens)

    def _clause(self, tokens: Sequence[tuple[str, int, int]], text: str) -> Clause:
        words = tuple(t[0] for t in tokens)
        found: dict[str, list[Mention]] = {}
        hidden: dict[str, set[int]] = {}
        for index, (word, start, end) in enumerate(tokens):
            alone, longer = self._starting(word)
            if alone:
                here = Mention(index, index, start, end)
                for name in alone:
                    found.setdefault(name, []).append(here)
            if longer and index + 1 < len(words):
                for phrase, name in (*longer.get(words[index + 1], ()), *longer.get("", ())):
                    if _goes_on(words, index, phrase):
                        last = index + len(phrase) - 1
                        found.setdefault(name, []).append(Mention(index, last, start, tokens[last][2]))
                        for other in self._hides.get(name, ()):
                            hidden.setdefault(other, set()).update(range(index, last + 1))
            for name in alone:
                for other in self._hides.get(name, ()):
                    hidden.setdefault(other, set()).add(index)
            if index and text[start].isupper():
                found.setdefault("name", []).append(Mention(index, index, start, end))
        for name, gone in hidden.items():
            if name in found:
                found[name] = [m for m in found[name] if m.first not in gone]
        return Clause({name: tuple(mentions) for name, mentions in found.items() if mentions}, words)


def _kinds(word: str) -> tuple[str, ...]:
    """What kinds of number or address a word is."""
    if word.isalpha():
        return ()
    return tuple(kind for kind, form in _KINDS.items() if form.fullmatch(word))


def _goes_on(words: tuple[str, ...], index: int, phrase: tuple[str, ...]) -> bool:
    """Whether a phrase whose first word is met goes on in the text."""
    rest, end = phrase[1:], index + len(phrase)
    if end > len(words):
        return False
    return words[index + 1 : end] == rest or all(map(_same, words[index + 1 : end], rest))


def _same(word: str, wanted: str) -> bool:
    if word == wanted:
        return True
    if wanted[-1] == "*":
        return word.startswith(wanted[:-1])
    return wanted[0] == "<" and wanted[1:-1] in _kinds(word)


def _unquoted(text: str) -> str:
    """The folded text with quoted words blanked, offsets kept."""
    folded = _TITLE.sub(r"\1 ", fold(text))
    if '"' not in folded and "'" not in folded:
        return folded
    for start, end in quoted_spans(text):
        if len(text[start:end].split()) >= _QUOTED_WORDS:
            folded = folded[:start] + " " * (end - start) + folded[end:]
    return folded
