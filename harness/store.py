"""The run folder: an append-only, hash-chained journal that a crash can only shorten by the items in flight."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from harness.errors import DatasetError, HarnessError
from harness.pipelines.wire import answer_from_json, answer_to_json
from harness.records import question_from
from harness.scorers import SCORERS
from harness.signature import Signature
from harness.types import Answer, AnswerError, Outcome, Question
from harness.wire import outcome_from_json, outcome_to_json

if TYPE_CHECKING:
    import pandas as pd

JOURNAL = "journal.jsonl"
MANIFEST = "manifest.json"
OUTCOMES = "outcomes.jsonl"
ANSWERS = "answers.jsonl"
_GENESIS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question x epoch: its answer, or why there is none, and one outcome a scorer."""

    question_id: str
    epoch: int
    answer: Answer | AnswerError
    outcomes: tuple[Outcome, ...]

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
    """

    path: Path
    manifest: dict[str, Any]
    questions: tuple[Question, ...]
    items: tuple[Item, ...]

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

    def to_frame(self) -> pd.DataFrame:
        """One row per question x epoch x scorer; scores by further judges are rows of ``grounding@JUDGE``.

        Columns: question_id, category, risk_tier, language, epoch, scorer, status, score (NaN in pandas' way exactly
        where status is not ``scored``), reason, findings (count), max_severity (-1 without findings), then
        ``metric.<name>``.
        """
        import pandas as pd

        known = {q.id: q for q in self.questions}
        rows = []
        for item in self.items:
            question = known[item.question_id]
            for outcome in item.outcomes:
                rows.append(
                    {
                        "question_id": question.id,
                        "category": question.category,
                        "risk_tier": question.risk_tier,
                        "language": question.language,
                        "epoch": item.epoch,
                        "scorer": outcome.scorer,
                        "status": outcome.status,
                        "score": outcome.score,
                        "reason": outcome.reason,
                        "findings": len(outcome.findings),
                        "max_severity": max((f.severity for f in outcome.findings), default=-1),
                        **{f"metric.{k}": v for k, v in outcome.metrics.items()},
                    }
                )
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        """A short table for notebooks: pandas escapes every cell."""
        frame = self.to_frame()
        table = frame.groupby("scorer", sort=False).agg(
            measured=("score", "count"), items=("score", "size"), mean=("score", "mean")
        )
        return str(table.to_html())


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
        "outcomes": [outcome_to_json(o) for o in item.outcomes],
    }


def item_from_json(raw: dict[str, Any]) -> Item:
    """Read an item back."""
    answer: Answer | AnswerError = answer_from_json(raw["answer"]) if raw["answered"] else AnswerError(**raw["answer"])
    outcomes = tuple(outcome_from_json(o) for o in raw["outcomes"])
    return Item(question_id=raw["question_id"], epoch=raw["epoch"], answer=answer, outcomes=outcomes)


class Journal:
    """Appends records to the journal, each chained to the one before and flushed to disk. Safe to share by threads."""

    def __init__(self, path: Path, last: str = _GENESIS) -> None:
        self._lock = Lock()
        self._last = last
        self._file = path.open("ab")

    def append(self, record: dict[str, Any]) -> str:
        """Write one record and return its link; it survives a crash once this returns."""
        with self._lock:
            body = json.dumps(record, ensure_ascii=False, sort_keys=True)
            self._last = _link(self._last, body)
            self._file.write(_line(self._last, body))
            self._file.flush()
            os.fsync(self._file.fileno())
            return self._last

    def close(self) -> None:
        """Close the file; further appends raise ValueError."""
        self._file.close()


def _link(last: str, body: str) -> str:
    return hashlib.sha256(f"{last}\n{body}".encode("utf-8", "surrogatepass")).hexdigest()


def _line(sha: str, body: str) -> bytes:
    return f'{{"sha": "{sha}", "record": {body}}}\n'.encode("utf-8", "surrogatepass")


def read_journal(path: Path) -> Iterator[tuple[str, dict[str, Any], int]]:
    """The (sha, record, end offset) of every whole record in order; a torn last line is left out.

    Raises:
        DatasetError: naming the first record that was altered.
    """
    last, offset = _GENESIS, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            offset += len(line)
            if not line.endswith(b"\n"):
                return
            try:
                entry = json.loads(line.decode("utf-8", "surrogatepass"))
                body = json.dumps(entry["record"], ensure_ascii=False, sort_keys=True)
                sha = entry["sha"]
            except (ValueError, KeyError, TypeError):
                raise DatasetError(f"{path}:{number}: not a journal record", hint="the file was altered") from None
            if sha != _link(last, body) or line != _line(sha, body):
                raise DatasetError(f"{path}:{number}: the hash chain breaks here", hint="this record was altered")
            last = sha
            yield sha, entry["record"], offset


def load_run(path: str | Path) -> Run:
    """Read a run folder back, checking its hash chain.

    Raises:
        DatasetError: if the folder holds no run, or a record was altered.
    """
    folder = Path(path)
    if not (folder / MANIFEST).is_file() or not (folder / JOURNAL).is_file():
        raise DatasetError(f"{folder}: this folder holds no run", hint=f"a run has {MANIFEST} and {JOURNAL}")
    items: dict[str, Item] = {}
    manifest: dict[str, Any] = {}
    try:
        for _, record, _ in read_journal(folder / JOURNAL):
            if "manifest" in record:
                manifest = record["manifest"]
            else:
                item = item_from_json(record)
                items[item.key] = item
        if _read_manifest(folder / MANIFEST) != manifest:
            raise DatasetError(f"{folder / MANIFEST}: differs from the journal's copy", hint="the file was altered")
        questions = tuple(_question(q) for q in manifest["questions"])
    except (ValueError, KeyError, TypeError) as problem:
        raise DatasetError(
            f"{folder}: not a readable run: {problem}", hint="was it written by a newer harness?"
        ) from None
    return arrange(folder, manifest, questions, items)


def _read_manifest(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise DatasetError(f"{path}: not readable", hint="the file was altered") from None


def arrange(path: Path, manifest: dict[str, Any], questions: tuple[Question, ...], items: dict[str, Item]) -> Run:
    """A Run with its items in suite order, whatever order they were finished in."""
    keys = [f"{q.id}#{e}" for q in questions for e in range(int(manifest["epochs"]))]
    ordered = tuple(items[k] for k in keys if k in items)
    return Run(path=path, manifest=manifest, questions=questions, items=ordered)


def _question(raw: dict[str, Any]) -> Question:
    fields = {k: v for k, v in raw.items() if k not in ("golden", "max_masked_smog", "text")}
    fields |= {"question": raw["text"], "readability": {"max_masked_smog": raw["max_masked_smog"]}}
    return question_from(fields, golden=bool(raw["golden"]))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        scratch.write_bytes(text.encode("utf-8", "surrogatepass"))
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
