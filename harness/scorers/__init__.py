"""Scorers: one rule family a file, its rules and examples in ``rules/<family>.yaml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

from harness.errors import HarnessError, SuiteError
from harness.learned import reader_id
from harness.resources import package_file
from harness.scorers.base import Rule, rules
from harness.signature import short_hash
from harness.types import Scorer

# Name -> class, imported only when used. The order is the order of the report.
_MODELS = ("ease", "notices", "page", "urgency")  # beside the encoder, which has an id of its own
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
    """The scorer of that name with its config: ours, or that of another package (see ``harness.scorers.plugins``).

    Raises:
        SuiteError: for an unknown name, key or kind of value, or a package whose scorer can't be used.
    """
    kind, settings = _kind(name), dict(config or {})
    known = {f.name: f for f in dataclasses.fields(kind) if f.init}
    for key, value in settings.items():
        if key not in known:
            raise SuiteError(f"scorer {name}: unknown setting {key!r}", hint=f"known: {', '.join(known) or 'none'}")
        if isinstance(known[key].default, int | float) and not isinstance(value, int | float):
            raise SuiteError(f"scorer {name}: {key} must be a number, not {value!r}", hint="see `harness explain`")
    try:
        return cast(Scorer, kind(**settings))
    except (HarnessError, MemoryError):
        raise
    except Exception as problem:  # another package's own check of its settings
        what = " ".join(f"{type(problem).__name__}: {problem}".split())[:300]
        raise SuiteError(f"scorer {name} can't be made with {settings}: {what}", hint="see its package") from problem


def _kind(name: str) -> type[Any]:
    """The class of a scorer."""
    if name in SCORERS:
        return cast(type[Any], getattr(import_module(f"harness.scorers.{name}"), SCORERS[name]))
    from harness.scorers.plugins import find_plugin, plugin_names

    found = find_plugin(name)
    if found is None:
        raise SuiteError(f"scorer {name!r} is unknown", hint=f"known scorers: {', '.join([*SCORERS, *plugin_names()])}")
    if taken := sorted(found.rules.keys() & all_rules().keys()):
        raise SuiteError(
            f"scorer {name!r} of {found.package}: the code {taken[0]} is ours", hint="give it another code"
        )
    return found.kind


def without_encoder(scorer: Scorer) -> Scorer:
    """The scorer with its rules alone, where it has a part that the sentence encoder reads for."""
    return cast(Scorer, dataclasses.replace(cast(Any, scorer), learned=False)) if hasattr(scorer, "learned") else scorer


def scorer_id(scorer: Scorer) -> str:
    """``name@version:hash`` where the hash covers whatever changes its verdicts.

    That is its config, rules, lexicons, encoder and heads; for a scorer of another package also its package's version.
    """
    config = dataclasses.asdict(cast(Any, scorer))
    ours = scorer.name in SCORERS
    told = _text(f"scorers/rules/{scorer.name}.yaml") if ours else _told_elsewhere(scorer.name)
    heads = [_text(path) for path in getattr(scorer, "models", ())] if ours else []
    learned = [reader_id(), *heads] if config.get("learned") else []
    parts = [config, told, lexicon_hash(), *learned]
    return f"{scorer.name}@{scorer.version}:{short_hash(parts)[:8]}"


def packages(scorers: Iterable[Scorer]) -> Mapping[str, str]:
    """``{"plugins": "name version+..."}`` for the signature where scorers are of other packages, otherwise nothing."""
    foreign = [s.name for s in scorers if s.name not in SCORERS]
    if not foreign:
        return {}
    from harness.scorers.plugins import find_plugin

    found = {plugin.package for name in foreign if (plugin := find_plugin(name))}
    return {"plugins": "+".join(sorted(found))}


def _told_elsewhere(name: str) -> Any:
    """The package and the rules of a scorer of another package."""
    from harness.scorers.plugins import find_plugin

    found = find_plugin(name)
    return [found.package, [dataclasses.asdict(r) for r in found.rules.values()]] if found else None


@cache
def _text(path: str) -> str:
    return package_file(path).read_text(encoding="utf-8")


@cache
def lexicon_hash() -> str:
    """Hash of every lexicon and of the small trained models, which all scorers may share."""
    files = [*sorted(package_file("lexicons").glob("*.yaml")), *(package_file(f"models/{m}/{m}.json") for m in _MODELS)]
    return short_hash([[f.name, f.read_text(encoding="utf-8")] for f in files])


def all_rules() -> dict[str, Rule]:
    """Every rule of every scorer of ours by code, in report order."""
    return {code: rule for name in SCORERS for code, rule in rules(name).items()}


def title_of(code: str) -> str:
    """The title of a rule, or the code itself where nobody has the rule (a run of another version)."""
    found = rule_of(code)
    return found[1].title if found else code


def scorer_rules(name: str) -> Mapping[str, Rule]:
    """The rules of one scorer by code, ours or of another package; raises SuiteError where there is no such scorer."""
    if name in SCORERS:
        return rules(name)
    return cast(Mapping[str, Rule], cast(Any, _kind(name)).rules)


def rule_of(code: str) -> tuple[str, Rule] | None:
    """The scorer that has a rule, and the rule: ours, or else of another package; None where nobody has it."""
    for name in SCORERS:
        if code in rules(name):
            return name, rules(name)[code]
    from harness.scorers.plugins import plugins

    return next(((p.name, p.rules[code]) for p in plugins()[0] if code in p.rules), None)
