"""Citation faults made mechanically from pages without any: what the citation rules have to catch.

Every maker takes an answer of the reference pipeline with the registry and changes one thing in it. Where it can't (a page
without a second document, say) it makes nothing. ``codes`` are the rules of which one has to fire at the changed words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from harness.text.document import parse
from harness.text.words import content_stems
from harness.types import Answer, Passage, Region, Source

_ENTRY = re.compile(r"^- \[(\d+)\] (.+)$", re.MULTILINE)
_CITED = re.compile(r"(?<=[.\n] )[A-Z][^.\[\]\n]{30,220} \[(\d+)\]\.")
_EDITION = re.compile(r"(?:edition|edición) ([^,]+), (?:dated|con fecha) ([\d-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One changed page: the kind of fault, the new answer, where it was changed, and the rules that may tell it."""

    kind: str
    answer: Answer
    start: int
    end: int
    codes: frozenset[str]


Maker = Callable[[Answer, Sequence[Source], Random], Fault | None]


def faults(answer: Answer, registry: Sequence[Source], rng: Random) -> Iterator[Fault]:
    """One fault of every maker that finds a place on the page."""
    for maker in MAKERS:
        made = maker(answer, registry, rng)
        if made:
            yield made


def _changed(answer: Answer, start: int, end: int, words: str, kind: str, codes: str, *, mark: str = "") -> Fault:
    """``answer`` with ``text[start:end]`` replaced by ``words``; the fault lies at ``mark`` within them, or at them all."""
    text = answer.text[:start] + words + answer.text[end:]
    first = start + words.index(mark) if mark else start
    changed = replace(answer, text=text)
    return Fault(kind=kind, answer=changed, start=first, end=first + len(mark or words), codes=frozenset(codes.split()))


def _entries(answer: Answer) -> list[tuple[int, int, int, Passage]]:
    """Number, offsets and passage of every line of the source list."""
    lines = [(int(m[1]), *m.span(2), answer.cited(m[1])) for m in _ENTRY.finditer(answer.text)]
    return [(n, s, e, p) for n, s, e, p in lines if p is not None]


def _sentence(answer: Answer, rng: Random) -> re.Match[str] | None:
    """A cited statement of the body."""
    document = parse(answer.text)
    body = document.region(Region.BODY)
    first, last = document.span(body[0].start, body[-1].end).start, document.span(body[0].start, body[-1].end).end
    found = list(_CITED.finditer(answer.text, first, last))
    return rng.choice(found) if found else None


def _organisation(told: str, registry: Sequence[Source]) -> set[str]:
    return {alias for s in registry if s.organisation == told for alias in (s.organisation, *s.aliases)}


# fabricated identifiers


def _identifier(rng: Random) -> str:
    """An identifier that no registry entry has, in one of its usual spellings."""
    number = rng.randrange(10_000_000, 99_999_999)
    doi = f"10.{rng.choice([1000, 1056, 1200, 9999])}/{rng.choice(['NEJMoa', 'fake.', 'j.onc.20'])}{number % 100000}"
    return rng.choice(
        [
            f"PMID: {number}",
            f"PMID {number}",
            f"PubMed ID {number}",
            f"https://pubmed.ncbi.nlm.nih.gov/{number}/",
            f"doi:{doi}",
            f"DOI: {doi}",
            f"https://doi.org/{doi}",
            f"doi 10.{number % 900}/x{number % 77}",
            f"NCT{number:08d}",
            f"NCT {number:08d}",
            f"https://clinicaltrials.gov/study/NCT{number:08d}",
            f"ClinicalTrials.gov identifier NCT{number % 1000000}",
        ]
    )


def identifier_inline(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """An invented identifier in place of a marker."""
    place = _sentence(answer, rng)
    if place is None:
        return None
    told = _identifier(rng)
    shape = rng.choice(["({})", "[{}]", "(see {})", "({}, accessed May 2025)"])
    start = place.end(1) - len(place[1]) - 1
    return _changed(answer, start, place.end(1) + 1, shape.format(told), "fabricated id", "CIT210", mark=told)


def identifier_entry(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """An invented paper in the source list."""
    lines = _entries(answer)
    if not lines:
        return None
    told = _identifier(rng)
    year, author = rng.randrange(2009, 2026), rng.choice(["Hale", "Ortega", "Lindqvist", "Tanaka"])
    paper = rng.choice(
        [
            "{a} R, Moss T, et al. Outcomes of supportive care in early breast cancer. J Clin Oncol. {y};41(3):211-20. {i}",
            "{a} et al. ({y}). A randomised study of symptom relief. Lancet Oncology. {i}",
            "{a}, R. {y}. Comfort during cancer treatment: a cohort study. {i}",
        ]
    ).format(a=author, y=year, i=told)
    _, _, end, _ = lines[-1]
    words = f"\n- [{len(lines) + 1}] {paper}"
    return _changed(answer, end, end, words, "fabricated id", "CIT210", mark=paper)


def identifier_footnote(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """An invented identifier as a footnote's text below the page."""
    place = _sentence(answer, rng)
    if place is None:
        return None
    told = _identifier(rng)
    shape = rng.choice(["\n[^9]: {}\n", "\n[^9]: Trial report, 2022. {}.\n", "\n\u2079 Trial report. {}\n"])
    text = f"{answer.text[: place.end()]}[^9]{answer.text[place.end() :]}"
    return _changed(
        replace(answer, text=text), len(text), len(text), shape.format(told), "fabricated id", "CIT210", mark=told
    )


def identifier_of_another(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """An entry that carries the trial number of another document."""
    numbers = {s.id: m[0] for s in registry if (m := re.search(r"NCT\d{8}", s.url))}
    lines = [line for line in _entries(answer) if line[3].source_id not in numbers and line[3].source_id]
    if not lines or not numbers:
        return None
    _, _, end, _ = rng.choice(lines)
    told = rng.choice(sorted(numbers.values()))
    return _changed(answer, end, end, f" {told}", "fabricated id", "CIT210", mark=told)


# wrong editions


def _wrong_year(source: Source, rng: Random) -> str:
    known = [
        int(y) for text in (source.edition, source.date, *source.supersedes) for y in re.findall(r"(?:19|20)\d\d", text)
    ]
    older = min(known) - rng.randrange(1, 6)
    return str(rng.choice([older, older, max(known) + rng.randrange(5, 15)]))


def edition_entry(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """Another edition in a line of the source list."""
    known = {s.id: s for s in registry}
    lines = [
        (s + m.start(), s + m.end(), known[p.source_id])
        for _, s, e, p in _entries(answer)
        if p.source_id in known and (m := _EDITION.search(answer.text[s:e]))
    ]
    if not lines:
        return None
    start, end, source = rng.choice(lines)
    year = _wrong_year(source, rng)
    words = rng.choice(
        [
            "edition {y}, dated {y}",
            "{y}",
            "({y})",
            "{y} edition",
            "Version {n}.{y}",
            "v{n}.{y}",
            "edition {y}, dated {y}-03",
        ]
    )
    words = words.format(y=year, n=rng.randrange(1, 6))
    return _changed(answer, start, end, words, "wrong edition", "CIT207 CIT208")


def edition_inline(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """A replaced or impossible edition named in the text."""
    place = _sentence(answer, rng)
    books = [s for s in registry if s.type in ("patient_guideline", "clinician_guideline") and s.supersedes]
    if place is None or not books:
        return None
    source = rng.choice(books)
    year = _wrong_year(source, rng)
    numbered = f"Version {rng.randrange(1, 6)}.{year}"
    edition = rng.choice([year, f"({year})", numbered, f"edition {year}", f"{year} edition"])
    told = f"{source.title}, {edition}"
    shape = rng.choice(["According to {}, {}", "As stated in {}, {}", "In {}, we read that {}"])
    statement = place[0][:1].lower() + place[0][1:]
    words = shape.format(told, statement)
    return _changed(answer, place.start(), place.end(), words, "wrong edition", "CIT207 CIT208", mark=told)


def edition_footnote(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """A replaced edition of a guideline as a new line of the source list."""
    books = [s for s in registry if s.type in ("patient_guideline", "clinician_guideline") and s.supersedes]
    lines = _entries(answer)
    if not books or not lines:
        return None
    source = rng.choice(books)
    year = _wrong_year(source, rng)
    told = rng.choice(
        ["{t}, {y}", "{o}. {t}. {y}.", "{t}, Version 1.{y}", "{o}: {t} ({y})", "{t}, {y}. Accessed May 2026"]
    )
    words = told.format(t=source.title, o=source.organisation, y=year)
    _, _, end, _ = lines[-1]
    return _changed(answer, end, end, f"\n- [{len(lines) + 1}] {words}", "wrong edition", "CIT207 CIT208", mark=words)


# swapped documents


def marker_swapped(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """A marker that stands for a passage on something else."""
    place = _sentence(answer, rng)
    if place is None:
        return None
    stems = set(content_stems(place[0]))
    own = answer.cited(place[1])
    others = [
        (n, p)
        for n, _, _, p in _entries(answer)
        if own and p.source_id != own.source_id and len(stems & set(content_stems(p.text))) <= 0.5 * len(stems)
    ]
    if not others:
        return None
    number, _ = rng.choice(others)
    words = f"{place[0][: place.start(1) - place.start()]}{number}]."
    return _changed(answer, place.start(), place.end(), words, "swapped document", "CIT202 CIT203")


def entry_swapped(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """A line of the source list that names another organisation's document than the one behind its number."""
    lines = [line for line in _entries(answer) if line[3].organisation]
    if not lines:
        return None
    _, start, end, passage = rng.choice(lines)
    others = [
        s
        for s in registry
        if not _organisation(s.organisation, registry) & _organisation(passage.organisation, registry)
    ]
    other = rng.choice(others)
    told = rng.choice(["{o}. {t}. edition {e}. {u}", "{o}: {t} ({e})", "{t}, {e}. {u}"])
    words = told.format(o=other.organisation, t=other.title, e=other.edition, u=other.url)
    return _changed(answer, start, end, words, "swapped document", "CIT205 CIT206")


def organisation_swapped(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """A line of the source list under another organisation's name."""
    lines = [line for line in _entries(answer) if line[3].organisation and line[3].source_id]
    if not lines:
        return None
    _, start, end, passage = rng.choice(lines)
    rest = answer.text[start:end].removeprefix(passage.organisation)
    others = {s.organisation for s in registry} - _organisation(passage.organisation, registry)
    own = _organisation(passage.organisation, registry)
    other = rng.choice(sorted(o for o in others if not _organisation(o, registry) & own))
    return _changed(answer, start, end, other + rest, "swapped document", "CIT205 CIT210")


# misattributed guidelines

_BODIES = {
    "NCCN": "the NCCN",
    "ASCO": "ASCO",
    "ESMO": "ESMO",
    "ACS": "the American Cancer Society",
    "USPSTF": "the U.S. Preventive Services Task Force",
    "WHO": "the World Health Organization",
    "ASTRO": "the American Society for Radiation Oncology",
    "Mayo Clinic": "Mayo Clinic",
    "CCS": "the Canadian Cancer Society",
}
_NAMING = [
    "According to {}, {}",
    "Per {}, {}",
    "As recommended by {}, {}",
    "{} says that {}",
    "{} recommends this: {}",
    "{} guidelines state that {}",
    "As {} explains, {}",
    "Based on guidance from {}, {}",
]


def misattributed(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """A statement of one body put under the name of another."""
    place = _sentence(answer, rng)
    passage = answer.cited(place[1]) if place else None
    if place is None or passage is None:
        return None
    source = next((s for s in registry if s.id == passage.source_id), None)
    own = {passage.organisation, *(source.aliases if source else ())}
    names = [full for short, full in _BODIES.items() if short not in own and full.removeprefix("the ") not in own]
    name = rng.choice(names)
    statement = place[0][:1].lower() + place[0][1:]
    words = rng.choice(_NAMING).format(name, statement)
    words = words[:1].upper() + words[1:]
    return _changed(answer, place.start(), place.end(), words, "misattribution", "CIT205")


# wrong page, altered quote


def paged(answer: Answer, registry: Sequence[Source]) -> Answer:
    """The same answer over a document with pages: its passages carry page numbers, and its source list tells them."""
    place = {p.id: f"p. {12 + 7 * i}" for i, p in enumerate(answer.passages)}
    text = answer.text
    for _, start, end, passage in reversed(_entries(answer)):
        line = text[start:end].replace(passage.locator.rstrip("."), place[passage.id])
        text = text[:start] + line + text[end:]
    passages = tuple(replace(p, locator=place[p.id]) for p in answer.passages)
    return replace(answer, text=text, passages=passages)


def page_entry(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """Another page in a line of the source list."""
    numbered = paged(answer, registry)
    lines = [(s, m) for _, s, e, _ in _entries(numbered) if (m := re.search(r"p\. \d+", numbered.text[s:e]))]
    if not lines:
        return None
    start, told = rng.choice(lines)
    words = rng.choice(["p. {}", "page {}", "pp. {}", "pg. {}"]).format(rng.randrange(300, 900))
    return _changed(numbered, start + told.start(), start + told.end(), words, "wrong page", "CIT213")


def page_inline(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """A page beside a marker that the passage does not stand on."""
    numbered = paged(answer, registry)
    place = _sentence(numbered, rng)
    if place is None:
        return None
    page = rng.randrange(300, 900)
    words = rng.choice(["[{n}, p. {p}]", "[{n}] (p. {p})", "[{n}] (page {p})", "[{n}, page {p}]"])
    words = words.format(n=place[1], p=page)
    return _changed(numbered, place.end(1) - len(place[1]) - 1, place.end(1) + 1, words, "wrong page", "CIT213")


def quote_altered(answer: Answer, registry: Sequence[Source], rng: Random) -> Fault | None:
    """A sentence of the source in quotation marks, with one word of it changed."""
    place = _sentence(answer, rng)
    if place is None:
        return None
    statement = place[0][: place.start(1) - place.start() - 2]
    told = statement.split()
    at = rng.randrange(1, len(told) - 1)
    told[at] = rng.choice(["always", "never", "seldom", "stronger", "harmless"])
    left, right = rng.choice(['""', "“”", "«»"])
    quote = f"{left}{' '.join(told)}{right}"
    shape = rng.choice(["The source says: {} [{n}].", "In its words, {} [{n}].", "It states {} [{n}].", "{} [{n}]."])
    words = shape.format(quote, n=place[1])
    return _changed(answer, place.start(), place.end(), words, "altered quote", "CIT211", mark=quote)


MAKERS: tuple[Maker, ...] = (
    identifier_inline,
    identifier_entry,
    identifier_footnote,
    identifier_of_another,
    edition_entry,
    edition_inline,
    edition_footnote,
    marker_swapped,
    entry_swapped,
    organisation_swapped,
    misattributed,
    page_entry,
    page_inline,
    quote_altered,
)
