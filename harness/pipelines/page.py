"""The page of the reference pipeline: notice, answer with ``[n]`` citations, questions, sources, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from harness.pipelines.embed import Embedder
from harness.pipelines.extract import Extracted
from harness.resources import package_yaml
from harness.types import Passage

_MOST_BULLETS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a page has to say.

    Args:
        opening: sentences without a source: the urgent action, what this page can't do, a question back.
        extracted: sentences from passages, the direct answer first; empty where ``written`` is given.
        written: the answer as Markdown with ``[n]`` for the n-th of ``passages``, by a chat model.
        passages: in the order of their numbers.
    """

    language: str
    urgent: bool
    opening: tuple[str, ...]
    passages: tuple[Passage, ...]
    extracted: tuple[Extracted, ...] = ()
    written: str = ""


def furniture_version() -> int:
    """The version of the fixed words."""
    return int(package_yaml("pipelines/page.yaml")["version"])


def render_page(content: Content, question: str, as_of: date, embedder: Embedder) -> str:
    """The page; nothing of the question is repeated, so that no private detail spreads."""
    words: dict[str, Any] = package_yaml("pipelines/page.yaml")[content.language]
    headings = words["headings"]
    body = content.written or _body(content)
    answer = "\n\n".join(part for part in (" ".join(content.opening), body.strip()) if part)
    blocks = [
        f"# {_title(content, words)}",
        f"## {headings['notice']}\n\n{_notice(content, words, as_of)}",
        f"## {headings['answer']}\n\n{answer}",
        f"## {headings['ask']}\n\n{_list(_nearest(question, words['ask'], embedder))}",
        f"## {headings['learn']}\n\n{_list(_learn(content.passages, words['learn_always']))}",
    ]
    if content.passages:
        entries = "\n".join(_entry(n, p, words) for n, p in enumerate(content.passages, start=1))
        blocks.append(f"## {headings['sources']}\n\n{entries}")
    blocks.append(f"## {headings['related']}\n\n{_list(_nearest(question, words['related'], embedder))}")
    return "\n\n".join(blocks) + "\n"


def topic_of(passage: Passage) -> str:
    """The subject of a passage in words: its document's title before any colon, else the document's name."""
    name = passage.heading.partition(":")[0] or passage.document.replace("-", " ")
    return name[:1].upper() + name[1:]


def local_date(day: date, words: dict[str, Any]) -> str:
    """A date as the reader writes it."""
    return str(words["date"].format(month=words["months"][day.month - 1], day=day.day, year=day.year))


def _title(content: Content, words: dict[str, Any]) -> str:
    if content.urgent:
        return str(words["title_urgent"])
    if not content.passages:
        return str(words["title_none"])
    return str(words["title"].format(topic=topic_of(content.passages[0])))


def _notice(content: Content, words: dict[str, Any], as_of: date) -> str:
    basis = words["basis" if content.passages else "basis_none"]
    return str(words["notice"].format(date=local_date(as_of, words), basis=basis))


def _body(content: Content) -> str:
    """The direct answer as a sentence, the rest as one short list a document."""
    numbers = {p.id: n for n, p in enumerate(content.passages, start=1)}
    if not content.extracted:
        return ""
    first, *rest = content.extracted
    parts = [_cited(first, numbers)]
    topics = dict.fromkeys(topic_of(s.passage) for s in rest)
    for topic in topics:
        parts.append(f"### {topic}\n\n{_told([s for s in rest if topic_of(s.passage) == topic], numbers)}")
    return "\n\n".join(parts)


def _told(sentences: Sequence[Extracted], numbers: dict[str, int]) -> str:
    """A list where it is short; else a paragraph for each passage."""
    if len(sentences) <= _MOST_BULLETS:
        return _list(_cited(s, numbers) for s in sentences)
    by_passage: dict[str, list[str]] = {}
    for sentence in sentences:
        by_passage.setdefault(sentence.passage.id, []).append(_cited(sentence, numbers))
    return "\n\n".join(" ".join(group) for group in by_passage.values())


def _cited(sentence: Extracted, numbers: dict[str, int]) -> str:
    """The sentence with the number of its passage before its full stop."""
    text = sentence.text.rstrip()
    end = text[-1] if text[-1] in ".!?" else "."
    return f"{text.rstrip('.!?')} [{numbers[sentence.passage.id]}]{end}"


def _nearest(question: str, bank: Sequence[str], embedder: Embedder, most: int = 3) -> list[str]:
    """The general questions nearest to the one asked, which itself is not repeated."""
    near = (embedder.embed_kept(bank) @ embedder.embed([question])[0]).round(4)
    return [bank[i] for i in sorted(range(len(bank)), key=lambda i: (-near[i], i))[:most]]


def _learn(passages: Sequence[Passage], always: Sequence[str]) -> list[str]:
    """Organisation, title and address of each source once, and where to go in any case."""
    listed = [f"{p.organisation}: {p.title}. {p.url}" for p in passages if p.title and p.url]
    return list(dict.fromkeys([*listed[:3], *always]))


def _entry(number: int, passage: Passage, words: dict[str, Any]) -> str:
    """A line of the source list: organisation, title, edition, date, locator, address."""
    edition = words["edition"].format(edition=passage.edition) if passage.edition else ""
    dated = words["dated"].format(date=passage.date) if passage.date else ""
    parts = [passage.organisation, passage.title, ", ".join(p for p in (edition, dated) if p), passage.locator]
    text = ". ".join(p.strip().rstrip(".") for p in parts if p)
    return f"- [{number}] " + " ".join(p for p in (f"{text}.", passage.url) if p)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
