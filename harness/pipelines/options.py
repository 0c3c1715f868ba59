"""Pipeline options, checked: an unknown or impossible one is an error, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import HarnessError, PipelineError


class NoOptions(BaseModel):
    """A pipeline without options."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CallOptions(NoOptions):
    """Options of every pipeline that calls something.

    Args:
        timeout_s: longest wait for one try, in seconds, until the whole reply is there.
        retries: further tries after one that failed for a passing reason.
    """

    timeout_s: float = Field(default=60.0, gt=0, le=3600)
    retries: int = Field(default=3, ge=0, le=10)


Model = TypeVar("Model", bound=NoOptions)


def read_options(
    model: type[Model],
    options: Mapping[str, object] | None,
    name: str,
    *,
    kind: str = "pipeline",
    error: type[HarnessError] = PipelineError,
) -> Model:
    """The options of a pipeline, or of another ``kind`` of thing.

    Raises:
        HarnessError: of the type ``error``, with one line that names the option at fault.
    """
    try:
        return model.model_validate(dict(options or {}))
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        at_fault = ".".join(str(step) for step in first["loc"])
        known = ", ".join(model.model_fields) or "none"
        what = {"extra_forbidden": "unknown option", "missing": "is missing"}.get(first["type"], first["msg"].lower())
        raise error(f"{kind} {name}: {at_fault}: {what}", hint=f"options are: {known}") from None
