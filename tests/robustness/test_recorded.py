"""A real model's recorded answers break every family that must not change, with a counter-example made small."""

from __future__ import annotations

from pathlib import Path

from harness import api
from harness.robustness.measure import robustness
from harness.robustness.relations import load_robustness

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "datasets/recorded/smollm2/wordings.jsonl.gz"
EACH = {"wording": 12}  # questions of a relation that were recorded for certain; 4 of the other families


def test_every_family_that_must_not_change_is_seen_to_break() -> None:
    suite = api.load_suite(ROOT / "evals/variants.yaml")
    file = load_robustness(ROOT / "evals/robustness.yaml")
    same = [r for r in file.relations if r.kind == "must_not_change"]
    plan = api.make_plan(suite, pipeline=f"recorded:{RECORDED}")
    for family in {r.family for r in same}:
        part = file.model_copy(update={"relations": [r for r in same if r.family == family]})
        done = robustness(plan, part, questions=suite.questions, each=EACH.get(family, 4), shrink=1)
        assert not done.unmeasured(), family
        broken = [t for t in done.tried if t.state == "broken"]
        assert broken, family
        least = min(broken, key=lambda t: len(t.small.split()))
        assert least.why
        assert least.small != least.small_original
