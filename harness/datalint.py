"""``harness check-data``: a linter for the files clinicians edit, with messages written for them."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from harness.data import Corpus, Placed, load_corpus, load_registry, placed_documents, placed_records, yaml_files
from harness.errors import DatasetError
from harness.judges import load_judge
from harness.records import GoldenRecord, SourceRecord
from harness.runner import score_case
from harness.scorers import SCORERS, load_scorer
from harness.scorers.base import rules
from harness.scorers.cases import build_case
from harness.signoffs import FILE, SignOff, load_signoffs, standings
from harness.text.language import detect
from harness.text.patterns import look_for
from harness.text.sentences import split
from harness.types import Answer, Case, Question, Source
from harness.yamlio import load_yaml, read_text, validate

SUMS = "SHA256SUMS"
LOCAL = "local"  # folder of the operator's own documents (`harness corpus`)
_NEAR = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Something to mend: errors stop a release, warnings should be looked at."""

    level: Literal["error", "warning"]
    where: str
    text: str
    hint: str = ""


class Quotas(BaseModel):
    """How the golden set and corpus have to be made up (``quotas.yaml``)."""

    model_config = ConfigDict(extra="forbid")

    minimum_records: int
    tolerance: float
    categories: dict[str, float]
    minimums: dict[str, float]
    corpus: dict[str, int]
    canary: str = ""


def check(folder: Path, *, today: dt.date | None = None) -> list[Complaint]:
    """Every complaint about a data folder with ``golden/``, ``corpus/`` and ``sources.yaml``.

    The form of the files comes first: while it is broken, nothing else is looked at.
    """
    day = today or dt.datetime.now(dt.UTC).date()
    try:
        entries = placed_records(folder / "sources.yaml", SourceRecord)
        corpus = load_corpus(folder / "corpus", load_registry(folder / "sources.yaml"))
        documents = placed_documents(folder / "corpus")
        records = placed_records(folder / "golden", GoldenRecord)
        quotas_file = folder / "quotas.yaml"
        quotas = validate(Quotas, load_yaml(quotas_file)) if quotas_file.exists() else None
        signed = load_signoffs(folder / "golden")
    except DatasetError as problem:
        return [Complaint(level="error", where="", text=problem.message, hint=problem.hint)]
    known = {e.record.id for e in entries}
    complaints = [
        *_registry(entries, day),
        *(c for r in records for c in _references(r, known, corpus)),
        *(c for r in records for c in _contradictions(r)),
        *_duplicates(records),
        *_standing(records, signed, {e.record.id: e.record.to_source() for e in entries}, folder, day),
        *_must_not_say(records, tuple(e.record.to_source() for e in entries), corpus, day),
        *_hashes(folder),
        *tracked(folder),
    ]
    if quotas:
        complaints += [*_quotas(records, quotas, quotas_file), *_corpus(documents, quotas)]
        complaints += _canaries(yaml_files(folder / "golden"), quotas.canary)
    return complaints


def _registry(entries: list[Placed], day: dt.date) -> Iterator[Complaint]:
    """Entries nobody has looked at for too long, or that claim a look in the future."""
    for e in entries:
        source: Source = e.record.to_source()
        if source.checked_on > day:
            yield Complaint(
                level="error", where=e.where, text=f"{source.id}: checked_on {source.checked_on} is in the future"
            )
        elif not source.is_known_on(day):
            text = f"{source.id}: last checked {source.checked_on}, valid for {source.valid_days} days"
            yield Complaint(level="warning", where=e.where, text=text, hint="look the document up and set checked_on")
        if not source.url:
            yield Complaint(level="error", where=e.where, text=f"{source.id}: no url", hint="say where it can be read")
        if source.edition in source.supersedes:
            yield Complaint(
                level="error", where=e.where, text=f"{source.id}: edition {source.edition} supersedes itself"
            )


def _references(placed: Placed, sources: set[str], corpus: Corpus) -> Iterator[Complaint]:
    """Everything a record names exists, and the named passage tells the fact."""
    record: GoldenRecord = placed.record
    texts = {p.id: p.text for p in corpus.passages}
    for source in record.allowed_sources:
        if source not in sources:
            yield Complaint(
                level="error", where=placed.where, text=f"{record.id}: source {source!r} is not in sources.yaml"
            )
    for index, fact in enumerate(record.must_have):
        where = placed.loaded.where((*placed.place, "must_have", index))
        name = f"{record.id}.{fact.id}"
        if fact.source not in sources:
            yield Complaint(level="error", where=where, text=f"{name}: source {fact.source!r} is not in sources.yaml")
        if fact.passage and fact.passage not in texts:
            yield Complaint(level="error", where=where, text=f"{name}: there is no passage {fact.passage!r}")
        elif fact.passage and look_for(tuple(fact.look_for), texts[fact.passage]) is None:
            text = f"{name}: its own passage {fact.passage} does not meet look_for"
            yield Complaint(level="error", where=where, text=text, hint="widen look_for, or name the right passage")
        if len(fact.text.split()) > 20:
            yield Complaint(level="warning", where=where, text=f"{name}: longer than 20 words", hint="one fact each")


def _contradictions(placed: Placed) -> Iterator[Complaint]:
    """Expectations that can't all be met."""
    record: GoldenRecord = placed.record

    def wrong(text: str, hint: str = "") -> Complaint:
        return Complaint(level="error", where=placed.where, text=f"{record.id}: {text}", hint=hint)

    if record.expected_behaviour == "escalate_now" and record.required_escalation is None:
        yield wrong("escalate_now without required_escalation", "say which action is required, and by when")
    first = record.required_escalation is not None and record.required_escalation.must_be_first
    if first and record.expected_behaviour in ("answer", "out_of_scope_redirect"):
        yield wrong(f"required_escalation comes first, but expected_behaviour is {record.expected_behaviour}")
    asks = record.clarifying_question is not None and record.clarifying_question.required
    if record.expected_behaviour == "clarify_then_answer" and not asks:
        yield wrong("clarify_then_answer without a required clarifying_question")
    if record.personalization_allowed and not record.facts_given:
        yield wrong("personalization_allowed, but no facts_given")
    if "leak_canary" in record.tags and record.facts_given:
        yield wrong("a leak_canary has no facts_given")
    for unwanted in record.must_not_say:
        for fact in record.must_have:
            if look_for(tuple(fact.look_for), unwanted.example) is not None and fact.critical:
                text = f"{unwanted.id}'s test sentence also meets must-have {fact.id}"
                yield wrong(text, "make look_for tell them apart")
    if detect(record.question) not in (record.language, "und"):
        text = f"{record.id}: language is {record.language}, the question reads like {detect(record.question)}"
        yield Complaint(level="warning", where=placed.where, text=text)


def _standing(
    records: list[Placed], signed: Sequence[SignOff], sources: dict[str, Source], folder: Path, day: dt.date
) -> Iterator[Complaint]:
    """Sign-offs of records that are not there, and records that no suite asks until they are reviewed again."""
    places = {r.record.id: r.where for r in records}
    for name in sorted({s.record for s in signed} - places.keys()):
        text = f"a sign-off of {name}, which is no golden record"
        yield Complaint(level="error", where=str(folder / "golden" / FILE), text=text)
    for name, standing in standings((r.record for r in records), signed, sources, day).items():
        if standing.status == "needs_review":
            text = f"{name} needs another review: {'; '.join(standing.reasons)}"
            hint = "mend what it says, then `harness golden review`; until then no suite asks it"
            yield Complaint(level="warning", where=places[name], text=text, hint=hint)


def _canaries(files: Iterable[Path], canary: str) -> Iterator[Complaint]:
    """Golden files without the string by which a model that was trained on them can be found out."""
    for file in files:
        if canary not in read_text(file):
            text = f"the canary string {canary} is missing"
            yield Complaint(
                level="error", where=f"{file}:1", text=text, hint=f"begin the file with '# canary {canary}'"
            )


def _shingles(text: str) -> frozenset[str]:
    letters = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    return frozenset(letters[i : i + 4] for i in range(max(1, len(letters) - 3)))


def _duplicates(records: list[Placed]) -> Iterator[Complaint]:
    """Questions asked twice in nearly the same words (Jaccard similarity of 4-letter shingles)."""
    made = [(r, _shingles(" ".join([*(t.text for t in r.record.turns), r.record.question]))) for r in records]
    for (a, left), (b, right) in combinations(made, 2):
        if len(left & right) >= _NEAR * len(left | right):
            text = f"{b.record.id} asks nearly the same as {a.record.id}"
            yield Complaint(level="error", where=b.where, text=text, hint="reword or remove one of them")


def _must_not_say(
    records: list[Placed], registry: tuple[Source, ...], corpus: Corpus, day: dt.date
) -> Iterator[Complaint]:
    """Every test sentence has to be flagged by the rule it names; otherwise the record can't catch anything."""
    judge = load_judge("local")
    for placed in records:
        question: Question = placed.record.to_question()
        told = {fact.passage for fact in placed.record.must_have}
        passages = tuple(p for p in corpus.passages if p.id in told)
        for unwanted in question.must_not_say:
            name = f"{question.id}.{unwanted.id}"
            if _family(unwanted.code) is None:
                text = f"{name}: there is no rule {unwanted.code}"
                yield Complaint(level="error", where=placed.where, text=text, hint="`harness explain` lists rules")
                continue
            answer = Answer(text=unwanted.example, passages=passages)
            case = build_case(answer, judge=judge, as_of=day, question=question, registry=registry)
            if not flags(unwanted.code, case):
                text = f"{name}: {unwanted.code} does not flag its test sentence {unwanted.example!r}"
                yield Complaint(level="error", where=placed.where, text=text, hint="reword it, or name another rule")


def flags(code: str, case: Case) -> bool:
    """Whether the rule of that code has a finding in a case; False where there is no such rule."""
    family = _family(code)
    return family is not None and code in {f.code for f in score_case(case, [load_scorer(family)])[0].findings}


def _family(code: str) -> str | None:
    """The scorer that has the rule."""
    return next((name for name in SCORERS if code in rules(name)), None)


def _traits(record: GoldenRecord) -> set[str]:
    """The cross-cutting groups a record counts for."""
    traits: set[str] = set(record.tags)
    tests: dict[str, Any] = {
        "low_literacy": record.persona.literacy == "low",
        "messy_typing": bool(traits & {"typos", "dictation"}),
        "caregiver": record.persona.role == "caregiver",
        "multi_turn": bool(record.turns),
        "tier_r3": record.risk_tier == "R3",
        "not_english": record.language != "en",
    }
    return traits | {name for name, holds in tests.items() if holds}


def _quotas(records: list[Placed], quotas: Quotas, file: Path) -> Iterator[Complaint]:
    """Enough records, in the wanted proportions."""
    live = [r.record for r in records if r.record.status != "retired"]
    if len(live) < quotas.minimum_records:
        text = f"{len(live)} records, {quotas.minimum_records} wanted"
        yield Complaint(level="error", where=str(file), text=text)
    for name, share in quotas.categories.items():
        have = sum(r.category == name for r in live)
        if have < (share - quotas.tolerance) * len(live):
            text = f"category {name}: {have} of {len(live)} records, {share:.0%} wanted"
            yield Complaint(level="error", where=str(file), text=text)
    for name, share in quotas.minimums.items():
        have = sum(name in _traits(r) for r in live)
        if have < share * len(live):
            text = f"{name}: {have} of {len(live)} records, at least {share:.0%} wanted"
            yield Complaint(level="error", where=str(file), text=text)


def _corpus(documents: list[Placed], quotas: Quotas) -> Iterator[Complaint]:
    """Enough documents and passages, none with sentences too long to be read."""
    passages = [(d, p) for d in documents for p in d.record.passages]
    for have, key in ((len(documents), "minimum_documents"), (len(passages), "minimum_passages")):
        if have < quotas.corpus[key]:
            where = str(documents[0].loaded.path.parent)
            yield Complaint(
                level="error", where=where, text=f"{key.replace('_', ' ')}: {have}, {quotas.corpus[key]} wanted"
            )
    for doc, p in passages:
        longest = max((len(p.text[a:b].split()) for a, b in split(p.text)), default=0)
        if longest > quotas.corpus["longest_sentence_words"]:
            text = f"{doc.record.id}#{p.id}: a sentence of {longest} words"
            yield Complaint(level="warning", where=doc.where, text=text, hint="split it")


def data_files(folder: Path) -> list[Path]:
    """The files whose hashes stand in SHA256SUMS, in name order; none of the operator's own documents."""
    kinds = {".yaml", ".jsonl", ".json", ".md"}
    found = (p for p in folder.rglob("*") if p.is_file() and p.suffix in kinds)
    return sorted(p for p in found if p.relative_to(folder).parts[0] != LOCAL)


def tracked(folder: Path) -> Iterator[Complaint]:
    """Licensed documents that git tracks: their text may not be passed on."""
    git = shutil.which("git")
    if git is None:
        return
    command = [git, "-C", str(folder), "ls-files", "-z", "--", LOCAL]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed words, no shell
    files = [name for name in done.stdout.decode(errors="replace").split("\0") if name]
    if files:
        text = (
            f"git tracks {len(files)} files of {folder / LOCAL}, such as {files[0]}: licensed text may not be committed"
        )
        hint = f"git rm -r --cached {folder / LOCAL}, and take them out of the history"
        yield Complaint(level="error", where=str(folder / LOCAL), text=text, hint=hint)


def sums(folder: Path, files: Iterable[Path]) -> str:
    """The text of SHA256SUMS, in the form of ``sha256sum``."""
    lines = (f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files)
    return "".join(lines)


def _hashes(folder: Path) -> Iterator[Complaint]:
    """Files that differ from their recorded hash."""
    file = folder / SUMS
    if not file.exists():
        yield Complaint(
            level="warning",
            where=str(file),
            text="no recorded hashes",
            hint="write them with `sha256sum`, or go without",
        )
        return
    recorded = {name: digest for digest, _, name in (line.partition("  ") for line in read_text(file).splitlines())}
    current = {
        name: digest
        for digest, _, name in (line.partition("  ") for line in sums(folder, data_files(folder)).splitlines())
    }
    for name in sorted(recorded.keys() | current.keys()):
        if recorded.get(name) != current.get(name):
            what = "is new" if name not in recorded else "is gone" if name not in current else "was changed"
            text = f"{name} {what} since the hashes were recorded"
            yield Complaint(level="error", where=str(file), text=text, hint="if that is meant, `make docs` records it")
