"""Whatever the model refuses is said in words that fit, in both languages: a bad value in every place that there is."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from tests.flow.flows_at_hand import HEAD, PETITION, findings
from xinfang_flow.flow import Flow, Source
from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.findings.places import Table, placed
from xinfang_flow.flow.reading.model_errors import _BOUNDS, _WRONG_TYPE
from xinfang_flow.flow.reading.overlay import ENTRIES, TABLES
from xinfang_flow.flow.reading.parse import parse
from xinfang_flow.flow.reading.validate import _validated
from xinfang_flow.flows import list_flows, load_flow

LONG = "x" * 401
BAD: tuple[Any, ...] = (
    7,
    -1,
    True,
    "",
    "x",
    LONG,
    "用" * 401,
    [],
    [7],
    [""],
    {},
    {"zz": 7},
    {"zh": ""},
    {"zh": LONG},
    10**6,
)

NAMES = re.compile(r"(choices|answers|cases|where)\.")  # tables whose keys are an author's own


class Seat(NamedTuple):
    """One place where a value stands, in a small document that the model accepts."""

    name: str
    document: dict[str, Any]
    path: Path


def inside(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every value, tables and lists included."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from inside(part, (*path, key))


def parts_of(section: str, value: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Each part of a section: the way to it, the part, and the section with that part alone."""
    if section in ENTRIES:
        yield from (((section, 0), part, [part]) for part in value)
    elif section in TABLES:
        yield from (((section, name), part, {name: part}) for name, part in value.items())
    else:
        yield (section,), value, value


def seats() -> Iterator[Seat]:
    """Every kind of place in the standard flows once, each in a document of its own: a part in a small flow."""
    small: dict[str, Any] = json.loads(json.dumps(parse(Source("petition.toml", PETITION))))
    seen: set[tuple[str, ...]] = set()
    for flow in map(load_flow, list_flows()):
        document = json.loads(flow.text)
        for section in document:
            for at, part, around in parts_of(section, document[section]):
                for way in inside(part):
                    kind = (section, *("*" if isinstance(key, int) else key for key in way))
                    if kind not in seen and not NAMES.search(".".join(kind)):
                        seen.add(kind)
                        yield Seat(".".join(kind), {**small, section: around}, (*at, *way))


SEATS = list(seats())


def spoilt(seat: Seat, bad: Any) -> Table:
    """The document with a bad value in the place."""
    document = deepcopy(seat.document)
    *way, last = seat.path
    part: Any = document
    for key in way:
        part = part[key]
    part[last] = bad
    table: Table = placed(document, "flow.toml", {})
    return table


def refusals(seat: Seat, bad: Any) -> list[str]:
    """What is said, in both languages, when a bad value stands there."""
    return [text for problem in _validated(spoilt(seat, bad))[1] for text in (problem.zh, problem.en)]


def test_the_places_are_many() -> None:
    """The tests below have found what they look for."""
    assert len(SEATS) > 300


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(bad)[:12] or "nothing")
def test_every_refusal_has_words_of_its_own(bad: Any) -> None:
    """No word of the library underneath, no Chinese left out, no list of what is expected with nothing in it."""
    for seat in SEATS:
        for text in refusals(seat, bad):
            assert not re.search(r"写法有误|（可用：）|expected one of: \)|Input should|pydantic|Value error", text), (
                seat.name
            )
            assert len(text) < 400, seat.name


def test_every_type_of_error_that_the_model_can_raise_has_its_words() -> None:
    """The types that bad values bring about are those that have words: none is missing, none is kept for nothing."""
    found = set()
    for seat in SEATS:
        for bad in BAD:
            try:
                Flow.model_validate(spoilt(seat, bad))
            except ValidationError as error:
                found |= {detail["type"] for detail in error.errors()}

    worded = {*_WRONG_TYPE, *_BOUNDS} - {"Text", "FieldSpec"}
    assert found == worded | {"extra_forbidden", "missing", "literal_error", "value_error"}


@pytest.mark.parametrize(
    ("line", "zh", "en"),
    [
        (f'title = "{LONG}"', "不能超过 400 个字", "must not be longer than 400 characters"),
        ('title = ""', "不能为空", "must not be empty"),
        ("title = 7", "此处应为文字（请加引号）或表 { zh = …, en = … }，而不是 7",
         "text (put it in quotes), or a table { zh = ..., en = ... }, is expected here, not 7"),
        (f'[states]\nclosed = {{ title = "{LONG}" }}', "不能超过 400 个字", "must not be longer than 400 characters"),
        (f'[states]\nclosed = {{ title = {{ zh = "{LONG}" }} }}', "不能超过 400 个字",
         "must not be longer than 400 characters"),
        ('[[task]]\nname = "opinion"\nof = [7]', "此处应为文字（请加引号），而不是 7",
         "text (put it in quotes) is expected here, not 7"),
        ('[[deadline]]\nname = "handling"\npolicy = 7',
         '7 不可用于此处（可用："civil"、"strict"、数值引用 "figures.名称"）',
         '7 does not fit here (expected one of: "civil", "strict", a figure "figures.NAME")'),
        (f'initial = "{LONG}"', f"'{LONG[:64]}…' 不能用作标识：只用小写字母、数字和 _，以字母开头，最多 64 个字符",
         f"'{LONG[:64]}…' is not an identifier: lower-case letters, digits and _ , a letter first, at most 64"),
    ],
)  # fmt: skip
def test_the_words_say_what_is_wrong(line: str, zh: str, en: str) -> None:
    """Length is called length, an empty text empty, and a list is not too short because an item is wrong."""
    found = [finding for finding in findings(HEAD + line) if finding.code in ("XF012", "XF013")]

    assert [(finding.message.zh, finding.message.en) for finding in found] == [(zh, en)]
