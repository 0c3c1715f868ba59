"""Read a PDF into placed lines of text, page by page, in a child process with bounds on time and memory.

The child (``python -m harness.library.pdf FILE``) is the only place that parses the file, so that a hostile or broken
PDF can at worst end the child. It writes one JSON object: pages with lines, or what was wrong.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import DatasetError

MAX_BYTES = 200_000_000
MAX_PAGES = 1_500
MAX_CHARACTERS = 4_500_000
MAX_SECONDS = 300
MAX_MEMORY = 2_000_000_000  # bytes of address space for the child
_FEWEST_WITH_TEXT = 0.2  # share of pages with text below which the file counts as scanned
_MOST_UNREADABLE = 0.2  # share of characters without a Unicode value above which the text layer is useless
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_AS_HYPHEN = "‐‑"
_AS_BULLET = "\uf0a7\uf0b7\uf0d8"  # in the symbol fonts of word processors
_BOLD = ("bold", "black", "heavy", "demi")


class Line(NamedTuple):
    """A run of text on one baseline: ``x`` and ``y`` of its start and ``size`` in points, ``y`` growing upwards."""

    text: str
    x: float
    y: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: its number in the file from 1, the label the file gives it ("" if none), its lines as they are drawn."""

    number: int
    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdf:
    """A PDF that was read; ``sha256`` is that of the file."""

    sha256: str
    pages: tuple[Page, ...]


def read_pdf(path: Path) -> Pdf:
    """The text of a PDF with its places.

    Raises:
        DatasetError: if it is no PDF, empty, encrypted, damaged, scanned, or beyond the bounds above.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DatasetError(f"{path}: {size:,} bytes is more than {MAX_BYTES:,}", hint="split the PDF")
        raw = path.read_bytes()
    except OSError as problem:
        raise DatasetError(f"{path}: {problem.strerror or problem}", hint="check the path") from None
    if not raw:
        raise DatasetError(f"{path}: the file is empty", hint="download it again")
    if b"%PDF-" not in raw[:1024]:
        raise DatasetError(f"{path}: this is not a PDF", hint="only PDF files can be added")
    told = _told_by_child(path)
    if "error" in told:
        raise DatasetError(f"{path}: {told['error']}", hint=told["hint"])
    pages = tuple(
        Page(number=number, label=label, lines=tuple(Line(*line) for line in lines))
        for number, (label, lines) in enumerate(told["pages"], start=1)
    )
    _check_text(path, pages)
    return Pdf(sha256=hashlib.sha256(raw).hexdigest(), pages=pages)


def _told_by_child(path: Path) -> Any:
    """What the child tells of a file. It runs from this package, not from modules that lie in the current folder."""
    command = [sys.executable, "-P", "-m", "harness.library.pdf", str(path.resolve())]
    roots = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(roots)}
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            command, capture_output=True, timeout=MAX_SECONDS + 30, check=False, env=env
        )
    except subprocess.TimeoutExpired:
        raise DatasetError(f"{path}: not read within {MAX_SECONDS} seconds", hint="split the PDF") from None
    try:
        return json.loads(done.stdout)
    except ValueError:
        text = f"{path}: the PDF can't be read; it may be damaged, or take too long"
        raise DatasetError(text, hint="print it to a new PDF, or split it") from None


def _check_text(path: Path, pages: Sequence[Page]) -> None:
    """Refuse a file whose pages hold pictures of text, or text without Unicode values."""
    told = sum(any(line.text.strip() for line in page.lines) for page in pages)
    if told < max(1, math.ceil(_FEWEST_WITH_TEXT * len(pages))):
        text = f"{path}: {told} of {len(pages)} pages have text; it looks scanned"
        raise DatasetError(text, hint="run it through OCR first, and read the result against the original")
    text = "".join(line.text for page in pages for line in page.lines)
    unreadable = sum(c == "\ufffd" or unicodedata.category(c) == "Co" for c in text)
    if unreadable > _MOST_UNREADABLE * len(text):
        raise DatasetError(f"{path}: its fonts don't say which letters they draw", hint="run it through OCR first")


def clean(text: str) -> str:
    """Text on one line without ligatures, control, format and surrogate characters; hyphens of one kind.

    A soft hyphen is dropped, except at the end of a line, where it marks a word that goes on.
    """
    kept = []
    body = text.rstrip()
    for char in body[:-1].replace("\xad", "") + body[-1:].replace("\xad", "-"):
        if char in _LIGATURES:
            kept.append(_LIGATURES[char])
        elif char in _AS_HYPHEN:
            kept.append("-")
        elif char in _AS_BULLET:
            kept.append("•")
        elif char.isspace():
            kept.append(" ")
        elif unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn"):
            kept.append(char)
    return " ".join("".join(kept).split())


class _Collector:
    """Takes text as pypdf finds it, and keeps it by baseline."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._parts: list[str] = []
        self._start = (0.0, 0.0)
        self._look = (0, 0.0, False)  # length, size and weight of the longest run
        self._pen = 0.0

    def take(self, text: str, cm: Sequence[float], tm: Sequence[float], font: Any, size: float) -> None:
        """One run of text: the visitor of ``PageObject.extract_text``."""
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            scale = math.hypot(tm[2] * cm[0] + tm[3] * cm[2], tm[2] * cm[1] + tm[3] * cm[3])
            height = abs(size * scale)
            if self._parts and not self._continues(x, y, height):
                self.end()
            if not self._parts:
                self._start, self._look = (x, y), (0, 0.0, False)
            self._look = max(self._look, (len(text.strip()), height, _is_bold(font)))
            self._pen = x + 0.5 * height * len(text.strip())
        if self._parts or text.strip():
            self._parts.append(text)
        if text.endswith("\n"):
            self.end()

    def _continues(self, x: float, y: float, height: float) -> bool:
        """Whether a run follows on the same baseline without a gap wide enough for another column or cell."""
        near = abs(y - self._start[1]) <= 0.6 * max(height, self._look[1])
        return near and x >= self._start[0] and x - self._pen <= 2.5 * max(height, 1.0)

    def end(self) -> None:
        """Close the line."""
        text = clean("".join(self._parts))
        self._parts = []
        (x, y), (_, size, bold) = self._start, self._look
        if text and math.isfinite(x) and math.isfinite(y) and math.isfinite(size):
            self.lines.append(Line(text, round(x, 1), round(y, 1), round(size, 1), bold))


def _is_bold(font: Any) -> bool:
    name = str(font.get("/BaseFont", "")) if font is not None else ""
    return any(word in name.lower() for word in _BOLD)


def _parse(path: Path) -> dict[str, Any]:
    """What the child tells: ``pages`` as (label, lines), or ``error`` and ``hint``."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    if reader.is_encrypted:
        return {"error": "the PDF is encrypted", "hint": "if your licence allows it, save a copy without protection"}
    count = len(reader.pages)
    if not 0 < count <= MAX_PAGES:
        return {"error": f"{count:,} pages; from 1 to {MAX_PAGES:,} can be read", "hint": "split the PDF"}
    labels = _labels(reader, count)
    pages: list[tuple[str, list[Line]]] = []
    total = 0
    for page, label in zip(reader.pages, labels, strict=True):
        collector = _Collector()
        page.extract_text(visitor_text=collector.take)
        collector.end()
        total += sum(len(line.text) for line in collector.lines)
        if total > MAX_CHARACTERS:
            return {"error": f"more than {MAX_CHARACTERS:,} characters of text", "hint": "split the PDF"}
        pages.append((label, collector.lines))
    return {"pages": pages}


def _labels(reader: Any, count: int) -> list[str]:
    """The page labels that the file gives; none where it gives none, or broken ones."""
    if "/PageLabels" not in reader.root_object:
        return [""] * count
    try:
        labels = [clean(label)[:20] for label in reader.page_labels]
    except Exception:  # hostile input: labels are a nicety
        return [""] * count
    return labels if len(labels) == count else [""] * count


def _limit() -> None:
    """Bound the child's own processor time and memory, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def main() -> None:
    """The child: read one PDF and write JSON."""
    _limit()
    try:
        told = _parse(Path(sys.argv[1]))
    except MemoryError:
        told = {"error": "reading it takes too much memory", "hint": "print it to a new PDF, or split it"}
    except Exception as problem:  # foreign parser on foreign input: whatever it raises, the file can't be read
        what = clean(f"{type(problem).__name__}: {problem}")[:160]
        told = {"error": f"the PDF can't be read ({what})", "hint": "print it to a new PDF and add that"}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
