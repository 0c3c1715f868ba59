"""Red flags: warning signs told in a question that need action now, found by rules that a clinician can edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from harness.resources import package_yaml
from harness.text.phrases import compiled, fold
from harness.types import Span, Turn

_LEXICON = "lexicons/red_flags.yaml"
_NEAR = 110  # characters that the groups of one pattern may span together
_MOST_HITS = 12  # of one group, so that hostile text stays cheap
_LONGEST = 8_000  # characters of a message that are read
_FUZZY_LETTERS = 7
_LONGEST_WORD = 40
_WORD = re.compile(r"[a-z][a-z']*")
_SENTENCE = re.compile(r"[.!?;\n]+")
_NUMBER = re.compile(
    r"(?<![\d./-])(?P<n>1\d\d(?:[.,]\d{1,2})?|[34]\d(?:[.,]\d{1,2})?)(?![\d/]|[.,]\d)\s{0,2}"
    r"(?P<unit>(?:(?:°|º|degrees?|deg|grados)\s{0,2})?(?:f\b|c\b|fahrenheit|celsius|centigrados)?)"
)
_THERMAL = (
    *("temp*", "fever*", "feaver", "thermometer", "running a"),
    *("fiebre", "temperatura", "calentura", "termometro"),
)
_SPOKEN = re.compile(
    r"\b(?:a |one )?hundred (?:and |point )?(?:one|two|three|four|five)\b|\btreinta y (?:ocho|nueve)\b"
    r"|\bcuarenta de fiebre\b"
)
_ONLY = re.compile(
    r"\b(?:only|just|had|have|has|ran|spiked|running|its|it's|is|was|at|of|hit|reads?|says|reading|got|up to|solo"
    r"|tengo|a)\s+(?:like |about |around |a )?$"
)
_OTHER_VALUE = re.compile(
    r"\b(?:ca|cea|psa|score|level|marker|count|sugar|glucose|pressure|bp|weigh\w*|pulse|rate|page|room|oncotype)\b"
)
_RULE = re.compile(
    r"\b(?:(?:call|phone|llamar?) (?:at|over|above|if|when|for|si|con)\s\w{0,8}\s?$"
    r"|leaflet|card|website|booklet|guideline|rule|page)"
)
_OTHER_UNIT = re.compile(
    r"\s*(?:mg|ml|mcg|lbs?|pounds|kilos|kg|%|percent|days?|weeks?|years?|yrs?|months?|times|over|bpm|dias|anos|pills?)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag:
    """A warning sign in a message.

    Args:
        id, label: from the lexicon, e.g. ``fever_on_treatment``.
        start, end: offsets of the telling words in their message.
        timeframe: ``now`` or ``today``.
        action_en, action_es: the sentence an answer has to open with.
        hypothetical: asked about in general ("what if", "can chemo cause"), not told as happening.
        source: ``question`` or ``turn:<i>``, as in Span.
        quote: the telling words.
    """

    id: str
    label: str
    start: int
    end: int
    timeframe: str
    action_en: str
    action_es: str
    hypothetical: bool = False
    source: str = "question"
    quote: str = ""

    def action(self, language: str) -> str:
        """The opening sentence in the reader's language; English where it is neither English nor Spanish."""
        return self.action_es if language == "es" else self.action_en

    def span(self) -> Span:
        """The telling words as a Span of the message they stand in."""
        return Span(start=self.start, end=self.end, quote=self.quote, source=self.source)


def find_red_flags(text: str, turns: Sequence[Turn] = (), facts: Sequence[str] = ()) -> tuple[RedFlag, ...]:
    """Warning signs in a question and in the reader's earlier messages, each sign once, active ones first.

    Args:
        text: the question.
        turns: earlier messages; only the user's are searched.
        facts: what else is known about the reader ("on paclitaxel"); context only.
    """
    messages = [("question", text), *((f"turn:{i}", t.text) for i, t in enumerate(turns) if t.role == "user")]
    everything = fold(" \n".join([m[:_LONGEST] for _, m in messages] + list(facts)))
    found: dict[str, RedFlag] = {}
    for source, message in messages:
        for flag in _in_message(message[:_LONGEST], source, everything):
            known = found.get(flag.id)
            if known is None or (known.hypothetical and not flag.hypothetical):
                found[flag.id] = flag
    order = {raw["id"]: i for i, raw in enumerate(_data()["flags"])}
    return tuple(sorted(found.values(), key=lambda f: (f.hypothetical, f.timeframe != "now", order[f.id])))


def _in_message(message: str, source: str, everything: str) -> Iterator[RedFlag]:
    searched, offsets = _corrected(fold(message))
    for raw in _data()["flags"]:
        needs = raw.get("needs")
        hits = [h for h in _hits(raw, searched) if not _negated(searched, h) and not _past(searched, h)]
        if not hits:
            continue
        if needs and not _context(needs).search(everything) and not _two_signs(raw, hits, searched):
            continue
        active = [h for h in hits if not _hypothetical(searched, h)]
        start, end = (active or hits)[0]
        start, end = offsets[start], offsets[end - 1] + 1
        yield RedFlag(
            id=raw["id"],
            label=raw["label"],
            start=start,
            end=end,
            timeframe=raw["timeframe"],
            action_en=raw["action_en"],
            action_es=raw["action_es"],
            hypothetical=not active,
            source=source,
            quote=message[start:end],
        )


def _hits(raw: dict[str, Any], searched: str) -> Iterator[tuple[int, int]]:
    """Places where one of the sign's patterns is met, as offsets into the searched text."""
    if raw.get("temperature"):
        yield from _fevers(searched)
    for groups in _patterns(raw["id"]):
        spans = [[m.span() for _, m in zip(range(_MOST_HITS), g.finditer(searched), strict=False)] for g in groups]
        if not all(spans):
            continue
        near = [c for c in product(*spans) if max(e for _, e in c) - min(s for s, _ in c) <= _NEAR and _apart(c)]
        if near:
            best = min(near, key=lambda c: max(e for _, e in c) - min(s for s, _ in c))
            yield min(s for s, _ in best), max(e for _, e in best)


def _apart(spans: tuple[tuple[int, int], ...]) -> bool:
    """Whether no two groups are met by the same words."""
    return len({s for s, _ in spans}) == len(spans)


def _fevers(searched: str) -> Iterator[tuple[int, int]]:
    """Measured temperatures at or over the fever threshold."""
    limits = _data()["fever"]
    thermal = compiled(_THERMAL)
    for m in _NUMBER.finditer(searched):
        value, unit = float(m["n"].replace(",", ".")), m["unit"].strip()
        around = searched[max(0, m.start() - 45) : m.end() + 45]
        told = bool(unit) or bool(thermal.search(around))
        before = searched[max(0, m.start() - 30) : m.start()]
        bare = (
            bool(_ONLY.search(before)) and not _OTHER_VALUE.search(before) and (100 <= value <= 106 or 38 <= value < 42)
        )
        if _OTHER_UNIT.match(searched, m.end()) and not unit:
            continue
        celsius = unit.endswith(("c", "celsius", "centigrados")) or (34 <= value <= 43)
        high = (limits["celsius"] <= value <= 43) if celsius else (limits["fahrenheit"] <= value <= 110 and not celsius)
        if high and (told or bare):
            yield m.start(), m.start() + len(m.group().rstrip())
    for m in _SPOKEN.finditer(searched):
        if thermal.search(searched):
            yield m.span()


def _two_signs(raw: dict[str, Any], hits: list[tuple[int, int]], searched: str) -> bool:
    """A measured fever with a second sign counts without any treatment told."""
    return (
        bool(raw.get("temperature"))
        and len({s for s, _ in hits}) > 1
        and any(c.isdigit() for s, e in hits for c in searched[s:e])
    )


def _negated(searched: str, hit: tuple[int, int]) -> bool:
    """Whether a word of absence stands within three words before the sign."""
    before = re.split(r"\b(?:but|pero|and i|although)\b|[.!?;,\n]", searched[max(0, hit[0] - 60) : hit[0]])[-1]
    close = " ".join(before.split()[-3:])
    return bool(_phrases("negations").search(close)) and not re.search(
        r"\b(?:no (?:matter|idea|se|doubt)|not sure|not just|not only)\b", close
    )


def _past(searched: str, hit: tuple[int, int]) -> bool:
    """Whether the sign's sentence tells it as history."""
    return bool(_phrases("past").search(_sentence(searched, hit)))


def _hypothetical(searched: str, hit: tuple[int, int]) -> bool:
    """Whether the sign is asked about, not told."""
    sentence = _sentence(searched, hit)
    before = sentence[: max(0, hit[0] - _sentence_start(searched, hit[0]))]
    if any(c.isdigit() for c in searched[hit[0] : hit[1]]) and not re.search(
        r"\b(?:if|si|what if|unless|cuando)\b", before
    ):
        return bool(_RULE.search(before))
    if _phrases("hypothetical").search(before):
        return True
    opener = _phrases("general_openers").match(sentence.strip())
    general = opener is not None and not sentence.strip().startswith("'", opener.end())
    return general and not _phrases("personal").search(sentence)


def _sentence_start(searched: str, at: int) -> int:
    ends = [m.end() for m in _SENTENCE.finditer(searched, max(0, at - 400), at) if not _decimal(searched, m.start())]
    return ends[-1] if ends else max(0, at - 400)


def _decimal(text: str, at: int) -> bool:
    return text[at] == "." and text[at + 1 : at + 2].isdigit()


def _sentence(searched: str, hit: tuple[int, int]) -> str:
    """The sentence around a hit, end mark excluded."""
    ends = (m.start() for m in _SENTENCE.finditer(searched, hit[1]) if not _decimal(searched, m.start()))
    return searched[_sentence_start(searched, hit[0]) : next(ends, len(searched))]


def _corrected(folded: str) -> tuple[str, list[int]]:
    """Long words one letter off a lexicon word put right, with the original offset of every character."""
    vocabulary, near = _vocabulary()
    out: list[str] = []
    offsets: list[int] = []
    at = 0
    for m in _WORD.finditer(folded):
        word = m.group()
        fixed = word
        if _FUZZY_LETTERS - 1 <= len(word) <= _LONGEST_WORD and word not in vocabulary:
            fixed = next((near[v] for v in _deletions(word) if v in near), word)
        out += [folded[at : m.start()], fixed]
        offsets += [*range(at, m.start()), *(m.start() + min(i, len(word) - 1) for i in range(len(fixed)))]
        at = m.end()
    out.append(folded[at:])
    offsets += range(at, len(folded))
    return "".join(out), offsets


def _deletions(word: str) -> Iterator[str]:
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


@cache
def _vocabulary() -> tuple[frozenset[str], dict[str, str]]:
    """The lexicon's words, and its long words by each form with a letter left out."""
    words = {
        w
        for raw in _data()["flags"]
        for p in raw["patterns"]
        for w in re.findall(r"[a-z']+\*?", fold(p))
        if not w.endswith("*")
    }
    words |= {
        w for phrases in _data()["contexts"].values() for p in phrases for w in re.findall(r"[a-z]+(?![a-z*])", fold(p))
    }
    near = {v: w for w in sorted(words) if len(w) >= _FUZZY_LETTERS for v in _deletions(w)}
    return frozenset(words), near


@cache
def _patterns(flag_id: str) -> tuple[tuple[re.Pattern[str], ...], ...]:
    """The compiled groups of each pattern of one flag."""
    raw = next(r for r in _data()["flags"] if r["id"] == flag_id)
    return tuple(
        tuple(
            compiled(tuple(a for raw_form in group.split("|") for a in _forms(raw_form)))
            for group in pattern.split("&")
        )
        for pattern in raw["patterns"]
    )


def _forms(raw: str) -> list[str]:
    """An alternative of a pattern with its quotes off; <many> stands for each number of the lexicon."""
    form = raw.strip().strip('"')
    return [form.replace("<many>", str(n)) for n in _data()["many"]] if "<many>" in form else [form]


@cache
def _context(name: str) -> re.Pattern[str]:
    return compiled(tuple(_data()["contexts"][name]))


@cache
def _phrases(name: str) -> re.Pattern[str]:
    return compiled(tuple(_data()[name]))


def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml(_LEXICON)
    return data
