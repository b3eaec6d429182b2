"""At home in other people's applications: their sessions, their metadata, their frameworks' transactions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import MetaData
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from sqlmodel import create_engine

import xinfang_flow as xf
from xinfang_flow.store.sql import SqlStore

CLERK = xf.Actor("li", roles={"clerk"}, org="xianju")
DATA = {
    "intake": "first_visit", "register_no": "XJ20260003", "received_on": "2026-03-02", "township": "白塔镇",
    "form": "visit", "summary": "宅基地确权",
}  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database file of its own."""
    return f"sqlite:///{tmp_path / 'county.db'}"


def engine_on(store: SqlStore) -> xf.Engine:
    """An engine under a clock of our own."""
    return xf.Engine(store, clock=xf.ManualClock("2026-03-02T09:00:00+08:00"))


def test_a_scoped_session_is_joined(url: str) -> None:
    """What a web application calls its session, one for each thread, is joined like a plain one."""
    with engine_on(SqlStore.from_url(url)) as engine:
        session = scoped_session(sessionmaker(create_engine(url)))
        kept = engine.open("proxy_petition", DATA, actor=CLERK, session=session)
        assert engine.get(kept.id, actor=CLERK, session=session) == kept
        session.commit()
        gone = engine.open("proxy_petition", {**DATA, "register_no": "XJ4"}, actor=CLERK, session=session)
        session.rollback()
        assert [case.id for case in engine.find(actor=CLERK).items] == [kept.id]
        assert gone.id != kept.id
        session.remove()


def test_what_is_no_session_is_said_to_be_none(url: str) -> None:
    """A sessionmaker is not a session: the words name what is."""
    with engine_on(SqlStore.from_url(url)) as engine, pytest.raises(TypeError, match="scoped_session"):
        engine.open("proxy_petition", DATA, actor=CLERK, session=sessionmaker(create_engine(url)))


def test_two_stores_share_one_metadata(tmp_path: Path) -> None:
    """Two databases with the same tables, and two prefixes in one: the metadata of the application holds each once."""
    metadata = MetaData()
    stores = [
        SqlStore.from_url(f"sqlite:///{tmp_path / name}.db", metadata=metadata, prefix=prefix)
        for name, prefix in (("north", "xf_"), ("south", "xf_"), ("south", "hotline_"))
    ]
    assert stores[0].tables.case is stores[1].tables.case
    engines = [engine_on(store) for store in stores]
    for number, engine in enumerate(engines):
        engine.open("proxy_petition", {**DATA, "register_no": f"N{number}"}, actor=CLERK)
    assert [engine.find(actor=CLERK).items[0].data["register_no"] for engine in engines] == ["N0", "N1", "N2"]
    for engine in engines:
        engine.close()


@pytest.fixture
def desk(url: str) -> Iterator[FlaskClient]:
    """A Flask application whose requests are its transactions."""
    with engine_on(SqlStore.from_url(url)) as engine:
        session = scoped_session(sessionmaker(create_engine(url)))
        app = Flask("desk")

        @app.post("/cases")
        def register() -> tuple[dict[str, Any], int]:
            case = engine.open("proxy_petition", request.get_json(), actor=CLERK, session=session)
            if request.args.get("fail"):
                raise RuntimeError("the application's own fault")
            session.commit()
            return {"id": case.id, "state": case.state}, 201

        @app.errorhandler(xf.RefusedError)
        def refused(error: xf.RefusedError) -> tuple[dict[str, Any], int]:
            return {"reasons": [reason.code for reason in error.reasons]}, 422

        @app.teardown_appcontext
        def end(_: BaseException | None) -> None:
            session.remove()

        with app.test_client() as client:
            client.engine = engine  # type: ignore[attr-defined]  # for the test to look behind
            yield client


def test_a_flask_application_keeps_its_own_transaction(desk: FlaskClient) -> None:
    """A request that succeeds leaves its case; one that fails later, or is refused, leaves nothing."""
    assert desk.post("/cases", json=DATA).status_code == 201
    assert desk.post("/cases?fail=1", json={**DATA, "register_no": "XJ5"}).status_code == 500
    refused = desk.post("/cases", json={**DATA, "register_no": "XJ6", "form": "call"})
    assert (refused.status_code, refused.get_json()) == (422, {"reasons": ["guard"]})
    engine: xf.Engine = desk.engine  # type: ignore[attr-defined]  # set by the fixture
    assert [case.data["register_no"] for case in engine.find(actor=CLERK).items] == ["XJ20260003"]


def test_a_plain_session_works_in_threads_of_its_own(url: str) -> None:
    """The session that is handed in decides; the engine holds none."""
    with engine_on(SqlStore.from_url(url)) as engine, Session(create_engine(url)) as session:
        case = engine.open("proxy_petition", DATA, actor=CLERK, session=session)
        session.commit()
        assert engine.get(case.id, actor=CLERK) == case
