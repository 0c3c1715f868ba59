"""Whether a patient can read the answer: grade, sentence length, hard words, lists, openings and numbers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, islice
from typing import ClassVar

from harness.scorers import page_faults
from harness.scorers.base import Rule, rules
from harness.scorers.readability_wording import wording_findings
from harness.text import readability
from harness.text.ease import ease
from harness.text.rarity import RAREST, zipf
from harness.text.readability import Line
from harness.text.terms import Use, find_terms, is_explained, undefined_acronyms
from harness.types import Case, Document, Finding, NotApplicable, Outcome, Region, Scored, Sentence

_FORMULA_SENTENCES = 10
_LOW_SAMPLE_SENTENCES = 30
_LOW_SAMPLE_WORDS = 300
_VERY_LONG = 40
_LONG_WORD = re.compile(r"(?<![\w-])[a-z]{7,30}(?![\w-])")
_UNHEARD_TOGETHER = 2  # words of one sentence that everyday language lacks


@dataclass(frozen=True, kw_only=True)
class Readability:
    """Patient text should read at the target grade, in short sentences, with its hard words explained.

    Scores 1.0 (pass), 0.5 (warn) or 0.0 (fail). Only English bodies of ten sentences or more get formulas; shorter ones
    are judged by sentence length and hard words. The learned ease stands beside the formulas and decides nothing.

    Args:
        target_smog: masked SMOG grade up to which an answer passes; a golden record may ask for less.
        fail_smog: masked SMOG grade from which it fails.
        max_fkgl: unmasked Flesch-Kincaid grade above which it fails.
        mean_words, max_words: words a sentence may have on average, and at most.
        max_list: items a list may have.
        hard_words: unexplained hard words that a short answer may have.
        learned: whether the trained encoder has a say beside the lists on what opens the answer.
        low_literacy_grades: grades by which all limits are stricter for a reader with low literacy.
    """

    name: ClassVar[str] = "readability"
    version: ClassVar[int] = 4
    family: ClassVar[str] = "readability"

    target_smog: float = 9.0
    fail_smog: float = 11.0
    max_fkgl: float = 10.0
    mean_words: float = 15.0
    max_words: int = 25
    max_list: int = 7
    hard_words: int = 2
    low_literacy_grades: float = 1.0
    learned: bool = True

    def score(self, case: Case) -> Outcome:
        """Grade the body and point at what makes it hard."""
        document = case.document
        english = document.language == "en"
        lines = readability.lines(document.body)
        if not lines:
            return NotApplicable(scorer=self.name, reason="no answer body to read")
        hard = list(_unexplained(case)) if english else []
        findings = [*hard, *(_unheard(case) if english else ()), *self._structure(case, lines)]
        metrics = _measure(lines, document, english=english) | {"unexplained_terms": float(len(hard))}
        if not english:
            reason = f"no English formula on {_name(document.language)} text"
            return NotApplicable(scorer=self.name, reason=reason, findings=tuple(findings), metrics=metrics)
        if len(lines) < _FORMULA_SENTENCES:
            value, reason = self._short(metrics)
        else:
            value, reason = self._graded(case, metrics)
            findings += self._above_target(case, lines, metrics, value)
        return Scored(scorer=self.name, score=value, findings=tuple(findings), metrics=metrics, reason=reason)

    def _limits(self, case: Case) -> tuple[float, float, float]:
        """Masked SMOG to pass, masked SMOG to fail, FKGL to fail, for this reader."""
        question = case.question
        low = self.low_literacy_grades if question and question.persona.literacy == "low" else 0.0
        target = self.target_smog - low
        if question and question.golden:
            target = min(target, question.max_masked_smog)
        return target, self.fail_smog - low, self.max_fkgl - low

    def _graded(self, case: Case, metrics: dict[str, float]) -> tuple[float, str]:
        target, worst, worst_fkgl = self._limits(case)
        smog, fkgl = metrics["smog_masked"], metrics["fkgl"]
        grade = f"masked SMOG {smog:.1f} (target {target:.1f}), raw {metrics['smog_raw']:.1f}"
        grade += f" (counted by {readability.CONTRACT})"
        grade += f", low sample of {metrics['n_sentences']:.0f} sentences" if metrics["low_sample"] else ""
        if smog >= worst or fkgl > worst_fkgl:
            return 0.0, f"{grade}; FKGL {fkgl:.1f}: too hard"
        long = self._too_long(metrics)
        return (1.0, grade) if smog <= target and not long else (0.5, f"{grade}; {long or 'above target'}")

    def _short(self, metrics: dict[str, float]) -> tuple[float, str]:
        """Fewer than ten sentences carry no grade: judge by sentence length and hard words."""
        long = self._too_long(metrics)
        unexplained = metrics["unexplained_terms"]
        words = f"{unexplained:.0f} unexplained hard words" if unexplained > self.hard_words else ""
        base = f"low sample: {metrics['n_sentences']:.0f} sentences, no grade"
        troubles = [trouble for trouble in (long, words) if trouble]
        value = 0.0 if metrics["mean_sentence_words"] > self.max_words else max(0.0, 1.0 - 0.5 * len(troubles))
        return value, "; ".join([base, *troubles])

    def _too_long(self, metrics: dict[str, float]) -> str:
        mean, longest = metrics["mean_sentence_words"], metrics["longest_sentence_words"]
        if mean > self.mean_words:
            return f"{mean:.1f} words a sentence (limit {self.mean_words:g})"
        return f"a sentence of {longest:.0f} words (limit {self.max_words})" if longest > self.max_words else ""

    def _above_target(
        self, case: Case, lines: Sequence[Line], metrics: dict[str, float], value: float
    ) -> Iterator[Finding]:
        target = self._limits(case)[0]
        smog = metrics["smog_masked"]
        if smog <= target:
            return
        hardest = max(lines, key=lambda line: sum(word.masked >= 3 for word in line.words))
        message = (
            f"the answer reads at grade {smog:.1f} (SMOG without drug names; {metrics['smog_raw']:.1f} with them), "
            f"target {target:.1f}: this sentence has the most long words"
        )
        span = case.document.span(hardest.start, hardest.end)
        yield _rule("RDB501").finding(message, span, confidence=0.9, severity=2 if value == 0.0 else 1)

    def _structure(self, case: Case, lines: Sequence[Line]) -> Iterator[Finding]:
        document = case.document
        for line in lines:
            size = len(line.words)
            if size > self.max_words:
                message = f"a sentence of {size} words; readers lose the thread after about {self.max_words}"
                span = document.span(line.start, line.end)
                yield _rule("RDB502").finding(message, span, confidence=0.95, severity=2 if size > _VERY_LONG else 1)
        yield from self._long_lists(document)
        yield from _acronyms(case)
        wording = list(wording_findings(document))
        yield from wording
        if self.learned and all(f.code != "RDB506" for f in wording):
            yield from islice(page_faults.findings(case, "praise", _rule("RDB506"), document.body[:2]), 1)

    def _long_lists(self, document: Document) -> Iterator[Finding]:
        shown = document.region(Region.BODY, Region.ASK)
        for (bullets, _), group in groupby(shown, key=lambda s: (s.kind == "bullet", s.section)):
            items = [list(item) for _, item in groupby(group, key=lambda s: s.block)]
            if bullets and len(items) > self.max_list:
                message = f"a list of {len(items)} items; up to {self.max_list} can be taken in, so split or cut it"
                first = items[self.max_list][0]
                yield _rule("RDB504").finding(message, document.span(first.start, first.end), confidence=0.9)


def _rule(code: str) -> Rule:
    return rules("readability")[code]


def _name(code: str) -> str:
    return {"es": "Spanish"}.get(code, "other than English")


def _measure(lines: Sequence[Line], document: Document, *, english: bool) -> dict[str, float]:
    """Lengths always; English formulas and the learned ease on English text alone, formulas from ten sentences."""
    raw = readability.count(lines)
    sizes = [len(line.words) for line in lines]
    metrics = {
        "n_sentences": float(raw.sentences),
        "n_words": float(raw.words),
        "mean_sentence_words": raw.words / raw.sentences,
        "longest_sentence_words": float(max(sizes)),
        "fragment_share": sum(len(line.words) for line in lines if line.fragment) / raw.words,
        "low_sample": float(raw.sentences < _LOW_SAMPLE_SENTENCES or raw.words < _LOW_SAMPLE_WORDS),
    }
    if not english:
        return metrics
    if raw.sentences >= _FORMULA_SENTENCES:
        metrics |= {
            "smog_raw": readability.smog(raw),
            "smog_masked": readability.smog(readability.count(lines, masked=True)),
            "fkgl": readability.flesch_kincaid_grade(raw),
            "fre": readability.flesch_reading_ease(raw),
            "coleman_liau": readability.coleman_liau(raw),
            "ari": readability.automated_index(raw),
        }
    learned = ease(lines, document.plain)
    return metrics if learned is None else metrics | {"learned_ease": round(learned, 3)}


def _known_to_reader(case: Case) -> str:
    """What the reader wrote or told: its words need no explanation."""
    question = case.question
    if question is None:
        return " ".join(s.text for s in case.document.region(Region.TITLE))
    said = [turn.text for turn in question.turns if turn.role == "user"]
    return " ".join([question.text, *said, *question.facts_given])


def _unexplained(case: Case) -> Iterator[Finding]:
    """Hard words that are not explained where the body first uses them."""
    known = {use.term.words for use in find_terms(_known_to_reader(case))}
    body = case.document.body
    for index, sentence in enumerate(body):
        following = body[index + 1].text if index + 1 < len(body) else ""
        for use in find_terms(sentence.text):
            if use.term.kind == "common" or use.term.words in known:
                continue
            known.add(use.term.words)
            if not is_explained(use, sentence.text, following):
                yield _hard_word(case.document, sentence, use)


def _unheard(case: Case) -> Iterator[Finding]:
    """A sentence with several words that everyday language lacks and no list knows: jargon, whatever its field."""
    known = {match.group().lower() for match in _LONG_WORD.finditer(_known_to_reader(case))}
    for sentence in case.document.body:
        listed = {i for use in find_terms(sentence.text) for i in range(use.start, use.end)}
        found = [
            match
            for match in _LONG_WORD.finditer(sentence.text)
            if match.start() not in listed and match.group() not in known and _is_unheard(match.group())
        ]
        if len(found) >= _UNHEARD_TOGETHER:
            message = "words that few readers know: " + ", ".join(f'"{match.group()}"' for match in found)
            span = case.document.span(sentence.start + found[0].start(), sentence.start + found[-1].end())
            yield _rule("RDB503").finding(message, span, confidence=0.6, likelihood="possible")
            return


def _is_unheard(word: str) -> bool:
    """Whether neither a word nor the one it is formed from is among the commonest 29,000."""
    formed = (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ed"), word.removesuffix("ing"))
    return all(zipf(form) <= RAREST for form in (*formed, word.removesuffix("ly"), word.removeprefix("un")))


def _hard_word(document: Document, sentence: Sentence, use: Use) -> Finding:
    word = sentence.text[use.start : use.end]
    if use.term.kind == "jargon":
        message = f'"{word}" is a hard word: say "{use.term.plain}", or explain it here'
    elif use.term.plain:
        message = f'"{word}" is not explained where it first comes up, e.g. "{use.term.plain}"'
    else:
        message = f'"{word}" is not explained where it first comes up: say in plain words what this medicine is for'
    span = document.span(sentence.start + use.start, sentence.start + use.end)
    return _rule("RDB503").finding(message, span, confidence=0.7, likelihood="possible")


def _acronyms(case: Case) -> Iterator[Finding]:
    document, body = case.document, case.document.body
    known = _known_to_reader(case)
    text = "\n".join(s.text for s in body)
    starts = list(accumulate((len(s.text) + 1 for s in body), initial=0))
    for start, end in undefined_acronyms(text, known):
        index = bisect_right(starts, start) - 1
        shift = body[index].start - starts[index]
        span = document.span(start + shift, end + shift)
        message = f'"{text[start:end]}" is not spelled out: give the full words once, with the short form in brackets'
        yield _rule("RDB505").finding(message, span, confidence=0.7)
