"""Many requests in one transaction: an answer each, all or nothing before the database, and in the caller's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, create_engine, text

import xinfang_flow as xf
from tests.engine.little import CLERK, engine
from xinfang_flow.store import Query
from xinfang_flow.store.memory import MemoryTransaction, Tables
from xinfang_flow.store.sql import SqlStore

ACCUSED = xf.Actor("wu", roles={"clerk"}, org="bureau")
ANY = Query()


def one(subject: str = "x", **more: Any) -> xf.Opening:
    """Return an opening of the little flow."""
    return xf.Opening("little", {"subject": subject}, **more)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A store in memory, and one in a file."""
    made: Any = xf.MemoryStore() if request.param == "memory" else SqlStore.from_url(f"sqlite:///{tmp_path}/c.db")
    yield made
    made.close()


# ---- open_many -----------------------------------------------------------------------------------------------------


def test_each_opening_has_its_answer(store: Any) -> None:
    """What can be opened is; what is refused, unknown or wrong is told in its place and stops nobody else."""
    engine_ = engine(store)
    part = engine_.open("little", {"subject": "p"}, actor=CLERK)
    tie = xf.Link(part.id, "part", "child", "open")
    outcomes = engine_.open_many(
        [
            one(key="a", org="south"), one(links=[tie]), xf.Opening("little", {}), xf.Opening("litle", {}),
            one(links=[tie._replace(case_id="nowhere")]), one(key="b b"), one("y", note="n"),
        ],
        actor=CLERK,
    )  # fmt: skip
    assert [outcome.ok for outcome in outcomes] == [True, True, False, False, False, False, True]
    assert [reason.code for reason in outcomes[2].reasons] == ["payload_missing"]
    errors = (xf.FlowError, xf.NotFoundError, xf.InputError)
    assert tuple(type(outcome.error) for outcome in outcomes[3:6]) == errors
    cases = [outcome.case for outcome in outcomes if outcome.case is not None]
    assert [case.org for case in cases] == ["south", "north", "north"]
    assert {case.id for case in store.read.find(ANY)} == {part.id, *(case.id for case in cases)}
    assert engine_.get(cases[1].id, actor=CLERK) == cases[1]
    assert all(engine_.verify(case.id, actor=CLERK).ok for case in (*cases, part))


def test_a_batch_of_openings_can_be_repeated(store: Any) -> None:
    """The same keys with the same requests give the same cases; another request under a key is its own outcome."""
    engine_ = engine(store)
    asked = [one(str(number), key=f"in-{number}") for number in range(3)]
    first = engine_.open_many(asked, actor=CLERK)
    again = engine_.open_many([asked[0], one("other", key="in-1"), asked[2], one("new", key="in-3")], actor=CLERK)
    assert [outcome.case for outcome in again][::2] == [outcome.case for outcome in first][::2]
    assert isinstance(again[1].error, xf.KeyReusedError)
    assert again[3].ok
    assert len(store.read.find(ANY)) == 4


def test_one_key_twice_in_one_call_is_refused_as_a_whole(store: Any) -> None:
    """It cannot be told which of the two is meant: nothing is written, and both places are named."""
    with pytest.raises(xf.InputError, match=r"openings 1 and 3 .* 'k'"):
        engine(store).open_many([one(key="k"), one(), one("y", key="k")], actor=CLERK)
    assert store.read.find(ANY) == []


def test_a_dry_run_opens_nothing(store: Any) -> None:
    """It answers as the run would; then even the flow is not published, and the run itself goes as foretold."""
    engine_ = engine(store)
    asked = [one(key="a"), xf.Opening("little", {})]
    dry = engine_.open_many(asked, actor=CLERK, dry_run=True)
    assert [outcome.ok for outcome in dry] == [True, False]
    assert (list(store.read.find(ANY)), list(store.read.flows())) == ([], [])
    assert [outcome.ok for outcome in engine_.open_many(asked, actor=CLERK)] == [True, False]
    assert [flow.id for flow in store.read.flows()] == ["little"]


def test_openings_tied_to_one_case_see_each_others_ties() -> None:
    """A case that a batch comes back to is taken as the batch left it."""
    engine_ = engine()
    whole = engine_.open("little", {"subject": "w"}, actor=CLERK)
    tie = xf.Link(whole.id, "part", "parent", "open")
    answers = engine_.open_many([one(links=[tie]), one(links=[tie])], actor=CLERK)
    assert all(outcome.ok for outcome in answers)
    assert len(engine_.get(whole.id, actor=CLERK).links) == 2
    assert engine_.verify(whole.id, actor=CLERK).ok


def test_no_data_in_the_repr_of_an_opening() -> None:
    """An opening that ends up in a log says which flow and which key, and nothing of a person."""
    assert repr(xf.Opening("little", {"name": "王二"}, key="k")) == "<Opening of little under k>"


class Hasty(xf.MemoryStore):
    """A store that takes some transactions back at their second event, as a server does in a deadlock."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def transaction(self, session: Any = None) -> MemoryTransaction:
        """Return a transaction that may be taken back."""
        super().transaction(session)
        return HastyTransaction(self.tables, self)


class HastyTransaction(MemoryTransaction):
    def __init__(self, tables: Tables, store: Hasty) -> None:
        super().__init__(tables)
        self.store = store

    def append(self, commit: Any) -> None:
        """Write, or take the transaction back."""
        if self.store.times and self.store.tables.cases:
            self.store.times -= 1
            raise xf.ConflictError("the database took the transaction back")
        super().append(commit)


@pytest.mark.parametrize(("times", "fails"), [(1, False), (4, False), (5, True)])
def test_openings_that_are_taken_back_are_done_again_as_a_whole_or_fail(times: int, fails: bool) -> None:
    """What the database takes back is no opening's outcome: all is tried again, and after five times all has failed."""
    store = Hasty(times)
    asked = (one(str(number)) for number in range(3))
    if fails:
        with pytest.raises(xf.ConflictError, match="took the transaction back"):
            engine(store).open_many(asked, actor=CLERK)
    else:
        assert [outcome.ok for outcome in engine(store).open_many(asked, actor=CLERK)] == [True] * 3
    assert len(store.find(ANY)) == (0 if fails else 3)
    assert len(store.flows()) == (0 if fails else 1)


# ---- the caller's transaction --------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of these tests lies."""
    return tmp_path / "host.db"


@pytest.fixture
def desk(path: Path) -> Iterator[tuple[xf.Engine, Session]]:
    """An engine on a file, and a session of the host's on the same file with a table of its own."""
    store = SqlStore.from_url(f"sqlite:///{path}")
    host = create_engine(f"sqlite:///{path}")
    with Session(host) as session:
        session.connection().execute(text("CREATE TABLE ours (id INTEGER)"))
        session.commit()
        yield engine(store), session  # type: ignore[arg-type]  # the helper takes any store
    host.dispose()
    store.close()


def ours(path: Path) -> int:
    """Return how many rows of the host's own are committed."""
    host = create_engine(f"sqlite:///{path}")
    with host.connect() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM ours")).scalar_one()
    host.dispose()
    return count


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_batches_live_and_die_with_the_callers_transaction(
    desk: tuple[xf.Engine, Session], path: Path, ends: str
) -> None:
    """open_many and fire_many join a session: both are there with the caller's own rows, or none of it is."""
    engine_, session = desk
    session.connection().execute(text("INSERT INTO ours VALUES (1)"))
    opened = engine_.open_many([one("a"), one("b")], actor=CLERK, session=session)
    commands = [xf.Command(outcome.case.id, "start") for outcome in opened if outcome.case]
    fired = engine_.fire_many([*commands, xf.Command("nowhere", "start")], actor=CLERK, session=session)
    assert [outcome.ok for outcome in fired] == [True, True, False]
    getattr(session, ends)()
    kept = 2 if ends == "commit" else 0
    assert [case.state for case in engine_.find(actor=CLERK).items] == ["busy"] * kept
    assert ours(path) == kept // 2
    assert engine_.open_many([one("c")], actor=CLERK)[0].ok  # the flow is published, whatever became of the first


def test_a_dry_run_in_the_callers_transaction_takes_back_only_itself(
    desk: tuple[xf.Engine, Session], path: Path
) -> None:
    """The caller's rows stay, and the caller goes on."""
    engine_, session = desk
    session.connection().execute(text("INSERT INTO ours VALUES (1)"))
    assert engine_.open_many([one()], actor=CLERK, dry_run=True, session=session)[0].ok
    case = engine_.open("little", {"subject": "x"}, actor=CLERK, session=session)
    [dry] = engine_.fire_many([xf.Command(case.id, "start")], actor=CLERK, dry_run=True, session=session)
    assert dry.ok
    session.commit()
    assert (ours(path), [found.state for found in engine_.find(actor=CLERK).items]) == (1, ["open"])


def test_a_tick_joins_the_callers_transaction(desk: tuple[xf.Engine, Session]) -> None:
    """Breaches are there when the caller commits, and are due again when the caller rolls back."""
    engine_, session = desk
    clock: Any = engine_._clock
    cases = [outcome.case for outcome in engine_.open_many([one() for _ in range(3)], actor=CLERK)]
    clock.set("2026-06-01T08:00:00+08:00")
    assert engine_.tick(session=session) == 3
    session.rollback()
    assert [case.version for case in engine_.find(actor=CLERK).items] == [1, 1, 1]
    assert engine_.tick(session=session) == 3
    session.commit()
    assert engine_.tick() == 0
    assert all(engine_.verify(case.id, actor=CLERK).ok for case in cases if case)


def test_the_memory_store_has_no_session_to_join() -> None:
    """It says so, for every verb that takes one."""
    engine_ = engine()
    for ask in (
        lambda: engine_.open_many([one()], actor=CLERK, session=object()),
        lambda: engine_.fire_many([], actor=CLERK, session=object()),
        lambda: engine_.tick(session=object()),
        lambda: engine_.receipt(one(key="k"), actor=CLERK, session=object()),
    ):
        with pytest.raises(xf.StoreError, match="no sessions"):
            ask()


# ---- receipts ------------------------------------------------------------------------------------------------------


def test_a_receipt_says_already_there_or_another_request_or_nothing(store: Any) -> None:
    """What an import asks of each row: the case with this content, whoever opened it; an error; or None."""
    engine_ = engine(store)
    colleague = xf.Actor("zhao", roles={"clerk"}, org="south")
    case = engine_.open("little", {"subject": "x"}, actor=CLERK, key="k")
    engine_.fire(case.id, "start", actor=CLERK)
    assert engine_.receipt(one(key="new"), actor=CLERK) is None
    for actor in (CLERK, colleague, xf.SYSTEM):
        found = engine_.receipt(one(key="k"), actor=actor)
        assert found is not None
        assert (found.id, found.state) == (case.id, "busy")
        for other in (one("y", key="k"), one(key="k", org="south"), one(key="k", note="n")):
            with pytest.raises(xf.KeyReusedError):
                engine_.receipt(other, actor=actor)
    with pytest.raises(xf.KeyReusedError):  # opening it is another matter: that request was another's
        engine_.open("little", {"subject": "x"}, actor=colleague, key="k")


def test_a_receipt_tells_the_accused_nothing() -> None:
    """Same content or other content: whoever may not see the case learns only that the key is taken."""
    engine_ = engine()
    hidden = engine_.open("little", {"subject": "x", "accused": "bureau"}, actor=CLERK, key="k")
    for data in ({"subject": "x", "accused": "bureau"}, {"subject": "y"}):
        with pytest.raises(xf.KeyReusedError) as caught:
            engine_.receipt(xf.Opening("little", data, key="k"), actor=ACCUSED)
        assert (caught.value.case_id, hidden.id in str(caught.value)) == (None, False)


def test_the_one_rule_of_a_repeated_request() -> None:
    """The same for every verb: actor with organ, note, and where given the moment; else the key belongs to another."""
    engine_ = engine()
    moved = CLERK._replace(org="south")
    whole, part = (engine_.open("little", {"subject": "x"}, actor=CLERK, key=f"open-{n}") for n in (1, 2))
    engine_.link(whole.id, part.id, "part", actor=CLERK, key="tie")
    engine_.fire(whole.id, "start", actor=CLERK, key="go", note="n")
    elsewhere = engine_.open("little", {"subject": "x"}, actor=CLERK)

    def ask(verb: str, actor: xf.Actor) -> xf.Case:
        if verb == "open":
            return engine_.open("little", {"subject": "x"}, actor=actor, key="open-1")
        if verb == "link":
            return engine_.link(whole.id, part.id, "part", actor=actor, key="tie")
        return engine_.fire(whole.id, "start", actor=actor, key="go", note="n")

    for verb in ("open", "link", "fire"):
        assert ask(verb, CLERK).id == whole.id
        for actor in (moved, xf.Actor("x", roles={"clerk"}, org="north")):
            with pytest.raises(xf.KeyReusedError):
                ask(verb, actor)
    with pytest.raises(xf.KeyReusedError):
        engine_.fire(elsewhere.id, "start", actor=CLERK, key="go", note="n")
