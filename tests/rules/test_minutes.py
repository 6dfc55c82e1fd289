"""The way of minutes, their numbers, and the paper in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.choices import ActivityState, MinutesDeed, MinutesState, Presence
from crm.rules import minutes as rules
from crm.rules.minutes import Errand, Paper, Person, Point

HELD = datetime(2022, 10, 20, 6, tzinfo=UTC)
DONE, PLANNED, OFF = ActivityState.DONE, ActivityState.PLANNED, ActivityState.CANCELLED
DRAFT, SENT, CONFIRMED, ISSUED = MinutesState


@pytest.mark.parametrize(
    ("state", "minutes", "number", "corrected", "early", "says"),
    [
        (DONE, DRAFT, "", False, 0, None),
        (PLANNED, DRAFT, "", False, 60, None),
        (PLANNED, DRAFT, "", False, 61, "开始前一小时"),
        (OFF, DRAFT, "", False, 0, "已经取消"),
        (DONE, SENT, "", False, 0, "已送主持人确认"),
        (DONE, CONFIRMED, "", False, 0, "已送主持人确认"),
        (DONE, ISSUED, "会议纪要〔2022〕第3号", True, 0, "办理更正"),
        (DONE, DRAFT, "会议纪要〔2022〕3号", False, 0, "线下印发（会议纪要〔2022〕3号）"),
        (DONE, DRAFT, "会议纪要〔2022〕第3号", True, 0, None),
    ],
)
def test_when_something_may_be_written(state, minutes, number, corrected, early, says):
    found = rules.writing_problem(state, HELD, minutes, number, corrected, HELD - timedelta(minutes=early))
    assert found is None if says is None else says in found


def test_each_step_leads_on_from_one_state_only():
    ways = {(state, deed): then for state in MinutesState for deed in MinutesDeed if (then := rules.after(state, deed))}
    assert ways == {
        (DRAFT, MinutesDeed.SEND): SENT,
        (SENT, MinutesDeed.RECALL): DRAFT,
        (SENT, MinutesDeed.RETURN): DRAFT,
        (SENT, MinutesDeed.CONFIRM): CONFIRMED,
        (CONFIRMED, MinutesDeed.ISSUE): ISSUED,
        (ISSUED, MinutesDeed.CORRECT): DRAFT,
    }


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("会议纪要〔2022〕第18号", (2022, 18)),
        ("会议纪要〔2022〕18号", (2022, 18)),
        (" 会议纪要[2022] 第 7 号", (2022, 7)),
        ("会议纪要（2021）3号", (2021, 3)),
        ("碰头会纪要〔2022〕18号", None),
        ("会议纪要2022年18号", None),
        ("", None),
    ],
)
def test_numbers_are_read_however_they_were_typed(typed, number):
    assert rules.read_number(typed) == number


def test_the_next_number_follows_what_was_issued_here_and_on_paper():
    typed = ["会议纪要〔2022〕7号", "会议纪要〔2021〕40号", "联审会纪要〔2022〕9号"]
    assert rules.next_number(2022, [], []) == 1
    assert rules.next_number(2022, [1, 2], typed) == 8
    assert rules.next_number(2022, [8, 9], typed) == 10
    assert rules.next_number(2023, [], typed) == 1


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (9, "九"), (10, "十"), (12, "十二"), (20, "二十"), (35, "三十五"), (99, "九十九")],
)
def test_ordinals(number, words):
    assert rules.ordinal(number) == words


@pytest.mark.parametrize("number", [0, -1, 100])
def test_ordinals_end(number):
    with pytest.raises(ValueError, match=str(number)):
        rules.ordinal(number)


def test_who_must_be_recorded_before_the_minutes_are_sent():
    assert "还有 1 人没有登记到会情况：林牧川" in rules.sending_problem(["林牧川"], True)
    assert "至少写一项议定" in rules.sending_problem([], False)
    assert rules.sending_problem([], True) is None


@pytest.fixture
def paper():
    errand = Errand(7, "完成清表。", "资规局", "财政局", "江予安", "2022-10-30")
    return Paper(
        office="云湖经开区招商局", title="用地协调会", kind="协调会", begins="2022-10-20T14:00+08:00",
        ends="2022-10-20T15:30+08:00", place="302 会议室", chair="林牧川", secretary="许若彤",
        people=(
            Person("林牧川", "经发局", Presence.PRESENT.value), Person("周某", "财政局", Presence.SUBSTITUTE.value, "吴某"),
            Person("许若彤", "经发局", Presence.PRESENT.value), Person("郑某", "住建局", Presence.LEAVE.value),
            Person("冯某", "环保局", Presence.ABSENT.value),
        ),
        points=(
            Point(1, 1, "项目甲", "land", "清表慢", "10月底前完成。", errands=(errand,)),
            Point(2, 2, "项目乙", situation="待评审"),
            Point(3, 3, "项目丙", conclusion="先报方案", is_deferred=True), Point(-9, 4, "项目丁", errands=(errand,)),
        ),
    )  # fmt: skip


def test_the_paper_is_written_and_read_back_the_same(paper):
    assert rules.read(rules.write(paper)) == paper
    assert rules.write(paper) == rules.write(rules.read(rules.write(paper)))
    assert len(rules.digest(rules.write(paper))) == 64
    issued = rules.numbered(paper, 2022, 3, date(2022, 10, 21), "林牧川")
    assert issued.number == "会议纪要〔2022〕第3号" and rules.digest(rules.write(issued)) != rules.digest(
        rules.write(paper)
    )
    assert rules.issue_words(issued) == "2022年10月21日印发" and rules.issue_words(paper) == "未印发"


def test_what_stands_above_the_body(paper):
    assert rules.head_lines(paper) == [
        ("时间", "2022年10月20日 14:00—15:30"), ("地点", "302 会议室"), ("主持", "林牧川"), ("记录", "许若彤"),
        ("出席", "经发局 林牧川、许若彤；财政局 周某（吴某代）"), ("请假", "住建局 郑某"), ("缺席", "环保局 冯某"),
    ]  # fmt: skip
    assert rules.opening(paper) == "2022年10月20日，林牧川主持召开协调会“用地协调会”。现将会议情况和议定事项纪要如下："


def test_what_was_decided_in_words(paper):
    first, second, third, handed = paper.points
    assert rules.conclusion_words(first) == "10月底前完成。"
    assert rules.conclusion_words(second) == rules.UNFINISHED
    assert rules.conclusion_words(third) == "先报方案\n移交下次会议继续研究。"
    assert rules.conclusion_words(handed) == ""
    assert (
        rules.errand_words(first.errands[0])
        == "由资规局牵头，财政局配合，于2022年10月30日前完成：完成清表（责任人：江予安）。"
    )


def test_a_reader_sees_his_points_under_the_numbers_of_the_whole(paper):
    shown = paper.seen_by({2, -9})
    assert [(number, point.title) for point, number in rules.numbers(shown)] == [("二", "项目乙"), ("四", "项目丁")]
    assert shown.hidden == 2 and rules.hidden_words(shown) == "（另有2项不在阅看范围。）"


def test_a_correction_says_why(paper):
    found = rules.edition_of(paper, 2, "日期写错")
    assert found.edition == 2 and "更正理由：日期写错" in rules.correction_words(found)
