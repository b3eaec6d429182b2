"""Every error of a driver, put into one of ours: none reaches the caller raw, and the original is its cause."""

from __future__ import annotations

import sqlite3
from typing import Any

from xinfang_flow.errors import ConflictError, StoreError, XinfangError
from xinfang_flow.text import Text

CONFLICT = Text(
    "其间有人办理过该事项，或防重键已被占用：请重新查看", "somebody else changed the case, or the key is taken"
)
TAKEN_BACK = Text(
    "数据库收回了这次操作（死锁或等锁超时）：请重试",
    "the database took the transaction back (deadlock or lock timeout): try again",
)
FULL = Text(
    "磁盘已满，未写入任何内容；腾出空间后即可继续",
    "the disk or the database is full; nothing was written, and it works again when there is space",
)
_FORBIDDEN = Text("数据库用户没有这项权限", "the database user may not do that")
READ_ONLY = Text(
    "数据库只能读取：请检查文件及其文件夹的权限，或用户的权限",
    "the database is read-only: check the rights of the file and its folder, or of the user",
)

_LITE_CONFLICT = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID,
    sqlite3.SQLITE_CONSTRAINT_TRIGGER,
}  # fmt: skip
_LITE = {
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: Text(
        "磁盘出错，未写入任何内容", "the disk answered with an error; nothing of this call was written"
    ),
    sqlite3.SQLITE_CANTOPEN: Text(
        "数据库文件无法打开：请检查文件夹是否存在、是否可写",
        "the database file cannot be opened: check that its folder exists and may be written",
    ),
    sqlite3.SQLITE_NOTADB: Text("这不是 SQLite 数据库文件", "the file is not an SQLite database"),
    sqlite3.SQLITE_CORRUPT: Text(
        "数据库文件已损坏：请用备份恢复", "the database file is damaged: restore it from a copy"
    ),
    sqlite3.SQLITE_AUTH: Text("数据库不允许这样做", "the database does not allow that"),
}
_POST_CONFLICT = {"23505": CONFLICT, "40001": TAKEN_BACK, "40P01": TAKEN_BACK, "55P03": TAKEN_BACK}
_POST = {
    "25006": READ_ONLY,
    "53100": FULL,
    "53200": Text("数据库内存不足", "the database has no memory left"),
    "42501": _FORBIDDEN,
}
_MY_CONFLICT = {1062: CONFLICT, 1213: TAKEN_BACK, 1205: TAKEN_BACK, 1020: TAKEN_BACK}
_MY = {1290: READ_ONLY, 1792: READ_ONLY, 1114: FULL, 28: FULL, 1021: FULL, 1142: _FORBIDDEN}
_MY_LOST = {0, 1053, 1927, 2003, 2006, 2013, 2055, 4031}
_NO_TABLE = {"42P01", "3F000", 1146}
_NO_COLUMN = {"42703", 1054}


class ConnectionLostError(StoreError):
    """The connection to the database was lost; nothing of this call was written."""

    default_zh = "与数据库的连接已断开，未写入任何内容"


class TakenBackError(ConflictError):
    """The server has ended the transaction and taken back whatever it wrote; nothing more may be asked in it."""

    default_zh = "数据库已收回这次操作所写的全部内容：请重试"


class NoTablesError(StoreError):
    """The database has no tables of xinfang_flow (under this prefix and schema)."""

    default_zh = "数据库中没有本系统的表"


class OtherTablesError(StoreError):
    """A table with one of our names has other columns: it was not made by xinfang_flow; give ours a prefix."""

    default_zh = "有同名的表不是本系统所建：请为本系统的表加上前缀"


def explain(dialect: str, error: Exception, *, timeout: float, name: str) -> XinfangError:
    """Return our error for a driver's; `name` is the database's, without path or password."""
    if isinstance(error, UnicodeError | OverflowError | ValueError):
        return StoreError(
            Text(
                f"数据库不能保存这样的值：{type(error).__name__}",
                f"the database cannot keep this value: {type(error).__name__}",
            )
        )
    if dialect == "sqlite":
        return _lite(error, timeout, name)
    code: Any = getattr(error, "sqlstate", None) if dialect == "postgresql" else (error.args or (0,))[0]
    conflicts, words = (_POST_CONFLICT, _POST) if dialect == "postgresql" else (_MY_CONFLICT, _MY)
    if code in conflicts:
        return (TakenBackError if conflicts[code] is TAKEN_BACK else ConflictError)(conflicts[code])
    if code in words:
        return _of(name, words[code])
    if code in _NO_TABLE:
        return NoTablesError()
    if code in _NO_COLUMN:
        return OtherTablesError()
    if _is_lost(dialect, error, code):
        return ConnectionLostError()
    answer = f"{type(error).__name__} {code or ''}".rstrip()
    return _of(name, Text(f"数据库答复：{answer}", f"the database answered with {answer}"))


def _of(name: str, words: Text) -> StoreError:
    return StoreError(Text(f"{name}：{words.zh}", f"{name}: {words.en}"))


def _is_lost(dialect: str, error: Exception, code: Any) -> bool:
    if dialect == "postgresql":
        broken = type(error).__name__ in ("OperationalError", "InterfaceError")
        return (code is None and broken) or str(code)[:3] in ("080", "57P")
    return code in _MY_LOST or type(error).__name__ == "InterfaceError"


def _lite(error: Exception, timeout: float, name: str) -> XinfangError:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code in _LITE_CONFLICT:
        return ConflictError(CONFLICT)
    if code == sqlite3.SQLITE_BUSY_SNAPSHOT:
        return ConflictError(
            Text(
                "在您的事务开始读取之后有人写入：请用 BEGIN IMMEDIATE 开始事务",
                "somebody else wrote after your transaction began to read: begin it with BEGIN IMMEDIATE",
            )
        )
    primary = code & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(
            Text(
                f"{name}：已被其他程序占用 {timeout:g} 秒；多台服务器共用时请改用 PostgreSQL",
                f"{name}: SQLite has been busy for {timeout:g} s: another process holds the file; "
                "for several servers use PostgreSQL",
            )
        )
    if primary in _LITE:
        return _of(name, _LITE[primary])
    if "no such table" in str(error):
        return NoTablesError()
    if "no such column" in str(error):
        return OtherTablesError()
    return StoreError(Text(f"{name}：SQLite 答复：{error}", f"{name}: SQLite answered: {error}"))
