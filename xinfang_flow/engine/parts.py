"""What an engine is put together from: each part is checked, and said what to hand in instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xinfang_flow.engine.arguments import Item, wrong_kind
from xinfang_flow.store import Store
from xinfang_flow.text import Text

_PARTS = {
    "guards": Text('请按名称给出函数：{"allowed": allowed}', 'hand in functions by name: {"allowed": allowed}'),
    "calendars": Text(
        '请按名称给出日历：{"china": xf.Calendar.china()}', 'hand in calendars by name: {"china": xf.Calendar.china()}'
    ),
    "effects": Text('请按名称给出办理函数：{"notify": notify}', 'hand in handlers by name: {"notify": notify}'),
    "clock": Text("请给出时钟：xf.SystemClock()", "hand in a clock: xf.SystemClock()"),
    "directory": Text(
        '请给出机构名录：Directory.load("organs.toml")', 'hand in a directory: Directory.load("organs.toml")'
    ),
    "entropy": Text(
        "请给出能产生n个随机字节的函数：os.urandom", "hand in a function that gives n random bytes: os.urandom"
    ),
    "store": Text(
        "请给出数据库地址，如 sqlite:///county.db，或一个存储",
        "hand in a database's URL, such as sqlite:///county.db, or a store",
    ),
}


def checked_named(given: object, where: str, fits: Callable[[Any], bool]) -> dict[str, Any]:
    """Return what an engine is handed in by names: guards, effects, calendars.

    Raises:
        InputError: it is no mapping from names to what fits.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise wrong_kind(where, _PARTS[where], given)
    for name, value in given.items():
        if not isinstance(name, str) or not fits(value):
            raise wrong_kind(f"{where}[{name!r}]", _PARTS[where], value)
    return dict(given)


def checked_part(given: Item, where: str, *verbs: str) -> Item:
    """Return a part of an engine (store, clock, directory) that has the verbs it needs.

    Raises:
        InputError: it has not.
    """
    if isinstance(given, type) or not all(callable(getattr(given, verb, None)) for verb in verbs):
        raise wrong_kind(where, _PARTS[where], given)
    return given


def checked_store(store: Store) -> Store:
    """Return a store.

    Raises:
        InputError: it is none, a path for example.
    """
    return checked_part(store, "store", "transaction", "read_in", "close")
