import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.text.document import parse
from harness.types import Document, Region

PAGE = """can i swim while on radiation
For informational purposes only
An AI tool wrote this answer from public guidelines. It does not replace medical advice. Talk with your care team before you decide anything.
Swimming and Radiation: The Basics
Pools can dry out treated skin.
- Chlorine: rinse off soon after you get out
- Lakes: keep out while the skin is open
According to the American Cancer Society, loose clothes help.
What to Watch For
Call your nurse the same day if the skin blisters.
Questions to Ask Your Radiation Team
- "When may I swim again?"
- Which cream fits my skin?
Where to Learn More
- American Cancer Society (cancer.org) - Skin care
Share your records to get a personalized plan for your skin.
Source Guidelines
Skin Care During Radiation, Second Edition (2025)Browse all booklets →Related Services
Services that may help people near you
Related Questions
does radiation hurt
Most people feel nothing while the machine is on, and the visit takes a few min
Can I wear a bra?
Soft ones without a wire are the most comfor
"""


def regions(document: Document) -> list[tuple[str, Region]]:
    return [(s.text, s.region) for s in document.sentences]


def of(document: Document, *wanted: Region) -> list[str]:
    return [s.text for s in document.region(*wanted)]


def whole(document: Document) -> None:
    """What holds for every document: offsets, spans, order, nothing dropped."""
    assert len(document.offsets) == len(document.plain) + 1
    assert all(a <= b for a, b in pairwise(document.offsets))
    assert all(a.end <= b.start for a, b in pairwise(document.sentences))
    shown = "".join("".join(document.plain[s.start : s.end].split()) for s in document.sentences)
    assert shown == "".join(document.plain.split())
    for sentence in document.sentences:
        assert sentence.text == document.plain[sentence.start : sentence.end]
        span = document.span(sentence.start, sentence.end)
        assert span.quote == document.text[span.start : span.end]


def test_a_page_as_copied_from_a_browser() -> None:
    document = parse(PAGE)
    whole(document)
    assert of(document, Region.TITLE) == ["can i swim while on radiation"]
    assert len(of(document, Region.NOTICE)) == 4
    assert document.body[0].text == "Pools can dry out treated skin."
    assert [s.text for s in document.body if s.kind == "bullet"][1].startswith("Lakes: keep out")
    assert document.body[-1].section == "What to Watch For"
    assert of(document, Region.ASK)[1:] == ['"When may I swim again?"', "Which cream fits my skin?"]
    assert of(document, Region.LEARN)[1:] == ["American Cancer Society (cancer.org) - Skin care"]
    assert of(document, Region.SOURCES)[1:] == ["Skin Care During Radiation, Second Edition (2025)"]
    assert of(document, Region.NAVIGATION) == ["Browse all booklets →"]
    assert of(document, Region.PROMOTION) == [
        "Share your records to get a personalized plan for your skin.",
        "Related Services",
        "Services that may help people near you",
    ]
    assert [(r.question, r.preview[:9]) for r in document.related] == [
        ("does radiation hurt", "Most peop"),
        ("Can I wear a bra?", "Soft ones"),
    ]


def test_markdown() -> None:
    text = (
        "# Can I swim?\r\n\r\n> **Disclaimer:** this page was written by AI.\r\n\r\nIt is **often** *fine* [1]. Read [more](https://example.org).\r\n"
        "\r\n**Questions to ask:**\r\n\r\n1. When?\r\n2. Where?\r\n\r\nStop the cream.\r\n\r\n| Drug | Use |\r\n|---|---|\r\n| Tea | Sleep |\r\n"
    )
    document = parse(text)
    whole(document)
    assert "*" not in document.plain
    assert "#" not in document.plain
    assert regions(document)[:4] == [
        ("Can I swim?", Region.TITLE),
        ("Disclaimer: this page was written by AI.", Region.NOTICE),
        ("It is often fine [1].", Region.BODY),
        ("Read more.", Region.BODY),
    ]
    assert of(document, Region.ASK) == ["Questions to ask:", "When?", "Where?"]
    assert [(s.text, s.kind) for s in document.body][-5:] == [
        ("Stop the cream.", "sentence"),
        ("Drug", "cell"),
        ("Use", "cell"),
        ("Tea", "cell"),
        ("Sleep", "cell"),
    ]
    assert document.body[-1].block == document.body[-2].block != document.body[-3].block


def test_html() -> None:
    text = (
        "<html><head><title>Swim</title><style>p {}</style><script>stop('x')</script></head><body><h1>Can I swim?</h1>"
        "<p>It is\n <b>often</b> fine &amp; fun.</p><ul><li>Rinse</li><li>Dry</li></ul><details><summary>More</summary>"
        "Stop the cream.</details><h2>Related questions</h2><h3>Does it hurt?</h3><p>No one feels it.</p></body></html>"
    )
    document = parse(text)
    whole(document)
    assert of(document, Region.TITLE) == ["Swim", "Can I swim?"]
    assert [s.text for s in document.body] == ["It is often fine & fun.", "Rinse", "Dry", "More", "Stop the cream."]
    assert [s.kind for s in document.body][1:3] == ["bullet", "bullet"]
    assert [(r.question, r.preview) for r in document.related] == [("Does it hurt?", "No one feels it.")]
    assert document.span(document.body[0].start, document.body[0].end).quote == "It is\n <b>often</b> fine &amp; fun."


@pytest.mark.parametrize(
    "text",
    ["Stop the cream today.", "You should stop\nyour cream today.", "Ask your doctor before you stop.", "Stop the Cream Today\nIt dries you out too much.",
     "This isn't medical advice, but stop the cream.", "What dose do you take?\nIt would help to know.", "Always finish the tube.",
     "Your cancer is ER-positive.", "1. Rinse\n2. Dry"],
)  # fmt: skip
def test_snippets_are_body(text: str) -> None:
    document = parse(text)
    whole(document)
    assert {s.region for s in document.sentences} == {Region.BODY}
    assert len(document.body) == len(document.sentences)


@pytest.mark.parametrize(
    "text",
    ["This is not medical advice.", "This information is for educational purposes only. Always consult your oncologist before making decisions.",
     "An AI wrote this text and it may contain errors. AI can make mistakes.", "Esta página no sustituye el consejo médico.",
     "This page doesn't provide medical advice.", "Written by AI. No clinician has checked it. It has not been reviewed."],
)  # fmt: skip
def test_disclaimers_alone_are_notices(text: str) -> None:
    assert Region.NOTICE in {s.region for s in parse(text).sentences}
    assert not any("medical" in s.text for s in parse(text).body)


@pytest.mark.parametrize(
    ("text", "promoted"),
    [
        ("Upload your records now. Rest well.", ["Upload your records now."]),
        ("Rest well. Sign up to see more.", ["Sign up to see more."]),
        ("Send your records to your new doctor.", []),
        ("Ask about free trial drugs.", []),
        ("See your oncologist to get a personalized plan.", []),
        ("Suba su historial hoy. Descanse.", ["Suba su historial hoy."]),
    ],
)
def test_promotion_is_found_within_the_text(text: str, promoted: list[str]) -> None:
    assert of(parse(text), Region.PROMOTION) == promoted


def test_an_urgent_action_beside_a_notice_stays_in_the_body() -> None:
    urgent = "Go to the emergency room today."
    for text in (
        urgent,
        f"This is not medical advice. {urgent}",
        f"I am an AI.\n\n{urgent}\n\nPlease call your nurse about it.",
    ):
        assert urgent in [s.text for s in parse(text).body]


def test_orders_hidden_in_other_parts_are_not_lost() -> None:
    hidden = "Stop the cream."
    text = f"## Answer\n\nRest.\n\n## Where to learn more\n\n- cancer.org\n\n{hidden}\n\n## Sources\n\nNCI. {hidden}"
    document = parse(text)
    assert [s.text for s in document.sentences].count(hidden) == 2
    assert hidden in [s.text for s in document.body]


def test_a_question_helps_to_find_the_title() -> None:
    text = "Can I Swim While I Have Radiation?\nYes, in most weeks you can."
    assert of(parse(text, question="can i swim while i have radiation"), Region.TITLE) == [
        "Can I Swim While I Have Radiation?"
    ]
    assert of(parse(text, question="my dose was"), Region.TITLE) == []


def test_spanish_page() -> None:
    text = (
        "Aviso: esta información es solo con fines educativos.\n\nQué es\nEs una crema que cuida la piel.\n"
        "Preguntas para su equipo\n- ¿Puedo nadar?\nFuentes\nInstituto Nacional del Cáncer (2024)"
    )
    document = parse(text)
    assert document.language == "es"
    assert [s.region for s in document.sentences if s.kind == "heading"] == [Region.BODY, Region.ASK, Region.SOURCES]
    assert of(document, Region.NOTICE) == ["Aviso: esta información es solo con fines educativos."]


def test_invisible_and_control_characters_do_not_hide_words() -> None:
    document = parse("St\u200bop \x1b[31mthe\x1b[0m cr\x00eam\u00ad today.")
    whole(document)
    assert document.plain == "Stop the cream today."


def test_wrapped_lines_are_joined() -> None:
    text = "A long line of words about the care of the skin goes on\nuntil it breaks off here and then it goes on to the next\none, where it comes to its end."
    assert len(parse(text).sentences) == 1


def test_empty() -> None:
    document = parse("")
    assert (document.plain, document.sentences, document.offsets) == ("", (), (0,))


ALPHABET = st.sampled_from(
    [*"aA1 .?!\n\r\t#*_-|<>/[]()&;:\"'=`~•→é¹\x00\u200b", "<p>", "</li>", "&amp;", "<b>", "\n- ", "## ", "Stop", "**"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ALPHABET, max_size=40))
def test_any_text_keeps_its_words(pieces: list[str]) -> None:
    whole(parse("".join(pieces)))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_unicode(text: str) -> None:
    whole(parse(text))


@pytest.mark.parametrize(
    "piece",
    ["[", "[[a]", "<p ", "<script>", "*", "\t", "-", "|", "&amp;", "<!--", "> ", "word ", "\n", "[a](", "_a", "a.", "?", "not ", "according to ",
     "a.org ", "[1]", "¹", "Upload your ", "é", "(", "x" * 50 + "\n", "\u200b"],
)  # fmt: skip
def test_a_megabyte_of_anything_takes_linear_time(piece: str) -> None:
    """Quadratic work on 200 kB would take minutes; the limit leaves room for a slow and busy machine."""
    began = time.perf_counter()
    parse(piece * (200_000 // len(piece)))
    assert time.perf_counter() - began < 60


def test_a_block_under_a_notice_heading_is_a_notice_as_a_whole() -> None:
    page = (
        "# What is HER2?\n\n## Notice\n\nThis page is not medical advice. An AI program wrote it on November 22, 2026. "
        "It may be wrong. It uses only the numbered sources below.\n\n## Answer\n\nHER2 is a protein."
    )
    regions = {s.text: s.region for s in parse(page).sentences}
    assert regions["An AI program wrote it on November 22, 2026."] is Region.NOTICE
    assert regions["It uses only the numbered sources below."] is Region.NOTICE
    assert regions["HER2 is a protein."] is Region.BODY


def test_an_answer_under_a_notice_heading_is_not_swallowed() -> None:
    page = "## Notice\n\nThis is not medical advice. HER2 is a protein. It sits on cells. It can drive growth.\n\nMore."
    regions = {s.text: s.region for s in parse(page).sentences}
    assert regions["HER2 is a protein."] is Region.BODY
