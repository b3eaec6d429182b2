"""Random valid flows: states, roles, fields, figures, guards, tasks, deadlines, ways back; every name is declared."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

from xinfang_flow.flow import Flow

Document = dict[str, Any]

CHOICES = ("letter", "visit", "call")
FIELDS: Document = {
    "kind": {"type": "choice", "choices": {choice: choice.title() for choice in CHOICES}},
    "urgent": {"type": "boolean"},
    "persons": {"type": "integer", "min": 0},
    "summary": {"type": "text", "personal": True},
    "heard_on": {"type": "date"},
    "tags": {"type": "list", "of": "text"},
    "proxy": {"type": "actor"},
    "panel": {"type": "list", "of": "member"},
    "unit": {"type": "organ"},
}
RECORDS: Document = {"member": {"actor": {"type": "actor"}, "capacity": {"type": "text"}}}
FIGURES: Document = {
    "short": {"days": 3, "source": "invented"},
    "long": {"working_days": 10, "basis": "invented", "bound": "at_most"},
    "few": {"value": 2, "source": "invented"},
    "kinds": {"value": ["letter", "visit"], "source": "invented", "example": True},
}
STEPS = ("settle", "skip", "assign", "transfer", "delegate", "add", "remove", "remind", "copy", "retract")
ROLES = ("clerk", "handler", "chair")
ANSWERS = {"yes": "Yes", "no": "No"}
_FEW = st.integers(0, 2)
_NASTY = '"', "\\", "\n", "\t", "'", "=", "[", "#", "}", "信访", "䶮", "𠮷", "<script>", "\u2028", "a"
labels = st.lists(st.sampled_from(_NASTY), min_size=1, max_size=6).map("".join)
texts = st.one_of(labels, st.fixed_dictionaries({"zh": labels, "en": labels}))


def _some(names: Any, low: int = 0, high: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(names)), unique=True, min_size=low, max_size=high)


def _optional(draw: st.DrawFn, document: Document, **more: st.SearchStrategy[Any]) -> Document:
    return document | {key: draw(strategy) for key, strategy in more.items() if draw(st.booleans())}


_SIMPLE: tuple[st.SearchStrategy[Document], ...] = (
    st.builds(lambda name, how: {how: name}, st.sampled_from(sorted(FIELDS)), st.sampled_from(["present", "absent"])),
    st.builds(lambda value: {"field": "kind", "equals": value}, st.sampled_from(CHOICES)),
    st.builds(
        lambda values: {"field": "kind", "one_of": values}, st.one_of(_some(CHOICES, 1), st.just("figures.kinds"))
    ),
    st.builds(lambda value: {"field": "urgent", "equals": value}, st.booleans()),
    st.builds(
        lambda name, how, value: {**name, how: value},
        st.sampled_from([{"field": "persons"}, {"count": "tags"}]),
        st.sampled_from(["at_least", "at_most", "equals"]),
        st.one_of(st.integers(0, 3), st.just("figures.few")),
    ),
    st.builds(lambda name: {**name, "odd": True}, st.sampled_from([{"field": "persons"}, {"count": "panel"}])),
    st.builds(lambda how: {"field": "heard_on", how: "2026-05-12"}, st.sampled_from(["at_least", "at_most"])),
    st.builds(lambda how: {how: "heard_on"}, st.sampled_from(["before", "after"])),
    st.builds(lambda by: {"before": "heard_on", "by": by}, st.sampled_from(["figures.short", {"days": 5}])),
    st.sampled_from([{"actor": "proxy"}, {"actor_org": "unit"}, {"working_day": "heard_on"}]),
    st.sampled_from([{"apart": "panel", "from": ["proxy"]}, {"rises": "kind", "along": ["letter", "visit", "call"]}]),
    st.builds(
        lambda capacity, how, value: {"count": "panel", "where": {"capacity": capacity}, how: value},
        st.sampled_from(["chair", "member"]), st.sampled_from(["at_least", "at_most", "equals"]), st.integers(0, 2),
    ),
)  # fmt: skip
_ABOUT_DATA = st.one_of(_SIMPLE[:6])


@cache
def conditions(tasks: tuple[str, ...] = (), deadlines: tuple[str, ...] = ()) -> st.SearchStrategy[Document]:
    """A guard of the closed vocabulary over the declared fields, tasks and deadlines; no named guards."""
    simple = list(_SIMPLE)
    if tasks:
        asked = st.sampled_from([{"settled": "_"}, {"holds": "_"}, {"holds": "_", "ever": True}])
        about = st.sampled_from(tasks)
        simple.append(st.builds(lambda name, how: {**how, next(iter(how)): name}, about, asked))
        simple.append(st.builds(lambda name, few: {"answered": name, "at_least": few}, about, st.integers(0, 2)))
    if deadlines:
        wanted = _some(["armed", "met", "breached", "suspended", "cancelled"], 1)
        simple.append(
            st.builds(lambda name, states: {"deadline": name, "is": states}, st.sampled_from(deadlines), wanted)
        )
    return st.recursive(st.one_of(simple), _grouped, max_leaves=5)


def _grouped(inner: st.SearchStrategy[Document]) -> st.SearchStrategy[Document]:
    parts = st.lists(inner, min_size=1, max_size=3)
    return st.builds(
        lambda how, some, message: {how: some} if message is None else {how: some, "message": message},
        st.sampled_from(["any", "all", "none"]), parts, st.none() | texts,
    )  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document of a valid flow, as TOML or JSON would give it."""
    count, finals = draw(st.integers(1, 5)), draw(st.integers(0, 2))
    open_states = [f"s{number}" for number in range(count)]
    final_states = [f"end{number}" for number in range(finals)]
    triggers = [f"t{number}" for number in range(draw(st.integers(1, 4)))]
    tasks, deadlines = (tuple(f"{kind}{n}" for n in range(draw(_FEW))) for kind in ("task", "deadline"))
    names = _Names(open_states, final_states, triggers, tasks, deadlines)
    transitions = [_transition(draw, number, names) for number in range(draw(st.integers(1, 8)))]
    fired = sorted({transition["trigger"] for transition in transitions})
    given = [
        transition["task"]["name"] for transition in transitions if transition.get("task", {}).get("do") == "settle"
    ]
    document: Document = {
        "id": "random_flow",
        "version": draw(st.integers(1, 99)),
        "title": draw(texts),
        "initial": draw(st.sampled_from(open_states)),
        "roles": {
            role: _optional(draw, {}, title=texts, sees=st.sampled_from(["all", "org", "own"])) for role in ROLES
        },
        "figures": FIGURES,
        "records": RECORDS,
        "fields": FIELDS,
        "stages": {"early": {}, "late": _optional(draw, {}, title=texts)},
        "states": _states(draw, open_states, final_states),
        "effects": {"tell": _optional(draw, {}, title=texts, basis=labels)},
        "open": _opening(draw, guards=st.just([])),
        "transition": transitions,
        "task": [_task(draw, name, open_states, answered=name in given) for name in tasks],
        "deadline": [_deadline(draw, name, open_states + final_states, fired) for name in deadlines],
    }
    links = [{"kind": "hearing", "flow": "hearing", "trigger": draw(st.sampled_from(fired)), "carries": ["kind"]}]
    return _optional(draw, document, basis=st.lists(labels, max_size=2), status=texts, link=st.just(links))


def flows() -> st.SearchStrategy[Flow]:
    """A valid flow, with roles, guards, tasks, deadlines and ways back; not always a sound one."""
    return documents().map(Flow.model_validate)


def _states(draw: st.DrawFn, open_states: list[str], final_states: list[str]) -> Document:
    stage = st.sampled_from(["early", "late"])
    states: Document = {name: _optional(draw, {}, stage=stage, title=texts) for name in open_states}
    finals = {name: _optional(draw, {"final": True}, stage=stage, outcome=st.just("done")) for name in final_states}
    return states | finals


def _opening(draw: st.DrawFn, guards: st.SearchStrategy[list[Document]]) -> Document:
    names = draw(_some(sorted(FIELDS), high=4))
    asked = [name + draw(st.sampled_from(["", "?"])) for name in names]
    cut = draw(st.integers(0, len(asked)))
    part: Document = {
        "roles": draw(_some(ROLES, 1)),
        "takes": asked[:cut],
        "tells": asked[cut:],
        "conditions": draw(guards),
    }
    return _optional(draw, part, effects=st.just(["tell"]), title=texts, unless=guards)


class _Names(NamedTuple):
    open_states: list[str]
    final_states: list[str]
    triggers: list[str]
    tasks: tuple[str, ...]
    deadlines: tuple[str, ...]


def _transition(draw: st.DrawFn, number: int, names: _Names) -> Document:
    part = _opening(draw, st.lists(conditions(names.tasks, names.deadlines), max_size=2))
    part["trigger"], part["name"] = draw(st.sampled_from(names.triggers)), f"step{number}"
    part["source"] = draw(st.one_of(_some(names.open_states, 1), st.just(["*"])))
    back = [None, "@previous", "@first", "@chosen"]
    dest = draw(st.sampled_from([*names.open_states, *names.final_states, *back]))
    if dest is not None:
        part["dest"] = dest
    if draw(st.booleans()):
        part["roles"] = [*part["roles"], "system"]
    steps = draw(st.booleans())
    if steps and names.tasks:
        do = draw(st.sampled_from(["settle", "settle", *STEPS]))
        part["task"] = {"name": draw(st.sampled_from(names.tasks)), "do": do, "anyone": draw(st.booleans())}
    if names.deadlines and draw(st.integers(0, 3)) == 0:
        part["extends"] = {"deadline": draw(st.sampled_from(names.deadlines)), "by": {"days": 2}}
    return _optional(
        draw, part, note=st.sampled_from(["required", "optional"]), basis=labels, hold=st.booleans(), work=st.booleans()
    )


def _task(draw: st.DrawFn, name: str, states: list[str], *, answered: bool) -> Document:
    slots: Document = draw(
        st.sampled_from([{"of": ["clerk", "handler"]}, {"of_field": "panel"}, {"of_field": "proxy"}, {}])
    )
    items = {"items": [{"name": "form"}, {"name": "record", "title": "Record"}]}
    part: Document = {"name": name, "states": draw(_some(states, 1)), **(slots or draw(st.sampled_from([items, {}])))}
    settle = st.sampled_from(["all", "any", "in_turn", {"n_of": 1}, {"n_of": "figures.few"}])
    lead = st.just({"before": "heard_on", "by": "figures.short"})
    answers = {"answers": st.just(ANSWERS)} if answered else {}  # who can answer must be able to settle
    return _optional(draw, part, settle=settle, title=texts, lead=lead, at_most=st.integers(1, 3), **answers)


def _deadline(draw: st.DrawFn, name: str, states: list[str], fired: list[str]) -> Document:
    moments = st.one_of(
        st.builds(lambda names: {"enters": names}, _some(states, 1)),
        st.builds(lambda names: {"fires": names}, _some(fired, 1)),
    )
    # An extension of days needs a deadline of days: the only unit that all of them have.
    period = st.sampled_from(
        ["figures.short", {"days": 5}, {"by": "kind", "cases": {"letter": {"days": 5}, "visit": "figures.short"}}]
    )
    part = {"name": name, "starts": draw(moments), "period": draw(period)}
    if draw(st.booleans()):
        part |= {"suspends": draw(moments), "resumes": draw(moments)}
    warns = st.lists(st.sampled_from([{"half": True}, {"before": "figures.long"}, {"before": {"days": 1}}]), max_size=2)
    part = _optional(draw, part, met_by=moments, cancels=moments, on_breach=st.sampled_from(fired), warns=warns)
    rest = {"policy": st.sampled_from(["civil", "strict"]), "closes": st.just("17:30"), "since": st.just("heard_on")}
    return _optional(draw, part, effects=st.just(["tell"]), when=st.lists(_ABOUT_DATA, max_size=1), **rest)


__all__ = ["CHOICES", "FIELDS", "FIGURES", "RECORDS", "ROLES", "conditions", "documents", "flows", "labels", "texts"]
