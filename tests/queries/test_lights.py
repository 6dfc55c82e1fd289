"""Lights by month: one query shape for the board, the history and the briefing, and it says what the totals say."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from crm.choices import ClaimKind, KeyList, Light, MoneyKind, Stage
from crm.models import ActionExtension, LightOverride, Project
from crm.queries import lights
from crm.queries.totals import Basis
from crm.queries.totals.listed import planned_start_on, started_on
from crm.rules.days import Month
from crm.rules.lights import Thresholds
from tests import factories as make

TODAY = date(2022, 10, 20)
OCTOBER = Month(2022, 10)
B, G, Y, R, N = Light.BLUE, Light.GREEN, Light.YELLOW, Light.RED, Light.NONE


@pytest.fixture
def project(session, officer):
    """1.2 亿元 planned for the year, 0.1 a month completed from January to July: on schedule, then behind."""
    project = make.make_project(session, "演示压缩机项目", officer)
    make.make_listing(session, project, KeyList.CITY)
    make.make_plan(session, project)
    for number in range(1, 8):
        day = date(2022, number, 25)
        make.make_money(
            session,
            project,
            MoneyKind.COMPLETED,
            10_000_000,
            day,
            make.make_claim(session, project, ClaimKind.COMPLETION, day),
        )
    return project


def colours(session, project, until=OCTOBER, thresholds=None, today=TODAY):
    found = lights.lit(session, Basis(today), [project.id], until, thresholds or Thresholds(months_behind=3))
    return [one and one.light for one in found[project.id]]


def test_a_year_month_by_month(session, project):
    assert colours(session, project) == [*[G] * 7, Y, R, R]  # -8.3 in August, -16.7, -25
    gentle = Thresholds(behind_points=-90, months_behind=3)
    assert colours(session, project, thresholds=gentle) == [*[G] * 7, Y, Y, R]
    assert colours(session, project, Month(2022, 3)) == [G] * 3


def test_a_month_on_no_list_has_none(session, officer):
    project = make.make_project(session, lead=officer)
    make.make_listing(session, project, from_on=date(2022, 3, 2), to_on=date(2022, 5, 31))
    make.make_plan(session, project)
    assert [light is None for light in colours(session, project, Month(2022, 6))] == [
        True,
        True,
        False,
        False,
        True,
        True,
    ]


def test_red_supervision_in_the_months_in_which_it_was_overdue(session, project, coordinator):
    unit = make.team(session, "资规局")
    item = make.make_action(
        session, project, unit, date(2022, 5, 31), assigned_on=date(2022, 2, 1), done_on=date(2022, 7, 8)
    )
    assert colours(session, project)[:8] == [*[G] * 5, R, G, Y]  # due in May, overdue at the end of June alone
    session.add(
        ActionExtension(
            item_id=item.id, number=1, old_deadline_on=date(2022, 2, 25), wanted_on=date(2022, 5, 31), reason="等图纸",
            asked_at=make.NOW, asked_by_id=coordinator.id, granted=True, decided_at=datetime.fromisoformat("2022-04-02T02:00Z"),
        )
    )  # fmt: skip
    session.flush()
    assert colours(session, project)[:8] == [G, R, R, G, G, R, G, Y]  # more time was granted in April


def test_a_running_month_knows_no_more_than_today(session, officer):
    project = make.make_project(session, lead=officer)
    make.make_listing(session, project)
    make.make_action(session, project, make.team(session), date(2022, 10, 25), assigned_on=date(2022, 10, 1))
    assert colours(session, project)[-1] is N
    assert colours(session, project, today=date(2022, 10, 26))[-1] is R


def set_by_hand(session, project, by, month, light, **more):
    values = {"system_light": G, "reason": "约谈后未见起色", "at": make.NOW, **more}
    return make.add(
        session, LightOverride(project_id=project.id, month=month.first, light=light, by_id=by.id, **values)
    )


def test_what_was_set_by_hand_holds_for_its_month(session, project, statistician, leader):
    set_by_hand(session, project, statistician, Month(2022, 5), Y)
    ended = set_by_hand(session, project, statistician, Month(2022, 6), R, ended_at=make.NOW, ended_by_id=leader.id)
    set_by_hand(session, project, leader, Month(2022, 8), G, system_light=Y)
    assert colours(session, project)[3:8] == [G, Y, G, G, G]
    assert [row.id for row in lights.overrides_of(session, project.id, 2022)][1] == ended.id
    august = lights.lit(session, Basis(TODAY), [project.id], Month(2022, 8), Thresholds())[project.id][-1]
    assert (august.verdict.light, august.light, august.override.by.name) == (Y, G, leader.name)


def test_it_does_not_feed_a_run(session, project, statistician):
    """Months behind are those computed: what somebody set is shown, not counted."""
    set_by_hand(session, project, statistician, Month(2022, 7), Y)
    gentle = Thresholds(behind_points=-90, months_behind=3)
    assert colours(session, project, thresholds=gentle) == [*[G] * 6, Y, Y, Y, R]


def test_the_days_are_those_of_the_totals(seeded_year):
    """One definition in SQL for figures, the same in Python for twelve months at once."""
    session, ids = seeded_year
    basis = Basis(TODAY)
    found = lights.standings(session, basis, ids, OCTOBER)
    for month in lights.months_to(OCTOBER):
        rows = select(Project.id, planned_start_on(basis, month.last), started_on(basis, month.last))
        for key, planned, started in session.execute(rows.where(Project.id.in_(ids))):
            placed = found[key][month.number - 1]
            if placed is not None:
                assert (placed.standing.planned_start_on, placed.standing.started_on) == (planned, started), (
                    key,
                    month,
                )


@pytest.fixture
def seeded_year(session, officer):
    """Projects whose planned start is said by the plan, by the list, by themselves, or not at all; and starts."""
    ids = []
    for n in range(6):
        project = make.make_project(
            session, f"演示项目{n}", officer, planned_start_on=date(2022, 6, 1) if n % 2 else None
        )
        make.make_listing(session, project, planned_start_on=date(2022, 5, 3) if n > 2 else None)
        if n == 5:
            make.make_listing(
                session, project, KeyList.DISTRICT, planned_start_on=date(2022, 4, 3), from_on=date(2022, 8, 1)
            )
        if n in (1, 4):
            make.make_plan(session, project, planned_start_on=date(2022, 3, 3))
        if n in (2, 3):
            make.reach(session, project, Stage.STARTED, date(2022, 7, 7))
        ids.append(project.id)
    session.flush()
    return session, ids


def test_always_so_many_statements(session, project, officer, count_queries):
    def asked(ids):
        session.flush()
        with count_queries() as statements:
            lights.lit(session, Basis(TODAY), ids, OCTOBER, Thresholds())
        return len(statements)

    one = asked([project.id])
    others = []
    for n in range(5):
        other = make.make_project(session, f"演示{n}", officer)
        make.make_listing(session, other)
        make.make_plan(session, other)
        others.append(other.id)
    assert asked([project.id, *others]) == one == 6
