"""Conditions of a list: what an address means, and that whatever makes no sense means nothing."""

from __future__ import annotations

from datetime import date

import pytest

from crm.rules.list_filters import MOST_CONDITIONS, Asked, Condition, Kind, Op, groups, read_asked, understood

KINDS = {
    "stage": Kind.WORD,
    "lead": Kind.ROW,
    "name": Kind.TEXT,
    "total": Kind.YUAN,
    "start": Kind.DAY,
    "moved": Kind.FLAG,
}
WORDS = {"stage": ("lead", "signed")}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1:stage:is:signed,lead", Condition("stage", Op.IS, ("signed", "lead"))),
        ("1:stage:not:signed,nonsense", Condition("stage", Op.NOT, ("signed",))),
        ("1:stage:is:nonsense", None),
        ("1:stage:ge:signed", None),
        ("1:stage:empty:", Condition("stage", Op.EMPTY)),
        ("1:lead:is:7", Condition("lead", Op.IS, (7,))),
        ("1:lead:is:٣,-1,99999999999", None),
        ("1:name:has:甲,乙:丙", Condition("name", Op.HAS, ("甲,乙:丙",))),
        ("1:name:has:", None),
        ("1:name:has:\x00", None),
        ("1:total:ge:3.5", Condition("total", Op.LEAST, (350_000_000,))),
        ("1:total:between:9,2", Condition("total", Op.BETWEEN, (200_000_000, 900_000_000))),
        ("1:total:between:9", None),
        ("1:total:le:NaN", None),
        ("1:total:le:1e400", None),
        ("1:start:since:2022-09-30", Condition("start", Op.SINCE, (date(2022, 9, 30),))),
        ("1:start:since:0001-01-01", None),
        ("1:start:past:30", Condition("start", Op.PAST, (30,))),
        ("1:start:past:-3", None),
        ("1:start:past:99999", None),
        ("1:moved:yes:x", Condition("moved", Op.YES)),
    ],
)
def test_a_line_means_a_condition_or_nothing(text, meant):
    (line,) = read_asked([text], KINDS)
    assert understood(line, KINDS[line.field], WORDS.get(line.field, ())) == meant


@pytest.mark.parametrize(
    "text", ["", "1", ":::", "0:stage:is:lead", "7:stage:is:lead", "x:stage:is:lead", "1:secret:yes:"]
)
def test_what_names_no_field_or_group_is_dropped(text):
    assert read_asked([text], KINDS) == []


def test_groups_are_numbered_without_gaps_and_lines_written_as_read():
    lines = read_asked(["5:name:has:甲", "2:stage:is:lead", "5:total:ge:1"], KINDS)
    assert lines == [
        Asked(1, "stage", "is", ("lead",)), Asked(2, "name", "has", ("甲",)), Asked(2, "total", "ge", ("1",)),
    ]  # fmt: skip
    assert read_asked([line.text for line in lines], KINDS) == lines


def test_a_group_of_which_nothing_is_understood_is_none():
    lines = read_asked(["1:stage:is:", "2:stage:is:lead", "2:total:ge:"], KINDS)
    assert groups(lines, KINDS, WORDS) == [[Condition("stage", Op.IS, ("lead",))]]


def test_there_is_an_end_to_conditions():
    assert len(read_asked(["1:name:has:甲"] * 500, KINDS)) == MOST_CONDITIONS
