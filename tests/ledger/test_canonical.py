import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes, parse_canonical, parse_object

numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_canonical_bytes_read_back_to_the_same_value_and_the_same_bytes(value: object) -> None:
    written = canonical_bytes(value)
    assert parse_canonical(written) == value
    assert canonical_bytes(json.loads(written, parse_int=float)) == written


def test_the_examples_of_the_rfc_come_out_as_it_says() -> None:
    assert (
        canonical_bytes({"b": 1e30, "a": 4.50, "€": [2e-3, 1e-27, None]})
        == '{"a":4.5,"b":1e+30,"€":[0.002,1e-27,null]}'.encode()
    )


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1.0, float("nan")]}, r"\$\.a\[1\]"),
        ({"a": float("inf")}, r"\$\.a"),
        ([2**53], r"\$\[0\]"),
        ({"a": {"b": b"x"}}, r"\$\.a\.b"),
        ({1: 2}, "key 1"),
        ({"a": "\ud800"}, "half a character"),
    ],
)
def test_what_json_cannot_carry_is_refused_by_place(value: object, place: str) -> None:
    with pytest.raises(NotCanonicalError, match=place):
        canonical_bytes(value)


@pytest.mark.parametrize(
    "data", [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a":1.0}', b"{", b"\xff", b"NaN", b"[]\n"]
)
def test_bytes_in_any_other_form_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        parse_canonical(data)


@given(values, st.booleans(), st.booleans(), st.booleans())
@example({"x": 1e-05}, True, True, True)
@example({"x": [1e16, 1e21, 1e-7, 0.00001, 5.0, -0.0]}, True, True, True)
@example({"\ue000": 1, "\U00010000": 2}, True, True, True)
@example({"\U00010000": 2, "\ue000": 1}, True, False, True)
@example({"\x7f\x1f\u2028": "/"}, True, True, False)
def test_what_json_writes_is_accepted_exactly_where_it_is_canonical(
    value: object, dense: bool, ordered: bool, escaped: bool
) -> None:
    """However the json module writes a value, its bytes are taken only where they are those of RFC 8785."""
    separators = (",", ":") if dense else (", ", ": ")
    data = json.dumps(value, separators=separators, sort_keys=ordered, ensure_ascii=escaped).encode()
    if data == canonical_bytes(value):
        assert parse_canonical(data) == value
    else:
        with pytest.raises(NotCanonicalError):
            parse_canonical(data)


def test_a_list_is_not_an_object() -> None:
    with pytest.raises(NotCanonicalError, match="not a JSON object"):
        parse_object(b"[]")
