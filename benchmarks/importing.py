"""What `import xinfang_flow` costs, in fresh interpreters, beside the libraries that it stands on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.racing import Contestant, Result, expect, race

PEERS = "import transitions, pydantic, structlog"
OURS = "import xinfang_flow"
# A bare import fetches names when they are first used, so the engine is what a user really waits for.
ENGINE = "import xinfang_flow; xinfang_flow.Engine"
AFTER = "import sys; sys.exit(3 if 'sqlmodel' in sys.modules or 'sqlalchemy' in sys.modules else 0)"


def _contestant(name: str, kind: str, code: str) -> Contestant:
    def prepare() -> Callable[[], Any]:
        return lambda: subprocess.run([sys.executable, "-c", f"{code}\n{AFTER}"], check=False).returncode

    def check(code: int) -> None:
        expect(code, 0, f"{name}: sqlmodel and sqlalchemy stay out")

    return Contestant(name, kind, 1000, prepare, check)  # a thousandth: the table then reads in milliseconds


def bench(rounds: int) -> dict[str, list[Result]]:
    """Race the imports; elapsed time of a whole interpreter, its own start included in all of them."""
    field = [
        _contestant(PEERS, "peer", PEERS),
        _contestant("an interpreter and nothing else", "floor", "pass"),
        _contestant(OURS, "ours", OURS),
        _contestant("xinfang_flow.Engine", "ours", ENGINE),
    ]
    return {"import (ms)": race(field, rounds, wall=True)}
