"""What a reader's page holds: questions, answers, sources and findings, and nothing that tells where they come from.

Blinding: no pipeline, model, judge, suite or arm, no severity or confidence of the tool, no stratum, and no order that
would tell one. The findings themselves are shown only after the reader's first judgement of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.resources import package_yaml
from harness.review.records import Design, ItemReview, Mark, ReaderRole, design_sha, sha256_of
from harness.scorers import title_of
from harness.store import Item, Run
from harness.types import Answer, Finding, Passage, Question, Span

_FORMAT = "harness-review-pack/1"
# Directional controls, zero-width characters and controls other than tab and line break: shown as a sign of the same
# length, so that offsets stay. Joiners (U+200C, U+200D) stay, as scripts and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_SIGN = "\u25af"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """What an adjudicator is shown of one item: the readers' reviews, in the order of the merge."""

    reviews: tuple[ItemReview, ...]

    def marks(self) -> list[Mark]:
        """The readers' marks, to be confirmed or rejected as ``m1``, ``m2`` ..."""
        return [m for r in self.reviews for m in r.marks]


def shown(text: str) -> str:
    """Text as reviewers see it: as long as it was, with no character that hides or turns words around."""
    return _INVISIBLE.sub(_SIGN, text)


def pack_data(
    run: Run,
    design: Design,
    *,
    reader: str,
    role: ReaderRole = "reviewer",
    disputed: Mapping[str, Disputed] | None = None,
) -> dict[str, Any]:
    """The page's data as JSON values; ``pack`` is the hash of all the rest.

    Args:
        disputed: item -> what the readers said, for an adjudicator: only these items are asked.
    """
    questions = {q.id: q for q in run.questions}
    found = {(i.question_id, i.epoch): i for i in run.items}
    asked = [d for d in design.items if disputed is None or d.item in disputed]
    body = {
        "format": _FORMAT,
        "run": design.run,
        "design": design_sha(design),
        "reviewer": reader,
        "role": role,
        "words": package_yaml("review/words.yaml"),
        "items": [
            _item(d.item, questions[d.question], found[d.question, d.epoch], (disputed or {}).get(d.item))
            for d in asked
        ],
    }
    return {"pack": sha256_of(body), **body}


def candidates(data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Item -> finding id -> category: what a file made from this pack may answer."""
    return {i["id"]: {f["id"]: f["category"] for f in i["findings"]} for i in data["items"]}


def gating_findings(item: Item) -> list[tuple[str, Finding]]:
    """(scorer, finding) in the order of f1, f2 ...; scores by further judges don't gate and aren't asked."""
    return [(o.scorer, f) for o in item.outcomes if "@" not in o.scorer for f in o.findings]


def _item(name: str, question: Question, item: Item, disputed: Disputed | None) -> dict[str, Any]:
    answer = item.answer
    assert isinstance(answer, Answer)  # noqa: S101 - the design draws only answered items
    places = {f"passage:{p.id}": f"source:{n}" for n, p in enumerate(answer.passages, start=1)}
    findings = [_finding(n, scorer, f, places) for n, (scorer, f) in enumerate(gating_findings(item), start=1)]
    told: dict[str, Any] = {}
    if disputed:
        findings += [_marked(n, m) for n, m in enumerate(disputed.marks(), start=1)]
        told["votes"] = [_votes(r) for r in disputed.reviews]
    return {
        "id": name,
        "language": question.language,
        "asked": shown(question.text),
        "turns": [{"role": t.role, "text": shown(t.text)} for t in question.turns],
        "facts": [shown(f) for f in question.facts_given],
        "persona": question.persona.role,
        "answer": shown(answer.text),
        "sources": [_source(n, p) for n, p in enumerate(answer.passages, start=1)],
        "findings": findings,
        **told,
    }


def _source(number: int, p: Passage) -> dict[str, Any]:
    about = dict.fromkeys([p.title or p.heading, p.organisation, p.edition, p.date, p.locator, p.url])
    return {"number": number, "about": [shown(a) for a in about if a], "text": shown(p.text)}


def _finding(number: int, scorer: str, finding: Finding, places: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": f"f{number}",
        "category": scorer,
        "title": title_of(finding.code),
        "message": shown(finding.message),
        "spans": [_span(s, places) for s in (finding.span, *finding.related)],
    }


def _span(span: Span, places: Mapping[str, str]) -> dict[str, Any]:
    where = places.get(span.source, span.source)
    return {"where": where, "start": span.start, "end": span.end, "quote": shown(span.quote)}


def _marked(number: int, mark: Mark) -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "category": mark.category,
        "title": "A reader marked these words",
        "message": "",
        "spans": [{"where": "answer", "start": mark.start, "end": mark.end, "quote": mark.quote}],
    }


def _votes(review: ItemReview) -> dict[str, Any]:
    """A reader's judgement without the reader's name."""
    verdicts = {v.finding: {"verdict": v.verdict, "severity": v.severity} for v in review.findings}
    return {
        "severity": review.severity,
        "likelihood": review.likelihood,
        "comment": review.comment,
        "findings": verdicts,
    }
