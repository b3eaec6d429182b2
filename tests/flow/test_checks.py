"""Soundness: what the graph, the deadlines and the tasks of a flow come to."""

from collections.abc import Iterator
from typing import Any

import networkx as nx
from hypothesis import HealthCheck, given, settings

from tests.flow.flows_at_hand import HEAD, PETITION, read
from tests.flow.strategies import flows
from tests.flow.test_likeness import county
from xinfang_flow.flow import Finding, Flow, FlowBuilder, check, define
from xinfang_flow.flow.checks.reach import Graph
from xinfang_flow.flow.model.parts import BACKWARD

SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def coded(found: list[Finding], code: str) -> list[Finding]:
    """The findings of one code."""
    return [finding for finding in found if finding.code == code]


def states(found: list[Finding], code: str) -> set[str]:
    """The states that findings of one code are about."""
    return {finding.where.rpartition("states.")[2] for finding in coded(found, code)}


def oracle(flow: Flow) -> "nx.MultiDiGraph[str]":
    """The forward arrows of a flow, built apart from our own graph."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from(flow.states)
    unfinished = [name for name, state in flow.states.items() if not state.final]
    for transition in flow.transitions:
        if transition.dest not in BACKWARD:
            for source in unfinished if "*" in transition.source else transition.source:
                graph.add_edge(source, transition.dest or source, trigger=transition.trigger)
    return graph


@SLOW
@given(flows())
def test_reachability_agrees_with_networkx(flow: Flow) -> None:
    """The states that cannot be reached are those that networkx cannot reach either."""
    reached = nx.descendants(oracle(flow), flow.initial) | {flow.initial}

    assert states(check(flow), "XF201") == set(flow.states) - reached


@SLOW
@given(flows())
def test_traces_are_shortest_and_lead_where_they_say(flow: Flow) -> None:
    """Each trace is as short as networkx's path, and firing it from the initial state can lead to its state."""
    graph = oracle(flow)
    lengths = nx.single_source_shortest_path_length(graph, flow.initial)

    for state, trace in Graph(flow).traces.items():
        here = {flow.initial}
        for trigger in trace:
            here = {after for before, after, fired in graph.edges(here, data="trigger") if fired == trigger}
        assert state in here
        assert len(trace) == lengths[state]


@SLOW
@given(flows())
def test_ways_to_an_end_agree_with_networkx(flow: Flow) -> None:
    """A state without a way to a final state is one from which networkx finds none, ways back included."""
    graph = oracle(flow)
    back = graph.copy()
    for transition in flow.transitions:
        if transition.dest in BACKWARD:
            sources = (
                [name for name, state in flow.states.items() if not state.final]
                if "*" in transition.source
                else transition.source
            )
            for source in sources:
                earlier = nx.ancestors(graph, source) & (
                    {flow.initial} if transition.dest == "@first" else set(flow.states)
                )
                back.add_edges_from((source, state) for state in earlier if not flow.states[state].final)
    finals = {name for name, state in flow.states.items() if state.final}
    stuck = {name for name in flow.states if not ({name} | nx.descendants(back, name)) & finals}
    reached = nx.descendants(graph, flow.initial) | {flow.initial}
    found = check(flow)

    assert states(found, "XF202") | states(found, "XF203") == stuck & reached


def witnesses(found: list[Finding]) -> Iterator[tuple[str, ...]]:
    """The traces of all findings."""
    return (finding.witness for finding in found if finding.witness is not None and finding.code != "XF220")


@SLOW
@given(flows())
def test_every_finding_of_a_random_flow_is_placed_and_witnessed_by_known_triggers(flow: Flow) -> None:
    """Whatever is found has a place in the flow, two languages, and a witness made of its triggers."""
    found = check(flow)

    assert all(finding.where.startswith(flow.name) and finding.message.zh and finding.message.en for finding in found)
    assert {trigger for trace in witnesses(found) for trigger in trace} <= set(flow.triggers)
    assert not any(finding.code.startswith("XF1") for finding in found)


def base() -> FlowBuilder:
    """A flow in the making: three states and a way through."""
    builder = (
        define("visit", title="Visit").role("clerk").role("head").field("kind", "choice", choices={"a": "A", "b": "B"})
    )
    builder.state("a", initial=True).state("b").state("end", final=True).opening(roles="clerk", takes=["kind"])
    return builder.transition("go", "a", "b", roles="clerk").transition("end", "b", "end", roles="head")


def test_a_sound_flow_has_no_findings() -> None:
    """Nothing is made up."""
    assert check(base().build()) == []


def test_findings_of_a_document_are_placed_in_its_file() -> None:
    """A flow that was read knows its lines; one that was built knows its path."""
    [read_] = coded(
        check(read(PETITION + '[[transition]]\ntrigger = "x"\nsource = "closed"\nroles = "clerk"\n')), "XF204"
    )
    [built] = coded(check(base().transition("x", "end", roles="clerk").build()), "XF204")

    assert (read_.where, built.where) == ("flow.toml:52: transition[2].source[0]", "visit@1: transition[2].source[0]")


def test_the_witness_of_a_dead_end_leads_into_it() -> None:
    """A dead end is shown with the shortest way into it."""
    [finding] = coded(check(base().state("hole").transition("fall", "b", "hole", roles="clerk").build()), "XF202")

    assert (finding.where, finding.witness) == ("visit@1: states.hole", ("go", "fall"))


def test_a_way_back_is_a_way_out() -> None:
    """A state that can only send the case back is no dead end."""
    flow = (
        base()
        .state("desk")
        .transition("ask", "b", "desk", roles="clerk")
        .transition("back", "desk", "@previous", roles="clerk")
    )

    assert check(flow.build()) == []


def test_an_anywhere_arrow_leaves_every_open_state() -> None:
    """`*` is every state that is not final."""
    flow = define("visit", title="Visit").role("clerk").state("a", initial=True).state("b").state("end", final=True)
    flow.opening(roles="clerk").transition("go", "a", "b", roles="clerk").transition(
        "withdraw", "*", "end", roles="clerk"
    )

    assert check(flow.build()) == []


def shadowed(**more: object) -> list[str]:
    """The codes for a second `go` behind one that varies."""
    builder = (
        define("visit", title="Visit").role("clerk").role("head").field("kind", "choice", choices={"a": "A", "b": "B"})
    )
    builder.state("a", initial=True).state("end", final=True).opening(roles=["clerk", "head"], takes=["kind"])
    first = {"roles": ["clerk", "head"], **more}
    builder.transition("go", "a", "end", name="first", **first)  # type: ignore[arg-type]
    builder.transition("go", "a", name="second", roles=["clerk"], conditions=[{"field": "kind", "equals": "a"}])
    return [finding.code for finding in check(builder.build())]


def test_an_arrow_behind_an_unguarded_one_is_never_taken() -> None:
    """No guard, no narrower roles, nothing asked for: the first takes everything."""
    assert shadowed() == ["XF205"]
    assert shadowed(takes=["kind?"]) == ["XF205"]


def test_an_arrow_behind_one_that_may_refuse_is_only_doubtful() -> None:
    """A guard, a note, a field that must be given: whatever may refuse leaves something for the next."""
    assert shadowed(conditions=[{"present": "kind"}]) == ["XF206"]
    assert shadowed(note="required") == ["XF206"]
    assert shadowed(takes=["kind"]) == ["XF206"]


def test_an_arrow_behind_an_exclusive_one_is_right() -> None:
    """Guards that exclude each other, and roles that nobody shares, leave no doubt."""
    assert shadowed(conditions=[{"field": "kind", "equals": "b"}]) == []
    assert shadowed(unless=[{"field": "kind", "equals": "a"}]) == []
    assert shadowed(roles=["head"]) == []


def test_the_shadow_is_shown_by_a_trace() -> None:
    """The trace leads into the state and fires the trigger."""
    [finding] = coded(check(base().transition("end", "b", name="other", roles="head").build()), "XF205")

    assert finding.witness == ("go", "end")


def clocked(**more: object) -> list[Finding]:
    """The findings for a deadline that starts on opening."""
    builder = base().transition("late", "b", roles=["system"])
    given = {"period": {"days": 5}, "starts": {"fires": "open"}, "met_by": {"enters": "end"}, **more}
    return check(builder.deadline("d", **given).build())  # type: ignore[arg-type]


def test_a_breach_must_be_possible_wherever_the_deadline_runs() -> None:
    """It runs in `a` too, where nothing can be fired: the witness is the way there, nothing at all."""
    [finding] = clocked(on_breach="late")

    assert (finding.code, finding.witness) == ("XF209", ())
    assert clocked(on_breach="late", starts={"enters": "b"}) == []


def test_a_breach_has_nobody_to_fill_in_a_form() -> None:
    """What `system` fires may ask for nothing that must be given: no field, no note; what is optional may stay away."""
    for asked, codes in (
        ({"takes": ["kind"]}, ["XF209"]),
        ({"note": "required"}, ["XF209"]),
        ({"takes": ["kind?"]}, []),
    ):
        builder = base().transition("late", "b", roles="system", **asked)
        given = {"period": {"days": 5}, "starts": {"enters": "b"}, "met_by": {"enters": "end"}, "on_breach": "late"}
        assert [finding.code for finding in check(builder.deadline("d", **given).build())] == codes  # type: ignore[arg-type]


def paused(**more: object) -> list[str]:
    """The codes for a deadline that may stand still in a state where its breach could not be answered."""
    builder = base().state("desk").transition("late", "b", roles=["system"])
    builder.transition("pause", "b", "desk", roles="clerk").transition("resume", "desk", "b", roles="clerk")
    given = {"period": {"days": 5}, "starts": {"fires": "go"}, "met_by": {"enters": "end"}, "on_breach": "late", **more}
    return [finding.code for finding in check(builder.deadline("d", **given).build())]  # type: ignore[arg-type]


def test_a_suspended_deadline_cannot_be_breached() -> None:
    """While it is suspended it does not run out."""
    assert paused() == ["XF209"]
    assert paused(suspends={"fires": "pause"}, resumes={"fires": "resume"}) == []
    assert paused(cancels={"enters": "desk"}) == []


def test_staying_is_not_entering() -> None:
    """A transition that stays where it is enters nothing, so it meets nothing."""
    assert [finding.code for finding in clocked(starts={"enters": "b"}, met_by={"enters": "b"})] == ["XF208"]


def test_nothing_lies_behind_a_final_state() -> None:
    """An arrow out of a final state is never taken, so what lies behind it is not reached."""
    builder = base().state("after").transition("reopen", "end", "after", roles="clerk")
    found = check(builder.transition("again", "after", "end", roles="clerk").build())

    assert [finding.code for finding in found] == ["XF201", "XF204"]


def test_meeting_counts_only_while_it_runs() -> None:
    """What happened before the deadline began does not meet it."""
    assert [finding.code for finding in clocked(starts={"enters": "b"}, met_by={"fires": "go"})] == ["XF208"]


def test_the_status_of_a_flow_is_kept() -> None:
    """A warning that loading must show travels with the flow, and through overlays."""
    flow = read(HEAD, others={"petition": PETITION.replace("[roles]", 'status = "试行"\n\n[roles]', 1)})

    assert flow.status is not None
    assert flow.status.zh == "试行"


def detour(*states: str, **more: object) -> FlowBuilder:
    """A flow whose state `b` can be left for `side` and come back to, with a file that is kept in `a` and `b`."""
    items = [{"name": "sheet"}]
    builder = base().task("file", states or ("a", "b"), **{"items": items, **more}).state("side")
    builder.transition("tick", states or ("a", "b"), roles="clerk", task={"name": "file", "do": "settle"})
    return builder.transition("ask", "b", "side", roles="clerk").transition("advise", "side", "b", roles="clerk")


def test_a_detour_that_empties_a_file_is_found_with_its_way() -> None:
    """Out of the states of a task and back: the witness is the whole way, and the state that was forgotten is named."""
    (finding,) = check(detour().build())

    assert (finding.code, finding.severity, finding.witness) == ("XF216", "warning", ("go", "ask", "advise"))
    assert finding.where == "visit@1: states.side"
    assert 'like = "b"' in finding.message.en


def test_a_detour_over_several_states_is_found_too() -> None:
    """The way back may be longer than one step, and lead back by sending the case where it came from."""
    builder = detour().state("far").transition("on", "side", "far", roles="clerk")
    builder = builder.transition("back", "far", "@previous", roles="clerk")
    (finding,) = check(builder.build())

    assert finding.witness == ("go", "ask", "advise")


def test_what_is_made_anew_on_coming_back_is_no_finding() -> None:
    """Slots of roles or of a field are made again; a task of one state is wanted anew each time."""
    assert check(detour(items=[], of="clerk").build()) == []
    assert coded(check(detour("b").build()), "XF216") == []


def test_going_back_is_no_detour() -> None:
    """A state that a case passes before it comes to the task is a state to which it is sent back."""
    builder = base().task("file", ["b", "c"], items=[{"name": "sheet"}]).state("c")
    builder.transition("tick", ["b", "c"], roles="clerk", task={"name": "file", "do": "settle"})
    builder.transition("on", "b", "c", roles="clerk").transition("return", "c", "a", roles="clerk")

    assert check(builder.build()) == []


def test_the_overlay_that_adds_a_state_is_told_what_it_loses() -> None:
    """A county's state of advice loses the responsible proxy and the file; `like` mends both."""
    found = check(county(like=""))

    assert [finding.code for finding in found if finding.code in ("XF216", "XF217")] == ["XF216", "XF216"]
    assert {"'proxy'", "'file'"} == {
        finding.message.en.split("task ")[1].split()[0] for finding in coded(found, "XF216")
    }
    assert {finding.witness for finding in coded(found, "XF216")} == {
        ("screen", "assign", "match", "ask_advice", "advise")
    }
    assert not coded(check(county()), "XF216")


def late(**more: Any) -> FlowBuilder:
    """A flow with a deadline that starts in `b`, and a detour from there."""
    builder = base().state("side").deadline("reply", period={"days": 3}, met_by={"enters": "end"}, **more)
    return builder.transition("ask", "b", "side", roles="clerk").transition("advise", "side", "b", roles="clerk")


def test_a_detour_that_starts_a_deadline_over_is_found_with_its_way() -> None:
    """Coming back gives all the time again, unless the deadline was met, or a step is named that starts it."""
    (finding,) = check(late(starts={"enters": "b"}).build())

    assert (finding.code, finding.witness) == ("XF217", ("go", "ask", "advise"))
    assert check(late(starts={"fires": "go"}).build()) == []
    assert check(late(starts={"enters": "b", "fires": "advise"}).build()) == []
    assert check(late(starts={"enters": "b"}, cancels={"enters": "side"}).build()) == []


def test_a_deadline_counted_by_what_may_be_missing_is_found() -> None:
    """Tier, base date and end: each must be certain to have a value when the deadline starts."""
    tiers = {"by": "kind", "cases": {"a": {"days": 1}, "b": {"days": 2}}}
    sure = base().deadline("reply", period=tiers, starts={"enters": "b"}, met_by={"enters": "end"}).build()
    builder = define("visit", title="Visit").role("clerk").field("kind", "choice", choices={"a": "A", "b": "B"})
    builder.field("day", "date").state("a", initial=True).state("b").state("end", final=True)
    builder.opening(roles="clerk", takes=["kind?", "day?"])
    builder.transition("go", "a", "b", roles="clerk").transition("end", "b", "end", roles="clerk")
    rest: dict[str, Any] = {"starts": {"enters": "b"}, "met_by": {"enters": "end"}}
    builder.deadline("tier", period=tiers, **rest).deadline("since", period={"days": 1}, since="day", **rest)
    builder.deadline("until", until="day", **rest)
    builder.deadline("when", until="day", when=[{"present": "day"}], **rest)
    found = check(builder.build())

    assert check(sure) == []
    assert [(finding.code, finding.where, finding.witness) for finding in found] == [
        ("XF218", "visit@1: deadline[0].period", ("go",)),
        ("XF218", "visit@1: deadline[1].since", ("go",)),
        ("XF218", "visit@1: deadline[2].until", ("go",)),
    ]


def test_what_every_way_to_a_state_asks_for_is_certain() -> None:
    """A field that one way asks for and the other does not is not certain; a guard that asks for it makes it so."""

    def way(*, guard: bool) -> list[str]:
        builder = define("visit", title="Visit").role("clerk").field("day", "date").state("a", initial=True)
        builder.state("b").state("c").state("end", final=True).opening(roles="clerk")
        builder.transition("given", "a", "b", roles="clerk", takes=["day"])
        builder.transition("bare", "a", "b", roles="clerk", conditions=[{"present": "day"}] if guard else [])
        builder.transition("on", "b", "c", roles="clerk").transition("end", "c", "end", roles="clerk")
        builder.deadline("until", until="day", starts={"enters": "c"}, met_by={"enters": "end"})
        return [finding.code for finding in check(builder.build())]

    assert way(guard=True) == []
    assert way(guard=False) == ["XF218"]


def test_a_transition_called_open_is_found() -> None:
    """Only opening a case is called so."""
    (finding,) = check(base().transition("open", "a", roles="clerk").build())

    assert (finding.code, finding.severity, finding.where) == ("XF219", "error", "visit@1: transition[2].trigger")
