"""Words of a message as a patient types or dictates it, put into one spelling, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from harness.resources import package_yaml
from harness.text.phrases import fold

_TOKEN = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?(?![\d])|[a-z0-9]+(?:'[a-z]+)*'?|[.!?;:,()\n]|[-/]")
_CLOSING = frozenset(".!?;\n")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_FUZZY_LETTERS = 5  # shorter words have too many neighbours
_SLIP_LETTERS = 4
_SKELETON_LETTERS = 6
_FEWEST_BONES = 4
_LONGEST_WORD = 30
_ENDINGS = ("", "s", "ed", "ing", "er", "y", "ness")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark of a message.

    Args:
        text: folded, without apostrophes, spelling put right; marks (``,`` ``:`` ...) as they are.
        start, end: offsets in the message.
        sentence: number of its sentence, from 0.
    """

    text: str
    start: int
    end: int
    sentence: int

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation."""
        return not self.text[:1].isalnum()


@dataclass(frozen=True)
class Vocabulary:
    """Words that a spelling may be put right to; built once from word lists.

    Args:
        known: words left as they are.
        prefixes: beginnings of words left as they are.
        near: a known long word by each form of it with one letter left out.
        bones: a known long word by its first letter and consonants.
        slips: a known word by each form with two letters after the first swapped, or a doubled consonant typed once.
    """

    known: frozenset[str]
    prefixes: frozenset[str]
    near: Mapping[str, str]
    bones: Mapping[str, str]
    slips: Mapping[str, str]

    @classmethod
    def of(cls, words: frozenset[str], prefixes: frozenset[str], plain: frozenset[str]) -> Vocabulary:
        """A vocabulary of whole ``words`` and word beginnings; ``plain`` words are never put right."""
        grown = {p + e for p in prefixes for e in _ENDINGS if len(p) > 3} | words
        fuzzy = sorted(w for w in grown if len(w) >= _FUZZY_LETTERS and w.isalpha())
        near = {shorter: w for w in reversed(fuzzy) for shorter in _shortened(w)}
        roots = sorted(w for w in words | prefixes if len(w) >= _SKELETON_LETTERS and w.isalpha())
        bones = {b: w for w in reversed(roots) if len(b := _skeleton(w)) >= _FEWEST_BONES}
        slips = {
            s: w for w in sorted(grown, reverse=True) if len(w) >= _SLIP_LETTERS and w.isalpha() for s in _slipped(w)
        }
        return cls(words | plain, prefixes, near, bones, slips)

    def corrected(self, word: str) -> str:
        """The word, or the known word it is one letter off, or one that has the same consonants."""
        if len(word) < 3 or len(word) > _LONGEST_WORD or not word.isalpha() or word in self.known:
            return word
        if word.endswith("in") and self.holds(word + "g"):
            return word + "g"
        if self.holds(word):
            return word
        if len(word) < _FUZZY_LETTERS:
            return self.slips.get(word, word) if len(word) >= _SLIP_LETTERS else word
        hit = next((self.near[s] for s in _shortened(word) if s in self.near), None)
        if hit is None and len(word) >= _SKELETON_LETTERS:
            hit = self.bones.get(_skeleton(word))
        return hit or word

    def holds(self, word: str) -> bool:
        """Whether the word is known as it is."""
        return word in self.known or any(word[:n] in self.prefixes for n in range(3, len(word) + 1))


def tokens(message: str, vocabulary: Vocabulary) -> list[Token]:
    """The words, numbers and marks of a message in order, hesitations left out."""
    same, dropped, pronouns = _same(), _listed("hesitations"), _listed("pronouns")
    found: list[Token] = []
    sentence = 0
    folded = fold(message)
    for match in _TOKEN.finditer(folded):
        raw = match.group()
        if raw in _CLOSING:
            sentence += 1
        owner = raw.endswith("'s") and raw[:-2] not in pronouns
        text = raw[:-2] if owner else raw.replace("'", "")
        if text in dropped:
            continue
        if text[:1].isalpha():
            text = _DRAWN_OUT.sub(r"\1\1", text)
            text = same.get(text) or same.get(fixed := vocabulary.corrected(text)) or fixed
        found.append(Token(text, match.start(), match.end(), sentence))
    return _joined(list(_respaced(found, vocabulary.known)))


def _respaced(words: list[Token], known: frozenset[str]) -> Iterator[Token]:
    """The words with a letter that landed on the wrong side of a space put back: "hal fmy" is "half my"."""
    left = iter(words)
    before = next(left, None)
    for word in left:
        first, second = before, word
        if before and before.text.isalpha() and word.text.isalpha() and not {before.text, word.text} & known:
            for a, b in ((before.text + word.text[0], word.text[1:]), (before.text[:-1], before.text[-1] + word.text)):
                if a in known and b in known:
                    first = Token(a, before.start, before.end, before.sentence)
                    second = Token(b, word.start, word.end, word.sentence)
        if first:
            yield first
        before = second
    if before:
        yield before


def spelled(wording: str) -> list[str]:
    """The words of a wording of a lexicon in the spelling of ``tokens``."""
    out: list[str] = []
    for word in fold(wording).replace("'", "").split():
        word = _same().get(word, word)
        joined = _pairs().get(f"{out[-1]} {word}") if out else None
        out[-1:] = [joined] if joined else [*out[-1:], word]
    return out


def _joined(words: list[Token]) -> list[Token]:
    """Two words that are one in another spelling put together: "can not" and "cant"."""
    pairs = _pairs()
    out: list[Token] = []
    for word in words:
        while out and (joined := pairs.get(f"{out[-1].text} {word.text}")):
            before = out.pop()
            word = Token(joined, before.start, word.end, before.sentence)
        out.append(word)
    return out


def _shortened(word: str) -> Iterator[str]:
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def _slipped(word: str) -> Iterator[str]:
    """Forms of a word as fingers slip: "sotp" for "stop", "swel" for "swell"."""
    for i in range(1, len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    yield re.sub(r"([^aeiou])\1", r"\1", word)


def _skeleton(word: str) -> str:
    """First letter and consonants without doubles: "diarrhea" and "diareah" are both "drh"."""
    rest = re.sub(r"[aeiouh]", "", word[1:].replace("ph", "f").replace("ck", "k"))
    return re.sub(r"(.)\1+", r"\1", word[0] + rest)


@cache
def _same() -> dict[str, str]:
    """Spellings by sound, short forms and variants of one word, each with the word it stands for."""
    listed: dict[str, str] = package_yaml("lexicons/symptoms.yaml")["spellings"]
    return {variant: str(word) for word, variants in listed.items() for variant in str(variants).split()}


@cache
def _pairs() -> dict[str, str]:
    pairs: dict[str, str] = package_yaml("lexicons/symptoms.yaml")["pairs"]
    return pairs


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(package_yaml("lexicons/symptoms.yaml")[name])
