"""Run every notebook from the top and save it with its outputs, without times, paths or warnings of this machine.

Run as ``.venv/bin/python tools/notebooks.py`` after rules, data or scorers have changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]


def fresh(path: Path) -> nbformat.NotebookNode:
    """The notebook after a run from the top; raises CellExecutionError at the first cell that fails."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(ROOT)}},
    )
    client.execute()
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    return notebook


def main() -> int:
    """Run and save them all; returns the exit code."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        nbformat.write(fresh(path), path)
        print(f"wrote: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
