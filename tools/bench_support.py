"""Part of the bench: what grounding and citation cost on golden-size pages, beside the bare model in the same run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from statistics import fmean, median
from time import perf_counter

from tokenizers import Tokenizer

from harness.judges.local import LocalJudge
from harness.judges.overlap import Text
from harness.judges.windows import Units
from harness.resources import package_file
from harness.runner import Plan
from harness.scorers import load_scorer
from harness.scorers.cases import build_case
from harness.scorers.citation_editions import edition_checks
from harness.scorers.citation_listed import listed_checks
from harness.scorers.citation_page import Page
from harness.text.document import parse
from harness.types import Answer, Case, Judge, Passage, Support

SENTENCES = 30  # of a golden-size page; with the reference pipeline's sentences some 350 words
TOKENS = 256
_MARKER = re.compile(r"\[(\d+)\]")
_LEAD_INS = ("In many cases, ", "As a rule, ", "For most people, ", "In general, ")

Pair = tuple[str, str]


def bare_pairs_per_second(judge: Judge, pairs: Sequence[Pair]) -> float | None:
    """Pairs that the local judge's encoder takes in a second, windows cut beforehand; None for other judges."""
    if not isinstance(judge, LocalJudge):
        return None
    units = {passage: Units(Text(passage)) for passage, _ in pairs}
    read = [(claim, units[passage].window(Text(claim), judge.idf).text) for passage, claim in pairs]
    start = perf_counter()
    judge.encoder.logits(read)
    return len(read) / (perf_counter() - start)


def registry_checks(case: Case) -> int:
    """What of the citation scorer looks documents and editions up: lines of the source box, markers, editions."""
    page = Page(case)
    return len([*listed_checks(page), *edition_checks(page)])


@dataclass
class Timed:
    """A judge that notes the pairs it was asked and the seconds it took."""

    judge: Judge
    pairs: list[Pair] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def id(self) -> str:
        """The id of the judge behind it."""
        return self.judge.id

    def support(self, pairs: Sequence[Pair]) -> list[Support]:
        """Ask the judge behind it."""
        start = perf_counter()
        found = self.judge.support(pairs)
        self.seconds += perf_counter() - start
        self.pairs += pairs
        return found


def golden_pages(answers: Sequence[Answer], n: int, *, reworded: bool) -> list[Answer]:
    """``n`` pages of 30 cited sentences with the passages these cite, put together from reference answers.

    Args:
        reworded: every sentence gets a lead-in, so that none is an exact copy of a passage.
    """
    stream = _sentences(answers)
    return [_page(islice(stream, SENTENCES), reworded) for _ in range(n)]


def _sentences(answers: Sequence[Answer]) -> Iterator[tuple[str, Answer]]:
    """Cited sentences of the bodies, over and over."""
    known = [
        (s.text, answer)
        for answer in answers
        for s in parse(answer.text).body
        if s.kind != "heading" and _MARKER.search(s.text)
    ]
    return cycle(known)


def _page(sentences: Iterator[tuple[str, Answer]], reworded: bool) -> Answer:
    passages: list[Passage] = []
    lines = ["# What the sources say", ""]
    for number, (text, answer) in enumerate(sentences):

        def renumbered(marker: re.Match[str], answer: Answer = answer) -> str:
            passage = answer.cited(marker[1])
            if passage is None:
                return ""
            if passage not in passages:
                passages.append(passage)
            return f"[{passages.index(passage) + 1}]"

        told = _MARKER.sub(renumbered, text)
        if reworded:
            told = _LEAD_INS[number % len(_LEAD_INS)] + told[:1].lower() + told[1:]
        lines += [told, ""]
    listed = [f"- [{n}] {_reference(p)}" for n, p in enumerate(passages, start=1)]
    lines += ["## Source guidelines", "", *listed]
    return Answer(text="\n".join(lines), passages=tuple(passages))


def _reference(p: Passage) -> str:
    parts = (p.organisation, p.title, f"edition {p.edition}, dated {p.date}", p.locator, p.url)
    return ". ".join(part for part in parts if part)


def body_text(page: Answer) -> str:
    """The answer itself, as a peer is given it: without title and list of sources."""
    return "\n".join(s.text for s in parse(page.text).body)


def support_figures(plan: Plan, pages: Sequence[Answer], rounds: int) -> dict[str, float | None]:
    """Grounding and citation on pages, and the bare model on the pairs they judged; the median of some rounds.

    ``ratio`` is the pairs a second of whole pages over those of the bare model; ``registry_share`` the part of the time
    of both scorers that checks of listed documents take; ``added_by_citation`` the pairs that
    citation asks for besides those of grounding.
    """
    grounding, citation = load_scorer("grounding"), load_scorer("citation")
    totals, judging, registry, added = [], [], [], 0
    pairs: list[Pair] = []
    for _ in range(rounds):
        spent = checks = 0.0
        judge = Timed(plan.judge)
        for page in pages:
            case = build_case(page, judge=judge, as_of=plan.suite.as_of, registry=plan.suite.registry.sources)
            spent += _seconds(partial(grounding.score, case))
            before = len(judge.pairs)
            spent += _seconds(partial(citation.score, case))
            added += len(judge.pairs) - before
            checks += _seconds(partial(registry_checks, case))
        totals.append(spent)
        judging.append(judge.seconds)
        registry.append(checks)
        pairs = judge.pairs
    seconds = median(totals)
    bare = bare_pairs_per_second(plan.judge, pairs)
    rate = len(pairs) / seconds
    return {
        "words": fmean(len(body_text(p).split()) for p in pages),
        "passages": fmean(len(p.passages) for p in pages),
        "pairs": len(pairs) / len(pages),
        "added_by_citation": float(added),
        "pages_per_second": len(pages) / seconds,
        "pairs_per_second": rate,
        "bare_pairs_per_second": bare,
        "ratio": None if bare is None else rate / bare,
        "judge_share": median(judging) / seconds,
        "registry_share": median(registry) / seconds,
    }


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def long_pairs(plan: Plan, answers: Sequence[Answer], n: int) -> list[Pair]:
    """``n`` pairs of 256 tokens together: a sentence beside text of the corpus, cut to what is left."""
    tokenizer = Tokenizer.from_file(str(package_file("models/minilm/tokenizer.json")))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    text = "\n".join(p.text for p in plan.suite.corpus.passages)
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    pairs, at = [], 0
    for claim, _ in islice(_sentences(answers), n):
        room = TOKENS - 3 - len(tokenizer.encode(claim, add_special_tokens=False).ids)
        at = at if at + room < len(offsets) else 0
        pairs.append((text[offsets[at][0] : offsets[at + room - 1][1]], claim))
        at += room
    return pairs


def long_figures(judge: Judge, pairs: Sequence[Pair], rounds: int) -> dict[str, float | None]:
    """Pairs a second at 256 tokens, of the judge and of its bare model, and their ratio."""
    rate = len(pairs) / median(_seconds(partial(judge.support, pairs)) for _ in range(rounds))
    bare = bare_pairs_per_second(judge, pairs)
    return {
        "pairs_per_second": rate,
        "bare_pairs_per_second": bare,
        "ratio": None if bare is None else rate / bare,
    }
