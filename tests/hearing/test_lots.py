"""Panels drawn by lot: repeatable, impartial, and fair."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given, strategies as st

import xinfang_flow as xf
from xinfang_flow.errors import InputError
from xinfang_flow.kernel.lots import rank, roster_digest

SEED = "2026-04-21 福彩3D 4-7-1"
KINDS = ("legal_expert", "professional", "delegate", "notable")
ROSTER = [
    xf.Candidate(f"{kind}_{n}", kind, f"organ_{n}", frozenset({"law"} if n % 2 else {"law", "land"}))
    for kind in KINDS
    for n in range(6)
]
QUOTAS = dict.fromkeys(KINDS, 1)


def test_the_rank_is_what_the_record_says() -> None:
    """SHA-256 of seed, line feed and id: anybody can compute it without this library."""
    assert rank(SEED, "m1") == hashlib.sha256(f"{SEED}\nm1".encode()).hexdigest()
    assert [rank(SEED, name)[:16] for name in ("m1", "m2", "m3")] == [
        "ed20bc6b213d9658",
        "d350af0868bc5272",
        "00127cae603ad23e",
    ]


def test_a_draw_can_be_drawn_again() -> None:
    """The order of the roster does not matter, and nothing else is needed than what was recorded."""
    draw = xf.draw_panel(ROSTER, 5, seed=SEED, kinds=QUOTAS)
    assert xf.verify_draw(draw, reversed(ROSTER))
    assert draw == xf.draw_panel(reversed(ROSTER), 5, seed=SEED, kinds=QUOTAS)
    assert draw.roster == roster_digest(ROSTER)
    assert draw.text.startswith("sha256-rank-1 seed=")


def test_a_draw_that_was_touched_does_not_verify() -> None:
    """Another member, another seed or another roster are noticed."""
    draw = xf.draw_panel(ROSTER, 5, seed=SEED)
    swapped = draw._replace(members=(*draw.members[:4], draw.reserves[3]))
    assert not xf.verify_draw(swapped, ROSTER)
    assert not xf.verify_draw(draw._replace(seed=SEED + "!"), ROSTER)
    assert not xf.verify_draw(draw, ROSTER[1:])
    assert not xf.verify_draw(draw, [*ROSTER, ROSTER[0]])


def test_who_has_a_conflict_never_sits() -> None:
    """By person and by organ, each with the reason on record."""
    draw = xf.draw_panel(ROSTER, 5, seed=SEED, conflicts=["organ_1", "delegate_2"], qualifications=["land"])
    sitting = {member.id for member in (*draw.members, *draw.reserves)}
    assert not any(name.endswith("_1") for name in sitting)
    assert dict(draw.excluded)["delegate_2"] == "conflict"
    assert dict(draw.excluded)["notable_1"] == "conflict: organ_1"
    assert dict(draw.excluded)["notable_3"] == "lacks: land"
    assert all("land" in member.qualifications for member in draw.members)


def test_quotas_are_kept_and_the_next_in_line_is_drawn_already() -> None:
    """Each kind has its seats; who steps aside is replaced by the first in reserve of the same kind."""
    draw = xf.draw_panel(ROSTER, 5, seed=SEED, kinds=QUOTAS)
    kinds = Counter(member.kind for member in draw.members)
    assert all(kinds[kind] >= 1 for kind in KINDS)
    leaving = draw.members[0]
    successor = draw.next(leaving.id)
    assert successor is not None
    assert successor.kind == leaving.kind
    assert successor == next(reserve for reserve in draw.reserves if reserve.kind == leaving.kind)
    assert xf.draw_panel(ROSTER[:5], 5, seed=SEED).next("legal_expert_0") is None


def test_everyone_is_equally_likely() -> None:
    """Over 1,000 seeds each of 24 sits as often as chance would have it (within five deviations)."""
    seats = Counter(
        member.id
        for number in range(1000)
        for member in xf.draw_panel(ROSTER, 6, seed=f"public lottery no. {number:05d}").members
    )
    expected, deviation = 250, (1000 * 0.25 * 0.75) ** 0.5
    assert len(seats) == len(ROSTER)
    assert all(abs(times - expected) < 5 * deviation for times in seats.values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": "7"}, "at least 16"),
        ({"seed": "sixteen characters\nand a line feed"}, "printable"),
        ({"roster": [*ROSTER, ROSTER[3]]}, "listed twice"),
        ({"roster": [xf.Candidate("a\nb", "notable")]}, "is not a name"),
        ({"roster": ROSTER[:4]}, "only 4"),
        ({"size": 0}, "do not fit"),
        ({"kinds": {"notable": 6}}, "do not fit"),
        ({"kinds": {"judge": 1}}, "only 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change: dict[str, object], message: str) -> None:
    """Bad seeds, rosters, sizes and quotas, each with the word for it."""
    given = {"roster": ROSTER, "size": 5, "seed": SEED, **change}
    with pytest.raises(InputError, match=message):
        xf.draw_panel(given.pop("roster"), given.pop("size"), **given)  # type: ignore[arg-type]


@given(
    size=st.integers(1, 24), seed=st.text("abc 0123456789", min_size=16, max_size=30),
    barred=st.sets(st.sampled_from([f"organ_{n}" for n in range(6)]), max_size=5),
)  # fmt: skip
def test_any_draw_seats_the_right_number_of_impartial_people(size: int, seed: str, barred: set[str]) -> None:
    """Exactly `size`, nobody barred, nobody twice, and it verifies; or it says that there are too few."""
    try:
        draw = xf.draw_panel(ROSTER, size, seed=seed, conflicts=barred)
    except InputError:
        assert size > 24 - 4 * len(barred)
        return
    assert len({member.id for member in draw.members}) == size
    assert not any(member.organ in barred for member in draw.members)
    assert len(draw.members) + len(draw.reserves) + len(draw.excluded) == len(ROSTER)
    assert xf.verify_draw(draw, ROSTER)
