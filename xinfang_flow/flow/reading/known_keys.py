"""Which keys a part of a flow knows: read off the model, for messages that name the nearest right one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from xinfang_flow.flow.findings.path import Path
from xinfang_flow.flow.model.flow import Flow


@lru_cache(maxsize=256)  # very many unknown keys in one place are looked up once
def keys_at(location: Path, root: type[BaseModel] = Flow) -> tuple[str, ...]:
    """Return the keys that the part at `location` (as pydantic names it) may have; empty where any name may stand."""
    annotation: Any = root
    for part in location:
        annotation = _inside(annotation, part)
    return tuple(alias for model in _models(annotation) for alias in _fields(model))


def _inside(annotation: Any, part: str | int) -> Any:
    """Return the annotation one step further in; a part that names a branch of a union narrows the union."""
    inner = []
    for choice in _choices(annotation):
        origin, arguments = get_origin(choice), get_args(choice)
        if origin in (dict, tuple):
            inner += [arguments[1]] if origin is dict else [arguments[0]]
        elif _is_model(choice) and part in _fields(choice):
            inner.append(_fields(choice)[str(part)])
        elif _is_model(choice) and choice.__name__ in str(part):
            inner.append(choice)
    return Union[tuple(inner)] if inner else None  # noqa: UP007  built at run time


def _choices(annotation: Any) -> Iterable[Any]:
    if get_origin(annotation) in (Union, UnionType):
        return [choice for argument in get_args(annotation) for choice in _choices(argument)]
    if hasattr(annotation, "__metadata__"):
        return _choices(get_args(annotation)[0])
    return (annotation,)


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [choice for choice in _choices(annotation) if _is_model(choice)]


def _is_model(choice: Any) -> bool:
    return isinstance(choice, type) and issubclass(choice, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
