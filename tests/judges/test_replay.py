"""Recording a judge's verdicts and replaying them without the judge."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import JudgeError
from harness.judges import load_judge
from harness.judges.replay import Recorder, load_replay
from harness.types import Mismatch, Support

PAIRS = [
    ("Zoledronic acid is given every 6 months.", "Zoledronic acid is given every 6 months."),
    ("Zoledronic acid is given every 6 months.", "Zoledronic acid is given every 3 months."),
    ("Zoledronic acid is given every 6 months.", "Ships sail. \ud800"),
]


def test_a_recording_gives_back_every_verdict_and_holds_no_passage(tmp_path):
    file = tmp_path / "verdicts.jsonl"
    judge = load_judge(f"local?record={file}")
    assert judge.id == load_judge("local").id
    told = judge.support(PAIRS)
    replayed = load_judge(f"replay:{file}")
    assert replayed.support(PAIRS[::-1]) == told[::-1]
    assert replayed.id.startswith("replay@1:")
    assert {s.label for s in told} >= {"supported", "contradicted"}
    assert PAIRS[0][0] not in file.read_text()


def test_what_was_not_recorded_is_not_guessed(tmp_path):
    file = tmp_path / "verdicts.jsonl"
    load_judge(f"local?record={file}").support(PAIRS[:1])
    with pytest.raises(JudgeError, match="1 of 3 pairs were not recorded"):
        load_judge(f"replay:{file}").support([PAIRS[0], PAIRS[1], PAIRS[0]])


def test_other_verdicts_have_another_id(tmp_path):
    ids = set()
    for n in (1, 2):
        file = tmp_path / f"{n}.jsonl"
        load_judge(f"local?record={file}").support(PAIRS[:n])
        ids.add(load_judge(f"replay:{file}").id)
    assert len(ids) == 2


GOOD = {
    "passage": "a" * 64,
    "claim": "b" * 64,
    "judge": "x@1",
    "probability": 1.0,
    "label": "supported",
    "start": 0,
    "end": 5,
    "mismatches": [],
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no verdicts"),
        ("{}", ":1: not a recorded verdict"),
        (json.dumps(GOOD) + "\nnull", ":2: not a recorded verdict"),
        (json.dumps({**GOOD, "label": "pass"}), "not a recorded verdict"),
        (json.dumps({**GOOD, "probability": 1.5}), "not a recorded verdict"),
        (json.dumps({**GOOD, "probability": float("nan")}), "not a recorded verdict"),
        (json.dumps({**GOOD, "end": -1}), "not a recorded verdict"),
        (json.dumps({**GOOD, "mismatches": ["x"]}), "not a recorded verdict"),
        (json.dumps(GOOD) + "\n" + json.dumps({**GOOD, "judge": "y@1"}), "verdicts of 2 judges"),
        ("[" * 100_000, "not a recorded verdict"),
    ],
)
def test_a_broken_recording_names_its_line(tmp_path, text, words):
    file = tmp_path / "verdicts.jsonl"
    file.write_text(text)
    with pytest.raises(JudgeError, match=words):
        load_replay(file)


def test_unreadable_and_unwritable_files(tmp_path):
    with pytest.raises(JudgeError, match="No such file"):
        load_judge(f"replay:{tmp_path / 'none.jsonl'}")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(JudgeError, match="not UTF-8"):
        load_judge(f"replay:{tmp_path / 'bytes'}")
    with pytest.raises(JudgeError, match="can't record"):
        load_judge(f"local?record={tmp_path}").support(PAIRS[:1])


class Told:
    id = "told@1"

    def __init__(self, verdicts):
        self.verdicts = verdicts

    def support(self, pairs):
        return self.verdicts[: len(pairs)]


texts = st.text(st.characters(codec=None), max_size=20)
verdict = st.builds(
    Support,
    probability=st.floats(0, 1),
    label=st.sampled_from(["supported", "not_found", "contradicted"]),
    start=st.integers(0, 5),
    end=st.integers(5, 50),
    mismatches=st.lists(st.builds(Mismatch, kind=texts, claim=texts, evidence=texts), max_size=2).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.dictionaries(st.tuples(texts, texts), verdict, min_size=1, max_size=4))
def test_any_verdict_comes_back_as_it_was(tmp_path, told):
    file = tmp_path / "verdicts.jsonl"
    file.unlink(missing_ok=True)
    pairs, verdicts = list(told), list(told.values())
    Recorder(Told(verdicts), file).support(pairs)
    assert load_replay(file).support(pairs) == verdicts
