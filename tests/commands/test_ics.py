"""`crm ics`: whose calendar, by whose rights."""

from __future__ import annotations

import pytest

from crm import icalendars
from tests import factories as make


@pytest.fixture
def run(app, session):
    """A command on the tests' database."""

    def run_it(*arguments):
        session.commit()
        return app.test_cli_runner().invoke(args=["crm", "ics", *map(str, arguments)])

    return run_it


@pytest.fixture
def project(session, officer, leader):
    project = make.make_project(session, "澜芯项目", lead=officer)
    room = make.make_room(session)
    secret = make.make_project(session, "绝密甲项目", leader, is_secret=True)
    open_one = make.make_meeting(session, project, title="用地协调会", room_id=room.id, place=room.name)
    make.invite(session, open_one, officer)
    make.make_meeting(session, secret, title="绝密甲会", room_id=room.id, place=room.name)
    return project


def test_a_persons_a_rooms_and_a_projects(run, project):
    for words in (("--person", "officer"), ("--room", "302 会议室", "--by", "officer"), ("--project", project.code)):
        done = run(*words)
        assert done.exit_code == 0 and "SUMMARY:用地协调会" in done.stdout and "绝密甲" not in done.stdout, words
        assert icalendars.read(done.stdout_bytes).meetings
    assert "SUMMARY:已有安排" in run("--room", "302 会议室").stdout
    assert "BEGIN:VEVENT" not in run("--person", "officer", "--from", "2022-10-01").stdout
    assert "SUMMARY:用地协调会" in run("--person", "officer", "--from", "2022-09-21", "--to", "2022-09-21").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "中的一个"),
        (("--person", "officer", "--room", "302 会议室"), "中的一个"),
        (("--person", "nobody"), "没有登录名为“nobody”的在用账号"),
        (("--room", "三楼"), "没有名为“三楼”的会议室"),
        (("--project", "YH-0"), "没有编号为“YH-0”的项目"),
        (("--room", "302 会议室", "--by", "admin"), "你的权限不含“查看会议”"),
        (("--person", "officer", "--from", "昨天"), "不是 2022-09-30 这样的日期"),
    ],
)
def test_what_is_wrong_is_said(run, project, words, said):
    done = run(*words)
    assert done.exit_code == 2 and said in done.stderr and not done.stdout
