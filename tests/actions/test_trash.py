"""Deleting takes along what hangs on nothing else, and restoring brings exactly that back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import policy
from crm.actions import codes, comments
from crm.actions import trash as actions
from crm.actions.investors import Investor, find_or_make
from crm.choices import ClaimKind, ClaimState, CollisionState, EvidenceKind, MemberRole, TransferState
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import (
    Activity,
    Attachment,
    Change,
    Collision,
    Comment,
    Company,
    Contact,
    Meeting,
    Merge,
    Project,
    Transfer,
)
from crm.policy import Act
from crm.queries import activities as activity_queries
from crm.queries import projects
from crm.queries import trash as queries
from crm.queries.trash import Filters
from crm.rules.days import day_of
from crm.rules.trash import Kind
from crm.trash import WITH_DELETED
from tests import factories as make
from tests.kept import check_all

CODE = "91450300MA5K7Q2X3U"


def living(session, model):
    session.expire_all()
    return set(session.scalars(select(model.id)))


@pytest.fixture
def project(session, officer):
    row = make.make_project(session, lead=officer, company_id=make.make_company(session, credit_code=CODE).id)
    session.commit()
    return row


@pytest.fixture
def other(session, officer):
    return make.make_project(session, lead=officer)


def file_of(session, project, **more):
    values = {
        "kind": EvidenceKind.OTHER, "filename": "图.pdf", "media_type": "application/pdf", "size_bytes": 3, "digest": "0" * 64,
        "uploaded_at": make.NOW,
    }  # fmt: skip
    return make.add(session, Attachment(project_id=project.id, **{**values, **more}))


def test_what_hangs_only_on_a_project_goes_and_comes_back_with_it(session, acting, officer, project, other, now):
    alone, shared = make.make_activity(session, project), make.make_activity(session, project, other)
    held, joint = make.make_meeting(session, project), make.make_meeting(session, project, other)
    file = file_of(session, project)
    earlier = file_of(session, project, deleted_at=now - timedelta(days=1))
    remark = make.add(session, Comment(project_id=project.id, author_id=officer.id, written_at=now, body="看一下"))
    actions.delete(session, acting(officer), project, now)
    check_all(session, [acting(officer)], day_of(now))
    assert living(session, Project) == {other.id}
    assert (living(session, Activity), living(session, Meeting)) == ({shared.id}, {joint.id})
    assert living(session, Attachment) == living(session, Comment) == set()
    actions.restore(session, acting(officer), project, now + timedelta(hours=1))
    assert living(session, Project) == {project.id, other.id}
    assert living(session, Activity) == {alone.id, shared.id} and living(session, Meeting) == {held.id, joint.id}
    assert living(session, Attachment) == {file.id} and living(session, Comment) == {remark.id}
    assert earlier.id not in living(session, Attachment)
    check_all(session, [acting(officer)], day_of(now))


def test_what_two_projects_share_goes_with_the_last_and_comes_back_with_the_first(
    session, acting, officer, project, other, now
):
    shared = make.make_activity(session, project, other)
    actions.delete(session, acting(officer), project, now)
    actions.delete(session, acting(officer), other, now + timedelta(minutes=1))
    assert living(session, Activity) == set()
    actions.restore(session, acting(officer), project, now + timedelta(minutes=2))
    assert living(session, Activity) == {shared.id}


def test_a_shared_touchpoint_stays_visible_at_the_other_project(session, acting, officer, other_officer, other, now):
    theirs = make.make_project(session, lead=other_officer)
    shared = make.make_activity(session, theirs, other)
    assert _seen(session, acting(officer)) == set()  # one of its projects is not his
    actions.delete(session, acting(other_officer), theirs, now)
    assert _seen(session, acting(officer)) == {shared.id}


def test_a_deleted_secret_project_still_closes_what_names_it(session, acting, team_lead, officer, other, now):
    secret = make.make_project(session, lead=officer, is_secret=True, company_id=make.make_company(session).id)
    make.make_activity(session, secret, other)
    make.make_activity(session, company_id=secret.company_id)
    meeting = make.make_meeting(session, secret, other)
    session.flush()
    actions.delete(session, acting(officer), secret, now)
    lead = acting(team_lead)
    assert _seen(session, lead) == set()
    for model, act in ((Meeting, Act.SEE_MEETING), (Company, Act.SEE_COMPANY)):
        seen = set(session.scalars(select(model.id).where(policy.rows(lead, act, model))))
        assert not seen & {meeting.id, secret.company_id}
    assert not queries.lines(session, lead, Filters()).rows
    assert [line.id for line in queries.lines(session, acting(officer), Filters()).rows] == [secret.id]


def _seen(session, actor):
    return {row.id for row in session.scalars(activity_queries.visible_to(actor)).unique()}


@pytest.mark.parametrize(
    ("state", "said"), [(ClaimState.VERIFIED, "申请退库"), (ClaimState.REPORTED, "待核定"), (ClaimState.RETURNED, None)]
)
def test_a_project_with_figures_is_not_deleted(session, acting, officer, project, now, state, said):
    make.make_claim(session, project, ClaimKind.ARRIVAL, state=state)
    if said is None:
        actions.delete(session, acting(officer), project, now)
        return
    with pytest.raises(RuleBroken, match=said):
        actions.delete(session, acting(officer), project, now)


def test_nor_one_in_dispute_or_on_offer(session, acting, officer, project, other, now):
    case = make.add(
        session,
        Collision(first_id=other.id, second_id=project.id, percent=90, reasons="同名", opened_at=now),
    )
    with pytest.raises(RuleBroken, match="撞单"):
        actions.delete(session, acting(officer), project, now)
    case.state = CollisionState.DISMISSED
    make.add(
        session,
        Transfer(
            project_id=project.id, from_unit_id=project.unit_id, to_unit_id=project.unit_id, reason="x", from_percent=50,
            proposed_at=now, proposed_by_id=officer.id, due_on=now.date(), state=TransferState.PROPOSED,
        ),
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="流转"):
        actions.delete(session, acting(officer), project, now)


def test_a_company_goes_after_its_projects_and_comes_back_before_them(session, acting, statistician, project, now):
    company = session.get(Company, project.company_id)
    contact = make.make_contact(session, company)
    by = acting(statistician)
    with pytest.raises(RuleBroken, match="还有项目"):
        actions.delete(session, by, company, now)
    actions.delete(session, by, project, now)
    actions.delete(session, by, company, now + timedelta(minutes=1))
    assert living(session, Contact) == set()
    with pytest.raises(RuleBroken, match="先恢复企业"):
        actions.restore(session, by, project, now)
    actions.restore(session, by, company, now)
    assert living(session, Contact) == {contact.id}
    actions.restore(session, by, project, now)
    assert living(session, Project) == {project.id}


def test_codes_of_deleted_rows_are_not_given_again(session, acting, officer, statistician, project, now):
    taken = codes.take(session, 2022)[0]
    project.code = taken
    actions.delete(session, acting(statistician), project, now)
    actions.delete(session, acting(statistician), session.get(Company, project.company_id), now)
    assert codes.take(session, 2022)[0] != taken
    with pytest.raises(RuleBroken, match="回收站"):
        find_or_make(session, acting(officer), Investor("新登记有限公司", credit_code=CODE), now)


@pytest.mark.parametrize(
    ("login", "may"),
    [("officer", True), ("team_lead", True), ("statistician", True), ("other_officer", False), ("coordinator", False),
     ("agent", False), ("liaison", False), ("leader", False), ("admin", False), ("auditor", False)],
)  # fmt: skip
def test_who_may_delete_and_restore(session, acting, officer, project, now, login, may):
    actor = acting(make.person(session, login))
    if may:
        actions.delete(session, actor, project, now)
        assert session.scalars(queries.buried(actor, Kind.PROJECT, project.id)).one() is project
        actions.restore(session, actor, project, now)
        return
    with pytest.raises(NotAllowed):
        actions.delete(session, actor, project, now)
    actions.delete(session, acting(officer), project, now)
    assert session.scalars(queries.buried(actor, Kind.PROJECT, project.id)).one_or_none() is None
    with pytest.raises(NotAllowed):
        actions.restore(session, actor, project, now)


def test_a_meeting_takes_the_right_on_all_its_projects(session, acting, officer, other_officer, project, now):
    theirs = make.make_project(session, lead=other_officer)
    meeting = make.make_meeting(session, project, theirs)
    with pytest.raises(NotAllowed):
        actions.delete(session, acting(officer), meeting, now)
    make.make_member(session, theirs, officer, MemberRole.SUPPORT)
    actions.delete(session, acting(officer), meeting, now)


def test_the_second_of_two_is_told_who_was_first(session, acting, officer, team_lead, project, now):
    actions.delete(session, acting(officer), project, now)
    with pytest.raises(Clash, match=officer.name):
        actions.delete(session, acting(team_lead), project, now)
    actions.restore(session, acting(team_lead), project, now)
    with pytest.raises(Clash, match="恢复"):
        actions.restore(session, acting(officer), project, now)


def test_the_last_contact_follows(session, acting, officer, project, now):
    activity = make.make_activity(session, project)
    project.last_contact_on = activity.happened_at.date()
    session.flush()
    actions.delete(session, acting(officer), activity, now)
    session.refresh(project)
    assert project.last_contact_on is None
    actions.restore(session, acting(officer), activity, now)
    session.refresh(project)
    assert project.last_contact_on == activity.happened_at.date()


def test_evidence_of_a_verified_figure_is_not_deleted(session, acting, statistician, project, now):
    claim = make.make_claim(session, project, ClaimKind.ARRIVAL)
    file = file_of(session, project, claim_id=claim.id)
    with pytest.raises(RuleBroken, match="只能补充"):
        actions.delete(session, acting(statistician), file, now)


def test_history_says_both(session, acting, officer, project, now):
    actions.delete(session, acting(officer), project, now)
    actions.restore(session, acting(officer), project, now)
    session.flush()
    rows = session.scalars(select(Change).where(Change.table_name == "project", Change.column_name == "deleted_at"))
    assert [(bool(row.old), bool(row.new)) for row in rows] == [(False, True), (True, False)]


def test_what_is_linked_is_counted(session, project, other):
    make.make_activity(session, project)
    make.make_activity(session, project, other)
    make.make_meeting(session, project)
    found = queries.linked(session, Kind.PROJECT, project)
    assert [(str(name), n) for name, n in found.goes] == [("洽谈记录", 1), ("会议", 1)]
    assert [n for _name, n in found.stays] == [1]


def test_nothing_is_purged(session, acting, officer, project, now):
    actions.delete(session, acting(officer), project, now)
    assert session.scalar(select(Project.id).execution_options(**WITH_DELETED)) == project.id


def test_what_was_merged_away_comes_back_by_undoing_the_merge_alone(session, acting, statistician, now):
    kept, gone = make.make_company(session), make.make_company(session, deleted_at=now)
    make.make_contact(session, gone, deleted_at=now)
    merge = Merge(
        table_name="company", kept_id=kept.id, gone_id=gone.id, undo={}, merged_at=now, merged_by_id=statistician.id
    )
    make.add(session, merge)
    actor = acting(statistician)
    assert not queries.lines(session, actor, Filters()).rows
    assert session.scalars(queries.buried(actor, Kind.COMPANY, gone.id)).one_or_none() is None
    merge.undone_at = now
    assert [line.id for line in queries.lines(session, actor, Filters()).rows] == [gone.id]


@pytest.fixture
def remark(session, leader, project):
    """A comment of somebody who deletes nothing else, with a picture."""
    said = make.add(
        session, Comment(project_id=project.id, author_id=leader.id, written_at=make.NOW, body="这一段先删掉")
    )
    file_of(session, project, comment_id=said.id)
    return said


def take_away(session, actor, comment, at):
    session.expire_all()
    project = session.scalars(projects.visible_to(actor).where(Project.id == comment.project_id)).one()
    comments.delete(session, actor, project, comment, at)


def lies_for(session, actor):
    return [(line.kind, line.id) for line in queries.lines(session, actor, Filters()).rows]


def test_a_comment_comes_back_to_its_author_with_its_files(session, acting, leader, project, remark, now):
    by = acting(leader)
    take_away(session, by, remark, now)
    assert living(session, Comment) == living(session, Attachment) == set()
    assert lies_for(session, by) == [(Kind.COMMENT, remark.id)]  # its picture is part of it
    actions.restore(session, by, remark, now)
    assert living(session, Comment) == {remark.id} and len(living(session, Attachment)) == 1
    assert lies_for(session, by) == []


@pytest.mark.parametrize(
    ("login", "may"),
    [("officer", False), ("team_lead", True), ("statistician", True), ("other_officer", False), ("coordinator", False),
     ("agent", False), ("admin", False), ("auditor", False)],
)  # fmt: skip
def test_who_else_may_bring_a_comment_back(session, acting, leader, project, remark, now, login, may):
    take_away(session, acting(leader), remark, now)
    actor = acting(make.person(session, login))
    assert lies_for(session, actor) == ([(Kind.COMMENT, remark.id)] if may else [])
    if may:
        actions.restore(session, actor, remark, now)
        return
    with pytest.raises(NotAllowed):
        actions.restore(session, actor, remark, now)


def test_a_comment_of_a_project_that_became_secret_is_nobody_elses(session, acting, coordinator, project, now):
    by = acting(coordinator)
    said = make.add(session, Comment(project_id=project.id, author_id=coordinator.id, written_at=now, body="看过"))
    take_away(session, by, said, now)
    project.is_secret = True
    session.flush()
    assert lies_for(session, by) == []
    assert session.scalars(queries.buried(by, Kind.COMMENT, said.id)).one_or_none() is None
    with pytest.raises(NotAllowed):
        actions.restore(session, by, said, now)


def test_a_comment_waits_for_its_project_and_a_file_for_its_comment(session, acting, statistician, project, now):
    by = acting(statistician)
    said = make.add(session, Comment(project_id=project.id, author_id=statistician.id, written_at=now, body="附图"))
    file = file_of(session, project, comment_id=said.id)
    actions.delete(session, by, file, now)
    take_away(session, by, said, now + timedelta(minutes=1))
    actions.delete(session, by, project, now + timedelta(minutes=2))
    assert lies_for(session, by) == [(Kind.PROJECT, project.id), (Kind.COMMENT, said.id), (Kind.FILE, file.id)]
    for row, first in ((file, "先恢复项目"), (said, "先恢复项目")):
        with pytest.raises(RuleBroken, match=first):
            actions.restore(session, by, row, now)
    actions.restore(session, by, project, now)
    assert living(session, Comment) == living(session, Attachment) == set()
    with pytest.raises(RuleBroken, match="先恢复评论"):
        actions.restore(session, by, file, now)
    actions.restore(session, by, said, now)
    assert living(session, Attachment) == set()  # it was deleted by itself
    actions.restore(session, by, file, now)
    assert living(session, Attachment) == {file.id}
