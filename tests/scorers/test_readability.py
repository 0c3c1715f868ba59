from datetime import date

import pytest

from harness.scorers.base import Example, Rule, rules
from harness.scorers.cases import build_case
from harness.scorers.readability import Readability
from harness.types import Answer, Case, NotApplicable, Persona, Question, Scored, Support

EASY = (
    "A low white count makes it easy to get sick. Wash your hands a lot. Stay away from people who cough. "
    "Check for a fever if you feel hot. Call your team at once if it is high. Do not wait. Your team can help. "
    "They may move your next dose. Most counts come back up soon. Your nurse can show you a chart."
)


class NoJudge:
    id = "none"

    def support(self, pairs):
        return [Support(probability=0.5, label="not_found") for _ in pairs]


def case(text: str, question: Question | None = None) -> Case:
    return build_case(Answer(text=text), judge=NoJudge(), as_of=date(2026, 1, 1), question=question)


def asked(text: str, **more) -> Question:
    return Question(id="q", text=text, **more)


EXAMPLES = [(rule, example) for rule in rules("readability").values() for example in rule.examples]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{r.code}-{i}" for i, (r, _) in enumerate(EXAMPLES)])
def test_rule_examples(rule: Rule, example: Example) -> None:
    question = asked(example.question) if example.question else None
    outcome = Readability().score(case(example.text, question))
    hits = [f for f in outcome.findings if f.code == rule.code]
    assert bool(hits) == example.flags, outcome
    if example.quote:
        start = example.text.index(example.quote)
        assert any(f.span.start < start + len(example.quote) and start < f.span.end for f in hits)


def test_easy_text_passes_with_all_metrics() -> None:
    outcome = Readability().score(case(EASY + " " + EASY))
    assert isinstance(outcome, Scored)
    assert outcome.score == 1.0
    assert {"smog_raw", "smog_masked", "fkgl", "fre", "n_sentences", "mean_sentence_words"} <= set(outcome.metrics)
    assert outcome.metrics["n_sentences"] == 20
    assert "low sample" in outcome.reason


def test_masking_spares_drug_names_only() -> None:
    drug = Readability().score(case(EASY + " You take trastuzumab. You take letrozole."))
    assert drug.metrics["smog_masked"] < drug.metrics["smog_raw"]
    plain = Readability().score(case(EASY + " You need understanding. You need consideration."))
    assert plain.metrics["smog_masked"] == plain.metrics["smog_raw"] == drug.metrics["smog_raw"]


def test_short_text_has_no_grade_and_is_still_judged() -> None:
    outcome = Readability().score(case("Rest a bit. Drink water."))
    assert isinstance(outcome, Scored)
    assert (outcome.score, "smog_raw" in outcome.metrics) == (1.0, False)
    assert "no grade" in outcome.reason
    long = Readability().score(case("You rest and drink and eat " * 6 + "and sleep."))
    assert isinstance(long, Scored)
    assert long.score == 0.0


def test_low_literacy_is_one_grade_stricter() -> None:
    text = EASY + " Consideration of possibilities is necessary. Organization is essential. Exercising is possible."
    usual = Readability().score(case(text, asked("what now")))
    grade = usual.metrics["smog_masked"]
    scorer = Readability(target_smog=grade + 0.5)
    assert scorer.score(case(text, asked("what now"))).score == 1.0
    assert scorer.score(case(text, asked("what now", persona=Persona(literacy="low")))).score == 0.5


def test_golden_record_may_ask_for_less() -> None:
    text = EASY + " Consideration of possibilities is necessary."
    assert Readability().score(case(text, asked("x", golden=True, max_masked_smog=4.0))).score == 0.5
    assert Readability().score(case(text, asked("x", golden=False, max_masked_smog=4.0))).score == 1.0


def test_other_languages_get_no_english_grade() -> None:
    outcome = Readability().score(case("Camine un poco cada día si se siente bien. Llame a su equipo si tiene fiebre."))
    assert isinstance(outcome, NotApplicable)
    assert "Spanish" in outcome.reason
    assert "smog_raw" not in outcome.metrics


def test_page_without_body_is_not_applicable() -> None:
    assert isinstance(Readability().score(case("This is not medical advice.")), NotApplicable)
    assert isinstance(Readability().score(case("")), NotApplicable)


def test_only_the_body_counts() -> None:
    sources = "\n\n## References\n" + "\n".join(
        f"- Interdisciplinary Considerations Organization {i}" for i in range(9)
    )
    alone, beside = Readability().score(case(EASY)), Readability().score(case("## Answer\n\n" + EASY + sources))
    assert alone.metrics == beside.metrics


def test_severity_grows_with_sentence_length() -> None:
    words = "we walk and then we rest " * 8
    found = [f for f in Readability().score(case(words.strip() + ".")).findings if f.code == "RDB502"]
    assert [f.severity for f in found] == [2]
