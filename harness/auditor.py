"""Audit one page, or a file of pages, without a golden set."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.data import Registry, bare_question, load_registry
from harness.errors import DatasetError
from harness.judges import load_judge
from harness.library.load import load_library
from harness.library.lookup import Lookup
from harness.masking import blotted, texts_of, told_json
from harness.notebook import finding_card, heading, table
from harness.pipelines.wire import answer_from_json
from harness.resources import find
from harness.runner import score_case
from harness.scorers import SCORERS, load_scorer, packages, scorer_id, title_of, without_encoder
from harness.scorers.cases import build_case
from harness.signature import Signature, short_hash
from harness.suite import severity_word
from harness.text.document import page_title
from harness.types import Answer, Case, Finding, Judge, Outcome, Passage, Scorer
from harness.version import __version__
from harness.wire import outcome_to_json
from harness.yamlio import load_yaml, read_text

if TYPE_CHECKING:
    import pandas as pd

MAX_PAGE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit(Sequence[Outcome]):
    """The outcomes of one page, in report order; iterate over it, or look at ``findings``."""

    id: str
    case: Case
    outcomes: tuple[Outcome, ...]
    signature: Signature

    def __len__(self) -> int:
        return len(self.outcomes)

    def __getitem__(self, index: Any) -> Any:
        return self.outcomes[index]

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, worst first, then in page order."""
        found = [f for o in self.outcomes for f in o.findings]
        return tuple(sorted(found, key=lambda f: (-f.severity, f.span.source != "answer", f.span.start, f.code)))

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Outcomes that should have been measured and could not be."""
        return tuple(o for o in self.outcomes if o.status == "failed")

    def to_frame(self) -> pd.DataFrame:
        """One row a finding, worst first: scorer, code, severity, confidence, message, quote, start, end, source."""
        import pandas as pd

        scorers = {id(f): o.scorer for o in self.outcomes for f in o.findings}
        columns = ["scorer", "code", "severity", "confidence", "message", "quote", "start", "end", "source"]
        rows = [
            (
                scorers[id(f)],
                f.code,
                f.severity,
                f.confidence,
                f.message,
                f.span.quote,
                f.span.start,
                f.span.end,
                f.span.source,
            )
            for f in self.findings
        ]
        return pd.DataFrame(rows, columns=columns)

    def _repr_html_(self) -> str:
        """A score for each scorer, and the findings with their words highlighted; every text is escaped."""
        texts = texts_of(self.case.answer, self.case.question, self.findings)
        scores = table(("scorer", "status", "score", "reason"), ((o.scorer, o.status, o.score, o.reason) for o in self))
        cards = (finding_card(f, texts, word=severity_word(f.severity), title=title_of(f.code)) for f in self.findings)
        return heading(self.id, f"{len(self.findings)} findings") + scores + "".join(cards)

    def to_json(self) -> dict[str, Any]:
        """Wire type v1: outcomes with findings, and the signature; words that tell of a person are blotted out."""
        outcomes = [outcome_to_json(o) for o in self.outcomes]
        text = blotted(self.case.answer.text, self.findings)
        shown = [{**o, "findings": [told_json(f, text) for f in o["findings"]]} for o in outcomes]
        return {"outcomes": shown, "signature": str(self.signature)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Scorers, judge, registry and day, made once and used for any number of pages.

    Args:
        lookup: where the documents that a page cites are looked up; without one, a page is judged by the passages it
            brings.
    """

    scorers: tuple[Scorer, ...]
    judge: Judge
    registry: Registry
    as_of: dt.date
    lookup: Lookup | None = None

    @classmethod
    def default(
        cls,
        *,
        judge: str | Judge = "local",
        as_of: dt.date | None = None,
        corpus: Sequence[str | Path] = (),
        scorers: Sequence[str] = tuple(SCORERS),
        light: bool = False,
    ) -> Auditor:
        """Every scorer with its default config, the bundled registry, and today.

        Args:
            judge: a judge, or the name of one.
            scorers: the names of those that are wanted.
            corpus: folders of documents in which cited passages are looked up.
            light: scorers go without the sentence encoder, by their rules alone.
        """
        registry = load_registry(find("datasets/sources.yaml"))
        library = load_library([find(folder) for folder in corpus], registry) if corpus else None
        return cls(
            scorers=tuple(without_encoder(load_scorer(name)) if light else load_scorer(name) for name in scorers),
            judge=load_judge(judge) if isinstance(judge, str) else judge,
            registry=library.registry if library else registry,
            as_of=as_of or dt.datetime.now(dt.UTC).date(),
            lookup=Lookup(library) if library else None,
        )

    def signature(self) -> Signature:
        """What the outcomes depend on besides the page."""
        corpus = {"corpus": self.lookup.library.corpus.sha} if self.lookup else {}
        return Signature.of(
            {
                "harness": __version__,
                **corpus,
                "registry": self.registry.sha,
                "judge": self.judge.id,
                "scorers": short_hash([scorer_id(s) for s in self.scorers]),
                **packages(self.scorers),
                "as_of": self.as_of.isoformat(),
            }
        )

    def audit(
        self,
        answer: Answer | str,
        *,
        id: str = "page",
        question: str | None = None,
        turns: Sequence[Mapping[str, str]] = (),
        facts: Sequence[str] = (),
    ) -> Audit:
        """Audit a page.

        Args:
            question: what was asked; where it is left out, the page's own title stands in.
            turns: earlier messages, ``{"role": "user" or "assistant", "text": ...}``.
            facts: patient facts that were given to the pipeline.

        Raises:
            DatasetError: if the page is empty or larger than 2 MB.
        """
        answer = answer if isinstance(answer, Answer) else Answer(text=answer)
        if not answer.text.strip():
            raise DatasetError(f"{id}: the page is empty", hint="an empty page can't be scored")
        if len(answer.text) > MAX_PAGE:
            raise DatasetError(
                f"{id}: {len(answer.text):,} characters is more than {MAX_PAGE:,}", hint="is it one page?"
            )
        asked = question or page_title(answer.text)
        told = turns_of(turns)
        about = bare_question(asked, turns=told, facts=facts) if asked or told or facts else None
        if self.lookup:
            answer = self.lookup.supply(answer, question=about.text if about else None)
        registry = self.registry.sources
        case = build_case(answer, judge=self.judge, as_of=self.as_of, question=about, registry=registry)
        outcomes = score_case(case, self.scorers)
        return Audit(id=id, case=case, outcomes=outcomes, signature=self.signature())


def turns_of(turns: Any, where: str = "turns") -> list[dict[str, str]]:
    """Turns checked to be ``{role, text}``; raises DatasetError naming the place."""
    good = isinstance(turns, list | tuple) and all(
        isinstance(t, Mapping) and t.get("role") in ("user", "assistant") and isinstance(t.get("text"), str)
        for t in turns
    )
    if not good:
        hint = '[{"role": "user", "text": "..."}, {"role": "assistant", "text": "..."}]'
        raise DatasetError(f"{where}: turns are a list of role (user or assistant) and text", hint=hint)
    return [{"role": t["role"], "text": t["text"]} for t in turns]


def passages_of(passages: Any, where: str = "passages") -> tuple[Passage, ...]:
    """Passages from strings, mappings with at least ``text``, or Passages; raises DatasetError naming the place."""
    if not isinstance(passages, list | tuple):
        raise DatasetError(f"{where}: passages are a list", hint='["text", {"id": "p1", "text": "..."}]')
    plain = [vars_of(p) for p in passages]
    try:
        return answer_from_json({"text": "-", "passages": plain}).passages
    except ValueError as problem:
        raise DatasetError(f"{where}: {problem}", hint='[{"id": "p1", "text": "..."}]') from None


def vars_of(passage: Any) -> Any:
    """A Passage as plain data; anything else as it is."""
    if isinstance(passage, Passage):
        return {f: getattr(passage, f) for f in Passage.__dataclass_fields__}
    return passage


def read_list(path: Path) -> Any:
    """A list from a YAML, JSON or JSONL file, for ``--turns``, ``--facts`` and ``--passages``."""
    if path.suffix == ".jsonl":
        return [row for _, row in read_jsonl(path)]
    return load_yaml(path).data


def read_jsonl(path: Path) -> Iterator[tuple[str, Any]]:
    """(``file:line``, value) of every line that isn't blank; raises DatasetError at a line that isn't JSON."""
    for number, line in enumerate(read_text(path, max_bytes=200_000_000).splitlines(), start=1):
        if line.strip():
            where = f"{path}:{number}"
            try:
                yield where, json.loads(line)
            except (ValueError, RecursionError) as problem:
                raise DatasetError(f"{where}: not valid JSON: {problem}", hint="one JSON object a line") from None


def audit_jsonl(auditor: Auditor, path: Path) -> Iterator[Audit]:
    """Audit every page of a JSONL file: ``{"id", "text", "question", "turns", "facts", "passages", "citations"}``."""
    empty = True
    for where, row in read_jsonl(path):
        empty = False
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise DatasetError(f"{where}: a page needs a text", hint='{"id": "1", "question": "...", "text": "..."}')
        try:
            answer = answer_from_json(row)
        except ValueError as problem:
            raise DatasetError(f"{where}: {problem}", hint="see `harness audit --help`") from None
        yield auditor.audit(
            answer,
            id=str(row.get("id", where)),
            question=row.get("question"),
            turns=turns_of(row.get("turns") or [], where),
            facts=row.get("facts") or [],
        )
    if empty:
        raise DatasetError(f"{path}: no pages in it", hint="zero items never pass")
