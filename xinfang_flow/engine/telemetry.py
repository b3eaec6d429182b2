"""What the engine says about itself: one canonical line a verb, with a documented set of fields and no personal data.

Silent until the host configures structlog or gives the standard logger `xinfang_flow` a handler and a level; nothing
here configures anything.  `docs/reference/telemetry.md` is the contract of names and fields.
"""

from __future__ import annotations

import logging
from typing import Any

import structlog

LOGGER = "xinfang_flow"
_standard = logging.getLogger(LOGGER)
_standard.addHandler(logging.NullHandler())
_wrapped = structlog.wrap_logger(
    _standard,
    wrapper_class=structlog.stdlib.BoundLogger,
    processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
)


def enabled() -> bool:
    """Return whether anybody listens; asked before a line is even put together."""
    return structlog.is_configured() or _standard.isEnabledFor(logging.INFO)


def say(line: str, **fields: Any) -> None:
    """Write one line; `line` is a constant from the contract."""
    if structlog.is_configured():
        structlog.get_logger(LOGGER).info(line, **fields)
    else:
        _wrapped.info(line, **fields)


def warn(line: str, **fields: Any) -> None:
    """Write one warning."""
    if structlog.is_configured():
        structlog.get_logger(LOGGER).warning(line, **fields)
    elif _standard.isEnabledFor(logging.WARNING):
        _wrapped.warning(line, **fields)
