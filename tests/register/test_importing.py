"""A register becomes cases: exactly the rows that expected.json says, each at most once, and nothing else lost."""

import csv
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.register.conftest import CLERK, EXPECTED, GOOD, HEADER, REGISTER, cases, read_rejects
from xinfang_flow.engine.clock import ManualClock
from xinfang_flow.engine.engine import Engine
from xinfang_flow.errors import FlowError, InputError, RefusedError, StoreError
from xinfang_flow.flow.model.flow import Flow
from xinfang_flow.integrations import register
from xinfang_flow.integrations.register import Report, import_register, load_mapping, spool
from xinfang_flow.kernel import Actor

FILES = sorted(EXPECTED["files"])


@pytest.mark.parametrize("name", FILES)
def test_every_file_gives_what_is_expected(name: str, take: Callable[..., Report]) -> None:
    """Rows, taken rows, and every rejected row with line, column, reason and first line are those of expected.json."""
    wanted = EXPECTED["files"][name]
    report = take(REGISTER / name)
    assert (report.rows, report.taken, report.already) == (wanted["rows"], wanted["taken"], 0)
    assert report.reasons == wanted["reasons"]
    assert report.encoding == wanted.get("encoding", "xlsx")
    keys = ("line", "number", "column", "reason", "first_line")
    found = [tuple(getattr(reject, key) for key in keys) for reject in report.rejects]
    assert found == [tuple(reject.get(key) for key in keys) for reject in wanted["rejected"]]


@pytest.mark.parametrize("name", FILES)
def test_dirt_that_can_be_put_right_is(name: str, take: Callable[..., Report], engine: Engine) -> None:
    """Full-width digits and spaces around a cell are normalised; formulas and line breaks stay text."""
    take(REGISTER / name)
    there = cases(engine)
    fields = {
        "信访人姓名": "petitioner",
        "联系电话": "phone",
        "所属乡镇街道": "township",
        "备注": "remark",
        "诉求概要": "summary",
    }
    for row in EXPECTED["files"][name]["taken_with_dirt"]:
        case = there[row["number"]]
        if "becomes" in row and row["column"] in fields:
            assert case.data[fields[row["column"]]] == row["becomes"]
        if row["kind"] == "formula_text":
            assert case.data[fields[row["column"]]].startswith("=")
        if row["kind"] == "newline_in_cell":
            assert "\n" in case.data["summary"]
        if row["kind"] == "anonymous_letter":
            assert "petitioner" not in case.data


def test_the_three_files_say_the_same(flow: Flow) -> None:
    """UTF-8, GB18030 and the workbook make the same cases."""
    found = []
    for name in FILES:
        engine = Engine.in_memory(flows=[flow], clock=ManualClock("2026-04-01T08:00:00+08:00"))
        import_register(engine, flow, REGISTER / name, actor=CLERK, mapping=load_mapping("proxy_petition"))
        found.append({number: (case.data, case.opened_at) for number, case in cases(engine).items()})
    assert found[0] == found[1] == found[2]


def test_a_second_run_takes_nothing_twice(take: Callable[..., Report], engine: Engine) -> None:
    """The same file again, by another clerk, adds no case and rejects the same rows."""
    first = take(REGISTER / "register.csv")
    again = take(REGISTER / "register.gb18030.csv", actor=CLERK._replace(id="zhou"))
    assert (again.taken, again.already, again.reasons) == (0, first.taken, first.reasons)
    assert len(cases(engine)) == first.taken


def test_an_import_that_was_broken_off_goes_on(take: Callable[..., Report], engine: Engine, tmp_path: Path) -> None:
    """Ctrl-C leaves whole transactions and the rejects so far; running it again takes the rest."""
    rejects = tmp_path / "rejects.csv"

    def stop(count: int) -> None:
        if count >= 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(REGISTER / "register.csv", progress=stop, rejects=rejects)
    done = len(cases(engine))
    assert 0 < done < 200
    assert len(read_rejects(rejects)) == 1 + 200 - done
    report = take(REGISTER / "register.csv", rejects=rejects)
    assert (report.already, report.taken) == (done, 315 - done)
    assert [path.name for path in tmp_path.iterdir()] == ["rejects.csv"]


def test_a_number_with_other_content_is_a_conflict(
    take: Callable[..., Report], sheet: Callable[..., Path], engine: Engine
) -> None:
    """What the store holds under a number is not overwritten, nor quietly taken for the same."""
    take(sheet({}))
    report = take(sheet({"诉求概要": "另一件事"}))
    assert [(reject.reason, reject.column) for reject in report.rejects] == [("number_conflict", "登记编号")]
    assert cases(engine)["XJ1"].data["summary"] == "路灯不亮"


def test_what_is_opened(take: Callable[..., Report], sheet: Callable[..., Path], engine: Engine) -> None:
    """The case is opened at nine on the day of registration, under the register's number, by the derived intake."""
    forms: tuple[dict[str, str], ...] = (
        {},
        {"信访形式": "来电"},
        {"信访形式": "网信"},
        {"信访形式": "来信"},
        {"是否初次": "否"},
    )
    take(sheet(*forms))
    there = cases(engine)
    intakes = [there[f"XJ{number}"].data["intake"] for number in range(1, 6)]
    assert intakes == ["first_visit", "first_call", "first_letter", "first_letter", "repeat"]
    assert there["XJ1"].opened_at == datetime.fromisoformat("2026-03-02T09:00:00+08:00")
    assert engine.history(there["XJ1"].id, actor=CLERK)[0].key == "register:XJ1"
    assert there["XJ1"].org == "xianju"


def test_rare_characters_stay_as_they_are(
    take: Callable[..., Report], sheet: Callable[..., Path], engine: Engine
) -> None:
    """Names with characters outside the common planes, compatibility forms and a middle dot are kept."""
    names = ["𠮷田䶮", "阿依娜·沙里木", "﨎木"]
    take(sheet(*({"信访人姓名": name} for name in names)))
    assert [cases(engine)[f"XJ{number}"].data["petitioner"] for number in (1, 2, 3)] == names


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02",
        "2026/3/2",
        "2026.3.2",
        "2026年3月2日",
        "２０２６年３月２日",
        "2026-03-02 00:00:00",
        "2026/3/2 0:00",
    ],
)
def test_ways_of_writing_a_day(
    text: str, take: Callable[..., Report], sheet: Callable[..., Path], engine: Engine
) -> None:
    """All the usual ways are read; the day is what was meant."""
    take(sheet({"登记日期": text}))
    assert cases(engine)["XJ1"].data["received_on"] == "2026-03-02"


@pytest.mark.parametrize("text", ["2026-3/2", "02.03.2026", "2026-02-29", "20260302", "昨天", "2026-03-02T09:00"])
def test_what_is_no_day(text: str, take: Callable[..., Report], sheet: Callable[..., Path]) -> None:
    """Mixed, ambiguous and impossible dates are rejected, never guessed."""
    assert take(sheet({"登记日期": text})).reasons == {"not_a_date": 1}


def test_a_day_that_has_not_come_is_rejected(take: Callable[..., Report], sheet: Callable[..., Path]) -> None:
    """A matter cannot have been received tomorrow."""
    [reject] = take(sheet({"登记日期": "2026-04-02"})).rejects
    assert (reject.reason, reject.column) == ("not_a_date", "登记日期")


def test_what_comes_in_today_is_taken_today(flow: Flow, sheet: Callable[..., Path]) -> None:
    """The mapping says nine o'clock, and it is half past eight: it was received now at most, and is the same later."""
    clock = ManualClock("2026-04-01T08:30:00+08:00")
    engine, path = Engine.in_memory(flows=[flow], clock=clock), sheet({"登记日期": "2026-04-01"})
    options: dict[str, Any] = {"actor": CLERK, "mapping": load_mapping("proxy_petition")}
    assert import_register(engine, flow, path, **options).taken == 1
    assert cases(engine)["XJ1"].opened_at == clock.now()
    clock.set("2026-04-01T17:00:00+08:00")
    assert import_register(engine, flow, path, **options).already == 1
    assert import_register(engine, flow, sheet({}, {"登记日期": "2026-04-01"}), **options).taken == 1
    assert cases(engine)["XJ2"].opened_at == datetime.fromisoformat("2026-04-01T09:00:00+08:00")


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"联系电话": "\u202d19900001007\u202c"}, "phone", "19900001007"),
        ({"联系电话": "１９９００００１００７\u200b"}, "phone", "19900001007"),
        ({"信访人姓名": "\ufeff董\u00ad芷\u00a0"}, "petitioner", "董芷"),
        ({"信访人姓名": "阿依娜\u00a0沙里木"}, "petitioner", "阿依娜 沙里木"),
        ({"信访人姓名": "葛󠄀"}, "petitioner", "葛󠄀"),
        ({"所属乡镇街道": "湫山乡\u200e"}, "township", "湫山乡"),
        ({"人数": "\u200f１２"}, "persons", 12),
        ({"诉求概要": "　　首行缩进\r\n👨\u200d👩\u200d👧"}, "summary", "首行缩进\n👨\u200d👩\u200d👧"),
        ({"信访形式": "走访"}, "form", "visit"),
        ({"联系电话": '="057187770000"'}, "phone", "057187770000"),
        ({"备注": '="附件"'}, "remark", '="附件"'),
        ({"信访形式": "网上信访"}, "form", "online"),
    ],
)
def test_signs_that_are_not_seen(
    cells: dict[str, str], field: str, value: object, take: Callable[..., Report], sheet: Callable[..., Path],
    engine: Engine,
) -> None:  # fmt: skip
    """They say nothing and go, by one rule, and the report says so; what is part of a name or of an emoji stays."""
    report = take(sheet(cells))
    assert cases(engine)["XJ1"].data[field] == value
    hidden = any(sign in text for text in cells.values() for sign in "\u202d\u200b\ufeff\u200e\u200f")
    assert ("invisible" in [doubt.code for doubt in report.doubts]) == hidden


@pytest.mark.parametrize("text", ["甲\x07", "甲\x9b乙", "甲\u202e乙", "甲\ufffe"])
def test_signs_that_are_no_text(text: str, take: Callable[..., Report], sheet: Callable[..., Path]) -> None:
    """Control characters, what is no character, and what makes a text look like another are rejected."""
    assert take(sheet({"信访人姓名": text})).reasons == {"control_character": 1}


def test_a_lost_character_and_a_made_date_are_told(take: Callable[..., Report], sheet: Callable[..., Path]) -> None:
    """The row is taken as it stands, and somebody should look at it."""
    report = take(sheet({"信访人姓名": "张\ufffd"}, {"内容分类": "3月4日"}, {"内容分类": "4-Mar"}))
    assert report.taken == 3
    assert [(doubt.column, doubt.code, doubt.cells) for doubt in report.doubts] == [
        ("信访人姓名", "lost_character", 1),
        ("内容分类", "date_like", 2),
    ]


def test_a_batch_is_one_transaction(
    take: Callable[..., Report], sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are opened two hundred at a time, and those that were there are not opened again."""
    asked: list[int] = []
    real = Engine.open_many

    def open_many(self: Engine, openings: list[Any], **options: Any) -> Any:
        asked.append(len(openings))
        return real(self, openings, **options)

    monkeypatch.setattr(Engine, "open_many", open_many)
    take(sheet(*({} for _ in range(450))))
    take(sheet(*({} for _ in range(451))))
    assert asked == [200, 200, 50, 1]


def test_two_clerks_at_once_take_each_row_once(
    take: Callable[..., Report], sheet: Callable[..., Path], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes second finds the rows there, and what differs is a conflict: no reason is made up."""
    path, real = sheet({}, {}, {"诉求概要": "另一件事"}), Engine.open_many

    def late(self: Engine, openings: Any, **options: Any) -> Any:
        monkeypatch.setattr(Engine, "open_many", real)
        take(sheet({}, {}, {}), actor=CLERK._replace(id="zhou"))
        return real(self, openings, **options)

    monkeypatch.setattr(Engine, "open_many", late)
    report = take(path)
    assert (report.taken, report.already, report.reasons) == (0, 2, {"number_conflict": 1})
    assert len(cases(engine)) == 3


def test_many_rows_wait_in_a_file_without_a_name(
    take: Callable[..., Report], sheet: Callable[..., Path], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit into memory comes back in its order as well."""
    monkeypatch.setattr(spool, "MEMORY", 1)
    report = take(sheet(*({"人数": "0" if number == 700 else "1"} for number in range(1, 1_002))))
    assert (report.taken, [reject.line for reject in report.rejects]) == (1_000, [701])
    assert engine.opened("register:XJ1001", actor=CLERK).data["register_no"] == "XJ1001"


@pytest.mark.parametrize("number", ["仙信〔2026〕1号", "A B", "x" * 64])
def test_numbers_that_are_no_keys(
    number: str, take: Callable[..., Report], sheet: Callable[..., Path], engine: Engine
) -> None:
    """A number with signs that a key does not allow still keeps its row from being taken twice."""
    take(sheet({"登记编号": number}))
    again = take(sheet({"登记编号": number}))
    assert (again.already, again.rejected) == (1, 0)
    assert set(cases(engine)) == {number}


def test_an_actor_without_the_right_stops_at_once(take: Callable[..., Report], sheet: Callable[..., Path]) -> None:
    """Not one reject a row: the register is fine, the actor is not."""
    with pytest.raises(RefusedError):
        take(sheet({}, {}), actor=Actor("he", {"archivist"}))


def test_the_flow_has_the_last_word(take: Callable[..., Report], sheet: Callable[..., Path]) -> None:
    """What the flow refuses is a reject with the flow's own words."""
    mapping = load_mapping("proxy_petition")
    fixed = (mapping.derived["intake"][-1].model_copy(update={"value": "first_call"}),)
    report = take(sheet({}), mapping=mapping.model_copy(update={"derived": {"intake": fixed}}))
    [reject] = report.rejects
    assert reject.reason == "refused"
    assert reject.words("zh").startswith("不符合登记条件：")
    assert reject.words("en").startswith("the flow refuses it: ")


class TestRejects:
    def test_are_safe_in_a_spreadsheet(
        self, take: Callable[..., Report], sheet: Callable[..., Path], tmp_path: Path
    ) -> None:
        """Cells that a spreadsheet would run get an apostrophe, full-width ones too; control characters are shown."""
        texts = ["=1+1", "+1", "-1", "@SUM(1)", "＝1+1", "\t=1", " =1", "a\x00b"]
        rejects = tmp_path / "rejects.csv"
        take(sheet(*({"备注": text, "登记日期": "x"} for text in texts)), rejects=rejects)
        assert rejects.read_bytes().startswith(b"\xef\xbb\xbf")
        with rejects.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == ["行号", "登记编号", "列", "原因代码", "原因", *HEADER]
        assert [row[-1] for row in rows[1:]] == [*(f"'{text}" for text in texts[:-1]), "a\\x00b"]
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "＝")) for row in rows for cell in row)

    def test_hold_the_whole_row(self, take: Callable[..., Report], tmp_path: Path) -> None:
        """Each rejected line of the register stands there with line, number, column, code, words and its cells."""
        rejects = tmp_path / "rejects.csv"
        report = take(REGISTER / "register.csv", rejects=rejects, lang="en")
        with rejects.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0][:5] == ["line", "number", "column", "reason", "in words"]
        assert len(rows) == 1 + report.rejected
        longest = next(row for row in rows if row[3] == "too_long")
        assert max(map(len, longest)) == 20_000

    def test_that_cannot_be_written_stop_before_the_first_row(
        self, take: Callable[..., Report], engine: Engine, tmp_path: Path
    ) -> None:
        """A missing folder is said at once; no case is opened."""
        with pytest.raises(StoreError, match="cannot be written"):
            take(REGISTER / "register.csv", rejects=tmp_path / "nowhere" / "rejects.csv")
        assert cases(engine) == {}


class TestHeader:
    def test_missing_columns_are_named(self, take: Callable[..., Report], sheet: Callable[..., Path]) -> None:
        """All at once, with what was found."""
        with pytest.raises(InputError, match=r"登记编号, 登记日期.*found: 信访形式"):
            take(sheet(header=HEADER[2:]))

    def test_doubled_columns_are_refused(self, take: Callable[..., Report], sheet: Callable[..., Path]) -> None:
        """Nobody knows which one holds."""
        with pytest.raises(InputError, match="twice: 备注"):
            take(sheet(header=[*HEADER, "备注"]))

    def test_unknown_columns_are_reported(self, take: Callable[..., Report], tmp_path: Path) -> None:
        """A column that the mapping does not know is left out, and said to be."""
        path = tmp_path / "more.csv"
        path.write_text(",".join([*HEADER, "领导批示"]) + "\n" + ",".join([*GOOD, "阅"]) + "\n", encoding="utf-8")
        report = take(path)
        assert (report.taken, report.ignored) == (1, ("领导批示",))

    def test_order_and_optional_columns_are_free(
        self, take: Callable[..., Report], sheet: Callable[..., Path], engine: Engine
    ) -> None:
        """Columns are found by their titles; those that nobody requires may be absent."""
        header = [title for title in reversed(HEADER) if title not in ("联系电话", "身份证号", "备注")]
        take(sheet({}, header=header))
        assert cases(engine)["XJ1"].data["petitioner"] == "董芷"

    @pytest.mark.parametrize("mark", ["\t", ";"])
    def test_other_separators(self, mark: str, take: Callable[..., Report], tmp_path: Path) -> None:
        """Tabs and semicolons are seen from the header."""
        path = tmp_path / "tabs.csv"
        path.write_text(mark.join(HEADER) + "\n" + mark.join(GOOD) + "\n", encoding="utf-8")
        assert take(path).taken == 1


class TestMapping:
    def test_a_copy_can_be_handed_over(self, tmp_path: Path, flow: Flow) -> None:
        """The shipped mapping is a file like any other."""
        shipped = Path(register.__file__).with_name("proxy_petition.toml")
        copy = tmp_path / "mine.toml"
        copy.write_text(shipped.read_text("utf-8"), encoding="utf-8")
        assert load_mapping(copy) == load_mapping("proxy_petition")
        load_mapping(copy).fits(flow)

    def test_it_knows_the_flow(self, flow: Flow) -> None:
        """A field that opening does not take, or one that is missing, is said before the first row."""
        mapping = load_mapping("proxy_petition")
        wrong = mapping.columns["备注"].model_copy(update={"field": "remarks"})
        with pytest.raises(InputError, match="takes no field 'remarks'; did you mean 'remark'"):
            mapping.model_copy(update={"columns": {**mapping.columns, "备注": wrong}}).fits(flow)
        with pytest.raises(InputError, match="needs intake"):
            mapping.model_copy(update={"derived": {}}).fits(flow)

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("flow = ", InputError),
            ('flow = "a"\nkeys = 1', FlowError),
            ('flow = "a"\nkey = { column = "b" }\n[columns.c]', FlowError),
            ("[" * 20_000, InputError),
        ],
    )
    def test_bad_mappings(self, text: str, error: type[Exception], tmp_path: Path) -> None:
        """What is no mapping is said to be none, and where."""
        path = tmp_path / "bad.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(error):
            load_mapping(path)

    def test_there_is_none_for_every_flow(self) -> None:
        """A flow without a shipped mapping asks for one."""
        with pytest.raises(InputError, match="--map"):
            load_mapping("hearing")


def test_the_demo_register_is_the_example() -> None:
    """The copy that travels in the wheel is byte for byte the one in the examples."""
    packaged = Path(register.__file__).with_name("demo.csv")
    assert packaged.read_bytes() == (REGISTER / "register.csv").read_bytes()


def test_dates_of_the_workbook_are_dates(take: Callable[..., Report], engine: Engine) -> None:
    """Real dates in cells become the same ISO text as written ones."""
    take(REGISTER / "register.xlsx")
    assert all(date.fromisoformat(case.data["received_on"]) for case in cases(engine).values())
