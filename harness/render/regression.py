"""What changed between two runs, question by question and the worst first, with both answers word by word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.comparison import Comparison, Flip
from harness.masking import told
from harness.render.page import Page, unnamed
from harness.render.worddiff import Lines, word_diff
from harness.store import Item, Run
from harness.summary import PlacedFinding
from harness.types import Answer, Question

SIDE_BY_SIDE = 200  # questions shown in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding that is new or gone, with its words as they may be shown."""

    code: str
    severity: int
    message: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A question whose findings, bars or answers changed.

    Args:
        new, gone: findings, worst first; lost, won: scores that fell below their bar, or rose above it.
        unanswered: the candidate lost an answer that the baseline had.
        before, after: an answer of either side, in which the words that only one has are marked.
    """

    question: Question
    new: tuple[Told, ...]
    gone: tuple[Told, ...]
    lost: tuple[Flip, ...]
    won: tuple[Flip, ...]
    unanswered: bool
    before: Lines
    after: Lines

    @property
    def severity(self) -> int:
        """Of the worst new finding; -1 for none."""
        return max((f.severity for f in self.new), default=-1)

    @property
    def worse(self) -> bool:
        """Whether anything got worse: a new finding, a lost bar or a lost answer, whatever got better beside it."""
        return bool(self.new or self.lost or self.unanswered)

    @property
    def order(self) -> tuple[float, ...]:
        """Worst first: by the severity of what is new, lost answers, lost bars, and how far the scores fell."""
        fell = sum(f.baseline - f.candidate for f in self.lost)
        return (-max(self.severity, 3 * self.unanswered), not self.worse, -len(self.lost), -fell)


def regressions(comparison: Comparison) -> list[Changed]:
    """Every question that changed, what got worse first."""
    new, gone = _by_question(comparison.new), _by_question(comparison.gone)
    flips: dict[str, list[Flip]] = defaultdict(list)
    for change in comparison.changes:
        for flip in change.flips:
            flips[flip.question_id].append(flip)
    sides = _items(comparison.baseline), _items(comparison.candidate)
    found = []
    for q in comparison.candidate.questions:
        if q.id in new or q.id in gone or q.id in flips or q.id in comparison.lost:
            before = _shown(q, sides[0].get(q.id, ()), gone.get(q.id, ()))
            lines = word_diff(before, _shown(q, sides[1].get(q.id, ()), new.get(q.id, ())))
            found.append(
                Changed(
                    question=q,
                    new=_told(new.get(q.id, ())),
                    gone=_told(gone.get(q.id, ())),
                    lost=tuple(f for f in flips[q.id] if f.worse),
                    won=tuple(f for f in flips[q.id] if not f.worse),
                    unanswered=q.id in comparison.lost,
                    before=lines[0],
                    after=lines[1],
                )
            )
    return sorted(found, key=lambda c: c.order)


def _by_question(findings: Sequence[PlacedFinding]) -> dict[str, list[PlacedFinding]]:
    found: dict[str, list[PlacedFinding]] = {}
    for f in findings:
        found.setdefault(f.question_id, []).append(f)
    return found


def _told(findings: Sequence[PlacedFinding]) -> tuple[Told, ...]:
    ordered = sorted((f.finding for f in findings), key=lambda f: -f.severity)
    return tuple(
        Told(code=f.code, severity=f.severity, message=unnamed(f.message), words=unnamed(told(f))) for f in ordered
    )


def _items(run: Run) -> dict[str, list[Item]]:
    items: dict[str, list[Item]] = defaultdict(list)
    for item in run.items:
        items[item.question_id].append(item)
    return items


def _shown(question: Question, items: Sequence[Item], findings: Sequence[PlacedFinding]) -> str:
    """The answer in which the worst finding stands, else the first that was given."""
    wanted = max(findings, key=lambda f: f.finding.severity).epoch if findings else -1
    answered = sorted((i for i in items if isinstance(i.answer, Answer)), key=lambda i: (i.epoch != wanted, i.epoch))
    return Page.of(answered[0], question).shown["answer"] if answered else ""
