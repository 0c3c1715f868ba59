"""Every planned question x epoch x scorer of a run as one cell, so that nothing which was not measured drops out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from harness.gate import Verdict
from harness.masking import texts_of
from harness.render.clean import logged
from harness.render.page import hider
from harness.render.words import draw
from harness.store import Item, Run
from harness.summary import PlacedFinding
from harness.types import Answer, AnswerError, Failed, Finding, Outcome, Question

# From this severity on a finding fails its cell, as it does the gate.
SERIOUS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One scorer's word on one answer.

    Args:
        waived: those of the outcome's findings that a valid waiver accepts.
    """

    question: Question
    epoch: int
    epochs: int
    scorer: str
    item: Item
    outcome: Outcome
    waived: tuple[Finding, ...]

    @property
    def answer(self) -> Answer | AnswerError:
        """The answer, or why there is none."""
        return self.item.answer

    @property
    def on_page(self) -> tuple[Finding, ...]:
        """What all scorers found in the answer."""
        return tuple(f for o in self.item.outcomes for f in o.findings)

    @property
    def name(self) -> str:
        """The question, with ``#epoch`` where a question is asked more than once."""
        return self.question.id if self.epochs == 1 else f"{self.question.id}#{self.epoch}"

    @property
    def serious(self) -> tuple[Finding, ...]:
        """Findings of severity 3 or 4 that nobody waived, worst first."""
        found = [f for f in self.outcome.findings if f.severity >= SERIOUS and f not in self.waived]
        return tuple(sorted(found, key=lambda f: -f.severity))

    @property
    def state(self) -> Literal["failure", "error", "skipped", "passed"]:
        """``failure`` at a serious finding; else ``error`` if not measured, ``skipped`` if not applicable."""
        if self.serious:
            return "failure"
        states: dict[str, Literal["error", "skipped", "passed"]] = {"failed": "error", "not_applicable": "skipped"}
        return states.get(self.outcome.status, "passed")

    @property
    def reason(self) -> str:
        """Why it was not measured, or what the scorer says about its score: one line that is safe to print."""
        if isinstance(self.answer, AnswerError):
            return logged(f"no answer: {self.answer.kind}: {self.answer.message}")
        return logged(self.outcome.reason)

    def drawn(self, findings: tuple[Finding, ...]) -> str:
        """Findings with carets under their words, as plain printable lines."""
        hide = hider(self.question, self.item)
        texts = {name: hide(text) for name, text in texts_of(self.answer, self.question, self.on_page).items()}
        return "\n\n".join("\n".join(draw(self.name, f, texts).lines()) for f in findings)


def cells(run: Run, verdict: Verdict, *, beside: bool = False) -> Iterator[Cell]:
    """The cells of a run, by scorer, then in suite order; an item that the run lacks is a failed one.

    Args:
        beside: also the scores by further judges, which don't gate.
    """
    items = {(i.question_id, i.epoch): i for i in run.items}
    epochs = int(run.manifest["epochs"])
    for scorer in (*run.scorers(), *(run.beside() if beside else ())):
        for question in run.questions:
            for epoch in range(epochs):
                item = items.get((question.id, epoch)) or _absent(question, epoch)
                outcome = next((o for o in item.outcomes if o.scorer == scorer), None)
                yield Cell(
                    question=question,
                    epoch=epoch,
                    epochs=epochs,
                    scorer=scorer,
                    item=item,
                    outcome=outcome or Failed(scorer=scorer, reason="the run holds no outcome of this scorer"),
                    waived=tuple(_waived(verdict.waived, question, epoch, scorer)),
                )


def _absent(question: Question, epoch: int) -> Item:
    missing = AnswerError(kind="missing", message="the run ended before this question was asked")
    return Item(question_id=question.id, epoch=epoch, answer=missing, outcomes=())


def _waived(waived: tuple[PlacedFinding, ...], question: Question, epoch: int, scorer: str) -> Iterator[Finding]:
    here = (question.id, epoch, scorer)
    return (w.finding for w in waived if (w.question_id, w.epoch, w.scorer) == here)
