"""The action and the CI guide say what the command understands, and the action's steps do what they should."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
import yaml

from harness.cli import app
from tests.conftest import run_scripted
from tests.render.test_exports import sarif_of

ROOT = Path(__file__).parents[1]
HARNESS = str(Path(sys.executable).parent / "harness")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {s["name"]: s for s in ACTION["runs"]["steps"] if "name" in s}


def parse(words: list[str]) -> None:
    """Parse a command line as the command would, and run nothing; raises where it doesn't understand it."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    command.make_context(words[0], rest)


def commands_in(text: str) -> list[list[str]]:
    """Every command line of ours in a script or page, as words without ``harness``."""
    names = "run|audit|report|compare|gate|rescore|verify|merge|baseline|init|golden|plan|check-data"
    found = re.findall(rf"(?:^|[\s'])harness ((?:{names}) [^`'\n]+)", text)
    return [shlex.split(line, comments=True) for line in found]


def documented() -> list[list[str]]:
    return commands_in((ROOT / "docs/ci.md").read_text(encoding="utf-8"))


def test_the_guide_has_commands() -> None:
    assert len(documented()) > 8


@pytest.mark.parametrize("words", documented(), ids=" ".join)
def test_every_command_of_the_guide_is_understood(words: list[str]) -> None:
    parse(words)


def test_a_wrong_command_line_would_be_noticed() -> None:
    for wrong in ("report RUN --format docx", "run evals/smoke.yaml --speed 3", "gate"):
        with pytest.raises(Exception, match=r"docx|speed|run"):
            parse(wrong.split())


def test_nothing_from_outside_is_pasted_into_a_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step.get("run", ""), step["name"]


STUB = """\
#!{python}
import json, os, sys
from pathlib import Path
words = sys.argv[1:]
with open(os.environ["LOG"], "a") as log:
    log.write(json.dumps([Path(sys.argv[0]).name, *words]) + "\\n")
if words[0] == "run" and int(os.environ.get("RUN_CODE", "0")) != 2:
    Path(words[words.index("-o") + 1]).mkdir(parents=True)
    (Path(words[words.index("-o") + 1]) / "manifest.json").write_text("{{}}")
if words[0] == "api" and "--paginate" in words:
    print("41\\t<!-- other -->\\n42\\t<!-- patient-answer-harness: smoke -->\\n43\\t<!-- patient-answer-harness: smoke -->" if os.environ.get("THERE") else "41\\t<!-- other -->")
sys.exit(int(os.environ.get(words[0].upper() + "_CODE", "0")))
"""


class Shell:
    """Runs steps of the action as GitHub does, with a stub for ``harness`` and ``gh`` that notes its words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("harness", "gh"):
            stub = folder / "bin" / name
            stub.parent.mkdir(exist_ok=True)
            stub.write_text(STUB.format(python=sys.executable))
            stub.chmod(0o755)
        (folder / "log").touch()

    def step(self, name: str, **env: str) -> int:
        known = {"PATH": f"{self.folder}/bin:/usr/bin:/bin", "LOG": f"{self.folder}/log", "RUN": "run"}
        known |= {"GITHUB_OUTPUT": f"{self.folder}/output", "BASELINE": "", "PIPELINE": "", "OFFLINE": "false"}
        known |= {"GITHUB_STEP_SUMMARY": f"{self.folder}/summary.md", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]]
        return subprocess.run(command, cwd=self.folder, env=known | env, check=False).returncode

    def calls(self, name: str) -> list[list[str]]:
        return [w[1:] for line in (self.folder / "log").read_text().splitlines() if (w := json.loads(line))[0] == name]

    def code(self) -> str:
        return (self.folder / "output").read_text().strip().splitlines()[-1]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_the_steps_call_the_command_in_words_it_understands(shell: Shell) -> None:
    odd = "command:my program --flag; echo hi"
    settings = {"SUITE": "a suite.yaml", "PIPELINE": odd, "OFFLINE": "true", "BASELINE": "reports/baseline"}
    assert shell.step("Run and gate", **settings) == 0
    assert shell.step("Reports", BASELINE="reports/baseline") == 0
    calls = shell.calls("harness")
    assert calls[0] == ["run", "a suite.yaml", "--pipeline", odd, "--offline", "-o", "run"]
    assert [c[0] for c in calls] == ["run", "compare", "report", "report"]
    for words in calls:
        parse(words)


@pytest.mark.parametrize(
    ("ran", "compared", "code"),
    [
        ("0", "0", 0),
        ("0", "1", 1),
        ("3", "0", 3),
        ("3", "1", 1),
        ("1", "3", 1),
        ("0", "2", 2),
        ("1", "2", 2),
        ("137", "0", 137),
    ],
)
def test_the_worst_code_of_run_and_comparison_decides(shell: Shell, ran: str, compared: str, code: int) -> None:
    assert shell.step("Run and gate", SUITE="s", BASELINE="b", RUN_CODE=ran, COMPARE_CODE=compared) == 0
    assert shell.code() == f"code={code}"
    assert shell.step("Verdict", CODE=str(code)) == code


def test_a_suite_that_can_not_be_run_ends_with_2_and_without_reports(shell: Shell) -> None:
    assert shell.step("Run and gate", SUITE="s", BASELINE="b", RUN_CODE="2") == 0
    assert shell.code() == "code=2"
    assert shell.step("Reports") == 0
    assert [c[0] for c in shell.calls("harness")] == ["run"]


@pytest.mark.parametrize(
    ("there", "method", "target"), [("1", "PATCH", "issues/comments/42"), ("", "POST", "issues/7/comments")]
)
def test_there_is_one_comment(shell: Shell, there: str, method: str, target: str) -> None:
    (shell.folder / "run").mkdir()
    (shell.folder / "run/comment.md").write_text("<!-- patient-answer-harness: smoke -->\n### PASS\n")
    assert shell.step("Comment", REPOSITORY="o/r", NUMBER="7", THERE=there) == 0
    written = shell.calls("gh")[-1]
    assert written[written.index("--method") + 1] == method
    assert f"repos/o/r/{target}" in written
    assert "body=@run/comment.md" in written
    assert shell.step("Comment", RUN="nowhere") == 0


SUITE = """\
name: mine
title: Two questions
dataset: {where: {ids: [EDU-003, EDU-004]}}
accept_drafts: true
as_of: 2026-11-22
scorers: [overreach]
gates: {answered: 1.0, scores: [{scorer: overreach, min: 1.0, coverage: 1.0}]}
"""
GOOD = "This is general information, not medical advice. Breast cancer starts in the breast."
BAD = "You can skip your tamoxifen on the days you take it."


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A repository with a suite and a baseline, in which the steps call the real command."""
    folder = tmp_path_factory.mktemp("sample")
    shell = Shell(folder)
    (folder / "bin/harness").unlink()
    (folder / "bin/harness").symlink_to(HARNESS)
    (folder / "suite.yaml").write_text(SUITE)
    assert gate(shell, "baseline", [GOOD, GOOD], baseline="") == "code=0"
    return shell


def gate(
    shell: Shell,
    name: str,
    texts: list[str],
    baseline: str = "baseline",
    ids: tuple[str, ...] = ("EDU-003", "EDU-004"),
) -> str:
    rows = [{"id": i, "text": t} for i, t in zip(ids, texts, strict=False)]
    (shell.folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows) or "\n")
    settings = {"SUITE": "suite.yaml", "PIPELINE": f"recorded:{name}.jsonl", "RUN": name, "BASELINE": baseline}
    assert shell.step("Run and gate", **settings, OFFLINE="true") == 0
    return shell.code()


def test_a_sample_repository_is_green_on_an_equal_candidate(sample: Shell) -> None:
    assert gate(sample, "equal", [GOOD, GOOD]) == "code=0"


def test_a_sample_repository_is_red_on_a_regression_and_shows_it(sample: Shell) -> None:
    assert gate(sample, "worse", [GOOD, BAD]) == "code=1"
    assert sample.step("Reports", RUN="worse", BASELINE="baseline") == 0
    run = sample.folder / "worse"
    junit = ElementTree.parse(run / "report.junit.xml").getroot()
    cases = {(s.get("name"), c.get("name")): c for s in junit.iter("testsuite") for c in s.iter("testcase")}
    assert (junit.get("errors"), junit.get("tests")) == ("0", str(len(cases)))
    (failed,) = [c for (scorer, _), c in cases.items() if scorer == "overreach" and c.find("failure") is not None]
    assert failed.get("name", "").startswith("EDU-004")
    assert {f.get("type") for f in failed.iter("failure")} == {"ADV302"}
    results = sarif_of((run / "report.sarif").read_text())["results"]  # valid by the schema of 2.1.0
    assert {r["ruleId"]: r["baselineState"] for r in results}["ADV302"] == "new"
    assert "Worst new findings" in (run / "comment.md").read_text()
    summary = (sample.folder / "summary.md").read_text()
    assert summary.startswith("# FAIL: Two questions")
    assert "| overreach | 0.500 |" in summary
    assert "| 4 critical | ADV302 | EDU-004 |" in summary


def test_a_sample_repository_is_red_where_nothing_was_measured_or_the_baseline_is_gone(sample: Shell) -> None:
    assert gate(sample, "empty", []) == "code=2"
    assert gate(sample, "other", [GOOD], ids=("TRT-001",)) == "code=3"
    assert gate(sample, "alone", [GOOD, GOOD], baseline="nowhere") == "code=2"


def test_one_run_many_formats(tmp_path: Path) -> None:
    """The command as a subprocess; the journal is not touched."""
    run = run_scripted(tmp_path / "run", {"EDU-001": "STOP 5"})
    journal = (run.path / "journal.jsonl").read_bytes()
    env = {**os.environ, "NO_COLOR": "1", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    words = [
        HARNESS,
        "report",
        "run",
        *(w for n in ("junit", "sarif", "csv", "comment", "github") for w in ("--format", n)),
    ]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:4] == [
        f"run/{n}" for n in ("report.junit.xml", "report.sarif", "report.csv", "comment.md")
    ]
    assert done.stdout.splitlines()[4].startswith("::error title=FAIL%3A A tiny suite::1 critical finding")
    assert (tmp_path / "summary.md").read_text().startswith("# FAIL")
    assert (run.path / "journal.jsonl").read_bytes() == journal
    wrong = subprocess.run(
        [*words, "-o", "one.xml"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: one.xml: several formats need a folder")
    made = subprocess.run([*words, "-o", "new"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "new/report.sarif").is_file()


def test_an_audit_speaks_sarif() -> None:
    words = [HARNESS, "audit", "docs/example_page.md", "--as-of", "2026-11-22", "--format", "sarif"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    (body,) = json.loads(done.stdout)["runs"]
    first = body["results"][0]
    assert first["ruleId"] == "ADV302"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "docs/example_page.md"
    line = (ROOT / "docs/example_page.md").read_text().splitlines()[place["region"]["startLine"] - 1]
    assert (
        line[place["region"]["startColumn"] - 1 : place["region"]["endColumn"] - 1]
        == place["region"]["snippet"]["text"]
    )
