"""Random bytes for salts, identifiers and generated keys."""

from __future__ import annotations

import os
from collections.abc import Callable

Entropy = Callable[[int], bytes]
PIECE, PIECES = 16, 256


class RandomPool:
    """The system's random bytes, drawn some hundred pieces at a time: asking for a few costs as much as for many.

    A piece is handed out once, whichever thread asks, and never again after a fork.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._process = os.getpid()

    def __call__(self, size: int) -> bytes:
        """Return `size` random bytes."""
        if size > PIECE:
            return os.urandom(size)
        if os.getpid() != self._process:
            self._pieces, self._process = [], os.getpid()
        try:
            return self._pieces.pop()[:size]
        except IndexError:
            drawn = os.urandom(PIECE * PIECES)
            self._pieces.extend([drawn[place : place + PIECE] for place in range(0, len(drawn), PIECE)])
            return self(size)
