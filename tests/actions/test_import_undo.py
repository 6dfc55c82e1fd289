"""Taking a whole batch back: values restored, rows deleted, history kept; refused once somebody has worked on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm import history
from crm.actions import activities, verdicts
from crm.actions.imports import apply as applying
from crm.actions.imports import undo
from crm.choices import ActivityKind, BatchState, Stage
from crm.errors import Clash, NotAllowed
from crm.models import Change, Claim, Company, ImportRow, Project
from crm.queries import claims as claim_queries
from crm.rules.activities import ActivityDraft
from crm.rules.days import day_of
from crm.rules.names import company_key, project_key
from tests import factories as make
from tests.actions.imported import GUILIN, bring, counts, ledger, row
from tests.kept import check_all

YI = 100_000_000
NEW = row("启衡电机园", "启衡电气有限公司", 总投资=3, 接洽="2022-03-15", 项目阶段="已签约", 签约="2022-09-08")


@pytest.fixture
def project(session, officer):
    company = make.make_company(session, "澜芯传动有限公司", name_key=company_key("澜芯传动有限公司"))
    return make.make_project(
        session,
        "澜芯减速器项目",
        officer,
        name_key=project_key("澜芯减速器项目"),
        company_id=company.id,
        content="原有内容",
    )


@pytest.fixture
def written(session, project, statistician, tmp_path, now):
    """A batch that updated a project and its investor, and made another project."""
    known = row(
        "澜芯减速器项目", "澜芯传动有限公司", 总投资=7, 统一="91310000MA1FL3K83H", 项目阶段="已签约", 签约="2022-09-01"
    )
    make.make_industry(session, "智能制造")
    actor, batch = bring(session, statistician, ledger(known, {**NEW, "产业": "智能制造"}), tmp_path)
    session.commit()
    before = counts(session)
    applying.apply(session, actor, batch, now)
    session.commit()
    return actor, batch, before


def made(session):
    return session.scalars(select(Project).where(Project.name == "启衡电机园")).one()


def test_everything_is_as_it_was_but_for_the_history(session, project, written, now):
    actor, batch, before = written
    assert project.stage is Stage.SIGNED and project.total_yuan == 7 * YI
    key = made(session).id
    check_all(session, [actor], day_of(now))
    undo.roll_back(session, actor, batch, now + timedelta(hours=1))
    session.commit()
    assert counts(session) == before
    check_all(session, [actor], day_of(now))
    assert (project.stage, project.total_yuan, project.content) == (Stage.NEGOTIATION, 350_000_000, "原有内容")
    company = session.get(Company, project.company_id)
    assert company.credit_code is None and not session.scalars(select(Claim.id)).all()
    assert (batch.state, batch.rolled_back_by_id) == (BatchState.ROLLED_BACK, actor.id)
    said = session.execute(
        select(Change.column_name, Change.old, Change.new).where(Change.batch_id == batch.id).order_by(Change.id)
    ).all()
    assert ("total_yuan", "350000000", "700000000") in said and ("total_yuan", "700000000", "350000000") in said
    (gone,) = session.scalars(select(Change).where(Change.row_id == key, Change.column_name == "imported"))
    assert gone.old is not None and gone.old.endswith("启衡电机园") and gone.project_id is None
    assert session.scalars(select(ImportRow.project_id).where(ImportRow.batch_id == batch.id)).all() == [
        project.id,
        None,
    ]


def test_a_real_ledger_taken_back_leaves_the_register_as_it_was(session, statistician, tmp_path, now):
    before = counts(session)
    actor, batch = bring(session, statistician, GUILIN, tmp_path)
    applying.apply(session, actor, batch, now)
    undo.roll_back(session, actor, batch, now)
    assert counts(session) == before
    assert session.scalar(select(func.count(Change.id)).where(Change.column_name == "imported")) == 52


def test_once_is_enough(session, written, now):
    actor, batch, _ = written
    undo.roll_back(session, actor, batch, now)
    with pytest.raises(Clash, match="已撤销"):
        undo.roll_back(session, actor, batch, now)


def test_an_edit_since_refuses_and_names_who(session, acting, written, officer, now):
    actor, batch, _ = written
    history.sign(session, history.Signature(officer.id, now + timedelta(days=1)))
    made(session).content = "改过的内容"
    session.commit()
    after = counts(session)
    with pytest.raises(Clash, match=r"“启衡电机园”（顾清宁 10月21日 修改）"):
        undo.roll_back(session, actor, batch, now + timedelta(days=2))
    session.rollback()
    assert counts(session) == after and batch.state is BatchState.APPLIED


def test_an_edit_of_an_updated_project_refuses_too(session, project, written, officer, now):
    actor, batch, _ = written
    history.sign(session, history.Signature(officer.id, now))
    project.site = "石桥"
    session.commit()
    with pytest.raises(Clash, match="澜芯减速器项目"):
        undo.roll_back(session, actor, batch, now)


def test_a_talk_logged_since_refuses(session, acting, written, coordinator, now):
    actor, batch, _ = written
    draft = ActivityDraft(
        kind=ActivityKind.TALK, happened_at=now, summary="看地并商谈条款", project_ids=(made(session).id,)
    )  # fmt: skip
    activities.log(session, acting(coordinator), draft, now)
    session.commit()
    with pytest.raises(Clash, match=r"“启衡电机园”（许若彤 增加了内容）"):
        undo.roll_back(session, actor, batch, now)


def test_a_verdict_on_a_reported_signing_refuses(session, acting, officer, statistician, tmp_path, now):
    actor, batch = bring(session, officer, ledger(NEW), tmp_path)
    applying.apply(session, actor, batch, now)
    waiting = session.scalars(claim_queries.visible_to(acting(statistician))).one()
    verdicts.verify(session, acting(statistician), waiting, now)
    session.commit()
    with pytest.raises(Clash, match=r"“启衡电机园”（方致远 的“已核定”|“启衡电机园”（方致远"):
        undo.roll_back(session, actor, batch, now)


def test_another_ledger_since_refuses_only_if_it_changed_something(session, written, statistician, tmp_path, now):
    actor, batch, before = written
    _, again = bring(session, statistician, ledger(NEW), tmp_path)
    applying.apply(session, actor, again, now)
    assert again.counts["results"] == {"unchanged": 1}
    undo.roll_back(session, actor, batch, now)
    assert counts(session) == before


def test_a_secret_project_is_not_named_in_the_refusal(session, acting, written, officer, now):
    actor, batch, _ = written
    project = made(session)
    project.is_secret = True
    make.make_member(session, project, officer)
    session.commit()
    with pytest.raises(Clash) as refused:
        undo.roll_back(session, actor, batch, now)
    assert "启衡电机园" not in str(refused.value.message) and "不在你权限内" in str(refused.value.message)


def test_who_may_take_back(session, acting, officer, other_officer, statistician, tmp_path, now):
    actor, batch = bring(session, officer, ledger(NEW), tmp_path)
    applying.apply(session, actor, batch, now)
    with pytest.raises(NotAllowed):
        undo.roll_back(session, acting(other_officer), batch, now)
    undo.roll_back(session, acting(statistician), batch, now)
    assert batch.state is BatchState.ROLLED_BACK
