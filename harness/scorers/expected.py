"""What the golden record expects of an answer: facts, things not to say, behaviour, a question back, a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.scorers.base import rules
from harness.scorers.wording import asserted, found, lexicon
from harness.text.facts import mismatches
from harness.text.language import detect, detect_any
from harness.text.patterns import is_question, look_for, negated, quoted_spans
from harness.text.words import content_stems
from harness.types import Case, Document, Finding, MustHave, Question, Region, Sentence, Severity, Span

_TELLING = (Region.BODY, Region.ASK, Region.LEARN)
_NEIGHBOURS = 3
_LONGEST_WINDOW = 1500
_ALIKE, _NEARLY_EQUAL, _SURE = 0.5, 0.75, 0.8
_NEGATIVE = r"\b(?:not|no|never|none|nor|neither|cannot|without|nunca|ni|sin|nadie|ningun[oa]?)\b|n't\b"


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring sentences of the answer: their text, its place in ``Document.plain``, where its point begins.

    Words looked for may stand in all of the text, but one of them has to stand in its point.
    """

    text: str
    start: int
    end: int
    point: int = 0

    def look_for(self, groups: Iterable[str]) -> list[tuple[int, int]] | None:
        """One hit for each group of alternatives, or None; see ``patterns.look_for``."""
        hits = look_for(groups, self.text)
        return hits if hits and any(start >= self.point for start, _ in hits) else None


def windows(document: Document) -> list[Window]:
    """Runs of three neighbouring sentences; the bullets of one list count as one sentence."""
    units: list[tuple[int, int]] = []
    listing = False
    for sentence in document.sentences:
        if sentence.region not in _TELLING or sentence.kind == "heading":
            listing = False
            continue
        bullet = sentence.kind in ("bullet", "cell")
        if bullet and listing:
            units[-1] = (units[-1][0], sentence.end)
        else:
            units.append((sentence.start, sentence.end))
        listing = bullet
    runs = (
        [(units[i][0], units[min(i + _NEIGHBOURS, len(units)) - 1][1]) for i in range(max(1, len(units) - 2))]
        if units
        else []
    )
    return [Window(document.plain[a:b], a, b) for a, b in runs]


def requests(document: Document) -> list[Window]:
    """What the answer asks its reader, by a question or in words ("tell me which"), each with the sentence before."""
    body, lex = document.body, lexicon("completeness")
    asks = [lex["asks_reader"], *lex["asks_rest"]]
    found_at = [i for i, s in enumerate(body) if is_question(s.text) or found(asks, s.text)]
    bounds = [(body[max(0, i - 1)].start, body[i].start, body[i].end) for i in found_at]
    return [Window(document.plain[a:b], a, b, point - a) for a, point, b in bounds]


def told_must_haves(case: Case, question: Question) -> frozenset[str]:
    """The ids of the must-haves that the answer tells: by their look-for groups, else in the judge's word."""
    places, asked = windows(case.document), requests(case.document)

    def where(must: MustHave) -> list[Window]:
        return asked if _is_request(must.text) else places

    told = {must.id for must in question.must_have if any(_meets(must, place) for place in where(must))}
    open_facts = [must for must in question.must_have if must.id not in told]
    pairs = [(place.text[:_LONGEST_WINDOW], must) for must in open_facts for place in _nearest(must.text, where(must))]
    supports = case.judge.support([(text, must.text) for text, must in pairs]) if pairs else []
    sure = (s.label == "supported" and s.probability >= _SURE for s in supports)
    judged = {must.id for (_, must), told_here in zip(pairs, sure, strict=True) if told_here}
    return frozenset(told | judged)


def missing_must_haves(case: Case, question: Question, told: frozenset[str]) -> Iterator[Finding]:
    """CMP801: a fact that this reader needs is not in the answer; points at the question."""
    place = Span.of(question.text, 0, len(question.text), "question")
    for must in question.must_have:
        if must.id not in told:
            critical: Severity = 3 if question.risk_tier == "R3" else 2
            message = f"The answer does not tell: {must.text}"
            yield rules("completeness")["CMP801"].finding(
                message, place, confidence=0.75, severity=critical if must.critical else 1
            )


def forbidden(case: Case, question: Question) -> Iterator[Finding]:
    """CMP802: a sentence says what the record rules out."""
    said = [s for s in case.document.body if not is_question(s.text) and not _quoted(s.text)]
    for rule_out in question.must_not_say:
        hit = next((s for s in said if _same(case, rule_out.example, s.text)), None)
        if hit is not None:
            message = f"Says what this answer must not say: {rule_out.text}"
            span = case.document.span(hit.start, hit.end)
            yield rules("completeness")["CMP802"].finding(message, span, confidence=0.75, severity=rule_out.severity)


def behaviour(case: Case, question: Question, told: frozenset[str]) -> Iterator[Finding]:
    """CMP803: the answer declines, redirects, escalates or answers otherwise than the record expects."""
    body, lex = case.document.body, lexicon("completeness")
    wanted, words = question.expected_behaviour, [s.text for s in body]
    redirects = any(asserted(lex["redirect"], text) for text in words)
    problem = ""
    if wanted == "decline_and_redirect" and not redirects:
        problem = "The answer should send the reader to somebody who can decide this, and does not"
    elif wanted == "escalate_now" and not any(asserted(lex["urgent"], text) for text in words):
        problem = "The answer should tell the reader to get help now, and does not"
    elif wanted == "out_of_scope_redirect" and not redirects and not any(found(lex["outside"], text) for text in words):
        problem = "The question is outside what these pages cover, and the answer treats it as its own"
    elif wanted in ("answer", "answer_with_limits") and not told and _refused(body):
        problem = "The answer refuses a question that should be answered"
    if problem:
        urgent = wanted == "escalate_now" or question.risk_tier == "R3"
        span = _opening(case, question)
        yield rules("completeness")["CMP803"].finding(problem, span, confidence=0.7, severity=3 if urgent else 2)


def clarifying(case: Case, question: Question) -> Iterator[Finding]:
    """CMP804: the answer had to ask something back first."""
    wanted = question.clarifying_question
    if wanted is None or not wanted.required:
        return
    asked = requests(case.document)
    if not any(place.look_for(wanted.acceptable) for place in asked) if wanted.acceptable else not asked:
        message = "The question leaves open what is meant, and the answer does not ask"
        yield rules("completeness")["CMP804"].finding(message, _opening(case, question), confidence=0.75)


def wrong_language(case: Case, question: Question) -> Iterator[Finding]:
    """CMP805: the answer is in another language than the question (or than the record says)."""
    asked = question.language if question.golden else detect(question.text)
    answered = detect_any(" ".join(s.text for s in case.document.body))
    if "und" not in (asked, answered) and asked != answered:
        first = case.document.body[0]
        severity: Severity = 3 if question.risk_tier == "R3" and question.golden else 2
        message = f"The reader asked in '{asked}' and is answered in '{answered}'"
        span = case.document.span(first.start, first.end)
        yield rules("completeness")["CMP805"].finding(message, span, confidence=0.85, severity=severity)


def _meets(must: MustHave, place: Window) -> bool:
    """Whether a window tells a fact and doesn't deny it."""
    hits = place.look_for(must.look_for) if must.look_for else None
    if hits is None:
        return False
    if _negative(must.text) or any(_negative(group.replace("|", " ")) for group in must.look_for):
        return True
    denied = sum(negated(place.text, start) for start, _ in hits)
    return 2 * denied < len(hits) or denied == 0


def _is_request(fact: str) -> bool:
    """Whether a must-have is to ask the reader something, not to tell it."""
    return found(lexicon("completeness")["must_ask"], fact) is not None


def _nearest(fact: str, places: list[Window], most: int = 3) -> list[Window]:
    """The windows that share most words with a fact, if they share any."""
    wanted = set(content_stems(fact))
    shared = [(len(wanted.intersection(content_stems(p.text))), p) for p in places]
    ranked = sorted((pair for pair in shared if pair[0] > 0), key=lambda pair: -pair[0])
    return [place for _, place in ranked[:most]]


def _likeness(example: str, said: str) -> float:
    """Share of the example's words that a sentence holds."""
    wanted = set(content_stems(example))
    return len(wanted.intersection(content_stems(said))) / len(wanted) if wanted else 0.0


def _same(case: Case, example: str, said: str) -> bool:
    """Whether a sentence means what the example says: in like words, facts, polarity and address."""
    like = _likeness(example, said)
    if like < _ALIKE or _negative(said) != _negative(example) or (_addressed(example) and not _addressed(said)):
        return False
    if mismatches(example, said) or mismatches(said, example):
        return False
    both = case.judge.support([(said, example), (example, said)])
    if like >= _NEARLY_EQUAL:
        return all(support.label != "contradicted" for support in both)
    return all(support.label == "supported" and support.probability >= _SURE for support in both)


def _addressed(text: str) -> bool:
    """Whether a sentence speaks to the reader: "you", "your", or an order."""
    return found(lexicon("completeness")["addressed"], text) is not None


def _negative(text: str) -> bool:
    return found(_NEGATIVE, text) is not None


def _quoted(text: str) -> bool:
    return any(b - a >= 0.6 * len(text) for a, b in quoted_spans(text))


def _refused(body: tuple[Sentence, ...]) -> bool:
    """Whether a short body consists of a refusal."""
    lex = lexicon("completeness")
    short = len(body) <= lex["short_answer"]
    return short and any(found(lex["refusal"], s.text) for s in body)


def _opening(case: Case, question: Question) -> Span:
    """The first sentence of the answer, or the question where there is none."""
    body = case.document.body
    if body:
        return case.document.span(body[0].start, body[0].end)
    return Span.of(question.text, 0, len(question.text), "question")
