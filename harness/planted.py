"""A labelled set for judges that comes with the project: golden facts beside their passages, also made false."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.calibration import Labelled, Row
from harness.data import file_hash, load_corpus, load_registry, placed_records, yaml_files
from harness.errors import DatasetError
from harness.records import GoldenRecord
from harness.resources import find
from harness.signature import short_hash
from harness.text.mutations import mutations


def planted_pairs(folder: str | Path = "datasets", *, seed: int = 0) -> Labelled:
    """Every fact that a golden answer must carry, beside the passage it stands on, and once more with a fault.

    The fault is one fact changed: a dose, a number, a drug, a "not" (see ``harness.text.mutations``). These pairs are
    easier than what models write: the faults are of kinds the local judge looks for, and the facts were worded beside
    their passages. They show whether a judge works at all; public sets in other people's words show how well.

    Args:
        folder: with ``golden/``, ``corpus/`` and ``sources.yaml``.
        seed: of the choice among the faults that a fact can be given.

    Raises:
        DatasetError: for broken data, or none with a fact that names its passage.
    """
    root = find(folder)
    corpus = load_corpus(root / "corpus", load_registry(root / "sources.yaml"))
    texts = {p.id: p.text for p in corpus.passages}
    golden = [p.record for p in placed_records(root / "golden", GoldenRecord)]
    rows = tuple(_pairs(golden, texts, random.Random(seed)))
    if not rows:
        raise DatasetError(f"{root}: no golden fact names a passage of the corpus", hint="must_have: passage")
    sha = short_hash([file_hash(yaml_files(root / "golden")), corpus.sha, seed])
    return Labelled(scorer="grounding", name="planted", sha256=sha, rows=rows, left_out=0)


def _pairs(golden: Sequence[GoldenRecord], texts: dict[str, str], rng: random.Random) -> Iterator[Row]:
    for record in golden:
        for fact in (f for f in record.must_have if f.passage in texts):
            source = texts[fact.passage]
            yield Row(source=source, claim=fact.text, supported=True, kind="as it is", group=record.id)
            changed = mutations(fact.text, rng)
            if changed:
                made = rng.choice(changed)
                yield Row(source=source, claim=made.text, supported=False, kind=made.kind, group=record.id)
