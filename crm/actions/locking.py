"""Holding a row while a decision rests on it: two people cannot both act on what both have read."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Claim, Project


def hold(session: Session, row: Project | Claim) -> None:
    """Lock the row until the transaction ends and read its columns anew.

    PostgreSQL waits here for whoever holds it; SQLite's writers already wait for each other from BEGIN IMMEDIATE on.
    """
    model = type(row)
    session.execute(select(model.id).where(model.id == row.id).with_for_update())
    session.refresh(row, [column.key for column in model.__table__.columns])
