"""From what people type to the case they mean."""

from tests.cli.conftest import Cli
from xinfang_flow.engine.engine import Engine
from xinfang_flow.kernel import Actor
from xinfang_flow.testing.strategies import FULL

CLERK = Actor("zhang", roles={"clerk"}, org="xianju")
NUMBER = "仙信〔2026〕1号"


def test_a_case_is_meant_by_its_number(cli: Cli) -> None:
    """A register number leads to its case, in whatever letters it is written; a township of two cases to neither."""
    with Engine("sqlite:///county.db") as engine:
        numbers = (NUMBER, "XJ-2")
        one, _ = (engine.open("proxy_petition", {**FULL, "register_no": number}, actor=CLERK) for number in numbers)
    assert cli("show", NUMBER, "--json").document["id"] == one.id
    said = cli("show", FULL["township"], "--lang", "en")
    assert said.code != 0
    assert "several cases fit x" in said.err
    assert "there is no case" in cli("show", "XJ-3", "--lang", "en").err
