"""The policy: its two interpreters agree for every person, act and row, and the table says what domain.md §11.2 says."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from crm import policy
from crm.choices import MemberRole, Role
from crm.errors import NotAllowed
from crm.models import Activity, Company, Contact, Meeting, Project, User
from crm.policy import Act, Scope
from crm.queries.activities import touching
from tests import factories as make


@pytest.fixture
def projects(session, officer, other_officer, agent):
    """Five projects: of either team, with a foreign member, and two secret ones."""
    mine = make.make_project(session, lead=officer)
    theirs = make.make_project(session, lead=other_officer)
    shared = make.make_project(session, lead=other_officer)
    make.make_member(session, shared, officer, MemberRole.SUPPORT)
    make.make_member(session, shared, agent, MemberRole.AGENT)
    left = make.make_project(session, lead=other_officer)
    left_member = make.make_member(session, left, officer, MemberRole.SUPPORT)
    left_member.to_on = left_member.from_on
    secret = make.make_project(session, lead=officer, is_secret=True)
    hidden = make.make_project(session, lead=other_officer, is_secret=True, unit_id=officer.unit_id)
    session.flush()
    return {"mine": mine, "theirs": theirs, "shared": shared, "left": left, "secret": secret, "hidden": hidden}


def test_both_interpreters_agree_for_every_person_act_and_project(session, projects, acting):
    loaded = session.scalars(
        select(Project).options(selectinload(Project.members)).execution_options(populate_existing=True)
    ).all()
    for user in session.scalars(select(User)).all():
        actor = acting(user)
        for act in Act:
            in_sql = set(session.scalars(select(Project.id).where(policy.rows(actor, act, Project))))
            in_python = {project.id for project in loaded if policy.allows(actor, act, project)}
            assert in_sql == in_python, (user.login, act)


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        ("officer", {"mine", "shared", "secret"}),
        ("other_officer", {"theirs", "shared", "left", "hidden"}),
        ("team_lead", {"mine", "theirs", "shared", "left"}),
        ("statistician", {"mine", "theirs", "shared", "left"}),
        ("coordinator", {"mine", "theirs", "shared", "left"}),
        ("agent", {"shared"}),
        ("liaison", set()),
        ("leader", {"mine", "theirs", "shared", "left", "secret", "hidden"}),
        ("admin", set()),
        ("auditor", {"mine", "theirs", "shared", "left"}),
    ],
)
def test_who_sees_which_project(session, projects, acting, login, seen):
    actor = acting(make.person(session, login))
    ids = set(session.scalars(select(Project.id).where(policy.rows(actor, Act.SEE_PROJECT, Project))))
    assert {name for name, project in projects.items() if project.id in ids} == seen


def test_the_table_names_every_act_and_every_role():
    for act in Act:
        assert len(policy._TABLE[act]) == len(Role), act


def test_only_the_statistician_verifies_and_never_reports():
    holders = {role for role in Role if policy.scope(policy.Actor(1, "x", role, 1), Act.VERIFY)}
    assert holders == {Role.STATISTICIAN}
    assert policy.scope(policy.Actor(1, "x", Role.STATISTICIAN, 1), Act.REPORT) is Scope.NONE


def test_a_refusal_says_who_can(acting, officer):
    with pytest.raises(NotAllowed) as refusal:
        policy.ensure(acting(officer), Act.VERIFY)
    assert refusal.value.message == "你的权限不含“核定”；可由综合统计在各自范围内办理。"


def test_what_touches_a_secret_project_is_seen_by_the_named_only(
    session, projects, acting, officer, other_officer, team_lead
):
    hidden, mine = projects["hidden"], projects["mine"]
    activity = make.make_activity(session, hidden, mine, by=other_officer)
    meeting = make.make_meeting(session, hidden, mine)

    def sees(user, act, row):
        return session.scalar(
            select(type(row).id).where(type(row).id == row.id, policy.rows(acting(user), act, type(row)))
        )

    for user in (officer, team_lead):
        assert not sees(user, Act.SEE_PROJECT, activity)
        assert not sees(user, Act.SEE_MEETING, meeting)
    assert not sees(other_officer, Act.SEE_PROJECT, activity)  # sees the secret one, but not the other team's
    assert sees(make.person(session, "leader"), Act.SEE_MEETING, meeting)


def test_a_touchpoint_that_hangs_on_nothing_more_shows_with_its_project(session, projects, acting, other_officer):
    """The cheap question and the whole one agree for every person, whatever else the touchpoint names."""
    secret_only, open_, both = (make.make_company(session) for _ in range(3))
    projects["hidden"].company_id, projects["mine"].company_id = secret_only.id, open_.id
    projects["theirs"].company_id = projects["secret"].company_id = both.id
    gone = make.make_project(session, lead=other_officer, is_secret=True, company_id=open_.id)
    for company in (None, secret_only, open_, both):
        for touched in ([one] for one in projects.values()):
            make.make_activity(session, *touched, company_id=company.id if company else None)
        make.make_activity(session, projects["mine"], projects["shared"], company_id=company.id if company else None)
        make.make_activity(session, projects["mine"], gone, company_id=company.id if company else None)
    session.flush()
    gone.deleted_at = gone.registered_at
    session.flush()
    plain = 0
    for user in session.scalars(select(User)).all():
        seen = set(session.scalars(select(Activity.id).where(policy.rows(acting(user), Act.SEE_PROJECT, Activity))))
        for project in session.scalars(select(Project).where(policy.rows(acting(user), Act.SEE_PROJECT, Project))):
            alone = select(Activity.id).where(touching(project.id), ~policy.hangs_on_more(project.id))
            found = set(session.scalars(alone))
            assert found <= seen, (user.login, project.id)
            plain += len(found)
    assert plain


def test_a_company_shows_with_a_visible_project_or_while_it_has_none(session, projects, acting, officer, team_lead):
    secret_only, fresh, open_ = (make.make_company(session) for _ in range(3))
    projects["hidden"].company_id, projects["mine"].company_id = secret_only.id, open_.id
    make.make_contact(session, secret_only)
    session.flush()
    for user in (officer, team_lead):
        ids = set(session.scalars(select(Company.id).where(policy.rows(acting(user), Act.SEE_COMPANY, Company))))
        assert ids == {fresh.id, open_.id}
        assert not session.scalars(select(Contact.id).where(policy.rows(acting(user), Act.SEE_COMPANY, Contact))).all()


def test_no_right_no_rows(session, projects, acting, admin):
    actor = acting(admin)
    for model, act in ((Activity, Act.SEE_PROJECT), (Meeting, Act.SEE_MEETING), (Company, Act.SEE_COMPANY)):
        assert not session.scalars(select(model.id).where(policy.rows(actor, act, model))).all()
