"""A Django project as small as it can be, run in a process of its own: Django is configured once in one."""

import json
import os
import sys
from typing import Any

import django
from django.conf import settings

PLACE = json.loads(sys.argv[1])
settings.configure(DATABASES={"default": PLACE["django"]}, USE_TZ=True, INSTALLED_APPS=[])
django.setup()

from django.db import connection, transaction  # noqa: E402  Django wants its settings first
from sqlalchemy import create_engine  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402
from sqlalchemy.pool import StaticPool  # noqa: E402

import xinfang_flow as xf  # noqa: E402
from xinfang_flow.store.sql import SqlStore  # noqa: E402

PREFIX = f"dj{os.getpid()}_"
CLERK = xf.Actor("li", roles={"clerk"}, org="xianju")
DATA = {
    "intake": "first_visit", "received_on": "2026-03-02", "township": "白塔镇", "form": "visit",
    "summary": "宅基地确权",
}  # fmt: skip


def djangos_session() -> Session:
    """A session on Django's own connection, which neither commits nor rolls back nor closes it."""
    connection.ensure_connection()
    lent = create_engine(PLACE["dialect"], creator=lambda: connection.connection, poolclass=StaticPool)
    for ending in ("do_commit", "do_rollback", "do_close", "do_terminate"):
        setattr(lent.dialect, ending, lambda _: None)
    return Session(lent)


def told(sql: str, *values: Any) -> list[Any]:
    """What Django's cursor answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [] if cursor.description is None else [row[0] for row in cursor.fetchall()]


def desk(engine: xf.Engine, number: str, *, fails: str = "") -> None:
    """Rows of the application around a case, in one transaction of Django's."""
    with transaction.atomic():
        told(f"insert into {PREFIX}reception values ('{number} before')")
        with djangos_session() as session:
            case = engine.open("proxy_petition", {**DATA, "register_no": number}, actor=CLERK, session=session)
            if fails == "refused":
                engine.fire(case.id, "archive", actor=CLERK, session=session)
        told(f"insert into {PREFIX}reception values ('{number} after')")
        if fails == "application":
            raise RuntimeError(fails)


def main() -> None:
    """Run the desk: one that succeeds between two that fail; print what each side then sees."""
    with xf.Engine(
        SqlStore.from_url(PLACE["url"], prefix=PREFIX), clock=xf.ManualClock("2026-03-02T09:00:00+08:00")
    ) as engine:
        told(f"create table {PREFIX}reception (what varchar(64))")
        try:
            for number, fails in (("1", "application"), ("2", ""), ("3", "refused")):
                try:
                    desk(engine, number, fails=fails)
                except (RuntimeError, xf.RefusedError):
                    continue
            cases = [case.data["register_no"] for case in engine.find(actor=CLERK).items]
            rows = sorted(told(f"select what from {PREFIX}reception"))
            sys.stdout.write(json.dumps({"rows": rows, "cases": cases}))
        finally:
            engine.close()
            tables = ["reception", "case", "event", "timer", "outbox", "slot", "link", "signal", "flow", "meta"]
            for name in [*tables, *PLACE.get("more", [])]:
                told(f"drop table if exists {PREFIX}{name}")


main()
