"""Transactions: reading requests cannot write, writers wait for each other, and nothing is lost between two of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import exists, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.exc import StaleDataError

from crm import db as database
from crm.models import ActionItem, Company, Project, Unit
from tests import factories as make


def test_the_database_refuses_writes_while_reading(session):
    session.rollback()
    with database.reading():
        assert session.scalar(select(Unit.id).limit(1))
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            session.execute(text("UPDATE unit SET rank = 99"))
        session.rollback()
    session.execute(text("UPDATE unit SET rank = 99"))
    session.rollback()


def test_a_row_changed_in_between_is_stale(session):
    company = make.make_company(session)
    session.commit()
    mine = session.get(Company, company.id)
    session.execute(text("UPDATE company SET version = version + 1"))  # somebody else saved meanwhile
    mine.intro = "made from an old page"
    with pytest.raises(StaleDataError):
        session.flush()
    session.rollback()


def test_eight_writers_at_once_all_count(session):
    unit_id = session.scalar(select(Unit.id).limit(1))
    session.execute(text("UPDATE unit SET rank = 0"))
    session.commit()

    def write(_):
        with Session(session.get_bind()) as own:
            for _ in range(5):
                own.scalars(select(Unit).where(Unit.id == unit_id).with_for_update()).one().rank += 1
                own.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    session.expire_all()
    assert session.get(Unit, unit_id).rank == 40


def test_counts_are_whole_yuan_beyond_32_bits(session):
    project = make.make_project(session, total_yuan=12_000_000_000)
    session.commit()
    session.expire_all()
    assert session.get(Project, project.id).total_yuan == 12_000_000_000


def test_deleted_rows_are_left_out_under_every_name(session, officer, now):
    """Also where a query knows the table by an alias: of a selection, of a join, of a subquery."""
    kept, gone = make.make_project(session, lead=officer), make.make_project(session, lead=officer, deleted_at=now)
    for project in (kept, gone):
        make.make_action(session, project, make.team(session))
    other = aliased(Project)
    below = select(other.id).where(other.id == ActionItem.project_id)
    assert session.scalars(select(other.id)).all() == [kept.id]
    assert session.scalars(select(other.id).join(ActionItem, ActionItem.project_id == other.id)).all() == [kept.id]
    assert session.scalars(
        select(other.id).select_from(ActionItem).join(other, other.id == ActionItem.project_id)
    ).all() == [kept.id]
    assert len(session.scalars(select(ActionItem.id).where(exists(below))).all()) == 1
