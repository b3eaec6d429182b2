"""A key for caches over flows, which are large and hold mappings: what counts is which objects they are."""

from __future__ import annotations

from typing import Any


class ByIdentity:
    """A cache key: the same objects give the same answer, whatever their contents hash to."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.parts)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and all(a is b for a, b in zip(self.parts, other.parts, strict=True))
