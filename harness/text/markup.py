"""From a page as given (HTML, Markdown, plain text) to its words, with the way back for every character.

Two passes: tags become their Markdown counterparts, then Markdown is taken off line by line. Both keep, for each
character, the offset it came from. Nothing but markup, control and invisible characters is dropped.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from html import unescape
from typing import Literal

from harness.text.sentences import trim

LineKind = Literal["text", "heading", "bold", "bullet", "cell"]

_INVISIBLE = r"\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_CONTROL = rf"\x1b\[[0-9;?]{{0,30}}[ -/]{{0,4}}[@-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_INVISIBLE}]"
_BLOCKS = (
    "p|div|ul|ol|dl|dt|dd|table|thead|tbody|tr|section|article|main|aside|header|footer|nav|form|details|summary|figure"
    "|figcaption|blockquote|pre|hr|br|html|body|head|title|button|li|td|th|h[1-6]"
)
_INLINE_TAGS = (
    "a|abbr|b|strong|i|em|u|s|span|small|sub|sup|code|mark|q|cite|time|img|input|label|font|center|link|meta|svg|path"
    "|script|style|template|noscript|iframe|video|source|wbr|del|ins|kbd|g|use|option|select|textarea"
)
_SOURCE = re.compile(
    rf"(?P<control>{_CONTROL})|(?P<newline>\r\n?)|(?P<comment><!--|<!doctype\b)"
    rf"|<(?P<close>/?)(?P<tag>{_BLOCKS}|{_INLINE_TAGS})\b(?P<rest>(?:\s[^<>]{{0,4000}})?)/?>"
    r"|&(?P<entity>#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});",
    re.IGNORECASE,
)
_IS_HTML = re.compile(r"<(?:p|div|h[1-6]|li|body|html|section|article|td)\b[^<>]{0,4000}>", re.IGNORECASE)
_IS_MARKDOWN = re.compile(r"^ {0,3}(?:#{1,6} |[-*] \S)", re.MULTILINE)
_HREF = re.compile(r"\bhref\s*=\s*[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_TO_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_BULLET = re.compile(
    r"(?:[-*+•◦▪‣·●○■►➤✓✔–—][ \t]+(?:\[[ xX]\][ \t]+)?|[•◦▪‣●○■►➤✓✔](?=\S)|\(?\d{1,2}[.)][ \t]+)(?=\S)"
)
_LONE_BULLET = re.compile(r"[-*+•◦▪‣·●○■►➤✓✔]$")
_FENCE = re.compile(r"(?:`{3,}|~{3,})[\w-]{0,20}$")
_BOLD = re.compile(r"(?:\*\*|__)[^*_\n]{1,120}(?:\*\*:?|__:?)[ \t]*$")
_INLINE = re.compile(
    r"!?\[(?P<label>[^\[\]\n]{0,400}(?:\[[^\[\]\n]{1,40}\][^\[\]\n]{0,400})?)\]\((?P<url>[^()\s]{1,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,200})?)"
    r"(?:\s+\"[^\"\n]{0,300}\")?\)"
    r"|(?P<address>\b(?:https?://|www\.)[^\s<>\[\]*`|]{1,2000})"
    r"|(?P<autolink><(?=https?://[^<>\s]{1,2000}>))|(?P<mark>\*{2,}|`+|~~"
    r"|(?<![\w_])_{1,3}(?=[^\W_]|[\"'“¿(])|(?<=[^\W_])_{1,3}(?!\w)|(?<=[.,;:!?\"'”)%])_{1,3}(?!\w)"
    r"|(?<![\w*])\*(?=[^\W\d_]|[\"'“¿(])|(?<=[^\s*])\*(?!\w)|\\(?=[\\`*_{}\[\]()#+.!|>~-]))"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of ``Markup.plain``: trimmed offsets, what its markup said it is, heading level, blank line above."""

    start: int
    end: int
    kind: LineKind
    level: int = 0
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink: offsets of its text in ``Markup.plain`` and where it leads."""

    start: int
    end: int
    url: str


@dataclass(frozen=True, slots=True)
class Markup:
    """A page without its markup; ``offsets`` as in Document."""

    plain: str
    offsets: tuple[int, ...]
    lines: tuple[Line, ...]
    links: tuple[Link, ...]


@dataclass(slots=True)
class _Text:
    """Characters with the offset each came from, and links as offsets into the page."""

    parts: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    links: list[tuple[int, int, str]] = field(default_factory=list)

    def keep(self, piece: str, start: int) -> None:
        self.parts.append(piece)
        self.offsets.extend(range(start, start + len(piece)))

    def put(self, piece: str, at: int) -> None:
        self.parts.append(piece)
        self.offsets.extend([at] * len(piece))


def strip(text: str) -> Markup:
    """Take the markup off a page, whichever of the three forms it has. Never raises; linear in the page's length."""
    tagless = _Tags(text).run()
    source = "".join(tagless.parts)
    return _Markdown(source, tagless).run(len(text))


class _Tags:
    """First pass: tags to Markdown, entities to characters, control and invisible characters away."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.endless: set[str] = set()
        self.collapse = _IS_HTML.search(text) is not None and _IS_MARKDOWN.search(text) is None
        self.out = _Text()
        self.anchors: list[tuple[int, str]] = []
        self.superscript = 0

    def run(self) -> _Text:
        position = 0
        while (found := _SOURCE.search(self.text, position)) is not None:
            self._run_of_text(position, found.start())
            position = self._token(found)
        self._run_of_text(position, len(self.text))
        return self.out

    def _run_of_text(self, start: int, end: int) -> None:
        if start >= end:
            return
        piece = self.text[start:end]
        if self.superscript > 0:
            piece = piece.translate(_TO_SUPERSCRIPT)
        if not self.collapse:
            self.out.keep(piece, start)
            return
        last = 0
        for space in _SPACES.finditer(piece):
            self.out.keep(piece[last : space.start()], start + last)
            self.out.put(" ", start + space.start())
            last = space.end()
        self.out.keep(piece[last:], start + last)

    def _token(self, found: re.Match[str]) -> int:
        """Handle one token; returns where to go on."""
        at = found.start()
        if found["control"]:
            return found.end()
        if found["newline"]:
            self.out.put(" " if self.collapse else "\n", at)
        elif found["comment"]:
            return self._skip_to("-->" if found["comment"] == "<!--" else ">", found.end())
        elif found["entity"]:
            decoded = re.sub(_CONTROL, "", unescape(found.group()))
            self.out.put(decoded, at)
        else:
            name = found["tag"].lower()
            if name in ("script", "style", "template", "iframe", "svg") and not found["close"]:
                return self._skip_to(rf"</{name}[^<>]{{0,80}}>", found.end())
            self._tag(name, bool(found["close"]), found)
        return found.end()

    def _skip_to(self, closing: str, position: int) -> int:
        """Past the end of something that is no text; where it never ends, only its opening is dropped."""
        if closing in self.endless:
            return position
        found = re.compile(closing, re.IGNORECASE).search(self.text, position)
        if found is None:
            self.endless.add(closing)
            return position
        return found.end()

    def _tag(self, name: str, closing: bool, found: re.Match[str]) -> None:
        at = found.start()
        if name == "a":
            self._anchor(closing, found)
        elif name == "sup":
            self.superscript = max(0, self.superscript + (-1 if closing else 1))
        elif name in ("b", "strong"):
            self.out.put("**", at)
        elif name in ("td", "th"):
            self.out.put("" if closing else "\t", at)
        elif re.fullmatch(_BLOCKS, name):
            opening = {"li": "\n- ", "title": "\n# "}.get(
                name, f"\n{'#' * int(name[1])} " if name[1:].isdigit() else "\n\n"
            )
            self.out.put("\n" if name in ("br", "tr") or closing else opening, at)

    def _anchor(self, closing: bool, found: re.Match[str]) -> None:
        if not closing:
            href = _HREF.search(found["rest"])
            self.anchors.append((found.end(), unescape(href[1]) if href else ""))
        elif self.anchors:
            start, url = self.anchors.pop()
            if url and start < found.start():
                self.out.links.append((start, found.start(), url))


class _Markdown:
    """Second pass: line by line, Markdown prefixes and inline marks away."""

    def __init__(self, source: str, tagless: _Text) -> None:
        self.source = source
        self.origin = tagless.offsets
        self.out = _Text(links=tagless.links)
        self.lines: list[Line] = []
        self.gap = False
        self.pending_bullet = False
        self.size = 0

    def run(self, length: int) -> Markup:
        position = 0
        for raw in self.source.split("\n"):
            self._line(position, position + len(raw))
            position += len(raw) + 1
        plain = "".join(self.out.parts)
        offsets = (*self.out.offsets, length)
        ends = ((trim(plain, bisect_left(offsets, s), bisect_left(offsets, e)), url) for s, e, url in self.out.links)
        kept = sorted((Link(s, e, url) for (s, e), url in ends if s < e), key=lambda link: link.start)
        return Markup(plain, offsets, tuple(self.lines), tuple(kept))

    def _line(self, start: int, end: int) -> None:
        source = self.source
        while start < end and (source[start].isspace() or source.startswith(("> ", ">>"), start, end)):
            start += 1
        while end > start and source[end - 1].isspace():
            end -= 1
        text = source[start:end]
        if not text:
            self.gap = True
        elif self._is_markup(text):
            return
        else:
            self._words(start, text)

    def _is_markup(self, text: str) -> bool:
        """Rules, fences, table rules, underlines of headings and lone bullets: lines without words."""
        ruled = len(text) > 2 and set(text) <= set("-*_=|:~ \t") and len(set(text) & set("-*_=~")) == 1
        if (
            ruled
            and set(text) <= {"-", "="}
            and self.lines
            and not self.gap
            and self.lines[-1].kind in ("text", "bold")
        ):
            above = self.lines[-1]
            self.lines[-1] = Line(above.start, above.end, "heading", 1 if text[0] == "=" else 2, above.gap)
        self.pending_bullet = self.pending_bullet or _LONE_BULLET.match(text) is not None
        return ruled or _LONE_BULLET.match(text) is not None or _FENCE.match(text) is not None

    def _words(self, start: int, text: str) -> None:
        kind, level, prefix = self._kind(text)
        if self.pending_bullet:
            kind, self.pending_bullet = "bullet" if kind == "text" else kind, False
        self._break()
        first = self.size
        self._inline(
            start + prefix, text[prefix:].rstrip("# \t") if kind == "heading" else text[prefix:], kind == "cell"
        )
        if self.size > first:
            self.lines.append(Line(first, self.size, kind, level, self.gap))
            self.gap = False

    def _kind(self, text: str) -> tuple[LineKind, int, int]:
        """What a line is, the level of a heading, and how many characters of prefix go."""
        if heading := _HEADING.match(text):
            return "heading", len(heading[1]), heading.end()
        if bullet := _BULLET.match(text):
            return "bullet", 0, bullet.end()
        if text.startswith("|") and text.count("|") > 1:
            return "cell", 0, 1
        if "\t" in text:
            return "cell", 0, 0
        return ("bold", 0, 0) if _BOLD.match(text) else ("text", 0, 0)

    def _break(self) -> None:
        if self.size:
            self.out.put("\n", self.out.offsets[-1])
            self.size += 1

    def _inline(self, start: int, text: str, cell: bool) -> None:
        position = 0
        for mark in _INLINE.finditer(text):
            self._keep(start + position, text[position : mark.start()], cell)
            if mark["label"]:
                self._link(start, text, mark)
            elif mark["address"]:
                self._keep(start + mark.start(), mark.group(), cell)
            position = mark.end()
        self._keep(start + position, text[position:], cell)

    def _link(self, start: int, text: str, mark: re.Match[str]) -> None:
        """Keep a link's text; digits keep their brackets, so that ``[1](url)`` still cites."""
        first, last = mark.span("label")
        if mark["label"].strip().isdigit() and not mark.group().startswith("!"):
            first, last = first - 1, last + 1
        self._keep(start + first, text[first:last], False)
        if first < last:
            self.out.links.append((self.origin[start + first], self.origin[start + last - 1] + 1, mark["url"]))

    def _keep(self, start: int, piece: str, cell: bool) -> None:
        if cell:
            piece = piece.replace("|", "\t")
        self.out.parts.append(piece)
        self.out.offsets.extend(self.origin[start : start + len(piece)])
        self.size += len(piece)
