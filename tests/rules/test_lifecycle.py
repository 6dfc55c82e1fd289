"""The gate and the moves of the life-cycle."""

from __future__ import annotations

from collections import namedtuple
from datetime import date

import pytest

from crm.choices import LandUse, Stage, Status
from crm.rules.lifecycle import (
    REQUIREMENTS,
    Facts,
    Place,
    Way,
    back_problem,
    forward_problem,
    missing_for,
    next_stage,
    required_for,
    standing,
    way,
)

REVERSE_FIRST = "要退到它之前，请综合统计先作废这条核定。"
EVERYTHING = frozenset(item.field for item in REQUIREMENTS)
Row = namedtuple("Row", "from_stage to_stage moved_on")


def fields(facts: Facts, stage: Stage) -> list[str]:
    return [item.field for item in missing_for(facts, stage)]


@pytest.mark.parametrize(
    ("stage", "adds"),
    [
        (Stage.SCREENING, ["company_id", "origin", "contact", "industry_id", "source_channel", "total_yuan"]),
        (Stage.NEGOTIATION, ["judgement", "lead"]),
        (Stage.REVIEW, [
            "credit_code", "content", "fixed_yuan", "equipment_yuan", "output_yuan", "tax_yuan", "jobs_count", "energy_tce",
            "land_use", "expected_sign_on", "competitors", "negotiation", "leader",
        ]),
        (Stage.SIGNED, ["decision"]),
        (Stage.REGISTERED, ["agent", "registered_yuan"]),
        (Stage.PREPARATION, ["arrival"]),
        (Stage.STARTED, ["area_id", "planned_start_on"]),
        (Stage.FINISHED, ["completion"]),
        (Stage.PRODUCING, []),
        (Stage.FULL_CAPACITY, []),
    ],
)  # fmt: skip
def test_each_stage_asks_for_more_and_keeps_what_was_asked(stage, adds):
    nothing_given = Facts(stage=Stage.LEAD)
    before = fields(nothing_given, Stage(stage - 1))
    assert fields(nothing_given, stage) == before + adds


@pytest.mark.parametrize(
    ("facts", "stage", "field", "asked"),
    [
        (Facts(Stage.NEGOTIATION, land_use=LandUse.NEW_LAND), Stage.REVIEW, "land_mu", True),
        (Facts(Stage.NEGOTIATION, land_use=LandUse.OWN_LAND), Stage.REVIEW, "plant_m2", False),
        (Facts(Stage.NEGOTIATION, land_use=LandUse.LEASE), Stage.REVIEW, "plant_m2", True),
        (Facts(Stage.NEGOTIATION, land_use=LandUse.LEASE), Stage.REVIEW, "land_mu", False),
        (Facts(Stage.NEGOTIATION, land_use=LandUse.OTHER), Stage.REVIEW, "plant_m2", False),
        (Facts(Stage.NEGOTIATION, is_foreign=True), Stage.REVIEW, "credit_code", False),
        (Facts(Stage.SIGNED, is_foreign=True), Stage.REGISTERED, "company_code", True),
        (Facts(Stage.SIGNED), Stage.REGISTERED, "company_code", False),
        (Facts(Stage.PREPARATION, is_key=True), Stage.STARTED, "annual_plan", True),
        (Facts(Stage.PREPARATION), Stage.STARTED, "annual_plan", False),
        (Facts(Stage.STARTED, exempt_to=Stage.STARTED), Stage.FINISHED, "decision", False),
        (Facts(Stage.STARTED, exempt_to=Stage.STARTED), Stage.FINISHED, "completion", True),
        (Facts(Stage.LEAD, exempt_to=Stage.LEAD), Stage.SCREENING, "industry_id", True),
    ],
)
def test_conditional_requirements(facts, stage, field, asked):
    assert (field in fields(facts, stage)) is asked


def test_what_is_given_is_not_asked_for():
    facts = Facts(Stage.NEGOTIATION, given=EVERYTHING - {"fixed_yuan", "leader"})
    assert fields(facts, Stage.REVIEW) == ["fixed_yuan", "leader"]
    assert {item.field for item in required_for(facts, Stage.REVIEW)} > {"fixed_yuan", "leader", "content"}
    assert [item.anchor for item in missing_for(facts, Stage.REVIEW)] == [Place.PROJECT, Place.TEAM]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (Stage.LEAD, Stage.SCREENING, Way.STEP),
        (Stage.SCREENING, Stage.NEGOTIATION, Way.SCREEN),
        (Stage.NEGOTIATION, Stage.REVIEW, Way.STEP),
        (Stage.REVIEW, Stage.SIGNED, Way.CLAIM),
        (Stage.SIGNED, Stage.REGISTERED, Way.STEP),
        (Stage.REGISTERED, Stage.PREPARATION, Way.STEP),
        (Stage.PREPARATION, Stage.STARTED, Way.CLAIM),
        (Stage.STARTED, Stage.FINISHED, Way.CLAIM),
        (Stage.FINISHED, Stage.PRODUCING, Way.CLAIM),
        (Stage.PRODUCING, Stage.FULL_CAPACITY, Way.CONCLUDE),
        (Stage.LEAD, Stage.NEGOTIATION, Way.SKIP),
        (Stage.SIGNED, Stage.STARTED, Way.SKIP),
        (Stage.REVIEW, Stage.NEGOTIATION, Way.BACK),
        (Stage.PRODUCING, Stage.LEAD, Way.BACK),
        (Stage.REVIEW, Stage.REVIEW, Way.STAY),
    ],
)
def test_way(start, end, expected):
    assert way(start, end) is expected


def test_next_stage_runs_to_the_end():
    assert [next_stage(stage) for stage in Stage] == [*list(Stage)[1:], None]


@pytest.mark.parametrize(
    ("facts", "end", "reason", "says"),
    [
        (Facts(Stage.LEAD, given=EVERYTHING), Stage.SCREENING, "", None),
        (
            Facts(Stage.LEAD, given=EVERYTHING - {"contact"}),
            Stage.SCREENING,
            "",
            "距“研判”还差 1 项：登记投资方联系人。",
        ),
        (Facts(Stage.LEAD), Stage.NEGOTIATION, "", "从“线索”直接到“在谈”跳过了阶段，请写明原因。"),
        (Facts(Stage.LEAD), Stage.NEGOTIATION, "上级直接交办", None),
        (Facts(Stage.REVIEW, given=EVERYTHING), Stage.NEGOTIATION, "", "项目已在“评审”，不能再推进到“在谈”。"),
        (Facts(Stage.REVIEW, given=EVERYTHING), Stage.REVIEW, "", "项目已在“评审”，不能再推进到“评审”。"),
        (Facts(Stage.LEAD, Status.PAUSED, EVERYTHING), Stage.SCREENING, "", "项目处于“暂缓”，请先恢复推进。"),
        (Facts(Stage.LEAD, Status.LOST, EVERYTHING), Stage.NEGOTIATION, "x", "项目处于“流失”，请先恢复推进。"),
        (Facts(Stage.PRODUCING, given=EVERYTHING), Stage.FULL_CAPACITY, "", "请写明履约结论。"),
        (Facts(Stage.PRODUCING, given=EVERYTHING), Stage.FULL_CAPACITY, "承诺指标全部达到", None),
        (Facts(Stage.REVIEW, given=EVERYTHING), Stage.SIGNED, "", None),
    ],
)
def test_forward(facts, end, reason, says):
    assert forward_problem(facts, end, reason) == says


@pytest.mark.parametrize(
    ("start", "end", "reason", "verified", "says"),
    [
        (Stage.REVIEW, Stage.NEGOTIATION, "方案重做", (), None),
        (Stage.REVIEW, Stage.NEGOTIATION, "", (), "退回阶段要写明原因。"),
        (Stage.REVIEW, Stage.SIGNED, "x", (), "“签约”不在当前阶段“评审”之前。"),
        (Stage.PREPARATION, Stage.SIGNED, "换地块", (Stage.SIGNED,), None),
        (Stage.PREPARATION, Stage.REVIEW, "x", (Stage.SIGNED,), "“签约”已经核定，" + REVERSE_FIRST),
        (Stage.FINISHED, Stage.REGISTERED, "x", (Stage.SIGNED, Stage.STARTED), "“开工”已经核定，" + REVERSE_FIRST),
    ],
)  # fmt: skip
def test_back(start, end, reason, verified, says):
    assert back_problem(start, end, reason, verified) == says


def day(number: int) -> date:
    return date(2022, 9, number)


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([], None),
        ([Row(None, Stage.LEAD, day(1))], (Stage.LEAD, day(1))),
        ([Row(None, Stage.LEAD, day(1)), Row(Stage.LEAD, Stage.SCREENING, day(3))], (Stage.SCREENING, day(3))),
        # the signing happened before the review was recorded, and still stands above it
        ([Row(Stage.NEGOTIATION, Stage.REVIEW, day(15)), Row(Stage.REVIEW, Stage.SIGNED, day(10))], (Stage.SIGNED, day(10))),
        # a signing verified after the start does not pull the project back
        ([Row(Stage.PREPARATION, Stage.STARTED, day(20)), Row(Stage.REVIEW, Stage.SIGNED, day(2))], (Stage.STARTED, day(20))),
        # a move back does, and so does what comes after it
        ([Row(None, Stage.REVIEW, day(5)), Row(Stage.REVIEW, Stage.NEGOTIATION, day(9))], (Stage.NEGOTIATION, day(9))),
        (
            [Row(None, Stage.REVIEW, day(5)), Row(Stage.REVIEW, Stage.LEAD, day(9)), Row(Stage.LEAD, Stage.SCREENING, day(9))],
            (Stage.SCREENING, day(9)),
        ),
    ],
)  # fmt: skip
def test_standing(moves, expected):
    assert standing(moves) == expected
