"""入统 on the project's page: the statistician records it and takes it back, who sees the project reads it, leads hear of it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from crm.actions import fai as actions
from crm.choices import NoticeKind, Stage, Status
from crm.errors import Clash, RuleBroken
from crm.models import Change, FaiEntry, Notice, Setting
from crm.rules.fai import FaiDraft
from tests import factories as make
from tests.actions.ready import loaded

STARTED, TODAY = date(2022, 9, 16), date(2022, 10, 20)


@pytest.fixture
def started(session, officer):
    """A project that started on 16 September."""
    project = make.make_project(session, "演示封装项目", lead=officer, last_contact_on=TODAY)
    make.sign(session, project, date(2022, 5, 1))
    make.reach(session, project, Stage.STARTED, STARTED)
    session.commit()
    return project


def path(project, more=""):
    return f"/projects/{project.id}/fai{more}"


def standing(session):
    return session.scalars(select(FaiEntry).where(FaiEntry.withdrawn_at.is_(None))).one_or_none()


def test_recorded_shown_and_kept_with_who_and_when(session, client_for, started, statistician, officer):
    client = client_for(statistician)
    assert "未入统" in client.get(f"/projects/{started.id}").text
    answer = client.post(path(started), data={"entered_on": "2022-10-08", "code": "3205-2022-17"})
    assert answer.status_code == 303
    entry = standing(session)
    assert (entry.entered_on, entry.code, entry.recorded_by_id) == (date(2022, 10, 8), "3205-2022-17", statistician.id)
    page = client_for(officer).get(f"/projects/{started.id}").text
    assert "3205-2022-17" in page and path(started) not in page  # he reads it and cannot change it
    assert "方致远" in client.get(path(started)).text


def test_a_wrong_entry_is_taken_back_and_stays(session, client_for, started, statistician):
    client = client_for(statistician)
    client.post(path(started), data={"entered_on": "2022-10-08", "code": "3205-2022-17"})
    number = standing(session).id
    refused = client.post(path(started, f"/{number}/withdraw"), data={"withdraw-reason": ""})
    assert refused.status_code == 422 and standing(session)
    assert client.post(path(started, f"/{number}/withdraw"), data={"withdraw-reason": "代码抄错"}).status_code == 303
    assert standing(session) is None
    assert "代码抄错" in client.get(path(started)).text
    logged = session.scalars(
        select(Change).where(Change.table_name == "fai_entry", Change.column_name == "reason")
    ).one()
    assert (logged.new, logged.by_id, logged.project_id) == ("代码抄错", statistician.id, started.id)
    assert client.post(path(started, f"/{number}/withdraw"), data={"withdraw-reason": "再撤"}).status_code == 409
    client.post(path(started), data={"entered_on": "2022-10-08", "code": "3205-2022-18"})
    assert standing(session).code == "3205-2022-18"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"entered_on": "2022-09-15", "code": "3205-2022-17"}, "入统日期不能早于核定的开工日期 2022-09-16。"),
        ({"entered_on": "2022-10-21", "code": "3205-2022-17"}, "入统日期不能晚于今天。"),
        ({"entered_on": "2022-10-08", "code": "十七"}, "统计代码为 4—40 位字母、数字或短横线。"),
        ({"entered_on": "2022-10-08", "code": ""}, "这一项必填。"),
        ({"entered_on": "08.10", "code": "3205-2022-17"}, "不是日期"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(session, client_for, started, statistician, typed, sentence):
    answer = client_for(statistician).post(path(started), data=typed)
    assert answer.status_code == 422 and sentence in answer.text and typed["code"] in answer.text
    assert standing(session) is None


def test_a_code_stands_once(session, client_for, started, statistician, officer):
    other = make.make_project(session, lead=officer)
    make.reach(session, other, Stage.STARTED, STARTED)
    make.make_fai(session, other, code="3205-2022-17")
    answer = client_for(statistician).post(path(started), data={"entered_on": "2022-10-08", "code": "3205-2022-17"})
    assert answer.status_code == 422 and "统计代码已用于另一个项目" in answer.text


def test_only_what_started_and_only_once(session, acting, started, statistician, officer, now):
    draft = FaiDraft(date(2022, 10, 8), "3205-2022-17")
    fresh, started = (loaded(session, one) for one in (make.make_project(session, lead=officer), started))
    with pytest.raises(RuleBroken, match="开工核定以后"):
        actions.record(session, acting(statistician), fresh, draft, now)
    actions.record(session, acting(statistician), started, draft, now)
    with pytest.raises(Clash, match="已登记入统"):
        actions.record(session, acting(statistician), started, draft, now)


def test_who_may_open_it(session, client_for, started, officer, leader, statistician):
    secret = make.make_project(session, "密项", lead=officer, is_secret=True)
    session.commit()
    assert client_for(officer).get(path(started)).status_code == 403
    assert client_for(leader).get(path(started)).status_code == 403
    assert client_for(statistician).get(path(secret)).status_code == 404


def told(session, user):
    rows = session.scalars(select(Notice).where(Notice.user_id == user.id, Notice.kind == NoticeKind.PLAN))
    return [row.text for row in rows if "入统" in str(row.text)]


def test_told_a_month_after_the_start(app, session, started, officer, other_officer, statistician):
    def remind(on):
        session.commit()
        done = app.test_cli_runner().invoke(args=["crm", "remind", "--on", on])
        assert done.exit_code == 0, done.output
        session.expire_all()

    remind("2022-10-15")
    assert told(session, officer) == told(session, statistician) == []
    remind("2022-10-16")
    remind("2022-10-17")
    assert len(told(session, officer)) == len(told(session, statistician)) == 1
    assert "“演示封装项目”9月16日开工，已满 30 天，还没有入统。" in str(told(session, officer)[0])
    assert told(session, other_officer) == []


@pytest.mark.parametrize("settled", ["entered", "off", "lost"])
def test_not_told_of_what_is_settled(app, session, started, officer, settled):
    if settled == "entered":
        make.make_fai(session, started)
    elif settled == "off":
        session.add(Setting(name="fai_entry_days", value="0"))
    else:
        started.status = Status.LOST
    session.commit()
    app.test_cli_runner().invoke(args=["crm", "remind", "--on", "2022-10-16"])
    session.expire_all()
    assert told(session, officer) == []


def test_the_rate_leads_to_its_rows(session, client_for, started, leader):
    make.make_fai(session, started, date(2022, 9, 25))
    session.commit()
    page = client_for(leader).get("/figures/rates?month=2022-09").text
    assert "入统率" in page and 'href="/figures/fai_done?month=2022-09"' in page
    assert "演示封装项目" in client_for(leader).get("/figures/fai_done?month=2022-09").text
    assert "压缩率" not in page  # nothing to divide until approvals are logged
