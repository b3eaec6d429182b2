"""What the parser complains about, in the chosen language."""

from __future__ import annotations

import re
from typing import Any

import typer

from xinfang_flow.cli.labels import Words
from xinfang_flow.cli.troubles import WRONG, Trouble

# typer brings its own click since 0.2x: its classes are found through what typer exports.
PARSER_ERROR: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

_CHINESE: tuple[tuple[str, str], ...] = (
    (r"No such command '(.*?)'\.?(?: Did you mean (.*)\?)?", "没有命令 {0}"),
    (r"No such option: (\S+?)\.?(?: .*)?", "没有选项 {0}"),
    (r"Missing argument '(.*?)'.*", "缺少参数 {0}"),
    (r"Missing option '(.*?)'.*", "缺少选项 {0}"),
    (r"Missing command\.", "缺少命令"),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", "多余的参数：{0}"),
    (r"Option '(.*?)' requires an argument\.", "选项 {0} 需要一个值"),
    (r"Invalid value for '(.*?)'.*?: (.*)", "{0} 的值有误：{1}"),
)


def usage_words(error: Exception, words: Words) -> Trouble | None:
    """Return the parser's complaint in words; None when the error is not the parser's."""
    if not isinstance(error, PARSER_ERROR):
        return None
    message = str(getattr(error, "format_message", lambda: str(error))())
    text = message
    if words.lang == "zh":
        for pattern, chinese in _CHINESE:
            found = re.fullmatch(pattern, message, re.DOTALL)
            if found:
                text = chinese.format(*(part or "" for part in found.groups()))
                break
    path = _path(error)
    return Trouble("usage", words("error.usage"), (text, words("error.try_help", path=path)), WRONG)


def _path(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return str(context.command_path) if context is not None else "xinfang-flow"
