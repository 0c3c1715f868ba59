"""How rare an English word is in everyday text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import cast

RAREST = 2.5  # given to words outside the list, which ends at 3.0: once in a million words
_JOINT = re.compile(r"[-‐‑]")


@cache
def _frequencies() -> Mapping[str, float]:
    """Share of each word in running text, for the 29,000 or so commonest; about 0.1 s at the first call.

    The list comes with the ``wordfreq`` package (Speer 2022, doi:10.5281/zenodo.7199437): subtitles, news, books, the
    Web and an encyclopedia, so that no single genre decides what is common.
    """
    from wordfreq import get_frequency_dict

    return cast(Mapping[str, float], get_frequency_dict("en", wordlist="small"))


def zipf(word: str) -> float:
    """Frequency of a lower-case word on the Zipf scale: log10 of its occurrences in a thousand million words.

    "the" has 7.7, "nurse" 4.4, "biopsy" 3.2; a word outside the list has ``RAREST``. Of a compound the rarest part
    counts.
    Van Heuven, Mandera, Keuleers and Brysbaert 2014, Quarterly Journal of Experimental Psychology 67:1176-1190.
    """
    known = _frequencies()
    whole = word.replace("’", "'").removesuffix("'s")
    shares = [known.get(part, 0.0) for part in _JOINT.split(whole) if part]
    least = min(shares, default=0.0)
    return math.log10(least) + 9.0 if least else RAREST
