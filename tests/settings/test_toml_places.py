"""Every key and value has a place, whatever way TOML writes it."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.settings.toml_places import LayoutError, Place, find_places

TEXT = '''
top = 1
[a]
x = 1
"quoted key" = 2
b.c.d = "x # no comment" # but this is
[a.deep]
y = [1, # one
  [2, 3],
  {z = 4, q.r = 5}]
[[list]]
k = 1
[list.sub]
m = 2
[[list]]
k = """
not.a = "key"
[nor.this]
"""
  [ list . sub ]
  m = \'\'\'it''s\'\'\'
[[list.inner]]
n = 1
[[list.inner]]
n = {}
'''


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("top",), (2, 1), (2, 7)),
        (("a",), (3, 2), None),
        (("a", "x"), (4, 1), (4, 5)),
        (("a", "quoted key"), (5, 1), (5, 16)),
        (("a", "b"), (6, 1), None),
        (("a", "b", "c", "d"), (6, 5), (6, 9)),
        (("a", "deep"), (7, 4), None),
        (("a", "deep", "y"), (8, 1), (8, 5)),
        (("a", "deep", "y", 0), (8, 6), (8, 6)),
        (("a", "deep", "y", 1, 1), (9, 7), (9, 7)),
        (("a", "deep", "y", 2, "z"), (10, 4), (10, 8)),
        (("a", "deep", "y", 2, "q", "r"), (10, 13), (10, 17)),
        (("list",), (11, 3), None),
        (("list", 0, "k"), (12, 1), (12, 5)),
        (("list", 0, "sub"), (13, 7), None),
        (("list", 0, "sub", "m"), (14, 1), (14, 5)),
        (("list", 1), (15, 3), None),
        (("list", 1, "k"), (16, 1), (16, 5)),
        (("list", 1, "sub"), (20, 12), None),
        (("list", 1, "sub", "m"), (21, 3), (21, 7)),
        (("list", 1, "inner", 0, "n"), (23, 1), (23, 5)),
        (("list", 1, "inner", 1), (24, 8), None),
        (("list", 1, "inner", 1, "n"), (25, 1), (25, 5)),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_keys_and_values_are_found(
    path: tuple[str | int, ...], key: tuple[int, int], value: tuple[int, int] | None, newline: str
) -> None:
    tomllib.loads(TEXT)
    places = find_places(TEXT.replace("\n", newline))
    assert places.keys[path] == Place(*key)
    assert places.values.get(path) == (Place(*value) if value else None)


def test_a_key_that_is_not_there_is_sought_in_the_table_around_it() -> None:
    assert find_places(TEXT).nearest(("list", 1, "sub", "gone", "deeper")) == Place(20, 12)
    assert find_places(TEXT).value(("nothing",)) == Place(1, 1)


def test_a_key_that_is_written_twice_is_told_with_both_places() -> None:
    assert find_places("[a]\nx = 1\ny = 2\nx = 3\n").repeated == [(("a", "x"), Place(4, 1), Place(2, 1))]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a = 1\nb = "open\nc = 2\n', (2, 5)),
        ("a = [1,\n2\nb = 3\n", (1, 5)),
        ("a = {b = 1\nc = 2", (1, 5)),
        ('a = """\nb = 1\n', (1, 5)),
        ("a = 1\n[b\nc = 2", (2, 3)),
        ("a = \nb = 2", (1, 5)),
        ("a\nb = 2", (1, 2)),
        ("= 1", (1, 1)),
        ('a = "x" y', (1, 9)),
    ],
)
def test_what_is_open_is_told_where_it_was_opened(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    with pytest.raises(LayoutError) as error:
        find_places(text)
    assert error.value.place == Place(*place)


NAMES = st.text("abcdefgh", min_size=1, max_size=3)
LEAVES = st.one_of(st.integers(-99, 99), st.booleans(), st.text('ab"\\ #[]{}=,.\n', max_size=6))
TABLES = st.recursive(
    st.dictionaries(NAMES, LEAVES, max_size=3),
    lambda inner: st.dictionaries(NAMES, st.one_of(LEAVES, inner, st.lists(inner, min_size=1, max_size=2)), max_size=3),
    max_leaves=12,
)


def written(value: object) -> str:
    """Write a value inline, the way TOML has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[ " + ",\n ".join(written(item) for item in value) + " ]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return str(value).lower()


@given(TABLES)
def test_each_value_stands_where_it_is_said_to_stand(data: dict[str, object]) -> None:
    text = "".join(f"{key} = {written(item)}\n" for key, item in data.items())
    assert tomllib.loads(text) == data
    lines, places = text.split("\n"), find_places(text)

    def walk(value: object, path: tuple[str | int, ...]) -> None:
        line, column = places.values[path]
        assert lines[line - 1][column - 1 :].startswith(written(value).split("\n")[0])
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            walk(item, (*path, key))

    for key, item in data.items():
        walk(item, (key,))


@given(st.text("ab=\"'\\[]{}.,#\n ", max_size=40))
def test_whatever_tomllib_reads_has_places_and_nothing_hangs(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        try:
            find_places(text)
        except LayoutError:
            return
    else:
        find_places(text)
