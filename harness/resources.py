"""One function that finds files: in the caller's folders, in a checkout, or bundled in the installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from harness.errors import HarnessError

_PACKAGE = Path(__file__).resolve().parent


def find(path: str | Path, *, near: Path | None = None) -> Path:
    """Find a file or folder such as ``datasets/golden``.

    Looks, in this order, at an absolute path, the current folder, the folder ``near`` and its parents,
    the checkout this package runs from, and the data bundled with an installed wheel.

    Raises:
        HarnessError: if it is in none of them.
    """
    wanted = Path(path)
    if wanted.is_absolute():
        roots = [Path("/")]
    else:
        above = [near.resolve(), *near.resolve().parents] if near else []
        roots = [Path.cwd(), *above, _PACKAGE.parent, _PACKAGE / "bundled"]
    for root in roots:
        if (root / wanted).exists():
            return root / wanted
    raise HarnessError(
        f"{path}: no such file or folder", hint="paths are looked up here, beside the suite, and in the bundled data"
    )


@cache
def package_yaml(name: str) -> Any:
    """A YAML data file of the package, e.g. ``lexicons/drugs.yaml``, parsed once. Treat it as read-only."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((_PACKAGE / name).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader


def package_file(name: str) -> Path:
    """The path of a file of the package, e.g. ``models/minilm/model.onnx``; it need not exist."""
    return _PACKAGE / name
