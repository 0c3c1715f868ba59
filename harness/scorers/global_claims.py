"""Claims about the whole page ("grounded in published literature") and whether its list bears them out."""

from __future__ import annotations

from collections.abc import Iterator

from harness.scorers.references import GUIDELINES, document_types, entries, from_passage, is_from, is_nameless, lexicon
from harness.types import Case, Citation


def global_claims(case: Case) -> Iterator[tuple[Citation, bool]]:
    """Every authority that the page as a whole is said to rest on, and whether a listed document bears it out."""
    for citation in case.document.citations:
        if citation.kind != "attribution":
            continue
        sentence = case.document.sentences[citation.sentence]
        if lexicon("whole_page").search(sentence.text[: citation.start - sentence.start]):
            yield citation, _is_borne_out(case, citation.target)


def _is_borne_out(case: Case, target: str) -> bool:
    """Whether something on the page or among its passages is a document of the body named."""
    listed = [*entries(case), *(from_passage(p, case.registry) for p in case.answer.passages)]
    documents = [one for one in listed if one.level >= 3]
    if is_nameless(target):
        works = [c for c in case.document.citations if c.kind in ("doi", "pmid", "pmcid", "nct", "author_year")]
        kinds = document_types(target)
        return bool(works and not kinds & GUIDELINES) or any(
            one.source and one.source.type in kinds for one in documents
        )
    return any(is_from(one, target) for one in documents)
