"""Which answers people read, with the probability of each: the basis of every corrected rate.

Three groups are read whole: answers with a finding of severity 3 or worse, answers to questions of tier R3, and those
the tool is least sure of. They are picked by rule from what is known before anyone reads, so that their probability is
1. Of the rest a simple random sample is drawn without replacement.
"""

from __future__ import annotations

import math

import numpy as np

from harness.errors import DatasetError
from harness.review.records import SERIOUS, Design, Drawn, Stratum
from harness.store import Item, Run
from harness.types import Answer, Failed, Scored

SHARE = 0.2  # CLINICAL review protocol: a random 20 % of the rest
INFORMATIVE = 0.05  # of the rest, at least FEW: ours, not clinically reviewed
FEW = 5


def draw_design(run: Run, run_hash: str, *, seed: int = 0, share: float = SHARE) -> Design:
    """Draw the sample. Items get numbers in a random order, so that their place tells nothing.

    Raises:
        DatasetError: if the run has no answer to read.
    """
    rng = np.random.default_rng(seed)
    answered = [i for i in run.items if isinstance(i.answer, Answer)]
    if not answered:
        raise DatasetError(f"{run.path}: no answer to review", hint="the pipeline answered nothing")
    tiers = {q.id: q.risk_tier for q in run.questions}
    groups: dict[Stratum, list[Item]] = {"serious": [], "tier R3": [], "informative": [], "random": []}
    rest = []
    for item in answered:
        if worst(item) >= SERIOUS:
            groups["serious"].append(item)
        elif tiers[item.question_id] == "R3":
            groups["tier R3"].append(item)
        else:
            rest.append(item)
    rest = [rest[i] for i in rng.permutation(len(rest))]  # ties in doubt are broken by chance
    doubtful = sorted((i for i in rest if doubt(i) > 0), key=doubt, reverse=True)
    groups["informative"] = doubtful[: max(FEW, math.ceil(INFORMATIVE * len(rest)))]
    chosen = {i.key for i in groups["informative"]}
    groups["random"] = [i for i in rest if i.key not in chosen]
    drawn = groups["random"][: math.ceil(share * len(groups["random"]))]
    read: list[tuple[Item, Stratum, float]] = [
        (item, name, 1.0) for name in ("serious", "tier R3", "informative") for item in groups[name]
    ]
    read += [(item, "random", len(drawn) / len(groups["random"])) for item in drawn]
    read = [read[i] for i in rng.permutation(len(read))]
    return Design(
        run=run_hash,
        seed=seed,
        share=share,
        population={name: len(items) for name, items in groups.items()},
        unanswered=run.planned - len(answered),
        items=[
            Drawn(item=f"i{n:03d}", question=i.question_id, epoch=i.epoch, stratum=name, probability=p)
            for n, (i, name, p) in enumerate(read, start=1)
        ],
    )


def worst(item: Item) -> int:
    """The worst severity of the scorers that gate; -1 without findings."""
    gating = (o for o in item.outcomes if "@" not in o.scorer)
    return max((f.severity for o in gating for f in o.findings), default=-1)


def doubt(item: Item) -> float:
    """How unsure the tool is of an answer, in [0, 1].

    The largest of: 1 where a scorer failed, 1 - confidence of a finding, and the gap between a score and that by
    another judge.
    """
    scores = {o.scorer: o.score for o in item.outcomes if isinstance(o, Scored)}
    gaps = [abs(score - scores[name.split("@")[0]]) for name, score in scores.items() if name.split("@")[0] in scores]
    unsure = [1 - f.confidence for o in item.outcomes if "@" not in o.scorer for f in o.findings]
    failed = [1.0 for o in item.outcomes if isinstance(o, Failed)]
    return max([0.0, *gaps, *unsure, *failed])
