"""Who is shown what of a look-alike, and through which disguises it is seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.choices import MemberRole, Status
from crm.queries.likeness import Asked, companies, likes
from crm.rules.likeness import Level
from tests import factories as make

CODE = "91310115MA1K4Q7X2B"


@pytest.fixture
def lanxin(session, other_officer):
    """An investor of a group, with a project of the other team."""
    group = make.make_company(session, "澜芯控股集团有限公司", name_key="澜芯控股集团")
    company = make.make_company(
        session, "上海澜芯传动科技有限公司", name_key="上海澜芯传动科技", short_name="澜芯传动", credit_code=CODE,
        parent_id=group.id,
    )  # fmt: skip
    make.make_company(session, "苏州衡芯电驱有限公司", name_key="苏州衡芯电驱", parent_id=group.id)
    return make.make_project(
        session, "澜芯精密减速器总部基地", other_officer, name_key="澜芯精密减速器总部基地", company_id=company.id
    )


@pytest.mark.parametrize(
    ("asked", "level"),
    [
        (Asked("澜芯精密减速器总部基地"), Level.LIKELY),
        (Asked("（澜芯）精密減速器總部基地"[:4] + "精密减速器 总部基地"), Level.LIKELY),
        (Asked("ＬＸ"), Level.POSSIBLE),
        (Asked("lanxin"), Level.POSSIBLE),
        (Asked("lxjmjsq"), Level.POSSIBLE),
        (Asked("别的项目", "北京市澜芯传动科技（有限责任公司）"), Level.LIKELY),
        (Asked("别的项目", "澜芯传动"), Level.LIKELY),
        (Asked("别的项目", "某某公司", CODE), Level.CODE),
        (Asked("澜芯精密减速器总部基地项目", "上海澜芯传动科技股份有限公司"), Level.NAMED),
        (Asked("别的项目", "苏州衡芯电驱有限公司"), Level.POSSIBLE),  # a sister
        (Asked("别的项目", "澜芯控股集团有限公司"), Level.POSSIBLE),  # the parent itself
    ],
)
def test_seen_through_disguises(session, acting, team_lead, lanxin, asked, level):
    session.flush()
    found = likes(session, acting(team_lead), asked)
    assert [(hit.project.id, hit.verdict.level) for hit in found.seen] == [(lanxin.id, level)]


def test_what_is_not_alike_is_not_shown(session, acting, team_lead, lanxin):
    assert not likes(session, acting(team_lead), Asked("云岫碳纤维产业园", "桂林云岫化工有限公司"))
    assert not likes(session, acting(team_lead), Asked())


def test_another_team_is_told_by_team_and_days_alone(session, acting, officer, lanxin):
    found = likes(session, acting(officer), Asked("澜芯精密减速器总部基地"))
    assert not found.seen
    assert [(hit.unit, hit.registered_at, hit.collides) for hit in found.masked] == [
        ("招商二组", datetime(2022, 2, 1, 1, tzinfo=UTC), True)
    ]
    assert not hasattr(found.masked[0], "name")


@pytest.mark.parametrize("login", ["officer", "team_lead", "statistician"])
def test_a_secret_project_is_told_to_nobody(session, acting, lanxin, login):
    lanxin.is_secret = True
    session.flush()
    found = likes(session, acting(make.person(session, login)), Asked("澜芯精密减速器总部基地", "澜芯传动", CODE))
    assert not found and not found.collisions


@pytest.mark.parametrize(
    ("change", "collides"),
    [
        ({}, True),
        ({"status": Status.PAUSED}, True),
        ({"status": Status.LOST}, False),
        ({"pooled_at": datetime(2022, 10, 1, tzinfo=UTC)}, False),
    ],
)
def test_what_collides(session, acting, officer, other_officer, lanxin, change, collides):
    for name, value in change.items():
        setattr(lanxin, name, value)
    session.flush()
    asked = Asked("澜芯精密减速器总部基地")
    assert bool(likes(session, acting(officer), asked).collisions) is collides
    assert not likes(session, acting(other_officer), asked).collisions  # his own
    assert not likes(session, acting(officer), asked, {officer.id, other_officer.id}).collisions


def test_a_duplicate_collides_with_nothing(session, acting, team_lead, officer, lanxin):
    lanxin.duplicate_of_id = make.make_project(session, "别的", officer).id
    session.flush()
    assert not likes(session, acting(team_lead), Asked("澜芯精密减速器总部基地")).collisions


def test_companies_are_found_by_sound_and_masked(session, acting, officer, lanxin, other_officer):
    actor = acting(officer)
    assert companies(session, actor, Asked(company_name="lx"))[0] != ()
    found, elsewhere = companies(session, actor, Asked(company_name="上海澜芯传动科技"))
    assert [company.name for company in found][:1] == ["上海澜芯传动科技有限公司"] and elsewhere == 0
    hidden = make.make_company(session, "澜信传动科技有限公司", name_key="澜信传动科技")
    make.make_project(session, "绝密", other_officer, company_id=hidden.id, is_secret=True)
    session.flush()
    found, elsewhere = companies(session, actor, Asked(company_name="澜信传动科技有限公司"))
    assert hidden not in found and elsewhere == 0


def test_the_number_of_statements_does_not_grow(session, acting, officer, lanxin, count_queries):
    actor, asked = acting(officer), Asked("澜芯精密减速器总部基地", "澜芯传动", CODE)
    session.commit()
    with count_queries() as few:
        likes(session, actor, asked)
    for number in range(12):
        project = make.make_project(session, f"澜芯精密减速器总部基地{number}号", officer, company_id=lanxin.company_id)
        make.make_member(session, project, officer, MemberRole.SUPPORT)
    session.commit()
    session.expire_all()
    with count_queries() as many:
        likes(session, actor, asked)
    assert len(many) <= len(few) + 1 <= 13
