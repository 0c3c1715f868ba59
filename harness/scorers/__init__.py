"""Scorers: one rule family a file, its rules and examples in ``rules/<family>.yaml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

from harness.errors import SuiteError
from harness.learned import reader_id
from harness.resources import package_file
from harness.scorers.base import Rule, rules
from harness.signature import short_hash
from harness.types import Scorer

# Name -> class, imported only when used. The order is the order of the report.
_MODELS = ("ease", "notices", "urgency")  # beside the encoder, which has an id of its own
SCORERS: Mapping[str, str] = {
    "grounding": "Grounding",
    "citation": "Citations",
    "overreach": "Overreach",
    "disclaimer": "Disclaimer",
    "readability": "Readability",
    "escalation": "Escalation",
    "privacy": "Privacy",
    "completeness": "Completeness",
}


def load_scorer(name: str, config: Mapping[str, Any] | None = None) -> Scorer:
    """The scorer of that name with its config; raises SuiteError for an unknown name, key or kind of value."""
    if name not in SCORERS:
        raise SuiteError(f"scorer {name!r} is unknown", hint=f"known scorers: {', '.join(SCORERS)}")
    kind = getattr(import_module(f"harness.scorers.{name}"), SCORERS[name])
    known = {f.name: f.default for f in dataclasses.fields(kind) if f.init}
    for key, value in (config or {}).items():
        if key not in known:
            raise SuiteError(f"scorer {name}: unknown setting {key!r}", hint=f"known: {', '.join(known) or 'none'}")
        if isinstance(known[key], int | float) and not isinstance(value, int | float):
            raise SuiteError(f"scorer {name}: {key} must be a number, not {value!r}", hint="see `harness explain`")
    return cast(Scorer, kind(**(config or {})))


def without_encoder(scorer: Scorer) -> Scorer:
    """The scorer with its rules alone, where it has a part that the sentence encoder reads for."""
    return cast(Scorer, dataclasses.replace(cast(Any, scorer), learned=False)) if hasattr(scorer, "learned") else scorer


def scorer_id(scorer: Scorer) -> str:
    """``name@version:hash`` where the hash covers whatever changes its verdicts: config, rules, lexicons, encoder."""
    config = dataclasses.asdict(cast(Any, scorer))
    parts = [config, _rule_text(scorer.name), lexicon_hash(), *([reader_id()] if config.get("learned") else [])]
    return f"{scorer.name}@{scorer.version}:{short_hash(parts)[:8]}"


@cache
def _rule_text(name: str) -> str:
    return package_file(f"scorers/rules/{name}.yaml").read_text(encoding="utf-8")


@cache
def lexicon_hash() -> str:
    """Hash of every lexicon and of the small trained models, which all scorers may share."""
    files = [*sorted(package_file("lexicons").glob("*.yaml")), *(package_file(f"models/{m}/{m}.json") for m in _MODELS)]
    return short_hash([[f.name, f.read_text(encoding="utf-8")] for f in files])


def all_rules() -> dict[str, Rule]:
    """Every rule of every scorer by code, in report order."""
    return {code: rule for name in SCORERS for code, rule in rules(name).items()}
