"""What is on offer, held to what firing does."""

from __future__ import annotations

from datetime import datetime

from hypothesis import event

from xinfang_flow.kernel import Case, Command, Option, Refused, Rules
from xinfang_flow.kernel.interpreter.standing import FIELD_CODES


def fields_of(rules: Rules, case: Case, trigger: str) -> set[str]:
    """The fields that a trigger can take here."""
    return {name for arrow in rules.table[case.state, trigger] for name in arrow.payload.fields}


def holds_for(rules: Rules, case: Case, option: Option, command: Command, at: datetime) -> None:
    """Fire an option.

    Not allowed: it is refused with these reasons, beside which may stand what was given.  Allowed: it is taken, or
    refused for what was given.
    """
    decision, payload = rules.decide(case, command, at, at), command.payload
    event(f"{'allowed' if option.allowed else 'not allowed'}, {type(decision).__name__}")
    if not option.allowed:
        assert option.reasons
        assert isinstance(decision, Refused)
        assert decision.reasons[: len(option.reasons)] == option.reasons
        beside = decision.reasons[len(option.reasons) :]
        assert all(why.code in FIELD_CODES or why.code.endswith("_lead") for why in beside), beside
    elif isinstance(decision, Refused):
        known = {*fields_of(rules, case, option.trigger), *payload, "note"}
        for why in decision.reasons:
            assert why.code in FIELD_CODES or why.code.endswith("_lead"), why
            assert (why.where or "").split(".")[0] in known, why
