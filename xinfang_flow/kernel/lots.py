"""Drawing lots for a panel: fair, without `random`, and so that anybody can draw again and see the same.

Everyone on the roster gets a rank, `SHA-256(seed, line feed, id)` in hex.  Whoever has a conflict of interest, or lacks
a qualification, is set aside with the reason.  Seats that a kind is owed (quotas) go to the lowest ranks of that kind,
the rest to the lowest ranks of all; those that come next stand in reserve.  The seed must come from outside and be
unknown when the roster is closed; it is recorded with a digest of the roster.  `docs/decisions/0008-panels.md` has the
reasons and a worked example.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from xinfang_flow.errors import InputError
from xinfang_flow.kernel.values import NAME
from xinfang_flow.text import Text, shown

ALG = "sha256-rank-1"


class Candidate(NamedTuple):
    """Somebody on the roster: what kind of member they would be, from which organ, and what they are qualified for."""

    id: str
    kind: str
    organ: str | None = None
    qualifications: frozenset[str] = frozenset()


class Draw(NamedTuple):
    """What was drawn, and everything that is needed to draw it again.

    `members` come in the order of their ranks, `reserves` are next in line; `excluded` says why somebody was set aside.
    """

    alg: str
    seed: str
    roster: str
    size: int
    kinds: tuple[tuple[str, int], ...]
    qualifications: tuple[str, ...]
    conflicts: tuple[str, ...]
    members: tuple[Candidate, ...]
    reserves: tuple[Candidate, ...]
    excluded: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """One line for the file: how it was drawn, from which seed and roster, and who."""
        ids = ",".join(member.id for member in self.members)
        return f"{self.alg} seed={self.seed} roster={self.roster[:16]} members={ids}"

    def next(self, leaving: str) -> Candidate | None:
        """Return who replaces a member that steps aside: the first in reserve of the same kind, else of any."""
        kind = next((member.kind for member in self.members if member.id == leaving), None)
        same = (reserve for reserve in self.reserves if reserve.kind == kind)
        return next(same, None) or next(iter(self.reserves), None)


def draw_panel(
    roster: Iterable[Candidate], size: int, *, seed: str, kinds: Mapping[str, int] | None = None,
    qualifications: Iterable[str] = (), conflicts: Iterable[str] = (),
) -> Draw:  # fmt: skip
    """Draw a panel of `size` from the roster.

    Args:
        roster: everyone who may be drawn; the order does not matter.
        size: how many seats.
        seed: at least 16 characters, from outside (a public lottery number, say), unknown when the roster was closed.
        kinds: how many seats, at least, each kind has; what is left goes to anybody.
        qualifications: what every member must have.
        conflicts: persons and organs that must not judge; whoever is one, or belongs to one, is set aside.

    Raises:
        InputError: a seed that is too short, somebody listed twice, or too few left to fill the seats.
    """
    people = _checked(roster, seed)
    quotas = dict(sorted((kinds or {}).items()))
    needed, barred = frozenset(qualifications), frozenset(conflicts)
    excluded = tuple((who.id, why) for who in people if (why := _why_not(who, needed, barred)) is not None)
    aside = {name for name, _ in excluded}
    ranked = sorted((who for who in people if who.id not in aside), key=lambda who: rank(seed, who.id))
    seated = _seated(ranked, size, quotas)
    return Draw(
        alg=ALG, seed=seed, roster=roster_digest(people), size=size, kinds=tuple(quotas.items()),
        qualifications=tuple(sorted(needed)), conflicts=tuple(sorted(barred)),
        members=tuple(who for who in ranked if who.id in seated),
        reserves=tuple(who for who in ranked if who.id not in seated), excluded=excluded,
    )  # fmt: skip


def verify_draw(draw: Draw, roster: Iterable[Candidate]) -> bool:
    """Draw again from what was recorded; return whether it is the same roster and the same panel."""
    try:
        again = draw_panel(
            roster, draw.size, seed=draw.seed, kinds=dict(draw.kinds), qualifications=draw.qualifications,
            conflicts=draw.conflicts,
        )  # fmt: skip
    except InputError:
        return False
    return again == draw


def rank(seed: str, id: str) -> str:
    """Return the rank of somebody under a seed: SHA-256 of the seed, a line feed and the id, in UTF-8, as hex."""
    return hashlib.sha256(f"{seed}\n{id}".encode()).hexdigest()


def roster_digest(roster: Iterable[Candidate]) -> str:
    """Return SHA-256 over the roster as canonical JSON in the order of ids, in hex."""
    people = sorted(roster, key=_by_id)
    rows: list[list[Any]] = [[who.id, who.kind, who.organ, sorted(who.qualifications)] for who in people]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _checked(roster: Iterable[Candidate], seed: str) -> list[Candidate]:
    if len(seed) < 16 or not seed.isprintable():  # noqa: PLR2004  what a person cannot try out by hand
        raise InputError(
            Text("种子至少16个可见字符，须来自外部", "a seed has at least 16 printable characters, from outside"),
            where=Text("种子", "seed"),
        )
    people = sorted(roster, key=_by_id)
    unfit = [who.id for who in people if not NAME.fullmatch(who.id)]
    if unfit:
        raise InputError(
            Text(
                f"“{shown(unfit[0])}”不是合格的名称，应为1至64个可见字符",
                f"{unfit[0]!r} is not a name: 1 to 64 printable characters",
            ),
            where=Text("名册", "roster"),
        )
    twice = [one.id for one, other in pairwise(people) if one.id == other.id]
    if twice:
        raise InputError(
            Text(
                f"名单中重复，会有两次机会：{'、'.join(twice)}",
                f"listed twice, and would have two chances: {', '.join(twice)}",
            ),
            where=Text("名册", "roster"),
        )
    return people


def _why_not(who: Candidate, needed: frozenset[str], barred: frozenset[str]) -> str | None:
    if who.id in barred:
        return "conflict"
    if who.organ in barred:
        return f"conflict: {who.organ}"
    lacking = sorted(needed - who.qualifications)
    return f"lacks: {', '.join(lacking)}" if lacking else None


def _seated(ranked: list[Candidate], size: int, quotas: Mapping[str, int]) -> frozenset[str]:
    if size < 1 or any(seats < 0 for seats in quotas.values()) or sum(quotas.values()) > size:
        raise InputError(
            Text(f"名额 {dict(quotas)} 放不进{size}个席位", f"quotas {dict(quotas)} do not fit into {size} seat(s)"),
            where=Text("类别", "kinds"),
        )
    if len(ranked) < size:
        raise InputError(
            Text(f"需要{size}席，可入席的只有{len(ranked)}人", f"{size} seats, and only {len(ranked)} may sit"),
            where=Text("名册", "roster"),
        )
    seated: list[str] = []
    for kind, seats in quotas.items():
        of_kind = [who.id for who in ranked if who.kind == kind]
        if len(of_kind) < seats:
            raise InputError(
                Text(
                    f"“{kind}”需要{seats}席，可入席的只有{len(of_kind)}人",
                    f"{seats} seat(s) for {kind!r}, and only {len(of_kind)} may sit",
                ),
                where=Text("类别", "kinds"),
            )
        seated += of_kind[:seats]
    left = [who.id for who in ranked if who.id not in seated]
    return frozenset(seated + left[: size - len(seated)])


def _by_id(who: Candidate) -> str:
    return who.id
