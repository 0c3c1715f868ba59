"""Answers kept by what was asked, so that a run started again doesn't pay for them twice (opt-in)."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import SuiteError
from harness.pipelines.wire import answer_from_json, answer_to_json, query_to_json
from harness.store import write_text
from harness.types import Answer, Pipeline, Query

_VERSION = 1
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCache:
    """A folder with one file an answer, named by the hash of all that the answer depends on.

    These are the pipeline's id (with its model, sampling parameters and public address), its prompt, the data it may
    look at and the pinned day (``conditions``), the question with its id, turns and facts, and the epoch: an answer to
    the first repeat of a question never stands for the second. Errors are not kept. Of keys and passwords nothing is
    written: a pipeline's id holds none.
    """

    folder: Path
    conditions: Mapping[str, str]

    def get(self, pipeline: Pipeline, query: Query) -> Answer | None:
        """The answer kept for this question and epoch; None where there is none, or (with a warning) a damaged one."""
        asked = self._asked(pipeline, query)
        path = self._path(asked)
        try:
            entry = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
            told = entry["answer"]
            if entry["asked"] != asked or entry["sha"] != _sha(told):
                raise ValueError("another hash")
            return answer_from_json(told)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            _LOG.warning("%s: this cached answer is damaged; the question is asked again", path)
            return None

    def put(self, pipeline: Pipeline, query: Query, answer: Answer) -> None:
        """Keep an answer, whole or not at all; raises SuiteError where it can't be written."""
        asked = self._asked(pipeline, query)
        told = answer_to_json(answer, query.id, query.epoch)
        path = self._path(asked)
        text = json.dumps({"sha": _sha(told), "asked": asked, "answer": told}, ensure_ascii=False, sort_keys=True)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            hint = "choose another --cache"
            raise SuiteError(f"{path.parent}: can't write here: {problem.strerror}", hint=hint) from None
        write_text(path, text + "\n")

    def _asked(self, pipeline: Pipeline, query: Query) -> dict[str, Any]:
        """All that an answer depends on, as far as the harness can know."""
        return {
            "version": _VERSION,
            "pipeline": pipeline.id,
            "prompt": getattr(pipeline, "prompt_sha", ""),
            "conditions": dict(self.conditions),
            "query": query_to_json(query),
            "epoch": query.epoch,
        }

    def _path(self, asked: dict[str, Any]) -> Path:
        name = _sha(asked)
        return self.folder / name[:2] / f"{name}.json"


def _sha(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
