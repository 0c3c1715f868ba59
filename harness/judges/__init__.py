"""Judges: does this passage support this claim?"""

from __future__ import annotations

from harness.errors import JudgeError
from harness.types import Judge

_KNOWN = ("local",)


def load_judge(name: str = "local") -> Judge:
    """Build a judge by name; nothing is imported before it is asked for.

    Raises:
        JudgeError: if there is no judge of that name.
    """
    if name != "local":
        raise JudgeError(f"judge {name!r}: no such judge", hint=f"known judges: {', '.join(_KNOWN)}")
    from harness.judges.local import LocalJudge

    return LocalJudge.load()
