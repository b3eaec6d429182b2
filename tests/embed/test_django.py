"""Django's own transaction carries the case: both are there, or neither is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DESK = Path(__file__).with_name("django_desk.py")
ROOT = DESK.parents[2]


def after_a_day(place: dict[str, Any]) -> Any:
    """What Django and the engine see after the desk has closed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(DESK), json.dumps(place)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


KEPT = {"rows": ["2 after", "2 before"], "cases": ["2"]}


def test_on_sqlite(tmp_path: Path) -> None:
    """What Django wrote before the engine's call stays when the session closes, and goes when Django rolls back."""
    file = str(tmp_path / "county.db")
    django = {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": {"transaction_mode": "IMMEDIATE"}}
    assert after_a_day({"django": django, "dialect": "sqlite://", "url": f"sqlite:///{file}"}) == KEPT


@pytest.mark.database
def test_on_postgresql() -> None:
    """The same on a server, through psycopg."""
    url = os.environ.get("XINFANG_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=1).close()
    except OSError:
        if os.environ.get("XINFANG_CI"):
            raise
        pytest.skip("PostgreSQL is not on this machine")
    who, _, where = url.partition("://")[2].partition("@")
    user, _, password = who.partition(":")
    host, _, name = where.partition("/")
    django = {
        "ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": user, "PASSWORD": password,
        "HOST": host.partition(":")[0], "PORT": host.partition(":")[2] or "5432",
    }  # fmt: skip
    assert after_a_day({"django": django, "dialect": "postgresql+psycopg://", "url": url}) == KEPT
