"""Trying relations: the question as it is, the question put otherwise, and what the two answers have to share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from harness.robustness.relations import Relation, RobustnessRecord, takes
from harness.robustness.results import Robustness, Tried
from harness.robustness.shrink import fewest_changes, fewest_words
from harness.runner import BY_JUDGE, Plan, score_case
from harness.scorers.cases import build_case
from harness.scorers.escalation import Escalation
from harness.scorers.expected import told_must_haves
from harness.types import Answer, Case, Question, Scorer
from harness.types import Escalation as Urgent
from harness.variants.edits import reworded
from harness.version import __version__

Progress = Callable[[int, int], None]

_SERIOUS = 3
_URGENT = Urgent(trigger="a warning sign", timeframe="now", action="call the care team", must_be_first=True)
_SHRINK_CALLS = 24  # answers asked for to make one counter-example small


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What of an answer is compared.

    Args:
        urgent: it opens with an urgent action in time. critical: ids of the critical facts told.
        documents: what it cites. serious: codes of findings of severity 3 or more by rules that need no judge.
        sentences: the words of the answer, without markers.
    """

    urgent: bool
    critical: frozenset[str]
    documents: frozenset[str]
    serious: frozenset[str]
    sentences: tuple[str, ...]


class Observer:
    """Asks a plan's pipeline and keeps of each answer what is compared; equal wordings are asked once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._scorers: list[Scorer] = [s for s in plan.suite.scorers if s.name not in BY_JUDGE]
        self._known: dict[tuple[str, str], _View | None] = {}
        self.asked = 0

    def view(self, question: Question, text: str) -> _View | None:
        """The answer to a question put as ``text``; None where there is none."""
        key = (question.id, text)
        if key not in self._known:
            self._known[key] = self._view(question, text)
        return self._known[key]

    def _view(self, question: Question, text: str) -> _View | None:
        self.asked += 1
        try:
            answer = self._plan.pipeline.answer(replace(question.query(), text=text))
        except Exception:  # a pipeline is foreign code: its crash is a missing answer
            return None
        if not isinstance(answer, Answer) or not answer.text.strip():
            return None
        suite = self._plan.suite
        put = replace(question, text=text)
        case = build_case(
            answer, judge=self._plan.judge, as_of=suite.as_of, question=put, registry=suite.registry.sources
        )
        serious = {f.code for o in score_case(case, self._scorers) for f in o.findings if f.severity >= _SERIOUS}
        told = told_must_haves(case, put)
        return _View(
            urgent=_is_urgent(case, put),
            critical=frozenset(m.id for m in put.must_have if m.critical and m.id in told),
            documents=frozenset(_documents(answer, case)),
            serious=frozenset(serious),
            sentences=tuple(_bare(s.text) for s in case.document.body),
        )


def _is_urgent(case: Case, question: Question) -> bool:
    """Whether the answer would do for a question that needs an urgent action: there, first and in time."""
    probe = replace(question, golden=True, required_escalation=question.required_escalation or _URGENT)
    outcome = Escalation().score(replace(case, question=probe))
    return not any(f.severity >= _SERIOUS for f in outcome.findings)


def _documents(answer: Answer, case: Case) -> list[str]:
    markers = {c.target for c in case.document.citations if c.kind == "marker"}
    cited = [p for marker in markers if (p := answer.cited(marker)) is not None]
    return [p.source_id or p.document or p.title or p.id for p in cited]


def _bare(text: str) -> str:
    return " ".join(re.sub(r"\[\d{1,3}\]", "", text).lower().split())


def broken(relation: Relation, before: _View, after: _View, keep: float) -> str:
    """How two answers break a relation, in words; "" where it holds."""
    if relation.kind == "must_change":
        if relation.escalates:
            return "" if after.urgent else "no urgent action comes first"
        return "" if before.sentences != after.sentences else "the answer is the same, word for word"
    if before.urgent is not after.urgent:
        return "the urgent action is lost" if before.urgent else "an urgent action comes up"
    if lost := sorted(before.critical - after.critical):
        return f"critical facts are lost: {', '.join(lost)}"
    if new := sorted(after.serious - before.serious):
        return f"serious findings come up: {', '.join(new)}"
    kept = len(before.documents & after.documents)
    if before.documents and kept < keep * len(before.documents):
        return f"only {kept} of {len(before.documents)} cited documents are cited again"
    return ""


def robustness(
    plan: Plan,
    record: RobustnessRecord,
    *,
    questions: Sequence[Question] | None = None,
    each: int | None = None,
    shrink: int | None = None,
    progress: Progress | None = None,
) -> Robustness:
    """Try every relation on a seeded draw of questions that it fits; those that break are made small.

    Args:
        plan: the pipeline and the scorers.
        questions: what to draw from; the whole golden set where left out.
        each: most questions for a relation; the file's own where left out.
        shrink: most counter-examples of a relation that are made small, each at the cost of further answers; all where
            left out.
        progress: called with (relations tried, relations to try).
    """
    source = plan.suite.golden.questions if questions is None else questions
    asked = [q for q in source if record.where.takes(q) and q.status != "retired"]
    observer = Observer(plan)
    pairs = [(r, *p) for r in record.relations for p in _pairs(r, asked, each or record.each, record.seed)]
    tried: list[Tried] = []
    for number, (relation, question, text) in enumerate(pairs, start=1):
        pair = _try(observer, relation, question, text, record.keep_citations)
        before = sum(t.relation == relation.id and t.state == "broken" for t in tried)
        if pair.state == "broken" and (shrink is None or before < shrink):
            pair = _made_small(observer, relation, question, pair, record.keep_citations)
        tried.append(pair)
        if progress:
            progress(number, len(pairs))
    used = {t.relation for t in tried}
    return Robustness(
        name=record.name,
        suite=plan.suite.name,
        pipeline=plan.pipeline.id,
        signature=str(plan.signature()),
        harness=__version__,
        seed=record.seed,
        tried=tuple(tried),
        never_tried=tuple(r.id for r in record.relations if r.id not in used),
        bar=record.bar,
    )


def _pairs(relation: Relation, questions: Sequence[Question], each: int, seed: int) -> list[tuple[Question, str]]:
    """(question, its other wording) for as many questions as are wanted, drawn from those that the relation fits."""
    fitting = [q for q in questions if takes(relation, q)]
    found: list[tuple[Question, str]] = []
    for question in Random(f"{seed}:{relation.id}").sample(fitting, len(fitting)):
        rng = Random(f"{seed}:{relation.id}:{question.id}")
        text = reworded(question.text, question.language, relation.do, rng)
        if text is not None and len(found) < each:
            found.append((question, text))
    return found


def _try(observer: Observer, relation: Relation, question: Question, text: str, keep: float) -> Tried:
    before, after = observer.view(question, question.text), observer.view(question, text)
    pair = Tried(
        relation=relation.id,
        family=relation.family,
        kind=relation.kind,
        title=relation.title,
        question=question.id,
        original=question.text,
        changed=text,
        state="unmeasured",
        why="no answer",
    )
    if before is None or after is None:
        return pair
    why = broken(relation, before, after, keep)
    if not why:
        return pair.model_copy(update={"state": "held", "why": ""})
    return pair.model_copy(update={"state": "broken", "why": why, "small_original": question.text, "small": text})


def _made_small(observer: Observer, relation: Relation, question: Question, pair: Tried, keep: float) -> Tried:
    """The counter-example made small: fewest changed words, or fewest words that both wordings share."""

    def fails(original: str, changed: str) -> bool:
        before, after = observer.view(question, original), observer.view(question, changed)
        return before is not None and after is not None and bool(broken(relation, before, after, keep))

    if relation.kind == "must_not_change":
        original = question.text
        small = fewest_changes(original, pair.changed, lambda told: fails(original, told), most=_SHRINK_CALLS)
    else:
        original, small = fewest_words(question.text, pair.changed, fails, most=_SHRINK_CALLS)
    return pair.model_copy(update={"small_original": original, "small": small})
