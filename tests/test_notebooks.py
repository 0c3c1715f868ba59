"""Every notebook runs from the top without an error, and is committed with outputs that tell nothing about a machine."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MACHINE = re.compile(
    r"/home/|/Users/|[A-Z]:\\\\|\d{8}T\d{6}|"
    + "|".join(re.escape(str(p)) for p in (ROOT, Path.home(), tempfile.gettempdir()))
)


def load(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [c for c in notebook.cells if c.cell_type == "code"]


def words(output: nbformat.NotebookNode) -> str:
    """What an output says, without pictures."""
    data = {kind: body for kind, body in output.get("data", {}).items() if not kind.startswith("image/")}
    return f"{output.get('text', '')}{data}"


def test_there_is_a_first_audit():
    assert ROOT / "notebooks/01_first_audit.ipynb" in NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_runs_from_the_top(path, tmp_path, monkeypatch):
    for folder in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(folder, str(tmp_path / folder))  # no kernel or start-up file of the user's takes part
    notebook = load(path)
    committed = len(code_cells(notebook))
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}})
    client.execute()  # raises CellExecutionError at the first cell that fails
    ran = [c for c in code_cells(notebook) if c.execution_count]
    assert len(ran) == committed > 0


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_is_committed_with_outputs(path):
    cells = code_cells(load(path))
    outputs = [o for c in cells for o in c.outputs]
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1)), "run it from the top, then save"
    assert any("text/html" in o.get("data", {}) for o in outputs)
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_tells_nothing_about_a_machine(path):
    notebook = load(path)
    told = [words(o) for c in code_cells(notebook) for o in c.outputs] + [c.source for c in notebook.cells]
    assert not [hit[0] for text in told for hit in [MACHINE.search(text)] if hit]
    assert notebook.metadata.keys() <= {"kernelspec", "language_info"}
    assert all(not c.metadata for c in notebook.cells), "cell metadata holds times of execution"
