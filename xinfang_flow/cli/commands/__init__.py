"""The commands, by what they are for; each imports what it needs when it is called."""

from __future__ import annotations

from xinfang_flow.cli.commands import (
    cases,
    database,
    flows,
    lists,
    register as importing,
    start as beginning,
    upkeep as keeping,
)
from xinfang_flow.cli.registry import Commands


def register(commands: Commands) -> None:
    """Add every command, in the order in which help lists them."""
    commands.add("demo", beginning.demo, group="group.begin")
    commands.add("init", beginning.init, group="group.begin")
    commands.add("flows", flows.flows, group="group.flows")
    commands.add("check", flows.check, group="group.flows")
    commands.add("test", flows.test, group="group.flows")
    commands.add("draw", flows.draw, group="group.flows")
    commands.add("schema", flows.schema, group="group.flows")
    commands.add("due", flows.due, group="group.flows")
    commands.add("import", importing.import_, "db", "actor", group="group.cases")
    commands.add("open", cases.open_, "db", "actor", group="group.cases")
    commands.add("fire", cases.fire, "db", "actor", group="group.cases")
    commands.add("tasks", lists.tasks, "db", "actor", "now", group="group.cases")
    commands.add("work", lists.work, "db", "actor", "now", group="group.cases")
    commands.add("show", cases.show, "db", "actor", "now", group="group.cases")
    commands.add("board", lists.board, "db", "actor", "now", group="group.cases")
    commands.add("tick", keeping.tick, "db", group="group.keeping")
    commands.add("deliver", keeping.deliver, "db", group="group.keeping")
    commands.add("verify", keeping.verify, "db", "actor", group="group.keeping")
    commands.add("file", keeping.file, "db", "actor", group="group.keeping")
    commands.add("db", database.db, "db", group="group.keeping")
