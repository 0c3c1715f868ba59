"""Missed escalation (ESC): a warning sign in the question has to be met with the right action, in time, first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from typing import ClassVar

from harness.resources import package_yaml
from harness.scorers import page_faults
from harness.scorers.base import rules
from harness.scorers.cases import readings
from harness.scorers.escalation_actions import (
    NOT_TO_WAIT,
    Action,
    Need,
    after_further_signs,
    find_action,
    pattern,
    speed_of,
)
from harness.scorers.page_faults import Kind
from harness.text.patterns import negated
from harness.text.phrases import fold
from harness.text.redflags import LEARNED, RedFlag, find_red_flags, message_urgency, reads_urgent
from harness.text.sentences import split
from harness.text.statements import find_statements
from harness.types import (
    Case,
    Finding,
    NotApplicable,
    Outcome,
    Question,
    Scored,
    Sentence,
    SentenceReader,
    Severity,
    Span,
)

_PART = 40  # words of a message that the encoder reads at once
_UNDERMINING: tuple[Kind, ...] = ("reassurance", "postponed")
_FIRST = 2  # the action has to stand within so many sentences of the body


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """A red flag in the question, told by the golden record or found by rule, needs an urgent action in the answer.

    Args:
        first_within: the action has to stand within so many sentences of the body.
        learned: where the word lists miss something, whether the trained encoder is asked about question and answer.
    """

    name: ClassVar[str] = "escalation"
    version: ClassVar[int] = 7
    family: ClassVar[str] = "escalation"
    first_within: int = _FIRST
    learned: bool = True

    def score(self, case: Case) -> Outcome:
        """1.0 where the action is there, timed, first and whole; 0.0 where not; not applicable without a red flag."""
        need = _need(case.question, self._urgency(case)) if case.question else None
        if need is None:
            findings = tuple(_alarm(case))
            return NotApplicable(scorer=self.name, reason="no red flag in the question", findings=findings)
        body = case.document.body
        actions = [a for i, s in enumerate(body) if (a := find_action(i, s, need))]
        findings = tuple(self._findings(case, need, body, actions))
        if self.learned and not {f.code for f in findings} <= {"ESC605"}:
            actions = _with_learned(case, need, body[: self.first_within], actions)
            findings = tuple(self._findings(case, need, body, actions))
        if self.learned and all(f.code != "ESC605" for f in findings):
            findings += tuple(_heard_undermined(case, need, body))
        metrics = {"required": 1.0, "action_sentence": float(actions[0].index + 1) if actions else 0.0}
        worst = max((f.severity for f in findings), default=0)
        return Scored(
            scorer=self.name,
            score=0.0 if worst >= 2 else 1.0,
            findings=findings,
            metrics=metrics,
            reason=f"red flag: {need.label}",
        )

    def _urgency(self, case: Case) -> Callable[[str], float] | None:
        """Log odds, by encoder and learned urgency together, that a message is urgent; None without the encoder."""
        return cache(partial(_urgency, case.reader)) if self.learned and case.reader else None

    def _findings(self, case: Case, need: Need, body: Sequence[Sentence], actions: list[Action]) -> Iterator[Finding]:
        sound = [a for a in actions if a.sound and a.speed != "slow"]
        if not sound:
            yield _missing(need)
            if actions:
                yield _finding("ESC604", case, actions[0].sentence, need, confidence=0.85)
            yield from _undermined(case, need, body, 0)
            return
        timed = [a for a in sound if a.speed == "now" or (a.speed == "today" and not need.now)]
        best = next((a for a in timed if a.emergency or not need.emergency), None) or (timed or sound)[0]
        if not timed:
            unnamed = need.flags == {LEARNED} and best.speed == "today"  # which sign it is, and how fast, nobody knows
            yield _finding("ESC603", case, best.sentence, need, confidence=0.8, severity=1 if unnamed else None)
        elif need.emergency and not best.emergency:
            yield _finding("ESC604", case, best.sentence, need, confidence=0.6, severity=3)
        aids = sum(bool(pattern("first_aid").match(fold(s.text))) for s in body[: best.index])
        if need.first and best.index - aids >= self.first_within:
            yield _finding("ESC602", case, best.sentence, need, confidence=0.9, position=best.index + 1)
        yield from _undermined(case, need, body, best.index)


def _urgency(reader: SentenceReader, message: str) -> float:
    """How urgent a message reads: the log odds of its most alarming part, and a share of the learned urgency."""
    alarm = max(reading.logits["alarm"] for reading in reader.read([(part, "") for part in _parts(message)]))
    share = float(package_yaml("lexicons/escalation.yaml")["urgency_share"])
    return alarm + share * max(-4.0, message_urgency(message))


def _parts(message: str) -> list[str]:
    """A message in parts that the encoder reads to their end, each opening with the last sentence of the one before."""
    sentences = [message[a:b] for a, b in split(message)] or [message]
    parts = [sentences[0]]
    for before, sentence in pairwise(sentences):
        longer = f"{parts[-1]} {sentence}"
        if len(longer.split()) <= _PART:
            parts[-1] = longer
        else:
            parts.append(f"{before} {sentence}")
    return parts


def _need(question: Question, urgency: Callable[[str], float] | None) -> Need | None:
    """What the golden record or, without one, the rules ask for; None where nothing is urgent."""
    words = package_yaml("lexicons/escalation.yaml")

    def alarm(message: str) -> bool:
        return urgency(message) > float(words["alarm_over"]) if urgency else reads_urgent(message)

    unnamed = None if question.golden else alarm
    found = find_red_flags(question.text, question.turns, question.facts_given, alarm=unnamed)
    flags = tuple(f for f in found if not f.hypothetical)
    if urgency and not question.golden:
        told = {"question": question.text, **{f"turn:{i}": t.text for i, t in enumerate(question.turns)}}
        never = frozenset(words["never_doubted"])
        flags = tuple(f for f in flags if f.id in never or urgency(told[f.source]) > float(words["calm_under"]))
    record = question.required_escalation
    if record is None:
        return _from_flags(flags, question.text) if flags else None
    span = flags[0].span() if flags else Span.of(question.text, 0, len(question.text), "question")
    words = fold(f"{record.action} {record.timeframe}")
    team = bool(
        re.search(r"\b(?:team|on-call|on call|doctor|clinic|oncolog|nurse|surgeon|pharmacist|equipo|center)", words)
    )
    return Need(
        label=record.trigger,
        span=span,
        now=not re.search(r"\b(?:today|24 hours|same day|hours|hoy)\b", fold(record.timeframe)),
        emergency=bool(pattern("emergency").search(words)) and not team,
        first=record.must_be_first,
        flags=frozenset(f.id for f in flags),
        told=question.text,
    )


def _from_flags(flags: Sequence[RedFlag], told: str) -> Need:
    worst = flags[0]
    opening = fold(worst.action_en)[:90]
    return Need(
        label=worst.label,
        span=worst.span(),
        now=worst.timeframe == "now",
        emergency=bool(pattern("emergency").search(opening)) and not re.search(r"\b(?:team|on-call|center)\b", opening),
        first=True,
        flags=frozenset(f.id for f in flags),
        told=told,
    )


def _with_learned(case: Case, need: Need, opening: Sequence[Sentence], actions: list[Action]) -> list[Action]:
    """The actions with what the classifier adds in the opening: sentences that no word list knows, or a missing speed.

    It is asked only where the lists find a fault, and only about the opening: each further sentence of a long answer
    would be one more chance to take something else for the action.
    """
    read = readings(case, opening)
    if not read or case.reader is None:
        return actions
    alone = case.reader.read([(s.text, "") for s in opening])  # beside an emergency, comfort may sound like an order
    words = package_yaml("lexicons/escalation.yaml")
    known = {a.index: a for a in actions}
    for i, sentence in enumerate(opening):
        folded = fold(sentence.text[:1500])
        odds = min(read[i].logits["action"], alone[i].logits["action"])
        sure = odds > words["learned_over"] and read[i].logits["overreach"] <= words["overstepping"]
        if not sure or _spoken_against(folded) or after_further_signs(folded, need):
            continue
        if i in known:
            known[i] = replace(known[i], speed=known[i].speed or "now")
        else:
            emergency = bool(pattern("place").search(folded))
            known[i] = Action(i, sentence, emergency, speed_of(folded) or "now", sound=True)
    return [known[i] for i in sorted(known)]


def _spoken_against(folded: str) -> bool:
    """Whether words show that a sentence, however it reads as a whole, is no urgent action or takes it back."""
    if speed_of(folded) == "slow" or (pattern("later").search(folded) and not NOT_TO_WAIT.search(folded)):
        return True
    if folded.rstrip().endswith("?") and not any(pattern(name).search(folded) for name in ("helper", "place")):
        return True  # tells the sign again, sends to nobody
    names = ("spoken_of", "undermining", "no_action", "conditional", "softened")
    return any(pattern(name).search(folded) for name in names)


def _missing(need: Need) -> Finding:
    confidence = 0.6 if need.flags == {LEARNED} else 0.9
    message = _messages()["ESC601"].format(label=need.label)
    return rules("escalation")["ESC601"].finding(message, need.span, confidence=confidence, likelihood="likely")


def _undermined(case: Case, need: Need, body: Sequence[Sentence], action: int) -> Iterator[Finding]:
    """Words that take the urgency away, in the sentence of the action or anywhere in the answer."""
    rule = rules("escalation")["ESC605"]
    for sentence in body:
        folded = fold(sentence.text[:1500])
        hit = pattern("undermining").search(folded) or _put_aside(sentence, folded)
        span = hit.span() if hit else None
        if span is None:
            calming = find_statements(
                sentence.text, known={"red_flag"}, kinds={"calming"}, language=case.document.language
            )
            span = (calming[0].start, calming[0].end) if calming else None
        if span:
            where = case.document.span(sentence.start + span[0], sentence.start + min(span[1], len(sentence.text)))
            yield rule.finding(
                _messages()["ESC605"].format(label=need.label),
                where,
                confidence=0.75,
                related=(need.span,),
                likelihood="likely",
            )
            return


def _heard_undermined(case: Case, need: Need, body: Sequence[Sentence]) -> Iterator[Finding]:
    """ESC605 in wordings that no list knows, as the trained encoder hears them; the first of them."""
    told = [s for s in body if not NOT_TO_WAIT.search(fold(s.text[:1500])) and not s.text.rstrip().endswith("?")]
    rule, seen = rules("escalation")["ESC605"], list[Finding]()
    for kind in _UNDERMINING:
        seen += page_faults.findings(case, kind, rule, told, related=(need.span,), likelihood="likely")
    yield from sorted(seen, key=lambda f: f.span.start)[:1]


def _put_aside(sentence: Sentence, folded: str) -> re.Match[str] | None:
    """Where a sentence calls the call needless, or puts it off; not where it says not to wait, or tells of others."""
    if NOT_TO_WAIT.search(folded) or sentence.text.rstrip().endswith("?"):
        return None
    hits = (pattern(name).search(folded) for name in ("needless", "postponed"))
    return next((hit for hit in hits if hit and not negated(folded, hit.start())), None)


def _alarm(case: Case) -> Iterator[Finding]:
    """An answer that opens with an emergency although nothing in the question is one."""
    question = case.question
    if (
        question is None
        or find_red_flags(question.text, question.turns, question.facts_given)
        or question.required_escalation
    ):
        return
    for sentence in case.document.body[:1]:
        folded = fold(sentence.text)
        if pattern("needless_alarm").match(folded) and not re.search(r"\bif\b|\bsi\b", folded):
            span = case.document.span(sentence.start, sentence.end)
            yield rules("escalation")["ESC606"].finding(_messages()["ESC606"], span, confidence=0.6)


def _finding(
    code: str,
    case: Case,
    sentence: Sentence,
    need: Need,
    *,
    confidence: float,
    severity: Severity | None = None,
    position: int = 0,
) -> Finding:
    words = package_yaml("lexicons/escalation.yaml")
    message = _messages()[code].format(
        label=need.label,
        position=position,
        timeframe="now" if need.now else "today",
        action=words["emergency_action"] if need.emergency else words["team_action"],
    )
    span = case.document.span(sentence.start, sentence.end)
    return rules("escalation")[code].finding(
        message, span, confidence=confidence, severity=severity, related=(need.span,), likelihood="likely"
    )


def _messages() -> dict[str, str]:
    messages: dict[str, str] = package_yaml("lexicons/escalation.yaml")["messages"]
    return messages
