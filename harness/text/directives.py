"""Which frames are directives that only a clinician should give, and which are education or safety advice."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from harness.resources import package_yaml
from harness.text.drugs import DrugMention, drug_class, find_drugs, interaction
from harness.text.frames import Frame, Target, find_frames, find_targets
from harness.text.phrases import compiled, fold, phrase_pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """An order, recommendation or permission that only a clinician should give this reader.

    Args:
        kind: ``treatment``, ``dose``, ``discouraging``, ``unproven``, or ``calming`` for two products that
            interact and are called safe together.
        verb, about: the act and what it is about.
        start, end: offsets of the telling words in the sentence.
        weight: how surely it is one, in (0, 1].
        away: leads away from treatment or care.
        minor: a supplement or over-the-counter product without known interaction, or a routine matter.
    """

    kind: str
    verb: str
    about: str
    start: int
    end: int
    weight: float
    away: bool = False
    minor: bool = False


def find_directives(
    sentence: str, *, context: Sequence[DrugMention] = (), reader: Collection[str] = (), language: str = "en"
) -> list[Directive]:
    """Directives in one sentence.

    Args:
        context: medicines spoken of before, that "it" may stand for.
        reader: canonical names of the reader's medicines, for interactions and for "avoid".
        language: of the sentence.
    """
    folded, taken = fold(sentence), frozenset(reader)
    found: list[Directive] = []
    for frame in find_frames(sentence, context=context, language=language):
        if not frame.reported:
            found += _judge(frame, folded, taken)
    return [*(found or _unlisted_verb(sentence, folded)), *_harmful_pair(sentence, folded, taken)]


def _judge(frame: Frame, folded: str, reader: frozenset[str]) -> list[Directive]:
    """The directive a frame gives, with the neighbouring kinds that it also belongs to."""
    main = _main(frame, folded, reader)
    if main is None:
        return []
    found = [main]
    treatment = any(t.kind == "treatment" for t in frame.targets[:2])
    if main.kind == "dose" and main.away and treatment and not _is("dose_words", frame.clause[:40]):
        found.append(replace(main, kind="treatment"))
    if any(d.kind == "treatment" and d.away for d in found):
        found.append(replace(main, kind="discouraging", weight=round(main.weight * 0.9, 3)))
    if main.kind == "dose" and frame.acts & {"start", "take", "choose"}:
        target = next((t for t in frame.targets if t.name == main.about), None)
        if target and target.kind == "supplement" and drug_class(target.name) in _data()["unproven_classes"]:
            found.append(replace(main, kind="unproven", away=not main.minor))
        elif target and target.kind == "medicine" and target.named and not target.otc and _mood(frame, "strong"):
            found.append(replace(main, kind="treatment", weight=round(main.weight * 0.8, 3)))
    return found


def _main(frame: Frame, folded: str, reader: frozenset[str]) -> Directive | None:
    """The directive a frame gives, if any: unproven first, then medicines, treatments, care."""
    targets, acts, polarity = frame.targets, frame.acts, frame.mood.polarity
    unproven = next((t for t in targets[:2] if t.kind == "unproven"), None)
    if unproven and polarity == "do" and acts & {"start", "take", "choose", "continue", "change"}:
        return None if _approved(folded) else _directive("unproven", frame, unproven)
    first = _about(targets)
    if first and first.kind in ("medicine", "supplement") and (found := _medicine(frame, first, folded, reader)):
        return found
    if first and first.kind == "unknown" and first.name in _data()["counts"] and "take" in acts and polarity == "do":
        return _directive("dose", frame, first, factor=0.7)
    treatment = next((t for t in targets[:2] if t.kind == "treatment"), None)
    if treatment and (found := _treatment(frame, treatment, folded)):
        return found
    return _toward_care(frame, folded) if polarity == "do" else _away_from_care(frame, folded)


def _about(targets: Sequence[Target]) -> Target | None:
    """The nearest target; for an amount ("20 mg of ...") the medicine it is an amount of."""
    if targets and targets[0].name == "dose":
        return next((t for t in targets[1:] if t.kind in ("medicine", "supplement")), targets[0])
    return targets[0] if targets else None


def _medicine(frame: Frame, target: Target, folded: str, reader: frozenset[str]) -> Directive | None:
    polarity, acts = frame.mood.polarity, frame.acts
    if _approved(folded) or _is("as_told", frame.clause):
        return None
    if frame.mood.id == "can_be" and not _is("today", folded):
        return None
    if polarity == "do" and acts & {"stop", "change"}:
        return _stop_or_change(frame, target, folded, reader)
    if polarity == "do" and acts & {"start", "take", "choose"}:
        return _start_or_take(frame, target, reader)
    if polarity == "do" and "continue" in acts:
        dosed = _is("frequency", frame.clause[:90]) and _is("clear_amount", frame.clause[:40])
        firm = dosed or (_is("even_if", frame.clause) and not _is("call", folded))
        return _directive("dose", frame, target, factor=0.75) if firm else None
    own = target.own or target.name in reader or (polarity == "free" and target.named)
    if (
        polarity != "do"
        and acts & {"start", "take", "continue"}
        and own
        and target.kind == "medicine"
        and not target.otc
    ):
        return None if _limited(frame) else _directive("dose", frame, target, away=True)
    return None


def _stop_or_change(frame: Frame, target: Target, folded: str, reader: frozenset[str]) -> Directive | None:
    """Stop, skip, reduce, double, switch; to refrain from a supplement or from a medicine not taken is no order."""
    stopping = "stop" in frame.acts
    if target.kind == "supplement" and stopping:
        return None
    if frame.verb.startswith(tuple(_data()["verbs"]["avoiding"])) and (
        target.otc or not (target.own or target.name in reader)
    ):
        return None
    if frame.mood.id in ("you_may", "can_be") and (frame.condition or not target.own):
        return None
    if frame.mood.id in ("best_be", "best_part") and not target.own and frame.condition:
        return None
    if (
        stopping
        and frame.condition
        and _is("call", folded)
        and (_is("urgent", folded) or _list("clinician").search(folded))
    ):
        return None
    if _is("missed", folded):
        return _directive("dose", frame, target, reader=reader, factor=0.7) if frame.mood.id == "fine_to" else None
    factor = 1.0 if target.own or target.named or target.name in reader else 0.8
    return _directive("dose", frame, target, reader=reader, factor=factor, away=stopping)


def _start_or_take(frame: Frame, target: Target, reader: frozenset[str]) -> Directive | None:
    """Starting a medicine, or taking an amount of it; how to take one's medicine is education."""
    told = frame.clause[:70]
    amount = _is("amount", told) or _is("frequency", frame.clause[:110])
    low_risk = target.otc or target.kind == "supplement"
    how = _is("how_to_take", frame.clause)
    if "start" in frame.acts:
        if not target.named and not target.own and not amount:
            return None
        weak = _mood(frame, "weak") and not (target.own or amount or low_risk)
        return _directive("dose", frame, target, reader=reader, factor=0.6 if weak else 1.0)
    given = frame.verb in ("have", "get", "need") and amount and target.kind == "medicine" and target.named
    if "take" not in frame.acts and not given:
        return None
    if amount and (not how or _is("clear_amount", told)):
        return _directive("dose", frame, target, reader=reader)
    if not target.named or how:
        return None
    if low_risk:
        return _directive("dose", frame, target, reader=reader, factor=0.85)
    if _mood(frame, "permitting") and target.name not in reader:
        return _directive("dose", frame, target, reader=reader, factor=0.7)
    return None


def _treatment(frame: Frame, target: Target, folded: str) -> Directive | None:
    """Choosing a treatment for the reader, or leading away from it."""
    polarity, acts, mood = frame.mood.polarity, frame.acts, frame.mood.id
    if _approved(folded) or mood in ("you_may", "can_be", "you_present"):
        return None
    if mood in ("best_be", "best_part", "need_part") and not _is("own", folded):
        return None
    if polarity == "do" and acts & {"stop", "refuse"}:
        return None if frame.condition and _is("call", folded) else _directive("treatment", frame, target, away=True)
    if polarity == "do" and acts & {"choose", "start", "change"} and _mood(frame, "strong"):
        general = bool(_list("general_treatments").fullmatch(target.name))
        vague = frame.verb in _data()["verbs"]["plain"] or "change" in acts or target.name.startswith("treat")
        return (
            None
            if general and (vague or mood in ("rhetorical", "urged", "imperative"))
            else _directive("treatment", frame, target)
        )
    optional = bool(_list("optional_treatments").fullmatch(target.name))
    if polarity != "do" and acts & {"choose", "start", "continue", "attend"} and not optional:
        return None if _limited(frame) else _directive("treatment", frame, target, away=True)
    return None


def _toward_care(frame: Frame, folded: str) -> Directive | None:
    """Orders about care and tests: to skip, ignore, hide or put off; or to have one particular test."""
    acts, mood = frame.acts, frame.mood.id
    if _approved(folded):
        return None
    about, clinician, minor = _care(frame, folded)
    if _is_visit(about) and acts & {"stop", "refuse"} and mood not in ("you_may", "can_be"):
        return _directive("discouraging", frame, about, away=True, minor=minor)
    if (
        acts & {"ignore", "hide"}
        and clinician
        and frame.verb not in _data()["verbs"]["not_ignoring"]
        and mood not in ("rhetorical", "urged")
    ):
        return _directive("discouraging", frame, about, away=True)
    if (
        acts & {"wait", "stop"}
        and clinician
        and _is("wait_to_call", frame.clause)
        and not _is("wait_for", frame.clause)
    ):
        return _directive("discouraging", frame, about, away=True, minor=minor)
    if (
        about
        and about.kind == "test"
        and acts & {"attend", "choose"}
        and _mood(frame, "told_to")
        and not frame.condition
    ):
        return _directive("treatment", frame, about, factor=0.75)
    return None


def _away_from_care(frame: Frame, folded: str) -> Directive | None:
    """Saying that telling, calling, trusting or being seen is not needed, or forbidden."""
    acts = frame.acts
    about, clinician, minor = _care(frame, folded)
    if "tell" in acts and (clinician or _list("tell_verbs").fullmatch(frame.verb) or _is("get_checked", frame.clause)):
        unclear = frame.verb in _data()["verbs"]["unclear_tells"] and not frame.targets
        how = bool(_pattern("only_how").match(frame.clause))
        return None if unclear or how else _directive("discouraging", frame, about, away=True, minor=minor)
    if "trust" in acts and clinician:
        return _directive("discouraging", frame, about, away=True)
    if _is_visit(about) and acts & {"attend", "choose"} and not _limited(frame):
        return _directive("discouraging", frame, about, away=True, minor=minor)
    return None


def _care(frame: Frame, folded: str) -> tuple[Target | None, bool, bool]:
    """(care or test the frame is about, whether a clinician is meant, whether it is a routine matter)."""
    about = next((t for t in frame.targets if t.kind in ("care", "test")), None)
    clinician = bool(_list("clinician").search(frame.clause)) or bool(about and about.kind == "care")
    return about, clinician, bool(_list("routine").search(folded))


def _is_visit(about: Target | None) -> bool:
    return about is not None and (about.kind == "test" or bool(_list("visits").fullmatch(about.name)))


def _directive(
    kind: str,
    frame: Frame,
    target: Target | None,
    *,
    reader: frozenset[str] = frozenset(),
    factor: float = 1.0,
    away: bool = False,
    minor: bool | None = None,
) -> Directive:
    if minor is None:
        low_risk = target is not None and (target.otc or target.kind == "supplement")
        minor = low_risk and target is not None and not any(interaction(target.name, drug) for drug in reader)
    return Directive(
        kind=kind,
        verb=frame.verb,
        about=target.name if target else "",
        start=frame.start,
        end=frame.end,
        weight=round(frame.mood.weight * factor, 3),
        away=away,
        minor=minor,
    )


def _harmful_pair(sentence: str, folded: str, reader: frozenset[str]) -> list[Directive]:
    """Calling two products safe together, or telling to take them together, that are known to interact."""
    mentions = find_drugs(sentence)
    names = {m.name for m in mentions}
    pair = [m for m in mentions if any(interaction(m.name, other) for other in (names | reader) - {m.name})]
    if not pair:
        return []
    safe = _pattern("safe").search(folded)
    if safe and not _is("not_safe", folded[: safe.end()]) and not _is("as_food", folded):
        start, end = min(pair[0].start, safe.start()), max(pair[-1].end, safe.end())
        return [Directive(kind="calming", verb="", about=pair[0].name, start=start, end=end, weight=0.8)]
    if len(names) > 1 and _pattern("together").match(folded) and not _is("apart", folded):
        return [Directive(kind="dose", verb="take", about=pair[0].name, start=0, end=pair[-1].end, weight=0.75)]
    return []


def _unlisted_verb(sentence: str, folded: str) -> list[Directive]:
    """An order with a verb outside the lexicon about the reader's own medicine ("park the letrozole")."""
    hit = _pattern("unlisted").match(folded)
    if hit is None or hit["verb"] in _harmless() or hit["verb"].endswith(("ing", "ed", "ly", "s")):
        return []
    if _is("as_told", folded) or _approved(folded) or _list("clinician").search(folded):
        return []
    for target in find_targets(sentence):
        near = target.start >= hit.end() and len(folded[hit.end() : target.start].split()) <= 2
        if target.kind == "medicine" and target.own and near:
            verb, start = hit["verb"], hit.start("verb")
            return [Directive(kind="dose", verb=verb, about=target.name, start=start, end=target.end, weight=0.5)]
    return []


def _approved(folded: str) -> bool:
    """Whether the sentence leaves the decision to a clinician ("if your doctor agrees")."""
    return _is("approval", folded)


def _limited(frame: Frame) -> bool:
    """Whether a "don't" only limits how, when or how much ("don't take two at once")."""
    return _is("limit", frame.clause[len(frame.verb) :][:90])


def _mood(frame: Frame, group: str) -> bool:
    return frame.mood.id in _data()["moods"][group]


def _is(name: str, text: str) -> bool:
    return bool(_pattern(name).search(text))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    clinician = phrase_pattern(package_yaml("lexicons/objects.yaml")["clinician"])
    return re.compile(_data()["patterns"][name].replace("{clinician}", clinician))


@cache
def _list(name: str) -> re.Pattern[str]:
    return compiled(tuple(package_yaml("lexicons/objects.yaml")[name]))


@cache
def _harmless() -> frozenset[str]:
    return frozenset(fold(w) for w in package_yaml("lexicons/objects.yaml")["harmless_verbs"])


def _data() -> dict[str, Any]:
    data: dict[str, Any] = package_yaml("lexicons/directives.yaml")
    return data
