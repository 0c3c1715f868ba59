"""What notebooks show of runs, findings and comparisons: HTML without scripts in which every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from harness.masking import told, words_at
from harness.printing import printable
from harness.types import Finding

_CONTEXT = 90
_MARK = "background:#ffe9a8;color:#16202a;font-weight:600;text-decoration:underline"
_EDGE = {4: "#8c0d1f", 3: "#a8450c", 2: "#7a5c00", 1: "#3b5b7a", 0: "#3b5b7a"}


def safe(text: object) -> str:
    """A text as it may stand in a page: printable and escaped."""
    return escape(printable(str(text)))


def heading(text: str, more: str = "") -> str:
    """A line of bold text, and a plain one below it."""
    return f"<p><b>{safe(text)}</b>{f'<br>{safe(more)}' if more else ''}</p>"


def table(heads: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A table; numbers are told to three places, what is None or NaN as a dash."""
    head = "".join(f"<th>{safe(h)}</th>" for h in heads)
    body = "".join(f"<tr>{''.join(f'<td>{safe(_cell(c))}</td>' for c in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def listed(lines: Iterable[str]) -> str:
    """A bulleted list."""
    return f"<ul>{''.join(f'<li>{safe(line)}</li>' for line in lines)}</ul>"


def finding_card(finding: Finding, texts: Mapping[str, str], *, word: str, where: str = "", title: str = "") -> str:
    """A finding with its words highlighted in their surroundings.

    Args:
        texts: the text behind every span source, from ``masking.texts_of``; where one is lost, the quote stands alone.
        word: for its severity.
        where: such as the question it was found in.
        title: of the rule.
    """
    span, text = finding.span, texts.get(finding.span.source, "")
    quote = words_at(span, text) if text else told(finding)
    before = after = ""
    if text[span.start : span.end] == quote:
        before, after = text[max(0, span.start - _CONTEXT) : span.start], text[span.end : span.end + _CONTEXT]
        before, after = "…" * (span.start > _CONTEXT) + before, after + "…" * (span.end + _CONTEXT < len(text))
    place = " ".join(p for p in (where, "" if span.source == "answer" else f"({span.source})") if p)
    head = f"<b>{safe(finding.code)}</b> {safe(word)}: {safe(title or finding.message)}"
    return (
        f'<div style="border-left:.4rem solid {_EDGE[finding.severity]};padding:.2rem .6rem;margin:.4rem 0">'
        f"<div>{head}{f' <small>{safe(place)}</small>' if place else ''}</div>"
        f'<div>{safe(before)}<mark style="{_MARK}">{safe(quote)}</mark>{safe(after)}</div>'
        f"<div><small>{safe(finding.message)} (confidence {finding.confidence:.2f})</small></div></div>"
    )


def _cell(value: object) -> object:
    if value is None or value != value:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else value
