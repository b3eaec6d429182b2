"""A small flow, and ways to read variations of it, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping

from xinfang_flow.errors import FlowError
from xinfang_flow.flow import Finding, Flow, Source, read_flow

PETITION = """\
id      = "petition"
version = 1
title   = { zh = "信访事项", en = "Petition" }
initial = "received"

[roles]
clerk   = {}
handler = { title = "Handler" }

[figures]
handling_time = { days = 60, basis = "Article 34", bound = "at_most" }
notice_time   = { working_days = 7, basis = "Article 31", bound = "at_least" }
reply_time    = { days = 10, source = "example", example = true }

[fields]
summary = "text"
kind    = { type = "choice", choices = { letter = "Letter", visit = "Visit" } }

[states]
received = {}
handling = { title = { zh = "办理中", en = "Handling" } }
closed   = { final = true }

[open]
roles = "clerk"
takes = ["summary", "kind"]

[[task]]
name   = "opinion"
states = "handling"
of     = "handler"

[[deadline]]
name   = "handling"
period = "figures.handling_time"
starts = { enters = "handling" }
met_by = { enters = "closed" }

[[transition]]
trigger = "accept"
source  = "received"
dest    = "handling"
roles   = "clerk"

[[transition]]
trigger = "close"
source  = "handling"
dest    = "closed"
roles   = "handler"
"""
HEAD = 'id = "county"\nversion = 3\nextends = "petition@1"\n'


def read(text: str, *overlays: str, name: str = "flow.toml", others: Mapping[str, str] | None = None) -> Flow:
    """Read a flow with overlays laid over it; "petition@1" and `others` are what it may extend."""
    known = {"petition": PETITION, **(others or {})}

    def find(wanted: str) -> Source:
        bare = wanted.partition("@")[0]
        if bare not in known:
            raise FlowError(f"there is no flow {wanted!r}")
        return Source(f"{bare}.toml", known[bare])

    return read_flow(Source(name, text), [Source(f"overlay{at}.toml", text) for at, text in enumerate(overlays)], find)


def findings(
    text: str, *overlays: str, name: str = "flow.toml", others: Mapping[str, str] | None = None
) -> list[Finding]:
    """What reading finds; empty when it finds nothing."""
    try:
        read(text, *overlays, name=name, others=others)
    except FlowError as error:
        return list(error.findings)
    return []


def said(
    text: str, *overlays: str, name: str = "flow.toml", others: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """The code and the place of everything that reading finds."""
    return [(finding.code, finding.where) for finding in findings(text, *overlays, name=name, others=others)]
