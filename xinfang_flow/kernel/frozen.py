"""Values that cannot be changed: what a case and an event are made of inside."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic_core import SchemaSerializer, core_schema


class FrozenDict(dict[str, Any]):
    """A mapping that cannot be changed in place; the type of everything inside a case or an event."""

    __slots__ = ()

    # Says that it is written as a plain mapping is: `to_json` would find that out, at five times the price.
    __pydantic_serializer__: ClassVar[SchemaSerializer] = SchemaSerializer(core_schema.dict_schema())

    def _refuse(self, *_: object, **__: object) -> Any:
        raise TypeError("this mapping belongs to a case or an event and cannot be changed; fire a trigger instead")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, Any]]]:
        """Pickle as a plain dict inside, so that cases travel between processes."""
        return FrozenDict, (dict(self),)


EMPTY = FrozenDict()


def freeze(value: Any) -> Any:
    """Return JSON-like `value` with every mapping frozen and in the order of its keys, and every list a tuple."""
    if value.__class__ in _PLAIN:
        return value
    if isinstance(value, dict):
        items = [(key, item if item.__class__ in _PLAIN else freeze(item)) for key, item in sorted(value.items())]
        return FrozenDict(items) if value else EMPTY
    if isinstance(value, list | tuple):
        return tuple([freeze(item) for item in value])
    return value


_PLAIN = frozenset({str, int, bool, type(None)})
