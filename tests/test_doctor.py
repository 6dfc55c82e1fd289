"""`crm doctor`: an office in health, and each ill named with what mends it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, delete, text

from crm import backup
from crm.app import create_app
from crm.choices import JobKind, MailKind
from crm.config import Config, Smtp
from crm.doctor import database, examine
from crm.doctor.lines import Level, Office
from crm.extensions import db
from crm.jobs.running import instant
from crm.models import Job, OutgoingMail, SearchEntry
from crm.replica import Replica
from crm.rules.mails import MOST_ATTEMPTS
from tests import factories as make
from tests.conftest import NOW
from tests.mailbox import mailbox

DEAD = "postgresql+psycopg://crm@127.0.0.1:9/crm"


def ills(app, replica=None):
    """What is not as it should be: {topic: line}."""
    lines = examine(Office(app.extensions["crm_config"], db.engine, replica, NOW))
    return {
        line.topic: line
        for line in lines
        if line.level is not Level.OK and line.topic not in ("设置", "磁盘", "依赖库")
    }


def test_an_office_in_health_lacks_only_its_first_backup(office, run, tmp_path):
    assert set(ills(office)) == {"备份"}
    config = office.extensions["crm_config"]
    backup.back_up(db.engine, config.data_dir, config.files_dir, tmp_path / "backups", NOW - timedelta(hours=30))
    assert "30 小时" in ills(office)["备份"].said
    backup.back_up(db.engine, config.data_dir, config.files_dir, tmp_path / "backups", NOW - timedelta(hours=2))
    assert ills(office) == {}


def test_each_ill_is_named_with_what_mends_it(office, run):
    is_postgresql = db.engine.dialect.name == "postgresql"
    [path] = office.extensions["crm_config"].files_dir.glob("??/*")
    path.write_bytes(b"another")
    db.session.execute(delete(SearchEntry))
    long_ago = instant() - timedelta(hours=1)
    db.session.add(Job(kind=JobKind.TIDY, arguments={}, not_before=long_ago, created_at=NOW))
    db.session.execute(text("DROP INDEX ix_comment_project"))
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    if is_postgresql:
        db.session.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_project_company_id'::regclass")
        )
        db.session.execute(text("ALTER TABLE claim DROP CONSTRAINT ck_claim_verifier_is_not_reporter"))
    db.session.commit()
    db.session.remove()
    found = ills(office)
    assert set(found) == {"备份", "迁移", "结构", "附件", "搜索索引", "后台任务"}
    assert "ix_comment_project" in found["结构"].said and all(line.mend for line in found.values())
    if is_postgresql:
        assert "无效索引 ix_project_company_id" in found["结构"].said and "缺约束 ck_claim" in found["结构"].said
    done = run("doctor", "--json")
    said = json.loads(done.output)
    assert done.exit_code == 1 and not said["ok"] and {"level", "topic", "said", "mend"} == set(said["lines"][0])
    assert "→ 运行 flask --app wsgi crm reindex。" in run("doctor").output


@pytest.mark.postgresql
@pytest.mark.parametrize("office", ["postgresql"], indirect=True)
def test_who_holds_others_up_and_a_replica_away_are_named(office, monkeypatch):
    monkeypatch.setattr(database, "LONG_MINUTES", 0)
    with db.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        found = ills(office, Replica(create_engine(DEAD), db.engine, 10))
    assert "idle in transaction" in found["长事务"].said and "连不上" in found["只读副本"].said


def test_without_a_database_the_rest_is_looked_at_all_the_same(tmp_path):
    app = create_app(Config("production", DEAD, "k3j4h5g6f7d8s9a0" * 3, tmp_path, secure_cookies=False))
    with app.app_context():
        found = ills(app)
        db.engine.dispose()
    assert {"数据库", "登录状态", "反向代理"} <= set(found) and "附件" not in found
    done = app.test_cli_runner().invoke(args=["crm", "doctor"])
    assert done.exit_code == 1 and "CRM_DATABASE_URL" in done.output


def test_a_mail_server_away_and_mails_that_did_not_go_out_are_named(office):
    """Nothing is said where none is set."""
    with mailbox() as box:
        config = replace(office.extensions["crm_config"], smtp=Smtp("127.0.0.1", box.port, "crm@zone.example"))

        def said(where=config):
            return {line.topic: line for line in examine(Office(where, db.engine, None, NOW))}.get("邮件")

        assert said(office.extensions["crm_config"]) is None
        assert said().level is Level.OK
        meeting = make.make_meeting(db.session)
        lost = OutgoingMail(
            meeting_id=meeting.id, kind=MailKind.INVITATION, to_name="王工", to_address="x@y.example", due_at=NOW,
            attempts=MOST_ATTEMPTS, error="550 nobody",
        )  # fmt: skip
        db.session.add(lost)
        db.session.commit()
        assert said().level is Level.WARN and "1 封没有发出" in said().said
        login = replace(config, smtp=replace(config.smtp, user="crm", password="secret"))
        assert (
            said(login).level is Level.FAIL
            and "密码不能明文发送" in said(login).said
            and "secret" not in said(login).said
        )
    assert said().level is Level.FAIL and "连不上" in said().said
