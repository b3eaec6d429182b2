"""The directory: organs, who stands above whom, who heads them, and who took over from whom.

The superior (上一级机关、单位) is data: a department has two candidates, the government of its own level and the
superior department.  Mergers leave a successor behind (Regulation Art 24), and every question is answered for it.
The rule of this file: a directory is a value.  A reorganisation is a new one; a case keeps the ladder it was given.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xinfang_flow.causes import file_cause, model_cause, syntax_cause
from xinfang_flow.errors import InputError, NotFoundError
from xinfang_flow.nearest import did_you_mean
from xinfang_flow.text import Text, shown

MOST_SUPERIORS = 5


class Hierarchy(Protocol):
    """What an engine asks of a directory: who lies under whom."""

    def within(self, organ: str) -> frozenset[str]:
        """Return the organ with everything under it."""


class FlatDirectory:
    """A directory that knows no ranks: every organ stands alone."""

    def within(self, organ: str) -> frozenset[str]:
        """Return the organ alone."""
        return frozenset({organ})


class Organ(BaseModel):
    """机关、单位: one organ of the directory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text | None = None
    level: str | None = None
    head: str | None = None
    superiors: tuple[str, ...] = Field((), max_length=MOST_SUPERIORS)
    successor: str | None = None


class Directory:
    """Organs by their id, as an engine asks for them: `Engine(..., directory=Directory.load("organs.toml"))`."""

    def __init__(self, organs: Mapping[str, Organ]) -> None:
        """Take the organs.

        Raises:
            InputError: a superior or successor that is not in it, or a circle; all at once.
        """
        self._organs = dict(organs)
        problems = list(self._problems())
        if problems:
            raise _unfit(problems)
        self._below: dict[str, set[str]] = {}
        for name, organ in self._organs.items():
            for above in (*organ.superiors, *((organ.successor,) if organ.successor else ())):
                self._below.setdefault(above, set()).add(name)

    @classmethod
    def load(cls, source: str | Path | Mapping[str, Any]) -> Directory:
        """Read a TOML file with a table `[organs.ID]` for each organ, or a mapping of the same shape.

        Raises:
            InputError: it cannot be read, or does not make a directory.
        """
        document = source if isinstance(source, Mapping) else _read(Path(source))
        unknown = sorted(map(str, set(document) - {"organs"}))
        if unknown or not isinstance(document.get("organs"), Mapping):
            zh, en = (
                (f"不认识 {'、'.join(unknown)}", f"unknown tables {unknown}") if unknown else ("没有机构", "no organs")
            )
            raise _unfit([Text(f"{zh}，每个机构请写一个 [organs.编号]", f"{en}; write [organs.ID] for each organ")])
        organs: dict[str, Organ] = {}
        problems: list[Text] = []
        for name, given in document["organs"].items():
            try:
                organs[name] = Organ.model_validate(given)
            except ValidationError as error:
                problems += [_misfit(name, detail) for detail in error.errors()]
        if problems:
            raise _unfit(problems)
        return cls(organs)

    def __contains__(self, organ: object) -> bool:
        """Whether the organ is listed."""
        return organ in self._organs

    def organ(self, organ: str) -> Organ:
        """Return an organ as it is listed.

        Raises:
            NotFoundError: it is not listed.
        """
        found = self._organs.get(organ)
        if found is None:
            near = did_you_mean(organ, self._organs)
            raise NotFoundError(
                Text(f"没有机构“{shown(organ)}”{near[0]}", f"there is no organ {organ!r}{near[1]}"), name=organ
            )
        return found

    def successor(self, organ: str) -> str:
        """Return the organ that answers for it today: itself, or the last one it was merged into."""
        while (following := self.organ(organ).successor) is not None:
            organ = following
        return organ

    def superiors(self, organ: str) -> tuple[str, ...]:
        """Return who stands one level above it today; a merged organ's are those of its successor."""
        here = self.successor(organ)
        above = (self.successor(name) for name in self.organ(here).superiors)
        return tuple(name for name in dict.fromkeys(above) if name != here)

    def within(self, organ: str) -> frozenset[str]:
        """Return the organ with everything under it, and what was merged into any of them; alone if not listed.

        An organ that was merged into another has its people there: then the successor belongs to it as well.
        """
        found = {organ, self.successor(organ)} if organ in self._organs else {organ}
        waiting = list(found)
        while waiting:
            for below in self._below.get(waiting.pop(), ()):
                if below not in found:
                    found.add(below)
                    waiting.append(below)
        return frozenset(found)

    def head(self, organ: str) -> str | None:
        """Return who heads it, as far as that is listed."""
        return self.organ(self.successor(organ)).head

    def ladder(self, organ: str) -> dict[str, Any]:
        """Return `handler` and `superiors` as the flow `review` takes them; the history then keeps this ladder."""
        return {"handler": self.successor(organ), "superiors": list(self.superiors(organ))}

    def common_superior(self, organs: Iterable[str]) -> str | None:
        """Return the nearest organ above all of them, or None: then the joint conference decides (Art 24)."""
        first, *others = (self._above(organ) for organ in organs)
        return next((name for name in first if all(name in other for other in others)), None)

    def _above(self, organ: str) -> list[str]:
        found: list[str] = []
        waiting = list(self.superiors(organ))
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found.append(name)
                waiting += self.superiors(name)
        return found

    def _problems(self) -> Iterable[Text]:
        for name, organ in self._organs.items():
            for key, others in (("superiors", organ.superiors), ("successor", (organ.successor,))):
                for other in others:
                    if other is not None and other not in self._organs:
                        near = did_you_mean(other, self._organs)
                        yield Text(
                            f"{name}.{key}：没有机构“{shown(other)}”{near[0]}",
                            f"{name}.{key}: there is no organ {other!r}{near[1]}",
                        )
        for key in ("superiors", "successor"):
            circle = self._circle(key)
            if circle:
                yield Text(f"{key} 首尾相接成环：{' → '.join(circle)}", f"{key} run in a circle: {' → '.join(circle)}")

    def _circle(self, key: str) -> list[str]:
        clear: set[str] = set()
        for start in self._organs:
            found = self._walk(start, key, [], clear)
            if found:
                return found
        return []

    def _walk(self, name: str, key: str, path: list[str], clear: set[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in clear or name not in self._organs:
            return []
        organ = self._organs[name]
        above = organ.superiors if key == "superiors" else (organ.successor,) if organ.successor else ()
        for other in above:
            found = self._walk(other, key, [*path, name], clear)
            if found:
                return found
        clear.add(name)
        return []


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        cause = file_cause(error) if isinstance(error, OSError) else syntax_cause(error)
        raise _unfit([Text(f"{path} 无法读取：{cause.zh}", f"{path} cannot be read: {error}")]) from error


def _misfit(name: str, detail: Mapping[str, Any]) -> Text:
    place, cause = f"{name}.{'.'.join(map(str, detail['loc']))}", model_cause(detail)
    return Text(f"{place}：{cause.zh}", f"{place}: {cause.en}")


def _unfit(problems: Iterable[Text]) -> InputError:
    zh, en = zip(*problems, strict=True)
    return InputError(Text("；".join(zh), "; ".join(en)), where=Text("机构名录", "directory"))
