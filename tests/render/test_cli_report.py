"""``harness report`` as users run it: the forms it writes, and one clear line where one can't be made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.store import write_results
from tests.render.support import a_run
from tests.review.support import harness


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = a_run(tmp_path_factory.mktemp("cli") / "run", 12)
    write_results(run)
    return run.path


def test_tables_and_the_model_card_are_written_beside_the_run(folder: Path) -> None:
    done = harness("report", folder, "--format", "csv", "--format", "parquet", "--format", "model-card")
    assert done.returncode == 0, done.stderr
    assert [Path(line).name for line in done.stdout.split()] == ["report.csv", "report.parquet", "model_card.json"]
    assert (folder / "report.parquet").read_bytes()[:4] == b"PAR1"
    assert json.loads((folder / "model_card.json").read_text())["to_fill_in"]
    verified = harness("verify", folder)
    assert verified.returncode == 0, verified.stderr
    (folder / "report.parquet").write_bytes(b"PAR1")
    assert "report.parquet" in harness("verify", folder).stderr
    harness("report", folder, "--format", "parquet")


def test_a_baseline_is_told_in_the_report(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    done = harness("report", folder, "--baseline", folder, "-o", out)
    assert done.returncode == 0, done.stderr
    assert "0 new findings, 0 gone, 5 persistent" in out.read_text()


def test_a_browser_that_is_not_there_is_one_line(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_BROWSER", str(tmp_path / "none"))
    done = harness("report", folder, "--format", "pdf", "-o", tmp_path / "r.pdf")
    assert done.returncode == 2
    assert "no such program" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "r.pdf").exists()


@pytest.mark.browser
def test_a_pdf_is_printed(folder: Path, tmp_path: Path, chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_BROWSER", chromium)
    done = harness("report", folder, "--format", "pdf", "-o", tmp_path / "r.pdf")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
