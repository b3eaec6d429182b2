"""Write docs/reference/engine.md from the docstrings of the Engine: `python tools/engine_reference.py`.

The page is made, never edited; tests/docs holds it against the code.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import xinfang_flow as xf

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/engine.md"
HEAD = """# The Engine's verbs

Made from the docstrings by `python tools/engine_reference.py`; the code is the owner.

Every verb that reads takes `actor=` (what they may not see is `NotFoundError`) and `session=`
([embedding](../how-to/embed.md)). Errors are in [errors](errors.md), who must call `tick` and `deliver` in
[operating](../how-to/operate.md).
"""


def signature(verb: Any) -> str:
    """Return a signature as it is called: without self, defaults kept, annotations shortened to their names."""
    text = str(inspect.signature(verb)).replace("'", "").replace("xinfang_flow.", "")
    return re.sub(r"\(self(, )?", "(", re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text), count=1)


def told(thing: Any) -> str:
    """Return what a docstring says, its lists as Markdown."""
    body = inspect.getdoc(thing) or ""
    body = re.sub(r"^(Args|Raises):\n", r"\1:\n\n", body, flags=re.MULTILINE)
    body = re.sub(r"^    (\w+): ", r"- `\1`: ", body, flags=re.MULTILINE)
    return re.sub(r"^        +", "  ", body, flags=re.MULTILINE)


def section(name: str, call: Any, thing: Any) -> str:
    """Return one verb: how it is called, and what it says of itself."""
    return f"## `{name}`\n\n```text\n{name}{signature(call)}\n```\n\n{told(thing)}\n"


def page() -> str:
    """Return the whole page: the Engine itself, then its verbs in the order of the class."""
    names = [name for name in vars(xf.Engine) if not name.startswith("_") and callable(getattr(xf.Engine, name))]
    verbs = [(name, getattr(xf.Engine, name)) for name in names]
    return "\n".join(
        [HEAD, section("Engine", xf.Engine.__init__, xf.Engine), *(section(name, verb, verb) for name, verb in verbs)]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"wrote {PAGE}")
