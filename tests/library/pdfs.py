"""A tiny writer of PDFs, so that tests hold their own text and need no other package."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

BODY, BOLD = "F1", "F2"


class Text(NamedTuple):
    """A run of text at a place; ``size`` in points, ``y`` from the bottom of the page."""

    x: float
    y: float
    text: str
    size: float = 11
    font: str = BODY


def paragraph(text: str, *, x: float = 72, top: float = 700, width: int = 60, size: float = 11) -> list[Text]:
    """Words set in lines of at most ``width`` characters."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [Text(x, top - 1.2 * size * i, line, size) for i, line in enumerate(lines)]


def content(texts: Sequence[Text]) -> bytes:
    """The drawing of a page, each run in a text object of its own."""
    drawn = []
    for t in texts:
        raw = t.text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        drawn.append(b"BT /%s %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET" % (t.font.encode(), t.size, t.x, t.y, raw))
    return b"\n".join(drawn)


def pdf(pages: Sequence[Sequence[Text] | bytes], *, labels: str = "", encrypted: bool = False) -> bytes:
    """A PDF with one page for each list of texts, or for each content stream compressed already.

    Args:
        labels: the /Nums array of /PageLabels, as PDF source.
    """
    objects: list[bytes] = [b"", b""]  # catalogue and page tree come last
    for number, name in ((3, b"Helvetica"), (4, b"Helvetica-Bold")):
        assert len(objects) == number - 1
        objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>" % name)
    kids = []
    for page in pages:
        raw = page if isinstance(page, bytes) else zlib.compress(content(page))
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(raw), raw))
        resources = b"<</Font<</F1 3 0 R/F2 4 0 R>>>>"
        stream = len(objects)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources%s/Contents %d 0 R>>" % (resources, stream)
        )
        kids.append(b"%d 0 R" % len(objects))
    named = b"/PageLabels<</Nums[%s]>>" % labels.encode() if labels else b""
    objects[0] = b"<</Type/Catalog/Pages 2 0 R%s>>" % named
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return assembled(objects, encrypted=encrypted)


def assembled(objects: Sequence[bytes], *, encrypted: bool = False) -> bytes:
    """Objects, numbered from 1 with the catalogue first, as a file."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    secret = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"41" * 32, b"42" * 32)
    out += b"trailer<</Size %d/Root 1 0 R%s>>\n" % (len(objects) + 1, secret if encrypted else b"")
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


INFUSION = "The blue infusion is given once every 21 days for six cycles."
SCANS = "A heart scan is repeated every 12 weeks while the blue infusion goes on."
HOTLINE = "People with a temperature of 38.3 degrees call the ward within one hour."


def guide(edition: str = "2026") -> bytes:
    """A guideline of five pages with running lines; page 2 tells INFUSION, page 3 SCANS, page 4 HOTLINE."""
    told = {1: "This book explains the care of an invented illness.", 2: INFUSION, 3: SCANS, 4: HOTLINE}
    heads = {1: "About this book", 2: "Infusions", 3: "Scans", 4: "When to call", 5: "Notes"}
    pages = []
    for number in range(1, 6):
        pages.append(
            [
                Text(72, 800, f"Green Valley Guide {edition}", 9),
                Text(72, 730, heads[number], 16, BOLD),
                *paragraph(told.get(number, "Write your own notes here and bring them to the next visit.")),
                *paragraph("Nothing on this page applies to any real illness or medicine.", top=640),
                Text(290, 40, str(number), 9),
            ]
        )
    return pdf(pages)
