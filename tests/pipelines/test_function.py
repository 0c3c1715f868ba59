from __future__ import annotations

import threading

import pytest

from harness.errors import PipelineError
from harness.pipelines import load_pipeline
from harness.types import Answer, Query

MODULE = "tests.pipelines.test_function"
_never = threading.Event()


def as_text(query: Query) -> str:
    return f"about {query.text}"


def as_mapping(query: Query) -> dict[str, object]:
    return {"text": "a [1]", "passages": ["a"]}


def as_answer(query: Query) -> Answer:
    return Answer(text="whole", model="mine")


def as_number(query: Query) -> int:
    return 3


def wrong_mapping(query: Query) -> dict[str, object]:
    return {"answer": "x"}


def raising(query: Query) -> str:
    raise RuntimeError("password is hunter2")


def leaving(query: Query) -> str:
    raise SystemExit(3)


def hanging(query: Query) -> str:
    _never.wait(20)
    return "late"


def ask(name: str, **options):
    return load_pipeline(f"function:{MODULE}:{name}", corpus=None, options=options).answer(Query(id="q", text="x"))


def test_what_a_callable_may_return():
    assert ask("as_text").text == "about x"
    assert ask("as_mapping").passages[0].text == "a"
    assert ask("as_answer").model == "mine"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("as_number", "format"), ("wrong_mapping", "format"), ("raising", "crash"), ("leaving", "crash")],
)
def test_faults_are_values(name, kind):
    error = ask(name)
    assert error.kind == kind
    assert "hunter2" not in error.message


def test_a_hanging_call_is_given_up():
    assert ask("hanging", timeout_s=0.1).kind == "timeout"
    _never.set()


def test_modules_of_the_current_folder_are_found(tmp_path, monkeypatch):
    (tmp_path / "my_own_pipeline.py").write_text("class Site:\n    @staticmethod\n    def answer(query): return 'hi'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["/nowhere"])
    pipeline = load_pipeline("function:my_own_pipeline:Site.answer", corpus=None)
    assert pipeline.answer(Query(id="q", text="x")).text == "hi"
    assert pipeline.id == "function@1:my_own_pipeline:Site.answer"


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("nothing", "names no callable"),
        ("no_such_module:f", "ModuleNotFoundError"),
        (f"{MODULE}:none", "AttributeError"),
        (f"{MODULE}:MODULE", "not callable"),
    ],
)
def test_bad_targets(target, complaint):
    with pytest.raises(PipelineError, match=complaint):
        load_pipeline(f"function:{target}", corpus=None)
