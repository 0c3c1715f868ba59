"""Scorers of other packages, found by their entry point ``harness.scorers`` and held to the same form as ours.

Nothing is looked up or imported before a suite names such a scorer, or somebody asks for a rule that is not ours.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from harness.errors import HarnessError, SuiteError
from harness.records import Record, Text
from harness.scorers.base import Example, Rule, checked_rules
from harness.yamlio import Loaded, load_yaml, validate

GROUP = "harness.scorers"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_HINT = "docs/scorers.md has the form of a scorer; uninstall the package if you don't need it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A scorer of another package.

    Args:
        kind: its class. rules: its rules by code.
        package: name and version of the distribution that brings it, e.g. ``page-brevity 0.1.0``.
    """

    name: str
    kind: type[Any]
    package: str
    rules: Mapping[str, Rule]


class ExampleRecord(Record):
    """An example in a rule file: a text that the rule ``passes`` or ``flags``; see ``Example``."""

    passes: Text | None = None
    flags: Text | None = None
    quote: str = ""
    question: str = ""
    turns: tuple[dict[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    passages: tuple[dict[str, str], ...] = ()
    registry: tuple[dict[str, Any], ...] = ()
    record: dict[str, Any] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one_side(self) -> ExampleRecord:
        if (self.passes is None) == (self.flags is None):
            raise ValueError("an example either passes a text or flags one")
        return self

    def example(self) -> Example:
        """The example as rules hold it."""
        context = {k: getattr(self, k) for k in type(self).model_fields if k not in ("passes", "flags")}
        return Example(text=self.flags or self.passes or "", flags=self.flags is not None, **context)


class RuleRecord(Record):
    """A rule in the rule file of another package; the same keys as in ``harness/scorers/rules``."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{2,6}[0-9]{3}$")]
    title: Text
    severity: Literal[0, 1, 2, 3, 4]
    why: Text
    source: Text
    fix: Text
    override: str = ""
    examples: Annotated[list[ExampleRecord], Field(min_length=2)]

    def rule(self) -> Rule:
        """The rule as scorers use it."""
        told: dict[str, Any] = {k: getattr(self, k) for k in type(self).model_fields if k != "examples"}
        return Rule(**told, examples=tuple(e.example() for e in self.examples))


def read_rules(path: str | Path) -> Mapping[str, Rule]:
    """The rules of a scorer in another package, by code, from the YAML file beside its module.

    Raises:
        SuiteError: file, line and field of the first thing wrong, or a rule without a passing and a flagging example.
    """
    file = Path(path)
    loaded = load_yaml(file, error=SuiteError)
    if not isinstance(loaded.data, list):
        raise SuiteError(f"{file}:1: rules are a list", hint=_HINT)
    return checked_rules([_rule(loaded, i) for i in range(len(loaded.data))], str(file), error=SuiteError)


def _rule(loaded: Loaded, index: int) -> Rule:
    return validate(RuleRecord, loaded, (index,), error=SuiteError).rule()


def find_plugin(name: str) -> Plugin | None:
    """The scorer of that name in another package; None where no installed package has one.

    Raises:
        SuiteError: if it can't be imported, is not a scorer, or two packages bring one of that name.
    """
    found = _entries(tuple(sys.path)).get(name, ())
    if len(found) > 1:
        packages = " and ".join(sorted(_package(e) for e in found))
        raise SuiteError(f"scorer {name!r} is brought by {packages}", hint="uninstall one of them")
    return _plugin(found[0]) if found else None


def plugin_names() -> tuple[str, ...]:
    """The names of all scorers that installed packages bring; nothing of them is imported."""
    return tuple(sorted(_entries(tuple(sys.path))))


def plugins() -> tuple[tuple[Plugin, ...], tuple[HarnessError, ...]]:
    """Every scorer of another package that can be used, and why each of the others can't."""
    good: list[Plugin] = []
    bad: list[HarnessError] = []
    for name in plugin_names():
        try:
            found = find_plugin(name)
        except HarnessError as problem:
            bad.append(problem)
        else:
            good += [found] if found else []
    return tuple(good), tuple(bad)


@cache
def _entries(path: tuple[str, ...]) -> Mapping[str, tuple[EntryPoint, ...]]:
    """Entry points by name, as they are installed on an import path; a package seen twice on it counts once."""
    found: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, {}).setdefault((_package(entry), entry.value), entry)
    return {name: tuple(by.values()) for name, by in found.items()}


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unnamed package"


@cache
def _plugin(entry: EntryPoint) -> Plugin:
    where = f"scorer {entry.name!r} of {_package(entry)}"
    try:
        kind = entry.load()
    except HarnessError as problem:
        raise SuiteError(f"{where}: {problem.message}", hint=problem.hint or _HINT) from problem
    except (Exception, SystemExit) as problem:  # whatever the package's module does when it is imported
        what = " ".join(f"{type(problem).__name__}: {problem}".split())[:300]
        raise SuiteError(f"{where} can't be imported: {what}", hint=_HINT) from problem
    if complaint := _complaint(kind, entry.name):
        raise SuiteError(f"{where}: {complaint}", hint=_HINT)
    return Plugin(name=entry.name, kind=kind, package=_package(entry), rules=kind.rules)


def _complaint(kind: Any, name: str) -> str:
    """What keeps a class from being a scorer; "" for nothing."""
    if not NAME.fullmatch(name):
        return "a name is of small letters, digits, - and _"
    if not isinstance(kind, type) or not dataclasses.is_dataclass(kind):
        return f"{getattr(kind, '__name__', kind)!s} is not a dataclass"
    params = getattr(kind, "__dataclass_params__", None)
    if not getattr(params, "frozen", False):
        return f"{kind.__name__} is not a frozen dataclass: a setting that changes would not show in the signature"
    if getattr(kind, "name", None) != name:
        return f"{kind.__name__}.name is {getattr(kind, 'name', None)!r}, not {name!r} as its entry point says"
    version = getattr(kind, "version", None)
    if not isinstance(version, int) or isinstance(version, bool):
        return f"{kind.__name__}.version must be a whole number, not {version!r}"
    if not callable(getattr(kind, "score", None)):
        return f"{kind.__name__} has no method score(case)"
    own = getattr(kind, "rules", None)
    if not isinstance(own, Mapping) or any(not isinstance(r, Rule) or r.code != c for c, r in own.items()):
        return f"{kind.__name__}.rules must be what read_rules(FILE) gives"
    return ""
