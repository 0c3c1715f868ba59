"""What the documents show is run as it stands, and the site is built strictly and asks nobody for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "docs/tutorial.md", *sorted((ROOT / "docs/howto").glob("*.md"))]
BLOCK = re.compile(
    r'^```(?P<kind>sh|python|markdown title="(?P<file>[\w.-]+)")\n(?P<body>.*?)^```$', re.MULTILINE | re.DOTALL
)
EXIT = re.compile(r"  # exit (\d+)$")
LOADED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//""", re.IGNORECASE)


def shell(line: str, folder: Path) -> None:
    """One command of a page, with the exit code that stands behind it; 0 where none does."""
    wanted = int(found[1]) if (found := EXIT.search(line)) else 0
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = EXIT.sub("", line)
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == wanted, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_runs_from_top_to_bottom(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: dict[str, Any] = {"__name__": "page"}
    ran = 0
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["file"]:
            (tmp_path / block["file"]).write_text(block["body"])
        elif block["kind"] == "python":
            exec(compile(block["body"], str(page), "exec"), names)
        else:
            for line in block["body"].splitlines():
                shell(line, tmp_path)
        ran += 1
    assert ran >= 3


def test_the_readme_s_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "page"}
    blocks = [b["body"] for b in BLOCK.finditer((ROOT / "README.md").read_text()) if b["kind"] == "python"]
    assert blocks
    for body in blocks:
        exec(compile(body, "README.md", "exec"), names)


def test_a_command_that_ends_otherwise_than_the_page_says_is_noticed(tmp_path: Path) -> None:
    shell("false  # exit 1", tmp_path)
    for line in ("false", "true  # exit 1", "exit 3  # exit 1"):
        with pytest.raises(AssertionError):
            shell(line, tmp_path)


def test_every_page_of_the_docs_is_in_the_navigation_or_left_out_on_purpose() -> None:
    named = set(re.findall(r"[\w/.-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]))
    there = {str(p.relative_to(ROOT / "docs")) for p in (ROOT / "docs").rglob("*.md")}
    reached = {p for p in there if re.fullmatch(r"rules/[A-Z]+\d+\.md|decisions/\d{4}-[\w-]+\.md|example_page\.md", p)}
    assert named == there - reached


@pytest.fixture(scope="module")
def site() -> Path:
    """The site as `make site` builds it."""
    command = [str(Path(sys.executable).parent / "zensical"), "build", "--strict", "-f", "mkdocs.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "build/site"


def test_the_site_has_the_pages_and_the_reference(site: Path) -> None:
    for page in ("tutorial", "howto/engineer", "howto/reviewer", "howto/researcher", "rules/ADV302", "accuracy"):
        assert (site / f"{page}.html").is_file(), page
    api = (site / "reference/api.html").read_text(encoding="utf-8")
    assert 'id="harness.api.compare"' in api
    assert "refuse every connection beyond loopback" in api


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = {p: p.read_text(encoding="utf-8") for p in site.rglob("*.html")}
    told = {p: re.sub(r'<link rel="(?:canonical|next|prev)"[^>]*>', "", text) for p, text in pages.items()}
    assert [p for p, text in told.items() if LOADED.search(text)] == []
    sheets = [p.read_text(encoding="utf-8") for p in site.rglob("*.css")]
    assert sheets
    assert not any(re.search(r"""url\(['"]?(?:https?:)?//|@import""", text) for text in sheets)


def test_the_check_for_addresses_sees_one() -> None:
    assert LOADED.search('<script async src="https://example.org/x.js"></script>')
    assert LOADED.search("<link href=//fonts.example.org/css rel=stylesheet>")
    assert not LOADED.search('<a href="https://example.org">x</a> <script src="assets/x.js"></script>')
