"""One table of guard subjects: it is whole, its code is whole, and a new kind of guard costs two places."""

from __future__ import annotations

import os
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest

from xinfang_flow.flow.checks.overlap import COMPARISONS as WEIGHED
from xinfang_flow.flow.model.conditions import Condition
from xinfang_flow.flow.model.subjects import ABOUT_DATA, COMPARISONS, OPTIONS, SUBJECTS, attribute
from xinfang_flow.flow.names.field_misfits import WANTED
from xinfang_flow.kernel.interpreter.comparison import COMPARE
from xinfang_flow.kernel.interpreter.guards import TESTS

PACKAGE = Path(__file__).resolve().parents[2] / "xinfang_flow"
PLACES = {"label", "must", "compared", "by", "others", "states", "chosen", "ahead", "order"}


def places(text: str) -> set[str]:
    """The names of the places in a text that are filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_subject_has_its_code_and_no_other_has() -> None:
    """The rows of the table and the tests of the kernel are about the same subjects."""
    assert TESTS.keys() == SUBJECTS.keys()


def test_every_comparison_and_option_is_a_key_of_a_condition() -> None:
    """A condition has the keys of the table, and `message`; each option is taken by some subject."""
    fields = {*SUBJECTS, *map(attribute, COMPARISONS), *map(attribute, OPTIONS), "message"}

    assert {*Condition.model_fields} == fields
    assert {key for row in SUBJECTS.values() for key in row.options} == {*COMPARISONS, *OPTIONS}


def test_every_comparison_has_its_code() -> None:
    """The kernel compares, and the check weighs, with the comparisons of the table; `over_half` is about a whole."""
    assert {*COMPARE} == {*WEIGHED} == {*COMPARISONS} - {"over_half"}


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_row_is_whole(name: str) -> None:
    """A row says its words in two languages, needs what it takes, and wants a kind of field that is known."""
    row = SUBJECTS[name]
    assert {*row.needs} <= {*row.options}
    assert row.wanted in {"", *WANTED}
    assert (row.joins is not None) == (row.about == "conditions")
    for text in () if row.joins else (row.long.zh, row.long.en):
        assert {"label", "must"} <= places(text) <= PLACES
    for text in () if row.joins else (row.short.zh, row.short.en):
        assert places(text) == {"label"}
    assert not row.compares or "compared" in places(row.long.zh) & places(row.long.en)


def test_what_looks_at_data_alone() -> None:
    """What may say for which cases a deadline runs asks for nobody, no task, no other case and no earlier value."""
    assert sorted(ABOUT_DATA) == sorted(
        ["present", "absent", "field", "count", "apart", "before", "after", "any", "all", "none"]
    )


# What a new kind of guard is written as: its row, and its code.
ROW = """\
    "even": Subject(
        "field", "the number in the field is even",
        Text("“{label}”{must}为双数", "{label!r} {must} be even"), Text("{label}为双数", "{label} is even"),
        wanted="amount", data_alone=True,
    ),
    "any": Subject("""
CODE = '"even": lambda _, condition: lambda view: view.data[condition.about] % 2 == 0, "any": _any,'
# What everybody who reads the table then says of it.
STORY = """
import xinfang_flow as xf
from xinfang_flow.flow import flow_schema, to_toml
from xinfang_flow.flow.checks.overlap import exclusive

def flow(**more):
    go = {"trigger": "go", "source": "here", "dest": "gone", "roles": "clerk", **more}
    part = {"starts": {"enters": "here"}, "met_by": {"enters": "gone"}, "when": [{"even": "persons"}]}
    return xf.Flow.model_validate({
        "id": "f", "version": 1, "title": "F", "initial": "here", "roles": {"clerk": {}},
        "fields": {"persons": {"type": "integer", "title": {"zh": "人数", "en": "Persons"}}, "memo": "text"},
        "states": {"here": {}, "gone": {"final": True}}, "open": {"roles": "clerk", "takes": ["persons", "memo?"]},
        "deadline": [{"name": "limit", "period": {"days": 3}, **part}], "transition": [go],
    })

guarded, denied = flow(conditions=[{"even": "persons"}]), flow(unless=[{"even": "persons"}])
assert xf.check(guarded) == []
assert exclusive(guarded, guarded.transitions[0], denied.transitions[0])
assert [finding.code for finding in xf.check(flow(conditions=[{"even": "memo"}]))] == ["XF116"]
assert [finding.code for finding in xf.check(flow(conditions=[{"even": "nothing"}]))] == ["XF103"]
assert "even" in flow_schema()["$defs"]["Condition"]["properties"]
assert 'even = "persons"' in to_toml(guarded)
assert "人数为双数" in xf.draw(guarded, "mermaid", lang="zh", guards=True)
clerk = xf.Actor("li", {"clerk"})
for checked, persons, words in (
    (guarded, 3, "“人数”应为双数 / 'Persons' must be even"),
    (denied, 4, "“人数”不应为双数 / 'Persons' must not be even"),
):
    engine = xf.Engine.in_memory(flows=[checked])
    case = engine.open("f", {"persons": persons}, actor=clerk)
    assert ("limit" in case.deadlines) == (persons == 4)
    try:
        engine.fire(case.id, "go", actor=clerk)
    except xf.RefusedError as refused:
        assert words in str(refused), str(refused)
    else:
        raise AssertionError("it was not refused")
"""


def test_a_new_kind_of_guard_costs_two_places(tmp_path: Path) -> None:
    """With a row and a function, a copy of the package reads, checks, draws, publishes, asks and refuses in words."""
    copy = shutil.copytree(PACKAGE, tmp_path / "xinfang_flow")
    for place, old, new in (
        ("flow/model/subjects.py", '    "any": Subject(', ROW),
        ("kernel/interpreter/guards.py", '"any": _any,', CODE),
    ):
        text = (copy / place).read_text("utf-8")
        assert text.count(old) == 1
        (copy / place).write_text(text.replace(old, new), "utf-8")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    told = subprocess.run(
        [sys.executable, "-c", STORY], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )

    assert (told.returncode, told.stderr) == (0, "")
