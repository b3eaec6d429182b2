"""The sentences of a reasoning, in Chinese and in English, next to each other.

The rule of this file: one function makes both languages of a line, so that they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from xinfang_flow.law.almanac import Almanac
from xinfang_flow.law.facts import DayReason, Facts
from xinfang_flow.law.notice import Notice
from xinfang_flow.text import Text

__all__ = ["closing_lines", "day_line", "opening_lines"]

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _day(day: date) -> Text:
    return Text(f"{day:%Y-%m-%d}（星期{_WEEKDAYS_ZH[day.weekday()]}）", f"{_WEEKDAYS_EN[day.weekday()]} {day:%Y-%m-%d}")


def _moment(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="auto" if moment.microsecond else "minutes")


def _title(almanac: Almanac) -> Text:
    return Text(almanac.title.zh or almanac.id, almanac.title.en or almanac.id)


def opening_lines(due: Facts, almanac: Almanac) -> Iterator[Text]:
    """What is counted, by which calendar, and from when."""
    title, edition = _title(almanac), due.label.edition
    yield Text(
        f"期限：{due.period.zh}；日历：{title.zh}，版本 {edition}",
        f"Period: {due.period.en}; calendar: {title.en}, edition {edition}",
    )
    if isinstance(due.start, datetime) and due.period.elapsed is not None:
        rule = almanac.rules.hours
        sign, way = ("加", "plus") if due.direction == "forward" else ("减", "minus")
        yield Text(
            f"自 {_moment(due.start)} {sign}{due.period.zh}，连续计算，夜间和节假日不停（{rule.zh}）",
            f"{_moment(due.start)} {way} {due.period.en}, running through nights and holidays ({rule.en})",
        )
    for first, end in due.excluded:
        yield Text(
            f"扣除期间：{first} 至 {end}（含首日，不含末日）",
            f"Excluded: {first} to {end} (first day out, last day counts)",
        )
    if due.period.unit == "months":
        rule = almanac.rules.months
        yield Text(
            f"按月计算，以对应日为最后一日，无对应日的为月末日（{rule.zh}）",
            f"In months: the corresponding day is the last, or else the end of the month ({rule.en})",
        )


def day_line(reason: DayReason, due: Facts) -> Text:
    """One day: counted with its number, or not counted and why."""
    day, name = _day(reason.day), _named(reason)
    if reason.what == "base":
        return Text(f"{day.zh}：起算日，不计入", f"{day.en}: day of the event, not counted")
    if reason.what == "counted":
        number = f"第{reason.number}{'个工作日' if due.period.unit == 'working_days' else '日'}"
        return Text(f"{day.zh}：{number}（{name.zh}）", f"{day.en}: day {reason.number} ({name.en})")
    if reason.what == "last":
        return Text(f"{day.zh}：{name.zh}，届满日", f"{day.en}: {name.en}, the due day")
    zh, en = {
        "skipped": ("不计入", "not counted"),
        "excluded": ("在扣除期间内，不计入", "within an excluded interval, not counted"),
        "passed over": (
            ("顺延", "moved to the next working day")
            if due.direction == "forward"
            else ("倒推期限只能提前", "counted backwards, so moved earlier")
        ),
    }[reason.what]
    return Text(f"{day.zh}：{name.zh}，{zh}", f"{day.en}: {name.en}, {en}")


def _named(reason: DayReason) -> Text:
    """What kind of day it is, with the notice that made it one, or the admission that none is published."""
    name = reason.name
    if reason.notice is not None and reason.notice.title:
        cited = reason.notice.cited
        name = Text(f"{name.zh}，{cited.zh}", f"{name.en}, {cited.en}")
    return name if reason.published else Text(f"{name.zh}，推定，安排未公布", f"{name.en}, assumed, nothing published")


def closing_lines(due: Facts, at: datetime, almanac: Almanac, days: tuple[DayReason, ...]) -> Iterator[Text]:
    """The dates, the rules they rest on, the notices in full, and what is not certain."""
    first, last = almanac.rules.first_day, almanac.rules.last_day
    if days:
        yield Text(f"开始的当日不计入（{first.zh}）", f"The first day is not counted ({first.en})")
        yield from _ending(due, last)
    late = _moment(at)
    if due.closes is not None:
        yield Text(
            f"窗口 {due.closes:%H:%M} 停止办理业务（{last.zh}）",
            f"The counter closes at {due.closes:%H:%M} ({last.en})",
        )
    yield Text(f"{late} 起为逾期", f"Late from {late}")
    yield from _notices(days)
    if due.provisional:
        span = f"{almanac.first}..{almanac.horizon}"
        yield Text(
            f"暂定：部分日期不在已公布的安排（{span}）之内，按普通周推算，公布后应重新计算",
            f"Provisional: some days lie outside the published arrangement ({span}); the plain week was assumed, "
            "to be computed again when it is published",
        )


def _ending(due: Facts, rule: Text) -> Iterator[Text]:
    nominal, last, target = _day(due.nominal), _day(due.due), _day(due.target)
    if due.due != due.nominal and due.direction == "forward":
        yield Text(
            f"最后一日{nominal.zh}为休息日，以休息日结束的次日{last.zh}为届满日（{rule.zh}）",
            f"The last day, {nominal.en}, is a rest day; the day after the rest days is due: {last.en} ({rule.en})",
        )
    elif due.due != due.nominal:
        yield Text(
            f"倒推至{nominal.zh}为休息日，提前至{last.zh}，以保证足够的期间",
            f"Counted back to {nominal.en}, a rest day; moved earlier to {last.en}, never later",
        )
    elif due.target != due.nominal:
        yield Text(
            f"届满日为{last.zh}，strict 口径不顺延", f"Due on {last.en}; under `strict` a rest day does not move it"
        )
    else:
        yield Text(f"届满日为{last.zh}", f"Due on {last.en}")
    if due.target != due.due:
        yield Text(
            f"内部预警日为{target.zh}，即届满前最后一个工作日", f"Target, the last working day before: {target.en}"
        )


def _notices(days: tuple[DayReason, ...]) -> Iterator[Text]:
    seen: set[Notice] = set()
    for reason in days:
        notice = reason.notice
        # The day of the event is not counted, so what it was does not matter.
        if notice is None or notice in seen or not notice.title or reason.what == "base":
            continue
        seen.add(notice)
        number = notice.cited if notice.number else Text("", "")
        yield Text(
            f"依据：《{notice.title}》" + (f"（{number.zh}）" if number.zh else ""),
            f"Notice: {notice.title}" + (f" ({number.en})" if number.en else ""),
        )
