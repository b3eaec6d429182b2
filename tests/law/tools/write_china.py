"""Write `xinfang_flow/law/data/china/*.toml`: the State Council's notices, one file a year.

Spans, make-up days and numbers were taken from the notices and checked against `chinesecalendar` and `holidays`
(`tests/law/test_every_day.py` does that for every day).  Run it again only to change the layout; a new year is better
written by hand, as the next county will do it.

    python tests/law/tools/write_china.py
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "xinfang_flow" / "law" / "data" / "china"
ENGLISH = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "清明节": "Tomb-sweeping Day",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-Autumn Festival",
    "国庆节": "National Day",
    "国庆节、中秋节": "National Day and Mid-Autumn Festival",
    "中秋节、国庆节": "Mid-Autumn Festival and National Day",
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": "70th Anniversary of Victory in the War of Resistance",
    "春节延长假期": "Spring Festival, extended",
}
# What is known of each notice: its number, the day from which it was public, and whether both were seen.
NOTICES = {
    2004: ("", "2003-12-31", False),
    2005: ("", "2004-12-31", False),
    2006: ("国办发明电〔2005〕35号", "2005-12-16", True),
    2007: ("国办发明电〔2006〕49号", "2006-12-14", True),
    2008: ("国办发明电〔2007〕52号", "2007-12-18", False),
    2009: ("国办发明电〔2008〕42号", "2008-12-04", False),
    2010: ("国办发明电〔2009〕27号", "2009-12-08", True),
    2011: ("国办发明电〔2010〕40号", "2010-12-10", True),
    2012: ("国办发明电〔2011〕45号", "2011-12-06", True),
    2013: ("国办发明电〔2012〕33号", "2012-12-08", False),
    2014: ("国办发明电〔2013〕28号", "2013-12-11", True),
    2015: ("国办发明电〔2014〕28号", "2014-12-16", True),
    2016: ("国办发明电〔2015〕18号", "2015-12-10", True),
    2017: ("国办发明电〔2016〕17号", "2016-12-01", True),
    2018: ("国办发明电〔2017〕12号", "2017-11-30", True),
    2019: ("国办发明电〔2018〕15号", "2018-12-06", True),
    2020: ("国办发明电〔2019〕16号", "2019-11-21", True),
    2021: ("国办发明电〔2020〕27号", "2020-11-25", True),
    2022: ("国办发明电〔2021〕11号", "2021-10-25", True),
    2023: ("国办发明电〔2022〕16号", "2022-12-08", True),
    2024: ("国办发明电〔2023〕7号", "2023-10-25", True),
    2025: ("国办发明电〔2024〕12号", "2024-11-12", True),
    2026: ("国办发明电〔2025〕7号", "2025-11-04", True),
}
# Each entry: name, first and last day, and make-up days after a plus, all as MMDD; a minus means the year before.
YEARS = {
    2004: "元旦 0101; 春节 0122 0128 +0117 +0118; 劳动节 0501 0507 +0508 +0509; 国庆节 1001 1007 +1009 +1010",
    2005: "元旦 0101 0103; 春节 0209 0215 +0205 +0206; 劳动节 0501 0507 +0430 +0508; 国庆节 1001 1007 +1008 +1009",
    2006: "元旦 0101 0103 +-1231; 春节 0129 0204 +0128 +0205; 劳动节 0501 0507 +0429 +0430; "
    "国庆节 1001 1007 +0930 +1008",
    2007: "元旦 0101 0103 +-1230 +-1231; 春节 0218 0224 +0217 +0225; 劳动节 0501 0507 +0428 +0429; "
    "国庆节 1001 1007 +0929 +0930",
    2008: "元旦 -1230 0101 +-1229; 春节 0206 0212 +0202 +0203; 清明节 0404 0406; 劳动节 0501 0503 +0504; "
    "端午节 0607 0609; 中秋节 0913 0915; 国庆节 0929 1005 +0927 +0928",
    2009: "元旦 0101 0103 +0104; 春节 0125 0131 +0124 +0201; 清明节 0404 0406; 劳动节 0501 0503; "
    "端午节 0528 0530 +0531; 国庆节、中秋节 1001 1008 +0927 +1010",
    2010: "元旦 0101 0103; 春节 0213 0219 +0220 +0221; 清明节 0403 0405; 劳动节 0501 0503; "
    "端午节 0614 0616 +0612 +0613; 中秋节 0922 0924 +0919 +0925; 国庆节 1001 1007 +0926 +1009",
    2011: "元旦 0101 0103; 春节 0202 0208 +0130 +0212; 清明节 0403 0405 +0402; 劳动节 0430 0502; 端午节 0604 0606; "
    "中秋节 0910 0912; 国庆节 1001 1007 +1008 +1009",
    2012: "元旦 0101 0103 +-1231; 春节 0122 0128 +0121 +0129; 清明节 0402 0404 +0331 +0401; 劳动节 0429 0501 +0428; "
    "端午节 0622 0624; 中秋节、国庆节 0930 1007 +0929",
    2013: "元旦 0101 0103 +0105 +0106; 春节 0209 0215 +0216 +0217; 清明节 0404 0406 +0407; "
    "劳动节 0429 0501 +0427 +0428; 端午节 0610 0612 +0608 +0609; 中秋节 0919 0921 +0922; "
    "国庆节 1001 1007 +0929 +1012",
    2014: "元旦 0101; 春节 0131 0206 +0126 +0208; 清明节 0405 0407; 劳动节 0501 0503 +0504; 端午节 0602; "
    "中秋节 0908; 国庆节 1001 1007 +0928 +1011",
    2015: "元旦 0101 0103 +0104; 春节 0218 0224 +0215 +0228; 清明节 0405 0406; 劳动节 0501; 端午节 0620 0622; "
    "中秋节 0927; 国庆节 1001 1007 +1010",
    2016: "元旦 0101; 春节 0207 0213 +0206 +0214; 清明节 0404; 劳动节 0501 0502; 端午节 0609 0611 +0612; "
    "中秋节 0915 0917 +0918; 国庆节 1001 1007 +1008 +1009",
    2017: "元旦 0101 0102; 春节 0127 0202 +0122 +0204; 清明节 0402 0404 +0401; 劳动节 0501; "
    "端午节 0528 0530 +0527; 国庆节、中秋节 1001 1008 +0930",
    2018: "元旦 0101; 春节 0215 0221 +0211 +0224; 清明节 0405 0407 +0408; 劳动节 0429 0501 +0428; 端午节 0618; "
    "中秋节 0924; 国庆节 1001 1007 +0929 +0930",
    2019: "元旦 -1230 0101 +-1229; 春节 0204 0210 +0202 +0203; 清明节 0405; 劳动节 0501; 端午节 0607; 中秋节 0913; "
    "国庆节 1001 1007 +0929 +1012",
    2020: "元旦 0101; 春节 0124 0130 +0119 +0201; 清明节 0404 0406; 劳动节 0501 0505 +0426 +0509; "
    "端午节 0625 0627 +0628; 国庆节、中秋节 1001 1008 +0927 +1010",
    2021: "元旦 0101 0103; 春节 0211 0217 +0207 +0220; 清明节 0403 0405; 劳动节 0501 0505 +0425 +0508; "
    "端午节 0612 0614; 中秋节 0919 0921 +0918; 国庆节 1001 1007 +0926 +1009",
    2022: "元旦 0101 0103; 春节 0131 0206 +0129 +0130; 清明节 0403 0405 +0402; 劳动节 0430 0504 +0424 +0507; "
    "端午节 0603 0605; 中秋节 0910 0912; 国庆节 1001 1007 +1008 +1009",
    2023: "元旦 -1231 0102; 春节 0121 0127 +0128 +0129; 清明节 0405; 劳动节 0429 0503 +0423 +0506; "
    "端午节 0622 0624 +0625; 中秋节、国庆节 0929 1006 +1007 +1008",
    2024: "元旦 0101; 春节 0210 0217 +0204 +0218; 清明节 0404 0406 +0407; 劳动节 0501 0505 +0428 +0511; 端午节 0610; "
    "中秋节 0915 0917 +0914; 国庆节 1001 1007 +0929 +1012",
    2025: "元旦 0101; 春节 0128 0204 +0126 +0208; 清明节 0404 0406; 劳动节 0501 0505 +0427; 端午节 0531 0602; "
    "国庆节、中秋节 1001 1008 +0928 +1011",
    2026: "元旦 0101 0103 +0104; 春节 0215 0223 +0214 +0228; 清明节 0404 0406; 劳动节 0501 0505 +0509; "
    "端午节 0619 0621; 中秋节 0925 0927; 国庆节 1001 1007 +0920 +1010",
}
# Notices that changed days already published: title, number, issuer, published, sure, days.
REVISIONS = {
    2015: (
        "国务院关于中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日调休放假的通知",
        "国发明电〔2015〕1号",
        "国务院",
        "2015-05-13",
        "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日 0903 0905 +0906",
    ),
    2019: (
        "国务院办公厅关于调整2019年劳动节假期安排的通知",
        "国办发明电〔2019〕3号",
        "国务院办公厅",
        "2019-03-22",
        "劳动节 0501 0504 +0428 +0505",
    ),
    2020: (
        "国务院办公厅关于延长2020年春节假期的通知",
        "国办发明电〔2020〕1号",
        "国务院办公厅",
        "2020-01-27",
        "春节延长假期 0131 0202",
    ),
}


def day(year: int, text: str) -> str:
    """Read MMDD, or -MMDD for the year before, as an ISO date."""
    before, digits = text.startswith("-"), text.removeprefix("-")
    return date(year - before, int(digits[:2]), int(digits[2:])).isoformat()


def holidays(year: int, text: str, table: str) -> list[str]:
    """The lines of every holiday of one notice."""
    lines = []
    for entry in text.split(";"):
        name, *words = entry.split()
        span = [day(year, word) for word in words if not word.startswith("+")]
        make_up = [day(year, word[1:]) for word in words if word.startswith("+")]
        lines += ["", f"[[{table}]]", f'name = {{ zh = "{name}", en = "{ENGLISH[name]}" }}', f"first = {span[0]}"]
        if len(span) > 1:
            lines.append(f"last = {span[1]}")
        if make_up:
            lines.append(f"make_up = [{', '.join(make_up)}]")
    return lines


def notice(table: str, title: str, number: str, issuer: str, published: str, *, sure: bool) -> list[str]:
    """The lines that say who published it, when and under which number."""
    lines = ["", f"[{table}]", f'title = "{title}"']
    if number:
        lines.append(f'number = "{number}"')
    lines += [f'issuer = "{issuer}"', f"published = {published}"]
    if not sure:
        lines.append("sure = false")
    return lines


def write(year: int) -> None:
    """Write one year's file."""
    number, published, sure = NOTICES[year]
    lines = [f"# {year}: what the notices say. Spans are inclusive; make_up are weekend days that are worked.", ""]
    lines.append(f"year = {year}")
    title = f"国务院办公厅关于{year}年部分节假日安排的通知"
    lines += notice("notice", title, number, "国务院办公厅", published, sure=sure)
    lines += holidays(year, YEARS[year], "holiday")
    if year in REVISIONS:
        title, number, issuer, published, text = REVISIONS[year]
        lines += ["", "[[revision]]"]
        lines += notice("revision.notice", title, number, issuer, published, sure=True)
        lines += holidays(year, text, "revision.holiday")
    (FOLDER / f"{year}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in YEARS:
        write(each)
