"""History: who changed which column, from what to what; roll-ups and secrets stay out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm import history
from crm.choices import CapitalKind
from crm.models import Change
from tests import factories as make


@pytest.fixture
def changes(session, officer):
    def read():
        return session.scalars(select(Change).order_by(Change.id)).all()

    history.sign(session, history.Signature(officer.id, datetime(2022, 10, 20, 3, tzinfo=UTC), "req-1"))
    yield read
    session.info.pop(history.KEY, None)


def test_one_row_a_changed_column(session, officer, changes):
    project = make.make_project(session, land_mu=Decimal("80.00"))
    session.commit()
    project.land_mu, project.capital_kind, project.site = Decimal("86.00"), CapitalKind.FOREIGN, "B-12"
    session.commit()
    seen = {change.column_name: (change.old, change.new) for change in changes()}
    assert seen == {"land_mu": ("80.00", "86.00"), "capital_kind": ("domestic", "foreign"), "site": (None, "B-12")}
    first = changes()[0]
    assert (first.by_id, first.request_id, first.project_id, first.table_name) == (
        officer.id,
        "req-1",
        project.id,
        "project",
    )


def test_what_did_not_change_leaves_no_row(session, changes):
    project = make.make_project(session)
    session.commit()
    project.name = str(project.name)
    session.commit()
    assert changes() == []


def test_new_rows_and_roll_ups_are_not_changes(session, changes):
    project = make.make_project(session)
    project.last_contact_on = date(2022, 10, 1)
    session.commit()
    assert changes() == []


def test_passwords_never_reach_the_log(session, officer, changes):
    officer.password_hash, officer.title = "$argon2id$...", "副科长"
    session.commit()
    assert [change.column_name for change in changes()] == ["title"]
