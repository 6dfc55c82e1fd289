"""撞单: one counting registration and one case, who is told what, rulings, and the one appeal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from crm.actions import collisions, rulings
from crm.actions import projects as registering
from crm.actions.investors import Investor
from crm.actions.projects import ProjectDraft
from crm.choices import CapitalKind, CollisionOutcome, CollisionState, MemberRole, NoticeKind, Status
from crm.errors import NotAllowed, RuleBroken
from crm.guards import Fixed, assigns_fixed
from crm.models import ActivityProject, Collision, Company, Notice, Project, ProjectMember
from crm.queries import collisions as queries
from crm.rules.collisions import Answer, AnswerKind, Decision
from tests import factories as make
from tests.conftest import NOW

APART, ARBITRATE = AnswerKind.APART, AnswerKind.ARBITRATE
INVESTOR = Investor("上海澜芯传动科技有限公司", contact_name="罗映川", contact_phone="13800000421")


def draft(user, name="澜芯减速器基地", **more):
    return ProjectDraft(
        name=name, capital_kind=CapitalKind.DOMESTIC, lead_id=user.id, **{"investor": INVESTOR, **more}
    )  # fmt: skip


@pytest.fixture
def register(session, acting):
    """`register(officer, ...)`: a registration some minutes after the one before."""
    at = iter(NOW + timedelta(minutes=n) for n in range(1, 20))

    def make_one(user, *args, answer=None, **more):
        project = registering.register(session, acting(user), draft(user, *args, **more), next(at), answer)
        session.commit()
        return project

    return make_one


@pytest.fixture
def case(session, register, officer, other_officer):
    """The officer was first, the other officer asks for a ruling."""
    register(officer)
    register(other_officer, "减速器二号线", answer=Answer(ARBITRATE, "我方 9 月已在谈"))
    return session.scalars(select(Collision)).one()


@pytest.fixture
def seen(session, acting):
    """`seen(user)`: the one case as the person sees it, loaded; None where he does not."""

    def one(user):
        session.expire_all()
        return session.scalars(queries.visible_to(acting(user))).unique().one_or_none()

    return one


def told(session, user, kind=NoticeKind.COLLISION):
    return session.scalars(select(Notice.text).where(Notice.user_id == user.id, Notice.kind == kind)).all()


# ------------------------------------------------------------------------------------------------------------ registering


def test_the_later_one_is_kept_counts_nowhere_and_becomes_a_case(session, case, officer, other_officer, statistician):
    first, second = session.get(Project, case.first_id), session.get(Project, case.second_id)
    assert (first.duplicate_of_id, second.duplicate_of_id, second.name) == (None, first.id, "减速器二号线")
    assert (case.state, case.plea, case.opened_by_id) == (CollisionState.OPEN, "我方 9 月已在谈", other_officer.id)
    assert "投资方相同" in case.reasons
    assert told(session, officer) == ["“澜芯减速器基地”：与另一份登记撞单，等待裁定。"]
    assert told(session, statistician) == ["有撞单等待裁定。"] and not told(session, other_officer)


def test_what_nobody_was_shown_becomes_a_case_by_itself(session, register, officer, other_officer):
    register(officer)
    second = register(other_officer)
    assert second.duplicate_of_id and session.scalars(select(Collision.state)).one() is CollisionState.OPEN


def test_another_project_is_registered_with_its_statement(session, register, officer, other_officer):
    register(officer)
    second = register(other_officer, "减速器检测中心", answer=Answer(APART, "另一厂区，独立立项"))
    case = session.scalars(select(Collision)).one()
    assert second.duplicate_of_id is None
    assert (case.state, case.plea) == (CollisionState.DISMISSED, "另一厂区，独立立项")
    assert told(session, officer) == ["“澜芯减速器基地”：另一份登记声明是不同的项目。"]


@pytest.mark.parametrize("kind", AnswerKind)
def test_an_answer_without_words_is_refused(session, register, officer, other_officer, kind):
    register(officer)
    with pytest.raises(RuleBroken) as refusal:
        register(other_officer, answer=Answer(kind))
    assert refusal.value.field == "words"


@pytest.mark.parametrize("status", [Status.LOST, Status.WITHDRAWN])
def test_what_nobody_pursues_collides_with_nothing(session, register, officer, other_officer, status):
    register(officer).status = status
    assert register(other_officer).duplicate_of_id is None
    assert session.scalars(select(Collision)).all() == []


def test_another_phase_collides_with_nothing(session, register, officer, other_officer):
    register(officer, "澜芯减速器基地一期")
    assert register(other_officer, "澜芯减速器基地二期").duplicate_of_id is None


def test_ones_own_projects_do_not_collide(session, register, officer):
    register(officer)
    assert register(officer, "澜芯检测中心").duplicate_of_id is None


def test_a_secret_first_registration_is_not_told_of(
    session, register, officer, other_officer, statistician, leader, seen
):
    code = "91310115MA1K4Q7X2B"
    secret = register(officer, investor=Investor(INVESTOR.name, credit_code=code))
    secret.is_secret, secret.alias = True, "青松"
    session.commit()
    second = register(other_officer, investor=Investor(INVESTOR.name, credit_code=code))
    assert second.duplicate_of_id is None and second.company_id != secret.company_id
    assert session.get(Company, second.company_id).credit_code is None
    for outsider in (other_officer, statistician):
        assert seen(outsider) is None and not told(session, outsider)
    assert seen(leader).plea == f"登记时所填信用代码：{code}"
    assert seen(officer) is not None and told(session, leader) == ["有撞单等待裁定。"]


def test_the_instant_of_registration_never_changes(session, register, officer):
    project = register(officer)
    project.registered_at = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(Fixed):
        session.flush()


@pytest.mark.parametrize(
    "write",
    [
        lambda session, at: session.execute(update(Project).values(registered_at=at)),
        lambda session, at: session.execute(update(Project.__table__).values(name="改名", registered_at=at)),
        lambda session, at: session.execute(update(Project), [{"id": 1, "version": 1, "registered_at": at}]),
        lambda session, at: session.connection().execute(update(Project).values(registered_by_id=None)),
        lambda session, at: session.execute(text("UPDATE project SET registered_at = :at"), {"at": at}),
        lambda session, at: session.query(Project).update({"registered_at": at}),
        lambda session, at: session.bulk_update_mappings(Project, [{"id": 1, "version": 1, "registered_at": at}]),
    ],
)
def test_no_statement_changes_it_either(session, register, officer, write):
    registered_at = register(officer).registered_at
    session.commit()
    with pytest.raises(Fixed):
        write(session, datetime(2020, 1, 1, tzinfo=UTC))
    session.rollback()
    assert session.scalars(select(Project.registered_at)).one() == registered_at
    session.execute(update(Project).where(Project.registered_at == registered_at).values(site="B-12"))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ('UPDATE "project" SET "registered_at"=? WHERE id = ?', "registered_at"),
        ("update only project\n set name='x', registered_by_id = NULL", "registered_by_id"),
        ("UPDATE project SET site=(SELECT s FROM t WHERE registered_at = 1), registered_at=2", "registered_at"),
        (
            "INSERT INTO project (registered_at) VALUES (?) ON CONFLICT (id) DO UPDATE SET registered_at = ?",
            "registered_at",
        ),
        ("INSERT INTO project (id, registered_at) VALUES (?, ?)", None),
        ("UPDATE project SET site=? WHERE registered_at = ?", None),
        ("UPDATE project SET site=(SELECT s FROM t WHERE registered_at = 1)", None),
        ("UPDATE project_piece SET registered_at = 1", None),
        ("SELECT registered_at FROM project WHERE registered_at = ?", None),
    ],
)
def test_which_statements_set_what_is_fixed(statement, named):
    assert assigns_fixed(statement) == named


def test_a_registration_is_protected_from_its_day_on(session, register, officer):
    project = register(officer)
    assert (project.protected_until_on - NOW.date()).days == 90


# ----------------------------------------------------------------------------------------------------------------- ruling


def rule(session, acting, user, case, outcome, percent=None, now=NOW + timedelta(hours=1)):
    rulings.rule(session, acting(user), case, Decision(outcome, "以先报且一直联系为准", percent), now)
    session.commit()


def pointers(session, case):
    session.expire_all()
    first, second = session.get(Project, case.first_id), session.get(Project, case.second_id)
    return first.duplicate_of_id == second.id, second.duplicate_of_id == first.id


@pytest.mark.parametrize(
    ("outcome", "points"),
    [
        (CollisionOutcome.FIRST, (False, True)),
        (CollisionOutcome.SECOND, (True, False)),
        (CollisionOutcome.SHARED, (False, True)),
        (CollisionOutcome.APART, (False, False)),
    ],
)
def test_what_follows_from_a_ruling(session, acting, case, statistician, seen, outcome, points):
    rule(session, acting, statistician, seen(statistician), outcome, 60)
    assert pointers(session, case) == points
    assert case.state is CollisionState.RULED


def test_shared_credit_stands_on_the_earlier_record(session, acting, case, statistician, seen, officer, other_officer):
    rule(session, acting, statistician, seen(statistician), CollisionOutcome.SHARED, 60)
    members = session.scalars(select(ProjectMember).where(ProjectMember.project_id == case.first_id)).all()
    shares = {(m.user_id, m.role): m.share_percent for m in members if m.share_percent is not None}
    assert shares == {(officer.id, MemberRole.LEAD): 60, (other_officer.id, MemberRole.SUPPORT): 40}


def test_both_sides_are_told(session, acting, case, statistician, seen, officer, other_officer):
    rule(session, acting, statistician, seen(statistician), CollisionOutcome.FIRST)
    assert told(session, officer)[-1] == "“澜芯减速器基地”的撞单裁定：归先报方。"
    assert told(session, other_officer) == ["“减速器二号线”的撞单裁定：归先报方。"]


def test_figures_of_past_months_do_not_change_by_a_ruling(session, acting, case, statistician, seen):
    make.sign(session, session.get(Project, case.first_id))
    session.commit()
    with pytest.raises(RuleBroken, match="已有报送或核定的数据"):
        rule(session, acting, statistician, seen(statistician), CollisionOutcome.SECOND)


@pytest.mark.parametrize("login", ["officer", "other_officer", "team_lead", "agent", "auditor"])
def test_who_may_not_rule(session, acting, case, login):
    with pytest.raises(NotAllowed):
        rule(session, acting, make.person(session, login), case, CollisionOutcome.FIRST)


def test_a_party_does_not_rule(session, acting, case, statistician, seen):
    make.make_member(
        session, session.get(Project, case.second_id), statistician, MemberRole.SUPPORT, to_on=NOW.date()
    )  # fmt: skip
    session.commit()
    with pytest.raises(NotAllowed, match="当事人"):
        rule(session, acting, statistician, seen(statistician), CollisionOutcome.FIRST)


# ----------------------------------------------------------------------------------------------------------------- appeal


def test_one_appeal_is_ruled_by_somebody_else_and_changes_back(
    session, acting, case, statistician, second_statistician, other_officer, seen
):
    rule(session, acting, statistician, seen(statistician), CollisionOutcome.SHARED, 60)
    collisions.appeal(session, acting(other_officer), seen(other_officer), "我方联系在先", NOW + timedelta(days=2))
    session.commit()
    with pytest.raises(NotAllowed, match="另一位裁定人"):
        rule(session, acting, statistician, seen(statistician), CollisionOutcome.FIRST)
    session.rollback()
    rule(session, acting, second_statistician, seen(second_statistician), CollisionOutcome.SECOND)
    assert pointers(session, case) == (True, False) and case.state is CollisionState.FINAL
    members = session.scalars(select(ProjectMember).where(ProjectMember.project_id == case.first_id)).all()
    assert all(member.share_percent is None for member in members)  # the first ruling's split is gone
    assert not [m for m in members if m.user_id == other_officer.id and m.to_on is None]
    with pytest.raises(RuleBroken, match="申诉一次"):
        collisions.appeal(session, acting(other_officer), seen(other_officer), "再申诉", NOW + timedelta(days=3))


def test_a_merge_is_ruled_and_taken_back(session, acting, case, statistician, second_statistician, other_officer, seen):
    make.make_activity(session, session.get(Project, case.second_id), by=other_officer)
    session.commit()
    rule(session, acting, statistician, seen(statistician), CollisionOutcome.MERGED)
    assert pointers(session, case) == (False, True)
    links = select(ActivityProject.project_id)
    assert session.scalars(links).all() == [case.first_id]
    collisions.appeal(session, acting(other_officer), seen(other_officer), "不该合并", NOW + timedelta(days=1))
    session.commit()
    rule(session, acting, second_statistician, seen(second_statistician), CollisionOutcome.APART)
    assert pointers(session, case) == (False, False)
    assert session.scalars(links).all() == [case.second_id]
    assert [ruling.outcome.value for ruling in seen(statistician).rulings] == ["merged", "apart"]


def test_an_appeal_in_time_by_a_side(session, acting, case, statistician, other_officer, coordinator, seen):
    rule(session, acting, statistician, seen(statistician), CollisionOutcome.FIRST)
    late = NOW + timedelta(days=8)  # five working days later is the 27th
    with pytest.raises(RuleBroken, match="申诉期已过"):
        collisions.appeal(session, acting(other_officer), seen(other_officer), "晚了", late)
    with pytest.raises(NotAllowed):
        collisions.appeal(session, acting(coordinator), seen(coordinator), "不是我的", NOW + timedelta(days=1))
    collisions.appeal(session, acting(other_officer), seen(other_officer), "及时", NOW + timedelta(days=7))
    assert case.state is CollisionState.APPEALED


# ------------------------------------------------------------------------------------------------------ what the sides say


def test_each_side_states_its_own(session, acting, case, officer, other_officer, coordinator, seen):
    collisions.plead(session, acting(officer), seen(officer), "8 月起在谈", seen(officer).version)
    collisions.plead(session, acting(other_officer), seen(other_officer), "引荐在先", seen(other_officer).version)
    assert (case.reply, case.plea) == ("8 月起在谈", "引荐在先")
    with pytest.raises(NotAllowed):
        collisions.plead(session, acting(coordinator), seen(coordinator), "旁人", case.version)


def test_the_earlier_side_may_contest_another_project(session, acting, register, officer, other_officer, seen):
    register(officer)
    second = register(other_officer, "减速器检测中心", answer=Answer(APART, "另一厂区"))
    with pytest.raises(NotAllowed, match="先报方"):
        collisions.contest(session, acting(other_officer), seen(other_officer), "x", NOW)
    collisions.contest(session, acting(officer), seen(officer), "同一条产线", NOW)
    session.commit()
    case = seen(officer)
    assert (case.state, second.duplicate_of_id) == (CollisionState.OPEN, case.first_id)


# ------------------------------------------------------------------------------------------------------------- who sees it


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("officer", True), ("other_officer", True), ("team_lead", True), ("statistician", True), ("coordinator", True),
        ("leader", True), ("auditor", True), ("agent", False), ("liaison", False), ("admin", False),
    ],
)  # fmt: skip
def test_who_sees_a_case(session, case, seen, login, sees):
    assert (seen(make.person(session, login)) is not None) is sees


@pytest.mark.parametrize(
    ("login", "first", "second"),
    [("officer", True, False), ("other_officer", False, True), ("statistician", True, True), ("leader", True, True)],
)
def test_each_side_sees_what_its_rights_allow_of_the_other(session, acting, case, seen, login, first, second, today):
    user = make.person(session, login)
    mine = seen(user)
    one, other = queries.sides(session, acting(user), mine, today)
    assert ((one.project is not None), (other.project is not None)) == (first, second)
    assert one.unit == "招商一组" and other.unit == "招商二组"  # neither is secret


def test_the_side_of_a_secret_opponent_learns_of_it_by_the_ruling(
    session, acting, register, officer, other_officer, leader, seen, today
):
    secret = register(officer)
    secret.is_secret, secret.alias = True, "青松"
    session.commit()
    register(other_officer)
    assert seen(other_officer) is None
    rule(session, acting, leader, seen(leader), CollisionOutcome.FIRST)
    mine = seen(other_officer)
    first, second = queries.sides(session, acting(other_officer), mine, today)
    assert (first.project, first.unit, first.registered_at, first.protection.words) == (None, "", None, "")
    assert second.project is not None


def test_waiting_counts_what_the_reader_may_rule(session, acting, case, statistician, seen):
    assert session.scalars(queries.to_rule(acting(statistician))).all() == [case.id]
    rule(session, acting, statistician, seen(statistician), CollisionOutcome.FIRST)
    assert session.scalars(queries.to_rule(acting(statistician))).all() == []
