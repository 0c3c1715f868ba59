import pytest

from harness.text.language import detect, detect_any


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What should I eat during treatment?", "en"),
        ("im on chemo and my feet hurt", "en"),
        ("Don't stop it.", "en"),
        ("¿Puede mi hermana tomar este té con su medicina?", "es"),
        ("El tratamiento puede causar cansancio.", "es"),
        ("Deje el tamoxifeno", "es"),
        ("mi mama tiene fiebre que hago", "es"),
        ("Les patientes peuvent dormir avec ce médicament dans la nuit", "und"),
        ("O câncer não é contagioso e você pode trabalhar", "und"),
        ("Das ist nicht gut für die Patienten, aber es hilft", "und"),
        ("治疗期间可以运动吗", "und"),
        ("", "und"),
        ("12345 !!!", "und"),
    ],
)
def test_detect(text: str, code: str) -> None:
    assert detect(text) == code


def test_a_foreign_word_does_not_turn_a_text() -> None:
    assert detect("The sign says salida and it is the way out of the building.") == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Les patientes peuvent dormir avec ce médicament dans la nuit", "fr"),
        ("O câncer não é contagioso e você pode trabalhar com os seus remédios", "pt"),
        ("Das ist nicht gut für die Patienten, aber es hilft", "de"),
        ("El tratamiento puede causar cansancio.", "es"),
        ("What should I eat during treatment?", "en"),
        ("No, no, no, no, no, no, no, no, no, no, no, no", "und"),
        ("治疗期间可以运动吗", "und"),
        ("", "und"),
    ],
)
def test_detect_any(text: str, code: str) -> None:
    assert detect_any(text) == code
