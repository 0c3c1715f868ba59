"""Clinical facts: found with their values, and told apart where a claim changes one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.facts import facts, mismatches, untold


def told(text: str) -> list[tuple[str, str, object]]:
    return [(fact.kind, fact.subject, fact.value) for fact in facts(text)]


@pytest.mark.parametrize(
    ("text", "kind", "subject", "value"),
    [
        ("Take 0.5 mg.", "dose", "mg", (0.5, 0.5)),
        ("Take 500 mcg.", "dose", "mg", (0.5, 0.5)),
        ("up to 1,000 mg", "dose", "mg", (1000.0, 1000.0)),
        ("one gram a day", "dose", "mg", (1000.0, 1000.0)),
        ("for six to eight weeks", "duration", "day", (42.0, 56.0)),
        ("women aged 45 to 54", "age", "year", (45.0, 54.0)),
        ("a 38-year-old", "age", "year", (38.0, 38.0)),
        ("about 30 percent", "percent", "percent", (30.0, 30.0)),
        ("by 4 percentage points", "percent", "points", (4.0, 4.0)),
        ("3 of 12 people", "count", "percent", (25.0, 25.0)),
        ("1 in every 4", "count", "percent", (25.0, 25.0)),
        ("stage IIIA disease", "stage", "stage", "3a"),
        ("HER2-low tumors", "receptor", "HER2", "low"),
        ("estrogen receptor-negative", "receptor", "ER", "negative"),
        ("as second-line treatment", "line of therapy", "line", "second"),
        ("it isn't approved yet", "approval", "approval", "not approved"),
        ("a BRCA2 change", "gene", "name", "BRCA2"),
        ("Herceptin every three weeks", "drug", "drug", "trastuzumab"),
    ],
)
def test_finds_the_fact_with_its_normalised_value(text: str, kind: str, subject: str, value: object) -> None:
    assert (kind, subject, value) in told(text)


@pytest.mark.parametrize(
    ("text", "times_a_day"),
    [("twice a day", 2), ("every 12 hours", 2), ("3 times daily", 3), ("every other day", 0.5), ("once a week", 1 / 7)],
)
def test_frequencies_are_compared_as_times_a_day(text: str, times_a_day: float) -> None:
    (fact,) = [fact for fact in facts(text) if fact.kind == "frequency"]
    assert not isinstance(fact.value, str)
    assert fact.value[0] == pytest.approx(times_a_day, rel=1e-3)


@pytest.mark.parametrize(
    "text", ["It helps [2].", "CA 27-29 is a marker.", "2. Rest well", "for months", "HER2 and BRCA1"]
)
def test_numbers_that_are_no_measurements_are_left_out(text: str) -> None:
    assert not [fact for fact in facts(text) if fact.kind in ("number", "frequency", "duration")]


SAME = [
    ("Arimidex is taken as 1 mg once daily.", "Anastrozole is taken as 1 mg every day."),
    ("Call at 38 °C or higher.", "Call if your temperature is 100.4°F or higher."),
    ("The course lasts one year.", "The course lasts 12 months."),
    ("About 13% of women get it.", "About 1 in 8 women get it."),
    ("Scans are read within 2 to 4 days.", "Scans are read within 2 days, at times 4 days."),
    ("Screening starts at age 50.", "Screening is for ages 50 to 69."),
    ("The drug does not cause hair loss.", "The drug doesn't cause hair loss."),
    ("Ginger may ease nausea.", "Ginger may ease nausea in some people."),
    ("Screening runs to age 69.", "Screening is for ages 50 to 69. Then it is a choice."),
    ("A score of 12 is low.", "A score of 15 or less is low."),
    (
        "Rib pain is less common after brachytherapy than after whole-breast radiation.",
        "Rib pain is more common after whole-breast radiation than after brachytherapy.",
    ),
    (
        "Cysts are abnormal fluid-filled pockets in the breast.",
        "Cysts are not normal: fluid-filled pockets in the breast.",
    ),
    ("Nobody knows whether green tea prevents relapse.", "It is unknown whether green tea prevents relapse."),
]


@pytest.mark.parametrize(("claim", "evidence"), SAME)
def test_the_same_fact_in_other_words_is_no_mismatch(claim: str, evidence: str) -> None:
    assert mismatches(claim, evidence) == ()


CHANGED = [
    ("dose", "Exemestane is taken as 50 mg once a day.", "Exemestane is taken as 25 mg once a day."),
    ("dose", "The dose is 5 g.", "The dose is 5 mg."),
    ("frequency", "The tablet is taken twice a day.", "The tablet is taken once a day."),
    ("temperature", "Call your team at 101.5°F.", "Call your team at 100.4°F (38°C)."),
    ("percent", "Relapse fell by 6 percentage points.", "Relapse fell by 6 percent."),
    ("percent", "The risk falls by 45%.", "The risk falls by 15%."),
    ("duration", "Healing takes six months.", "Healing takes six weeks."),
    ("stage", "It treats stage II cancer.", "It treats stage IV cancer."),
    ("receptor", "It treats HER2-low tumors.", "It treats HER2-positive tumors."),
    (
        "approval",
        "The cell therapy is approved for breast cancer.",
        "The cell therapy is not approved for breast cancer.",
    ),
    ("drug", "Bone loss is a side effect of tamoxifen.", "Bone loss is a side effect of exemestane."),
    ("negation", "Ports can be used in a swimming pool.", "Ports can not be used in a swimming pool."),
    ("negation", "Women and men can not be treated with tamoxifen.", "Women and men can be treated with tamoxifen."),
    ("negation", "Deodorant causes breast cancer.", "There is no evidence that deodorant causes breast cancer."),
    ("direction", "Alcohol lowers the risk of breast cancer.", "Alcohol raises the risk of breast cancer."),
    ("direction", "Port scars are larger than biopsy scars.", "Port scars are smaller than biopsy scars."),
    ("direction", "Trials of scalp cooling were large.", "Trials of scalp cooling were small."),
    ("score", "Extra scans were offered for scores of 7 or more.", "Extra scans were offered for scores of 9 or more."),
    ("score", "The stain was read as 1+ in that group.", "The stain was read as 3+ in that group."),
    ("scale", "The distress scale goes from 0 to 20.", "The distress scale goes from 0 to 10."),
    (
        "negation",
        "A clear scan shows that no cells are left, so visits end.",
        "A clear scan, such as a PET scan, does not show that no cells are left.",
    ),
    ("certainty", "Acupuncture will ease joint pain.", "Acupuncture may ease joint pain."),
    (
        "negation",
        "Doctors know that green tea prevents relapse.",
        "Doctors don't know whether green tea prevents relapse.",
    ),
    ("certainty", "Green tea prevents relapse.", "It is unclear whether green tea prevents relapse."),
    ("certainty", "Nail changes always clear up after taxanes.", "Nail changes clear up slowly after taxanes."),
    ("certainty", "Gabapentin takes hot flashes away.", "Gabapentin takes hot flashes away for some women."),
    ("population", "It is given to premenopausal patients.", "It is given to postmenopausal patients."),
]


@pytest.mark.parametrize(("kind", "claim", "evidence"), CHANGED)
def test_one_changed_fact_is_told_by_its_kind(kind: str, claim: str, evidence: str) -> None:
    assert kind in {mismatch.kind for mismatch in mismatches(claim, evidence)}


@pytest.mark.parametrize(("kind", "claim", "evidence"), CHANGED)
def test_the_words_of_both_sides_stand_at_their_offsets(kind: str, claim: str, evidence: str) -> None:
    evidence = f"Bring a list of questions. {evidence}"
    for found in mismatches(claim, evidence):
        assert claim[found.claim_start : found.claim_end] == found.claim
        assert evidence[found.evidence_start : found.evidence_end] == found.evidence


@given(dose=st.integers(1, 900), other=st.integers(1, 900), unit=st.sampled_from(["mg", "mcg", "ml"]))
def test_a_dose_agrees_only_with_itself(dose: int, other: int, unit: str) -> None:
    found = mismatches(f"The usual dose is {dose} {unit} a day.", f"The usual dose is {other} {unit} a day.")
    assert bool(found) == (dose != other)
    if found:
        assert (found[0].kind, found[0].claim, found[0].evidence) == ("dose", f"{dose} {unit}", f"{other} {unit}")


def test_facts_about_other_matters_are_not_compared() -> None:
    assert mismatches("The usual dose is 20 mg.", "Parking at the clinic costs 5 dollars for 10 hours.") == ()


@pytest.mark.parametrize("joint", [", and it is", ", but it is", "; it is", ". It is"])
def test_some_people_of_one_clause_do_not_limit_the_next(joint: str) -> None:
    evidence = f"Ivermectin is approved for some parasite infections{joint} not approved to treat cancer."
    assert mismatches("Ivermectin is not approved to treat cancer.", evidence) == ()


def test_another_drug_with_its_own_dose_is_another_statement() -> None:
    assert mismatches("Tamoxifen is taken as 20 mg a day.", "Letrozole is taken as 2.5 mg a day.") == ()


def test_untold_numbers_are_those_that_the_evidence_never_gives() -> None:
    found = untold("Take 20 mg for 5 years.", "It is taken as 20 mg.")
    assert [fact.text for fact in found] == ["5 years"]


@pytest.mark.parametrize(
    ("text", "praise"),
    [
        ("This is the most dependable scan.", "the most dependable"),
        ("It is our safest operation.", "our safest"),
        ("Es el tratamiento más seguro.", "el tratamiento más seguro"),
    ],
)
def test_praise_above_all_others_needs_a_source(text: str, praise: str) -> None:
    assert [fact.text for fact in untold(text, "It is a scan, an operation, a treatment.")] == [praise]
    assert untold(text, text) == ()


@pytest.mark.parametrize(
    "text", ["Tiredness is the most common side effect.", "Most people rest.", "The chest is the rest.", "the most"]
)
def test_plain_words_of_number_are_no_praise(text: str) -> None:
    assert untold(text, "") == ()


@given(st.text(max_size=300))
def test_any_text_is_read_and_offsets_fit(text: str) -> None:
    for fact in facts(text):
        assert text[fact.start : fact.end] == fact.text
    assert [m for m in mismatches(text, text) if m.kind != "certainty"] == []
