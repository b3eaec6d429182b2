"""The names of a payload as a flow writes them: `name`, or `name?` where it may be left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

MARK = "?"


class PayloadName(NamedTuple):
    """One name that a payload may hold."""

    bare: str
    required: bool


def payload_name(written: str) -> PayloadName:
    """Return what a name means as it stands in `takes` or `tells`."""
    return PayloadName(written.removesuffix(MARK), not written.endswith(MARK))


def bare_names(written: Iterable[str]) -> tuple[str, ...]:
    """Return the names alone, in their order."""
    return tuple(name.removesuffix(MARK) for name in written)


def required_names(written: Iterable[str]) -> frozenset[str]:
    """Return the names that must be given."""
    return frozenset(name for name in written if not name.endswith(MARK))
