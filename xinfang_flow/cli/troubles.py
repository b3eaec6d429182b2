"""Errors as people read them: one message in the chosen language, one line a reason, and the exit code."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from xinfang_flow.cli.labels import Words
from xinfang_flow.errors import (
    CalendarHorizonError,
    ConflictError,
    FlowError,
    InputError,
    KeyReusedError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    StoreError,
    TamperedError,
    WiringError,
    XinfangError,
)  # fmt: skip

OK, REFUSED, WRONG, STORE, INTERRUPTED = 0, 1, 2, 3, 130

_CODES: tuple[tuple[type[XinfangError], str, int], ...] = (
    (RefusedError, "refused", REFUSED),
    (KeyReusedError, "key_reused", REFUSED),
    (ConflictError, "conflict", REFUSED),
    (TamperedError, "tampered", REFUSED),
    (FlowError, "flow", WRONG),
    (WiringError, "wiring", WRONG),
    (NotFoundError, "not_found", WRONG),
    (CalendarHorizonError, "horizon", WRONG),
    (InputError, "input", WRONG),
    (OutcomeUnknownError, "outcome_unknown", STORE),
    (StoreError, "store", STORE),
)

_CHINESE: tuple[tuple[str, str], ...] = (
    (r"there is no case '(.*)'", "没有编号为 {0} 的信访事项（或无权查看）"),
    (r"there is no (?:standard )?flow '(.*?)'; did you mean '(.*?)'\?.*", "没有流程 {0}，是否应为 {1}？"),
    (r"there is no (?:standard )?flow '(.*?)' \(known: (.*)\)", "没有流程 {0}（有：{1}）"),
    (r"there is no flow '(.*?)'.*", "没有流程 {0}"),
    (r"'(.*)' is a folder: name the flow's file in it, such as (.*)", "{0} 是文件夹：请写明其中的流程文件，如 {1}"),
    (r"case (\S+) has version (\d+), not (\d+).*", "事项 {0} 已是第{1}版，不是第{2}版：其间有人办理过，请重新查看"),
    (r"key '(.*)' (?:already )?belongs to (?:'(.*)' on )?case (\S+)", "防重键 {0} 已用于事项 {2} 的另一请求"),
    (r"key '(.*)' already belongs to another request", "防重键 {0} 已用于另一请求"),
    (r"(?:\w+: )?'(.*)' is not a key.*", "防重键 {0} 不合格：1 至 128 个 A-Z a-z 0-9 . _ : -"),
    (r"(?:\w+: )?'(.*)' is not a name.*", "{0!r} 不是合格的名称：1 至 64 个可见字符"),
    (r".*\"system\" is the engine itself.*", "system 是系统自身，请写明经办人"),
    (r".*\"system\" is the role of the engine itself.*", "system 是系统自身的角色，请写明经办人自己的角色"),
    (r"'(.*)' is not a moment.*", "{0} 不是时刻，请写成 2026-03-02T09:00:00+08:00"),
    (r"'(.*)' has no zone: write (.*)", "{0} 没有时区，请写成 {1}"),
    (r"cannot read '(.*)' as a period.*", '{0} 不是期限，请写成 "60 days"、"10 working days"、"4 hours"、"6 months"'),
    (r"(?:register|mapping|case file): (.*) cannot be read: (.*)", "{0} 无法读取：{1}"),
    (r"register: (.*) is a directory, not a file", "{0} 是文件夹，不是文件"),
    (r"register: (.*) has (\d+) MB.*", "{0} 有 {1} MB，超过上限：请拆分"),
    (r"register: (.*) is empty", "{0} 是空文件"),
    (r"register: (.*) is neither UTF-8 nor GB18030 text", "{0} 既不是 UTF-8 也不是 GB18030 文本"),
    (r"register: (.*): save it as .xlsx or as CSV first", "{0}：请先另存为 .xlsx 或 CSV"),
    (
        r"register: (.*) (?:is not an .xlsx workbook|is not a workbook that can be read)",
        "{0} 不是可读取的 .xlsx 工作簿",
    ),
    (r"register: (.*) would unpack to (.*) MB in (.*) parts: refused", "{0} 解压后有 {1} MB、{2} 个部分，拒绝读取"),
    (r"register: reading .xlsx needs openpyxl: (.*)", "读取 .xlsx 需要：{0}"),
    (r"header: these columns are missing: (.*) \(found: (.*)\)", "缺少列：{0}（现有：{1}）"),
    (r"header: these columns stand there twice: (.*)", "列名重复：{0}"),
    (r"header: the quotation marks of the header cannot be right", "表头的引号不成对"),
    (r"line (\d+): (.*) has more than (.*) rows: split it", "{1} 超过 {2} 行：请拆分"),
    (r"line (\d+): more than (.*) merged cells in one row", "第{0}行的合并单元格超过 {1} 个：请取消合并"),
    (r"register: (.*) cannot be read on: the sheet is damaged", "{0} 无法继续读取：工作表已损坏"),
    (r"register: (.*) declares XML entities: refused", "{0} 含有 XML 实体声明，拒绝读取"),
    (r"rejects: (.*) is the register: name another file.*", "{0} 就是登记台账：请为未导入清单另起文件名"),
    (r"(.*) is there already and holds something else: .*", "{0} 已经存在，且不是未导入清单：请另起文件名"),
    (r"mapping: no mapping is shipped for flow '(.*)'.*", "流程 {0} 没有自带的对照表：请自行编写并用 --map 指定"),
    (r"mapping: opening '(.*)' takes no field '(.*?)'.*", "流程 {0} 登记时没有字段 {1}"),
    (r"mapping: opening '(.*)' needs (.*), which no column fills", "流程 {0} 登记时需要 {1}，对照表中没有对应的列"),
    (r"case file: (.*) is larger than (\d+) MB: that is no case file", "{0} 超过 {1} MB，不是案卷文件"),
    (r"case file: (.*) is no case file.*", "{0} 不是案卷文件"),
    (r"mapping: (.*) is larger than (\d+) KB: that is no mapping", "{0} 超过 {1} KB，不是对照表"),
    (r"mapping: (.*) is not TOML: (.*)", "{0} 不是 TOML：{1}"),
    (r"the case file cannot be written: there is no folder (.*)", "案卷无法写入：没有文件夹 {0}"),
    (r"the case file cannot be written: (.*) is a folder", "案卷无法写入：{0} 是文件夹"),
    (r"(.*) is a directory, not a database file", "{0} 是文件夹，不是数据库文件"),
    (r"(.*) cannot be made: its folder '(.*)' is not there", "{0} 无法建立：没有文件夹 {1}"),
    (r"(.*): SQLite has been busy for (\S+) s.*", "{0}：已被其他程序占用 {1} 秒；多台服务器共用时请改用 PostgreSQL"),
    (r"(.*): SQLite answered: (.*)", "{0}：SQLite 答复：{1}"),
    (r"(.*): the file is not an SQLite database", "{0} 不是 SQLite 数据库文件"),
    (r"(.*): the database file is damaged.*", "{0} 已损坏：请用备份恢复"),
    (r"(.*): the database is read-only.*", "{0} 只能读取：请检查文件及其文件夹的权限"),
    (r"(.*): the disk or the database is full.*", "{0}：磁盘已满，未写入任何内容；腾出空间后即可继续"),
    (r"(.*): the disk answered with an error.*", "{0}：磁盘出错，未写入任何内容"),
    (r"(.*): the database file cannot be opened.*", "{0} 无法打开：请检查文件夹是否存在、是否可写"),
    (r"(.*) has no tables of xinfang_flow, and is open for reading only", "{0} 只能读取，且其中没有本系统的表"),
    (
        r"database was made by schema (.*), this version reads up to (.*)",
        "数据库由较新的版本（{0}）建立，本版本至多读到 {1}：请升级",
    ),
    (r"no driver for (.*): (pip install .*)", "缺少 {0} 的驱动：{1}"),
    (r"cases are kept in (.*), not in '(.*)': .*", "不支持 {1}（支持 {0}），请写成 sqlite:///county.db"),
    (r"this is (?:not a database URL|no usable URL).*", "数据库地址不能使用，请写成 sqlite:///county.db"),
    (r"start: (.*) run from a moment, not from a date.*", "{0} 须从时刻起算，请写成 2026-03-02T09:00:00+08:00"),
    (r"start: (.*) from there leaves the years 1 to 9999", "从此日起算 {0} 超出了公元 1 至 9999 年"),
    (r"closes: a period of (.*) ends by the clock.*", "{0} 按时钟届满，不适用 --closes"),
    (r"closes: midnight would make.*", "00:00 会使整个截止日都算逾期；到当日终了为止请不写 --closes"),
    (r"\w+: a period must be at least 1 long, not (.*?);.*", "期限至少为 1，不是 {0}"),
    (r"\w+: (\d+) is more than a hundred years.*", "{0} 超过一百年"),
    (r"(\S+) is already published with another content: make it version (\d+)", "{0} 已以另一内容发布：请另起第{1}版"),
    (r"format: '(.*)' is none of (.*)", "没有格式 {0}（有：{1}）"),
    (r"highlight: '(.*)' is none of (.*)", "没有环节 {0}（有：{1}）"),
    (r"(?:the case file )?(.*) cannot be written: (.*)", "{0} 无法写入：{1}"),
)

# What stands inside of sentences: the operating system's own words, and the nearest right word in a list.
_PHRASES: tuple[tuple[str, str], ...] = (
    (r" \(did you mean '(.*?)'\?\)", r"（是否为 \1？）"),
    (r"No such file or directory$", "没有这个文件或文件夹"),
    (r"Permission denied$", "没有权限"),
    (r"Is a directory$", "这是文件夹"),
    (r"Not a directory$", "上级不是文件夹"),
    (r"File exists$", "已有同名文件"),
    (r"Read-only file system$", "文件系统只读"),
    (r"No space left on device$", "磁盘已满"),
    (r"nested too deeply$", "嵌套过深"),
    (r"that is no name of a file$", "这不是文件名"),
    ("(?<=[\u4e00-\u9fff）]), (?=[\u4e00-\u9fff])", "、"),
)


class Trouble(NamedTuple):
    """An error as it is shown: its kind, a headline, the lines below it, and the exit code."""

    kind: str
    headline: str
    lines: tuple[str, ...]
    code: int

    def document(self) -> dict[str, Any]:
        """Return what `--json` says of it."""
        return {
            "error": {"kind": self.kind, "message": self.headline, "reasons": list(self.lines), "exit_code": self.code}
        }


def trouble_of(error: XinfangError, words: Words) -> Trouble:
    """Return how an error is shown."""
    kind, code = next(((kind, code) for known, kind, code in _CODES if isinstance(error, known)), ("other", WRONG))
    headline = words(f"error.{kind}")
    if isinstance(error, RefusedError) and error.reasons:
        lines = tuple(reason.message.in_(words.lang) for reason in error.reasons)
    elif isinstance(error, FlowError) and error.findings:
        lines, code = tuple(finding.line(words.lang) for finding in error.findings), REFUSED
    else:
        whole = translated(str(error), words)  # a name in it may hold a line break
        said = [whole] if whole != str(error) else [translated(line, words) for line in str(error).splitlines()]
        lines = tuple(said)
    return Trouble(kind, headline, lines, code)


def translated(message: str, words: Words) -> str:
    """Return a library's English sentence in Chinese where it is known."""
    if words.lang == "en":
        return message
    for pattern, chinese in _CHINESE:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            message = chinese.format(*(part or "" for part in found.groups()))
            break
    for pattern, chinese in _PHRASES:
        message = re.sub(pattern, chinese, message)
    return message
