"""The findings of a run as a list that can be narrowed down, and that a notebook shows with its words highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.masking import texts_of
from harness.notebook import finding_card, safe
from harness.scorers import title_of
from harness.store import Run
from harness.suite import severity_word
from harness.summary import PlacedFinding, summarise

_SHOWN = 50


@dataclass(frozen=True, slots=True, eq=False)
class Findings(Sequence[PlacedFinding]):
    """Findings of one run, worst first; a table of them is ``run.to_frame("findings")``."""

    run: Run
    placed: tuple[PlacedFinding, ...]

    def __repr__(self) -> str:
        return f"Findings({len(self.placed)} of {self.run.name!r})"

    def __len__(self) -> int:
        return len(self.placed)

    def __getitem__(self, index: Any) -> Any:
        return self.placed[index]

    def where(self, *, code: str | None = None, question_id: str | None = None, severity: int = 0) -> Findings:
        """Those of a rule, or of a family such as ``ADV``, in a question, and of at least a severity."""
        kept = tuple(
            p
            for p in self.placed
            if p.finding.code.startswith(code or "")
            and question_id in (None, p.question_id)
            and p.finding.severity >= severity
        )
        return Findings(self.run, kept)

    def _repr_html_(self) -> str:
        """Each finding with its words highlighted in their surroundings; a person's words are blotted out."""
        texts = _texts(self.run)
        cards = [
            finding_card(
                p.finding,
                texts.get((p.question_id, p.epoch), {}),
                word=severity_word(p.finding.severity),
                where=f"{p.question_id}, epoch {p.epoch}",
                title=title_of(p.finding.code),
            )
            for p in self.placed[:_SHOWN]
        ]
        more = len(self.placed) - len(cards)
        left = [f"<p>... and {more} more, see <code>.where()</code></p>"] if more else []
        return "".join([f"<p>{len(self.placed)} findings of {safe(self.run.name)}</p>", *cards, *left])


def findings_of(run: Run) -> Findings:
    """All findings of a run, worst first."""
    return Findings(run, summarise(run).findings)


def _texts(run: Run) -> dict[tuple[str, int], dict[str, str]]:
    """For every item the text behind each source of a finding."""
    asked = {q.id: q for q in run.questions}
    return {
        (i.question_id, i.epoch): texts_of(i.answer, asked[i.question_id], [f for o in i.outcomes for f in o.findings])
        for i in run.items
    }
