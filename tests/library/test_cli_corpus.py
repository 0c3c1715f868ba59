"""``harness corpus`` and ``harness audit --corpus`` as subprocesses: right page, wrong page, wrong edition."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from harness.datalint import data_files, tracked
from harness.suite import load_suite
from tests.test_cli import ROOT, harness, one_clear_line

from .pdfs import guide, pdf

NAMED = ["--title", "Green Valley Guide", "--organisation", "Green Valley Cancer Network", "--date", "2026-02"]
EDITION = [*NAMED, "--edition", "2026", "--supersedes", "2024", "--url", "https://example.org/guide"]
ID = "local-green-valley-guide-2026"
PAGE = """\
# How often is the heart scanned?

A heart scan is repeated every 12 weeks while the blue infusion goes on [1].

## Sources

- [1] Green Valley Cancer Network. Green Valley Guide, {edition}. p. {page}. https://example.org/guide
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "guide.pdf").write_bytes(guide())
    done = harness("corpus", "add", folder / "guide.pdf", *EDITION, "--corpus", folder / "local")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{ID}: 5 passages from 5 pages")
    return folder / "local"


def audited(
    local: Path, tmp_path: Path, *more: str | Path, edition: str = "2026", page: int = 3
) -> dict[str, set[str]]:
    """The codes of each scorer, and the marks of the citation scorer."""
    file = tmp_path / "page.md"
    file.write_text(PAGE.format(edition=edition, page=page))
    done = harness("audit", file, "--corpus", local, "--format", "json", *more)
    assert done.returncode in (0, 1, 3), done.stderr
    told = json.loads(done.stdout)
    assert "|corpus:" in told["signature"]
    found = {o["scorer"]: {f["code"] for f in o["findings"]} for o in told["outcomes"]}
    score = next(o.get("score") for o in told["outcomes"] if o["scorer"] == "citation")
    return {**found, "score": {str(score)}}


def test_a_page_that_cites_the_right_page_is_supported(local: Path, tmp_path: Path) -> None:
    told = audited(local, tmp_path)
    assert told["score"] == {"1.0"}
    assert not told["grounding"]
    assert not told["citation"] & {"CIT202", "CIT203", "CIT207", "CIT209"}


def test_the_wrong_page_and_the_wrong_edition_are_found(local: Path, tmp_path: Path) -> None:
    right = audited(local, tmp_path)
    wrong_page = audited(local, tmp_path, page=2)
    assert {code for code in wrong_page["citation"] - right["citation"] if code.startswith("CIT")}
    assert not wrong_page["grounding"]
    assert "CIT207" in audited(local, tmp_path, edition="2024")["citation"]


def test_folders_can_be_given_together(local: Path, tmp_path: Path) -> None:
    assert audited(local, tmp_path, "--corpus", "datasets/corpus")["score"] == {"1.0"}


def test_list_and_remove(local: Path, tmp_path: Path) -> None:
    mine = tmp_path / "local"
    shutil.copytree(local, mine)
    listed = harness("corpus", "list", "--corpus", mine)
    assert listed.stdout.startswith(f"{ID}  Green Valley Cancer Network: Green Valley Guide, edition 2026 (2026-02)")
    assert harness("corpus", "remove", ID, "--corpus", mine).returncode == 0
    assert "no documents yet" in harness("corpus", "list", "--corpus", mine).stdout
    one_clear_line(harness("corpus", "remove", ID, "--corpus", mine), "no document")


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"", "empty"), (b"hello", "not a PDF"), (pdf([[], []]), "scanned"), (guide()[:900], "can't be read")],
    ids=["empty", "text", "scanned", "cut"],
)
def test_bad_files_exit_2_and_leave_nothing(tmp_path: Path, raw: bytes, words: str) -> None:
    (tmp_path / "a.pdf").write_bytes(raw)
    one_clear_line(harness("corpus", "add", tmp_path / "a.pdf", *EDITION, "--corpus", tmp_path / "local"), words)
    assert not (tmp_path / "local").exists()


def test_what_is_held_already_and_broken_folders_exit_2(local: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(guide())
    one_clear_line(harness("corpus", "add", tmp_path / "a.pdf", *EDITION, "--corpus", local), "held already")
    (tmp_path / "page.md").write_text("Rest helps.")
    one_clear_line(harness("audit", tmp_path / "page.md", "--corpus", tmp_path), "no documents here")
    one_clear_line(harness("audit", tmp_path / "page.md", "--corpus", tmp_path / "none"), "no such file")
    (tmp_path / "local/corpus").mkdir(parents=True)
    (tmp_path / "local/sources").mkdir()
    (tmp_path / "local/sources/x.yaml").write_text("- id: x\n")
    one_clear_line(harness("corpus", "list", "--corpus", tmp_path / "local"), "x.yaml:1")


SUITE = """\
name: mine
title: One question
dataset: {where: {ids: [EDU-003]}, corpus: %s%s}
accept_drafts: true
as_of: 2026-12-01
scorers: [citation]
gates: {scores: [{scorer: citation, min: 0.9}]}
"""


def test_a_suite_merges_corpora_and_checks_what_answers_cite(local: Path, tmp_path: Path) -> None:
    file, answers = tmp_path / "mine.yaml", tmp_path / "answers.jsonl"
    file.write_text(SUITE % ("datasets/corpus", ""))
    plain = load_suite(file)
    file.write_text(SUITE % (f"[datasets/corpus, {local}]", ""))
    listed = load_suite(file)
    assert (plain.lookup, listed.lookup) == (None, None)
    assert len(listed.corpus.passages) == len(plain.corpus.passages) + 5
    assert listed.corpus.sha != plain.corpus.sha
    file.write_text(SUITE % ("datasets/corpus", f", local_corpus: {local}"))
    assert load_suite(file).corpus.sha == listed.corpus.sha
    answers.write_text(json.dumps({"id": "EDU-003", "text": PAGE.format(edition="2026", page=3)}) + "\n")
    done = harness("run", file, "--pipeline", f"recorded:{answers}", "--offline", "-o", tmp_path / "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"corpus:{listed.corpus.sha}" in done.stdout
    answers.write_text(json.dumps({"id": "EDU-003", "text": PAGE.format(edition="2026", page=2)}) + "\n")
    done = harness("run", file, "--pipeline", f"recorded:{answers}", "--offline", "-o", tmp_path / "run2")
    assert done.returncode == 1, done.stdout + done.stderr


def test_tracked_licensed_text_is_an_error_and_ignored_text_is_none(tmp_path: Path, local: Path) -> None:
    data = tmp_path / "datasets"
    shutil.copytree(local, data / "local")
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    assert list(tracked(data)) == []
    subprocess.run([*git, "add", "-f", "datasets/local"], check=True)
    (told,) = tracked(data)
    assert (told.level, "licensed text may not be committed" in told.text) == ("error", True)
    assert data_files(data) == []


def test_without_git_there_is_nothing_to_track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(tracked(tmp_path)) == []
    monkeypatch.setenv("PATH", "")
    assert list(tracked(tmp_path)) == []


def test_a_wheel_bundles_every_folder_of_data_but_the_local_one_and_training_sentences() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    bundled = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"])
    assert bundled == {
        "evals",
        *(f"datasets/{p.name}" for p in (ROOT / "datasets").iterdir() if p.name not in ("local", "calibration")),
    }
