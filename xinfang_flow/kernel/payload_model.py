"""What a flow takes and keeps, as pydantic models: request bodies and forms for other people's applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, reduce
from operator import or_
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model

from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.fields import FieldSpec
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.model.parts import Opening
from xinfang_flow.kernel.identity import ByIdentity
from xinfang_flow.kernel.interpreter.field_types import FieldTypes
from xinfang_flow.kernel.interpreter.payload import beside, specs_of
from xinfang_flow.kernel.interpreter.personal import personal_names
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Language, Text, shown, titled

OPEN = "open"
Specs = Mapping[str, tuple[tuple[FieldSpec, ...], bool]]


def payload_model(flow: Flow, trigger: str, *, lang: Language = "zh") -> type[BaseModel]:
    """Return the model of what a trigger takes, "open" for the opening: frozen, closed against unknown fields.

    Its fields have the types that the engine checks, with the flow's labels in `lang` as titles of the JSON Schema; a
    date is a `date`, a moment an aware `datetime`; its repr leaves personal values out.  A field that need not be given
    is None, and None means not given.  An instance is a payload: hand it to `Engine.open` or `Engine.fire`.  Where
    several transitions share the trigger, the model takes the fields of each, and requires what all require.  The same
    flow gives the same model.

    Raises:
        InputError: the flow has no such trigger, or there is no such language.
    """
    if trigger != OPEN and trigger not in flow.triggers:
        hint = did_you_mean(trigger, (OPEN, *flow.triggers))
        known = ", ".join((OPEN, *flow.triggers))
        raise InputError(
            Text(
                f"{flow.name} 没有办理动作“{shown(trigger)}”{hint[0]}（有：{known}）",
                f"{flow.name} has no trigger {trigger!r}{hint[1]} (known: {known})",
            ),
            where=Text("办理动作", "trigger"),
        )
    return _payload_model(ByIdentity(flow), trigger, _known(lang))


def data_model(flow: Flow, *, lang: Language = "zh") -> type[BaseModel]:
    """Return the model of `Case.data`, in the form of `payload_model`: what the opening requires is always there.

    It reads data whose personal values are in clear; a masked or erased value is none of its field.

    Raises:
        InputError: there is no such language.
    """
    return _data_model(ByIdentity(flow), _known(lang))


def _known(lang: Language) -> Language:
    if lang not in get_args(Language):
        raise InputError(
            Text(f"没有语言“{shown(lang)}”（有：zh、en）", f"{lang!r} is none of {', '.join(get_args(Language))}"),
            where=Text("语言", "lang"),
        )
    return lang


@lru_cache(maxsize=1024)
def _payload_model(key: ByIdentity, trigger: str, lang: Language) -> type[BaseModel]:
    flow: Flow = key.parts[0]
    parts = [flow.opening] if trigger == OPEN else [each for each in flow.transitions if each.trigger == trigger]
    asked = [specs_of(flow, part.payload, beside(flow, part)) for part in parts]
    specs = {
        name: (
            tuple({repr(each[name][0]): each[name][0] for each in asked if name in each}.values()),
            all(name in each and each[name][1] for each in asked),
        )
        for name in sorted({name for each in asked for name in each})
    }
    return _model(flow, trigger, f"{flow.title.in_(lang)} · {titled(parts[0].title, trigger, lang)}", specs, lang)


@lru_cache(maxsize=256)
def _data_model(key: ByIdentity, lang: Language) -> type[BaseModel]:
    flow: Flow = key.parts[0]
    parts: Iterable[Opening] = (flow.opening, *flow.transitions)
    taken = sorted({asked.name for part in parts for asked in part.taken})
    given = {asked.name for asked in flow.opening.taken if asked.required}
    specs = {name: ((flow.fields[name],), name in given) for name in taken}
    return _model(flow, "data", flow.title.in_(lang), specs, lang)


def _model(flow: Flow, name: str, title: str, specs: Specs, lang: Language) -> type[BaseModel]:
    types, personal, keys = FieldTypes(flow, lang), personal_names(flow), {}
    for field, (kinds, needed) in specs.items():
        alias = field if hasattr(BaseModel, field) else None  # such a name cannot be an attribute of a model
        shown = Field(title=types.label(kinds[0], field), alias=alias, repr=field not in personal)
        kind: Any = reduce(or_, (types.of(spec) for spec in kinds))
        keys[f"{field}_" if alias else field] = (
            (Annotated[kind, shown], ...) if needed else (Annotated[kind | None, shown], None)
        )
    config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, protected_namespaces=(), serialize_by_alias=True,
        title=title,
    )  # fmt: skip
    called = "".join(word.capitalize() for word in f"{flow.id}_{name}".split("_"))
    make: Any = create_model  # the fields come from the flow, which no type checker can read
    made: type[BaseModel] = make(called, __config__=config, __module__=__name__, **keys)
    return made
