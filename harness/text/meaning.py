"""Frames over word classes: what a clause says, denies or turns round, whatever its wording.

A frame names the class whose polarity counts (``says``), what has to stand with it, and what must not. "This doesn't
replace your doctor" and "no substitute for a visit" meet one frame:
``{says: replace, with: [clinician], denied: true}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.text.wordclasses import Clause, Mention

_REACH = 16  # words over which a negation reaches

Classes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One way of saying something.

    Args:
        says: classes (one of them) whose polarity counts.
        together: for each, one of its classes has to stand in the clause, or in ``context`` where ``wide``.
        around: for each, one of its classes has to stand in the sentence or in the one before.
        without: classes that must not stand in the clause.
        before, after: classes (one of them) that have to stand before or after what the frame says.
        not_before: classes that must not stand before it: whose act it would be.
        denied: whether it has to be negated; None if either will do.
        near: the most words between ``says`` and the first of ``together``; None for no limit.
        start: the clause has to open with it, a few light words aside.
        ends: the clause has to end with the last of them, two words aside.
        wide: what stands together may stand elsewhere in the ``sentence``, or on the ``page`` in the sentence before.
    """

    says: Classes
    together: tuple[Classes, ...] = ()
    around: tuple[Classes, ...] = ()
    without: Classes = ()
    before: Classes = ()
    after: Classes = ()
    not_before: Classes = ()
    denied: bool | None = False
    near: int | None = None
    start: bool = False
    ends: bool = False
    wide: str = ""


def frame_of(raw: Mapping[str, Any], *, not_before: Classes = ()) -> Frame:
    """A frame as a lexicon writes it: classes as ``a|b``, ``with`` a list of them.

    Args:
        not_before: used where the frame names none.

    Raises:
        TypeError: if the lexicon uses a field that frames don't have.
    """
    told = dict(raw)
    classes: dict[str, Any] = {name: _split(told.pop(name, "")) for name in ("says", "without", "before", "after")}
    return Frame(
        **classes,
        together=tuple(_split(one) for one in told.pop("with", ())),
        around=tuple(_split(one) for one in told.pop("around", ())),
        not_before=_split(told.pop("not_before")) if "not_before" in told else not_before,
        **told,
    )


def _split(names: str) -> Classes:
    return tuple(names.split("|")) if names else ()


def met(frame: Frame, clause: Clause, around: Mapping[str, frozenset[str]]) -> tuple[int, int] | None:
    """Where a clause meets a frame, as offsets in the sentence, or None.

    Args:
        around: classes met in the whole ``sentence``, and on the ``page`` just before it, for frames that are ``wide``.
    """
    known = clause.mentions
    if not any(name in known for name in frame.says) or any(name in known for name in frame.without):
        return None
    if any(around["page"].isdisjoint(names) for names in frame.around):
        return None
    beside = around.get(frame.wide, frozenset())
    partners: list[list[Mention]] = []
    for names in frame.together:
        partner = clause.of(names)
        if not partner and not beside.intersection(names):
            return None
        partners.append(partner)
    for mention in clause.of(frame.says):
        if _holds(frame, clause, mention):
            most = [frame.near, *[None] * len(partners)]
            near = [_nearest(mention, p, m) for p, m in zip(partners, most, strict=False) if p]
            if None not in near:
                parts = [mention, *(m for m in near if m)]
                if frame.ends and max(m.last for m in parts) < len(clause.words) - 3:
                    continue
                spans = [(m.start, m.end) for m in parts]
                return min(s for s, _ in spans), max(e for _, e in spans)
    return None


def _holds(frame: Frame, clause: Clause, mention: Mention) -> bool:
    """Whether polarity and place of one mention are as the frame wants them."""
    if frame.denied is not None and denied(clause, mention) is not frame.denied:
        return False
    if frame.start and not _opens(clause, mention):
        return False
    if frame.before and not any(m.last < mention.first for m in clause.of(frame.before)):
        return False
    if frame.after and not any(m.first > mention.last for m in clause.of(frame.after)):
        return False
    return not any(m.last < mention.first for m in clause.of(frame.not_before))


def _nearest(mention: Mention, partners: Sequence[Mention], most: int | None) -> Mention | None:
    """The partner that stands nearest, if near enough; a partner other than the mention itself where there is one."""
    best = min(partners, key=lambda m: (m == mention, _gap(mention, m)))
    return best if most is None or _gap(mention, best) <= most else None


def _gap(one: Mention, other: Mention) -> int:
    return max(one.first - other.last, other.first - one.last, 1) - 1


def _opens(clause: Clause, mention: Mention) -> bool:
    light = {i for m in clause.of(("light",)) for i in range(m.first, m.last + 1)}
    return all(i in light for i in range(mention.first))


def denied(clause: Clause, mention: Mention) -> bool:
    """Whether a mention is negated in its clause: an odd number of negations before it, or "none" after it.

    "Neither ... nor" counts once; "wrong to say that it isn't" takes itself back.
    """
    negations = [m for m in clause.of(("no", "wrong")) if 0 < mention.first - m.last <= _REACH]
    paired = len([m for m in clause.of(("nor",)) if 0 < mention.first - m.last <= _REACH])
    count = len(negations) + (1 if paired and not negations else 0)
    if count == 0 and any(m.first > mention.last and m.last >= len(clause.words) - 2 for m in clause.of(("none",))):
        return True
    return count % 2 == 1
