"""Why a file or document cannot be used, in both languages: what the system, a parser or a model answered."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from typing import Any

from xinfang_flow.text import Text

_SYSTEM = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是文件夹",
    errno.ENOTDIR: "上级不是文件夹",
    errno.EEXIST: "已有同名文件",
    errno.EROFS: "文件系统只读",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "已超过磁盘配额",
    errno.ENAMETOOLONG: "文件名过长",
    errno.ELOOP: "链接成环",
    errno.EMFILE: "打开的文件过多",
    errno.EIO: "磁盘出错",
    errno.EBUSY: "正被占用",
}
_AT = re.compile(r"line (\d+),? column (\d+)")
# What the parsers of Python say: each pattern takes what stands at the beginning of the sentence.
_PARSERS = (
    (r"Expected '=' after a key", "键之后应有等号"),
    (r"Expected newline or end of document", "一行只写一项，此处应换行"),
    (r"Expected '?\]+'? at the end of", "方括号没有闭合"),
    (r"Expected (.+?)(?: \(at|$)", r"此处应为 \1"),
    (r"Expecting value", "此处应有值"),
    (r"Expecting property name", "此处应为带双引号的键"),
    (r"Expecting (\S+) delimiter", r"此处应为 \1"),
    (r"Extra data", "结尾之后还有内容"),
    (r"Unclosed array", "列表没有闭合"),
    (r"Unclosed inline table", "行内表没有闭合"),
    (r"Unterminated string", "文字没有闭合的引号"),
    (r"(?:Unescaped|Invalid \\\S*|Escaped|Invalid hex)", "转义写法有误"),
    (r"(?:Illegal|Invalid control|Found invalid) character", "含有不允许的字符"),
    (r"(?:Cannot|[Dd]uplicate)", "同一项写了两次"),
    (r"Invalid initial character for a key", "键的第一个字符有误"),
    (r"Invalid date or datetime", "日期或时刻有误"),
    (r"Invalid value", "值的写法有误"),
)
_NOT_UTF8 = Text("不是 UTF-8 编码", "it is not UTF-8")
_SHAPES = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项",
    "string_type": "应为文字",
    "string_pattern_mismatch": "写法不合要求",
    "string_too_short": "不能为空",
    "string_too_long": "过长",
    "too_short": "项数太少",
    "too_long": "项数太多",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "应为 true 或 false",
    "dict_type": "应为表",
    "model_type": "应为表",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "literal_error": "不在可选值之内",
}


def file_cause(error: Exception) -> Text:
    """Return why a file cannot be read or written: an OSError, text that is not UTF-8, or a name that is none."""
    if isinstance(error, UnicodeDecodeError):
        return _NOT_UTF8
    if not isinstance(error, OSError):
        return Text("这不是文件名", "that is no name of a file")
    en = error.strerror or str(error)
    return Text(_SYSTEM.get(error.errno or 0, f"系统错误“{en}”"), en)


def syntax_cause(error: Exception) -> Text:
    """Return what a parser of TOML or JSON could not read, and where."""
    if isinstance(error, RecursionError):
        return Text("嵌套过深", "nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return Text(_NOT_UTF8.zh, str(error))
    said, at = str(error), _AT.search(str(error))
    return Text(f"第{at[1]}行第{at[2]}列，{parser_words(said)}" if at else parser_words(said), said)


def parser_words(said: str) -> str:
    """Return in Chinese what a parser of Python says is wrong, without the place."""
    found = ((re.match(pattern, said), zh) for pattern, zh in _PARSERS)
    return next((match.expand(zh) for match, zh in found if match), "写法有误，或没有写完")


def model_cause(detail: Mapping[str, Any]) -> Text:
    """Return one of pydantic's errors in words; a validator that raised one of our errors says its own."""
    raised = detail.get("ctx", {}).get("error")
    own = getattr(raised, "text", None)
    return Text(own.zh if own else _SHAPES.get(detail["type"], "不合要求"), detail["msg"])
