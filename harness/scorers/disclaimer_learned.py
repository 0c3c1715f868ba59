"""The trained reading of a notice: beside the frames, whether a sentence tells an element in other words.

Frames know the words that somebody listed. A linear reading of the sentence encoder's embedding, one for each element,
generalises from labelled notices (``tools/notices.py`` trains it; the card beside its weights gives its figures). It
only adds: what a frame finds told stays told, since a reading that drops true elements would flag good pages; and what
a frame finds turned round ("not just medical advice") is never added.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.learned import log_odds
from harness.scorers.cases import readings
from harness.scorers.disclaimer_elements import ELEMENTS, Notice
from harness.types import Case, Region, Sentence

GATE = "notice"  # beside the elements: whether a sentence speaks of the page at all
TOLD = 1.0  # log odds from which an element counts as told; chosen on notices of another writer
_EDGE = 2  # blocks at the top and the end of a page, where a notice is looked for if the frames find none


def heard(case: Case, notice: Notice) -> Notice:
    """The notice with what it tells by frames and trained reading together; unchanged where the case has no encoder."""
    candidates = _candidates(case, notice)
    read = readings(case, candidates) if candidates else None
    if read is None or case.reader is None:
        return notice
    odds = log_odds("notices", read, case.reader.id)
    own = np.array([s.region is Region.NOTICE or s in notice.sentences for s in candidates])
    speaks = own | (odds[GATE] > 0)
    turned = {label.removesuffix("-") for one in notice.said for label in one.signals if label.endswith("-")}
    told = dict(notice.told)
    for element in (e for e in ELEMENTS if e not in notice.told and e not in turned):
        best = int(np.argmax(np.where(speaks, odds[element], -np.inf)))
        if speaks[best] and odds[element][best] > TOLD:
            told[element] = candidates[best]
    added = [s for s in told.values() if s not in notice.sentences and s not in notice.told.values()]
    sentences = sorted({*notice.sentences, *added}, key=lambda s: s.start)
    return replace(notice, told=told, sentences=tuple(sentences))


def _candidates(case: Case, notice: Notice) -> list[Sentence]:
    """The sentences of the notice as the frames find it; without one, those at the top and the end of the page."""
    marked = [s for s in case.document.sentences if s.region is Region.NOTICE]
    own = list(dict.fromkeys([*marked, *notice.sentences]))
    if not own:
        body = case.document.body
        blocks = list(dict.fromkeys(s.block for s in body))
        edge = {*blocks[:_EDGE], *blocks[-_EDGE:]}
        own = [s for s in body if s.block in edge]
    return [s for s in own if s.kind != "heading"]
