"""The database itself: `db upgrade`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from xinfang_flow.cli.face import Face, sqlite_path
from xinfang_flow.cli.progress import bar
from xinfang_flow.cli.troubles import REFUSED
from xinfang_flow.errors import InputError, StoreError

if TYPE_CHECKING:
    from xinfang_flow.store.sql.migrations.upgrade import Upgraded


def db(face: Face, action: Annotated[str, typer.Argument(metavar="upgrade", help="arg.db")]) -> None:
    """Upgrade the database."""
    from xinfang_flow.store.sql.migrations.upgrade import upgrade

    if action != "upgrade":
        raise InputError(face.words("db.action", given=action))
    path = sqlite_path(face.url)
    if path is not None and not path.exists():
        raise StoreError(face.words("error.no_database", path=path))
    with bar(face, face.words("db.progress"), None) as progress:
        done = upgrade(face.url, progress=progress)
    _tell(face, done)


def _tell(face: Face, done: Upgraded) -> None:
    for step in done.steps:
        face.say("db.step", name=step)
    if done.rows.cases:
        face.say("db.cases", count=done.rows.cases)
    elif not done.steps:
        face.say("db.nothing")
    for case, why in done.rows.unreadable:
        face.say("db.unreadable", case=case, why=why)
    for field, first, other in done.rows.doubled:
        face.say("db.doubled", field=field, first=first, other=other)
    if done.rows.unreadable or done.rows.doubled:
        face.code = REFUSED
    face.answer({
        "steps": done.steps, "cases": done.rows.cases, "unreadable": dict(done.rows.unreadable),
        "doubled": [{"field": field, "first": first, "other": other} for field, first, other in done.rows.doubled],
    })  # fmt: skip
