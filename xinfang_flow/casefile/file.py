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

from xinfang_flow.casefile.page import RENDERER, page
from xinfang_flow.casefile.verdict import Verdict
from xinfang_flow.errors import InputError, StoreError, TamperedError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.kernel import Case, Event, fold
from xinfang_flow.kernel.canonical import canonical, stamp
from xinfang_flow.kernel.event import NOTE, private_part, restore
from xinfang_flow.kernel.records.commitment import commitment, is_commitment

if TYPE_CHECKING:
    from xinfang_flow.text import Language

FORMAT = "xinfang_flow case file"
LARGEST = 64 * 1024 * 1024
OPENING, CLOSING = '<script type="application/json" id="case-file">', "</script>"
_PART = re.compile(re.escape(OPENING) + "(.*?)" + re.escape(CLOSING), re.DOTALL)
NOT_CHECKED = "a tail that was cut off and a history that was chained anew: compare the head with one kept elsewhere"
LINKED = "how linked cases stand: each is proved by its own case file"
ERASED = "values that have been erased: only their commitments are left"
OTHER_RENDERER = "the readable page: it was made by another version of the library"


def write(
    path: Path, case: Case, events: Sequence[Event], flow: Flow, now: datetime, lang: Language = "zh", *,
    tree: Sequence[Mapping[str, Any]] = (),
) -> Path:  # fmt: skip
    """Write the case file, HTML or (for a path that ends in .json) the machine part alone; return its path.

    `tree` is how the linked cases stand, as `linked` tells it.

    Raises:
        StoreError: the folder is missing, or the file cannot be written; nothing half-written is left.
    """
    if not path.name:
        raise StoreError(_why(path, OSError()))
    document = machine_part(case, events, flow, now, lang, tree)
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
        raise StoreError(_why(path, error)) from error
    return path


def _why(path: Path, error: OSError) -> str:
    if not path.parent.is_dir():
        return f"the case file cannot be written: there is no folder {path.parent}"
    if path.is_dir():
        return f"the case file cannot be written: {path} is a folder"
    return f"the case file {path} cannot be written: {error.strerror}"


def machine_part(
    case: Case, events: Sequence[Event], flow: Flow, now: datetime, lang: Language,
    tree: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return what the file is made from: hashed forms, hashes, private parts, the flow, the reasoning behind dates."""
    return {
        "format": FORMAT,
        "format_version": 1,
        "renderer": RENDERER,
        "lang": lang,
        "written_at": stamp(now),
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
    """Check a case file by itself: every hash, the chain, every commitment, the flow's digest, and the readable page.

    Raises:
        InputError: it cannot be read, or is no case file.
    """
    text = _text_of(Path(path))
    is_page = not text.lstrip("\ufeff \r\n\t").startswith("{")
    machine = _machine_text(Path(path), text) if is_page else text
    document = _document(Path(path), machine)
    erased = False
    head, seq = "", 0
    for entry in document["events"]:
        seq += 1
        problem, body = _broken(entry, document["case"], seq, head)
        if problem:
            return Verdict(ok=False, broken_at=seq, reason=problem, not_checked=(NOT_CHECKED,))
        erased = erased or _is_erased(body, entry.get("private") or {})
        head = entry["hash"]
    problem = _whole(document, seq, head) or (_page_differs(document, text) if is_page else None)
    rest = [NOT_CHECKED, *([ERASED] if erased else []), *([LINKED] if document.get("linked") else [])]
    rest += [OTHER_RENDERER] if is_page and document.get("renderer") != RENDERER else []
    return Verdict(problem is None, None, problem, tuple(rest))


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path} is larger than {LARGEST >> 20} MB: that is no case file", where="case file")
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", where="case file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no case file: it is not UTF-8", where="case file") from error


def _machine_text(path: Path, text: str) -> str:
    found = _PART.findall(text)
    if len(found) != 1:
        raise InputError(f"{path} is no case file: it has {len(found)} machine parts, not one", where="case file")
    return str(found[0])


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
        known = document["format"] == FORMAT and document["format_version"] == 1
        typed = (
            isinstance(document["events"], list)
            and all(isinstance(entry["body"], str) and isinstance(entry["hash"], str) for entry in document["events"])
            and isinstance(document["flow"]["text"], str)
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path} is no case file: its machine part cannot be read", where="case file") from error
    if not (known and typed):
        raise InputError(f"{path} is no case file of format 1", where="case file")
    found: dict[str, Any] = document
    return found


def _broken(entry: Mapping[str, Any], case_id: Any, seq: int, head: str) -> tuple[str | None, Mapping[str, Any]]:
    text = entry["body"]
    if hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() != entry["hash"]:
        return "the hashed form does not give the hash", {}
    body = json.loads(text)
    if canonical(body) != text:
        return "the hashed form is not canonical", body
    if (body["case"], body["seq"], body["prev"]) != (case_id, seq, head):
        return "the chain is broken: another case, number or previous hash", body
    for name, pair in (entry.get("private") or {}).items():
        bound = body["note"] if name == NOTE else body["payload"].get(name)
        if not _bound(bound, pair):
            return f"{'the note' if name == NOTE else name} does not match its commitment", body
    return None, body


def _bound(bound: Any, pair: Any) -> bool:
    if not (is_commitment(bound) and isinstance(pair, list) and len(pair) == 2):  # noqa: PLR2004
        return False
    try:
        return bool(commitment(*pair) == bound)
    except UnicodeEncodeError:  # half a character, which nobody can have committed to
        return False


def _is_erased(body: Mapping[str, Any], private: Mapping[str, Any]) -> bool:
    committed = {name for name, value in body["payload"].items() if is_commitment(value)}
    return bool(committed - set(private)) or (body["note"] is not None and NOTE not in private)


def _whole(document: Mapping[str, Any], seq: int, head: str) -> str | None:
    if (document["version"], document["head"]) != (seq, head) or not seq:
        return "the number of events or the head is another than the file says"
    digest = hashlib.sha256(document["flow"]["text"].encode(errors="surrogatepass")).hexdigest()
    opened = json.loads(document["events"][0]["body"])["changes"]
    if not digest == document["flow"]["digest"] == opened.get("digest"):
        return "the flow's text is not the one that the case was opened under"
    return None


def _page_differs(document: Mapping[str, Any], text: str) -> str | None:
    if document.get("renderer") != RENDERER:
        return None
    try:
        flow = Flow.model_validate(json.loads(document["flow"]["text"]))
        again = _html(document, flow)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, TamperedError):
        return "the readable page cannot be made from the machine part"
    same = again.replace("\r\n", "\n") == text.replace("\r\n", "\n")
    return None if same else "the readable page says something else than the events"
