"""一案一档: one self-contained file that people can read and print, and that proves itself without a database.

The readable page is made from the machine part alone, so that verifying it means making it anew.  The format is
described in `docs/reference/case-file.md`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from xinfang_flow.casefile import words
from xinfang_flow.casefile.machine_part import (
    FORMAT,
    DamagedError,
    MachinePart,
    is_one,
    read_body,
    read_json,
    read_machine_part,
)  # fmt: skip
from xinfang_flow.casefile.page import RENDERER, page
from xinfang_flow.casefile.verdict import Said, Verdict, unbound
from xinfang_flow.causes import file_cause
from xinfang_flow.errors import InputError, StoreError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case, Event, fold
from xinfang_flow.kernel.canonical import canonical, stamp
from xinfang_flow.kernel.event import NOTE, private_part, restore
from xinfang_flow.kernel.records.commitment import commitment, is_commitment
from xinfang_flow.text import Text

if TYPE_CHECKING:
    from xinfang_flow.text import Language

LARGEST = 64 * 1024 * 1024
OPENING, CLOSING = '<script type="application/json" id="case-file">', "</script>"
_PART = re.compile(re.escape(OPENING) + "(.*?)" + re.escape(CLOSING), re.DOTALL)
NOT_CHECKED = Said(
    "末尾留痕是否被整段删去、整条链是否被重做：请与别处保存的末条校验码核对",
    "a tail that was cut off and a history that was chained anew: compare the head with one kept elsewhere",
)
LINKED = Said("关联事项的情形：以其各自的案卷为准", "how linked cases stand: each is proved by its own case file")
ERASED = Said("已删除的个人信息（仅存校验码）", "values that have been erased: only their commitments are left")
OTHER_RENDERER = Said(
    "可读的正文：由另一版本的程序生成", "the readable page: it was made by another version of the library"
)
OTHER_REASONING = Said(
    "期限的计算过程：由另一版本的程序写成",
    "the reasoning behind the dates: it was worded by another version of the library",
)
REASONING = Text(
    "期限的计算过程：所用的日历版本不在手边", "the reasoning behind a date, whose calendar edition is not at hand"
)
WRITTEN = Said("制作时间，以及据此显示的逾期情况", "when the file was written, and so which deadlines it shows as late")
ZONE = Said("时区：没有期限可以印证", "the time zone: no deadline fixes it")
_FILE = Text("案卷", "case file")
DAMAGED = Text("机读部分已损坏", "the machine part is damaged")


def write(
    path: Path, case: Case, events: Sequence[Event], flow: Flow, now: datetime, lang: Language = "zh", *,
    tree: Sequence[Mapping[str, Any]] = (), zone: ZoneInfo = words.HOME,
) -> Path:  # fmt: skip
    """Write the case file, HTML or (for a path that ends in .json) the machine part alone; return its path.

    `tree` is how the linked cases stand, as `linked` tells it; `zone` is that of the flow's calendar, in which
    moments are printed where no deadline of the case says another.

    Raises:
        StoreError: the folder is missing, or the file cannot be written; nothing half-written is left.
    """
    if not path.name:
        raise _unwritten(path, OSError())
    document = machine_part(case, events, flow, now, lang, tree=tree, zone=zone)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if path.suffix.lower() != ".json":
        text = _html(document, flow)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True) if draft.parent.is_dir() else None
        raise _unwritten(path, error) from error
    return path


def _unwritten(path: Path, error: OSError) -> StoreError:
    if not path.parent.is_dir():
        return StoreError(
            Text(
                f"案卷无法写入：没有文件夹 {path.parent}",
                f"the case file cannot be written: there is no folder {path.parent}",
            )
        )
    if path.is_dir():
        return StoreError(
            Text(f"案卷无法写入：{path} 是文件夹", f"the case file cannot be written: {path} is a folder")
        )
    cause = file_cause(error)
    return StoreError(Text(f"案卷 {path} 无法写入：{cause.zh}", f"the case file {path} cannot be written: {cause.en}"))


def machine_part(
    case: Case, events: Sequence[Event], flow: Flow, now: datetime, lang: Language, *,
    tree: Sequence[Mapping[str, Any]] = (), zone: ZoneInfo = words.HOME,
) -> dict[str, Any]:  # fmt: skip
    """Return what the file is made from: hashed forms, hashes, private parts, the flow, the reasoning behind dates."""
    return {
        "format": FORMAT,
        "format_version": 1,
        "renderer": RENDERER,
        "lang": lang,
        "written_at": stamp(now),
        "zone": words.zone_of(case, zone).key,
        "case": case.id,
        "version": case.version,
        "head": case.head,
        "flow": {"digest": flow.digest, "text": flow.text},
        "events": [_entry(event) for event in events],
        "reasoning": {name: _reasoning(case, name) for name in sorted(case.deadlines)},
        "linked": list(tree),
    }


def _entry(event: Event) -> dict[str, Any]:
    entry: dict[str, Any] = {"body": event.body, "hash": event.hash}
    private = private_part(event)
    return {**entry, "private": private} if private else entry


def _reasoning(case: Case, name: str) -> dict[str, list[str]]:
    try:
        because = case.deadlines[name].due.because
    except InputError:  # computed under an edition that is not at hand
        return {"zh": [], "en": []}
    return {"zh": list(because.zh), "en": list(because.en)}


def _html(document: Mapping[str, Any], flow: Flow) -> str:
    machine = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        machine = machine.replace(sign, f"\\u{ord(sign):04x}")
    return _assembled(document, flow, OPENING + machine + CLOSING)


def _assembled(document: Mapping[str, Any], flow: Flow, machine: str) -> str:
    events = [restore(entry["body"], entry["hash"], entry.get("private")) for entry in document["events"]]
    return page(document, fold(events), events, flow, machine)


# ---- verifying ---------------------------------------------------------------------------------------------------


def verify_file(path: str | Path) -> Verdict:
    """Check a case file by itself: every hash, the chain, every commitment, the flow's digest, and what can be read.

    What a reader sees and the events cannot prove is named in the verdict's `not_checked`.

    Raises:
        InputError: it cannot be read, or is no case file.
    """
    text = _text_of(Path(path))
    is_page = not text.lstrip("\ufeff \r\n\t").startswith("{")
    try:
        part = _part(Path(path), _machine_text(Path(path), text) if is_page else text)
    except DamagedError as damage:
        return Verdict(ok=False, reason=_damaged(damage), not_checked=(NOT_CHECKED,))
    erased, head = False, ""
    for seq, entry in enumerate(part.events, start=1):
        problem, gone = _broken(entry.body, entry.hash, entry.private or {}, (part.case, seq, head))
        if problem:
            return Verdict(ok=False, broken_at=seq, reason=problem, not_checked=(NOT_CHECKED,))
        erased, head = erased or gone, entry.hash
    problem = _ends(part, head)
    if problem is None:
        problem, unproved = _told(part, text if is_page else None)
    else:
        unproved = []
    rest = [NOT_CHECKED, WRITTEN, *([ERASED] if erased else []), *([LINKED] if part.linked else []), *unproved]
    return Verdict(problem is None, None, problem, tuple(rest))


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(
                Text(
                    f"{path} 超过 {LARGEST >> 20} MB，不是案卷文件",
                    f"{path} is larger than {LARGEST >> 20} MB: that is no case file",
                ),
                where=_FILE,
            )
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(
            Text(f"{path} 无法读取：{file_cause(error).zh}", f"{path} cannot be read: {error.strerror}"), where=_FILE
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            Text(f"{path} 不是案卷文件：不是 UTF-8 编码", f"{path} is no case file: it is not UTF-8"), where=_FILE
        ) from error


def _machine_text(path: Path, text: str) -> str:
    found = _PART.findall(text)
    if len(found) != 1:
        raise InputError(
            Text(
                f"{path} 不是案卷文件：机读部分应有一个，实有{len(found)}个",
                f"{path} is no case file: it has {len(found)} machine parts, not one",
            ),
            where=_FILE,
        )
    return str(found[0])


def _part(path: Path, text: str) -> MachinePart:
    try:
        document = read_json(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            Text(f"{path} 不是案卷文件：机读部分无法读取", f"{path} is no case file: its machine part cannot be read"),
            where=_FILE,
        ) from error
    if not is_one(document):
        raise InputError(Text(f"{path} 不是第1版格式的案卷文件", f"{path} is no case file of format 1"), where=_FILE)
    return read_machine_part(document)


def _broken(
    text: str, hashed: str, private: Mapping[str, Sequence[Any]], place: tuple[str, int, str]
) -> tuple[Said | None, bool]:
    """Return what is wrong with an event, and whether something of it has been erased."""
    if hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() != hashed:
        return Said("内容与校验码不符，可能被改动", "the hashed form does not give the hash"), False
    try:
        body = read_body(text)
    except DamagedError as damage:
        return _damaged(damage), False
    if canonical(json.loads(text)) != text:
        return Said("存储格式有误", "the hashed form is not canonical"), False
    if (body.case, body.seq, body.prev) != place:
        return Said(
            "与前一条留痕接不上，可能被删改：事项、序号或前一条校验码不同",
            "the chain is broken: another case, number or previous hash",
        ), False
    for name, (salt, value) in private.items():
        bound = body.note if name == NOTE else body.payload.get(name)
        if bound != commitment(salt, value):
            return unbound(name), False
    committed = {name for name, value in body.payload.items() if is_commitment(value)}
    return None, bool(committed - set(private)) or (body.note is not None and NOTE not in private)


def _damaged(damage: DamagedError) -> Said:
    return Said(f"{DAMAGED.zh}：{damage.text.zh}", f"{DAMAGED.en}: {damage.text.en}")


def _ends(part: MachinePart, head: str) -> Said | None:
    if (part.version, part.head) != (len(part.events), head):
        return Said(
            "留痕条数或末条校验码与文件所述不同", "the number of events or the head is another than the file says"
        )
    digest = hashlib.sha256(part.flow.text.encode(errors="surrogatepass")).hexdigest()
    opened = read_body(part.events[0].body).changes
    if not digest == part.flow.digest == opened.get("digest"):
        return Said("流程文本不是登记时的文本", "the flow's text is not the one that the case was opened under")
    return None


def _told(part: MachinePart, page_text: str | None) -> tuple[Said | None, list[Said]]:
    """Compare what a reader is told beside the events: return what is false, and what cannot be proved here."""
    document = part.model_dump(mode="json", exclude_unset=True)
    try:
        case = fold(restore(entry.body, entry.hash, entry.private) for entry in part.events)
        flow = Flow.model_validate(json.loads(part.flow.text))
        unproved = _unproved(case)
        if part.renderer != RENDERER:
            return None, [*unproved, OTHER_REASONING, *([OTHER_RENDERER] if page_text is not None else [])]
        false = _reasons_differ(part, case)
        again = _html(document, flow) if page_text is not None else None
    except Exception:  # noqa: BLE001  whoever chained it anew may have put anything into the events
        return Said("各条留痕不能构成可读的事项", "the events do not make a case that can be read"), []
    if false is None and page_text is not None and again is not None and _lines(again) != _lines(page_text):
        false = Said("可读的正文与留痕不符", "the readable page says something else than the events")
    return false, unproved


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _unproved(case: Case) -> list[Said]:
    unproved = [
        Said(f"{REASONING.zh}：{name}", f"{REASONING.en}: {name}")
        for name in case.deadlines
        if not any(_reasoning(case, name).values())
    ]
    return unproved if case.deadlines else [ZONE]


def _reasons_differ(part: MachinePart, case: Case) -> Said | None:
    """Return what is told about dates and does not follow from the events."""
    if case.deadlines and part.zone != words.zone_of(case).key:
        return Said("时区与期限所用的时区不同", "the time zone is another than that of the deadlines")
    if part.reasoning.keys() != case.deadlines.keys():
        return Said("计算过程所列的期限与留痕不同", "the reasoning is about other deadlines than the events")
    for name, told in part.reasoning.items():
        rebuilt = _reasoning(case, name)
        if any(rebuilt.values()) and rebuilt != {"zh": told.zh, "en": told.en}:
            return Said(f"计算过程与留痕不符：{name}", f"the reasoning says something else than the events: {name}")
    return None
