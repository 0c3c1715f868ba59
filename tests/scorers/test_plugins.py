"""Scorers of other packages: installed as notebook 04 says, they take part everywhere; broken ones never pass."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.auditor import Auditor
from harness.errors import SuiteError
from harness.examples import check_examples
from harness.scorers import load_scorer, rule_of, scorer_id
from harness.scorers.plugins import plugin_names, plugins, read_rules
from harness.types import Outcome
from tests.render.support import unpacked

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "examples/brevity/page_brevity/rules.yaml").read_text(encoding="utf-8")
GOOD = """
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from harness.scorers.plugins import read_rules
from harness.types import Finding, Scored, Span

@dataclass(frozen=True, kw_only=True)
class It:
    name: ClassVar[str] = "it"
    version: ClassVar[int] = 1
    rules: ClassVar = read_rules(Path(__file__).with_suffix(".yaml"))
    size: int = 3

    def score(self, case):
        SCORE
"""
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package with one scorer on the import path, as an installer would leave it."""
    count = 0

    def put(
        code: str, *, version: str = "1.0", rules: str = RULES, name: str = "it", package: str = "its-package"
    ) -> Path:
        nonlocal count
        count += 1
        module = f"it_{tmp_path.name.replace('-', '_')}_{count}"
        site = tmp_path / f"site{count}"
        info = site / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[harness.scorers]\n{name} = {module}:It\n")
        (site / f"{module}.py").write_text(code)
        (site / f"{module}.yaml").write_text(rules)
        monkeypatch.syspath_prepend(str(site))
        return site

    return put


def scoring(body: str) -> str:
    return GOOD.replace("SCORE", body)


def command(*words: str | Path, site: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), str(site)])
    env = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "200"}
    told = [sys.executable, "-m", "harness", *(str(w) for w in words)]
    return subprocess.run(told, capture_output=True, text=True, cwd=cwd, env=env, check=False, timeout=600)


@pytest.fixture(scope="module")
def brevity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which a copy of the example package was installed by pip, outside of this repository."""
    folder = tmp_path_factory.mktemp("brevity")
    source, site = folder / "source", folder / "site"
    shutil.copytree(ROOT / "examples/brevity", source)
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    place = ["--no-build-isolation", "--target", str(site), str(source)]
    done = subprocess.run([sys.executable, *pip, *place], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return site


def test_a_scorer_of_another_package_takes_part_everywhere(brevity: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = command("run", brevity.parent / "source/suite.yaml", "--offline", "-o", run, site=brevity)
    assert done.returncode == 1, done.stderr
    assert "fail         brevity 0.819 over 3/3 items (at least 0.9 wanted)" in done.stdout
    assert "brevity: how often it is right is not measured" in done.stdout
    assert "|plugins:page-brevity 0.1.0|" in done.stdout
    assert "BRV901" in (run / "report.json").read_text(encoding="utf-8")
    page = (run / "report.html").read_text(encoding="utf-8")
    shown = page + "".join(unpacked(page))
    assert "BRV901" in shown
    assert "The page is longer than its limit" in shown
    assert "| brevity |" in (run / "report.md").read_text(encoding="utf-8")
    assert command("report", run, "--format", "sarif", "-o", tmp_path, site=brevity).returncode in (0, 1)
    (body,) = json.loads(next(tmp_path.glob("*.sarif")).read_text())["runs"]
    (rule,) = [r for r in body["tool"]["driver"]["rules"] if r["id"] == "BRV901"]
    assert rule["properties"]["tags"] == ["brevity"]
    assert {r["properties"]["scorer"] for r in body["results"] if r["ruleId"] == "BRV901"} == {"brevity"}
    assert command("verify", run, site=brevity).returncode == 0
    gone = command("run", brevity.parent / "source/suite.yaml", "--offline", "-o", tmp_path / "2", site=tmp_path)
    assert gone.returncode == 2
    assert gone.stderr.startswith("error: scorer 'brevity' is unknown")
    assert not (tmp_path / "2").exists()


def test_its_rules_are_explained_listed_written_and_checked(brevity: Path, tmp_path: Path) -> None:
    told = command("explain", "brv901", site=brevity)
    assert told.returncode == 0
    assert told.stdout.startswith("# BRV901: The page is longer than its limit\n")
    listed = command("rules", "--check", "brevity", site=brevity)
    assert (listed.returncode, listed.stdout) == (0, "2 examples are as they say\n")
    written = command("rules", "-o", tmp_path / "pages", site=brevity)
    assert written.returncode == 0
    assert (tmp_path / "pages/BRV901.md").is_file()
    assert (tmp_path / "pages/ADV302.md").is_file()
    again = command("rules", "-o", tmp_path / "pages", site=brevity)
    assert (again.returncode, again.stderr.count("\n")) == (2, 2)


def test_nothing_of_a_package_is_imported_before_it_is_asked_for(install: Install, tmp_path: Path) -> None:
    mark = tmp_path / "imported"
    site = install(f"open({str(mark)!r}, 'w').close()\n{scoring('return None')}")
    page = tmp_path / "page.md"
    page.write_text("This is general information.")
    for words in (["--help"], ["explain", "ADV302"], ["rules", "privacy"], ["audit", str(page), "--fail-on", "5"]):
        assert command(*words, site=site).returncode == 0, words
        assert not mark.exists(), words
    path = os.pathsep.join([str(ROOT), str(site)])
    subprocess.run(
        [sys.executable, "-c", "import harness, harness.api"], env={**os.environ, "PYTHONPATH": path}, check=True
    )
    assert not mark.exists()
    assert command("rules", site=site).returncode == 0
    assert mark.exists()


def test_a_new_version_of_the_package_or_another_setting_is_another_ruler(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = list(sys.path)
    install(scoring("return Scored(scorer='it', score=1.0)"))
    first = scorer_id(load_scorer("it"))
    auditor = Auditor.default(scorers=("it",), as_of=dt.date(2026, 11, 22))
    assert dict(auditor.signature().parts)["plugins"] == "its-package 1.0"
    assert scorer_id(load_scorer("it", {"size": 4})) != first
    monkeypatch.setattr(sys, "path", path)
    install(scoring("return Scored(scorer='it', score=1.0)"), version="1.1")
    assert scorer_id(load_scorer("it")) != first
    assert scorer_id(load_scorer("it")).startswith("it@1:")
    assert rule_of("BRV901") is not None


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("raise RuntimeError('two\\nlines')", "can't be imported: RuntimeError: two lines"),
        ("raise SystemExit(0)", "can't be imported: SystemExit: 0"),
        ("import no_such_module_anywhere", "can't be imported: ModuleNotFoundError"),
        ("It = 3", "3 is not a dataclass"),
        ("pass", "can't be imported: AttributeError"),
        (scoring("pass").replace("frozen=True, ", ""), "It is not a frozen dataclass"),
        (scoring("pass").replace('= "it"', '= "other"'), "It.name is 'other', not 'it'"),
        (scoring("pass").replace("int] = 1", "int] = True"), "It.version must be a whole number"),
        (scoring("pass").replace("def score", "def other"), "It has no method score(case)"),
        (scoring("pass").replace('read_rules(Path(__file__).with_suffix(".yaml"))', "3"), "must be what read_rules"),
        (scoring("pass").replace(".yaml", ".yml"), "No such file or directory"),
    ],
)
def test_a_package_that_cannot_be_used_is_named_in_one_line(install: Install, code: str, complaint: str) -> None:
    install(code)
    assert plugin_names() == ("it",)
    with pytest.raises(SuiteError) as told:
        load_scorer("it")
    assert told.value.message.startswith("scorer 'it' of its-package 1.0")
    assert complaint in told.value.message
    assert "\n" not in told.value.message
    assert told.value.hint
    good, bad = plugins()
    assert (good, len(bad)) == ((), 1)
    assert rule_of("ADV302") is not None
    assert rule_of("BRV901") is None


def test_a_broken_package_ends_a_run_before_it_begins(install: Install, tmp_path: Path) -> None:
    site = install("raise SystemExit(0)")
    suite = tmp_path / "suite.yaml"
    text = (ROOT / "examples/brevity/suite.yaml").read_text()
    suite.write_text(text.replace("brevity: {max_words: 250}", "it").replace("scorer: brevity", "scorer: it"))
    done = command("run", suite, "--offline", "-o", tmp_path / "run", site=site)
    assert done.returncode == 2, done.stdout
    assert done.stderr.splitlines()[0] == "error: scorer 'it' of its-package 1.0 can't be imported: SystemExit: 0"
    assert not (tmp_path / "run").exists()
    listed = command("rules", site=site)
    assert listed.returncode == 2
    assert "ADV302" in listed.stdout


def test_settings_are_checked(install: Install) -> None:
    install(scoring("pass") + "\n    def __post_init__(self):\n        1 / self.size\n")
    assert load_scorer("it", {"size": 2})
    for settings, complaint in (
        ({"size": "big"}, "size must be a number"),
        ({"other": 1}, "unknown setting 'other'"),
        ({"size": 0}, "can't be made with {'size': 0}: ZeroDivisionError"),
    ):
        with pytest.raises(SuiteError) as told:
            load_scorer("it", settings)
        assert complaint in told.value.message


def test_names_and_codes_belong_to_one(install: Install) -> None:
    install(scoring("pass"), name="grounding", package="a-squatter")
    assert type(load_scorer("grounding")).__module__ == "harness.scorers.grounding"
    install(scoring("pass"), rules=RULES.replace("BRV901", "ADV302"))
    with pytest.raises(SuiteError, match="the code ADV302 is ours"):
        load_scorer("it")
    install(scoring("pass"), package="other-package")
    with pytest.raises(SuiteError, match=r"brought by its-package 1\.0 and other-package 1\.0"):
        load_scorer("it")


FOUND = "self.rules['BRV901'].finding('x', Span(start=0, end=3, quote='Ask'), confidence=0.5"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("1 / 0", "scorer crashed: ZeroDivisionError"),
        ("raise SystemExit(0)", "scorer crashed: SystemExit: 0"),
        ("return None", "gave back NoneType, not an outcome"),
        ("return 1.0", "gave back float, not an outcome"),
        ("return Scored(scorer='privacy', score=1.0)", "gave back an outcome of 'privacy'"),
        ("return Scored(scorer='it', score=float('nan'))", "outside [0, 1]"),
        ("return Scored(scorer='it', score=True)", "not a finite int or float"),
        ("return Scored(scorer='it', score=1.0, metrics={'n': float('inf')})", "not a finite int or float"),
        ("return Scored(scorer='it', score=1.0, reason=3)", "a reason that is no text"),
        ("return Scored(scorer='it', score=1.0, findings=('BRV901',))", "a finding that is none"),
        (f"return Scored(scorer='it', score=1.0, findings=({FOUND}, severity=9),))", "a finding of severity 9"),
        (f"return Scored(scorer='it', score=1.0, findings=({FOUND.replace('0.5', '7')}),))", "confidence 7"),
        (
            f"return Scored(scorer='it', score=1.0, findings=({FOUND.replace('Ask', 'ask')}),))",
            "that don't stand there",
        ),
        (
            "return Scored(scorer='it', score=1.0, findings=(Finding(code='ADV302', severity=4, confidence=1.0, "
            "message='x', span=Span(start=0, end=3, quote='Ask')),))",
            "a finding of 'ADV302', which is not among its rules",
        ),
    ],
)
def test_a_scorer_that_misbehaves_has_failed_and_never_passed(install: Install, body: str, reason: str) -> None:
    assert reason in outcome(install, body).reason
    assert outcome(install, body).status == "failed"


def outcome(install: Install, body: str) -> Outcome:
    path = list(sys.path)
    install(scoring(body))
    (told,) = Auditor.default(scorers=("it",), judge="local").audit("Ask your care team about it.")
    sys.path[:] = path
    return told  # type: ignore[no-any-return]


def test_a_good_finding_is_kept(install: Install) -> None:
    told = outcome(install, f"return Scored(scorer='it', score=0.5, findings=({FOUND}),))")
    assert told.status == "scored"
    assert [f.code for f in told.findings] == ["BRV901"]


def test_examples_that_do_not_hold_are_told(install: Install) -> None:
    install(scoring("return Scored(scorer='it', score=1.0)"))
    assert check_examples("it") == ("BRV901, example 2: is not flagged",)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("severity: 1", "severity: 7"), ":3: severity:"),
        (("  fix:", "  mend: now\n  fix:"), "mend: unknown key"),
        (("BRV901", "brevity"), "code:"),
        (("    - passes:", "    - flags:"), "BRV901 needs a passing and a flagging example"),
        (("    - passes:", "    - text:"), "text: unknown key"),
        ((RULES, "3"), ":1: rules are a list"),
        ((RULES, RULES + RULES), "BRV901 is told twice"),
    ],
)
def test_a_broken_rule_file_is_named_by_file_line_and_field(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(RULES.replace(*change))
    with pytest.raises(SuiteError) as told:
        read_rules(file)
    assert told.value.message.startswith(str(file))
    assert complaint in told.value.message
