"""The index of lines: every key of a document is found where it stands."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from tests.flow.strategies import flows
from xinfang_flow.flow import Flow, to_json, to_toml
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.reading.lines import json_lines, toml_lines

DOCUMENT = '''\
# a comment with [brackets] and "quotes"
id = "x"   # [not.a.table]
text = """
[states]
# not a comment """
"quoted.key" = 'it''s'
dotted.key.deep = 1
array = [
  # between
  { name = "a", sub = { x = 1 } }, "b",
  [ 1, 2 ],
]

[states]
a = {}

[states.b]
c = """""two quotes inside"""""

[[entry]]
name = 1
  [entry.part]
  x = 'raw \\'
[[entry]]
name = 2
[[entry.list]]
y = 1
'''.replace("'it''s'", "'it'")
EXPECTED = {
    ("id",): 2,
    ("text",): 3,
    ("quoted.key",): 6,
    ("dotted", "key", "deep"): 7,
    ("array",): 8,
    ("array", 0): 10,
    ("array", 0, "sub", "x"): 10,
    ("array", 1): 10,
    ("array", 2, 1): 11,
    ("states",): 14,
    ("states", "a"): 15,
    ("states", "b"): 17,
    ("states", "b", "c"): 18,
    ("entry",): 20,
    ("entry", 0): 20,
    ("entry", 0, "name"): 21,
    ("entry", 0, "part"): 22,
    ("entry", 0, "part", "x"): 23,
    ("entry", 1): 24,
    ("entry", 1, "list", 0): 26,
    ("entry", 1, "list", 0, "y"): 27,
}


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every path of a parsed document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*path, key)
        yield from paths(item, (*path, key))


def test_every_key_of_a_toml_document_has_its_line() -> None:
    """Tables, arrays of tables, dotted and quoted keys, inline tables: each has its line, text is stepped over."""
    tomllib.loads(DOCUMENT)
    lines = toml_lines(DOCUMENT)

    assert {path: lines.get(path) for path in EXPECTED} == EXPECTED


def test_every_key_of_a_json_document_has_its_line() -> None:
    """JSON is scanned in the same way."""
    text = '{\n "id": "a: {[",\n "list": [\n  {"x": "\\"",\n   "y\\u0061": 1}\n ]\n}'

    assert json_lines(text) == {
        ("id",): 2, ("list",): 3, ("list", 0): 4, ("list", 0, "x"): 4, ("list", 0, "ya"): 5,
    }  # fmt: skip


def test_windows_line_ends_count_once() -> None:
    """A file from Windows has the same lines."""
    assert toml_lines(DOCUMENT.replace("\n", "\r\n")) == toml_lines(DOCUMENT)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows())
def test_nothing_of_a_flow_is_without_a_line(flow: Flow) -> None:
    """Every path of a written flow is in the index, and nothing else is."""
    toml, text = to_toml(flow), to_json(flow)

    assert set(toml_lines(toml)) == set(paths(tomllib.loads(toml)))
    assert set(json_lines(text)) == set(paths(json.loads(text)))


@given(
    st.dictionaries(
        st.text(max_size=5), st.one_of(st.text(max_size=8), st.lists(st.text(max_size=4), max_size=3)), max_size=4
    )
)
def test_any_text_is_stepped_over(document: dict[str, Any]) -> None:
    """Quotes, brackets and line ends within keys and texts mislead nobody."""
    text = json.dumps(document, indent=1)

    assert set(json_lines(text)) == set(paths(document))
