"""The nearest right word, for messages that mend."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_WORD, MOST_WORDS = 100, 1_000


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to `word`, or None when nothing is close.

    A slip of the pen is looked for in words of a size that somebody writes, and among no more than a thousand.
    """
    words = list(known)
    if len(word) > LONGEST_WORD or len(words) > MOST_WORDS:
        return None
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the hint to append to a message, in Chinese and in English; empty when nothing is close."""
    close = nearest(word, known)
    return (f"；是否应为“{close}”？", f"; did you mean {close!r}?") if close else ("", "")
