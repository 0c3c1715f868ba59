"""A team's own start: a suite with a few questions, a registry, waivers and a workflow, for their kind of pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import indent
from typing import Literal

from harness.errors import HarnessError
from harness.resources import package_file, package_yaml
from harness.store import write_text

Kind = Literal["function", "http", "openai"]
_FILES: Mapping[str, str] = {
    "evals/README.md": "README.md",
    "evals/release.yaml": "release.yaml",
    "evals/waivers.yaml": "waivers.yaml",
    "datasets/golden/starter.yaml": "golden.yaml",
    "datasets/corpus/starter.yaml": "corpus.yaml",
    "datasets/sources.yaml": "sources.yaml",
    "reports/.gitignore": "ignore.txt",
    ".github/workflows/release-gate.yml": "workflow.yml",
}


def start(folder: Path, kind: Kind) -> list[Path]:
    """Write a start into a folder, which may be a repository with other files; returns the files in order.

    Args:
        kind: how the pipeline is called: a Python ``function``, over ``http``, or an ``openai``-compatible endpoint.

    Raises:
        HarnessError: if one of the files exists already, or can't be written; then none was written over.
    """
    names = {**_FILES, **({"pipeline.py": "pipeline.py.txt"} if kind == "function" else {})}
    taken = [folder / name for name in names if (folder / name).exists()]
    if taken:
        raise HarnessError(f"{taken[0]}: exists already; nothing was written", hint="choose another folder")
    parts = package_yaml("start/pipelines.yaml")[kind]
    texts = {folder / name: _filled(source, parts) for name, source in names.items()}
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            told = f"{path.parent}: can't make the folder: {problem.strerror}"
            raise HarnessError(told, hint="choose another folder") from None
        write_text(path, text)
    return list(texts)


def _filled(source: str, parts: Mapping[str, str]) -> str:
    """A file of the start with its places filled for the kind of pipeline."""
    text = package_file(f"start/{source}").read_text(encoding="utf-8")
    text = text.replace("@PIPELINE@\n", parts["suite"]).replace("@README@", parts["readme"])
    return text.replace("@CI@\n", indent(parts["ci"], " " * 6))
