"""The run folder: an append-only, hash-chained journal that a crash can only shorten by the items in flight."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DatasetError, HarnessError
from harness.journal import GENESIS, Journal, read_journal
from harness.pipelines.wire import answer_from_json, answer_to_json
from harness.records import question_from
from harness.scorers import SCORERS
from harness.signature import Signature
from harness.types import Answer, AnswerError, Outcome, Question, Usage
from harness.wire import checked_to_json, outcome_from_json, outcome_to_json

if TYPE_CHECKING:
    import pandas as pd

    from harness.frames import Table

JOURNAL = "journal.jsonl"
MANIFEST = "manifest.json"
OUTCOMES = "outcomes.jsonl"
ANSWERS = "answers.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What one judge took for one answer: pairs it was asked about, seconds of wall-clock time, tokens it told of."""

    pairs: int
    seconds: float
    spent: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question x epoch: its answer, or why there is none, and one outcome a scorer.

    Args:
        spent: tokens of all tries, those of judges too; cached: whether the answer was not asked for in this run.
        judging: what each judge took, by name, the first of them first; empty in runs that did not note it.
    """

    question_id: str
    epoch: int
    answer: Answer | AnswerError
    outcomes: tuple[Outcome, ...]
    spent: Usage = field(default_factory=Usage)
    cached: bool = False
    judging: Mapping[str, Judging] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """``question#epoch``."""
        return f"{self.question_id}#{self.epoch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything one suite x pipeline produced.

    Args:
        manifest: suite, signature, gates, versions and times as plain data (``manifest.json``).
        questions: the questions asked, with their expectations, in suite order.
        items: in suite order, then by epoch; fewer than planned where the run was cut off.
        stopped: why the harness left questions unanswered (a deadline, a budget, an interrupt); "" where it did not.
        spent: tokens of everything the run asked, answers that were asked for again too.
    """

    path: Path
    manifest: dict[str, Any]
    questions: tuple[Question, ...]
    items: tuple[Item, ...]
    stopped: str = ""
    spent: Usage = field(default_factory=Usage)

    @property
    def signature(self) -> Signature:
        """What the numbers of this run depend on."""
        return Signature.parse(self.manifest["signature"])

    @property
    def planned(self) -> int:
        """Items the run set out to measure."""
        return len(self.questions) * int(self.manifest["epochs"])

    def scorers(self) -> tuple[str, ...]:
        """The names of the scorers, in report order."""
        return tuple(sorted(self.manifest["scorers"], key=_place))

    def beside(self) -> tuple[str, ...]:
        """Scores by further judges, such as ``grounding@llm:MODEL``, that stand beside the others and don't gate."""
        return tuple(sorted(self.manifest.get("beside", ()), key=_place))

    @property
    def name(self) -> str:
        """What to call it: its variant, or else its pipeline."""
        return str(self.manifest.get("variant") or self.manifest["pipeline"])

    def scores(self, scorer: str) -> dict[str, list[float]]:
        """Scores of one scorer, by question, of its epochs; what was not measured is left out."""
        found: dict[str, list[float]] = {}
        for item in self.items:
            for outcome in item.outcomes:
                if outcome.scorer == scorer and outcome.score is not None:
                    found.setdefault(item.question_id, []).append(outcome.score)
        return found

    def to_frame(self, table: Table = "outcomes") -> pd.DataFrame:
        """A tidy table of the run; ``harness.columns(table)`` tells its columns, types and units.

        Args:
            table: ``outcomes``, one row a question x epoch x scorer (scores by further judges are rows of
                ``grounding@JUDGE``); ``metrics``, one row a number that a scorer tells; ``findings``; ``answers``;
                or ``judging``, what each judge took.

        Raises:
            SuiteError: for another table.
        """
        from harness.frames import table_of

        return table_of(self, table)

    def to_parquet(self, path: str | Path, table: Table = "outcomes") -> Path:
        """Write a table of the run to a Parquet file, with the types of ``to_frame``; returns the file.

        Raises:
            HarnessError: if pyarrow is not installed, or the file can't be written.
        """
        file = Path(path)
        try:
            self.to_frame(table).to_parquet(file, engine="pyarrow", index=False)
        except ImportError:
            hint = "install with: pip install 'patient-answer-harness[parquet]'"
            raise HarnessError("Parquet needs pyarrow, which is not installed", hint=hint) from None
        except OSError as problem:
            raise HarnessError(f"{file}: can't write: {problem.strerror}", hint="check the folder") from None
        return file

    def _repr_html_(self) -> str:
        """What was run, findings by severity, and a mean with its interval for each scorer; every text is escaped."""
        from harness.frames import overview_html

        return overview_html(self)


def first_judge(id: str) -> str:
    """What to call the judge that gates, by its id: ``local`` for ``local@2:05047d3c``."""
    return id.partition("@")[0]


def _place(scorer: str) -> tuple[int, str]:
    """Report order: that of the scorers, whoever judged."""
    known, name = list(SCORERS), scorer.partition("@")[0]
    return known.index(name) if name in known else len(known), scorer


def item_to_json(item: Item) -> dict[str, Any]:
    """The journal's form of an item."""
    answered = isinstance(item.answer, Answer)
    body = (
        answer_to_json(item.answer, item.question_id, item.epoch)
        if isinstance(item.answer, Answer)
        else {"kind": item.answer.kind, "message": item.answer.message, "attempts": item.answer.attempts}
    )
    return {
        "question_id": item.question_id,
        "epoch": item.epoch,
        "answered": answered,
        "answer": body,
        "outcomes": [{**outcome_to_json(o), **checked_to_json(o)} for o in item.outcomes],
        "spent": asdict(item.spent),
        "cached": item.cached,
        **({"judging": {name: asdict(j) for name, j in item.judging.items()}} if item.judging else {}),
    }


def item_from_json(raw: dict[str, Any]) -> Item:
    """Read an item back."""
    answer: Answer | AnswerError = answer_from_json(raw["answer"]) if raw["answered"] else AnswerError(**raw["answer"])
    outcomes = tuple(outcome_from_json(o) for o in raw["outcomes"])
    return Item(
        question_id=raw["question_id"],
        epoch=raw["epoch"],
        answer=answer,
        outcomes=outcomes,
        spent=Usage(**raw.get("spent", {})),
        cached=raw.get("cached", False),
        judging={name: _judging(j) for name, j in raw.get("judging", {}).items()},
    )


def _judging(raw: dict[str, Any]) -> Judging:
    return Judging(pairs=int(raw["pairs"]), seconds=float(raw["seconds"]), spent=Usage(**raw["spent"]))


@dataclass(slots=True, kw_only=True)
class Records:
    """What a journal holds.

    Args:
        items: by ``question#epoch``; the last record of an item counts.
        stopped: what the last record says, where it tells why the run was stopped.
        last, end: hash and end offset of the last whole record.
    """

    manifest: dict[str, Any]
    items: dict[str, Item]
    stopped: str = ""
    spent: Usage = field(default_factory=Usage)
    last: str = GENESIS
    end: int = 0

    def add(self, item: Item) -> None:
        """Take in an item that was finished."""
        self.items[item.key] = item
        self.stopped = ""
        self.spent = self.spent.plus(item.spent)


def read_records(path: Path) -> Records:
    """Everything in a journal, its hash chain checked.

    Raises:
        DatasetError: naming the first record that was altered.
        ValueError, KeyError, TypeError: for a record that is no item.
    """
    found = Records(manifest={}, items={})
    for sha, record, offset in read_journal(path):
        if "manifest" in record:
            found.manifest = record["manifest"]
        elif "stopped" in record:
            found.stopped = str(record["stopped"])
        else:
            found.add(item_from_json(record))
        found.last, found.end = sha, offset
    return found


def journal_head(folder: Path) -> str:
    """The hash of the last record of a run's journal; raises DatasetError as ``read_journal``."""
    last = GENESIS
    for sha, _, _ in read_journal(folder / JOURNAL):
        last = sha
    return last


def load_run(path: str | Path) -> Run:
    """Read a run folder back, checking its hash chain.

    Raises:
        DatasetError: if the folder holds no run, or a record was altered.
    """
    folder = Path(path)
    if not (folder / MANIFEST).is_file() or not (folder / JOURNAL).is_file():
        raise DatasetError(f"{folder}: this folder holds no run", hint=f"a run has {MANIFEST} and {JOURNAL}")
    try:
        records = read_records(folder / JOURNAL)
        if not _is_copy(folder / MANIFEST, records.manifest):
            raise DatasetError(f"{folder / MANIFEST}: differs from the journal's copy", hint="the file was altered")
        questions = tuple(_question(q) for q in records.manifest["questions"])
        return arrange(folder, records, questions)
    except (ValueError, KeyError, TypeError) as problem:
        raise DatasetError(
            f"{folder}: not a readable run: {problem}", hint="was it written by a newer harness?"
        ) from None


def _is_copy(file: Path, manifest: dict[str, Any]) -> bool:
    """Whether a file holds the manifest."""
    try:
        return bool(json.loads(file.read_bytes()) == manifest)
    except ValueError:
        return False


def arrange(path: Path, records: Records, questions: tuple[Question, ...]) -> Run:
    """A Run with its items in suite order, whatever order they were finished in."""
    keys = [f"{q.id}#{e}" for q in questions for e in range(int(records.manifest["epochs"]))]
    ordered = tuple(records.items[k] for k in keys if k in records.items)
    whole = len(ordered) == len(keys) and all(isinstance(i.answer, Answer) for i in ordered)
    return Run(
        path=path,
        manifest=records.manifest,
        questions=questions,
        items=ordered,
        stopped="" if whole else records.stopped,
        spent=records.spent,
    )


def _question(raw: dict[str, Any]) -> Question:
    fields = {k: v for k, v in raw.items() if k not in ("golden", "max_masked_smog", "text")}
    fields |= {"question": raw["text"], "readability": {"max_masked_smog": raw["max_masked_smog"]}}
    return question_from(fields, golden=bool(raw["golden"]))


def write_text(path: Path, text: str) -> None:
    """Write a file of text whole or not at all."""
    write_bytes(path, text.encode("utf-8", "surrogatepass"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises HarnessError where it can't be written."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    except OSError as problem:
        raise HarnessError(f"{path}: can't write: {problem.strerror}", hint="check the folder and the disk") from None


def results(run: Run) -> dict[str, str]:
    """The texts of ``outcomes.jsonl``, identical for identical outcomes, and ``answers.jsonl``, for ``recorded:``."""
    outcomes, answers = [], []
    for item in run.items:
        for outcome in item.outcomes:
            row = {"question_id": item.question_id, "epoch": item.epoch, **outcome_to_json(outcome)}
            outcomes.append(json.dumps(row, ensure_ascii=False, sort_keys=True))
        if isinstance(item.answer, Answer):
            told = answer_to_json(item.answer, item.question_id, item.epoch)
            del told["latency_s"]  # the one thing that differs between equal runs; the journal keeps it
            answers.append(json.dumps(told, ensure_ascii=False, sort_keys=True))
    return {name: "".join(f"{line}\n" for line in lines) for name, lines in ((OUTCOMES, outcomes), (ANSWERS, answers))}


def write_results(run: Run) -> None:
    """Write the files that follow from the journal."""
    for name, text in results(run).items():
        write_text(run.path / name, text)


def write_run(run: Run, folder: Path) -> None:
    """Write a run from memory into a new folder, under a hash chain of its own; raises OSError where it can't."""
    folder.mkdir(parents=True)
    with closing(Journal(folder / JOURNAL)) as journal:
        journal.append({"manifest": run.manifest})
        for item in run.items:
            journal.append(item_to_json(item))
    write_manifest(run.manifest, folder)
    write_results(replace(run, path=folder))


def write_manifest(manifest: dict[str, Any], folder: Path) -> None:
    """Write the copy of the journal's first record that people read."""
    write_text(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def verify_run(path: str | Path) -> Run:
    """Read a run back and hold the files that follow from its journal against it.

    Raises:
        DatasetError: naming the first file or record that was altered or is gone. Reports are not held: they are
            written anew by ``harness report``.
    """
    run = load_run(path)
    finished = len(run.items) == run.planned
    for name, text in results(run).items():
        file = run.path / name
        if file.is_file() and file.read_bytes() != text.encode("utf-8", "surrogatepass"):
            raise DatasetError(f"{file}: differs from the journal", hint="--resume writes it again from the journal")
        if finished and not file.is_file():
            raise DatasetError(f"{file}: is gone", hint="--resume writes it again from the journal")
    return run
