"""Signatures: what must be equal for two numbers to be comparable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# A candidate may change its pipeline, prompt and corpus; the ruler may not change.
RULER = ("data", "registry", "questions", "judge", "scorers", "as_of", "shard")


def short_hash(value: Any) -> str:
    """First 12 hex digits of the SHA-256 of a value's canonical JSON (dates and paths as text)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Named parts in a fixed order, printed as ``key:value|key:value`` like sacrebleu's."""

    parts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "|".join(f"{key}:{value}" for key, value in self.parts)

    @classmethod
    def of(cls, parts: Mapping[str, object]) -> Signature:
        """Build one; separators inside values are replaced so that it parses back."""
        clean = ((k, str(v).replace("|", "/").replace("\n", " ")) for k, v in parts.items())
        return cls(parts=tuple(clean))

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Read a printed signature; raises ValueError where a part has no key."""
        pairs = [part.split(":", 1) for part in text.split("|")]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError(f"not a signature: {text!r}")
        return cls(parts=tuple((key, value) for key, value in pairs))

    def differences(self, other: Signature, keys: tuple[str, ...] = RULER) -> list[str]:
        """Sentences naming each of ``keys`` in which two signatures differ."""
        mine, theirs = dict(self.parts), dict(other.parts)
        return [
            f"{key}: {mine.get(key, 'absent')} and {theirs.get(key, 'absent')}"
            for key in keys
            if mine.get(key) != theirs.get(key)
        ]
