"""Recorded verdicts: judged once, replayed without the judge; of passages and claims only hashes are kept.

The words of a contradiction stand in its mismatches, so a recording can hold sentences of the pages it was made from.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.errors import JudgeError
from harness.types import Judge, Mismatch, Support

_VERSION = 1
_LABELS = ("supported", "not_found", "contradicted")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayJudge:
    """Gives back recorded verdicts; a pair that was not recorded is a JudgeError, never a guess."""

    verdicts: Mapping[Key, Support]
    digest: str

    @property
    def id(self) -> str:
        """The hash of the recording."""
        return f"replay@{_VERSION}:{self.digest}"

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """The recorded Support of each (passage, claim); raises JudgeError at the first that was not recorded."""
        keys = [pair_key(pair) for pair in pairs]
        lost = sum(key not in self.verdicts for key in keys)
        if lost:
            hint = "record them: --judge 'KIND:MODEL?record=FILE.jsonl'"
            raise JudgeError(f"judge replay: {lost} of {len(keys)} pairs were not recorded", hint=hint)
        return [self.verdicts[key] for key in keys]


class Recorder:
    """A judge whose verdicts are added to a file as they come; it keeps the id of the judge behind it.

    When the file is read back, the last line of a pair counts.
    """

    def __init__(self, judge: Judge, path: Path) -> None:
        self._judge = judge
        self._path = path
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """The id of the judge behind it."""
        return self._judge.id

    def support(self, pairs: Sequence[tuple[str, str]]) -> list[Support]:
        """What the judge says, once it is written down; raises JudgeError where it can't be."""
        found = self._judge.support(pairs)
        lines = [_to_line(pair, told, self.id) for pair, told in zip(pairs, found, strict=True)]
        try:
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.writelines(lines)
        except OSError as problem:
            raise JudgeError(f"{self._path}: can't record: {problem.strerror}", hint="name a file to write") from None
        return found


def pair_key(pair: tuple[str, str]) -> Key:
    """The SHA-256 of the passage and of the claim."""
    passage, claim = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in pair)
    return passage, claim


def load_replay(path: Path) -> ReplayJudge:
    """Read a recording.

    Raises:
        JudgeError: with file and line, if it is missing, empty, broken, or holds verdicts of several judges.
    """
    hint = "a recording is written by --judge 'KIND:MODEL?record=FILE.jsonl'"
    try:
        raw = path.read_bytes()
        lines = raw.decode("utf-8").splitlines()
    except OSError as problem:
        raise JudgeError(f"{path}: {problem.strerror}", hint=hint) from None
    except UnicodeDecodeError:
        raise JudgeError(f"{path}: not UTF-8 text", hint=hint) from None
    verdicts: dict[Key, Support] = {}
    judges = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            key, told, judge = _from_json(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise JudgeError(f"{path}:{number}: not a recorded verdict", hint=hint) from None
        verdicts[key] = told
        judges.add(judge)
    if len(judges) != 1:
        what = "holds no verdicts" if not judges else f"holds verdicts of {len(judges)} judges"
        raise JudgeError(f"{path}: {what}", hint="record each judge in a file of its own")
    return ReplayJudge(verdicts=verdicts, digest=hashlib.sha256(raw).hexdigest()[:8])


def _to_line(pair: tuple[str, str], told: Support, judge: str) -> str:
    passage, claim = pair_key(pair)
    row = {"passage": passage, "claim": claim, "judge": judge, **asdict(told)}
    return json.dumps(row, sort_keys=True) + "\n"


def _mismatch(told: Any) -> Mismatch:
    places = {f"{side}_{end}": int(told[f"{side}_{end}"]) for side in ("claim", "evidence") for end in ("start", "end")}
    return Mismatch(kind=str(told["kind"]), claim=str(told["claim"]), evidence=str(told["evidence"]), **places)


def _from_json(row: Any) -> tuple[Key, Support, str]:
    """A record's key, verdict and judge; raises ValueError, KeyError or TypeError where it isn't one."""
    start, end = int(row["start"]), int(row["end"])
    probability = float(row["probability"])
    if row["label"] not in _LABELS or not 0.0 <= probability <= 1.0 or not 0 <= start <= end:
        raise ValueError("impossible verdict")
    rivals = tuple(_mismatch(m) for m in row["mismatches"])
    told = Support(probability=probability, label=row["label"], start=start, end=end, mismatches=rivals)
    return (str(row["passage"]), str(row["claim"])), told, str(row["judge"])
