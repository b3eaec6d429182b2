"""The commands: what people read, what machines read, and how each trouble is said."""

import json
from pathlib import Path
from typing import Any

import pytest

import xinfang_flow as xf
from tests.cli.conftest import AS_OF, Cli
from tests.engine.little import CLERK, LITTLE
from xinfang_flow.casefile.file import verify_file
from xinfang_flow.flows import list_flows

ROOT = Path(__file__).resolve().parents[2]
REGISTER = ROOT / "examples" / "register"
LI = ("--as", "li", "--role", "clerk", "--org", "xianju")
WANG = ("--as", "wang", "--role", "dispatcher", "--org", "xianju")
MATTER = {
    "intake": "first_visit", "form": "visit", "register_no": "X1", "received_on": "2026-03-02", "township": "横溪镇",
    "summary": "路灯不亮", "petitioner": "董芷",
}  # fmt: skip


def opened(cli: Cli, *more: object, **fields: object) -> dict[str, Any]:
    """Open a case in a new database and return its document."""
    data = json.dumps({**MATTER, **fields})
    said = cli("open", "proxy_petition", "--data", data, *LI, "--db", "new.db", "--json", *more)
    assert said.code == 0, said.err + said.out
    document: dict[str, Any] = said.document
    return document


class TestJson:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("flows",),
            ("check", "proxy_petition"),
            ("check", "proxy_petition", "hearing"),
            ("test", "proxy_petition"),
            ("draw", "proxy_petition"),
            ("schema",),
            ("due", "60 days", "--from", "2026-03-02", "--why"),
            ("init", "mine"),
            ("board", "--db", "DEMO", "--now", AS_OF),
            ("show", "XJ20260001", "--db", "DEMO"),
            ("tasks", "--as", "zheng", "--role", "proxy", "--db", "DEMO"),
            ("work", "--db", "DEMO"),
            ("verify", "XJ20260001", "--db", "DEMO"),
            ("file", "XJ20260001", "--db", "DEMO", "-o", "a.html"),
            ("deliver", "--db", "DEMO"),
            ("show", "nothing", "--db", "DEMO"),
            ("show", "XJ20260001", "--db", "nowhere.db"),
            ("frob",),
        ],
    )
    def test_is_one_document_and_nothing_else(self, arguments: tuple[str, ...], cli: Cli, county: Path) -> None:
        """Stdout is one JSON document, for answers and for errors; stderr stays empty; codes as without it."""
        given = [str(county) if each == "DEMO" else each for each in arguments]
        said = cli(*given, "--json")
        assert said.err == ""
        assert said.document is not None
        plain = cli(*given, "--lang", "en") if arguments[0] != "init" else said
        assert plain.code == said.code
        if said.code:
            assert said.document["error"]["exit_code"] == said.code

    def test_masks_personal_values(self, cli: Cli) -> None:
        """Without --reveal nothing personal is printed, neither for people nor for machines."""
        opened(cli, "--note", "秘密备注", "--key", "register:X1")
        for lang in ("zh", "en"):
            for machine in ((), ("--json",)):
                said = cli("show", "X1", "--db", "new.db", "--lang", lang, *machine)
                for secret in ("董芷", "路灯不亮", "秘密备注"):
                    assert secret not in said.out
                shown = cli("show", "X1", "--db", "new.db", "--lang", lang, "--reveal", *machine)
                for secret in ("董芷", "路灯不亮", "秘密备注"):
                    assert secret in shown.out


class TestFlows:
    def test_lists_every_standard_flow(self, cli: Cli) -> None:
        """Each by its name."""
        assert {flow["id"] for flow in cli("flows", "--json").document} == set(list_flows())

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_what_init_writes_is_a_sound_flow(self, lang: str, cli: Cli, tmp_path: Path) -> None:
        """No findings, and its worked cases hold; a second init overwrites nothing."""
        assert cli("init", "mine", "--lang", lang).code == 0
        checked = cli("check", "mine/my_flow.toml", "--json").document
        assert (checked["ok"], checked["findings"]) == (True, [])
        assert all(result["ok"] for result in cli("test", "mine/my_flow.toml", "--json").document)
        (tmp_path / "mine" / "my_flow.toml").write_text("mine")
        assert cli("init", "mine").code == 2
        assert (tmp_path / "mine" / "my_flow.toml").read_text() == "mine"

    def test_check_prints_findings_like_a_compiler(self, cli: Cli, tmp_path: Path) -> None:
        """File, line, path, code, message with the nearest right word; exit code 1."""
        cli("init", "mine")
        path = tmp_path / "mine" / "my_flow.toml"
        path.write_text(path.read_text("utf-8").replace('dest    = "replied"', 'dest    = "replid"'), encoding="utf-8")
        for lang in ("zh", "en"):
            said = cli("check", "mine/my_flow.toml", "--lang", lang)
            assert said.code == 1
            assert said.out.startswith("mine/my_flow.toml:")
            assert "replied" in said.out

    @pytest.mark.parametrize("path", ["nowhere.toml", ".", "nosuch"])
    def test_what_cannot_be_read(self, path: str, cli: Cli, tmp_path: Path) -> None:
        """A missing file, a folder and an unknown name are errors in words."""
        (tmp_path / "dir.toml").mkdir()
        assert cli("check", path if path != "." else "dir.toml").code in (1, 2)

    def test_a_flow_without_worked_cases(self, cli: Cli) -> None:
        """Says which file it looked for."""
        said = cli("test", "nosuch")
        assert (said.code, "nosuch.cases.toml" in said.err) == (2, True)

    @pytest.mark.parametrize(("format", "begins"), [("mermaid", "flowchart"), ("dot", "digraph"), ("svg", "<")])
    def test_draw(self, format: str, begins: str, cli: Cli, tmp_path: Path) -> None:
        """The picture is all there is on stdout, or in the file."""
        said = cli("draw", "proxy_petition", "--format", format)
        assert begins in said.out[:400]
        cli("draw", "proxy_petition", "--format", format, "-o", "picture")
        assert (tmp_path / "picture").read_text("utf-8") == said.out
        assert cli("draw", "proxy_petition", "--format", format, "-o", "no/picture").code == 3
        assert cli("draw", "proxy_petition", "--format", "gif").code == 2

    def test_schema(self, cli: Cli, tmp_path: Path) -> None:
        """The schema that is published is what is printed, written to a file, and answered as JSON."""
        published = (ROOT / "docs/reference/flow.schema.json").read_text("utf-8")
        assert cli("schema").out == published
        assert cli("schema", "-o", "schema.json").code == 0
        assert (tmp_path / "schema.json").read_text("utf-8") == published
        assert cli("schema", "--json").document == json.loads(published)
        assert cli("schema", "-o", "no/schema.json").code == 3


class TestDue:
    def test_three_dates(self, cli: Cli) -> None:
        """Nominal, due, target, the first late instant, and the reasoning on demand."""
        document = cli("due", "60 days", "--from", "2026-03-02", "--json").document
        dates = [document[key] for key in ("nominal", "due", "target", "at")]
        assert dates == ["2026-05-01", "2026-05-06", "2026-04-30", "2026-05-07T00:00:00+08:00"]
        assert document["because"] is None
        said = cli("due", "60 days", "--from", "2026-03-02", "--why")
        assert "2026-05-06（星期三）" in said.out
        assert "民法典" in said.out
        assert said.out.count("2026-") > 60

    def test_backwards_closing_and_strict(self, cli: Cli) -> None:
        """The options reach the calendar."""
        before = cli("due", "3 days", "--from", "2026-05-12", "--before", "--json").document
        assert before["due"] == "2026-05-09"
        closing = cli("due", "60 days", "--from", "2026-03-02", "--policy", "strict", "--closes", "17:00", "--json")
        assert closing.document["at"] == "2026-05-01T17:00:00+08:00"
        assert cli("due", "60 days", "--from", "2027-03-02", "--json").document["provisional"] is True

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (("60 dys", "--from", "2026-03-02"), "不是期限"),
            (("0 days", "--from", "2026-03-02"), "至少为 1"),
            (("60 days", "--from", "2026-02-30"), "不是日期"),
            (("4 hours", "--from", "2026-03-02"), "须从时刻起算"),
            (("4 hours", "--from", "2026-03-02T09:00"), "没有时区"),
            (("60 days", "--from", "2026-03-02", "--policy", "lax"), "没有顺延规则"),
            (("60 days", "--from", "2026-03-02", "--closes", "late"), "不是时间"),
            (("60 days", "--from", "2026-03-02", "--closes", "17:00", "--before"), "不能与"),
        ],
    )
    def test_wrong_questions(self, arguments: tuple[str, ...], word: str, cli: Cli) -> None:
        """Each says what to write instead, in Chinese; exit code 2."""
        said = cli("due", *arguments)
        assert (said.code, word in said.err) == (2, True), said.err
        assert not any(line.isascii() for line in said.err.splitlines())


class TestCases:
    def test_a_case_is_found_by_all_its_names(self, cli: Cli) -> None:
        """Id, its beginning, the key, the key without its prefix."""
        case = opened(cli, "--key", "register:X1")
        for name in (case["id"], case["id"][:20], "register:X1", "X1"):
            assert cli("show", name, "--db", "new.db", "--json").document["id"] == case["id"]

    def test_open_again_under_the_key(self, cli: Cli) -> None:
        """The same request is answered with the same case, another is refused."""
        case = opened(cli, "--key", "k1")
        assert opened(cli, "--key", "k1")["id"] == case["id"]
        said = cli(
            "open",
            "proxy_petition",
            "--data",
            json.dumps({**MATTER, "summary": "x"}),
            *LI,
            "--key",
            "k1",
            "--db",
            "new.db",
        )
        assert (said.code, "防重键" in said.err) == (1, True)

    def test_fields_are_read_by_their_types(self, cli: Cli, tmp_path: Path) -> None:
        """Whole numbers, yes and no, Chinese labels of choices; --data from a file, fields over it."""
        (tmp_path / "matter.json").write_text(json.dumps({**MATTER, "intake": "repeat"}), encoding="utf-8-sig")
        said = cli(
            "open",
            "proxy_petition",
            "intake=初访",
            "persons=3",
            "--data",
            "@matter.json",
            *LI,
            "--db",
            "new.db",
            "--json",
        )
        assert (said.document["data"]["intake"], said.document["data"]["persons"]) == ("first_visit", 3)
        case = said.document["id"]
        later = cli("fire", case, "screen", "opinion_owed=是", *WANG, "--db", "new.db", "--json").document
        assert (later["state"], later["data"]["opinion_owed"], later["version"]) == ("pooled", True, 2)

    @pytest.mark.parametrize(
        ("arguments", "code", "word"),
        [
            (("accept",), 1, "没有办理动作"),
            (("screen", "foo=1"), 1, "不接受字段"),
            (("screen", "level=nowhere"), 1, "没有这一代办层级"),
            (("screen", "--expect", "7"), 1, "您看到的是第7条时的情形"),
            (("screen", "foo"), 2, "字段=值"),
            (("screen", "--data", "[1]"), 2, "JSON 对象"),
            (("screen", "--data", "{"), 2, "不是 JSON"),
            (("screen", "--data", "[" * 20_000), 2, "JSON"),
            (("screen", "--data", "@nowhere.json"), 2, "无法读取"),
            (("screen", "--key", "a b"), 2, "不合格"),
        ],
    )
    def test_what_is_not_done(self, arguments: tuple[str, ...], code: int, word: str, cli: Cli) -> None:
        """Refusals are 1, wrong input is 2; the case stays as it was."""
        case = opened(cli)
        said = cli("fire", case["id"], *arguments, *WANG, "--db", "new.db")
        assert (said.code, word in said.err) == (code, True), said.err
        after = cli("show", case["id"], "--db", "new.db", "--json").document
        assert (after["version"], after["head"]) == (1, case["head"])

    @pytest.mark.parametrize("who", [(), ("--as", "system", "--role", "clerk"), ("--as", "", "--role", "clerk")])
    def test_somebody_must_ask(self, who: tuple[str, ...], cli: Cli) -> None:
        """Nobody, and the engine itself, are no actors."""
        case = opened(cli)
        said = cli("fire", case["id"], "screen", *who, "--db", "new.db")
        assert (said.code, "经办人" in said.err) == (2, True)

    @pytest.mark.parametrize("role", ["system", "clerk,system"])
    def test_nobody_plays_the_system(self, role: str, cli: Cli) -> None:
        """The engine's own role is refused by name, in both languages, and the case stays as it was."""
        case = opened(cli)
        asked = ("fire", case["id"], "screen", "--as", "p3", "--role", role, "--db", "new.db")
        said = cli(*asked)
        assert (said.code, "system 是系统自身的角色" in said.err) == (2, True), said.err
        said = cli(*asked, "--lang", "en")
        assert (said.code, "role of the engine itself" in said.err) == (2, True), said.err
        assert cli("show", case["id"], "--db", "new.db", "--json").document["version"] == 1

    def test_a_flow_may_name_the_system(self, cli: Cli) -> None:
        """A flow that gives the engine's role a title can be shown: the one who looks plays every role but that."""
        flow = xf.Flow.model_validate(
            {**LITTLE, "roles": {**LITTLE["roles"], "system": {}}, "transition": LITTLE["transition"][:3]}
        )
        with xf.Engine("sqlite:///named.db", flows=[flow], unchecked=True) as named:
            case = named.open("little", {"subject": "x"}, actor=CLERK)
        options = cli("show", case.id, "--db", "named.db", "--json").document["available"]
        assert {option["trigger"] for option in options if option["allowed"]} >= {"start", "assign"}

    def test_show(self, cli: Cli, demo: Path) -> None:
        """State, lights, tasks, what may happen next and why not, timeline; in both languages."""
        said = cli("show", "XJ20260029", "--db", demo / "county.db", "--now", AS_OF)
        for word in ("已登记", "● 红 逾期100天", "筛选入库", "登记员", "期限届满", "系统计时", "补录于", "已遮盖"):
            assert word in said.out
        said = cli("show", "XJ20260029", "--db", demo / "county.db", "--now", AS_OF, "--lang", "en", *LI)
        for word in ("Received", "● red 100 days late", "Screen in", "the clock", "masked"):
            assert word in said.out

    def test_an_id_that_is_not_enough(self, cli: Cli, demo: Path) -> None:
        """A beginning that several share names two of them; three characters are never enough."""
        said = cli("show", "019d", "--db", demo / "county.db")
        assert (said.code, "不止一件" in said.err) == (2, True)
        for name in ("019", "../../etc/passwd", "'; drop table", "没有"):
            assert cli("show", name, "--db", demo / "county.db").code == 2

    def test_tasks(self, cli: Cli, demo: Path) -> None:
        """What somebody owes, the latest first; what they have settled with --done."""
        said = cli("tasks", "--as", "zheng", "--role", "proxy", "--db", demo / "county.db", "--now", AS_OF)
        assert said.out.index("红") < said.out.index("绿")
        done = cli(
            "tasks", "--as", "he", "--role", "archivist", "--done", "--db", demo / "county.db", "--json"
        ).document
        assert {task["name"] for task in done["tasks"]} == {"file"}
        assert done["work"] == []

    def test_tasks_and_what_waits_for_my_role(self, cli: Cli, demo: Path) -> None:
        """Beside what one holds stands what waits for one's role; whoever holds nothing still has a list."""
        asked = ("tasks", "--as", "he", "--role", "archivist", "--db", demo / "county.db", "--now", AS_OF)
        document = cli(*asked, "--json").document
        assert document["tasks"] == []
        assert {work["role"] for work in document["work"]} == {"archivist"}
        assert {work["state"] for work in document["work"]} == {"called_back"}
        assert f"等待本角色办理的待办件 {len(document['work'])} 件" in cli(*asked).out
        assert "Waiting for these roles" in cli(*asked, "--lang", "en").out

    def test_work(self, cli: Cli, demo: Path) -> None:
        """Everybody's list, or one role's, or one organ's; most urgent first; a page at a time, each row once."""
        database = ("--db", demo / "county.db", "--now", AS_OF)
        every = cli("work", "--limit", "500", "--json", *database).document
        assert every["next"] is None
        assert {work["role"] for work in every["work"]} == {"clerk", "dispatcher", "caller", "archivist"}
        due = [work["due"] or "9" for work in every["work"]]
        assert due == sorted(due)
        first = cli("work", "--limit", "7", "--json", *database).document
        rest = cli("work", "--limit", "500", "--after", first["next"], "--json", *database).document
        assert first["work"] + rest["work"] == every["work"]
        assert cli("work", "--org", "xianju", "--limit", "500", "--json", *database).document == every
        assert cli("work", "--org", "linhai", *database).out == "没有待办件\n"
        assert cli("work", "--as", "he", "--role", "supervisor", "--lang", "en", *database).out == "nothing waits\n"
        said = cli("work", "--as", "xu", "--role", "caller", *database)
        assert ("回访" in said.out, "红" in said.out, "归档" in said.out) == (True, True, False)

    @pytest.mark.parametrize("wrong", [("--limit", "0"), ("--after", "x")])
    def test_a_wrong_page_of_work(self, cli: Cli, demo: Path, wrong: tuple[str, str]) -> None:
        """A page of no size, and a cursor that no page gave, are wrong input."""
        said = cli("work", *wrong, "--db", demo / "county.db")
        assert (said.code, said.out) == (2, "")

    def test_board_of_a_flow(self, cli: Cli, demo: Path) -> None:
        """One flow only; a flow without cases is not found."""
        said = cli("board", "--db", demo / "county.db", "--flow", "proxy_petition", "--now", AS_OF)
        assert said.code == 0
        assert "代访回访中心" in said.out  # whoever is waited for, also where nobody holds a share
        assert "—" not in said.out.split("逾期未办")[1]
        assert cli("board", "--db", demo / "county.db", "--flow", "hearing").code == 2


class TestKeeping:
    def test_tick_and_deliver(self, cli: Cli) -> None:
        """The clock's work is done once; effects without handlers are reported and wait."""
        opened(cli)
        assert cli("tick", "--db", "new.db", "--json").document["events"] == 1
        assert cli("tick", "--db", "new.db", "--json").document["events"] == 0
        said = cli("deliver", "--db", "new.db", "--json").document
        assert said["delivered"] == 0
        assert said["waiting"]["tell_petitioner_received"] == 1
        assert "告知信访人已登记（tell_petitioner_received）" in cli("deliver", "--db", "new.db", "--lang", "zh").out

    def test_file_and_verify(self, cli: Cli, tmp_path: Path) -> None:
        """The file verifies without the database; one changed word is found, with exit code 1."""
        case = opened(cli)["id"]
        for lang in ("zh", "en"):
            path = tmp_path / f"{lang}.html"
            assert cli("file", case, "-o", path, "--db", "new.db", "--lang", lang).code == 0
            assert verify_file(path).ok
            (tmp_path / "new.html").write_text(path.read_text("utf-8").replace("2026-03-02", "2026-03-03", 1), "utf-8")
            said = cli("verify", tmp_path / "new.html", "--lang", lang)
            assert said.code == 1
            assert ("not checked" in said.out) == (lang == "en")
        assert cli("verify", "nowhere.html").code == 2
        assert cli("file", case, "-o", "no/a.html", "--db", "new.db").code == 3

    @pytest.mark.parametrize("number", ["../escaped", "a/b", "a\\b", ".hidden", "..", "信访〔2026〕1号", "a b", "X1\t"])
    def test_a_number_chooses_no_folder(self, number: str, cli: Cli, tmp_path: Path) -> None:
        """Without -o a number that is no plain file name gives way to the case's id; nothing is written elsewhere."""
        case = opened(cli, register_no=number)["id"]
        before = {path for path in tmp_path.parent.iterdir() if path.is_file()}
        said = cli("file", case, "--db", "new.db", "--json")
        assert (said.code, said.document["file"]) == (0, f"{case}.html"), said.err + said.out
        assert {path.name for path in tmp_path.iterdir()} - {"new.db"} == {f"{case}.html"}
        assert {path for path in tmp_path.parent.iterdir() if path.is_file()} == before

    @pytest.mark.parametrize("number", ["XJ20260001", "2026-1_b.2"])
    def test_a_plain_number_names_the_file(self, number: str, cli: Cli, tmp_path: Path) -> None:
        """A plain register number is what the file is called."""
        case = opened(cli, register_no=number)["id"]
        assert cli("file", case, "--db", "new.db").code == 0
        assert (tmp_path / f"{number}.html").is_file()


class TestStore:
    @pytest.mark.parametrize("command", [("board",), ("tick",), ("show", "X"), ("verify",)])
    def test_reading_makes_no_database(self, command: tuple[str, ...], cli: Cli, tmp_path: Path) -> None:
        """A mistyped path is said, not silently made."""
        said = cli(*command, "--db", "nowhere.db")
        assert (said.code, "没有数据库 nowhere.db" in said.err) == (3, True)
        assert list(tmp_path.iterdir()) == []

    def test_what_is_no_database(self, cli: Cli, tmp_path: Path) -> None:
        """A folder, another file, a path that cannot be written and a URL of nothing: each in words, exit code 3."""
        (tmp_path / "notes.db").write_text("not a database, but long enough to be read as one" * 50)
        for place in (tmp_path, "notes.db", "no/where.db", "nosuch://x"):
            said = cli("open", "proxy_petition", "--data", json.dumps(MATTER), *LI, "--db", place)
            assert said.code == 3, place
            assert said.err.startswith("数据库或文件问题：\n")


class TestImport:
    def test_says_what_became_of_the_rows(self, cli: Cli, tmp_path: Path) -> None:
        """Counts, the first rejects, the rejects file, exit code 1 as there are some; again nothing is taken."""
        arguments = ("import", "proxy_petition", REGISTER / "register.xlsx", *LI, "--db", "new.db")
        first = cli(*arguments)
        assert (first.code, "新登记 315" in first.out, "register.rejects.csv" in first.out) == (1, True, True)
        again = cli(*arguments, "--json")
        assert (again.code, again.document["taken"], again.document["already"]) == (1, 0, 315)
        assert (tmp_path / "register.rejects.csv").exists()

    def test_nothing_rejected_is_exit_code_0(self, cli: Cli, tmp_path: Path) -> None:
        """Whatever is doubtful in rows that were taken is told, and stops nobody."""
        lines = (REGISTER / "register.csv").read_text("utf-8-sig").splitlines()[:3]
        (tmp_path / "small.csv").write_text("\n".join([lines[0], lines[1].replace("罗", "罗\u200b"), "", lines[2]]))
        said = cli("import", "proxy_petition", "small.csv", *LI, "--db", "new.db")
        assert (said.code, "未导入 0" in said.out, "其中空行 1" in said.out) == (0, True, True)

    def test_ctrl_c_is_a_clean_stop(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        """Exit code 130, what is done stays, and the message says how to go on."""
        from xinfang_flow.engine.engine import Engine

        real, count = Engine.open_many, 0

        def open_many(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count > 1:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        arguments = ("import", "proxy_petition", REGISTER / "register.csv", *LI, "--db", "new.db")
        with monkeypatch.context() as patched:
            patched.setattr(Engine, "open_many", open_many)
            said = cli(*arguments)
        assert said.code == 130
        assert "再次运行即继续" in said.err
        again = cli(*arguments, "--json").document
        assert again["taken"] + again["already"] == 315
        assert 0 < again["already"] < 200

    @pytest.mark.parametrize(
        ("file", "who", "code"),
        [
            (REGISTER, LI, 2),
            ("nowhere.csv", LI, 2),
            (REGISTER / "README.md", LI, 2),
            (REGISTER / "register.csv", WANG, 1),
        ],
    )
    def test_what_cannot_be_imported(self, file: object, who: tuple[str, ...], code: int, cli: Cli) -> None:
        """A folder, nothing, another file, and an actor without the right: no database is made for it."""
        said = cli("import", "proxy_petition", file, *who, "--db", "new.db")
        assert said.code == code
        assert said.out == ""
        assert not Path("new.db").exists()

    def test_no_database_is_made_if_the_rejects_cannot_be_written(self, cli: Cli) -> None:
        """Nor if they would take the place of the register itself."""
        for place, code in (("no/where.csv", 3), (REGISTER / "register.csv", 2)):
            said = cli("import", "proxy_petition", REGISTER / "register.csv", "--rejects", place, *LI, "--db", "new.db")
            assert (said.code, Path("new.db").exists()) == (code, False)

    @pytest.mark.parametrize("title", ["登记⏎号码", "登记\n号码", "登记\r\n号码"])
    def test_a_header_is_refused_in_the_language_asked_for(self, title: str, cli: Cli) -> None:
        """Whatever a title holds, the sentence around it is Chinese, or English."""
        Path("odd.csv").write_text(f'"{title}",登记日期\n1,2\n', encoding="utf-8", newline="")
        chinese = cli("import", "proxy_petition", "odd.csv", *LI, "--db", "new.db")
        english = cli("import", "proxy_petition", "odd.csv", *LI, "--db", "new.db", "--lang", "en")
        assert (chinese.code, "缺少列" in chinese.err, "missing" in chinese.err) == (2, True, False)
        assert (english.code, "missing" in english.err) == (2, True)
        odd = cli("import", "proxy_petition", "no\nsuch.csv", *LI, "--db", "new.db")
        assert "无法读取" in odd.err
        assert "cannot" not in odd.err

    def test_the_rejects_are_mended_and_imported(self, cli: Cli) -> None:
        """The file that was given out is a register; two rows under one number are told, with the first one's line."""
        first = cli("import", "proxy_petition", REGISTER / "register.csv", *LI, "--db", "new.db", "--json").document
        conflict = next(reject for reject in first["rejects"] if reject["reason"] == "number_conflict")
        assert conflict["first_line"] < conflict["line"]
        mended = Path("register.rejects.csv").read_text("utf-8-sig").replace('"0"', '"2"')
        Path("mended.csv").write_text(mended, encoding="utf-8")
        again = cli("import", "proxy_petition", "mended.csv", *LI, "--db", "new.db", "--json").document
        assert again["taken"] > 0
        assert again["rows"] == first["rejected"] == again["taken"] + again["already"] + again["rejected"]
