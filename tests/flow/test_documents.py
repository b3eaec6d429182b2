"""Reading documents: the files and texts that must be refused, quickly, kindly and all at once."""

import json
import os
import time
from pathlib import Path

import pytest

from tests.flow.flows_at_hand import PETITION, findings, read, said
from xinfang_flow.errors import FlowError
from xinfang_flow.flow import Source
from xinfang_flow.flow.reading.parse import MAX_DEPTH
from xinfang_flow.flow.reading.source import MAX_BYTES

JSON = json.dumps(
    {
        "id": "petition", "version": 1, "title": "Petition", "initial": "received", "roles": {"clerk": {}},
        "states": {"received": {}, "closed": {"final": True}}, "open": {"roles": "clerk"},
        "transition": [{"trigger": "close", "source": "received", "dest": "closed", "roles": "clerk"}],
    },
    indent=1,
)  # fmt: skip


def refused(path: Path | str) -> tuple[str, str]:
    """The code and the message of a file that cannot be read."""
    with pytest.raises(FlowError) as caught:
        Source.from_path(path)
    [finding] = caught.value.findings
    assert str(path) in finding.where
    return finding.code, finding.message.en


def test_a_flow_is_read() -> None:
    """A right document gives its flow."""
    flow = read(PETITION)

    assert (flow.name, flow.triggers, flow.lineage) == ("petition@1", ("accept", "close"), ())


def test_a_json_document_is_read() -> None:
    """JSON is the same model; `$schema` is for editors."""
    assert read(JSON, name="flow.json") == read(
        JSON.replace("{", '{"$schema": "flow.schema.json", ', 1), name="flow.json"
    )


def test_a_flow_is_frozen() -> None:
    """What was read cannot be changed."""
    with pytest.raises(ValueError, match="frozen"):
        read(PETITION).version = 2  # type: ignore[misc]


def test_the_file_is_a_directory(tmp_path: Path) -> None:
    """A directory is named as what it is."""
    assert refused(tmp_path) == ("XF001", "this is a directory; a .toml or .json file is needed")


def test_the_file_is_missing(tmp_path: Path) -> None:
    """A missing file is said to be missing."""
    assert refused(tmp_path / "none.toml") == ("XF001", "the file cannot be read: there is no such file")


def test_the_path_is_nonsense() -> None:
    """A NUL in a path is a typed error too."""
    assert refused("a\0b.toml")[0] == "XF001"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_the_file_may_not_be_read(tmp_path: Path) -> None:
    """A file without permission says so."""
    path = tmp_path / "secret.toml"
    path.touch(0o000)

    assert refused(path) == ("XF001", "the file cannot be read: no permission to read it")


@pytest.mark.parametrize(
    ("encoding", "likely"), [("gb18030", "GB18030"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("big5", None)]
)
def test_another_encoding(tmp_path: Path, encoding: str, likely: str | None) -> None:
    """A file in another encoding is refused, with what it looks like."""
    path = tmp_path / "flow.toml"
    path.write_bytes(
        ("title = '信访事项办理流程'" if likely else "title = '\uff01\uff02'").encode(encoding, "replace") + b"\xff"
    )
    if likely:
        path.write_bytes("title = '信访事项办理流程'".encode(encoding))
    code, message = refused(f"{path}")

    assert (code, message.startswith("file is not UTF-8"), f"looks like {likely}" in message) == (
        "XF004",
        True,
        bool(likely),
    )


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    """A file that an editor on Windows saved as UTF-8 is read."""
    path = tmp_path / "flow.toml"
    path.write_bytes(PETITION.encode("utf-8-sig"))

    assert Source.from_path(path).text == PETITION
    assert read("\ufeff" + PETITION) == read(PETITION)


def test_a_document_at_the_limit_is_read() -> None:
    """A document of exactly 1 MiB is read; one byte more is too large."""
    room = MAX_BYTES - len(PETITION.encode())

    assert read(PETITION + "#" * room).id == "petition"
    assert [code for code, _ in said(PETITION + "#" * (room + 1))] == ["XF002"]


def test_a_file_of_fifty_megabytes_is_refused_at_once(tmp_path: Path) -> None:
    """A large file is not even read to its end."""
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    begun = time.perf_counter()

    assert refused(path)[0] == "XF002"
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("flow.toml", "basis = " + "[" * 20_000),
        ("flow.toml", "basis = " + "[" * 20_000 + "]" * 20_000),
        ("flow.toml", "x = " + "{a=" * 20_000),
        ("flow.toml", ".".join(["a"] * 20_000) + " = 1"),
        ("flow.toml", f"[{'.'.join(['a'] * 500_000)}]"),
        ("flow.toml", ".".join(['"a"'] * 200_000) + " = 1"),
        ("flow.json", "[" * 20_000),
        ("flow.json", '{"a":' * 20_000),
    ],
    ids=["open", "closed", "tables", "dotted", "header", "quoted", "json array", "json object"],
)
def test_deep_nesting_is_refused_at_once(name: str, text: str) -> None:
    """20,000 brackets, or as many parts of a key, are refused before anything is parsed; nothing recurses."""
    begun = time.perf_counter()

    assert [code for code, _ in said(text, name=name)] == ["XF003"]
    assert time.perf_counter() - begun < 1.5


def test_depth_adds_up() -> None:
    """Tables of a header and parts of a key are one depth, though neither alone is too deep."""
    header, key = ".".join(["a"] * 30), ".".join(["b"] * 30)

    assert said(f"[{header}]\n{key} = 1") == [("XF003", "flow.toml")]


def test_nesting_at_the_limit() -> None:
    """At the limit a document is parsed; one level more is too deep."""
    at, beyond = (f"basis = {'[' * depth}{']' * depth}" for depth in (MAX_DEPTH, MAX_DEPTH + 1))

    assert "XF003" not in [code for code, _ in said(at)]
    assert said(f"# one\n{beyond}") == [("XF003", "flow.toml:2")]


def test_brackets_within_text_are_no_nesting() -> None:
    """Brackets in texts and comments count for nothing."""
    text = PETITION + f"# {'[' * 100}\n"

    assert read(text.replace('"Article 34"', f'"{"[" * 100}"')).figures["handling_time"].basis == "[" * 100


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ('id = "a"\nid = "b"', "XF006", "flow.toml:2: id"),
        ('id = "a"\nid = "b"\nx = [}', "XF006", "flow.toml:2: id"),
        ("[states]\na = {}\n[states]\n[[[", "XF006", "flow.toml:3: states"),
        ("[states]\na = { final = true, final = false }", "XF006", "flow.toml:2: states.a.final"),
        ("[[task]]\nname = 1\n[[task]]\nname = 1\nname = 2", "XF006", "flow.toml:5: task[1].name"),
        ("[states]\na = {}\n[states.a]\n", "XF006", "flow.toml:3: states.a"),
        ("version = 1\nx = 0123", "XF005", "flow.toml:2"),
        ("title = 2026-02-30", "XF008", "flow.toml:1"),
        ("id = \t\n", "XF005", "flow.toml:1"),
        ("x = " + "9" * 5_000, "XF007", "flow.toml"),
        ("x = 99999999999999999999", "XF007", "flow.toml:1: x"),
        ("\nx = [1, 1.5]", "XF007", "flow.toml:2: x[1]"),
        ("x = nan", "XF007", "flow.toml:1: x"),
        ("x = 2026-05-12", "XF012", "flow.toml:1: x"),
        ('x = "\\u0000"', "XF009", "flow.toml:1: x"),
        ('"\\u0000" = 1', "XF009", "flow.toml"),
        ("title = \0", "XF005", "flow.toml:1"),
        ("", "XF011", "flow.toml: id"),
    ],
)
def test_what_toml_does_not_take(text: str, code: str, where: str) -> None:
    """Duplicate keys, leading zeros, days that do not exist, huge numbers: each refused, with its place."""
    assert said(text)[0] == (code, where)


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ('{"id": "a",\n "id": "b"}', "XF006", "flow.json:2: id"),
        ('{"x": {"a": 1, "a": 1}}', "XF006", "flow.json:1: x.a"),
        ('{"x": NaN}', "XF005", "flow.json"),
        ('{"x": -Infinity}', "XF005", "flow.json"),
        ('{"x": 1e2}', "XF007", "flow.json:1: x"),
        ('{"x": ' + "9" * 5_000 + "}", "XF007", "flow.json"),
        ('{\n"x": null}', "XF012", "flow.json:2: x"),
        ('{"x": "\\ud800"}', "XF009", "flow.json:1: x"),
        ("[]", "XF012", "flow.json"),
        ('{"x": 1\n "y": 2}', "XF005", "flow.json:2"),
        ("", "XF005", "flow.json:1"),
    ],
)
def test_what_json_does_not_take(text: str, code: str, where: str) -> None:
    """JSON is held to the same rules: no duplicates, no NaN, no null, no half characters."""
    assert said(text, name="flow.json")[0] == (code, where)


def test_codes_and_telephone_numbers_are_text() -> None:
    """A number where text belongs says what to do: put it in quotes."""
    [finding] = findings(PETITION.replace('"Article 34"', "57688512345"))

    assert (finding.code, "put it in quotes" in finding.message.en, "加引号" in finding.message.zh) == (
        "XF012",
        True,
        True,
    )


@pytest.mark.parametrize("name", ["处理：中", "a:b", 'a"b', "Closed", "1st", "a" * 65, ""])
def test_identifiers_are_plain(name: str) -> None:
    """Labels are free; identifiers are not."""
    assert said(PETITION.replace("[states]", f"[states]\n{json.dumps(name)} = {{}}"))[0][0] == "XF013"


@pytest.mark.parametrize("label", ["<script>alert(1)</script>", '"]; click b "javascript:alert(1)', "𠮷䶮", "=1+1"])
def test_labels_are_free(label: str) -> None:
    """Any text may be a label; it is kept byte for byte."""
    flow = read(PETITION.replace('"Handler"', json.dumps(label, ensure_ascii=False)))

    assert flow.roles["handler"].title is not None
    assert flow.roles["handler"].title.zh == label


@pytest.mark.parametrize(
    "period",
    [
        "{ days = 0 }",
        "{ days = -1 }",
        "{ days = 1000000000 }",
        "{ days = 1, hours = 1 }",
        "{}",
        '"P1Y2X"',
        "3",
        '{ days = "3" }',
    ],
)
def test_periods_that_cannot_be_meant(period: str) -> None:
    """Zero, negative, endless, mixed or misspelt lengths of time are refused where they stand."""
    text = PETITION.replace('"figures.handling_time"', period)

    assert {where.partition(".period")[0] for _, where in said(text)} == {"flow.toml:35: deadline[0]"}


@pytest.mark.parametrize("given", ['"yes"', "1", '"true"'])
def test_truth_is_said_plainly(given: str) -> None:
    """Nothing but true and false stands for a truth value."""
    text = PETITION.replace("final = true", f"final = {given}")

    assert said(text) == [("XF012", "flow.toml:22: states.closed.final")]


@pytest.mark.parametrize("guard", ["__import__('os').system('x')", "os.system"])
def test_code_is_no_guard(guard: str) -> None:
    """A guard is data; text where one belongs is refused, and a dotted path is no name."""
    for condition in (json.dumps(guard), json.dumps({"named": guard}).replace(":", "=", 1).replace('"named"', "named")):
        codes = {code for code, _ in said(f"{PETITION}conditions = [{condition}]\n")}
        assert codes <= {"XF012", "XF013"}
        assert codes


def test_everything_is_said_at_once_in_the_order_of_the_document() -> None:
    """Ten mistakes of ten kinds come in one go: shapes and names together, each with its line and the right word."""
    text = (
        PETITION.replace("handling = { title", "handling = { titel")
        .replace('states = "handling"', 'states = "handlin"')
        .replace('source  = "received"', 'source  = "recieved"')
        .replace(
            'roles   = "handler"\n',
            'roles   = "handlers"\nconditions = [{ settled = "opinoin" }, { prsent = "summary" }]\n',
        )
        .replace("figures.handling_time", "figures.handling")
        .replace('met_by = { enters = "closed" }', 'met_by = { fires = "closes" }')
        .replace('takes = ["summary", "kind"]', 'takes = ["sumary", "kind"]')
    )
    found = findings(text)

    assert [(finding.code, finding.where) for finding in found] == [
        ("XF010", "flow.toml:21: states.handling.titel"),
        ("XF103", "flow.toml:26: open.takes[0]"),
        ("XF101", "flow.toml:30: task[0].states[0]"),
        ("XF105", "flow.toml:35: deadline[0].period"),
        ("XF110", "flow.toml:37: deadline[0].met_by.fires[0]"),
        ("XF101", "flow.toml:41: transition[0].source[0]"),
        ("XF102", "flow.toml:49: transition[1].roles[0]"),
        ("XF010", "flow.toml:50: transition[1].conditions[1].prsent"),
    ]
    assert all("did you mean" in finding.message.en and "是否应为" in finding.message.zh for finding in found)


@pytest.mark.parametrize(
    ("guard", "code", "place"),
    [
        ('{ any = [{ none = [{ present = "sumary" }] }] }', "XF103", "conditions[0].any[0].none[0].present"),
        ('{ field = "kind", one_of = ["letter", "fax"] }', "XF115", "conditions[0].one_of[1]"),
        ('{ field = "summary", equals = 3 }', "XF116", "conditions[0].equals"),
        ('{ field = "summary", odd = true }', "XF116", "conditions[0].odd"),
        ('{ field = "kind", at_least = "letter" }', "XF116", "conditions[0].at_least"),
        ('{ count = "summary", at_least = 1 }', "XF116", "conditions[0].count"),
        ('{ after = "kind", by = { days = 3 } }', "XF116", "conditions[0].after"),
        ('{ actor_org = "summary" }', "XF116", "conditions[0].actor_org"),
        ('{ answered = "opinion", with = "yes", at_least = 1 }', "XF115", "conditions[0].with[0]"),
        ('{ answered = "opinion", at_least = "figures.reply_time" }', "XF106", "conditions[0].at_least"),
        ('{ answered = "opinion", at_least = "many" }', "XF106", "conditions[0].at_least"),
        ('{ apart = "summary", from = "knd" }', "XF103", "conditions[0].from[0]"),
        ('{ running = "hearing", at_most = 0 }', "XF119", "conditions[0].running"),
    ],
)
def test_guards_are_held_to_what_is_declared(guard: str, code: str, place: str) -> None:
    """Fields, types, choices, answers and figures: what a guard asks must be something that can be."""
    assert said(f"{PETITION}conditions = [{guard}]\n") == [(code, f"flow.toml:50: transition[1].{place}")]


@pytest.mark.parametrize(
    ("more", "code", "place"),
    [
        ('when = [{ present = "sumary" }]', "XF103", "when[0].present"),
        ('since = "kind"', "XF116", "since"),
        ('policy = "cvil"', "XF106", "policy"),
        ('closes = "25:00"', "XF106", "closes"),
        ('warns = [{ before = "figures.later" }]', "XF105", "warns[0].before"),
        ('effects = ["tell"]', "XF107", "effects[0]"),
        ('cancels = { enters = "gone" }', "XF101", "cancels.enters[0]"),
        ('within = "handling"', "XF120", "within"),
    ],
)
def test_deadlines_are_held_to_what_is_declared(more: str, code: str, place: str) -> None:
    """Everything that a deadline names is looked up."""
    text = PETITION.replace("[[deadline]]\n", f"[[deadline]]\n{more}\n")

    assert said(text) == [(code, f"flow.toml:34: deadline[0].{place}")]


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ("{ personal = true, find = true }", "fields.summary.find"),
        ("{ personal = true, unique = true }", "fields.summary.unique"),
        ('{ type = "list", of = "text", find = true }', "fields.summary.find"),
        ('{ type = "record", of = "party", unique = true }', "fields.summary.unique"),
        ('{ type = "material", find = true }', "fields.summary.find"),
    ],
)
def test_cases_are_found_by_plain_fields_alone(spec: str, where: str) -> None:
    """What is personal, or is no single value, is no field by which a case could be found."""
    text = PETITION.replace('summary = "text"', f"summary = {spec}").replace(
        "[fields]", "[records.party]\nname = { unique = true }\n\n[fields]"
    )

    assert said(text) == [
        ("XF116", "flow.toml:16: records.party.name.unique"), ("XF116", f"flow.toml:19: {where}")
    ]  # fmt: skip


def test_a_misspelt_unit_is_told_from_tiers() -> None:
    """Of the shapes that a period may have, the one that was meant is spoken of."""
    text = PETITION.replace('"figures.handling_time"', "{ day = 3 }")

    assert said(text) == [("XF010", "flow.toml:35: deadline[0].period.day")]
    assert "did you mean 'days'?" in findings(text)[0].message.en


def test_a_broken_entry_does_not_move_the_others() -> None:
    """A transition that lacks its source hides nothing in the next one, whose place stays right."""
    text = PETITION.replace('source  = "received"\n', "").replace('dest    = "closed"', 'dest    = "close"')

    assert said(text) == [
        ("XF011", "flow.toml:39: transition[0].source"),
        ("XF101", "flow.toml:47: transition[1].dest"),
    ]


def test_unknown_keys_name_the_nearest_right_one() -> None:
    """An unknown key is an error everywhere, with the key that was probably meant."""
    messages = [
        finding.message.en
        for finding in findings(
            PETITION.replace("handling = { title", "handling = { titel").replace("starts =", "start =")
        )
    ]

    assert messages == [
        "unknown key 'titel'; did you mean 'title'?",
        "'starts' is missing",
        "unknown key 'start'; did you mean 'starts'?",
    ]


def test_a_flow_without_an_initial_state() -> None:
    """No initial state, or one that does not exist, is refused."""
    assert said(PETITION.replace('initial = "received"\n', "")) == [("XF011", "flow.toml: initial")]
    assert said(PETITION.replace('initial = "received"', 'initial = "recived"')) == [("XF101", "flow.toml:4: initial")]


def test_a_dangling_state_names_both() -> None:
    """A transition to a state that does not exist names it and the nearest one."""
    [finding] = findings(PETITION.replace('dest    = "closed"', 'dest    = "close"'))

    assert finding.where == "flow.toml:48: transition[1].dest"
    assert "'close'" in finding.message.en
    assert "'closed'" in finding.message.en
