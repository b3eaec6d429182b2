"""`python -m xinfang_flow` and the script `xinfang-flow`: the command line, or the pip line that brings it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

PIP = 'pip install "xinfang_flow[cli]"'
USAGE, INTERRUPTED = 2, 130


def version() -> str:
    """Return one line with the versions that a report of trouble needs; no database code is imported for it."""
    import platform
    import sqlite3
    from importlib.metadata import version as installed

    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    return f"xinfang_flow {installed('xinfang_flow')} (Python {python}, SQLite {sqlite})"


def speak_utf8() -> None:
    """Let our own streams write UTF-8, on a GBK console too."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--version"]:
        print(version())
        return 0
    speak_utf8()
    try:
        import rich
        import typer
    except ImportError:
        print(f"命令行需要安装扩展 / the command line needs its extra: {PIP}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return _interrupted()
    del rich, typer
    try:
        from xinfang_flow.cli.app import run
    except KeyboardInterrupt:
        return _interrupted()
    return run(arguments)


def _interrupted() -> int:
    """Say so for somebody who pressed Ctrl-C while the program was still being loaded."""
    print("已中断 / interrupted", file=sys.stderr)
    return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
