"""A team's start works from the built wheel, in an empty folder, without a checkout of ours."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import yaml

from harness.datalint import check
from harness.errors import HarnessError
from harness.pipelines import load_pipeline
from harness.planning import forecast
from harness.starter import start
from harness.suite import load_suite, split_named
from tests.test_ci import commands_in, parse

ROOT = Path(__file__).parents[1]
KINDS = ("function", "http", "openai")


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_is_sound(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = start(tmp_path / "mine", kind)  # type: ignore[arg-type]
    assert all(p.is_file() and "@" + "PIPELINE@" not in p.read_text() for p in files)
    assert not [p for p in files if re.search(r"@(?:README|CI|PIPELINE)@", p.read_text())]
    monkeypatch.chdir(tmp_path / "mine")
    assert [c for c in check(Path("datasets")) if c.level == "error"] == []
    suite = load_suite("evals/release.yaml")
    assert suite.path.resolve() == tmp_path / "mine/evals/release.yaml"
    assert [q.id for q in suite.questions] == ["EDU-001", "MED-001", "EMG-001"]
    assert [m.scorer for m in forecast(suite).metrics if m.wanted > m.questions] == []
    spec, options = split_named(suite.record.pipeline)
    assert spec.split(":")[0] == kind
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    assert load_pipeline(spec, corpus=suite.corpus, options=options).id.startswith(f"{kind}@")
    steps = yaml.safe_load(Path(".github/workflows/release-gate.yml").read_text())["jobs"]["gate"]["steps"]
    for step in steps:
        for words in commands_in(step.get("run", "")):
            parse(words)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    mine = tmp_path / "datasets/sources.yaml"
    mine.parent.mkdir()
    mine.write_text("mine")
    (tmp_path / "README.md").write_text("mine too")
    with pytest.raises(HarnessError, match=r"sources\.yaml: exists already; nothing was written"):
        start(tmp_path, "http")
    assert mine.read_text() == "mine"
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["README.md", "sources.yaml"]
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match="can't make the folder"):
        start(tmp_path / "file", "http")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; what the harness depends on is read from the environment of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", symlinks=True, with_pip=False)
    python = folder / "env/bin/python"
    install = ["--python", str(python), "install", "--no-deps", "--no-index", "--no-compile", str(wheel)]
    subprocess.run([*pip, *install], check=True, timeout=300)
    (site,) = folder.glob("env/lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")  # its own .pth files are not read
    return folder / "env/bin"


def test_from_the_wheel_to_a_verdict(installed: Path, tmp_path: Path) -> None:
    """The commands are those of the workflow that ``init`` writes; docs/ci.md gives GitLab and Jenkins the same."""

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": f"{installed}:/usr/bin:/bin", "NO_COLOR": "1", "COLUMNS": "200", "HOME": str(tmp_path)}
        return subprocess.run(words, cwd=team, env=env, capture_output=True, text=True, check=False, timeout=600)

    team = tmp_path
    where = call("python", "-c", "import harness; print(harness.__file__)")
    assert where.stdout.startswith(str(installed.parent)), where.stderr
    made = call("harness", "init", "team", "--pipeline", "function")
    assert made.returncode == 0, made.stderr
    team = tmp_path / "team"
    steps = yaml.safe_load((team / ".github/workflows/release-gate.yml").read_text())["jobs"]["gate"]["steps"]
    lint, run, report = (words for step in steps for words in commands_in(step.get("run", "")))
    for block in ("GitLab", "Jenkins"):
        told = commands_in((ROOT / "docs/ci.md").read_text().split(f"\n## {block}\n")[1].split("\n## ")[0])
        assert told[0] == run
        assert [words[:2] for words in told] == [run[:2], report[:2]]

    linted = call("harness", *lint)
    assert (linted.returncode, linted.stdout.splitlines()[-1]) == (0, "0 errors, 1 warnings")
    first = call("harness", *run)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.splitlines()[-1] == "verdict: PASS"
    assert call("harness", "baseline", run[-1]).returncode == 0
    suite = team / "evals/release.yaml"
    suite.write_text(suite.read_text().replace("# baseline:", "baseline:"))

    worse = team / "pipeline.py"
    worse.write_text(
        worse.read_text().replace(
            "Only your care team can say", "You should skip your tamoxifen today. Only they can say"
        )
    )
    bad = call("harness", *run[:-1], "reports/runs/worse")
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert "against the baseline: 1 critical finding, first MED-001 ADV302" in bad.stdout
    again = call("harness", "gate", run[-1], "--baseline", "reports/baseline")
    assert again.returncode == 0, again.stdout + again.stderr
    assert call("harness", *report).returncode == 0
    drafted = call(
        "harness",
        "golden",
        "add",
        "--from",
        "reports/runs/worse",
        "MED-001:ADV302",
        "--to",
        "datasets/golden/found.yaml",
    )
    assert (drafted.returncode, drafted.stderr) == (0, "")
    assert "id: MED-002" in (team / "datasets/golden/found.yaml").read_text()
    (team / "reports/baseline/journal.jsonl").unlink()
    alone = call("harness", "gate", "reports/runs/worse")
    assert alone.returncode == 1
    assert "the suite wants a baseline: reports/baseline: this folder holds no run" in alone.stdout
