"""Judges: does this passage support this claim?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl

from harness.errors import JudgeError
from harness.types import Judge

KINDS = "local | llm:MODEL | ragas:MODEL | deepeval:MODEL | replay:FILE.jsonl"


def load_judge(name: str = "local") -> Judge:
    """Build the judge that a spec names; what it needs is imported only now.

    Args:
        name: ``local``, ``llm:MODEL``, ``ragas:MODEL``, ``deepeval:MODEL`` or ``replay:FILE.jsonl``, with options as in
            a web address: ``llm:MODEL?votes=3&temperature=0.7``. Any judge takes ``record=FILE.jsonl``.

    Raises:
        HarnessError: for an unknown judge or option, a missing key, file or extra, with a hint.
    """
    spec, _, query = name.strip().partition("?")
    options = _options(name, query)
    record = options.pop("record", "")
    judge = _build(spec, options)
    if not record:
        return judge
    from harness.judges.replay import Recorder

    return Recorder(judge, Path(record))


def load_judges(names: str) -> dict[str, Judge]:
    """The judges of a comma list, by spec without options: the first one gates, the others stand beside it.

    Raises:
        HarnessError: as ``load_judge``, or for a judge that is named twice.
    """
    judges: dict[str, Judge] = {}
    for name in names.split(","):
        short = name.strip().partition("?")[0]
        if short in judges:
            raise JudgeError(f"judge {short!r} is named twice", hint="keep one of them")
        judges[short] = load_judge(name)
    return judges


def _options(name: str, query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise JudgeError(f"judge {name!r}: the options can't be read", hint="llm:MODEL?votes=3&timeout_s=30") from None
    options = dict(pairs)
    if len(options) != len(pairs):
        raise JudgeError(f"judge {name!r}: an option is given twice", hint="keep one of them")
    return options


def _build(spec: str, options: Mapping[str, str]) -> Judge:
    kind, _, rest = spec.partition(":")
    if kind == "llm" and rest:
        from harness.judges.llm import load_llm

        return load_llm(rest, options)
    if kind == "ragas" and rest:
        from harness.judges.ragas import load_ragas

        return load_ragas(rest, options)
    if kind == "deepeval" and rest:
        from harness.judges.deepeval import load_deepeval

        return load_deepeval(rest, options)
    if options:
        raise JudgeError(f"judge {kind}: {next(iter(options))}: unknown option", hint="options are: record")
    if kind == "replay" and rest:
        from harness.judges.replay import load_replay

        return load_replay(Path(rest))
    if spec == "local":
        from harness.judges.local import load_local

        return load_local()
    raise JudgeError(f"judge {spec!r}: no such judge", hint=f"known judges: {KINDS}")
