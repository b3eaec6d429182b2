"""What you test your own flows and stores with.

Names are imported when they are first used: this package itself needs neither pytest nor Hypothesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xinfang_flow.testing.store_suite import StoreSuite
    from xinfang_flow.testing.strategies import store_machine

_PLACES = {
    "StoreSuite": "xinfang_flow.testing.store_suite",
    "store_machine": "xinfang_flow.testing.strategies",
}

__all__ = ["StoreSuite", "store_machine"]


def __getattr__(name: str) -> Any:
    """Import a name when it is first used."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    """The public names, those that load late too."""
    return sorted(__all__)
