import json
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from crm.choices import Currency, KeyList, Light, MeetingKind
from crm.rules.lights import Thresholds
from crm.rules.overlaps import ListSet
from reports.briefing.codec import from_json, to_json
from reports.briefing.facts import Briefing, Converted, Decision, DueNode, Held, LeftOut, RateUsed, Relocated
from reports.briefing.render import render
from tests.reports.sample import empty, huge, key_project, september, with_projects


def whole() -> Briefing:
    """The sample with something in every field: also meetings held, what they decided, what is due."""
    decided = Decision(
        project="甲项目", met_on=date(2022, 9, 6), text="先供地，后建厂。", project_id=1, meeting="第36次碰头会"
    )
    held = Held(kind=MeetingKind.COORDINATION, month_count=5, year_count=40, invited=30, present=28)
    node = DueNode(
        project="澜芯", name="主体封顶", due_on=date(2022, 10, 24), planned_on=date(2022, 10, 12), project_id=1
    )
    rate = RateUsed(Currency.USD, Decimal("7.10"), date(2022, 9, 1))
    return replace(
        september(), sums_follow_plans=True, held=(held,), decisions=(decided,), nodes=(node,),
        list_sets=(ListSet((KeyList.CITY, KeyList.PROVINCE_BATCH), 2, 500_000_000), ListSet((KeyList.CITY,), 4, 10**9)),
        left_out=(LeftOut("签约", "市内平移", 1, 120_000_000, month_count=1),),
        relocated=(Relocated(9, "乙项目", date(2022, 9, 5), 120_000_000),),
        converted=(Converted("实际使用外资", Currency.USD, 5_000_000, 35_500_000, rates=(rate,)),),
    )  # fmt: skip


@pytest.mark.parametrize(
    "briefing",
    [
        september(),
        whole(),
        empty(),
        huge(30, 40),
        with_projects(key_project(due_share=Fraction(1, 3), system_light=Light.GREEN, light=Light.RED)),
        replace(empty(), thresholds=Thresholds(behind_points=Decimal("-12.5"))),
    ],
    ids=["september", "whole", "empty", "huge", "overridden", "thresholds"],
)
def test_facts_survive_storage_and_print_the_same_bytes(briefing: Briefing) -> None:
    stored = from_json(to_json(briefing))
    assert stored == briefing
    assert to_json(stored) == to_json(briefing)
    assert render(stored) == render(briefing)


def test_the_sample_has_something_in_every_field() -> None:
    assert [field.name for field in fields(Briefing) if not getattr(whole(), field.name)] == []


def document() -> dict[str, dict[str, object]]:
    loaded: dict[str, dict[str, object]] = json.loads(to_json(september()))
    return loaded


def test_a_field_added_later_takes_its_default_and_one_dropped_is_passed_over() -> None:
    stored = document()
    del stored["briefing"]["trip_cities"]
    stored["briefing"]["dropped_since"] = 1
    assert from_json(json.dumps(stored)) == replace(september(), trip_cities=())


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"schema": 99, "briefing": {}}',
        '{"schema": 1, "briefing": []}',
        '{"schema": 1, "briefing": {"month": {"year": 2022, "number": 9}}}',
        '{"schema": 1, "briefing": {"month": {"year": 2022, "number": 13}}}',
        '{"schema": 1, "briefing": {"month": {"year": "2022", "number": 9}}}',
        "not json",
    ],
)
def test_what_is_no_stored_briefing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(text)
