"""From documents to a flow: read, resolve, lay, validate, look every name up; and say all that is wrong at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from xinfang_flow.errors import FlowError
from xinfang_flow.flow.findings.finding import Finding
from xinfang_flow.flow.findings.places import MOST_FINDINGS, Array, Problem, Table, place_of, told, where
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.flow.reading.overlay import Laying
from xinfang_flow.flow.reading.parse import parse
from xinfang_flow.flow.reading.source import Source
from xinfang_flow.flow.reading.validate import shaped

__all__ = ["Source", "read_flow"]

MAX_CHAIN = 20
Find = Callable[[str], Source]


def read_flow(source: Source, overlays: Sequence[Source], find: Find) -> Flow:
    """Return the flow of a document, fully resolved, with `overlays` laid over it in order.

    `find` gives the document behind a name in `extends`.

    Raises:
        FlowError: with every finding and its place.
    """
    resolver = _Resolver(find)
    document = resolver.document(source, ())
    for overlay in overlays:
        document = resolver.lay(document, parse(overlay))
    document.pop("extends", None)
    flow, problems = shaped(document)
    findings = [*resolver.findings, *placed_in(document, problems)]
    if findings or flow is None:
        raise FlowError(findings=findings)
    flow.__dict__["places"] = document  # where each part was written: for findings, no part of the value
    return flow


def placed_in(document: Table, problems: Sequence[Problem]) -> list[Finding]:
    """Return the findings in the order of their places; a document with very many is told the first that were found."""
    if len(problems) <= MOST_FINDINGS:
        problems = sorted(problems, key=lambda problem: place_of(document, problem.path) or document.here)
    return told(problems, lambda problem: where(document, problem.path))


class _Resolver:
    """Follows `extends`, and collects what is wrong on the way."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self.findings: list[Finding] = []

    def document(self, source: Source, chain: tuple[str, ...]) -> Table:
        document = parse(source)
        extends = document.get("extends")
        if extends is None:
            if "remove" in document:
                self._stop(
                    document,
                    Problem(
                        "XF010",
                        ("remove",),
                        "`remove` 只用于县级版（`extends`）",
                        "`remove` belongs to overlays (`extends`)",
                    ),
                )
            return document
        if not isinstance(extends, str):
            self._stop(
                document,
                Problem(
                    "XF012", ("extends",), '此处应为文字，如 "hearing@1"', 'text is expected here, such as "hearing@1"'
                ),
            )
        chain = (*chain, _named(document))
        return self.lay(self._base(source, document, str(extends), chain), document)

    def lay(self, base: Table, overlay: Table) -> Table:
        """Lay one overlay over a resolved base."""
        self._own_name(overlay)
        ancestors = (_named(base), *base.get("lineage", ()))
        extends = overlay.get("extends")
        if not _fits(extends, ancestors):
            self._complain(
                overlay,
                Problem(
                    "XF023",
                    ("extends",),
                    f"此县级版写给 {extends!r}，不能用于 {ancestors[0]}",
                    f"this overlay was written for {extends!r}, not for {ancestors[0]}",
                ),
            )
        if _named(overlay) in ancestors:
            self._complain(
                overlay,
                Problem(
                    "XF023",
                    ("version",),
                    f"{_named(overlay)} 已是所依据流程的名称：须有自己的 `id` 或 `version`",
                    f"{_named(overlay)} is the name of what this extends: it needs its own `id`, or another `version`",
                ),
            )
        laying = Laying(base, overlay)
        document = laying.result()
        self.findings += told(laying.problems, lambda problem: where(overlay, problem.path))
        document.put(
            "lineage", Array(ancestors, [overlay.here] * len(ancestors)), overlay.places.get("extends", overlay.here)
        )
        return document

    def _base(self, source: Source, overlay: Table, extends: str, chain: tuple[str, ...]) -> Table:
        try:
            found = self._find(_resolved(extends, source.folder))
        except FlowError as error:
            message = error.findings[0].message.en if error.findings else str(error)
            self._stop(
                overlay,
                Problem(
                    "XF020",
                    ("extends",),
                    f"找不到所依据的流程 {extends!r}：{message}",
                    f"cannot find the flow {extends!r} that this extends: {message}",
                ),
            )
        identity = _identity(parse(found), extends)
        if identity in chain or len(chain) > MAX_CHAIN:
            circle = " → ".join((*chain, identity))
            self._stop(
                overlay,
                Problem(
                    "XF022", ("extends",), f"`extends` 形成循环：{circle}", f"`extends` runs in a circle: {circle}"
                ),
            )
        base = self.document(found, chain)
        wanted = extends.partition("@")[2]
        if wanted and not _is_path(extends) and str(base.get("version")) != wanted:
            self._complain(
                overlay,
                Problem(
                    "XF021",
                    ("extends",),
                    f"没有 {extends}，现有 {_named(base)}",
                    f"there is no {extends}; there is {_named(base)}",
                ),
            )
        elif not wanted and not _is_path(extends):
            self._complain(
                overlay,
                Problem(
                    "XF021",
                    ("extends",),
                    f'请写明版本：extends = "{_named(base)}"',
                    f'say the version: extends = "{_named(base)}"',
                ),
            )
        return base

    def _own_name(self, overlay: Table) -> None:
        for key in ("id", "version"):
            if key not in overlay:
                self._complain(
                    overlay, Problem("XF023", (key,), f"县级版须有自己的 `{key}`", f"an overlay needs its own `{key}`")
                )

    def _complain(self, document: Table, problem: Problem) -> None:
        self.findings.append(problem.finding(where(document, problem.path)))

    def _stop(self, document: Table, problem: Problem) -> NoReturn:
        self._complain(document, problem)
        raise FlowError(findings=self.findings)


def _named(document: Table) -> str:
    return f"{document.get('id')}@{document.get('version')}"


def _identity(document: Table, name: str) -> str:
    return _named(document) if "id" in document else name


def _is_path(name: str) -> bool:
    return name.endswith((".toml", ".json")) or "/" in name


def _resolved(name: str, folder: str | None) -> str:
    return f"{folder}/{name}" if folder and _is_path(name) and not name.startswith("/") else name


def _fits(extends: Any, ancestors: tuple[str, ...]) -> bool:
    """Return whether an overlay may be laid here; a path has been followed already, or is taken on trust."""
    return extends is None or (isinstance(extends, str) and _is_path(extends)) or extends in ancestors
