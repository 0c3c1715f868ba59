"""An organisation's policy for notices: which elements, where, in which words. A data file, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from harness.errors import HarnessError, SuiteError
from harness.records import Record, Text
from harness.resources import find, package_file
from harness.types import RiskTier
from harness.yamlio import load_yaml, validate

Element = Literal["D1", "D2", "D3", "D3_change", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12"]
Elements = tuple[Element, ...]


class _PolicyRecord(Record):
    """A policy file."""

    version: Text
    always: Elements
    medicine: Elements = ()
    persona: Elements = ()
    promotion: Elements = ()
    tiers: dict[RiskTier, Elements] = Field(default_factory=dict)
    core: Annotated[Elements, Field(min_length=1)]
    fragment: Elements = ()
    wording: dict[Literal["en", "es"], Text] = Field(default_factory=dict)
    longest_mean_sentence: Annotated[float, Field(gt=0)]
    times_the_body: Annotated[float, Field(gt=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an organisation asks of its notices.

    Args:
        version: of the policy, as the organisation counts it.
        always: elements every page tells; ``medicine``, ``persona``, ``promotion`` and ``tiers`` add to them.
        core: elements of which each makes a text a notice.
        fragment: elements a preview or share card carries itself.
        wording: by language, the text that pages carry letter by letter; any wording will do where it is left out.
        longest_mean_sentence: words a sentence of a notice may have on average.
        times_the_body: how many times longer than the answer's its sentences may be before that counts.
    """

    version: str
    always: Elements
    medicine: Elements
    persona: Elements
    promotion: Elements
    tiers: Mapping[str, Elements]
    core: Elements
    fragment: Elements
    wording: Mapping[str, str]
    longest_mean_sentence: float
    times_the_body: float


def load_policy(path: str = "") -> Policy:
    """The policy in a YAML file; the project's own where no path is given.

    Raises:
        SuiteError: if the file is missing or not a policy; one line says where and what.
    """
    if not isinstance(path, str):
        raise SuiteError(
            f"policy must be the path of a file, not {path!r}", hint="e.g. {disclaimer: {policy: our/notice.yaml}}"
        )
    if not path:
        return _of_the_project()
    try:
        file = find(path)
    except (HarnessError, OSError) as problem:
        raise SuiteError(f"{path}: no such policy file", hint="start from lexicons/disclaimer_policy.yaml") from problem
    return _read(file)


@cache
def _of_the_project() -> Policy:
    return _read(package_file("lexicons/disclaimer_policy.yaml"))


def _read(file: Path) -> Policy:
    record = validate(_PolicyRecord, load_yaml(file, error=SuiteError), error=SuiteError)
    return Policy(**{name: getattr(record, name) for name in _PolicyRecord.model_fields})
