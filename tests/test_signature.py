from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.signature import Signature, short_hash

KEYS = st.text(st.characters(categories=["Ll"]), min_size=1, max_size=8)


@given(st.dictionaries(KEYS, st.text(st.characters(exclude_characters="|\n"), max_size=20), min_size=1, max_size=6))
def test_a_printed_signature_parses_back(parts: dict[str, str]) -> None:
    signature = Signature.of(parts)
    assert Signature.parse(str(signature)) == signature


def test_separators_in_values_can_not_forge_parts() -> None:
    signature = Signature.of({"pipeline": "evil|judge:mine", "judge": "local"})
    assert dict(Signature.parse(str(signature)).parts)["judge"] == "local"


def test_not_a_signature() -> None:
    with pytest.raises(ValueError, match="not a signature"):
        Signature.parse("no colon here")


def test_only_the_ruler_has_to_be_equal() -> None:
    one = Signature.of({"data": "a", "judge": "x", "pipeline": "p"})
    other = Signature.of({"data": "b", "judge": "x", "pipeline": "q"})
    assert one.differences(other) == ["data: a and b"]


def test_hash_depends_on_content_not_on_key_order() -> None:
    assert short_hash({"a": 1, "b": 2}) == short_hash({"b": 2, "a": 1})
    assert short_hash({"a": 1}) != short_hash({"a": 2})
