"""Models of what a flow takes and keeps: they agree with what the engine checks, and engines take their instances."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

import xinfang_flow as xf
from xinfang_flow.text import Language

CLERK = xf.Actor("li", roles={"clerk"}, org="north")
FORM = xf.Flow.model_validate({
    "id": "form", "version": 1, "title": {"zh": "表单", "en": "Form"}, "initial": "here", "roles": {"clerk": {}},
    "records": {"member": {"called": {"title": {"zh": "姓名", "en": "Name"}, "personal": True}, "born": "date"}},
    "fields": {
        "day": {"type": "date", "title": {"zh": "日期", "en": "Day"}}, "moment": "datetime", "many": "integer",
        "kind": {"type": "choice", "choices": {"a": "A", "b": "B"}}, "sure": "boolean", "who": "actor",
        "fen": "money", "scan": "material", "lead": {"type": "record", "of": "member"},
        "team": {"type": "list", "of": "member"}, "days": {"type": "list", "of": "date"},
        "memo": {"type": "text", "max_length": 5, "personal": True}, "json": "text", "model_config": "integer",
    },
    "states": {"here": {}, "end": {"final": True}},
    "open": {"roles": ["clerk"], "takes": ["day", "kind?", "memo?"], "tells": ["who?"]},
    "task": [{"name": "vote", "states": ["here"], "settle": "all", "answers": {"yes": "Yes", "no": "No"}}],
    "transition": [
        {
            "trigger": "fill", "source": "here", "roles": ["clerk"],
            "takes": [
                "day?", "moment?", "many?", "kind?", "sure?", "who?", "fen?", "scan?", "lead?", "team?", "days?",
                "memo?", "json?", "model_config?",
            ],
        },
        {"trigger": "vote", "source": "here", "roles": ["clerk"], "task": {"name": "vote", "do": "settle"}},
        {"trigger": "end", "name": "end_day", "source": "here", "dest": "end", "roles": ["clerk"], "takes": ["day"]},
        {
            "trigger": "end", "name": "end_many", "source": "here", "dest": "end", "roles": ["clerk"],
            "takes": ["day", "many"],
        },
    ],
})  # fmt: skip
DIGEST = "sha256:" + "0" * 64
WRONG: list[Any] = ["", "x", "2026-02-30", "2026-03-02T09:00:00", 10**17, -1, [], {}, {"#": "x"}, "a\x00", True]
RIGHT: dict[str, list[Any]] = {
    "day": ["2026-03-02", date(2026, 3, 2)], "moment": ["2026-03-02T09:00:00+08:00"], "many": [3, "3"],
    "kind": ["a"], "sure": [True, "true"], "who": ["li"], "fen": [5], "json": ["text"], "model_config": [1],
    "scan": [{"digest": DIGEST, "name": "scan.pdf"}, {"digest": DIGEST, "name": "s", "ref": "r"}],
    "lead": [{"called": "张三", "born": "2000-01-01"}], "team": [[{"called": "张三", "born": "2000-01-01"}], []],
    "days": [["2026-03-02", "2026-03-03"]], "memo": ["abc"],
}  # fmt: skip
payloads = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(right + WRONG) for name, right in [*RIGHT.items(), ("nobody", ["x"])]}
)


def engine() -> xf.Engine:
    """An engine in memory with a clock that stands."""
    return xf.Engine(xf.MemoryStore(), flows=[FORM], clock=xf.ManualClock("2026-03-02T09:00:00+08:00"))


def fields(reasons: tuple[xf.Reason, ...]) -> set[str]:
    """The fields that reasons name."""
    return {(reason.where or "").partition(".")[0] for reason in reasons}


@given(payloads)
def test_a_model_takes_what_the_engine_takes(payload: dict[str, Any]) -> None:
    """What the model refuses the engine refuses, field by field; what both take becomes the same case."""
    desk, model = engine(), xf.payload_model(FORM, "fill")
    case = desk.open("form", {"day": "2026-03-01"}, actor=CLERK)
    try:
        read = model.model_validate(payload)
    except ValidationError as error:
        with pytest.raises(xf.RefusedError) as refused:
            desk.fire(case.id, "fill", payload, actor=CLERK)
        told = {str(detail["loc"][0]) for detail in error.errors()}
        assert fields(refused.value.reasons) == told
    else:
        command = xf.Command(case.id, "fill", payload, CLERK)
        (direct,) = desk.fire_many([command], actor=CLERK, dry_run=True)
        assert direct.case is not None
        assert desk.fire(case.id, "fill", read, actor=CLERK).data == direct.case.data
        kept = xf.data_model(FORM).model_validate(direct.case.data)
        assert kept.model_dump(exclude_none=True, mode="json") == {
            **read.model_dump(exclude_none=True, mode="json"), "day": str(getattr(read, "day", None) or "2026-03-01"),
        }  # fmt: skip


@given(payloads)
def test_the_json_schema_says_the_same(payload: dict[str, Any]) -> None:
    """What a model writes as JSON is valid by its JSON Schema, and reads back as itself."""
    model = xf.payload_model(FORM, "fill")
    try:
        read = model.model_validate(payload)
    except ValidationError:
        return
    text = read.model_dump_json()
    Draft202012Validator(model.model_json_schema()).validate(json.loads(text))
    assert model.model_validate_json(text) == read


def test_values_are_what_python_calls_them() -> None:
    """Dates are dates, moments know their zone, what was not given is None; nothing can be set or added."""
    model = xf.payload_model(FORM, "fill")
    read: Any = model.model_validate({"day": "2026-03-02", "moment": "2026-03-02T09:00:00+08:00", "json": "x"})

    assert (read.day, read.moment.utcoffset() is not None, read.memo) == (date(2026, 3, 2), True, None)
    assert isinstance(read.moment, datetime)
    assert read.json_ == "x"  # such a name is a method of every model
    assert read.model_dump(exclude_none=True).keys() == {"day", "moment", "json"}
    with pytest.raises(ValidationError, match="frozen"):
        read.day = date(2026, 3, 3)
    with pytest.raises(ValidationError, match="extra_forbidden"):
        model.model_validate({"nobody": 1})


def test_personal_values_stay_out_of_reprs_and_errors() -> None:
    """Neither a model's repr nor what it says of a wrong value tells what is personal."""
    model = xf.payload_model(FORM, "fill")

    assert "canary" not in repr(
        model.model_validate({"memo": "canar", "lead": {"called": "canary", "born": "2000-01-01"}})
    )
    with pytest.raises(ValidationError) as wrong:
        model.model_validate({"memo": "canary"})
    assert "canary" not in str(wrong.value)


def test_titles_are_the_flows_own_words() -> None:
    """The JSON Schema shows the labels of the flow in the language asked for, those of records as well."""
    zh, en = (xf.payload_model(FORM, "fill", lang=lang).model_json_schema() for lang in get_args(Language))

    assert (zh["properties"]["day"]["title"], en["properties"]["day"]["title"]) == ("日期", "Day")
    assert [it["$defs"]["member"]["properties"]["called"]["title"] for it in (zh, en)] == ["姓名", "Name"]
    assert (en["title"], en["additionalProperties"]) == ("Form · fill", False)


def test_required_is_what_the_flow_requires() -> None:
    """Of the opening, of a task step, of a trigger that several transitions share, of the data."""
    required = {
        trigger: xf.payload_model(FORM, trigger).model_json_schema().get("required", [])
        for trigger in ("open", "fill", "vote", "end")
    }

    assert required == {"open": ["day"], "fill": [], "vote": ["answer"], "end": ["day"]}
    assert xf.payload_model(FORM, "end").model_fields.keys() == {"day", "many"}
    assert xf.data_model(FORM).model_json_schema()["required"] == ["day"]
    assert "who" in xf.payload_model(FORM, "open").model_fields


def test_a_web_framework_can_use_them() -> None:
    """One class for one flow and trigger, its name fit for an interface description, in other models and adapters."""
    model: Any = xf.payload_model(FORM, "open")

    assert model is xf.payload_model(FORM, "open")
    assert (model.__name__, xf.data_model(FORM).__name__) == ("FormOpen", "FormData")
    (read,) = TypeAdapter(list[model]).validate_json('[{"day": "2026-03-02", "memo": "x"}]')
    case = engine().open("form", read, actor=CLERK)
    assert case.as_dict()["data"] == {"day": "2026-03-02", "memo": "***"}


def test_the_same_case_reads_the_same() -> None:
    """Whether it was just opened, asked for again, or folded from its history: equal cases have equal forms."""
    desk = engine()
    given = {"day": date(2026, 3, 2)}
    case = desk.open("form", given, actor=CLERK, key="once")

    assert (
        desk.open("form", xf.payload_model(FORM, "open")(**given), actor=CLERK, key="once").as_dict() == case.as_dict()
    )
    assert desk.get(case.id, actor=CLERK).as_dict() == case.as_dict()
    assert case.as_dict()["opened_at"] == "2026-03-02T01:00:00+00:00"


@pytest.mark.parametrize("name", xf.list_flows())
def test_every_standard_flow_has_its_models(name: str) -> None:
    """Each trigger of each flow that is shipped gives a model and a schema."""
    flow = xf.load_flow(name)
    models = [xf.payload_model(flow, trigger) for trigger in ("open", *flow.triggers)] + [xf.data_model(flow)]

    for model in models:
        Draft202012Validator.check_schema(model.model_json_schema())


def test_what_is_not_there_is_said() -> None:
    """A trigger that the flow has not, with the nearest right one; a language that there is not."""
    with pytest.raises(xf.InputError, match=r"trigger: form@1 has no trigger 'fil'.*did you mean 'fill'"):
        xf.payload_model(FORM, "fil")
    with pytest.raises(xf.InputError, match="lang: 'de' is none of zh, en"):
        xf.data_model(FORM, lang="de")  # type: ignore[arg-type]  # that is the mistake
