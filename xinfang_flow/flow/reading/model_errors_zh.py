"""The model's own messages in Chinese; one line for each sentence that a validator of the model can say."""

from __future__ import annotations

import re

_SENTENCES = (
    (
        r"a deadline has either a `period` or, set by somebody, a date `until`",
        "期限要么有 `period`（长度），要么有 `until`（他人指定的日期）",
    ),
    (
        r"`until` is itself the end: .*",
        "`until` 本身就是终点，不能再有 `since`、`policy`、`closes`",
    ),
    (
        r"`when` looks at data alone \((.+)\), not at (.+)",
        r"`when` 只能看数据（\1），不能看 \2",
    ),
    (
        "(.+) is not an identifier: .*",
        r"\1 不能用作标识：只用小写字母、数字和 _，以字母开头，最多 64 个字符",
    ),
    (
        "a condition has exactly one of: (.+)",
        r"一个条件只能有以下之一：\1",
    ),
    (
        r"`(.+)` takes no comparator \((.+)\)",
        r"`\1` 不能带比较（\2）",
    ),
    (
        "`(.+)` needs a comparator: (.+)",
        r"`\1` 需要一个比较：\2",
    ),
    (
        r'`of` belongs to lists and records, not to "(.+)"',
        r"`of` 只用于 list 和 record，不用于 “\1”",
    ),
    (
        "`(.+)` belongs to (.+), not to `(.+)`",
        r"`\1` 用于 \2，不用于 `\3`",
    ),
    (
        "`([^`]+)` needs `([^`]+)`: .*",
        r"`\1` 需要 `\2`",
    ),
    (
        r'a field of type "choice" needs `choices`, and no other type takes them',
        "choice 类型的字段需要 `choices`，其他类型不能有",
    ),
    (
        r'a field of type "(.+)" needs `of`',
        r"\1 类型的字段需要 `of`",
    ),
    (
        "a period has exactly one of minutes, hours, days, working_days, months",
        "时间只能用一个单位：minutes、hours、days、working_days、months 之一",
    ),
    (
        "a figure is one period, or one `value`, or `unset = true`",
        "数值须是一个时间、一个 `value` 或 `unset = true` 之一",
    ),
    (
        r"a figure needs its `source` or its `basis` \(an article\)",
        "数值须注明 `source`（来源）或 `basis`（条文）",
    ),
    (
        "only a final state has an `outcome`",
        "只有终结环节才有 `outcome`",
    ),
    (
        "say which states it `enters` or which triggers it `fires`",
        "请写明进入哪些环节（`enters`）或办理哪些动作（`fires`）",
    ),
    (
        "a warning is either `before` a period or at `half` the time",
        "提醒要么在期满前（`before`），要么在过半时（`half`）",
    ),
    (
        "`suspends` and `resumes` come together",
        "`suspends` 与 `resumes` 须同时给出",
    ),
    (
        "a task's slots come from one of `of`, `of_field`, `items`",
        "任务的承担人只能来自 `of`、`of_field`、`items` 之一",
    ),
)


def in_chinese(message: str) -> str:
    """Return the message in Chinese; an unknown one stays English behind a Chinese opening."""
    for pattern, chinese in _SENTENCES:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return found.expand(chinese)
    return f"写法有误：{message}"
