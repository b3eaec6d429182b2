"""The nearest right word, for messages that mend."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to `word`, or None when nothing is close."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the hint to append to a message, in Chinese and in English; empty when nothing is close."""
    close = nearest(word, known)
    return (f"；是否应为 {close!r}？", f"; did you mean {close!r}?") if close else ("", "")
