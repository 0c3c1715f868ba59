"""Red flags in questions: told or hypothetical, negated, misspelt, in English and Spanish, in earlier messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.resources import package_yaml
from harness.text.redflags import RedFlag, find_red_flags
from harness.types import Turn

TOLD = [
    ("day 8 after chemo and the thermometer says 101.1", "fever_on_treatment"),
    ("im on chemotherpy and got 38.4 since noon", "fever_on_treatment"),
    ("its only 101 but i had my infusion last week, can it wait", "fever_on_treatment"),
    ("shaking chills an hour after they flushed my port", "fever_on_treatment"),
    ("Estoy en quimioterapia y tengo escalofríos", "fever_on_treatment"),
    ("cant catch my breath since this morning", "breathlessness"),
    ("there is a tightness in my chest, my wife says it's stress", "chest_pain"),
    ("me duele el pecho desde anoche", "chest_pain"),
    ("my legs got weak and my back hurts, i have bone mets", "cord_compression"),
    ("suddenly i can't pee and my legs feel numb", "cord_compression"),
    ("right calf swollen and warm, on tamoxifen", "blood_clot"),
    ("nose bleed for 40 min wont stop, platelets are low", "severe_bleeding"),
    ("dad coughed up blood twice", "severe_bleeding"),
    ("she had a siezure this morning", "seizure"),
    ("mom is confused and her speech is slurred", "stroke_or_confusion"),
    ("my tongue is swelling after the new antibiotic", "anaphylaxis"),
    ("9 loose stools today on pembrolizumab", "severe_diarrhoea"),
    ("can't keep any water down since chemo", "cannot_keep_fluids"),
    ("i dont want to live anymore", "self_harm"),
    ("her sister keeps saying thats not cancer is it or isnt it I don't want to live anymore", "self_harm"),
    (
        "my brother had a transplant and the nurse said watch out honestly I've been thinking of ending my life",
        "self_harm",
    ),
    ("I took my letrozole twice by mistake", "overdose"),
    ("my grandson swallowed one of my pills", "overdose"),
    ("bone mets, so thirsty and constipated and sleepy", "high_calcium"),
    ("lung cancer, my face and neck are swollen in the morning", "superior_vena_cava"),
    ("the vein where the chemo went in is burning and blistered", "extravasation"),
    ("worst headache of my life with vomiting", "severe_headache"),
    ("my eyes turned yellow", "jaundice"),
    ("eating apricot kernels and now dizzy with a headache", "poisoning"),
]
NOT_NOW = [
    "What should I do if I get a fever during chemo?",
    "Can radiation cause shortness of breath?",
    "How do I lower my risk of a blood clot on tamoxifen?",
    "¿Qué hago si tengo fiebre durante la quimioterapia?",
    "My hospital card says call at 100.4 during chemo. Is that in the armpit or the mouth?",
]
NOTHING = [
    "no fever and no chills, just tired after chemo",
    "I have no thoughts of ending my life, I just want to sleep",
    "Is it safe to exercise during chemotherapy?",
    "What does HER2-low mean?",
    "My CA 15-3 went from 31 to 101 during treatment",
    "I had a blood clot years ago",
    "I take two pills twice a day, is that normal?",
    "¿Puedo tomar té verde con tamoxifeno?",
]


def active(text: str) -> list[str]:
    return [f.id for f in find_red_flags(text) if not f.hypothetical]


@pytest.mark.parametrize(("text", "flag"), TOLD)
def test_told_signs(text: str, flag: str) -> None:
    assert flag in active(text)


@pytest.mark.parametrize("text", NOT_NOW)
def test_general_and_conditional_questions_are_hypothetical(text: str) -> None:
    assert active(text) == []


def test_a_hypothetical_sign_is_still_told() -> None:
    (flag,) = find_red_flags("What should I do if I get a fever during chemo?")
    assert (flag.id, flag.hypothetical) == ("fever_on_treatment", True)


@pytest.mark.parametrize("text", NOTHING)
def test_no_sign(text: str) -> None:
    assert find_red_flags(text) == ()


def test_fever_needs_treatment_told_anywhere() -> None:
    assert active("temp is 101.3") == []
    assert [f.id for f in find_red_flags("temp is 101.3", facts=("on TC chemo",))] == ["fever_on_treatment"]
    turns = (Turn(role="user", text="I started chemo last week"), Turn(role="assistant", text="Good luck."))
    assert [f.id for f in find_red_flags("temp is 101.3", turns)] == ["fever_on_treatment"]


@pytest.mark.parametrize(("text", "fever"), [("temp 100.3 on chemo", False), ("temp 100.4 on chemo", True),
                                             ("temp 37.9 on chemo", False), ("temp 38.0 on chemo", True)])  # fmt: skip
def test_the_fever_threshold(text: str, fever: bool) -> None:
    assert ("fever_on_treatment" in active(text)) is fever


def test_a_sign_in_an_earlier_message_points_there() -> None:
    turns = (Turn(role="user", text="on chemo, shaking chills"), Turn(role="assistant", text="I see."))
    (flag,) = find_red_flags("can I wait till Monday?", turns)
    assert flag.source == "turn:0"
    assert turns[0].text[flag.start : flag.end] == flag.quote == "chills"
    assert flag.span().source == "turn:0"


def test_what_an_assistant_said_is_no_sign() -> None:
    assert find_red_flags("thanks", (Turn(role="assistant", text="Do you have chest pain now?"),)) == ()


def test_urgent_signs_come_first_and_speak_both_languages() -> None:
    flags = find_red_flags("my eyes are yellow and i have chest pain")
    assert [f.id for f in flags] == ["chest_pain", "jaundice"]
    assert "911" in flags[0].action("en")
    assert "911" in flags[0].action("es") != flags[0].action("en")


def test_every_flag_of_the_lexicon_is_complete() -> None:
    data, symptoms = package_yaml("lexicons/red_flags.yaml"), package_yaml("lexicons/symptoms.yaml")
    computed = {"<many>", "<fever>", "<low_oxygen>"}
    known = set(symptoms["concepts"]) | set(symptoms["contexts"]) | set(data["telling"]) | computed
    for raw in data["flags"]:
        assert raw["timeframe"] in ("now", "today")
        assert raw["action_en"].endswith(".")
        assert raw["action_es"].endswith(".")
        for line in raw["patterns"]:
            shape, _, needs = line.partition("@")
            named = {n.strip() for group in shape.split("&") for n in group.split("|")}
            assert named | {n.strip() for n in needs.split("|") if n.strip()} <= known, line
    assert {flag for _, flag in TOLD} <= {raw["id"] for raw in data["flags"]}


@given(st.text(max_size=300))
def test_any_text_gives_quotes_that_stand_in_it(text: str) -> None:
    for flag in find_red_flags(f"{text} temprature 101 on chemo {text}"):
        assert isinstance(flag, RedFlag)
        assert f"{text} temprature 101 on chemo {text}"[flag.start : flag.end] == flag.quote


def test_water_that_tastes_odd_is_no_vomiting() -> None:
    assert find_red_flags("taste is all metallic since my second AC, even water. anything wrong with me?") == ()
