"""The trained reading adds elements in unlisted words, takes none away, and never adds what is turned round."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from harness.errors import JudgeError
from harness.learned import linear
from harness.resources import package_file
from harness.scorers import load_scorer, scorer_id
from harness.scorers.cases import build_case
from harness.types import Answer, Outcome
from tests.conftest import FixedJudge


def score(text: str, **config: object) -> Outcome:
    case = build_case(Answer(text=text), judge=FixedJudge(), as_of=dt.date(2026, 11, 22))
    return load_scorer("disclaimer", config).score(case)


WORDS = "What you see here came out of a language model. Treat it as background reading."
BODY = "\n\nRadiation can make the skin sore. A plain cream may help. Most people keep working."


def test_it_adds_what_frames_do_not_know_and_takes_nothing_away() -> None:
    told = [
        "Software of the generative kind drew up these lines, and no nurse had a hand in them.",
        "Mistakes can have crept in here, and nobody behind these lines has seen your records.",
        "Should a line in here seem off, drop a note to the people who look after this site.",
        "This page came out of a text generator on a server.",
    ]
    apart = [score(text + BODY, learned=False).metrics for text in told]
    both = [score(text + BODY).metrics for text in told]
    added = 0
    for without, beside in zip(apart, both, strict=True):
        names = [f"D{n}" for n in range(1, 13)]
        assert all(beside[name] >= without[name] for name in names)
        added += sum(beside[name] > without[name] for name in names)
    assert added


def test_ordinary_sentences_are_no_notice() -> None:
    outcome = score(BODY)
    assert outcome.metrics["present"] == 0.0
    assert not any(outcome.metrics[f"D{n}"] for n in range(1, 13))


def test_what_is_turned_round_is_not_added() -> None:
    text = "This is not just medical advice, it is a plan for you. You can rely on it as on your own doctor."
    outcome = score(text + BODY)
    assert outcome.metrics["D2"] == 0.0
    assert "DIS404" in {f.code for f in outcome.findings}


def test_switched_off_it_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.scorers.disclaimer.heard", lambda *_: pytest.fail("asked"))
    score(WORDS + BODY, learned=False)
    assert scorer_id(load_scorer("disclaimer")) != scorer_id(load_scorer("disclaimer", {"learned": False}))


def test_weights_for_another_encoder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.loads(package_file("models/notices/notices.json").read_text())
    (tmp_path / "notices.json").write_text(json.dumps(data | {"encoder": "sentences@0:00000000"}))
    monkeypatch.setattr(linear, "package_file", lambda _: tmp_path / "notices.json")
    linear._model.cache_clear()
    try:
        with pytest.raises(JudgeError, match="sentences@0:00000000"):
            score(WORDS + BODY)
    finally:
        linear._model.cache_clear()
