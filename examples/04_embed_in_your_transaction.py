"""Your rows and the case in one transaction: both are there, or neither is."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Field, Session, SQLModel, create_engine, select

import xinfang_flow as xf


class Reception(SQLModel, table=True):
    """A row of the reception desk's own application."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: str
    window: int


CLERK = xf.Actor("li", roles={"clerk"}, org="xianju")
DATA = {
    "intake": "first_visit",
    "register_no": "XJ20260003",
    "received_on": "2026-03-02",
    "township": "白塔镇",
    "form": "visit",
    "summary": "宅基地确权",
}


@contextmanager
def county(url: str) -> Generator[xf.Engine, None, None]:
    """Open the engine on the application's database, under a clock of our own."""
    with xf.Engine(url, clock=xf.ManualClock("2026-03-02T09:00:00+08:00")) as engine:
        yield engine


with TemporaryDirectory() as folder:
    url = f"sqlite:///{Path(folder, 'county.db')}"
    database = create_engine(url)
    SQLModel.metadata.create_all(database, tables=[Reception.__table__])  # type: ignore[attr-defined]  # made by SQLModel

    with county(url) as engine:
        # Both: the session is yours, and so is the commit.
        with Session(database) as session:
            case = engine.open("proxy_petition", DATA, actor=CLERK, session=session)
            session.add(Reception(case_id=case.id, window=3))
            case = engine.fire(case.id, "screen", actor=CLERK, session=session)
            session.commit()
        assert engine.get(case.id, actor=CLERK).state == "pooled"

        # Neither: what goes wrong on your side takes the case's step back as well.
        with Session(database) as session:
            engine.fire(case.id, "withdraw", {"reason": "信访人来电撤回"}, actor=CLERK, session=session)
            session.rollback()
        assert engine.get(case.id, actor=CLERK).state == "pooled"
        assert engine.verify(case.id, actor=CLERK).ok

        with Session(database) as session:
            receptions = session.exec(select(Reception)).all()
        assert [reception.case_id for reception in receptions] == [case.id]
        print(f"window {receptions[0].window}: {case.id} is {case.state}")
    database.dispose()
