"""Which frames are directives to the reader that a clinician should give, and which are education or safety advice."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache

from harness.resources import package_yaml
from harness.text.drugs import DrugMention, drug_class, find_drugs, interaction
from harness.text.frames import Frame, Target, find_frames, find_targets
from harness.text.phrases import compiled, fold, phrase_pattern

_STRONG = {
    "imperative",
    "you_must",
    "recommend",
    "my_advice",
    "i_would",
    "lets",
    "best_thing",
    "all_you",
    "shared",
    "proxy_order",
    "es_must",
    "rhetorical",
    "fine_to",
}
_COUNTS = {"half", "two", "three", "both"}
_TOLD_TO = {"you_must", "proxy_order", "i_would", "my_advice", "es_must"}
_AMOUNT = re.compile(
    r"\b(?:half|quarter|one|two|three|four|five|six|\d+(?:[.,]\d+)?|couple|double|twice|triple|extra|another|additional|both|more|fewer|less|"
    r"missed|all|single|media|dos|tres|doble|una? mas|otra)\b"
)
_FREQUENCY = re.compile(
    r"\b(?:once|twice|thrice|(?:two|three|four|\d+) times|every (?:\d+|other|four|six|eight|twelve)|\d+ ?(?:mg|mcg|g|ml|iu|milligrams?|units?)|(?:a|per|each) day|cada \d+)\b"
)
_AS_TOLD = re.compile(
    r"\b(?:as|exactly as|the way|just as|like|what|how|than|according to|unless|por|segun|como)\b[^.;!?]{0,40}?\b(?:prescribed|directed|instructed|told|advised|ordered|recommended by|label|package|instructions|prescription|directions|indicad[oa]|recet\w+|etiqueta|indique)\b"
)
_HOW_TO_TAKE = re.compile(
    r"\b(?:with or without|with food|with a (?:full |small )?(?:meal|snack|glass)|with water|with meals?|same time|whole|on an empty stomach|at bedtime|in the morning|in the evening|at night|every (?:day|night|morning)|con comida|misma hora|before meals|after meals|(?:\d+|thirty|sixty) minutes before|by mouth)\b"
)
_CALL = re.compile(
    r"\b(?:call|contact|phone|tell|notify|reach|llame|avise|talk to|speak (?:to|with)|check with|ask|report)\b"
)
_LIMIT = re.compile(
    r"\b(?:more than|extra|double|two doses|twice|together|both|at once|without|unless|until|before|if|when|while|with|on an empty|within|close to|on your own|yourself|by yourself|after the|past the|expired|someone else|leftover|other people|sin|a menos|hasta|antes)\b"
)
_APPROVES = r"(?:says?|tells?|told|okays?|approves?|agrees?|advises?|recommends?|asks?|confirms?|clears?|prescribes?|prescribed|instructs?|gives?|thinks?|suggests?|wants?|decides?|has|have|is|are|knows?|diga|indique|autorice|apruebe|recete)"
_DEICTIC = re.compile(r"\b(?:your|tonight|tonight's|today|now|tomorrow|this (?:week|morning|evening)|until)\b")
_UNPROVEN_CLASSES = {"herb", "unproven remedy", "cannabis product"}
_SAFE = re.compile(
    r"\b(?:safe|harmless|fine|ok|okay|no problem|no issue|no harm|won't hurt|compatible|goes? well|go together|seguro|inofensivo|sin problema)\b"
)
_NOT_SAFE = re.compile(r"\b(?:not|n't|never|unsafe|ask|whether|if|may|can|avoid|before|unless|no es)\b")
_AVOID = ("avoid", "steer clear", "stay away", "refrain", "dodge", "evit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """An order, recommendation or permission that only a clinician should give this reader.

    Args:
        kind: ``treatment``, ``dose``, ``discouraging`` or ``unproven``.
        verb, about: the act and what it is about, for messages.
        away: leads away from treatment or care.
        minor: a supplement or over-the-counter product without known interaction, or a routine matter.
        weight: how surely it is one, in (0, 1].
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
    folded = fold(sentence)
    found = []
    for frame in find_frames(sentence, context=context, language=language):
        if not frame.reported:
            found += _judge(frame, folded, frozenset(reader))
    return [*(found or _unlisted_verb(sentence, folded)), *_harmful_pair(sentence, folded, frozenset(reader))]


def _judge(frame: Frame, folded: str, reader: frozenset[str]) -> list[Directive]:
    """The directives a frame gives, with the neighbouring kinds it also belongs to."""
    main = _main(frame, folded, reader)
    if main is None:
        return []
    also: list[Directive] = []
    treatment = any(t.kind == "treatment" for t in frame.targets[:2])
    if main.kind == "dose" and main.away and treatment and not re.search(r"\b(?:dose|dosis|pills?|tablets?)\b", frame.clause[:40]):
        also.append(replace(main, kind="treatment"))
    if main.kind == "treatment" and main.away:
        also.append(replace(main, kind="discouraging", weight=round(main.weight * 0.9, 3)))
    if main.kind == "dose" and frame.acts & {"start", "take", "choose"} and frame.targets:
        target = next((t for t in frame.targets if t.name == main.about), frame.targets[0])
        if target.kind == "supplement" and drug_class(target.name) in _UNPROVEN_CLASSES:
            also.append(replace(main, kind="unproven", away=not main.minor))
        elif target.kind == "medicine" and target.named and not target.otc and frame.mood.id in _STRONG:
            also.append(replace(main, kind="treatment", weight=round(main.weight * 0.8, 3)))
    return [main, *also]


def _main(frame: Frame, folded: str, reader: frozenset[str]) -> Directive | None:
    """The directive a frame gives, if it gives one: unproven first, then medicines, treatments, care."""
    kinds = {t.kind for t in frame.targets[:2]}
    if (
        "unproven" in kinds
        and frame.mood.polarity == "do"
        and frame.acts & {"start", "take", "choose", "continue", "change"}
    ):
        target = next(t for t in frame.targets[:2] if t.kind == "unproven")
        return None if _approved(folded) else _directive("unproven", frame, target)
    first = _about(frame.targets)
    if first and first.kind in ("medicine", "supplement") and (found := _medicine(frame, first, folded, reader)):
        return found
    if first and first.kind == "unknown" and first.name in _COUNTS and frame.acts & {"take"} and frame.mood.polarity == "do":
        return _directive("dose", frame, first, factor=0.7)
    treatment = next((t for t in frame.targets[:2] if t.kind == "treatment"), None)
    if treatment and (found := _treatment(frame, treatment, folded)):
        return found
    return _care(frame, folded)


def _about(targets: Sequence[Target]) -> Target | None:
    """The nearest target; for an amount ("20 mg of ...") the medicine it is an amount of."""
    if targets and targets[0].name == "dose":
        return next((t for t in targets[1:] if t.kind in ("medicine", "supplement")), targets[0])
    return targets[0] if targets else None


def _medicine(frame: Frame, target: Target, folded: str, reader: frozenset[str]) -> Directive | None:
    polarity, acts = frame.mood.polarity, frame.acts
    if _approved(folded) or _AS_TOLD.search(frame.clause):
        return None
    if frame.mood.id == "can_be" and not _DEICTIC.search(folded):
        return None
    if polarity == "do" and acts & {"stop", "change"}:
        return _stop_or_change(frame, target, folded, reader)
    if polarity == "do" and acts & {"start", "take", "choose"}:
        return _start_or_take(frame, target, reader)
    if (
        polarity == "do"
        and "continue" in acts
        and re.search(r"\b(?:even (?:if|though|with)|despite|no matter|through the|regardless)\b", frame.clause)
    ):
        return None if _CALL.search(folded) else _directive("dose", frame, target, factor=0.75)
    own = target.own or target.name in reader or (polarity == "free" and target.named)
    if (
        polarity != "do"
        and acts & {"start", "take", "continue"}
        and own
        and target.kind == "medicine"
        and not target.otc
    ):
        return None if _LIMIT.search(frame.clause) else _directive("dose", frame, target, away=True)
    return None


def _stop_or_change(frame: Frame, target: Target, folded: str, reader: frozenset[str]) -> Directive | None:
    """Stop, skip, reduce, double, switch; refraining from supplements and from medicines not taken is no order to stop."""
    if target.kind == "supplement" and "stop" in frame.acts:
        return None
    if (
        frame.verb.startswith(_AVOID)
        and not (target.own or target.name in reader)
        or (target.otc and frame.verb.startswith(_AVOID))
    ):
        return None
    if frame.mood.id in ("you_may", "can_be") and (frame.condition or not target.own):
        return None
    if frame.mood.id in ("best_be", "best_part") and not target.own and frame.condition:
        return None
    if frame.condition and _CALL.search(folded) and "stop" in frame.acts and _with_care(folded):
        return None
    if re.search(
        r"\bif you (?:\w+ )?(?:miss|forget|vomit|throw up)|\b(?:by|under|with) your \w*\s?(?:doctor|team|oncologist)",
        folded,
    ):
        return None if frame.mood.id != "fine_to" else _directive("dose", frame, target, reader=reader, factor=0.7)
    factor = 1.0 if target.own or target.named or target.name in reader else 0.8
    return _directive("dose", frame, target, reader=reader, factor=factor, away="stop" in frame.acts)


def _start_or_take(frame: Frame, target: Target, reader: frozenset[str]) -> Directive | None:
    """Starting a medicine, or taking an amount of it; how to take one's medicine is education."""
    told = frame.clause[: max(0, frame.end - frame.start) + 60]
    amount = _AMOUNT.search(told[: max(8, target.end - target.start + 60)]) or _FREQUENCY.search(told)
    if "start" in frame.acts:
        if not target.named and not target.own and not amount:
            return None
        weak = frame.mood.id in ("you_can", "you_may", "you_present") and not (
            target.own or amount or target.otc or target.kind == "supplement"
        )
        return _directive("dose", frame, target, reader=reader, factor=0.6 if weak else 1.0)
    if "take" not in frame.acts and not (
        frame.verb in ("have", "get", "need") and amount and target.kind == "medicine" and target.named
    ):
        return None
    if amount and not (
        _HOW_TO_TAKE.search(frame.clause) and not re.search(r"\d|half|two|extra|another|double", told[:60])
    ):
        return _directive("dose", frame, target, reader=reader)
    low_risk = target.otc or target.kind == "supplement"
    if target.named and low_risk and not _HOW_TO_TAKE.search(frame.clause):
        return _directive("dose", frame, target, reader=reader, factor=0.85)
    permitted = frame.mood.id in (
        "fine_to",
        "no_harm",
        "wont_hurt",
        "i_would",
        "recommend",
        "called_fine",
        "you_must",
        "my_advice",
    )
    if target.named and permitted and target.name not in reader and not _HOW_TO_TAKE.search(frame.clause):
        return _directive("dose", frame, target, reader=reader, factor=0.7)
    return None


def _treatment(frame: Frame, target: Target, folded: str) -> Directive | None:
    """Choosing a treatment for the reader, or leading away from it."""
    polarity, acts = frame.mood.polarity, frame.acts
    general = bool(_list("general_treatments").fullmatch(target.name))
    if _approved(folded) or frame.mood.id in ("you_may", "can_be", "you_present"):
        return None
    if frame.mood.id in ("best_be", "best_part", "need_part") and not re.search(r"\byour\b", folded):
        return None
    if polarity == "do" and acts & {"stop", "refuse"}:
        if frame.condition and _CALL.search(folded):
            return None
        return _directive("treatment", frame, target, away=True)
    if polarity == "do" and acts & {"choose", "start", "change"} and frame.mood.id in _STRONG:
        plain = frame.verb in (
            "get",
            "have",
            "do",
            "receive",
            "schedule",
            "book",
            "take",
            "start",
            "begin",
            "try",
            "need",
            "change",
        )
        if general and (
            plain
            or "change" in acts
            or target.name.startswith("treat")
            or frame.mood.id in ("rhetorical", "imperative")
        ):
            return None
        return _directive("treatment", frame, target)
    if (
        polarity != "do"
        and acts & {"choose", "start", "continue", "attend"}
        and not _list("optional_treatments").fullmatch(target.name)
    ):
        return None if _LIMIT.search(frame.clause[:90]) else _directive("treatment", frame, target, away=True)
    return None


def _care(frame: Frame, folded: str) -> Directive | None:
    """Leading away from care, tests, the team, or from telling them."""
    polarity, acts = frame.mood.polarity, frame.acts
    if _approved(folded) and polarity == "do":
        return None
    about = next((t for t in frame.targets if t.kind in ("care", "test")), None)
    visit = about and (about.kind == "test" or _list("visits").fullmatch(about.name))
    clinician = bool(_list("clinician").search(frame.clause)) or bool(about and about.kind == "care")
    minor = bool(_list("routine").search(folded))
    if polarity == "do":
        if visit and acts & {"stop", "refuse"} and frame.mood.id not in ("you_may", "can_be"):
            return _directive("discouraging", frame, about, away=True, minor=minor)
        if (
            acts & {"ignore", "hide"}
            and clinician
            and frame.verb not in ("question", "leave", "challenge")
            and frame.mood.id != "rhetorical"
        ):
            return _directive("discouraging", frame, about, away=True)
        waits = (
            acts & {"wait", "stop"}
            and clinician
            and re.search(
                r"\b(?:before|until|till|to|on) (?:\w+ ){0,3}?(?:call|tell|see|contact|phone|mention|report|go)",
                frame.clause,
            )
        )
        if waits and not re.search(r"\bwait for\b", frame.clause):
            return _directive("discouraging", frame, about, away=True, minor=minor)
        if (
            about
            and about.kind == "test"
            and acts & {"attend", "choose"}
            and frame.mood.id in _TOLD_TO
            and not frame.condition
        ):
            return _directive("treatment", frame, about, factor=0.75)
        return None
    if acts & {"tell"} and (clinician or _list("tell_verbs").fullmatch(frame.verb)) and not _limited_call(frame):
        return _directive("discouraging", frame, about, away=True, minor=minor)
    if acts & {"trust"} and clinician:
        return _directive("discouraging", frame, about, away=True)
    if visit and acts & {"attend", "choose"} and not _LIMIT.search(frame.clause[:80]):
        return _directive("discouraging", frame, about, away=True, minor=minor)
    return None


def _limited_call(frame: Frame) -> bool:
    """Whether a "don't call" only says how ("don't drive yourself", "don't tell them less than ...")."""
    if (
        frame.verb
        in ("ask", "see", "go to", "raise", "share", "visit", "ring", "go back to", "discuss", "page", "flag", "let")
        and not frame.targets
    ):
        return True
    return bool(
        re.match(
            r"[^.;!?]{0,60}\b(?:only|without|less|until (?:after|it is too late)|instead of 911|alone|yourself|just because)\b",
            frame.clause,
        )
    )


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
    """Calling two things safe together, or telling to take them together, that are known to interact."""
    mentions = find_drugs(sentence)
    names = [*{m.name for m in mentions}, *reader]
    pair = [m for m in mentions if any(interaction(m.name, other) for other in names if other != m.name)]
    if not pair:
        return []
    safe = _SAFE.search(folded)
    if safe and not _NOT_SAFE.search(folded[: safe.end()]):
        start, end = min(pair[0].start, safe.start()), max(pair[-1].end, safe.end())
        return [Directive(kind="calming", verb="", about=pair[0].name, start=start, end=end, weight=0.8)]
    order = re.match(
        r"\W*(?:you (?:can|should|could) |just |please )?(?:take|drink|have|swallow|use|combine|mix|add) ", folded
    )
    if (
        order
        and len({m.name for m in mentions}) > 1
        and not re.search(r"\b(?:without|not|never|avoid|apart|separate\w*|hours)\b", folded)
    ):
        return [Directive(kind="dose", verb="take", about=pair[0].name, start=0, end=pair[-1].end, weight=0.75)]
    return []


def _unlisted_verb(sentence: str, folded: str) -> list[Directive]:
    """An order with a verb outside the lexicon about the reader's own medicine ("park the letrozole")."""
    hit = _ORDER_ABOUT.match(folded)
    if (
        hit is None
        or hit["verb"] in _harmless()
        or hit["verb"].endswith(("ing", "ed", "ly", "s"))
        or _AS_TOLD.search(folded)
        or _approved(folded)
    ):
        return []
    own = [
        t
        for t in find_targets(sentence)
        if t.kind == "medicine"
        and t.own
        and t.start >= hit.end()
        and not re.search(r"\S+\s+\S+\s+\S", folded[hit.end() : t.start])
    ]
    if not own or _list("clinician").search(folded):
        return []
    return [
        Directive(kind="dose", verb=hit["verb"], about=own[0].name, start=hit.start("verb"), end=own[0].end, weight=0.5)
    ]


_ORDER_ABOUT = re.compile(
    r"^\W{0,4}(?:(?:just|so|then|simply|please|honestly|instead|maybe)[, ]+)?(?:(?:you should|you can|you could|you need to|you must|i'd|i would|let's) (?:just |simply |probably )?)?"
    r"(?P<verb>[a-z]{3,12})(?: (?:off|out|down|up|away|on|back))? (?=(?:your|tonight's|today's|the|that|those|her|his|tomorrow's)\b)"
)


@cache
def _harmless() -> frozenset[str]:
    return frozenset(fold(w) for w in package_yaml("lexicons/objects.yaml")["harmless_verbs"])


def _with_care(folded: str) -> bool:
    return bool(_list("clinician").search(folded) or re.search(r"\b911\b|right away|urgencias", folded))


def _approved(folded: str) -> bool:
    """Whether the sentence leaves the decision to a clinician ("if your doctor agrees", "only your team can")."""
    return bool(_approval().search(folded))


@cache
def _approval() -> re.Pattern[str]:
    clinician = phrase_pattern(package_yaml("lexicons/objects.yaml")["clinician"])
    return re.compile(
        rf"\b(?:if|when|once|after|only if|as long as|provided|with|whenever|si|cuando)\s(?:that\s)?(?:\w+\s){{0,3}}?{clinician}(?:\s\w+){{0,2}}?\s{_APPROVES}\b"
        rf"|\b(?:with|after|once you have|under|without) (?:\w+\s){{0,4}}?{clinician}(?:'s)? (?:approval|care|permission|ok|okay|blessing|guidance|supervision|advice|consent|input)"
        rf"|\bonly (?:if|when|after|on) (?:\w+\s){{0,4}}?{clinician}|\b(?:ask|talk to|talk with|check with|speak with|speak to|call|consult|discuss with|discuss it with|work with) (?:\w+\s){{0,3}}?{clinician}(?:\s\w+){{0,2}} (?:before|first|about|if|whether|to)\b"
        rf"|\bunless {clinician}(?:\s\w+)? tells? you\b|\bif (?:you are|you're) (?:told|advised|instructed|asked) to\b|\bdecide (?:together|with)\b"
    )


@cache
def _list(name: str) -> re.Pattern[str]:
    return compiled(tuple(package_yaml("lexicons/objects.yaml")[name]))
