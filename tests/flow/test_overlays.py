"""Overlays: local variation as a difference, and law as a floor under it."""

from copy import deepcopy
from pathlib import Path

import pytest

from tests.flow.flows_at_hand import HEAD, PETITION, findings, read, said
from xinfang_flow.errors import FlowError
from xinfang_flow.flow import Flow, Source, check, read_flow, to_toml
from xinfang_flow.flow.reading.overlay import Laying
from xinfang_flow.flow.reading.parse import parse
from xinfang_flow.flows import source_of


def transition(flow: Flow, name: str) -> dict[str, object]:
    """A transition as data."""
    return next(part for part in flow.transitions if part.name == name).model_dump(exclude_defaults=True)


def test_an_empty_overlay_changes_only_the_name() -> None:
    """An overlay that says nothing is the same flow under its own id, version and digest."""
    base, county = read(PETITION), read(HEAD)

    assert (county.name, county.lineage) == ("county@3", ("petition@1",))
    same = county.model_copy(update={"id": base.id, "version": base.version, "lineage": ()})
    assert same == base
    assert county.digest != base.digest


def test_the_base_stays_what_it_was() -> None:
    """Laying an overlay changes nothing in the flow under it."""
    read(PETITION, HEAD + '[states]\nclosed = { title = "Archived" }\n[remove]\ntransition = ["close"]\n')

    assert read(PETITION).digest == read(PETITION).digest
    assert read(PETITION).states["closed"].title is None


def test_laying_changes_neither_document() -> None:
    """A base may lie under many overlays: none of them leaves a trace in it."""
    difference = (
        '[remove]\ntransition = "close"\nfigure = "reply_time"\n[[transition]]\ntrigger = "accept"\nroles = "handler"\n'
        '[states]\nnew = {}\n[[task]]\nname = "opinion"\nsettle = "any"\n'
    )
    overlay = parse(Source("county.toml", HEAD + difference))
    under = parse(Source("petition.toml", PETITION))
    before = deepcopy((under, overlay))
    laid = Laying(under, overlay).result()

    assert (under, overlay) == before
    assert laid["transition"] != under["transition"]
    assert laid["task"] != under["task"]
    assert set(laid["figures"]) < set(under["figures"])


def test_tables_are_laid_name_by_name() -> None:
    """A state that is named again keeps what is not said again; labels may be changed in one language."""
    flow = read(
        HEAD + '[states]\nhandling = { title = { zh = "承办" }, basis = "B" }\nreview = {}\n'
        '[[transition]]\ntrigger = "review"\nsource = "handling"\ndest = "review"\nroles = "handler"\n'
    )
    handling = flow.states["handling"]

    assert handling.title is not None
    assert (handling.title.zh, handling.title.en, handling.basis) == ("承办", "Handling", "B")
    assert list(flow.states) == ["received", "handling", "closed", "review"]


def test_a_label_written_short_is_laid_over_too() -> None:
    """`title = "Handler"` stands for both languages, and each may be laid over."""
    flow = read(HEAD + '[roles]\nhandler = { title = { zh = "承办人" } }\n')

    assert flow.roles["handler"].title is not None
    assert (flow.roles["handler"].title.zh, flow.roles["handler"].title.en) == ("承办人", "Handler")


def test_a_field_written_short_is_laid_over_too() -> None:
    """`summary = "text"` is a field like any other."""
    assert read(HEAD + "[fields]\nsummary = { personal = true }\n").fields["summary"].type == "text"


def test_transitions_meet_by_name() -> None:
    """A transition's name is its trigger unless it says another; what is given replaces, the rest stays."""
    flow = read(HEAD + '[[transition]]\ntrigger = "accept"\nroles = ["handler"]\nnote = "required"\n')

    assert transition(flow, "accept") == {
        "trigger": "accept", "name": "accept", "source": ("received",), "dest": "handling", "roles": ("handler",),
        "note": "required",
    }  # fmt: skip


def test_new_entries_are_appended() -> None:
    """Order decides among transitions: what an overlay adds comes last."""
    flow = read(
        HEAD + '[[transition]]\ntrigger = "accept"\nname = "accept_again"\nsource = "handling"\nroles = "clerk"\n'
    )

    assert [part.name for part in flow.transitions] == ["accept", "close", "accept_again"]


def test_tasks_and_deadlines_meet_by_name_and_links_by_kind() -> None:
    """The other entries are found by what names them."""
    base = HEAD + '[[link]]\nkind = "hearing"\nflow = "hearing"\n[[task]]\nname = "opinion"\nsettle = "any"\n'
    flow = read(
        base,
        'id = "town"\nversion = 1\n[[link]]\nkind = "hearing"\ntitle = "Hearing"\n'
        '[[deadline]]\nname = "handling"\ncloses = "17:00"\n',
    )

    assert (flow.task("opinion").settle, flow.deadline("handling").closes) == ("any", "17:00")
    assert [(link.kind, link.flow, link.title and link.title.en) for link in flow.links] == [
        ("hearing", "hearing", "Hearing")
    ]


def test_removing() -> None:
    """What an overlay removes is gone before anything is added."""
    flow = read(
        HEAD + '[remove]\ntransition = "close"\ntask = ["opinion"]\n\n[[transition]]\ntrigger = "close"\n'
        'source = "handling"\ndest = "closed"\nroles = "clerk"\n'
    )

    assert transition(flow, "close")["roles"] == ("clerk",)
    assert flow.tasks == ()


def test_removing_what_something_still_uses() -> None:
    """What is still named elsewhere is missed there."""
    assert ("XF102", "petition.toml:49: transition[1].roles[0]") in said(HEAD + '[remove]\nrole = ["handler"]\n')


def test_overlays_are_laid_in_order() -> None:
    """Later ones are laid over earlier ones; the flow carries the last one's name, and all of them as its lineage."""
    profile = (
        'id = "town"\nversion = 2\nextends = "petition@1"\n[figures]\nhandling_time = { days = 20, source = "town" }\n'
    )
    flow = read(PETITION, HEAD + '[figures]\nhandling_time = { days = 30, source = "county" }\n', profile)

    assert (flow.name, flow.lineage) == ("town@2", ("county@3", "petition@1"))
    assert (flow.figures["handling_time"].days, flow.figures["handling_time"].source) == (20, "town")


def test_an_overlay_of_an_overlay() -> None:
    """`extends` is followed all the way."""
    flow = read('id = "town"\nversion = 1\nextends = "county@3"\n', others={"county": HEAD + 'title = "County"\n'})

    assert (flow.name, flow.lineage, flow.title.en) == ("town@1", ("county@3", "petition@1"), "County")


def test_an_overlay_for_another_flow_is_refused() -> None:
    """A profile is laid only over what it was written for."""
    assert said(PETITION, 'id = "x"\nversion = 1\nextends = "hearing@1"\n') == [("XF023", "overlay0.toml:3: extends")]


def test_an_overlay_may_not_take_the_name_of_its_base() -> None:
    """A published version is never edited, an overlay is no way round that."""
    assert said('id = "petition"\nversion = 1\nextends = "petition@1"\n')[0][0] in ("XF022", "XF023")
    assert said(PETITION, 'id = "petition"\nversion = 1\n') == [("XF023", "overlay0.toml:2: version")]


def test_a_circle_of_overlays() -> None:
    """Each extends the other: the circle is named."""
    others = {"county": 'id = "county"\nversion = 3\nextends = "town@1"\n'}
    town = 'id = "town"\nversion = 1\nextends = "county@3"\n'
    [finding] = findings(town, others={**others, "town": town})

    assert (finding.code, "town@1 → county@3 → town@1" in finding.message.en) == ("XF022", True)


def test_a_circle_of_files_without_names(tmp_path: Path) -> None:
    """A file that extends itself ends too, whatever it is called."""
    path = tmp_path / "self.toml"
    path.write_text('extends = "self.toml"\n', "utf-8")

    with pytest.raises(FlowError, match="XF022"):
        read_flow(Source.from_path(path), [], source_of)


def test_a_path_is_looked_up_beside_the_file(tmp_path: Path) -> None:
    """`extends` may be a path, from the folder of the file that says it."""
    (tmp_path / "base.toml").write_text(PETITION, "utf-8")
    (tmp_path / "county.toml").write_text('id = "county"\nversion = 1\nextends = "base.toml"\n', "utf-8")

    assert read_flow(Source.from_path(tmp_path / "county.toml"), [], source_of).lineage == ("petition@1",)


def test_what_it_extends_is_missing() -> None:
    """The place is the line that says `extends`."""
    assert said(HEAD.replace("petition", "petitoin")) == [("XF020", "flow.toml:3: extends")]


def test_only_overlays_remove() -> None:
    """A flow that extends nothing has nothing to remove."""
    assert said(PETITION.replace("[open]", '[remove]\nstate = "closed"\n[open]')) == [("XF010", "flow.toml:24: remove")]


def test_findings_are_placed_where_they_were_written() -> None:
    """A mistake of the base is placed in the base, one of the overlay in the overlay."""
    base = PETITION.replace('dest    = "closed"', 'dest    = "close"')
    found = said(HEAD + '[[transition]]\ntrigger = "accept"\nroles = "clark"\n', others={"petition": base})

    assert found == [
        ("XF102", "flow.toml:6: transition[0].roles[0]"),
        ("XF101", "petition.toml:48: transition[1].dest"),
    ]


@pytest.mark.parametrize(
    ("figure", "codes"),
    [
        ('handling_time = { days = 60, source = "s" }', []),
        ('handling_time = { days = 59, source = "s" }', []),
        ('handling_time = { days = 61, source = "s" }', ["XF301"]),
        ('handling_time = { working_days = 10, source = "s" }', ["XF302"]),
        ('handling_time = { value = 10, source = "s" }', ["XF302", "XF106"]),
        ("handling_time = { unset = true }", ["XF302"]),
        ('notice_time = { working_days = 7, source = "s" }', []),
        ('notice_time = { working_days = 10, source = "s" }', []),
        ('notice_time = { working_days = 6, source = "s" }', ["XF301"]),
        ('notice_time = { days = 30, source = "s" }', ["XF302"]),
        ('handling_time = { bound = "at_least" }', ["XF303"]),
        ('handling_time = { basis = "Article 1" }', ["XF303"]),
        ('handling_time = { bound = "at_most", basis = "Article 34" }', []),
        ("handling_time = { days = 30 }", ["XF304"]),
        ('reply_time = { days = 90, source = "s" }', []),
        ('reply_time = { months = 1, source = "s" }', []),
    ],
)
def test_law_is_a_floor(figure: str, codes: list[str]) -> None:
    """A statutory figure may be tightened, in its own unit, with a source; the rest is the county's to choose."""
    assert [code for code, _ in said(HEAD + f"[figures]\n{figure}\n")] == codes


def test_the_floor_is_there_for_overlays_laid_one_by_one() -> None:
    """What a county has tightened, a town may not loosen again."""
    county, town = (f'id = "{name}"\nversion = 1\n[figures]\nhandling_time = {{ days = {days}, source = "s" }}\n'
                    for name, days in (("county", 30), ("town", 45)))  # fmt: skip

    assert said(PETITION, county, town) == [("XF301", "overlay1.toml:4: figures.handling_time")]


def test_a_statutory_figure_that_was_unset_may_be_set() -> None:
    """Where the law's number is not known, there is nothing yet to compare with."""
    base = PETITION.replace("days = 60, basis", "unset = true, basis")
    flow = read(HEAD + '[figures]\nhandling_time = { days = 60, source = "s" }\n', others={"petition": base})

    assert flow.figures["handling_time"].days == 60


def test_the_article_is_named() -> None:
    """The message says which article, and both amounts."""
    [finding] = findings(HEAD + '[figures]\nhandling_time = { days = 90, source = "s" }\n')

    assert finding.where == "flow.toml:5: figures.handling_time"
    assert all(
        word in finding.message.en and word in finding.message.zh for word in ("Article 34", "60 days", "90 days")
    )


@pytest.mark.parametrize(
    "loose",
    [
        '[remove]\nfigure = ["handling_time"]\n',
        '[remove]\ndeadline = ["handling"]\n',
        '[[deadline]]\nname = "handling"\nperiod = { days = 90 }\n',
        '[[deadline]]\nname = "handling"\nperiod = "figures.reply_time"\n',
    ],
)
def test_the_floor_cannot_be_walked_round(loose: str) -> None:
    """Neither the figure nor the deadline that it governs can be removed, nor cut loose from it."""
    assert "XF303" in [code for code, _ in said(HEAD + loose)]


def test_a_figure_keeps_its_bound_and_its_article() -> None:
    """A new amount takes the old amount and source away, and leaves what the law says."""
    figure = read(HEAD + '[figures]\nhandling_time = { days = 45, source = "county" }\n').figures["handling_time"]

    assert figure.model_dump(exclude_defaults=True) == {
        "days": 45, "source": "county", "basis": "Article 34", "bound": "at_most",
    }  # fmt: skip


def test_a_countys_own_figure_is_no_example_any_more() -> None:
    """The mark that a value is only an example goes with the value."""
    assert not read(HEAD + '[figures]\nreply_time = { hours = 48, source = "county" }\n').figures["reply_time"].example


def test_check_sees_the_floor_with_the_other_flow_at_hand() -> None:
    """A resolved flow that says what it was laid over is held to it, when that flow is among the others."""
    loose = read(to_toml(read(HEAD)).replace("days = 60", "days = 90"))

    assert [finding.code for finding in check(loose, [read(PETITION)]) if finding.severity == "error"] == ["XF301"]
    assert "XF301" not in [finding.code for finding in check(loose)]


def test_a_resolved_flow_stands_alone() -> None:
    """The text of a resolved flow is read again without the flows that it was made from."""
    county = read(HEAD + '[remove]\ntask = "opinion"\n')

    assert read_flow(Source("flow.json", county.text), [], source_of) == county


@pytest.mark.parametrize(
    "broken",
    [
        "figures = 3\n",
        "[figures]\nhandling_time = 3\n",
        "transition = 3\n",
        "remove = 3\n",
        "[remove]\nstates = 3\n",
        "task = [3]\n",
    ],
)
def test_overlays_of_a_wrong_shape(broken: str) -> None:
    """A misshapen overlay is a finding, never another exception."""
    assert said(HEAD + broken)


def test_overlays_of_a_wrong_shape_over_a_base_of_a_wrong_shape() -> None:
    """And so is a misshapen base."""
    for section in ("figures", "transition", "task", "states"):
        assert said(
            HEAD + f"[{section}]\nx = 1\n", others={"petition": f'id = "petition"\nversion = 1\n{section} = "x"\n'}
        )


ARCHIVE = '[[transition]]\ntrigger = "archive"\nNAMEroles = "archivist"\n'


def test_an_entry_that_means_one_of_several_says_which() -> None:
    """`archive` of `petition` has two transitions: an overlay that gives the trigger alone would change one of them."""
    head = 'id = "county"\nversion = 1\nextends = "petition@1"\n'

    with pytest.raises(FlowError) as caught:
        read_flow(Source("county.toml", head + ARCHIVE.replace("NAME", "")), [], source_of)
    (finding,) = caught.value.findings
    named = read_flow(Source("county.toml", head + ARCHIVE.replace("NAME", 'name = "archive"\n')), [], source_of)

    assert (finding.code, finding.where) == ("XF025", "county.toml:5: transition[0].trigger")
    assert "archive_unserved" in finding.message.zh
    assert "archive_unserved" in finding.message.en
    assert named.lineage[0] == "petition@1"
