"""`crm rollups`: what is kept beside the rows is added up, checked and written anew."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update

from crm.choices import MoneyKind
from crm.models import Project, StageShare, StageTotal
from tests import factories as make


@pytest.fixture
def run(app, session):
    """A command on the tests' database: its exit code and what it said."""

    def run_it(*arguments):
        session.commit()
        done = app.test_cli_runner().invoke(args=["crm", "rollups", *arguments])
        session.expire_all()
        return done.exit_code, done.output

    return run_it


def test_changes_are_added_up_and_what_is_wrong_is_found_and_mended(session, run, officer):
    project = make.make_project(session, lead=officer, total_yuan=None)
    run("--rebuild")  # its protection, which the factory leaves out
    make.sign(session, project)
    session.commit()
    assert session.scalar(select(func.count()).select_from(StageShare)) == 1  # noted, not yet added up
    code, said = run()
    assert code == 0 and "1 处" in said
    assert session.scalar(select(func.count()).select_from(StageShare)) == 2
    assert run("--check") == (0, "与记录完全一致。\n")
    session.execute(update(StageTotal).values(counts=StageTotal.counts + 1))
    session.execute(update(Project).values(total_yuan=5))
    make.make_money(session, project, MoneyKind.PLAN, 7, date(2022, 3, 1))
    session.commit()
    code, said = run("--check")
    assert code == 2 and "total_yuan：现为 5，按记录应为 7" in said and "项目列 1 处，分项 0 处，合计 2 处" in said
    assert run("--rebuild") == (0, "已重算阶段金额；改正项目列 1 处。\n")
    assert run("--check")[0] == 0 and session.get(Project, project.id).total_yuan == 7
