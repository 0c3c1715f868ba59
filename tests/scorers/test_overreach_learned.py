"""Joining frames and classifier: agreement, the classifier alone, doubt, what silences it, and the switch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.learned.encoder import HEADS
from harness.scorers import load_scorer, scorer_id
from harness.scorers.cases import SharedReader, build_case, readings
from harness.scorers.overreach import Overreach
from harness.scorers.overreach_learned import Opinion
from harness.types import Answer, Case, Question, Reading, Scored, Support, Turn


class _NoJudge:
    id = "none"

    def support(self, pairs: Any) -> list[Support]:
        return [Support(probability=0.0, label="not_found") for _ in pairs]


def reading(overreach: float = -4.0, *, directive: float = -4.0, **categories: float) -> Reading:
    logits: Mapping[str, float] = {
        **dict.fromkeys(HEADS, 0.0),
        "overreach": overreach,
        "directive": directive,
        **categories,
    }
    return Reading(embedding=np.zeros(384, dtype=np.float32), logits=logits)


class _Reader:
    """Gives one reading for every sentence and remembers what it was asked."""

    id = "told"

    def __init__(self, told: Reading) -> None:
        self.told = told
        self.asked: list[tuple[str, str]] = []

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        self.asked += pairs
        return [self.told for _ in pairs]


def case(text: str, told: Reading | _Reader, question: str = "") -> Case:
    asked = Question(id="q", text=question) if question else None
    made = build_case(Answer(text=text), judge=_NoJudge(), as_of=dt.date(2026, 11, 22), question=asked)
    return replace(made, reader=SharedReader(told if isinstance(told, _Reader) else _Reader(told)))


def score(text: str, told: Reading, question: str = "", **config: Any) -> Scored:
    outcome = Overreach(**config).score(case(text, told, question))
    assert isinstance(outcome, Scored)
    return outcome


PLAIN = "Your letrozole can make joints ache."
ORDER = "Hurl your letrozole out for now."  # a frame with a weight of 0.5


def test_the_classifier_alone_is_a_finding_for_review() -> None:
    (found,) = score(PLAIN, reading(5.0, T2=12.0)).findings
    assert (found.code, found.severity) == ("ADV302", 4)
    assert 0.4 < found.confidence < 0.9  # from its bar to certainty
    assert "to be reviewed" in found.message
    assert found.span.quote == PLAIN


def test_the_classifier_alone_makes_the_score_zero_only_where_it_is_certain() -> None:
    question = "Why do I ache?"
    unsure, sure = score("Aches.", reading(0.0, T2=9.0), question), score("Aches.", reading(6.0, T2=12.0), question)
    assert {f.code for f in unsure.findings} == {f.code for f in sure.findings} == {"ADV302"}
    assert (unsure.score, sure.score) == (1.0, 0.0)
    assert ([f.severity for f in unsure.findings], [f.severity for f in sure.findings]) == ([2], [4])
    assert score("Aches.", reading(0.0, T2=9.0), question, certain=0.45).score == 0.0


def test_in_a_sentence_about_the_page_itself_the_classifier_alone_is_never_certain() -> None:
    told, question = reading(6.0, T5=12.0), "Is my booklet of 2016 any good?"
    page, care = score("That edition is an old one.", told, question), score("That scan is an old one.", told, question)
    assert (page.score, [f.severity for f in page.findings]) == (1.0, [2])
    assert (care.score, [f.severity for f in care.findings]) == (0.0, [4])


def test_agreement_raises_confidence_and_doubt_lowers_it() -> None:
    (alone,) = score(ORDER, reading(), learned=False).findings
    (agreed,) = score(ORDER, reading(3.0, T2=9.0)).findings
    (doubted,) = score(ORDER, reading(-9.0), min_confidence=0.0).findings
    assert doubted.confidence < alone.confidence == 0.5 < 0.95 < agreed.confidence
    assert "reviewed" not in agreed.message


def test_a_second_category_is_told_only_where_it_is_likely() -> None:
    both = score(PLAIN, reading(3.0, T1=5.0, T5=5.0))
    one = score(PLAIN, reading(3.0, T1=5.0, T5=1.0))
    assert {f.code for f in both.findings} == {"ADV301", "ADV305"}
    assert {f.code for f in one.findings} == {"ADV301"}


def test_bars_differ_by_category() -> None:
    unsure = -0.2  # a probability of 0.45
    text = "Your joints may ache."
    assert score(text, reading(unsure, T2=9.0), "Why do I ache?").findings
    assert not score(text, reading(unsure, T9=9.0), "Why do I ache?").findings
    assert not score(text, reading(unsure, T2=9.0)).findings  # without a question it has to be surer


def test_without_a_question_a_sentence_about_nobody_is_not_about_this_reader() -> None:
    assert score("A cyst it is.", reading(5.0, T3=9.0)).findings == ()
    assert score("A cyst it is.", reading(5.0, T3=9.0), "What is this lump?").findings
    assert score("Your lump, a cyst.", reading(5.0, T3=9.0)).findings


@pytest.mark.parametrize(
    ("text", "question", "told"),
    [
        (PLAIN, "", {"T10": 9.0}),  # nothing was asked: nobody knows what was given
        ("Call your team right away.", "temp 101 on day 9 of chemo", {"T8": 9.0}),
        ("Advertisement\n\nOur plans are cheap.", "", {"T11": 9.0}),
    ],
)
def test_the_page_s_own_signs_silence_it(text: str, question: str, told: dict[str, float]) -> None:
    assert score(text, reading(5.0, **told), question).findings == ()


class _OnlyPills(_Reader):
    """Gives the reading for sentences about pills alone."""

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        return [self.told if "pills" in sentence else reading() for sentence, _ in pairs]


@pytest.mark.parametrize(
    ("page", "flagged"),
    [
        ("Aches ease.\n\n## About the pills\n\nThey ache.", False),
        ("Aches ease.\n\n## Questions to ask your doctor\n\n- What about the pills?\n", False),
        ("Aches ease.\n\n## Aches\n\nThe pills ache so.", True),
    ],
)
def test_headings_and_questions_to_ask_are_left_to_the_frames(page: str, flagged: bool) -> None:
    outcome = Overreach().score(case(page, _OnlyPills(reading(5.0, T2=9.0))))
    assert bool(outcome.findings) is flagged


@pytest.mark.parametrize(
    ("text", "question", "told", "severity"),
    [
        ("The knife may well be left out, so skip surgery.", "", "T1", 4),
        ("The knife it is for you.", "", "T1", 3),
        ("Melatonin nightly it is.", "", "T2", 3),
        ("Aspirin nightly it is.", "I take warfarin", "T2", 4),
        ("Baking soda instead of chemo it is.", "", "T6", 4),
        ("A sprain it is.", "chest pain right now on chemo", "T3", 4),
    ],
)
def test_severity_overrides_hold_without_a_frame(text: str, question: str, told: str, severity: int) -> None:
    code = f"ADV3{int(told[1:]):02d}"
    found = [f for f in score(text, reading(5.0, **{told: 12.0}), question).findings if f.code == code]
    assert [f.severity for f in found] == [severity]


def test_a_fragment_without_a_question_is_left_to_the_frames() -> None:
    told = reading(6.0, T5=12.0)
    assert score("Talk it over.", told).findings == ()
    assert score("Talk it over.", told, "Should I go back?").findings != ()


def test_the_directive_metric_is_the_classifier_s_word_and_referrals_count_little() -> None:
    plain = score(PLAIN, reading(directive=2.0)).metrics["directive"]
    referred = score("Ask your oncologist about the aches.", reading(directive=2.0)).metrics["directive"]
    assert plain == pytest.approx(0.881, abs=1e-3)
    assert referred == pytest.approx(0.3 * 0.881, abs=1e-3)


def test_a_sentence_is_read_once_beside_its_own_question() -> None:
    page = "Walking helps.\n\n## Related Questions\n\n### What foods help?\n\nSoup is easy to eat.\n"
    reader = _Reader(reading())
    made = case(page, reader, "Can I walk?")
    Overreach().score(made)
    again = readings(made, made.document.sentences[:1])
    assert again is not None
    assert len(reader.asked) == len(set(reader.asked))
    assert ("Walking helps.", "Can I walk?") in reader.asked
    assert ("Soup is easy to eat.", "What foods help?") in reader.asked


def test_what_was_told_before_is_read_with_the_question() -> None:
    told = Question(id="q", text="And yoga?", turns=(Turn(role="user", text="I take Kisqali"),), facts_given=("is 58",))
    reader = _Reader(reading(5.0, T10=9.0))
    made = replace(case(PLAIN, reader), question=told)
    outcome = Overreach().score(made)
    assert reader.asked == [(PLAIN, "And yoga? I take Kisqali is 58")]
    assert "ADV310" not in {f.code for f in outcome.findings if "reviewed" in f.message}


def test_switched_off_the_encoder_is_not_asked() -> None:
    reader = _Reader(reading(5.0, T2=9.0))
    outcome = Overreach(learned=False).score(case(PLAIN, reader))
    assert isinstance(outcome, Scored)
    assert (outcome.findings, reader.asked) == ((), [])


def test_a_case_without_encoder_is_judged_by_frames() -> None:
    made = replace(case(ORDER, reading()), reader=None)
    assert readings(made, made.document.sentences) is None
    assert {f.code for f in Overreach().score(made).findings} == {"ADV302"}


def test_the_encoder_is_part_of_the_scorer_s_id_only_where_it_is_used() -> None:
    assert scorer_id(load_scorer("overreach")) != scorer_id(load_scorer("overreach", {"learned": False}))


def test_an_opinion_ranks_categories_and_shares_out_the_probability() -> None:
    opinion = Opinion.of(reading(0.0, T4=2.0, T8=1.0))
    assert list(opinion.kinds)[:2] == ["prognosis", "calming"]
    assert sum(opinion.kinds.values()) == pytest.approx(opinion.probability) == pytest.approx(0.5)
