"""The builder: the same flow from Python, closed once it is built."""

import pytest

from tests.flow.flows_at_hand import PETITION, read
from xinfang_flow.errors import FlowError
from xinfang_flow.flow import FlowBuilder, Text, define
from xinfang_flow.law import Period


def petition() -> FlowBuilder:
    """The flow of flows_at_hand, told in Python."""
    f = define("petition", title=("信访事项", "Petition"))
    f.role("clerk").role("handler", "Handler")
    f.figure("handling_time", days=60, basis="Article 34", bound="at_most")
    f.figure("notice_time", working_days=7, basis="Article 31", bound="at_least")
    f.figure("reply_time", days=10, source="example", example=True)
    f.field("summary").field("kind", "choice", choices={"letter": "Letter", "visit": ("Visit", "Visit")})
    f.state("received", initial=True).state("handling", title=Text(zh="办理中", en="Handling")).state(
        "closed", final=True
    )
    f.opening(roles="clerk", takes=["summary", "kind"])
    f.task("opinion", "handling", of="handler")
    f.deadline("handling", period="figures.handling_time", starts={"enters": "handling"}, met_by={"enters": "closed"})
    f.transition("accept", "received", "handling", roles="clerk")
    return f.transition("close", "handling", "closed", roles=["handler"])


def test_it_is_the_flow_of_the_document() -> None:
    """Built and read, a flow is equal, and has one digest."""
    built, from_toml = petition().build(), read(PETITION)

    assert (built, built.digest) == (from_toml, from_toml.digest)


def test_it_is_closed_once_it_is_built() -> None:
    """A flow that may be in use cannot be changed through its builder."""
    builder = petition()
    flow = builder.build()

    for change in (
        lambda: builder.role("head"),
        lambda: builder.transition("x", "received", roles="clerk"),
        builder.build,
    ):
        with pytest.raises(FlowError, match="petition is built"):
            change()
    assert flow == petition().build()


def test_periods_may_be_periods() -> None:
    """A `Period` of the law room, or a table, is the same."""
    one, other = (
        petition().deadline("d", period=given, starts={"fires": "open"}).build()
        for given in (Period(days=5), {"days": 5})
    )

    assert one == other


def test_everything_wrong_is_said_at_once() -> None:
    """What a document would be refused for, the builder refuses, with codes and paths."""
    builder = (
        petition().transition("accept", "recieved", "closed", roles="clerk", wen=3).state("received").role("clerk")
    )
    builder.state("other", initial=True)
    with pytest.raises(FlowError) as caught:
        builder.build()

    assert [(finding.code, finding.where) for finding in caught.value.findings] == [
        ("XF113", "petition@1: states.received"),
        ("XF113", "petition@1: roles.clerk"),
        ("XF113", "petition@1: initial"),
    ]


def test_misspelt_keys_and_names_are_found() -> None:
    """Unknown keys and names come with the nearest right one."""
    with pytest.raises(FlowError) as caught:
        petition().transition("again", "recieved", "closed", roles="clerk", notes="required").build()

    assert [str(finding) for finding in caught.value.findings] == [
        "petition@1: transition[2].notes: XF010 error: unknown key 'notes'; did you mean 'note'?",
        "petition@1: transition[2].source[0]: XF101 error: there is no state 'recieved'; did you mean 'received'?",
    ]


def test_a_builder_with_findings_stays_open() -> None:
    """What is missing can still be told."""
    builder = define("x", title="X").role("clerk").state("a", initial=True)
    with pytest.raises(FlowError, match="'open' is missing"):
        builder.build()

    assert builder.opening(roles="clerk").build().name == "x@1"


def test_values_that_no_document_could_hold() -> None:
    """Fractions and control characters are refused here as they are in a file."""
    with pytest.raises(FlowError) as caught:
        petition().figure("share", value=0.5, source="x").effect("bell", "\x07").build()

    assert [finding.code for finding in caught.value.findings] == ["XF007", "XF009"]
