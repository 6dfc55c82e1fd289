"""A pasted notice of holidays becomes days; what cannot be read is said with its line."""

from __future__ import annotations

from datetime import date

import pytest

from crm.errors import RuleBroken
from crm.rules.holidays import read_notice

# The notice for 2022, as the State Council's office published it (excerpt).
NOTICE = """经国务院批准，现将2022年放假安排通知如下。
一、元旦：2022年1月1日至3日放假，共3天。
二、春节：1月31日至2月6日放假调休，共7天。1月29日（星期六）、1月30日（星期日）上班。
七、国庆节：10月1日至7日放假调休，共7天。10月8日（星期六）、10月9日（星期日）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。"""


def test_the_notice_of_2022():
    days = {marked.day: (marked.is_working, marked.name) for marked in read_notice(NOTICE, 2022)}
    assert len(days) == 3 + 7 + 2 + 7 + 2
    assert days[date(2022, 1, 1)] == (False, "元旦") and days[date(2022, 2, 6)] == (False, "春节")
    assert days[date(2022, 1, 30)] == (True, "春节调休上班")
    assert [days[date(2022, 10, day)][0] for day in range(1, 10)] == [False] * 7 + [True] * 2


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2027-01-01 放假 元旦", {date(2027, 1, 1): False}),
        ("2027/1/1，放假，元旦\n2027-01-02,上班,元旦", {date(2027, 1, 1): False, date(2027, 1, 2): True}),
        (
            "元旦：2026年12月31日至2027年1月2日放假",
            {date(2026, 12, 31): False, date(2027, 1, 1): False, date(2027, 1, 2): False},
        ),
        ("元旦：12月31日至1月1日放假", {date(2027, 12, 31): False, date(2028, 1, 1): False}),
        ("清明节：4月5日放假，与周末连休。", {date(2027, 4, 5): False}),
        ("端午节:6月9日(星期三)放假", {date(2027, 6, 9): False}),
    ],
)
def test_other_ways_of_writing(text, days):
    assert {marked.day: marked.is_working for marked in read_notice(text, 2027)} == days


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有读出"),
        ("各地区要妥善安排值班", "没有读出"),
        ("2027-02-30 放假 春节", "2027年2月30日 不是日期"),
        ("2027-01-01 也许 元旦", "没有写明放假还是上班"),
        ("2027-01-04 上班 元旦", "本来就上班"),
        ("春节：2月5日至4月5日放假", "不像一段假期"),
        ("春节：5日放假", "不是日期"),
        ("元旦：99999年1月1日放假", "不是日期"),
        ("元旦：1月1日放假。1月4日上班。", "本来就上班，请核对年份"),
    ],
)
def test_what_cannot_be_read_is_said(text, words):
    with pytest.raises(RuleBroken, match=words) as refusal:
        read_notice(text, 2027)
    assert refusal.value.field == "text"
