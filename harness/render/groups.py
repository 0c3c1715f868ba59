"""Scores and serious findings by part of the questions: category, tier, language, who asks, and how they read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.rates import Rate
from harness.stats import Estimate, estimate
from harness.store import Item, Run
from harness.types import Answer, NotApplicable, Question, Scored

_KINDS: Mapping[str, Callable[[Question], str]] = {
    "category": lambda q: q.category.replace("_", " "),
    "tier": lambda q: q.risk_tier,
    "language": lambda q: q.language,
    "persona": lambda q: q.persona.role,
    "literacy": lambda q: q.persona.literacy,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One part of the questions.

    Args:
        kind: ``category``, ``tier``, ``language``, ``persona`` or ``literacy``.
        planned, answered: questions times epochs, and how many of them have an answer.
        faulty: of the questions with an answer, those with a finding of severity 2 or more; serious: of 3 or more.
        unassessed: answers that a scorer should have measured and could not.
        scores: by scorer, with what is missing.
    """

    kind: str
    name: str
    questions: int
    planned: int
    answered: int
    faulty: Rate
    serious: Rate
    unassessed: int
    scores: Mapping[str, Estimate]


def groups(run: Run) -> tuple[Group, ...]:
    """The parts of a run, by kind and then by name; a kind that all questions share is left out.

    They say where to look: nothing is corrected for the number of parts.
    """
    epochs = int(run.manifest["epochs"])
    items: dict[str, list[Item]] = defaultdict(list)
    for item in run.items:
        items[item.question_id].append(item)
    found = []
    for kind, key in _KINDS.items():
        parts: dict[str, list[Question]] = defaultdict(list)
        for q in run.questions:
            parts[key(q) or "not stated"].append(q)
        if len(parts) > 1:
            found += [_group(kind, name, parts[name], items, run.scorers(), epochs) for name in sorted(parts)]
    return tuple(found)


def _group(
    kind: str,
    name: str,
    questions: Sequence[Question],
    items: Mapping[str, Sequence[Item]],
    scorers: Sequence[str],
    epochs: int,
) -> Group:
    mine = [i for q in questions for i in items.get(q.id, ())]
    answered = [i for i in mine if isinstance(i.answer, Answer)]
    worst = dict.fromkeys((i.question_id for i in answered), -1)
    for i in answered:
        worst[i.question_id] = max([worst[i.question_id], *(f.severity for o in i.outcomes for f in o.findings)])
    planned = len(questions) * epochs
    return Group(
        kind=kind,
        name=name,
        questions=len(questions),
        planned=planned,
        answered=len(answered),
        faulty=Rate.of(s >= 2 for s in worst.values()),
        serious=Rate.of(s >= 3 for s in worst.values()),
        unassessed=sum(any(o.status == "failed" for o in i.outcomes) for i in answered),
        scores={scorer: _score(scorer, mine, planned) for scorer in scorers},
    )


def _score(scorer: str, items: Sequence[Item], planned: int) -> Estimate:
    scores: dict[str, list[float]] = defaultdict(list)
    exempt = 0
    for item in items:
        for o in item.outcomes:
            if o.scorer == scorer and isinstance(o, Scored):
                scores[item.question_id].append(o.score)
            elif o.scorer == scorer and isinstance(o, NotApplicable):
                exempt += 1
    measured = sum(len(v) for v in scores.values())
    return estimate(scores, missing=planned - measured - exempt, exempt=exempt)
