"""What every command has: the language, the two streams, the database and who asks."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType

from xinfang_flow.cli.labels import Words
from xinfang_flow.errors import InputError, StoreError
from xinfang_flow.text import Language, Text

if TYPE_CHECKING:
    from xinfang_flow.engine.clock import Clock
    from xinfang_flow.engine.engine import Engine
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.kernel import Actor
    from xinfang_flow.store import Store

SQLITE = "sqlite:///"


class Face:
    """One call of a command.  With `--json`, stdout takes one document and nothing else."""

    def __init__(self, lang: Language, options: Mapping[str, Any]) -> None:
        self.words = Words(lang)
        self.lang: Language = lang
        self.json = bool(options.get("json"))
        self.options = options
        self.out = Console(file=sys.stdout, highlight=False, emoji=False, markup=False)
        self.err = Console(file=sys.stderr, highlight=False, emoji=False, markup=False)
        self.code = 0
        self._store: Store | None = None
        self._clock: Clock | None = None

    # ---- speaking ------------------------------------------------------------------------------------------------

    def show(self, *parts: RenderableType) -> None:
        """Print for people; silent under `--json`.  Text is left to the terminal to wrap: it can be copied."""
        if not self.json:
            for part in parts:
                self.out.print(part, soft_wrap=isinstance(part, str))

    def say(self, key: str, **facts: Any) -> None:
        """Print one label for people."""
        self.show(self.words(key, **facts))

    def hint(self, key: str, **facts: Any) -> None:
        """Print one label on stderr, under `--json` too: it is no part of the answer."""
        self.err.print(self.words(key, **facts), style="dim")

    def answer(self, document: Any) -> None:
        """Print the machine's answer, with `--json` only."""
        if self.json:
            print(json.dumps(document, ensure_ascii=False, indent=2, default=plain))

    # ---- the engine ----------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The database as a URL; a bare path is an SQLite file."""
        given = str(self.options["db"])
        return given if "://" in given else SQLITE + given

    @property
    def clock(self) -> Clock:
        """The machine's clock, or the moment given by `--now`."""
        from xinfang_flow.engine.clock import ManualClock, SystemClock

        if self._clock is None:
            now = self.options.get("now")
            self._clock = ManualClock(now) if now else SystemClock()
        return self._clock

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()

    def engine(self, *flows: Flow, make: bool = False) -> Engine:
        """Open the engine; only with `make` may the database be new.

        Raises:
            StoreError: there is no such database, or it cannot be opened.
        """
        from xinfang_flow.engine.engine import Engine
        from xinfang_flow.engine.store_url import open_store

        path = sqlite_path(self.url)
        if path is not None and not make and not path.exists():
            raise StoreError(self.words("error.no_database", path=path))
        self._store = open_store(self.url)
        return Engine(self._store, flows=list(flows) or None, clock=self.clock)

    @property
    def store(self) -> Store:
        """The store behind the engine that was opened last."""
        if self._store is None:
            raise StoreError(Text("引擎还没有打开", "the engine has not been opened"))
        return self._store

    def actor(self) -> Actor:
        """Return who asks, as `--as`, `--role` and `--org` say.

        Raises:
            InputError: nobody is named.
        """
        from xinfang_flow.kernel import Actor

        name, roles = self.options.get("as_"), self.options.get("role") or ()
        if not name:
            raise InputError(self.words("error.actor"))
        return Actor(name, [part for role in roles for part in str(role).split(",")], self.options.get("org"))

    def reader(self, flow: Flow | None = None) -> Actor:
        """Return who reads: the person named by `--as`, else the system itself, to whom everything is open."""
        from xinfang_flow.kernel import SYSTEM

        return self.actor() if self.options.get("as_") else SYSTEM


def sqlite_path(url: str) -> Path | None:
    """Return the file behind an SQLite URL; None for another database or for memory."""
    path = url.removeprefix(SQLITE).partition("?")[0]
    return Path(path) if url.startswith(SQLITE) and path and path != ":memory:" else None


def plain(value: Any) -> Any:
    """Return what JSON has no word for as text."""
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
