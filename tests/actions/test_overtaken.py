"""Deleting, restoring, merging and handing over while somebody else is at the same rows: real threads, real transactions.

The first acts and has not committed yet when the second begins; what both leave must be what one after the other would have left.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm.actions import activities, handover, merging, projects, teams, transfers, trash
from crm.actions.company_merging import merge_companies
from crm.actions.investors import Investor
from crm.actions.projects import ProjectDraft
from crm.choices import ActivityKind, CapitalKind, MemberRole, Role, TransferState
from crm.errors import CrmError
from crm.models import Activity, Company, Merge, Project, ProjectMember, Transfer
from crm.queries import activities as activity_queries
from crm.queries.row_history import last_change_id
from crm.rules.activities import ActivityDraft
from crm.rules.days import day_of
from crm.rules.handover import Plan
from crm.rules.names import company_key
from crm.trash import WITH_DELETED
from tests import factories as make

WHILE_IT_WAITS = 0.3  # seconds in which the second comes as far as it can
NAME, OTHER = "澜芯传动演示有限公司", "澜芯传动设备演示有限公司"
GONE = "刚被删除|权限不含"  # told under its lock, or it was not there any more when the page asked


@pytest.fixture
def overtake(session):
    """`overtake(first, second)`: what became of the second ("done" or the refusal), which began before the first committed."""

    def run(first, second):
        session.commit()
        bind = session.get_bind()

        def other():
            with Session(bind) as own:
                try:
                    second(own)
                    own.commit()
                except CrmError as refusal:
                    return refusal.message
                return "done"

        with Session(bind) as own, ThreadPoolExecutor(1) as pool:
            first(own)
            answer = pool.submit(other)
            wait([answer], WHILE_IT_WAITS)
            own.commit()
            found = answer.result(60)
        session.expire_all()
        return found

    return run


def row(own, model, key):
    """A row as its page loads it, deleted or not."""
    rows = select(model).where(model.id == key).execution_options(**WITH_DELETED)
    return own.scalars(rows.options(selectinload(Project.members)) if model is Project else rows).one()


@pytest.fixture
def deeds(session, acting, officer, statistician, now):
    """An investor, a project of it that lies in the trash, a project without investor; and what people do with them."""
    company = make.make_company(session, NAME, name_key=company_key(NAME))
    buried = make.make_project(session, lead=officer, company_id=company.id)
    free = make.make_project(session, lead=officer)
    by, his = acting(statistician), acting(officer)
    trash.delete(session, by, buried, now - timedelta(hours=1))
    key, buried_key, free_key, seen = company.id, buried.id, free.id, last_change_id(session, free)
    draft = ProjectDraft("新登记的项目", CapitalKind.DOMESTIC, investor=Investor(NAME))
    return {
        "delete": lambda own: trash.delete(own, by, row(own, Company, key), now),
        "restore": lambda own: trash.restore(own, by, row(own, Project, buried_key), now),
        "register": lambda own: projects.register(own, his, draft, now),
        "name": lambda own: projects.edit(own, his, row(own, Project, free_key), {"company_id": key}, seen, now),
    }


@pytest.mark.parametrize("other", ["register", "name", "restore"])
def test_an_investor_with_work_is_not_deleted_however_new_the_work_is(session, overtake, deeds, other):
    assert "还有项目" in overtake(deeds[other], deeds["delete"])
    assert session.scalars(select(Company)).one().deleted_at is None


@pytest.mark.parametrize(
    ("other", "answer"), [("register", "done"), ("name", "没有找到这家企业"), ("restore", "先恢复企业")]
)
def test_no_work_is_left_with_an_investor_that_is_deleted(session, overtake, deeds, other, answer):
    assert answer in overtake(deeds["delete"], deeds[other])
    of = select(Project.id).join(Company, Company.id == Project.company_id)
    with_deleted = of.where(Company.deleted_at.is_not(None), Project.deleted_at.is_(None))
    assert session.scalars(with_deleted.execution_options(**WITH_DELETED)).all() == []
    assert session.query(Company).count() == (1 if other == "register" else 0)  # registered with one of its own


def test_of_two_who_delete_or_restore_the_second_is_told(session, acting, overtake, officer, team_lead, now):
    project = make.make_project(session, lead=officer)
    activity = make.make_activity(session, project)
    one, other, key, activity_key = acting(officer), acting(team_lead), project.id, activity.id

    def deed(act, by):
        return lambda own: act(own, by, row(own, Project, key), now)

    assert officer.name in overtake(deed(trash.delete, one), deed(trash.delete, other))
    assert row(session, Project, key).deleted_by_id == officer.id
    assert "刚由别人恢复" in overtake(deed(trash.restore, one), deed(trash.restore, other))
    assert row(session, Activity, activity_key).deleted_at is None
    assert (
        overtake(deed(trash.delete, one), deed(trash.restore, other)) == "done"
    )  # he meant the row as he sees it: gone
    assert row(session, Project, key).deleted_at is None


# ------------------------------------------------------------------------------------------------------------------ merging


@pytest.fixture
def doubles(session, acting, officer, statistician, now):
    """Two records of one project, two cards of one investor, and what people do with them."""
    companies = [make.make_company(session, name, name_key=company_key(name)) for name in (NAME, OTHER)]
    pair = [make.make_project(session, lead=officer, company_id=companies[1].id) for _ in range(2)]
    by, keys, cards = acting(statistician), [each.id for each in pair], [each.id for each in companies]
    draft = ProjectDraft("新登记的项目", CapitalKind.DOMESTIC, investor=Investor(OTHER))
    edit, seen, his = {"content": "边改边并"}, last_change_id(session, pair[1]), acting(officer)
    return {
        "merge": lambda own: merging.merge_projects(own, by, *(row(own, Project, key) for key in keys), "", now),
        "delete kept": lambda own: trash.delete(own, by, row(own, Project, keys[0]), now),
        "delete gone": lambda own: trash.delete(own, by, row(own, Project, keys[1]), now),
        "join": lambda own: merge_companies(own, by, *(row(own, Company, key) for key in cards), "", now),
        "delete card": lambda own: trash.delete(own, by, row(own, Company, cards[0]), now),
        "register": lambda own: projects.register(own, his, draft, now),
        "edit": lambda own: projects.edit(own, his, row(own, Project, keys[1]), edit, seen, now),
    }


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("delete kept", "merge", "刚被删除"),
        ("delete gone", "merge", "刚被删除"),
        ("merge", "merge", "已经并入"),
        ("merge", "edit", "done"),
        ("delete card", "join", GONE),
        ("join", "join", GONE),
        ("join", "delete card", "还有项目"),
        ("edit", "join", "done"),
        ("register", "join", "done"),
        ("join", "register", "done"),
    ],
)
def test_merging_beside_somebody_else(session, overtake, doubles, first, second, answer):
    assert re.search(answer, overtake(doubles[first], doubles[second]))
    merged = first == "merge" or ("join" in (first, second) and first != "delete card")
    assert session.query(Merge).count() == merged
    lost = select(Project.id).join(Company, Company.id == Project.company_id).where(Company.deleted_at.is_not(None))
    assert session.scalars(lost.where(Project.deleted_at.is_(None)).execution_options(**WITH_DELETED)).all() == []


# ------------------------------------------------------------------------------------------------------------------ handover


@pytest.fixture
def leaver(session, acting, officer, other_officer, team_lead, admin, now):
    """What the officer who leaves holds, and what people do with it; `find()` tells who leads his project now."""
    heir = make.make_user(session, "heir", "接班人", Role.OFFICER, make.team(session))
    third = make.make_user(session, "third", "第三人", Role.OFFICER, make.team(session))
    project = make.make_project(session, lead=officer, content="一期")
    activity = make.make_activity(session, project, by=officer, next_on=day_of(now), next_owner_id=officer.id)
    offered = make.make_project(session, lead=officer)
    values = {"from_unit_id": officer.unit_id, "to_unit_id": other_officer.unit_id, "reason": "x", "from_percent": 40}
    offer = make.add(
        session,
        Transfer(
            project_id=offered.id, to_user_id=other_officer.id, proposed_at=now, proposed_by_id=officer.id,
            due_on=day_of(now) + timedelta(days=3), state=TransferState.PROPOSED, **values,
        ),
    )  # fmt: skip
    key, offered_key, offer_key, activity_key = project.id, offered.id, offer.id, activity.id
    heir_id, third_id, officer_id, seen = heir.id, third.id, officer.id, last_change_id(session, project)
    leader, theirs, lead = acting(admin), acting(other_officer), acting(team_lead)
    note = ActivityDraft(
        ActivityKind.TALK, activity.happened_at, project_ids=(key,), summary="谈了用电。", next_on=day_of(now),
        next_owner_id=officer_id,
    )  # fmt: skip

    def accept(own):
        found = select(Transfer).options(joinedload(Transfer.to_unit)).where(Transfer.id == offer_key)
        transfers.accept(own, theirs, own.scalars(found).one(), None, "", now)

    def talk(own):
        found = activity_queries.whole(lead).where(Activity.id == activity_key)
        activities.edit(own, lead, own.scalars(found).unique().one(), replace(note, place="302"), 0, now)

    def assign(own):
        teams.assign_lead(own, lead, row(own, Project, key), third_id, day_of(now))

    deeds = {
        "hand over": lambda own: handover.hand_over(own, leader, row(own, make.User, officer_id), Plan(heir_id), now),
        "edit": lambda own: projects.edit(own, lead, row(own, Project, key), {"content": "一期、二期"}, seen, now),
        "delete": lambda own: trash.delete(own, lead, row(own, Project, key), now),
        "accept": accept,
        "talk": talk,
        "assign": assign,
    }

    def leads(project_id):
        rows = select(ProjectMember.user_id).where(
            ProjectMember.project_id == project_id, ProjectMember.role == MemberRole.LEAD, ProjectMember.to_on.is_(None)
        )
        return session.scalars(rows).all()

    return deeds, lambda: (leads(key), leads(offered_key), heir_id, third_id, other_officer.id, activity_key, key)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("other", ["edit", "delete", "accept", "talk", "assign"])
def test_a_handover_beside_somebody_at_the_leavers_work(session, overtake, leaver, other, is_first):
    deeds, find = leaver
    order = ("hand over", other) if is_first else (other, "hand over")
    assert overtake(*(deeds[name] for name in order)) == "done"
    leads, offered, heir, third, receiver, activity_key, key = find()
    project, activity = row(session, Project, key), row(session, Activity, activity_key)
    assert offered == ([receiver] if other == "accept" else [heir])
    if other == "delete":
        assert project.deleted_at is not None
        assert len(leads) == 1
        return
    assert leads == ([third] if other == "assign" else [heir])
    assert activity.next_owner_id == heir
    assert project.content == ("一期、二期" if other == "edit" else "一期")
    assert activity.place == ("302" if other == "talk" else activity.place)
