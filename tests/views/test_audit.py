"""The log: who may read it, and what stays closed even to those who may."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from crm.history import Signature, sign
from crm.models import AgendaItem, AuditEvent, Change, Project
from tests import factories as make


@pytest.fixture
def changed(session, officer, other_officer, now):
    sign(session, Signature(officer.id, now, "req-1"))
    mine = make.make_project(session, "澜芯精密减速器", lead=officer)
    hidden = make.make_project(session, "星穹涉密项目", lead=other_officer, is_secret=True)
    activity = make.make_activity(session, hidden, by=other_officer, summary="涉密旧话")
    session.commit()
    mine.site, hidden.site, activity.summary = "石桥B-12", "涉密地块", "涉密新话"
    officer.title = "科员"
    session.commit()
    return {"mine": mine, "hidden": hidden}


@pytest.mark.parametrize(
    ("login", "status"), [("admin", 200), ("auditor", 200), ("statistician", 403), ("leader", 403)]
)
def test_who_may_read_it(client_for, session, login, status):
    assert client_for(make.person(session, login)).get("/log").status_code == status


def test_an_auditor_reads_values_but_not_of_secret_projects(client_for, auditor, changed):
    page = client_for(auditor).get("/log?show=changes").text
    assert "石桥B-12" in page and "澜芯精密减速器" in page and "地块或载体" in page
    for words in ("涉密地块", "涉密新话", "涉密旧话", "星穹"):
        assert words not in page
    assert page.count("（不在你的可见范围）</") == 4


def test_an_administrator_reads_who_and_when_but_no_business(client_for, admin, changed):
    page = client_for(admin).get("/log?show=changes").text
    assert "科员" in page and "顾清宁" in page and "石桥B-12" not in page and "澜芯精密减速器" not in page


def test_operations_are_listed_and_narrowed(client_for, auditor, officer, session, now):
    session.add(AuditEvent(at=now, by_id=officer.id, kind="export", detail="projects.xlsx 12"))
    session.add(AuditEvent(at=now, by_id=None, kind="invite", detail="new_login"))
    client = client_for(auditor)
    page = client.get("/log").text
    assert "导出" in page and "projects.xlsx 12" in page and "系统" in page
    assert "projects.xlsx 12" not in client.get("/log?what=invite").text
    assert "new_login" not in client.get(f"/log?person={officer.id}").text
    assert "没有符合条件的日志" in client.get("/log?to=2020-01-01").text


def test_changes_are_narrowed(client_for, auditor, changed):
    client = client_for(auditor)
    assert "石桥B-12" not in client.get("/log?show=changes&what=user").text
    assert "科员" in client.get("/log?show=changes&what=user").text
    assert "石桥B-12" not in client.get("/log?show=changes&from=2023-01-01").text


def test_statements_do_not_grow_with_the_rows(client_for, auditor, session, changed, count_queries):
    client = client_for(auditor)
    client.get("/log?show=changes")
    with count_queries() as few:
        client.get("/log?show=changes")
    for _ in range(3):
        session.add_all(
            Change(
                table_name="project", row_id=changed["mine"].id, project_id=changed["mine"].id, column_name="site",
                old=None, new="x", at=make.NOW, by_id=None,
            )
            for _ in range(30)
        )  # fmt: skip
    session.execute(update(Project).values(site="y"))
    session.commit()
    with count_queries() as many:
        client.get("/log?show=changes")
    assert len(many) <= len(few)


def test_what_a_meeting_said_of_an_open_project_is_closed_with_the_meeting(session, client_for, auditor, changed, now):
    """A secret project on the same agenda closes the whole meeting, and with it the words at its other points."""
    sign(session, Signature(None, now, "req-2"))
    plain, mixed = (
        make.make_meeting(session, changed["mine"]),
        make.make_meeting(session, changed["mine"], changed["hidden"]),
    )
    for meeting, words in ((plain, "可以看的议定"), (mixed, "不能看的议定")):
        rows = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.rank)
        session.scalars(rows).first().conclusion = words
    session.commit()
    page = client_for(auditor).get("/log?show=changes&what=agenda_item").text
    assert "可以看的议定" in page and "不能看的议定" not in page
