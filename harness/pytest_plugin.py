"""``pytest evals/release.yaml``: one test a question and scorer, one for the verdict, and fixtures for tests by hand.

A suite runs only where its file is named on the command line, because asking a model costs money, and only the
questions that are left after ``-k`` and ``-m`` are asked (all of them where the verdict is among the tests). A serious
finding fails its test with its words underlined; what could not be measured is an error, never a skip; what does not
apply is skipped with its reason. Under pytest-xdist the first worker runs the suite and the others read its run.

Loading this module imports pytest and the standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import datetime as dt

    from harness.auditor import Audit
    from harness.gate import Verdict
    from harness.render.cells import Cell
    from harness.runner import Plan
    from harness.store import Run
    from harness.suite import Suite
    from harness.types import Judge, Question

_KEYS = ("name", "title", "gates")
_MAX_SUITE = 1_000_000


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("harness", "patient-answer-harness")
    group.addoption("--harness-pipeline", metavar="SPEC", help="pipeline as for `harness run`; default: the suite's")
    group.addoption("--harness-limit", type=int, metavar="N", help="ask only the first N questions of a suite")
    group.addoption("--harness-run", metavar="DIR", help="test this finished run; no question is asked")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """Take a suite file that was named on the command line; leave every other YAML file alone."""
    wanted = file_path.suffix in (".yaml", ".yml") and parent.session.isinitpath(file_path)
    return SuiteFile.from_parent(parent, path=file_path) if wanted and is_suite(file_path) else None


def is_suite(path: Path) -> bool:
    """Whether a YAML file has a suite's keys at its top level, even if it is otherwise broken."""
    if path.stat().st_size > _MAX_SUITE:
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    return all(re.search(rf"^{key}\s*:", text, re.MULTILINE) for key in _KEYS)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say where the runs lie that the tests looked at."""
    reports = [r for group in terminalreporter.stats.values() for r in group if hasattr(r, "user_properties")]
    for folder in sorted({value for r in reports for name, value in r.user_properties if name == "harness_run"}):
        terminalreporter.write_line(f"harness run: {folder}")


class SuiteFile(pytest.File):
    """A suite file: collects its tests, and runs the suite when the first of them needs it."""

    suite: Suite
    _told: tuple[Run, Verdict] | str | None = None
    _cells: Mapping[tuple[str, str], Sequence[Cell]] | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """A test for every question and scorer in suite order, then the verdict."""
        from harness.errors import HarnessError
        from harness.suite import load_suite

        try:
            self.suite = load_suite(self.path, limit=self.config.getoption("--harness-limit"))
        except HarnessError as problem:
            raise self.CollectError(_line(str(problem))) from None
        for question in self.suite.questions:
            for scorer in self.suite.scorers:
                yield CellTest.of(self, question, scorer.name)
        yield VerdictTest.from_parent(self, name="verdict")

    def told(self) -> tuple[Run, Verdict]:
        """The run and its verdict; the suite is run once, and an error in it is everybody's error."""
        from harness.api import verdict
        from harness.errors import HarnessError

        if self._told is None:
            try:
                run = self._run()
                self._told = run, verdict(run)
            except HarnessError as problem:
                self._told = _line(str(problem))
        if isinstance(self._told, str):
            pytest.fail(self._told, pytrace=False)
        return self._told

    def _run(self) -> Run:
        from harness.api import make_plan

        if folder := self.config.getoption("--harness-run"):
            return _finished(folder, self.suite)
        mine = [i for i in self.session.items if i.parent is self]
        asked = {i.question.id for i in mine if isinstance(i, CellTest)}
        everything = any(isinstance(i, VerdictTest) for i in mine)
        questions = tuple(q for q in self.suite.questions if everything or q.id in asked)
        plan = make_plan(replace(self.suite, questions=questions), pipeline=self.config.getoption("--harness-pipeline"))
        return _execute(plan, getattr(self.config, "workerinput", {}).get("testrunuid"), self.path)

    def cells(self, question_id: str, scorer: str) -> Sequence[Cell]:
        """The cells of one question and scorer, one an epoch; none where the run did not ask the question."""
        from harness.render.cells import cells

        if self._cells is None:
            found: dict[tuple[str, str], list[Cell]] = {}
            for cell in cells(*self.told()):
                found.setdefault((cell.question.id, cell.scorer), []).append(cell)
            self._cells = found
        return self._cells.get((question_id, scorer), ())


def _finished(folder: str, suite: Suite) -> Run:
    """A finished run of this suite, measured by today's scorers; raises SuiteError otherwise."""
    from harness.errors import SuiteError
    from harness.scorers import scorer_id
    from harness.store import load_run

    run = load_run(folder)
    if run.manifest["suite"] != suite.name:
        raise SuiteError(f"{folder}: a run of the suite {run.manifest['suite']!r}, not of {suite.name!r}")
    today = {s.name: scorer_id(s) for s in suite.scorers}
    if run.manifest["scorers"] != today:
        raise SuiteError(f"{folder}: measured by other scorers than the suite's", hint="harness rescore RUN SUITE")
    return run


def _execute(plan: Plan, session: str | None, path: Path) -> Run:
    """Run a plan; the workers of one xdist session share a run: one asks, the others wait for it and read it."""
    from harness.api import run_folder
    from harness.runner import execute
    from harness.signature import short_hash
    from harness.store import ANSWERS, JOURNAL, load_run

    if session is None:
        return execute(plan, run_folder(plan))
    folder = Path("reports/runs") / f"{session}-{plan.suite.name}-{short_hash(str(path))}"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "lock"):
        if (folder / ANSWERS).is_file():
            return load_run(folder)
        return execute(plan, folder, resume=(folder / JOURNAL).is_file())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock file that the system releases even when its holder is killed (POSIX)."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _SuiteTest(pytest.Item):
    """What both kinds of test share."""

    @property
    def file(self) -> SuiteFile:
        """The suite file it came from."""
        assert isinstance(self.parent, SuiteFile)  # noqa: S101 - for the type checker
        return self.parent

    def note_run(self) -> None:
        """Leave the run's folder for the summary, and for pytest's own JUnit file."""
        self.user_properties.append(("harness_run", str(self.file.told()[0].path)))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it stands and what it is called."""
        return self.path, None, self.name


class CellTest(_SuiteTest):
    """One question and scorer, over all epochs."""

    question: Question
    scorer: str
    serious: Sequence[Cell] = ()

    @classmethod
    def of(cls, file: SuiteFile, question: Question, scorer: str) -> CellTest:
        """The test, marked with scorer, category and risk tier."""
        test: CellTest = cls.from_parent(file, name=f"{question.id}[{scorer}]")
        test.question, test.scorer = question, scorer
        for name, what in ((scorer, "scorer"), (question.category, "category"), (question.risk_tier, "risk tier")):
            file.config.addinivalue_line("markers", f"{name}: {what} of a harness suite")
            test.add_marker(name)
        return test

    def setup(self) -> None:
        """Measure; what could not be measured fails here, so that pytest calls it an error."""
        cells = self.file.cells(self.question.id, self.scorer)
        self.note_run()
        scores = [c.outcome.score for c in cells if c.outcome.score is not None]
        if scores:
            self.user_properties.append(("score", round(sum(scores) / len(scores), 6)))
        self.serious = [c for c in cells if c.state == "failure"]
        if self.serious:
            return
        unmeasured = [f"{c.name}: {c.reason}" for c in cells if c.state == "error"]
        if unmeasured or not cells:
            pytest.fail(
                "not measured: " + ("\n".join(unmeasured) or "the run did not ask this question"), pytrace=False
            )
        if all(c.state == "skipped" for c in cells):
            pytest.skip(f"not applicable: {cells[0].reason}")

    def runtest(self) -> None:
        """Fail at serious findings, with carets under their words."""
        if self.serious:
            pytest.fail("\n\n".join(c.drawn(c.serious) for c in self.serious), pytrace=False)


class VerdictTest(_SuiteTest):
    """The verdict of the gate, which may fail on a mean although no single answer does."""

    def setup(self) -> None:
        """Judge; an inconclusive verdict fails here, so that pytest calls it an error."""
        verdict = self.file.told()[1]
        self.note_run()
        if verdict.status.value == "INCONCLUSIVE":
            pytest.fail(_reasons(verdict), pytrace=False)

    def runtest(self) -> None:
        """Fail where the gate does."""
        verdict = self.file.told()[1]
        if verdict.status.value == "FAIL":
            pytest.fail(_reasons(verdict), pytrace=False)


def _reasons(verdict: Verdict) -> str:
    told = "\n".join(f"  {r.status.value:<13}{_line(r.text)}" for r in verdict.reasons)
    return f"verdict: {verdict.status.value}\n{told}"


def _line(text: str) -> str:
    from harness.render.clean import logged

    return logged(text)


@pytest.fixture(scope="session")
def judge() -> Judge:
    """The local judge: ``judge.support([(passage, claim), ...])`` gives one Support a pair."""
    from harness.api import load_judge

    return load_judge("local")


@pytest.fixture(scope="session")
def audit(judge: Judge) -> Callable[..., Audit]:
    """``audit(text, question=..., passages=[...])`` as ``harness.audit``, with scorers and judge loaded once.

    With ``fail_on=SEVERITY`` the test fails at such a finding, its words underlined, and where a scorer could not
    measure.
    """
    from harness.auditor import Auditor, passages_of
    from harness.types import Answer

    auditor = replace(Auditor.default(), judge=judge)

    def audit(
        text: str,
        *,
        question: str | None = None,
        turns: Sequence[Mapping[str, str]] = (),
        facts: Sequence[str] = (),
        passages: Sequence[Any] = (),
        as_of: dt.date | None = None,
        fail_on: int | None = None,
    ) -> Audit:
        __tracebackhide__ = True
        dated = replace(auditor, as_of=as_of) if as_of else auditor
        answer = Answer(text=text, passages=passages_of(list(passages)))
        done = dated.audit(answer, question=question, turns=turns, facts=facts)
        if fail_on is not None:
            _hold(done, fail_on)
        return done

    return audit


def _hold(audit: Audit, fail_on: int) -> None:
    """Fail at findings of this severity or worse, or where something could not be measured."""
    from harness.masking import texts_of
    from harness.render.words import draw

    texts = texts_of(audit.case.answer, audit.case.question, audit.findings)
    drawn = ["\n".join(draw(audit.id, f, texts).lines()) for f in audit.findings if f.severity >= fail_on]
    drawn += [f"not measured: {o.scorer}: {_line(o.reason)}" for o in audit.failed]
    if drawn:
        pytest.fail("\n\n".join(drawn), pytrace=False)


@pytest.fixture(scope="session")
def run_suite(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """``run_suite("evals/smoke.yaml", pipeline=..., limit=...)`` as ``harness.run``, into a folder of the session.

    The plugin's options stand in for what is left out; ``--harness-run`` gives back that run instead.
    """
    from harness import api

    def run_suite(suite: str | Path, **settings: Any) -> Run:
        limit = settings.pop("limit", pytestconfig.getoption("--harness-limit"))
        loaded = api.load_suite(suite, limit=limit)
        if folder := pytestconfig.getoption("--harness-run"):
            return _finished(folder, loaded)
        settings.setdefault("pipeline", pytestconfig.getoption("--harness-pipeline"))
        settings.setdefault("out", tmp_path_factory.mktemp("run") / loaded.name)
        return api.run(loaded, **settings)

    return run_suite
