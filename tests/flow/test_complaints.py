"""What the model refuses is said in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from xinfang_flow.flow.reading.model_errors_zh import in_chinese

ROOT = Path(__file__).resolve().parents[2] / "xinfang_flow/flow/model"


def sentence(node: ast.expr) -> str | None:
    """What a message says, with `x` for every value in it."""
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.JoinedStr(parts):
            return "".join(sentence(part) or "x" for part in parts)
        case _:
            return None


def sentences() -> Iterator[str]:
    """Every message of a validator of the model."""
    for path in sorted(ROOT.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Name("ValueError"), [message]):
                    said = sentence(message)
                case ast.Assign([ast.Name("message")], value):
                    said = sentence(value)
                case _:
                    continue
            if said:
                yield said


@pytest.mark.parametrize("said", sorted(set(sentences())))
def test_every_sentence_of_the_model_has_its_chinese(said: str) -> None:
    """A validator cannot say in English what nobody has put into Chinese."""
    assert not in_chinese(said).startswith("写法有误")


def test_there_are_sentences() -> None:
    """The test above has found what it looks for."""
    assert len(list(sentences())) > 15


def test_an_unknown_sentence_is_not_lost() -> None:
    """What is not known is passed on behind a Chinese opening."""
    assert in_chinese("the moon is new") == "写法有误：the moon is new"
