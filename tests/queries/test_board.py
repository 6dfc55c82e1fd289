"""The board read: the rule in SQL against the rule in Python, heads that add up, cards page by page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from crm.choices import ActionState, ActivityState, MemberRole, Stage, Status
from crm.models import Project
from crm.queries import arrangements
from crm.queries import board as queries
from crm.queries.project_filters import ProjectFilter, View
from crm.rules.board import BY_SLUG, LANES, OPEN_AT_FIRST, STOPPED, Arrangement, Standing, arrangement, is_over
from crm.rules.limits import DEFAULT
from tests import factories as make

TODAY = date(2022, 10, 20)
NEGOTIATION = BY_SLUG["negotiation"]


def ago(days):
    return TODAY - timedelta(days=days)


def rows(actor, **wanted):
    return queries.rows_of(actor, ProjectFilter(**wanted), TODAY)


def promise(session, project, on, **more):
    return make.make_activity(session, project, at=datetime(2022, 9, 1, 2, tzinfo=UTC), next_on=on, **more)


def test_the_rule_in_sql_is_the_rule(session, acting, statistician):
    """Every stage, stay, contact and due day around the limits, asked of both."""
    expected = {}
    stays = (0, 3, 4, 20, 21, 45, 46, 90, 91, 400)
    for stage, since, contact, due in product(
        (Stage.LEAD, Stage.REVIEW, Stage.SIGNED, Stage.STARTED), stays, (None, 20, 31), (None, -1, 0, 1)
    ):
        last = None if contact is None else ago(contact)
        project = make.make_project(session, stage=stage, stage_since_on=ago(since), last_contact_on=last)
        due_on = None if due is None else ago(due)
        if due_on:
            promise(session, project, due_on)
        expected[project.id] = Standing(stage, ago(since), Status.ACTIVE, last, due_on)
    paused = make.make_project(session, status=Status.PAUSED, stage=Stage.LEAD, stage_since_on=ago(99))
    promise(session, paused, ago(5))
    expected[paused.id] = Standing(Stage.LEAD, ago(99), Status.PAUSED, None, ago(5))
    due = arrangements.due_of(acting(statistician), TODAY)
    found = session.execute(
        select(
            Project.id, arrangements.arranged(due, TODAY, DEFAULT), arrangements.over(TODAY, DEFAULT)
        ).outerjoin(due, due.c.project_id == Project.id)
    ).all()  # fmt: skip
    assert {key: (state, bool(over)) for key, state, over in found} == {
        key: (arrangement(it, TODAY).value, is_over(it, TODAY)) for key, it in expected.items()
    }


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (datetime(2022, 10, 19, 15, 59, tzinfo=UTC), "late"),  # 23:59 yesterday in China
        (datetime(2022, 10, 19, 16, 0, tzinfo=UTC), "today"),
        (datetime(2022, 10, 20, 15, 59, tzinfo=UTC), "today"),
        (datetime(2022, 10, 20, 16, 0, tzinfo=UTC), "planned"),
    ],
)
def test_a_plan_and_an_action_item_count_by_chinas_days(session, acting, officer, hour, expected):
    project = make.make_project(session, lead=officer, stage_since_on=ago(1))
    make.make_activity(session, project, at=hour, state=ActivityState.PLANNED, title="约见")
    head = queries.heads(session, acting(officer), rows(acting(officer)), TODAY, DEFAULT)[NEGOTIATION]
    assert {state.value: n for state, n in head.parts.items() if n} == {expected: 1}
    column = queries.columns(
        session, acting(officer), rows(acting(officer)), [queries.Wanted(NEGOTIATION)], TODAY, DEFAULT
    )[NEGOTIATION]
    assert column.cards[0].arrangement(TODAY, DEFAULT).value == expected


def test_what_is_settled_or_deleted_arranges_nothing(session, acting, officer, now):
    project = make.make_project(session, lead=officer, stage_since_on=ago(1))
    promise(session, project, ago(9), next_done_at=now)
    promise(session, project, ago(9), state=ActivityState.CANCELLED)
    promise(session, project, ago(9), deleted_at=now)
    make.make_action(session, project, make.team(session), ago(9), state=ActionState.DONE, done_on=ago(10))
    head = queries.heads(session, acting(officer), rows(acting(officer)), TODAY, DEFAULT)[NEGOTIATION]
    assert head.parts[Arrangement.NONE] == 1
    make.make_action(session, project, make.team(session), ago(9))
    head = queries.heads(session, acting(officer), rows(acting(officer)), TODAY, DEFAULT)[NEGOTIATION]
    assert head.parts[Arrangement.LATE] == 1


def test_heads_count_sum_and_say_who_is_over(session, acting, statistician):
    actor = acting(statistician)
    make.make_project(session, stage=Stage.REVIEW, stage_since_on=ago(21), total_yuan=10**8)
    make.make_project(session, stage=Stage.REVIEW, stage_since_on=ago(1), total_yuan=None)
    for status in (Status.PAUSED, Status.LOST, Status.WITHDRAWN):
        make.make_project(session, stage=Stage.REVIEW, status=status, total_yuan=2 * 10**8)
    found = queries.heads(session, actor, rows(actor), TODAY, DEFAULT)
    assert list(found) == list(LANES)
    review = found[BY_SLUG["review"]]
    assert (review.count, review.total_yuan, review.over) == (2, 10**8, 1)
    assert (found[STOPPED].count, found[STOPPED].total_yuan) == (3, 6 * 10**8)
    mine = queries.heads(session, actor, rows(actor, view=View.MINE), TODAY, DEFAULT)
    assert sum(head.count for head in mine.values()) == 0


def test_duplicates_are_not_on_the_board(session, acting, statistician):
    actor, first = acting(statistician), make.make_project(session)
    make.make_project(session, duplicate_of_id=first.id)
    assert queries.heads(session, actor, rows(actor), TODAY, DEFAULT)[NEGOTIATION].count == 1


def test_secret_projects_and_other_teams_leak_into_no_count_and_no_step(session, acting, officer, other_officer):
    hidden = make.make_project(session, lead=other_officer, is_secret=True, unit_id=officer.unit_id)
    mine = make.make_project(session, lead=officer, stage_since_on=ago(1))
    make.make_project(session, lead=other_officer)
    promise(session, mine, ago(3), title="同访")
    both = promise(session, mine, ago(9), next_step="绝密")
    session.add(make.ActivityProject(activity_id=both.id, project_id=hidden.id))
    session.flush()
    actor = acting(officer)
    assert sum(head.count for head in queries.heads(session, actor, rows(actor), TODAY, DEFAULT).values()) == 1
    step = queries.columns(session, actor, rows(actor), [queries.Wanted(NEGOTIATION)], TODAY, DEFAULT)[NEGOTIATION]
    assert step.cards[0].next.on == ago(3)
    make.make_member(session, hidden, officer, MemberRole.READER)
    assert sum(head.count for head in queries.heads(session, actor, rows(actor), TODAY, DEFAULT).values()) == 2


def test_a_column_goes_on_where_it_stopped_and_shows_every_card_once(session, acting, statistician):
    actor, wanted = acting(statistician), queries.Wanted(NEGOTIATION)
    made = {make.make_project(session, stage_since_on=ago(n // 7)).id for n in range(47)}
    seen = []
    for size in (20, 20, 7):
        column = queries.columns(session, actor, rows(actor), [wanted], TODAY, DEFAULT)[NEGOTIATION]
        assert len(column.cards) == size
        seen += [card.id for card in column.cards]
        wanted = queries.Wanted(NEGOTIATION, after=column.more)
    assert column.more is None
    assert len(seen) == 47
    assert set(seen) == made


def test_only_one_part_of_a_column(session, acting, statistician):
    actor = acting(statistician)
    late = make.make_project(session, stage_since_on=ago(91))
    make.make_project(session, stage_since_on=ago(1))
    wanted = [queries.Wanted(NEGOTIATION, only=Arrangement.LATE)]
    assert [
        card.id for card in queries.columns(session, actor, rows(actor), wanted, TODAY, DEFAULT)[NEGOTIATION].cards
    ] == [late.id]


def test_the_number_of_statements_does_not_grow(session, acting, statistician, count_queries):
    actor, wanted = acting(statistician), [queries.Wanted(lane) for lane in OPEN_AT_FIRST]

    def statements():
        session.commit()
        session.expire_all()
        with count_queries() as found:
            queries.heads(session, actor, rows(actor), TODAY, DEFAULT)
            queries.columns(session, actor, rows(actor), wanted, TODAY, DEFAULT)
        return len(found)

    empty = statements()
    for n in range(200):
        project = make.make_project(session, stage=Stage(n % 7), stage_since_on=ago(n))
        promise(session, project, ago(n % 5 - 2))
    assert statements() == empty == 5
