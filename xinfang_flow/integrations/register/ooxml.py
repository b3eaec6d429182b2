"""The parts of an .xlsx workbook as they are written: its sheets, its texts, its number formats.

Read here and not by openpyxl, which casts numbers, undoes half of an escape and has no word for a formula without a
value: what a cell says must be what stands in the file.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

_ESCAPED = re.compile("(?:_x[0-9A-Fa-f]{4}_)+")
_HALF = re.compile("[\ud800-\udfff]")


class CellText(NamedTuple):
    """A text of a workbook; `whole` is false where an escape in it makes no character, and it is left as it stands."""

    text: str
    whole: bool


class Workbook(NamedTuple):
    """What a sheet needs to be read: the parts of the sheets by name, in order, and what cells refer to."""

    sheets: dict[str, str]
    texts: list[CellText]
    formats: list[str]
    since_1904: bool


def name_of(element: ET.Element) -> str:
    """Return an element's name without its namespace: there are two for one format."""
    return element.tag.rpartition("}")[2]


def read_workbook(archive: zipfile.ZipFile, builtin_formats: dict[int, str]) -> Workbook:
    """Return a workbook's sheets and what its cells refer to.

    Raises:
        KeyError, ValueError, xml.etree.ElementTree.ParseError: a part is missing or damaged.
    """
    main = next(target for _, kind, target in _relations(archive, "") if kind == "officeDocument")
    relations = list(_relations(archive, main))
    by_kind = {kind: target for _, kind, target in relations}
    worksheets = {key: target for key, kind, target in relations if kind == "worksheet"}
    sheets: dict[str, str] = {}
    since_1904 = False
    for element in _part(archive, main).iter():
        if name_of(element) == "workbookPr":
            since_1904 = element.get("date1904", "0") in ("1", "true")
        if name_of(element) == "sheet":
            key = next(value for name, value in element.items() if name.endswith("}id"))
            if key in worksheets:
                sheets[element.attrib["name"]] = worksheets[key]
    texts = list(_texts(archive, by_kind["sharedStrings"])) if "sharedStrings" in by_kind else []
    formats = _formats(archive, by_kind["styles"], builtin_formats) if "styles" in by_kind else []
    return Workbook(sheets, texts, formats, since_1904)


def _relations(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str, str]]:
    folder, name = posixpath.split(part)
    for element in _part(archive, posixpath.join(folder, "_rels", f"{name}.rels")):
        target = posixpath.normpath(posixpath.join("/", folder, element.attrib["Target"]))
        yield element.attrib["Id"], element.attrib["Type"].rpartition("/")[2], target.lstrip("/")


def _part(archive: zipfile.ZipFile, name: str) -> ET.Element:
    with archive.open(name) as part:
        return ET.parse(part).getroot()  # noqa: S314  entities are refused before, in refuse_bomb


def _texts(archive: zipfile.ZipFile, name: str) -> Iterator[CellText]:
    with archive.open(name) as part:
        for _, element in ET.iterparse(part):  # noqa: S314  as above
            if name_of(element) == "si":
                yield text_of(element)
                element.clear()


def text_of(element: ET.Element) -> CellText:
    """Return the text of a plain or rich string; how it is pronounced is no part of it."""
    return unescaped("".join(_runs(element)))


def _runs(element: ET.Element) -> Iterator[str]:
    for child in element:
        if name_of(child) == "t":
            yield child.text or ""
        elif name_of(child) == "r":
            yield from _runs(child)


def unescaped(text: str) -> CellText:
    """Return a text in which `_x000D_` is the character that it stands for (ECMA-376 part 1, 22.9.2.19, ST_Xstring)."""
    if "_x" not in text:
        return CellText(text, whole=True)
    whole = True

    def characters(found: re.Match[str]) -> str:
        nonlocal whole
        units = [int(code, 16) for code in re.findall("[0-9A-Fa-f]{4}", found[0])]
        made = b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "surrogatepass")
        if _HALF.search(made):
            whole = False
            return found[0]
        return made

    read = _ESCAPED.sub(characters, text)
    return CellText(read, whole)


def _formats(archive: zipfile.ZipFile, name: str, builtin: dict[int, str]) -> list[str]:
    """Return the number format of each style that a cell may have."""
    known = dict(builtin)
    root = _part(archive, name)
    known.update(
        (int(element.attrib["numFmtId"]), element.get("formatCode", "General"))
        for element in root.iter()
        if name_of(element) == "numFmt" and "numFmtId" in element.attrib
    )
    styles: Any = next((element for element in root if name_of(element) == "cellXfs"), ())
    return [known.get(int(style.get("numFmtId", "0")), "General") for style in styles]
