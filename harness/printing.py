"""Text from outside without what does not show: the same for terminals, pages, plots and notebooks."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co"}


def printable(text: str) -> str:
    """Text without control, direction-override or zero-width characters; line breaks and tabs become spaces."""
    plain = re.sub(r"[\r\n\t\v\f\u2028\u2029]", " ", text)
    return "".join(c for c in plain if unicodedata.category(c) not in _HIDDEN)
