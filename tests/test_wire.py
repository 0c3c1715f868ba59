from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.types import Checked, Failed, Finding, NotApplicable, Outcome, Scored, Span
from harness.wire import checked_to_json, outcome_from_json, outcome_to_json

TEXT = st.text(min_size=1, max_size=30)
SCORES = st.integers(0, 1000).map(lambda n: n / 1000)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    quote, start = draw(TEXT), draw(st.integers(0, 500))
    return Span(
        start=start, end=start + len(quote), quote=quote, source=draw(st.sampled_from(["answer", "passage:a#p1"]))
    )


FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(["ADV302", "GRD101"]),
    severity=st.sampled_from([0, 1, 2, 3, 4]),
    confidence=SCORES,
    message=TEXT,
    span=spans(),
    related=st.lists(spans(), max_size=2).map(tuple),
)
METRICS = st.dictionaries(TEXT, SCORES, max_size=3)
FINDING_TUPLES = st.lists(FINDINGS, max_size=2).map(tuple)
CHECKED = st.builds(
    Checked,
    span=spans(),
    label=st.sampled_from(["supported", "not_found", "contradicted"]),
    probability=SCORES,
    passage=TEXT,
    evidence=st.lists(spans(), max_size=2).map(tuple),
)
CHECKED_TUPLES = st.lists(CHECKED, max_size=2).map(tuple)
OUTCOMES = st.one_of(
    st.builds(
        Scored,
        scorer=TEXT,
        score=SCORES,
        findings=FINDING_TUPLES,
        metrics=METRICS,
        reason=TEXT,
        checked=CHECKED_TUPLES,
    ),
    st.builds(NotApplicable, scorer=TEXT, reason=TEXT, findings=FINDING_TUPLES, metrics=METRICS),
    st.builds(Failed, scorer=TEXT, reason=TEXT, findings=FINDING_TUPLES, metrics=METRICS),
)


@given(OUTCOMES)
def test_outcomes_survive_json(outcome: Outcome) -> None:
    told = json.loads(json.dumps({**outcome_to_json(outcome), **checked_to_json(outcome)}))
    assert outcome_from_json(told) == outcome
    assert ("checked" in told) == bool(isinstance(outcome, Scored) and outcome.checked)
    assert (told["score"] is None) == (told["status"] != "scored")


def test_an_unknown_status_is_refused() -> None:
    told = outcome_to_json(Failed(scorer="x", reason="y")) | {"status": "fine"}
    with pytest.raises(ValueError, match="unknown status 'fine'"):
        outcome_from_json(told)


@pytest.mark.parametrize(
    "fields",
    [{"start": 0, "end": 3, "quote": "ab"}, {"start": -1, "end": 0, "quote": "a"}, {"start": 0, "end": 0, "quote": ""}],
)
def test_a_span_must_fit_its_quote(fields: dict) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Span(**fields)


def test_a_span_outside_its_text() -> None:
    with pytest.raises(ValueError, match="ends after its text"):
        Span.of("abc", 1, 9)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_scores_lie_between_zero_and_one(score: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        Scored(scorer="x", score=score)
