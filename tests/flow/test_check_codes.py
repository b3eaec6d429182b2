"""The page of check codes is run: each bad example has its code, each mended one has nothing left."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from xinfang_flow.errors import FlowError
from xinfang_flow.flow import Finding, Flow, Source, check, read_flow

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/check-codes.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+) (\w+)\n(.*?)\n```", re.DOTALL)
SECTION = re.compile(r"^### (XF\d{3}) · (error|warning) · .+?(?=^##|\Z)", re.DOTALL | re.MULTILINE)
HEAD = 'id = "petition"\nversion = 2\nextends = "petition@1"\n\n'
FLOWS = {name: text for _, name, text in BLOCK.findall(PAGE) if name not in ("bad", "mended")}


class Example(NamedTuple):
    """One block of the page."""

    code: str
    severity: str
    kind: str
    language: str
    text: str


def examples() -> Iterator[Example]:
    """Every example of the page."""
    for section in SECTION.finditer(PAGE):
        for language, kind, text in BLOCK.findall(section.group()):
            yield Example(section[1], section[2], kind, language, text)


def find(name: str) -> Source:
    """The documents that stand on the page."""
    bare = name.partition("@")[0]
    if bare == "example":
        return Source("example.toml", 'id = "example"\nversion = 1\nextends = "example@1"')
    if bare not in FLOWS:
        raise FlowError(f"there is no flow {name!r}")
    return Source(f"{bare}.toml", FLOWS[bare])


def flow(text: str) -> Flow:
    """A flow of the page."""
    return read_flow(Source("example.toml", text), [], find)


def findings(example: Example) -> list[Finding]:
    """What loading and checking say about an example."""
    try:
        if example.language == "py":
            names = {
                "Source": Source,
                "Path": Path,
                "read": lambda source: read_flow(source, [], find),
                "PETITION": FLOWS["petition"],
            }
            exec(example.text, names)  # noqa: S102  our own page
            return []
        text = example.text if re.search(r"^id ", example.text, re.MULTILINE) else HEAD + example.text
        return check(flow(text), [flow(text) for text in FLOWS.values()])
    except FlowError as error:
        return list(error.findings)


def name(example: Example) -> str:
    """The name of the test of an example."""
    return f"{example.code}-{example.kind}"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples that read files do it in a folder of their own."""
    (tmp_path / "petition.toml").write_text(FLOWS["petition"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("example", [example for example in examples() if example.kind == "bad"], ids=name)
def test_each_bad_example_has_its_code(example: Example) -> None:
    """A bad example is found out, under its own code and with the severity that the page says."""
    found = {(finding.code, finding.severity) for finding in findings(example)}

    assert (example.code, example.severity) in found


@pytest.mark.parametrize("example", [example for example in examples() if example.kind == "mended"], ids=name)
def test_each_mended_example_is_clean(example: Example) -> None:
    """A mended example has nothing left to find."""
    assert [str(finding) for finding in findings(example)] == []


@pytest.mark.parametrize("text", FLOWS.values(), ids=FLOWS)
def test_the_flows_of_the_page_are_clean(text: str) -> None:
    """The flows under the examples have no findings of their own."""
    assert check(flow(text)) == []


def test_every_code_of_the_source_is_documented() -> None:
    """Each code that the source can give stands on the page with a bad and a mended example, and no other does."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "xinfang_flow/flow").rglob("*.py"))
    documented = [(example.code, example.kind) for example in examples()]

    expected = [(code, kind) for code in sorted(set(re.findall(r'"(XF\d{3})"', source))) for kind in ("bad", "mended")]

    assert documented == expected


@pytest.mark.parametrize("example", [example for example in examples() if example.kind == "bad"], ids=name)
def test_every_finding_speaks_two_languages(example: Example) -> None:
    """Each message is there in Chinese and in English, without the words of the library underneath."""
    for finding in findings(example):
        assert re.search(r"[一-鿿]", finding.message.zh)
        assert not re.search(r"pydantic|validation|Input should|\[type=", finding.message.en + finding.message.zh)
