"""Prompt files: Markdown with a YAML front matter, ``# system`` and ``# user`` parts and a few placeholders."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from harness.errors import PipelineError

PLACEHOLDERS = frozenset({"passages", "question", "facts", "date"})
_MAX_BYTES = 100_000
_PART = re.compile(r"^# (system|user)[ \t]*$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt file; ``sha`` is the hash of its bytes, first 12 hex digits."""

    name: str
    version: str
    system: str
    user: str
    sha: str

    @property
    def wants_passages(self) -> bool:
        """Whether it has a place for passages."""
        return "{passages}" in self.system + self.user

    def fill(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The system and the user message. Values are put in once, so braces inside them stay as they are."""

        def put(match: re.Match[str]) -> str:
            return values.get(match[1], match[0])

        return _PLACEHOLDER.sub(put, self.system), _PLACEHOLDER.sub(put, self.user)


def load_prompt(path: Path, placeholders: frozenset[str] = PLACEHOLDERS) -> Prompt:
    """Read a prompt file that may have the given placeholders.

    Raises:
        PipelineError: if it is missing or huge, has no name and version, no user part, or an unknown placeholder.
    """
    try:
        raw = path.read_bytes()[: _MAX_BYTES + 1]
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as problem:
        raise PipelineError(
            f"{path}: {problem.strerror}", hint="give a prompt file such as evals/prompts/grounded.md"
        ) from None
    except UnicodeDecodeError:
        raise PipelineError(f"{path}: not UTF-8 text", hint="save the file as UTF-8") from None
    if len(raw) > _MAX_BYTES:
        raise PipelineError(f"{path}: more than {_MAX_BYTES:,} bytes", hint="a prompt is a page or two")
    head, body = _front_matter(text, path)
    parts = dict(zip(*[iter(_PART.split(body)[1:])] * 2, strict=True))
    if not parts.get("user", "").strip():
        raise PipelineError(f"{path}: has no '# user' part", hint="write '# system' and '# user' on lines of their own")
    unknown = sorted(set(_PLACEHOLDER.findall(body)) - placeholders)
    if unknown:
        raise PipelineError(
            f"{path}: unknown placeholder {{{unknown[0]}}}", hint=f"known: {', '.join(sorted(placeholders))}"
        )
    sha = hashlib.sha256(raw).hexdigest()[:12]
    system = parts.get("system", "").strip()
    return Prompt(
        name=str(head["name"]), version=str(head["version"]), system=system, user=parts["user"].strip(), sha=sha
    )


def _front_matter(text: str, path: Path) -> tuple[Mapping[str, object], str]:
    """The YAML between the first two ``---`` lines, and what follows."""
    hint = "begin with ---, name: ..., version: ..., ---"
    pieces = re.split(r"^---[ \t]*$", text, maxsplit=2, flags=re.MULTILINE)
    if len(pieces) != 3 or pieces[0].strip():
        raise PipelineError(f"{path}:1: has no front matter", hint=hint)
    try:
        head = yaml.safe_load(pieces[1])
    except (yaml.YAMLError, ValueError):
        raise PipelineError(f"{path}:1: the front matter is not valid YAML", hint=hint) from None
    if not isinstance(head, dict) or not {"name", "version"} <= head.keys():
        raise PipelineError(f"{path}:1: the front matter lacks name or version", hint=hint)
    return head, pieces[2]
