"""The reasoning: every day counted or skipped, the notice and the article, in two languages."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from xinfang_flow.errors import InputError
from xinfang_flow.law import Calendar, Due, Period

CHINA = Calendar.china()
SHANGHAI = ZoneInfo("Asia/Shanghai")
periods = st.one_of(
    *(
        st.builds(lambda amount, unit=unit: Period(**{unit: amount}), st.integers(1, 80))
        for unit in ("days", "working_days")
    ),
    st.builds(lambda amount: Period(months=amount), st.integers(1, 9)),
)


def test_a_rolled_end_names_holiday_notice_and_articles() -> None:
    """E04 says Labour Day, the notice by number and title, and both articles, in both languages."""
    because = CHINA.due(date(2026, 3, 2), Period(days=60)).because
    zh, en = "\n".join(because.zh), "\n".join(because.en)
    for words in (
        "劳动节",
        "国办发明电〔2025〕7号",
        "2026年部分节假日安排的通知",
        "第二百零一条第一款",
        "第二百零三条",
        "第60日",
        "2026-05-06",
    ):
        assert words in zh
    for words in (
        "Labour Day",
        "国办发明电〔2025〕7号",
        "Art. 201(1)",
        "Art. 203",
        "day 60",
        "Wed 2026-05-06",
        "Thu 2026-04-30",
    ):
        assert words in en
    assert len(because.zh) == len(because.en)
    assert zh == str(because)


def test_skipped_and_made_up_days_are_explained() -> None:
    """E03: the Spring Festival is skipped, the make-up Saturday 02-14 is counted as one."""
    because = CHINA.due(date(2026, 2, 12), Period(working_days=5)).because
    by_day = {reason.day: reason for reason in because.days}
    made_up, holiday, base = by_day[date(2026, 2, 14)], by_day[date(2026, 2, 17)], by_day[date(2026, 2, 12)]
    assert (made_up.what, made_up.number, made_up.working) == ("counted", 2, True)
    assert made_up.name.zh == "春节调休上班日"
    assert (holiday.what, holiday.number, holiday.name.zh) == ("skipped", None, "春节")
    assert holiday.notice is not None
    assert holiday.notice.number == "国办发明电〔2025〕7号"
    assert base.what == "base"


def test_excluded_days_are_explained() -> None:
    """Hearing days stand in the list as excluded, the day after the hearing is counted."""
    due = CHINA.due(date(2026, 6, 1), Period(days=30), excluded=[(date(2026, 6, 15), date(2026, 6, 25))])
    what = {reason.day: reason.what for reason in due.because.days}
    assert [what[date(2026, 6, day)] for day in (14, 15, 24, 25)] == ["counted", "excluded", "excluded", "counted"]
    assert any("2026-06-15 至 2026-06-25" in line for line in due.because.zh)


def test_provisional_says_so() -> None:
    """Beyond the horizon, each assumed day and the whole answer say that nothing is published."""
    because = CHINA.due(date(2026, 12, 30), Period(working_days=3)).because
    assert any(line.startswith("暂定") for line in because.zh)
    assert any(line.startswith("Provisional") for line in because.en)
    assert [reason.published for reason in because.days[:3]] == [True, True, False]
    assert any("assumed" in line for line in because.en)
    assert "暂定" not in str(CHINA.due(date(2026, 3, 2), Period(days=60)).because)


def test_backwards_says_earlier() -> None:
    """E20: rest days move the notice earlier."""
    because = CHINA.before(date(2026, 5, 12), Period(days=7)).because
    assert any("提前至2026-04-30" in line for line in because.zh)
    assert any("never later" in line for line in because.en)


def test_each_rest_day_says_which_way_it_moves_the_end() -> None:
    """Forward to the next working day, backward only ever earlier: in the line of the day itself."""
    forward = CHINA.due(date(2026, 3, 2), Period(days=60)).because
    backward = CHINA.before(date(2026, 5, 12), Period(days=7)).because
    assert any(line.startswith("2026-05-02") and line.endswith("顺延") for line in forward.zh)
    assert any("2026-05-02" in line and line.endswith("moved to the next working day") for line in forward.en)
    assert any(line.startswith("2026-05-05") and line.endswith("倒推期限只能提前") for line in backward.zh)
    assert any("2026-05-05" in line and line.endswith("counted backwards, so moved earlier") for line in backward.en)


def test_only_days_that_nobody_published_are_called_assumed() -> None:
    """A day of the published years is named without a doubt."""
    published = CHINA.due(date(2026, 3, 2), Period(days=10)).because
    beyond = CHINA.due(date(2027, 3, 1), Period(days=3)).because
    assert not any("推定" in line for line in published.zh)
    assert not any("assumed" in line for line in published.en)
    assert sum("推定" in line for line in beyond.zh) == len(beyond.days) - 1  # the day of the event is not counted


def test_a_reasoning_begins_with_period_and_calendar() -> None:
    """What is counted, by which calendar, in words; the edition beside it."""
    due = CHINA.due(date(2026, 3, 2), Period(days=60))
    assert due.because.zh[0] == f"期限：60日；日历：中国国务院公布的节假日安排，版本 {due.edition}"
    assert due.because.en[0].startswith("Period: 60 days; calendar: China, as arranged by the State Council, edition ")


def test_hours_cite_their_rule() -> None:
    """E23: hours run through nights and holidays, by Art 201(2), and no day is counted."""
    because = CHINA.due(datetime(2026, 2, 16, 23, 30, tzinfo=SHANGHAI), Period(hours=2)).because
    assert because.days == ()
    assert any("Art. 201(2)" in line and "holidays" in line for line in because.en)
    assert any("2026-02-17 01:30+08:00" in line for line in because.zh)
    assert any(
        "minus" in line for line in CHINA.before(datetime(2026, 2, 16, tzinfo=SHANGHAI), Period(hours=2)).because.en
    )


def test_months_strict_and_the_counter() -> None:
    """Months cite Art 202; `strict` says that nothing moves; a counter says when it closes."""
    due = CHINA.due(date(2025, 11, 28), Period(months=6), "strict", closes=time(17, 30))
    assert any("Art. 202" in line for line in due.because.en)
    assert any("17:30" in line for line in due.because.zh)
    strict = CHINA.due(date(2026, 3, 2), Period(days=60), "strict")
    assert any("strict" in line for line in strict.because.zh)


def test_a_number_that_was_not_seen_is_marked() -> None:
    """The notice for 2004 is cited from memory, and the reasoning admits it."""
    because = CHINA.due(date(2004, 1, 20), Period(working_days=3)).because
    assert any("文号待核" in line for line in because.zh)
    assert any("unverified" in line for line in because.en)


def test_another_country_cites_no_article_of_china() -> None:
    """A user's own calendar without rules cites none."""
    calendar = Calendar.load(
        {
            "id": "own",
            "zone": "UTC",
            "first": date(2026, 1, 1),
            "horizon": date(2026, 12, 31),
            "notice": {"title": "own"},
        }
    )
    because = calendar.due(date(2026, 3, 2), Period(days=5)).because
    assert "民法典" not in str(because)
    assert not any("Civil Code" in line for line in because.en)


@given(st.dates(date(2004, 1, 1), date(2027, 12, 31)), periods, st.sampled_from(["civil", "strict"]), st.booleans())
def test_the_reasoning_reaches_the_same_dates(start: date, period: Period, policy: Any, forward: bool) -> None:
    """Walked day by day, the reasons end where the fast counting ended, with as many days counted."""
    due = CHINA.due(start, period, policy) if forward else CHINA.before(start, period, policy)
    days = due.because.days
    counted = [reason for reason in days if reason.what == "counted"]
    assert days[0].day == start
    assert due.nominal == counted[-1].day
    assert due.due == days[-1].day
    assert days[-1].working or policy == "strict"
    if period.unit != "months":
        assert list(range(1, period.amount + 1)) == [reason.number for reason in counted]
    step = timedelta(days=1 if forward else -1)
    walked = [reason.day for reason in days if reason.what not in {"passed over", "last"}]
    assert walked == [start + step * number for number in range(len(walked))]
    assert any(reason.published is False for reason in days[1:]) <= due.provisional or period.unit != "working_days"


def test_a_forged_record_is_not_explained() -> None:
    """A nominal day that the count does not reach is reported, not explained away."""
    record = CHINA.due(date(2026, 3, 2), Period(days=60)).record() | {"nominal": "2026-05-04"}
    with pytest.raises(InputError, match="63 days were counted"):
        _ = Due.from_record(record).because
