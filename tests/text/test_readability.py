import pytest

from harness.text.document import parse
from harness.text.readability import Counts, count, flesch_kincaid_grade, flesch_reading_ease, lines, smog
from harness.text.syllables import syllables
from harness.text.terms import find_terms, is_explained, undefined_acronyms


def sizes(text: str) -> list[int]:
    return [len(line.words) for line in lines(parse(text).body)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("walk", 1), ("moved", 1), ("wanted", 2), ("table", 2), ("idea", 3), ("medicine", 3), ("don't", 1), ("FDA", 3), ("CAR", 1), ("NEVER", 2),
     ("ribociclib", 4), ("chemoradiation", 6), ("letrozole's", 3), ("42", 1), ("", 1), ("XQW", 5)],
)  # fmt: skip
def test_syllables(word: str, expected: int) -> None:
    assert syllables(word) == expected


def test_formulas_agree_with_hand_counts() -> None:
    counts = Counts(sentences=30, words=300, syllables=450, polysyllables=36)
    assert smog(counts) == pytest.approx(1.0430 * 6 + 3.1291)
    assert flesch_kincaid_grade(counts) == pytest.approx(0.39 * 10 + 11.8 * 1.5 - 15.59)
    assert flesch_reading_ease(counts) == pytest.approx(206.835 - 1.015 * 10 - 84.6 * 1.5)


def test_smog_corrects_for_the_sample() -> None:
    few = Counts(sentences=10, words=100, syllables=150, polysyllables=12)
    many = Counts(sentences=30, words=300, syllables=450, polysyllables=36)
    assert smog(few) == pytest.approx(smog(many))


@pytest.mark.parametrize("formula", [smog, flesch_kincaid_grade, flesch_reading_ease])
def test_nothing_to_grade_is_an_error(formula) -> None:
    with pytest.raises(ValueError, match="to grade"):
        formula(Counts(sentences=0, words=0, syllables=0, polysyllables=0))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We walk. We rest a bit.", [2, 4]),
        ("We walk [1]. See https://example.org/long/path now.", [2, 2]),
        ("We walk — then we rest.", [2, 3]),
        ("Take 2.5 mg, e.g. at night.", [7]),
        ("A well-known over-the-counter pill.", [4]),
        ("You can bring:\n- a book\n- water\n- We like a snack.", [5, 1, 4]),
        ("## The Long Heading Here\n\nWe walk.", [2]),
        ("| Drug | Use |\n|---|---|\n| Tea | Sleep well |", [2, 3]),
    ],
)
def test_words_per_line_follow_the_contract(text: str, expected: list[int]) -> None:
    assert sizes(text) == expected


def test_masking_takes_allowed_terms_for_one_syllable() -> None:
    body = lines(parse("You take trastuzumab deruxtecan and chemotherapy regularly.").body)
    assert count(body).polysyllables == 4
    assert count(body, masked=True).polysyllables == 1
    assert count(body).words == count(body, masked=True).words == 7


def test_longest_term_wins_and_plurals_count() -> None:
    uses = find_terms("Aromatase inhibitors and biopsies, HER2-positive or HER2")
    assert [" ".join(use.term.words) for use in uses] == ["aromatase inhibitor", "biopsy", "her2 positive", "her2"]


@pytest.mark.parametrize(
    ("sentence", "following", "expected"),
    [
        ("Letrozole is a pill.", "", True),
        ("A pill called letrozole helps.", "", True),
        ("The drug letrozole helps.", "", True),
        ("Letrozole (a pill that lowers estrogen) helps.", "", True),
        ("Letrozole: lowers estrogen", "", True),
        ("Letrozole blocks estrogen.", "", True),
        ("You may get letrozole.", "It is a daily pill.", True),
        ("You may get letrozole.", "Ask when to begin.", False),
        ("Letrozole (FEM) may come next.", "", False),
        ("Ask about letrozole [3].", "", False),
    ],
)
def test_is_explained(sentence: str, following: str, expected: bool) -> None:
    use = next(u for u in find_terms(sentence) if u.term.kind == "drug")
    assert is_explained(use, sentence, following) is expected


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("A low ANC matters. The ANC can rise.", "", ["ANC"]),
        ("A low ANC matters.", "what is my anc", []),
        ("Absolute neutrophil count (ANC) matters. ANC can rise.", "", []),
        ("ANC (a count of white cells) matters.", "", []),
        ("Do NOT stop, and STOP if ill.", "", []),
        ("An MRI or CT is fine.", "", []),
        ("Stage III or IIIB.", "", []),
    ],
)
def test_undefined_acronyms(text: str, known: str, expected: list[str]) -> None:
    assert [text[s:e] for s, e in undefined_acronyms(text, known)] == expected
