import pytest

from harness.text.document import parse
from harness.text.readability import (
    Counts,
    automated_index,
    coleman_liau,
    count,
    flesch_kincaid_grade,
    flesch_reading_ease,
    lines,
    smog,
)
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


# Counted by hand, a sentence a line: words, syllables, words of three syllables or more, letters.
PLAIN = [
    ("The nurse will call you.", 5, 5, 0, 19),
    ("You can eat a banana.", 5, 7, 1, 16),  # ba-na-na
    ("Take the medicine at night.", 5, 7, 1, 22),  # med-i-cine
    ("Drink water.", 2, 3, 0, 10),
    ("Your doctor will examine you on Monday.", 7, 11, 1, 32),  # doc-tor, ex-am-ine, Mon-day
    ("Rest when you feel weak.", 5, 5, 0, 19),
    ("Walk for ten minutes.", 4, 5, 0, 17),
    ("An infection can begin quickly.", 5, 9, 1, 26),  # in-fec-tion, be-gin, quick-ly
    ("Call us at any time.", 5, 6, 0, 15),
    ("We will help.", 3, 3, 0, 10),
]


def test_formulas_equal_values_worked_out_by_hand() -> None:
    counts = count(lines(parse(" ".join(text for text, *_ in PLAIN)).body))
    totals = [sum(row[column] for row in PLAIN) for column in range(1, 5)]
    assert totals == [46, 61, 4, 186]
    assert [counts.words, counts.syllables, counts.polysyllables, counts.letters] == totals
    assert counts.sentences == 10
    assert smog(counts) == pytest.approx(6.742, abs=0.005)  # 1.0430 * sqrt(4 * 30 / 10) + 3.1291
    assert flesch_kincaid_grade(counts) == pytest.approx(1.852, abs=0.005)  # 0.39 * 4.6 + 11.8 * 61 / 46 - 15.59
    assert flesch_reading_ease(counts) == pytest.approx(89.979, abs=0.005)  # 206.835 - 1.015 * 4.6 - 84.6 * 61 / 46
    assert coleman_liau(counts) == pytest.approx(1.541, abs=0.005)  # 0.0588 * 404.348 - 0.296 * 21.739 - 15.8
    assert automated_index(counts) == pytest.approx(-0.085, abs=0.005)  # 4.71 * 186 / 46 + 0.5 * 4.6 - 21.43


def test_masked_grade_equals_the_value_worked_out_by_hand() -> None:
    """Of banana, medicine, examine and infection the second and the last are on the allow-list."""
    masked = count(lines(parse(" ".join(text for text, *_ in PLAIN)).body), masked=True)
    assert masked.polysyllables == 2
    assert smog(masked) == pytest.approx(5.684, abs=0.005)  # 1.0430 * sqrt(2 * 30 / 10) + 3.1291


def test_formulas_equal_hand_values_where_every_clause_of_the_contract_bites() -> None:
    """Stem with fragments, decimals, "e.g.", dash, title, hyphen, address, acronyms and a citation marker."""
    text = (
        "Ask about:\n- the cost\n- travel\n\n"  # 4 words, 5 syllables; 1 word, 2 syllables
        "The FDA said yes. "  # 4, 6 (F-D-A has three)
        "Drink 2.5 cups, e.g. at night. "  # 7, 7 (the number one, "e" and "g" one each)
        "Rest well — then walk. "  # two sentences of 2, 2
        "Dr. Smith will see you. "  # 5, 6 (doc-tor)
        "It is a well-known pill. "  # 5, 6
        "See https://example.org/page now. "  # 2, 2
        "A CAR is not an engine [1]."  # 6, 7 (CAR is spoken as a word)
    )
    counts = count(lines(parse(text).body))
    assert (counts.sentences, counts.words, counts.syllables, counts.polysyllables) == (10, 38, 45, 1)
    assert smog(counts) == pytest.approx(4.936, abs=0.005)  # 1.0430 * sqrt(3) + 3.1291
    assert flesch_kincaid_grade(counts) == pytest.approx(-0.134, abs=0.005)  # 0.39 * 3.8 + 11.8 * 45 / 38 - 15.59


def test_smog_corrects_for_the_sample() -> None:
    few = Counts(sentences=10, words=100, syllables=150, polysyllables=12)
    many = Counts(sentences=30, words=300, syllables=450, polysyllables=36)
    assert smog(few) == pytest.approx(smog(many))


@pytest.mark.parametrize("formula", [smog, flesch_kincaid_grade, flesch_reading_ease, coleman_liau, automated_index])
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
