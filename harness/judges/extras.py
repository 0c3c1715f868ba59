"""Judges of the ``[judges]`` extra: imported only when asked for, with their telemetry off before that."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

from harness.errors import JudgeError

# deepeval and ragas read these when they are imported, some of them only once.
_SETTINGS = {
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DEEPEVAL_DISABLE_DOTENV": "1",
    "DEEPEVAL_DISABLE_LEGACY_KEYFILE": "1",
    "CONFIDENT_TRACING_ENABLED": "NO",
    "RAGAS_DO_NOT_TRACK": "true",
}


def load_extra(module: str) -> Any:
    """Import a module of the extra, without telemetry, ``.env`` files and traces in the working folder.

    Raises:
        JudgeError: if the extra is not installed, or what is installed doesn't work together.
    """
    _settle()
    name = module.split(".")[0]
    try:
        return import_module(module)
    except ImportError as problem:
        what = "is not installed" if problem.name == name else f"can't be imported ({problem.name or 'broken'})"
        hint = "install with: pip install 'patient-answer-harness[judges]'"
        raise JudgeError(f"judge {name}: {name} {what}", hint=hint) from None


def extra_version(package: str) -> str:
    """The installed version, for a judge's id."""
    return f"{package}-{version(package)}"


@cache
def _settle() -> tempfile.TemporaryDirectory[str]:
    """Set the environment once; the scratch folder it names is removed when the process ends."""
    scratch = tempfile.TemporaryDirectory(prefix="harness-judge-")
    os.environ.update(_SETTINGS, DEEPEVAL_CACHE_FOLDER=scratch.name)
    return scratch
