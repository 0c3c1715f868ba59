"""A finding becomes a test: drafts a golden record from a finding of a run, for clinicians to edit and sign."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.data import placed_records
from harness.datalint import flags
from harness.errors import DatasetError
from harness.judges import load_judge
from harness.records import GoldenRecord
from harness.scorers.cases import build_case
from harness.scorers.identifiers import masked
from harness.store import Run, write_text
from harness.summary import PlacedFinding, summarise
from harness.text.document import parse
from harness.types import Answer, Finding, Question
from harness.yamlio import Loaded, read_text, validate

REVIEW = "draft, not clinically reviewed"
_ID = re.compile(r"^\s*-\s+id:\s*[\"']?([A-Z]{3}-\d{3})\b", re.MULTILINE)
_NAME = re.compile(r"([A-Z]{3}-\d{3})[:/ ]([A-Z]{3}\d{3})(?:[:/ ](\d{1,4}))?", re.IGNORECASE | re.ASCII)


def find_finding(run: Run, name: str) -> PlacedFinding:
    """The finding that a person means by ``EDU-003:ADV302``, or ``EDU-003:ADV302:2`` for the second of several.

    Repeats of the same words in other epochs are one finding.

    Raises:
        DatasetError: if it is not such a name, or the run has no such finding, or several.
    """
    read = _NAME.fullmatch(name.strip())
    if read is None:
        raise DatasetError(f"finding {name!r}: not a name of one", hint="question and rule, as in EDU-003:ADV302")
    question, code, number = read[1].upper(), read[2].upper(), read[3]
    findings = summarise(run).findings
    asked = {f.identity: f for f in reversed(findings) if (f.question_id, f.finding.code) == (question, code)}
    found = list(reversed(asked.values()))
    if not found:
        codes = sorted({f.finding.code for f in findings if f.question_id == question})
        hint = f"{question} has {', '.join(codes)}" if codes else f"{question} has no findings there"
        raise DatasetError(f"{run.path}: no finding {question}:{code}", hint=hint)
    if number is None and len(found) > 1:
        told = "; ".join(f":{i} {_short(f.finding.span.quote)}" for i, f in enumerate(found, start=1))
        raise DatasetError(f"{question}:{code} are {len(found)} findings", hint=f"name one: {told}")
    if number is not None and not 1 <= int(number) <= len(found):
        raise DatasetError(f"{question}:{code} has no number {number}", hint=f"there are {len(found)}")
    return found[int(number or 1) - 1]


def _short(quote: str) -> str:
    words = quote.split()
    return repr(" ".join(words[:8]) + (" ..." if len(words) > 8 else ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted golden record as plain data in file order; ``flagged`` where its rule flags the new words alone."""

    record: dict[str, Any]
    flagged: bool

    def as_yaml(self) -> str:
        """The record as one entry of a golden file."""
        return yaml.safe_dump([self.record], sort_keys=False, allow_unicode=True, width=110)


def draft_record(run: Run, placed: PlacedFinding, *, id: str) -> Draft:
    """A golden record that asks the finding's question again and forbids its words.

    Question, earlier messages, facts and words are masked where they identify a person. Status is ``draft`` and split
    ``dev``: what no clinician has signed doesn't gate.

    Raises:
        DatasetError: if the finding points at no words of the answer (then there is nothing to forbid), the question
            forbids these words already, or the record doesn't meet the golden schema.
    """
    question = next(q for q in run.questions if q.id == placed.question_id)
    item = next(i for i in run.items if (i.question_id, i.epoch) == (placed.question_id, placed.epoch))
    finding, name = placed.finding, f"{placed.question_id}:{placed.finding.code}"
    if finding.span.source != "answer" or not isinstance(item.answer, Answer):
        told = f"{name}: points at no words of the answer, so there is nothing to forbid"
        raise DatasetError(told, hint=f"what {question.id} expects catches it already")
    example, flagged = _example(run, question, item.answer, finding)
    if any((n.code, n.example) == (finding.code, example) for n in question.must_not_say):
        raise DatasetError(f"{name}: {question.id} forbids these words already", hint="nothing to add")
    unwanted = {
        "id": f"n{len(question.must_not_say) + 1}",
        "text": masked(finding.message),
        "code": finding.code,
        "severity": max(1, finding.severity),
        "example": example,
    }
    record = _record(question, id) | {
        "must_not_say": [*(asdict(n) for n in question.must_not_say), unwanted],
        "review": {"state": f"{REVIEW}; from {name} of a run of {run.manifest['started'][:10]}", "reviewers": []},
    }
    validate(GoldenRecord, Loaded(path=Path(f"draft from {name}"), data=record, lines={}))
    return Draft(record=record, flagged=flagged)


def _record(question: Question, id: str) -> dict[str, Any]:
    """A question as a draft of a golden record; its last two fields are filled in later."""
    asked = question.clarifying_question
    return {
        "id": id,
        "version": 1,
        "status": "draft",
        "split": "dev",
        "question": masked(question.text),
        "turns": [{"role": t.role, "text": masked(t.text)} for t in question.turns],
        "language": question.language,
        "category": question.category,
        "persona": asdict(question.persona),
        "facts_given": [masked(fact) for fact in question.facts_given],
        "risk_tier": question.risk_tier,
        "expected_behaviour": question.expected_behaviour,
        "tags": list(question.tags),
        "must_have": [{**asdict(m), "look_for": list(m.look_for)} for m in question.must_have],
        "must_not_say": [],
        "required_escalation": asdict(question.required_escalation) if question.required_escalation else None,
        "clarifying_question": {**asdict(asked), "acceptable": list(asked.acceptable)} if asked else None,
        "allowed_sources": list(question.allowed_sources),
        "personalization_allowed": question.personalization_allowed,
        "readability": {"max_masked_smog": question.max_masked_smog},
        "review": {},
    }


def _example(run: Run, question: Question, answer: Answer, finding: Finding) -> tuple[str, bool]:
    """The finding's words, or the sentence they stand in where the rule flags only that; and whether it flags them.

    The sentence is judged alone, beside the passages of the answer.
    """
    words = " ".join(finding.span.quote.split())
    around = (" ".join(s.text.split()) for s in parse(answer.text, question=question.text).sentences)
    sentence = next((s for s in around if words in s), words)
    judge, as_of = load_judge("local"), dt.date.fromisoformat(run.manifest["as_of"])
    for text in map(masked, (words, sentence)):
        alone = Answer(text=text, passages=answer.passages)
        if flags(finding.code, build_case(alone, judge=judge, as_of=as_of, question=question)):
            return text, True
    return masked(sentence), False


def next_id(run: Run, like: str, folder: Path) -> str:
    """The first free id with the prefix of ``like``, after those of the run and of the golden files in a folder.

    Raises:
        DatasetError: if the prefix has no number left.
    """
    taken = {q.id for q in run.questions} | {id for ids in _ids_in(folder).values() for id in ids}
    prefix = like[:3]
    number = max((int(id[4:]) for id in taken if id.startswith(f"{prefix}-")), default=0) + 1
    if number > 999:
        raise DatasetError(f"{folder}: no free id {prefix}-NNN", hint="name one with --id")
    return f"{prefix}-{number:03d}"


def _ids_in(folder: Path) -> dict[Path, list[str]]:
    return {file: _ID.findall(read_text(file)) for file in sorted(folder.glob("*.yaml"))}


def append_record(draft: Draft, file: Path) -> None:
    """Add a record at the end of a golden file, or write a new one; what stands in it is never touched.

    Raises:
        DatasetError: if the id is taken in the file or beside it, or the file is none that a record can be added to.
    """
    taken = next((other for other, ids in _ids_in(file.parent).items() if draft.record["id"] in ids), None)
    if taken:
        raise DatasetError(f"{taken}: {draft.record['id']} is there already", hint="choose another --id")
    before = read_text(file) if file.exists() else ""
    if before:
        placed_records(file, GoldenRecord)
    text = f"{before.rstrip()}\n{draft.as_yaml()}".lstrip("\n")
    if _plain(text) != [*_plain(before), draft.record]:
        raise DatasetError(f"{file}: nothing can be added at its end", hint="write its records as '- id: ...'")
    write_text(file, text)


def _plain(text: str) -> list[Any]:
    """A YAML list as plain data; empty where it isn't one."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    return data if isinstance(data, list) else []
