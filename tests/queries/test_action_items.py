"""What is late by the working calendar, whose the items are, and how units stand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.choices import ActionState, MemberRole, Role, UnitKind
from crm.models import ActionItem, Holiday, Project
from crm.queries import action_items as queries
from crm.queries import settings
from crm.queries.action_items import Filters
from crm.rules.action_items import standing
from tests import factories as make


@pytest.fixture
def october(session):
    """The holiday of 2022-10-01 to 10-07, with 10-08 and 10-09 worked for it."""
    session.add_all(Holiday(day=date(2022, 10, n), is_working=n > 7, name="国庆节") for n in range(1, 10))
    session.flush()
    return settings.calendar(session)


@pytest.fixture
def project(session, officer):
    return make.make_project(session, "澜芯减速器", lead=officer)


def test_what_has_passed_is_one_question(session, october):
    """The database's answer is the calendar's, also with values sent apart."""
    day = date(2022, 9, 25)
    while day < date(2022, 10, 25):
        asked = session.scalar(select(queries.passed_by(day)))
        again = session.scalar(select(queries.passed_by(None)), queries.passed_values(day))
        assert asked == again == october.overdue_from(day)
        day += timedelta(days=1)


def test_items_are_counted_as_they_stand_today(session, acting, coordinator, project, officer, today):
    unit = make.team(session, "资规局")
    for deadline, state in (
        (date(2022, 10, 19), ActionState.DOING),
        (date(2022, 10, 19), ActionState.CHECKING),
        (today, ActionState.ASSIGNED),
        (date(2022, 10, 1), ActionState.DONE),
    ):
        make.make_action(session, project, unit, deadline, state=state)
    hidden = make.make_project(session, "澜芯涉密", lead=officer, is_secret=True)
    make.make_action(session, hidden, unit, date(2022, 10, 1))
    counts = queries.counts(session, acting(coordinator), today)
    assert (counts.open, counts.late, counts.checking, counts.done) == (3, 2, 1, 1)
    assert (counts.signing, counts.doing) == (1, 1)


@pytest.mark.parametrize("show", queries.SHOWN)
def test_the_list_says_what_the_rule_says(session, acting, coordinator, project, october, show):
    """Every deadline around the holiday, open and done on every day: list and rule agree."""
    unit, today = make.team(session, "资规局"), date(2022, 10, 12)
    for n in range(14):
        deadline = date(2022, 9, 28) + timedelta(days=n)
        make.make_action(session, project, unit, deadline, state=ActionState.DOING)
        for late in range(0, 9, 2):
            make.make_action(
                session, project, unit, deadline, state=ActionState.DONE, done_on=deadline + timedelta(days=late)
            )
    rows = session.scalars(queries.matching(acting(coordinator), Filters(show=show), today, october)).all()
    every = session.scalars(select(ActionItem)).all()

    def light(item):
        return standing(item.state, item.deadline_on, item.done_on, today, october).light.value

    done = ActionState.DONE
    wanted = {
        "late": [item.id for item in every if light(item) == "red"],
        "late_done": [
            item.id for item in every if item.state is done and light(item) == "yellow" and item.done_on <= today
        ],
        "open": [item.id for item in every if item.state is not done],
        "doing": [item.id for item in every if item.state is not done],
        "done": [item.id for item in every if item.state is done],
        "all": [item.id for item in every],
    }
    assert sorted(row.id for row in rows) == sorted(wanted.get(show, []))


@pytest.fixture
def treasury(session):
    """Another department."""
    return make.make_unit(session, "财政局", UnitKind.DEPARTMENT, make.team(session, "云湖经开区"))


@pytest.fixture
def spread(session, treasury, project, liaison, officer):
    """An item of the liaison's unit, one it helps with, one of another unit, and one of a secret project."""
    own, other = make.team(session, "资规局"), treasury
    secret = make.make_project(session, "涉密项目", lead=officer, is_secret=True)
    return {
        "own": make.make_action(session, project, own, task="本单位事项"),
        "helps": make.make_action(session, project, other, task="配合事项", helps=[own]),
        "other": make.make_action(session, project, other, task="他人事项"),
        "named": make.make_action(session, project, other, task="点名事项", person_id=liaison.id),
        "secret": make.make_action(session, secret, own, task="涉密事项"),
    }


def seen(session, actor):
    return {item.task for item in session.scalars(queries.visible_to(actor))}


def test_a_liaison_sees_its_own_and_what_it_helps_with(session, acting, liaison, spread):
    assert seen(session, acting(liaison)) == {"本单位事项", "配合事项", "点名事项"}


def test_being_named_on_the_project_opens_no_other_units_items(session, acting, liaison, project, spread):
    make.make_member(session, project, liaison, MemberRole.READER)
    assert seen(session, acting(liaison)) == {"本单位事项", "配合事项", "点名事项"}


def test_a_liaison_named_on_the_secret_project_sees_its_own_there(session, acting, liaison, spread):
    make.make_member(session, session.get(Project, spread["secret"].project_id), liaison, MemberRole.READER)
    assert "涉密事项" in seen(session, acting(liaison))


def test_others_see_by_the_project(session, acting, officer, coordinator, leader, other_officer, spread):
    plain = {"本单位事项", "配合事项", "他人事项", "点名事项"}
    assert seen(session, acting(officer)) == plain | {"涉密事项"}  # he leads both
    assert seen(session, acting(coordinator)) == plain
    assert seen(session, acting(leader)) == plain | {"涉密事项"}
    assert seen(session, acting(other_officer)) == set()


def test_the_board_by_unit_and_by_person(session, acting, coordinator, liaison, project, today, treasury):
    unit, other = make.team(session, "资规局"), treasury
    make.make_action(session, project, unit, date(2022, 10, 19), state=ActionState.ASSIGNED)
    make.make_action(session, project, unit, date(2022, 10, 28), state=ActionState.DOING, person_id=liaison.id)
    make.make_action(session, project, unit, date(2022, 10, 28), state=ActionState.RETURNED, person_id=liaison.id)
    make.make_action(session, project, other, date(2022, 10, 10), state=ActionState.CHECKING)
    make.make_action(session, project, other, date(2022, 10, 10), state=ActionState.DONE, done_on=date(2022, 10, 11))
    make.make_action(session, project, other, date(2022, 9, 10), state=ActionState.DONE, done_on=date(2022, 9, 11))
    rows = queries.lanes(session, acting(coordinator), today)
    figures = {row.name: (row.signing, row.doing, row.checking, row.late, row.done) for row in rows}
    assert figures == {unit.short_name: (1, 2, 0, 1, 0), other.short_name: (0, 0, 1, 1, 1)}
    people = queries.lanes(session, acting(coordinator), today, by_person=True)
    assert [(row.key, row.doing) for row in people] == [(liaison.id, 2), (None, 0)]
    assert [row.name for row in queries.lanes(session, acting(liaison), today)] == [unit.short_name]


def test_how_units_stand_in_a_year(session, acting, coordinator, project, october):
    unit, today = make.team(session, "资规局"), date(2022, 10, 20)
    make.make_action(session, project, unit, date(2022, 10, 2))  # due on 10-08: 12 days
    make.make_action(session, project, unit, date(2022, 10, 17))  # 3 days
    make.make_action(session, project, unit, date(2022, 10, 20))
    make.make_action(session, project, unit, date(2022, 10, 2), state=ActionState.DONE, done_on=date(2022, 10, 8))
    make.make_action(session, project, unit, date(2022, 10, 2), state=ActionState.DONE, done_on=date(2022, 10, 9))
    make.make_action(session, project, unit, date(2021, 10, 2), state=ActionState.DONE, done_on=date(2021, 12, 9))
    (row,) = queries.standings(session, acting(coordinator), 2022, today, october)
    assert (row.late, row.late_days, row.longest_days, row.done, row.done_late) == (2, 15, 12, 2, 1)
    (before,) = queries.standings(session, acting(coordinator), 2021, today, october)
    assert (before.done, before.done_late, before.late) == (1, 1, 2)


def test_who_answers_for_it(session, leader, project, today):
    item = make.make_action(session, project, make.team(session, "资规局"))
    assert queries.leaders_of(session, item) == [leader.id]
    linked = make.make_user(session, "linked", "程二", Role.LEADER, make.team(session, "经发局（招商局）"))
    make.make_member(session, project, linked, MemberRole.LEADER)
    assert queries.leaders_of(session, item) == [linked.id]
