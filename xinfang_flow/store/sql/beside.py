"""What a transaction writes beside event and case: slots, timers, effects, signals, work and fields."""

from __future__ import annotations

from typing import Any

from xinfang_flow.errors import ConflictError
from xinfang_flow.kernel.canonical import stamp
from xinfang_flow.kernel.searchable import FieldValue
from xinfang_flow.store.contract import Commit, ValueTakenError
from xinfang_flow.store.sql.connection import Connection
from xinfang_flow.store.sql.errors import TakenBackError
from xinfang_flow.store.sql.rows import slot_rows, work_row
from xinfang_flow.store.sql.statements import Statements

_NOTHING: dict[str, Any] = {}


class RowsBeside:
    """Writes the rows of one commit that lie beside the case.

    `right` says that the derived rows are those of the version before; where they are not, a program of an older
    schema has written in between, and they are dropped whatever they are.
    """

    __slots__ = ("_case_id", "_commit", "_connection", "_right", "_statements")

    def __init__(self, connection: Connection, statements: Statements, commit: Commit, *, right: bool) -> None:
        self._connection, self._statements, self._commit, self._right = connection, statements, commit, right
        self._case_id = commit.case.id

    @property
    def complete(self) -> bool:
        """Whether the derived rows are those of the case when this is written."""
        return self._right or (self._commit.work is not None and self._commit.fields is not None)

    def check(self) -> None:
        """Ask for every value of which there may be but one.

        Raises:
            ValueTakenError: another case has it.
        """
        for value in self._commit.fields or ():
            if value.scope is not None and value not in self._commit.fields_before and self._is_held(value):
                raise ValueTakenError(value, case_id=self._case_id)

    def write(self) -> None:
        """Write everything."""
        commit, run, statements = self._commit, self._connection.run, self._statements
        if commit.event is not None:
            self._write_slots(commit.event.changes.get("tasks", _NOTHING))
        for name, at in commit.timers.items():
            if at is None:
                run(statements.timer_drop, (self._case_id, name))
            else:
                run(statements.timer_set, (self._case_id, name, stamp(at)))
        for request in dict.fromkeys(commit.effects):
            run(statements.effect_insert, (request.case_id, request.seq, request.name, "waiting", 0, None, None))
        for signal in commit.signals:
            run(statements.signal_insert, signal)
        for signal in commit.settled_signals:
            run(statements.signal_drop, signal[:3])
        self._write_work()
        self._write_fields()

    def _write_slots(self, changed: Any) -> None:
        for name in changed:
            if self._commit.expected:
                self._connection.run(self._statements.slots_drop, (self._case_id, name))
            for row in slot_rows(self._commit.case.tasks[name]):
                self._connection.run(self._statements.slot_insert, row)

    def _write_work(self) -> None:
        now, before = self._commit.work, self._commit.work_before
        if now is None or (self._right and now == before):
            return
        if before or not self._right:
            self._connection.run(self._statements.work_drop, (self._case_id,))
        for work in now:
            self._connection.run(self._statements.work_insert, work_row(work))

    def _write_fields(self) -> None:
        now, before = self._commit.fields, self._commit.fields_before
        if now is None or (self._right and now == before):
            return
        if not self._right:
            self._connection.run(self._statements.fields_drop, (self._case_id,))
            for value in now:  # what was doubled already is no reason to refuse a step that does not touch it
                doubled = value.scope is not None and value in before and self._is_held(value)
                self._insert(value._replace(scope=None) if doubled else value)
            return
        for value in before:
            if value not in now:
                self._connection.run(self._statements.field_drop, (self._case_id, value.name))
        for value in now:
            if value not in before:
                self._insert(value)

    def _insert(self, value: FieldValue) -> None:
        row = (self._case_id, value.name, self._commit.case.flow, value.value, value.scope)
        try:
            self._connection.run(self._statements.field_insert, row)
        except TakenBackError:
            raise
        except ConflictError as conflict:  # another writer was quicker
            raise ValueTakenError(value, case_id=self._case_id) from conflict

    def _is_held(self, value: FieldValue) -> bool:
        row = self._connection.one(self._statements.field_holder, (value.scope, value.name, value.value))
        return row is not None and row[0] != self._case_id
