"""Which passage decides about a claim."""

from __future__ import annotations

from typing import Any

from harness.scorers.evidence import Evidence, best
from harness.text.claims import Claim
from harness.types import Mismatch, Passage, Support

CLAIM = Claim(text="CAR T-cell therapy is approved for breast cancer.", start=0, end=49, sentence=0)


def evidence(text: str, label: Any, probability: float, *mismatches: Mismatch) -> Evidence:
    support = Support(probability=probability, label=label, mismatches=mismatches)
    return Evidence(claim=CLAIM, passage=Passage(id=text[:9], text=text), support=support)


def test_a_contradiction_without_a_typed_fact_is_not_dropped_for_a_passage_on_the_matter() -> None:
    against = evidence("It has been turned down for breast cancer.", "contradicted", 0.1)
    beside = evidence("CAR T-cell therapy is studied in breast cancer.", "not_found", 0.4)
    assert best([beside, against]) is against


def test_support_that_does_not_speak_of_a_denied_status_does_not_outweigh_the_denial() -> None:
    kind = Mismatch(kind="approval", claim="is approved", evidence="not approved")
    against = evidence("It is not approved for breast cancer.", "contradicted", 0.1, kind)
    weak = evidence("CAR T-cell therapy for breast cancer is studied.", "supported", 0.7)
    assert best([weak, against]) is against


def test_support_decides_where_nothing_is_denied() -> None:
    weak = evidence("CAR T-cell therapy for breast cancer is studied.", "supported", 0.7)
    assert best([evidence("Other words.", "not_found", 0.1), weak]) is weak
