"""Commitments: what stands in hashed text for a personal value, and all that is left of it once it is erased."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from xinfang_flow.kernel.canonical import canonical

SIGN = "#"
_sha256 = hashlib.sha256


def commitment(salt: str, value: Any) -> dict[str, str]:
    """Return what stands in the hashed text for a personal value."""
    return {SIGN: _digest(salt, canonical(value))}


def committed_text(salt: str, text: str) -> str:
    """Return the commitment to a value whose canonical text is at hand, as canonical text."""
    return f'{{"{SIGN}":"{_digest(salt, text)}"}}'


def is_commitment(value: Any) -> bool:
    """Return whether the value is a commitment and nothing else: the value itself is not here, or was erased."""
    return isinstance(value, Mapping) and set(value) == {SIGN}


def _digest(salt: str, text: str) -> str:
    return _sha256(f"{salt}:{text}".encode()).hexdigest()
