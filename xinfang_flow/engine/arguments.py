"""What callers hand in: each function returns it, checked, or says where it is wrong and what to hand in instead.

The message names the kind of what was given and not its value, unless the value is a name: reprs end up in logs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from xinfang_flow.engine.opening import Opening
from xinfang_flow.errors import InputError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Actor, Case, Command, Link
from xinfang_flow.kernel.printable import note_fault
from xinfang_flow.kernel.values import NAME
from xinfang_flow.text import Text, shown

AHEAD = timedelta(minutes=5)
KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
MOST_ITEMS = 500
_ACTOR = Text(
    '请给出由谁办理：xf.Actor("li", roles={"clerk"}, org="xianju")',
    'hand in who asks: xf.Actor("li", roles={"clerk"}, org="xianju")',
)
_CASE = Text("请给出事项编号：case.id", "hand in the case's id: case.id")
Item = TypeVar("Item")


def wrong_kind(where: str, wanted: Text, given: object) -> InputError:
    """Return the error for an argument of the wrong kind."""
    kind = "None" if given is None else type(given).__name__
    return InputError(Text(f"{wanted.zh}，不是 {kind}", f"{wanted.en}, not {kind}"), where=where)


def _shown(name: object) -> Text:
    """A name as it is, its kind where it is none."""
    kind = type(name).__name__
    return Text(f"“{shown(name)}”", repr(name)) if isinstance(name, str) else Text(kind, kind)


def checked_actor(actor: object) -> Actor:
    """Return who asks.

    Raises:
        InputError: it is no `Actor`.
    """
    if not isinstance(actor, Actor):
        raise wrong_kind("actor", _ACTOR, actor)
    return actor


def checked_id(case_id: object, where: str = "case_id") -> str:
    """Return the id of a case.

    Raises:
        InputError: it is no text, a case for example.
    """
    if not isinstance(case_id, str):
        raise wrong_kind(where, _CASE, case_id)
    return case_id


def checked_name(name: object, where: str, wanted: Text) -> str:
    """Return a name that flows or organs know; whether there is such a one is asked elsewhere.

    Raises:
        InputError: it is no text.
    """
    if not isinstance(name, str):
        raise wrong_kind(where, wanted, name)
    return name


def checked_flow_name(name: object) -> str:
    """Return the name of a flow.

    Raises:
        InputError: it is no text, a flow for example.
    """
    return checked_name(
        name,
        "flow",
        Text(
            '请给出流程的名称，如 "hearing" 或 "hearing@1"：flow.id',
            'hand in the flow\'s name, "hearing" or "hearing@1": flow.id',
        ),
    )


def checked_org(org: object) -> str | None:
    """Return an organ, or None.

    Raises:
        InputError: it is no name.
    """
    if org is None or (isinstance(org, str) and NAME.fullmatch(org)):
        return org
    zh, given = _shown(org)
    raise InputError(
        Text(f"{zh}不是合格的名称，应为1至64个可见字符", f"{given} is not a name: 1 to 64 printable characters"),
        where=Text("单位", "org"),
    )


def checked_key(key: object) -> str:
    """Return an idempotency key.

    Raises:
        InputError: it has not the form of a key.
    """
    if isinstance(key, str) and KEY.fullmatch(key):
        return key
    zh, given = _shown(key)
    raise InputError(
        Text(f"{zh}不合格，应为1至128个 A-Z a-z 0-9 . _ : -", f"{given} is not a key: 1 to 128 of A-Z a-z 0-9 . _ : -"),
        where=Text("防重键", "key"),
    )


def checked_moment(at: object, now: datetime) -> datetime:
    """Return the moment if it has a zone and does not lie in the future.

    Raises:
        InputError: it has no zone, or is more than five minutes ahead of the clock.
    """
    if not isinstance(at, datetime):
        raise wrong_kind("at", Text("时刻应为带时区的 datetime", "a moment is a datetime with its zone"), at)
    if at.tzinfo is None:
        raise InputError(
            Text(
                f"{at.isoformat()} 没有时区，请写成 {at.isoformat()}+08:00",
                f"{at.isoformat()!r} has no zone: write {at.isoformat()}+08:00",
            ),
            where=Text("时刻", "at"),
        )
    if at > now + AHEAD:
        raise InputError(
            Text(
                f"{at.isoformat()} 在将来（现在是 {now.isoformat()}）",
                f"{at.isoformat()} lies in the future (now: {now.isoformat()})",
            ),
            where=Text("时刻", "at"),
        )
    return at


def checked_note(note: str | None) -> None:
    """Check a note by the rules of text.

    Raises:
        InputError: it is no text, too long, or holds what cannot be printed.
    """
    fault = None if note is None else note_fault(note)
    if fault is not None:
        raise InputError(fault, where=Text("意见", "note"))


def checked_version(version: object) -> int | None:
    """Return the version that a case is expected to have, or None.

    Raises:
        InputError: it is no whole number.
    """
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise wrong_kind(
            "expected_version", Text("版本应为整数：case.version", "a version is a whole number: case.version"), version
        )
    return version


def checked_limit(limit: object) -> int:
    """Return how many items a page holds.

    Raises:
        InputError: it is no whole number between 1 and 500.
    """
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise wrong_kind(
            "limit",
            Text(f"一页应为1至{MOST_ITEMS}项的整数", f"a page holds 1 to {MOST_ITEMS} items: a whole number"),
            limit,
        )
    if not 1 <= limit <= MOST_ITEMS:
        raise InputError(
            Text(f"一页应为1至{MOST_ITEMS}项，不是{limit}项", f"a page holds 1 to {MOST_ITEMS} items, not {limit}"),
            where=Text("每页项数", "limit"),
        )
    return limit


def checked_count(count: object, where: str) -> int:
    """Return how many at most.

    Raises:
        InputError: it is no whole number from 0 on.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise InputError(Text("应为不小于0的整数", "hand in a whole number from 0 on"), where=where)
    return count


def checked_truth(given: object, where: str) -> bool | None:
    """Return a condition that holds, does not hold, or (None) is not asked for.

    Raises:
        InputError: it is something else.
    """
    if given is not None and not isinstance(given, bool):
        raise wrong_kind(where, Text("应为 True、False 或 None", "hand in True, False or None"), given)
    return given


def checked_text(given: object, where: str) -> str | None:
    """Return a condition on a name, or None where it is not asked for.

    Raises:
        InputError: it is no text.
    """
    return (
        None
        if given is None
        else checked_name(given, where, Text("应为文字的名称，或 None", "hand in a name as text, or None"))
    )


def checked_path(path: object) -> Path:
    """Return where a file shall be written.

    Raises:
        InputError: it is no path.
    """
    if not isinstance(path, str | os.PathLike) or "\0" in str(path):
        raise wrong_kind("path", Text("请给出文件的路径", "hand in the path of a file"), path)
    return Path(path)


def checked_language(lang: object) -> None:
    """Check that a language is one of the two.

    Raises:
        InputError: it is another.
    """
    if lang not in ("zh", "en"):
        raise InputError(
            Text(f'应为 "zh" 或 "en"，不是“{shown(lang)}”', f'hand in "zh" or "en", not {lang!r}'),
            where=Text("语言", "lang"),
        )


def checked_after(after: object) -> str | None:
    """Return the cursor of a page.

    Raises:
        InputError: it is no text.
    """
    return (
        None
        if after is None
        else checked_name(after, "after", Text("请给出上一页的 page.next", "hand in the page's cursor: page.next"))
    )


def checked_links(links: object) -> tuple[Link, ...]:
    """Return the links with which a case is opened.

    Raises:
        InputError: they are no sequence of `Link`.
    """
    wanted = Text(
        '请给出关联的列表：[xf.Link(case.id, "part", "child", "open")]',
        'hand in a list of links: [xf.Link(case.id, "part", "child", "open")]',
    )
    ties = _listed(links, Link, "links", wanted)
    for tie in ties:
        checked_id(tie.case_id, "links")
        if tie.role not in ("parent", "child") or not isinstance(tie.kind, str):
            zh, en = "种类的名称，以及 parent 或 child", 'a kind by its name, and "parent" or "child"'
            raise InputError(Text(f"{wanted.zh}：{zh}", f"{wanted.en}: {en}"), where="links")
    return ties


def checked_commands(commands: object) -> tuple[Command, ...]:
    """Return a batch of commands.

    Raises:
        InputError: they are no sequence of `Command`.
    """
    return _listed(
        commands,
        Command,
        "commands",
        Text(
            '请给出命令的列表：[xf.Command(case.id, "screen")]',
            'hand in a list of commands: [xf.Command(case.id, "screen")]',
        ),
    )


def checked_openings(openings: object) -> tuple[Opening, ...]:
    """Return a batch of openings.

    Raises:
        InputError: they are no sequence of `Opening`, or two of them have the same key.
    """
    wanted = Text(
        '请给出登记的列表：[xf.Opening("hearing", {...}, key="in-1")]',
        'hand in a list of openings: [xf.Opening("hearing", {...}, key="in-1")]',
    )
    asked = _listed(openings, Opening, "openings", wanted)
    seen: dict[str, int] = {}
    for place, opening in enumerate(asked, 1):
        if isinstance(opening.key, str) and seen.setdefault(opening.key, place) != place:
            first = seen[opening.key]
            raise InputError(
                Text(
                    f"第{first}和第{place}件登记的防重键同为 {shown(opening.key)}：请各用各的",
                    f"openings {first} and {place} have the same key {opening.key!r}: give each its own",
                ),
                where=Text("登记", "openings"),
            )
    return asked


def checked_flows(flows: object) -> tuple[Flow, ...] | None:
    """Return the flows that an engine shall run, or None for the standard ones.

    Raises:
        InputError: they are no sequence of flows.
    """
    return (
        None
        if flows is None
        else _listed(
            flows,
            Flow,
            "flows",
            Text('请给出流程：flows=[xf.load_flow("hearing")]', 'hand in flows: flows=[xf.load_flow("hearing")]'),
        )
    )


def _listed(given: object, kind: type[Item], where: str, wanted: Text) -> tuple[Item, ...]:
    if isinstance(given, kind | str | Mapping | Case) or not isinstance(given, Iterable):
        raise wrong_kind(where, wanted, given)
    items = tuple(given)
    for item in items:
        if not isinstance(item, kind):
            raise wrong_kind(where, wanted, item)
    return items
