"""The public names are pinned: adding or losing one is a reviewed change of public_names.txt (`make names`)."""

from pathlib import Path

import xinfang_flow

PINNED = Path(__file__).with_name("public_names.txt")
NAMES: list[str] = list(getattr(xinfang_flow, "__all__", ()))


def test_the_public_names_are_the_pinned_ones() -> None:
    """`xinfang_flow.__all__` is exactly what public_names.txt lists."""
    assert sorted(NAMES) == PINNED.read_text(encoding="utf-8").split()


def test_every_public_name_is_there() -> None:
    """Each name that the front door promises can be had from it."""
    assert [name for name in NAMES if not hasattr(xinfang_flow, name)] == []


def test_dir_shows_the_public_names() -> None:
    """Tab completion offers every public name, those that load late too."""
    assert set(NAMES) <= set(dir(xinfang_flow))
