"""Every field and operator of the builder against plain Python, over projects with every kind of blank."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.choices import CapitalKind, CompanyClass, KeyList, SourceChannel, Stage, Status
from crm.models import CompanyClassMark, Project
from crm.queries.project_conditions import FIELDS, KINDS, WORDS
from crm.queries.project_filters import ProjectFilter, View, matching
from crm.rules.grades import grade
from crm.rules.list_filters import OPS, groups, read_asked
from tests import factories as make

TODAY = date(2022, 10, 20)
YI = 10**8


@pytest.fixture
def some(session, officer, other_officer):
    """Four projects, named by a letter."""
    chips = make.make_industry(session, "半导体")
    power = make.make_industry(session, "功率半导体", parent_id=chips.id)
    area, giant = make.make_area(session), make.make_company(session, "甲骨演示公司")
    session.add(CompanyClassMark(company_id=giant.id, company_class=CompanyClass.FORTUNE_500))
    made = {
        "a": make.make_project(
            session, "甲", lead=officer, total_yuan=12 * YI, industry_id=chips.id, area_id=area.id, stage=Stage.SIGNED,
            last_contact_on=TODAY, expected_sign_on=TODAY + timedelta(10), source_channel=SourceChannel.FAIR,
        ),
        "b": make.make_project(
            session, "乙%", lead=other_officer, total_yuan=None, industry_id=power.id, company_id=giant.id,
            stage_since_on=TODAY - timedelta(40), planned_start_on=TODAY,
        ),
        "c": make.make_project(
            session, "丙", total_yuan=YI, capital_kind=CapitalKind.FOREIGN, foreign_usd=20_000_000, is_relocation=True,
            stage_since_on=TODAY - timedelta(5), jobs_count=30,
        ),
        "d": make.make_project(session, "丁", total_yuan=3 * YI, status=Status.LOST, stage_since_on=TODAY),
    }  # fmt: skip
    make.make_listing(session, made["a"], KeyList.CITY)
    make.make_listing(session, made["c"], KeyList.CITY, year=2021)
    session.commit()
    keys = {"chips": chips.id, "officer": officer.id, "area": area.id, "team": other_officer.unit_id}
    return made, keys


def found(session, acting, statistician, some, *texts):
    made, keys = some
    lines = read_asked([text.format(**keys) for text in texts], KINDS)
    wanted = ProjectFilter(View.EVERY, groups=tuple(map(tuple, groups(lines, KINDS, WORDS))))
    ids = set(session.scalars(matching(acting(statistician), wanted, TODAY)))
    return "".join(letter for letter, project in made.items() if project.id in ids)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("stage:is:signed", "a"), ("stage:not:signed", "bcd"), ("status:is:lost,paused", "d"),
        ("industry:is:{chips}", "ab"), ("industry:not:{chips}", "cd"), ("industry:empty:", "cd"), ("industry:filled:", "ab"),
        ("capital:is:foreign", "c"), ("source:is:fair", "a"), ("source:not:fair", "bcd"), ("source:empty:", "bcd"),
        ("area:is:{area}", "a"), ("area:not:{area}", "bcd"), ("lead:is:{officer}", "a"), ("lead:not:{officer}", "bcd"),
        ("lead:empty:", "cd"), ("member:filled:", "ab"), ("unit:is:{team}", "b"),
        ("list:is:city", "a"), ("list:not:city", "bcd"), ("list:empty:", "bcd"), ("class:is:fortune_500", "b"),
        ("class:empty:", "acd"), ("grade:is:A", "ab"), ("grade:is:C", "cd"), ("grade:not:A", "cd"),
        ("total:ge:3", "ad"), ("total:le:3", "cd"), ("total:between:1,3", "cd"), ("total:empty:", "b"), ("total:filled:", "acd"),
        ("foreign:ge:2000", "c"), ("foreign:empty:", "abd"), ("jobs:ge:30", "c"), ("name:has:%", "b"), ("name:lacks:%", "acd"),
        ("company:has:甲骨", "b"), ("company:lacks:甲骨", "acd"), ("company:empty:", "acd"), ("country:empty:", "abcd"),
        ("contact:past:0", "a"), ("contact:empty:", "bcd"), ("sign:coming:10", "a"), ("sign:coming:9", ""),
        ("start:since:2022-10-20", "b"), ("start:until:2022-10-19", ""), ("registered:during:2022-02-01,2022-02-01", "abcd"),
        ("registered:since:2022-02-02", ""), ("stay:ge:40", "ab"), ("stay:le:5", "cd"), ("stay:between:4,41", "bc"),
        ("idle:le:0", "ad"), ("idle:ge:40", "b"), ("moved:yes:", "c"), ("moved:no:", "abd"), ("double:no:", "abcd"),
        ("secret:yes:", ""), ("total:ge:nonsense", "abcd"), ("stage:ge:signed", "abcd"),
    ],
)  # fmt: skip
def test_a_condition_finds_what_it_says(session, acting, statistician, some, text, letters):
    assert found(session, acting, statistician, some, f"1:{text}") == letters


@pytest.mark.parametrize(
    ("texts", "letters"),
    [
        (("1:total:ge:3", "1:status:is:active"), "a"),
        (("1:status:is:lost", "2:stage:is:signed"), "ad"),
        (("1:total:ge:3", "1:status:is:lost", "2:capital:is:foreign", "2:jobs:ge:31"), "d"),
        (("1:status:is:lost", "2:total:ge:"), "d"),
        ((), "abcd"),
    ],
)
def test_conditions_of_a_group_all_hold_and_groups_are_alternatives(
    session, acting, statistician, some, texts, letters
):
    assert found(session, acting, statistician, some, *texts) == letters


def test_groups_never_widen_what_one_may_see(session, acting, officer, some):
    lines = read_asked(["1:name:filled:", "2:status:is:lost", "3:total:empty:"], KINDS)
    wanted = ProjectFilter(View.EVERY, groups=tuple(map(tuple, groups(lines, KINDS, WORDS))))
    seen = set(session.scalars(matching(acting(officer), wanted, TODAY)))
    assert some[0]["b"].id not in seen
    secret = make.make_project(session, "密", is_secret=True)
    assert secret.id not in set(session.scalars(matching(acting(officer), wanted, TODAY)))


def test_every_field_answers_every_operator(session, acting, statistician, some):
    typed = {"word": "x", "row": "1", "text": "甲", "yuan": "1,2", "usd": "1,2", "number": "1,2", "flag": ""}
    for key, field in FIELDS.items():
        for op in OPS[field.kind]:
            value = typed.get(field.kind.value, "2022-10-01,2022-10-02" if op.value not in ("past", "coming") else "3")
            if field.kind.value == "word":
                value = WORDS[key][0]
            text = f"1:{key}:{op}:{value}"
            (line,) = read_asked([text], KINDS)
            assert len(groups([line], KINDS, WORDS)) == 1, text
            assert set(found(session, acting, statistician, some, text)) <= set("abcd")


def test_the_grade_in_sql_is_the_rule(session, acting, statistician, some):
    for total, usd in (
        (None, None),
        (YI - 1, None),
        (5 * YI, None),
        (None, 10_000_000),
        (10 * YI, 1),
        (0, 100_000_000),
    ):
        project = make.make_project(
            session, capital_kind=CapitalKind.FOREIGN, total_yuan=total, foreign_usd=usd, stage=Stage.LEAD
        )
        session.flush()
        told = session.scalar(select(FIELDS["grade"].column).where(Project.id == project.id))
        assert (told or "") == grade(total, usd), (total, usd)
