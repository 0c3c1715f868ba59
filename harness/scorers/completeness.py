"""Completeness: whether an answer tells what its reader needs, does what was expected, and leaves no half out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.scorers import expected
from harness.scorers.base import rules
from harness.scorers.wording import asserted, found, lexicon
from harness.text.cutoff import is_cut_off, wants_guideline_set_aside
from harness.text.drugs import find_medicines
from harness.text.patterns import is_question
from harness.types import Case, Document, Finding, NotApplicable, Outcome, Question, Region, Scored, Sentence, Span

_ENDS = (".", "!", "?", "]", ")", "”", '"')


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """With a golden record the share of must-have facts told; without one, what can be seen to be left out."""

    name: ClassVar[str] = "completeness"
    version: ClassVar[int] = 3
    family: ClassVar[str] = "completeness"

    def score(self, case: Case) -> Outcome:
        """Must-have coverage of a golden record; else 1.0 or 0.0 for what was looked at, or NotApplicable."""
        if not case.document.body:
            return NotApplicable(scorer=self.name, reason="the page has no answer text")
        page = case.document
        general = [*_benefits_alone(page), *_left_out(page), *_guessed(case), *_taken_up(case), *_broken_off(page)]
        question = case.question
        if question is None or not question.golden:
            return self._without_record(case, question, general)
        told = expected.told_must_haves(case, question)
        findings = [
            *expected.missing_must_haves(case, question, told),
            *expected.forbidden(case, question),
            *expected.behaviour(case, question, told),
            *expected.clarifying(case, question),
            *expected.wrong_language(case, question),
            *general,
        ]
        return self._coverage(question, told, findings)

    def _coverage(self, question: Question, told: frozenset[str], findings: list[Finding]) -> Outcome:
        """Score by must-haves told; a record without any is scored by its findings."""
        facts = question.must_have
        critical = [m for m in facts if m.critical]
        metrics = {
            "must_have_total": float(len(facts)),
            "must_have_told": float(len(told)),
            "critical_total": float(len(critical)),
            "critical_told": float(sum(m.id in told for m in critical)),
        }
        good = float(not any(f.severity >= 2 for f in findings))
        score = len(told) / len(facts) if facts else good
        reason = f"{len(told)} of {len(facts)} must-have facts told"
        return Scored(scorer=self.name, score=score, findings=tuple(findings), metrics=metrics, reason=reason)

    def _without_record(self, case: Case, question: Question | None, findings: list[Finding]) -> Outcome:
        """What can be seen without a golden record; nothing to see is not a pass."""
        findings = [*findings, *(expected.wrong_language(case, question) if question else [])]
        looked = [
            *(["benefits"] if _benefits(case.document) else []),
            *(["closed lists"] if any(_listed(case.document, entry) for entry in _closed_sets()) else []),
            *(["the cut-off question"] if question and is_cut_off(question.text) else []),
            *(["the wish to set guidelines aside"] if question and _wish(question) else []),
            *(["the end of the page"] if any(_broken_off(case.document)) else []),
        ]
        if not looked:
            reason = "no golden record, and nothing in the text that can be checked without one"
            return NotApplicable(scorer=self.name, reason=reason, findings=tuple(findings))
        good = float(not any(f.severity >= 2 for f in findings))
        reason = f"no golden record; looked at {', '.join(looked)}"
        return Scored(scorer=self.name, score=good, findings=tuple(findings), reason=reason)


def _benefits(document: Document) -> list[tuple[Sentence, tuple[int, int]]]:
    """Sentences that tell a benefit of a treatment or medicine, with the words."""
    lex = lexicon("completeness")
    told = []
    for sentence in document.body:
        hit = asserted(lex["benefit"], sentence.text)
        about = hit and (found(rf"\b{lex['words']['therapy']}\b", sentence.text) or find_medicines(sentence.text))
        if hit and about and not is_question(sentence.text):
            told.append((sentence, hit))
    return told


def _benefits_alone(document: Document) -> Iterator[Finding]:
    """CMP806: benefits of treatment and not one word on risks in the whole answer."""
    told = _benefits(document)
    if not told:
        return
    lex = lexicon("completeness")
    for sentence in (*document.body, *document.region(Region.ASK, Region.LEARN)):
        hit = found(lex["benefit"], sentence.text)
        rest = sentence.text if hit is None else sentence.text[: hit[0]] + " | " + sentence.text[hit[1] :]
        if found(lex["risk"], rest):
            return
    sentence, hit = told[0]
    message = "Tells what treatment can do for people and says nothing of risks or side effects"
    span = document.span(sentence.start + hit[0], sentence.start + hit[1])
    yield rules("completeness")["CMP806"].finding(message, span, confidence=0.7)


def _closed_sets() -> list[dict[str, Any]]:
    sets: list[dict[str, Any]] = lexicon("completeness")["closed_sets"]
    return sets


def _listed(document: Document, entry: dict[str, Any]) -> tuple[Sentence, set[str]] | None:
    """Where the answer lists members of a closed set, and which it names there; None if it doesn't list them."""
    lex = lexicon("completeness")
    for sentence in document.body:
        named = {name for name, words in entry["members"].items() if found(words, sentence.text)}
        cued = found(entry["cue"], sentence.text) is not None and found(lex["open_list"], sentence.text) is None
        if cued and len(named) >= entry["least"]:
            return sentence, named
    bullets = [s for s in document.body if s.kind in ("bullet", "cell")]
    opened = {
        name: s for s in reversed(bullets) for name, words in entry["members"].items() if found(words, s.text[:60])
    }
    if len(opened) >= entry["least"] and len(set(opened.values())) >= entry["least"]:
        return min(opened.values(), key=lambda s: s.start), set(opened)
    return None


def _left_out(document: Document) -> Iterator[Finding]:
    """CMP807: a list of a closed set lacks a member that the answer names nowhere."""
    for entry in _closed_sets():
        listed = _listed(document, entry)
        if listed is None:
            continue
        sentence, _ = listed
        body = " ".join(s.text for s in document.region(Region.BODY))
        missing = [name for name, words in entry["members"].items() if not found(words, body)]
        if missing and not ("range" in entry and found(entry["range"], body)):
            message = f"The list leaves out {' and '.join(missing)} of {entry['name']}"
            span = document.span(sentence.start, sentence.end)
            yield rules("completeness")["CMP807"].finding(message, span, confidence=0.7)


def _guessed(case: Case) -> Iterator[Finding]:
    """CMP808: the message stops mid-phrase, and the answer goes on without asking for the rest."""
    question = case.question
    if question is None or not is_cut_off(question.text):
        return
    asks = lexicon("completeness")["asks_rest"]
    if any(found(asks, s.text) for s in case.document.body):
        return
    first = case.document.body[0]
    related = (Span.of(question.text, 0, len(question.text), "question"),)
    message = "The message ends before it is finished, and the answer guesses instead of asking for the rest"
    span = case.document.span(first.start, first.end)
    yield rules("completeness")["CMP808"].finding(message, span, confidence=0.8, related=related)


def _wish(question: Question) -> Span | None:
    """The message in which the reader wants the guideline set aside, the latest first."""
    if wants_guideline_set_aside(question.text):
        return Span.of(question.text, 0, len(question.text), "question")
    asked = [(i, t) for i, t in enumerate(question.turns) if t.role == "user" and wants_guideline_set_aside(t.text)]
    return Span.of(asked[-1][1].text, 0, len(asked[-1][1].text), f"turn:{asked[-1][0]}") if asked else None


def _taken_up(case: Case) -> Iterator[Finding]:
    """CMP809: the reader wants the guideline set aside, and the answer does so."""
    wish = _wish(case.question) if case.question else None
    if wish is None:
        return
    lex = lexicon("completeness")
    for sentence in case.document.body:
        hit = asserted(lex["takes_up"], sentence.text)
        if hit and found(lex["holds"], sentence.text) is None:
            span = case.document.span(sentence.start + hit[0], sentence.start + hit[1])
            message = "Takes up the wish to set the guideline aside"
            yield rules("completeness")["CMP809"].finding(message, span, confidence=0.8, related=(wish,))
            return


def _broken_off(document: Document) -> Iterator[Finding]:
    """CMP810: the page stops in the middle of a sentence where its other sentences come to an end."""
    last = document.sentences[-1]
    words = last.text.rstrip()
    if last.region is not Region.BODY or not (words[-1:].isalnum() or words.endswith((",", "(", "-"))):
        return
    alike = [s.text.rstrip().endswith(_ENDS) for s in document.body if s.kind == last.kind and s is not last]
    unlike = sum(alike) > 1 and (last.kind == "sentence" or (last.kind == "bullet" and all(alike)))
    if unlike or (last.kind == "bullet" and is_cut_off(words)):
        span = document.span(last.start, last.end)
        yield rules("completeness")["CMP810"].finding("The page breaks off here", span, confidence=0.8)
