"""The vocabulary of guards: a row for each subject, for each comparison and for each option.

The rule of this file: what a subject is stands in its row, and what it does in `TESTS` of the kernel's guards.  The
model, the checks, the words of refusals and pictures, the schema and the page of the format read these rows; no other
file of the package knows a subject by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from keyword import iskeyword
from types import MappingProxyType
from typing import Literal, NamedTuple

from xinfang_flow.text import Text

About = Literal["field", "task", "link", "deadline", "function", "conditions"]
# How two statements about one thing are weighed against each other; what is its own kind is never weighed.
Weighed = Literal["given", "missing", "value", "items", "number", "earlier", "later", "state", "itself"]
Joint = Literal["any", "all"]


class Comparison(NamedTuple):
    """A comparison: its words with the place of the `value`, long for a refusal and short for a picture.

    `dated` are the long words where the value is a date or a moment, which is not more or less but later or earlier.
    """

    long: Text
    short: Text
    dated: Text | None = None


class Subject(NamedTuple):
    """What a condition may be about, and everything that is known of it but its code.

    `wanted` is the kind of field that it needs, as field_misfits knows the kinds; "" where any will do.
    `options` may stand beside it, `needs` must; where comparisons are among the options one of them must, unless it
    may stand `bare`.
    `data_alone`: it looks at the case's data and the moment of asking, so that it can say for which cases a deadline
    runs (`when`).  `awaits`: it waits for the answers to a task.
    `joins` and `denies` are for combinations: whether one part or every part must hold, and whether that is denied.
    `refuses` is the code of its refusals.  `long` has the places label, must, compared, by, others, states, chosen,
    ahead and order; `short` has label.
    """

    about: About
    meaning: str
    long: Text = Text("", "")
    short: Text = Text("", "")
    wanted: str = ""
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    bare: bool = False
    data_alone: bool = False
    weighed: Weighed = "itself"
    awaits: bool = False
    refuses: str = "guard"
    joins: Joint | None = None
    denies: bool = False

    @property
    def compares(self) -> bool:
        """Whether it takes comparisons."""
        return "equals" in self.options

    @property
    def counts(self) -> bool:
        """Whether what it compares is a number of things, and not a field's own value."""
        return self.weighed in ("items", "number")


# What a condition says of one value; `over_half` alone is about a part and its whole.
_VALUE: Mapping[str, Comparison] = MappingProxyType({
    "equals": Comparison(Text("为{value}", "{value}"), Text(" = {value}", " = {value}")),
    "one_of": Comparison(Text("为{value}之一", "one of {value}"), Text(" ∈ {value}", " ∈ {value}")),
    "at_least": Comparison(
        Text("不少于{value}", "at least {value}"), Text(" ≥ {value}", " ≥ {value}"),
        Text("不早于{value}", "no earlier than {value}"),
    ),
    "at_most": Comparison(
        Text("不多于{value}", "at most {value}"), Text(" ≤ {value}", " ≤ {value}"),
        Text("不晚于{value}", "no later than {value}"),
    ),
    "odd": Comparison(Text("为单数", "odd"), Text("为单数", " is odd")),
})  # fmt: skip
COMPARED = tuple(_VALUE)
COMPARISONS: Mapping[str, Comparison] = MappingProxyType(
    {**_VALUE, "over_half": Comparison(Text("过半数", "more than half"), Text("过半数", " over half"))}
)
OPTIONS: Mapping[str, str] = MappingProxyType({
    "with": "the answers, or the outcomes, that count",
    "where": "what the parts of a record must be for it to count",
    "from": "the fields that it must have nobody in common with",
    "is": "the states, one of which it must be in",
    "by": "a period: by at least so long, in whole dates",
    "along": "the list, lowest first",
    "ever": "holds a slot, or held one before a hand-over",
    "args": "literals for the function",
})  # fmt: skip
JOINTS: Mapping[Joint, Comparison] = MappingProxyType({
    "any": Comparison(Text("；或", "; or "), Text(" 或 ", " or ")),
    "all": Comparison(Text("；且", "; and "), Text(" 且 ", " and ")),
})  # fmt: skip

SUBJECTS: Mapping[str, Subject] = MappingProxyType({
    "present": Subject(
        "field", "the field has a value",
        Text("{must}填写“{label}”", "{label!r} {must} be given"), Text("有{label}", "{label} given"),
        data_alone=True, weighed="given",
    ),
    "absent": Subject(
        "field", "the field has no value",
        Text("“{label}”{must}为空", "{label!r} {must} be empty"), Text("无{label}", "no {label}"),
        data_alone=True, weighed="missing",
    ),
    "field": Subject(
        "field", "its value compares",
        Text("“{label}”{must}{compared}", "{label!r} {must} be {compared}"), Text("{label}", "{label}"),
        wanted="scalar", options=COMPARED, data_alone=True, weighed="value",
    ),
    "count": Subject(
        "field", "the number of its items compares; with `where`, of those records whose parts are as it says",
        Text("“{label}”的数目{must}{compared}", "the number of {label!r} {must} be {compared}"),
        Text("{label}数", "number of {label}"),
        wanted="items", options=(*COMPARED, "where"), data_alone=True, weighed="items",
    ),
    "settled": Subject(
        "task", "the task is settled, in time for its lead, for the moment as it now stands",
        Text("“{label}”{must}已完成{ahead}", "{label!r} {must} be settled{ahead}"),
        Text("{label}已完成", "{label} settled"),
        awaits=True, refuses="task_open",
    ),
    "answered": Subject(
        "task", "the number of slots with one of the answers `with` compares",
        Text("“{label}”的表态{chosen}{must}{compared}", "the answers to {label!r}{chosen} {must} be {compared}"),
        Text("{label}表态", "{label} answers"),
        options=(*COMPARISONS, "with"), weighed="number", awaits=True,
    ),
    "holds": Subject(
        "task", "the actor holds a slot of the task; with `ever = true`, holds one or held one before a hand-over",
        Text("{must}由“{label}”的责任人本人办理", "the actor {must} hold {label!r}"),
        Text("{label}责任人", "holder of {label}"),
        options=("ever",),
    ),
    "actor": Subject(
        "field", "the actor is the field's value",
        Text("{must}由“{label}”本人办理", "the actor {must} be {label!r}"), Text("{label}本人", "{label} in person"),
        wanted="actor",
    ),
    "actor_org": Subject(
        "field", "the actor's organ is the field's value",
        Text("{must}由“{label}”所指单位的人办理", "the actor {must} belong to {label!r}"),
        Text("{label}的人", "of {label}"),
        wanted="organ",
    ),
    "before": Subject(
        "field", "now is before the moment in the field, by at least the period `by` (counted backwards, whole dates)",
        Text("{must}在“{label}”{by}前办理", "this {must} be done{by} before {label!r}"),
        Text("早于{label}", "before {label}"),
        wanted="moment", options=("by",), data_alone=True, weighed="earlier",
    ),
    "after": Subject(
        "field", "now is after the moment in the field, by at least the period `by`",
        Text("{must}在“{label}”{by}后办理", "this {must} be done{by} after {label!r}"),
        Text("晚于{label}", "after {label}"),
        wanted="moment", options=("by",), data_alone=True, weighed="later",
    ),
    "working_day": Subject(
        "field", "the date in the field is a working day of the calendar; not published yet, it refuses",
        Text("“{label}”{must}为工作日", "{label!r} {must} be a working day"),
        Text("{label}为工作日", "{label} is a working day"),
        wanted="moment",
    ),
    "apart": Subject(
        "field", "nobody and no organ in the field (in its records, if it has any) is also in one of the fields `from`",
        Text(
            "“{label}”{must}与{others}没有相同的人或单位",
            "{label!r} {must} have nobody and no organ in common with {others}",
        ),
        Text("{label}无利害关系", "{label} is impartial"),
        options=("from",), needs=("from",), data_alone=True,
    ),
    "linked": Subject(
        "link",
        "the number of linked cases of the kind that are done (with an outcome in `with`) compares; without a "
        "comparison: all of them, and at least one",
        Text("已办结的“{label}”{chosen}{must}{compared}", "the {label!r} cases done{chosen} {must} be {compared}"),
        Text("{label}已办结", "{label} done"),
        options=(*COMPARED, "with"), bare=True, weighed="number",
    ),
    "running": Subject(
        "link", "the number of linked cases of the kind that are not done yet compares",
        Text("未办结的“{label}”{must}{compared}", "the {label!r} cases still running {must} be {compared}"),
        Text("{label}未办结", "{label} running"),
        options=COMPARED, weighed="number",
    ),
    "deadline": Subject(
        "deadline", "the deadline's state is in `is`: `armed`, `met`, `breached`, `suspended`, `cancelled`",
        Text("期限“{label}”{must}为{states}", "deadline {label!r} {must} be {states}"), Text("{label}", "{label}"),
        options=("is",), needs=("is",), weighed="state",
    ),
    "rises": Subject(
        "field", "the new value of the field stands further along the list `along` than the old one",
        Text("“{label}”{must}高于原来的值{order}", "{label!r} {must} rise{order}"),
        Text("{label}只升不降", "{label} only rises"),
        wanted="scalar", options=("along",), needs=("along",),
    ),
    "named": Subject(
        "function", "a Python predicate, handed to the engine, says so; with literal `args`",
        Text("{must}满足条件“{label}”", "condition {label!r} {must} hold"), Text("{label}", "{label}"),
        options=("args",),
    ),
    "any": Subject("conditions", "one of the conditions inside holds", data_alone=True, joins="any"),
    "all": Subject("conditions", "every condition inside holds", data_alone=True, joins="all"),
    "none": Subject("conditions", "no condition inside holds", data_alone=True, joins="any", denies=True),
})  # fmt: skip

ABOUT_DATA = frozenset(name for name, row in SUBJECTS.items() if row.data_alone)


def attribute(key: str) -> str:
    """Return what a key of a document is called in Python: `is` is `is_`."""
    return f"{key}_" if iskeyword(key) else key
