"""The flow: its model, its documents, its checks; a declarative lifecycle as data.

The rule of this room: a flow is a frozen value.  Reading, laying and building make one; nothing here runs a case.
Names are imported when they are first used: whoever needs the model alone does not pay for reading documents.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xinfang_flow.flow.checks.check import check
    from xinfang_flow.flow.findings.finding import Finding
    from xinfang_flow.flow.model.flow import Flow
    from xinfang_flow.flow.reading.builder import FlowBuilder, define
    from xinfang_flow.flow.reading.documents import Source, read_flow
    from xinfang_flow.flow.writing.schema import flow_schema
    from xinfang_flow.flow.writing.toml import to_json, to_toml
    from xinfang_flow.text import Text

_HOMES = {
    "xinfang_flow.flow.checks.check": "check",
    "xinfang_flow.flow.findings.finding": "Finding",
    "xinfang_flow.flow.model.flow": "Flow",
    "xinfang_flow.flow.reading.builder": "FlowBuilder define",
    "xinfang_flow.flow.reading.documents": "read_flow",
    "xinfang_flow.flow.reading.source": "Source",
    "xinfang_flow.flow.writing.schema": "flow_schema",
    "xinfang_flow.flow.writing.toml": "to_json to_toml",
    "xinfang_flow.text": "Text",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Finding",
    "Flow",
    "FlowBuilder",
    "Source",
    "Text",
    "check",
    "define",
    "flow_schema",
    "read_flow",
    "to_json",
    "to_toml",
]


def __getattr__(name: str) -> Any:
    """Import a name of this room when it is first used."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the names of this room."""
    return list(__all__)
