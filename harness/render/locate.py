"""Where the words of a run stand in its files: line and columns of ``answers.jsonl``, for viewers to open."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from harness.masking import texts_of
from harness.store import ANSWERS, MANIFEST, Run, results
from harness.types import Answer, AnswerError, Span

_NO_ANSWER = AnswerError(kind="missing", message="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file as a URI reference, a line from 1, and the columns of the words in it.

    Args:
        start, end: columns from 1 in code points, end exclusive; both 0 where only the line is known.
    """

    uri: str
    line: int
    start: int = 0
    end: int = 0


def uri_of(path: Path) -> str:
    """A path as a URI reference: relative to the current folder where it lies below it."""
    whole = path.resolve()
    return quote(whole.relative_to(Path.cwd()).as_posix()) if whole.is_relative_to(Path.cwd()) else whole.as_uri()


class Locator:
    """Finds spans in the files of a run folder; made once a report, because it holds the text of these files."""

    def __init__(self, run: Run) -> None:
        self._uris = {name: uri_of(run.path / name) for name in (ANSWERS, MANIFEST)}
        self._questions = {q.id: q for q in run.questions}
        answered = [i for i in run.items if isinstance(i.answer, Answer)]
        lines = results(run)[ANSWERS].split("\n")
        self._answers = {(i.question_id, i.epoch): (n, i.answer) for n, i in enumerate(answered, start=1)}
        self._lines = {
            ANSWERS: lines,
            MANIFEST: json.dumps(run.manifest, ensure_ascii=False, indent=1, sort_keys=True).split("\n"),
        }

    def place(self, question_id: str, epoch: int, span: Span) -> Place:
        """Where the words are: answer and passages in ``answers.jsonl``, question and turns in ``manifest.json``."""
        number, answer = self._answers.get((question_id, epoch), (1, _NO_ANSWER))
        text = texts_of(answer, self._questions[question_id]).get(span.source, "")
        told = f'"text": {json.dumps(text, ensure_ascii=False)}'
        if span.source == "question" or span.source.startswith("turn:"):
            name = MANIFEST
            number = next((n for n, line in enumerate(self._lines[name], start=1) if told in line), 1)
        else:
            name = ANSWERS
        at = self._lines[name][number - 1].rfind(told)
        if at < 0 or text[span.start : span.end] != span.quote:
            return Place(uri=self._uris[name], line=number)
        start = at + len('"text": ') + len(json.dumps(text[: span.start], ensure_ascii=False))
        width = len(json.dumps(span.quote, ensure_ascii=False)) - 2
        return Place(uri=self._uris[name], line=number, start=start, end=start + width)
