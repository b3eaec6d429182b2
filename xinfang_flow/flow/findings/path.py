"""The way to a place in a document: keys and indexes, from the root."""

from __future__ import annotations

Path = tuple[str | int, ...]
