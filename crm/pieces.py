"""Keeping the pieces of names: with every project and company that is written, and for those that came in bulk.

Rows of the session keep theirs through two listeners. Bulk inserts (imports, seeds, a database from before) know no
listeners: whoever makes them calls `catch_up`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, delete, event, exists, insert, select
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import get_history

from crm.models import Company, CompanyPiece, Project, ProjectPiece
from crm.rules import pieces

AT_ONCE = 500


def _table(model: type[Any]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _rows(row: Project | Company) -> list[dict[str, Any]]:
    if isinstance(row, Project):
        return [{"piece": piece, "project_id": row.id} for piece in sorted(pieces.of_project(row.name))]
    return [
        {"piece": piece, "company_id": row.id} for piece in sorted(pieces.of_company(row.name, row.short_name or ""))
    ]


def _keep(connection: Connection, row: Project | Company) -> None:
    table = _table(ProjectPiece if isinstance(row, Project) else CompanyPiece)
    if rows := _rows(row):
        connection.execute(insert(table), rows)


def _inserted(_mapper: Mapper[Any], connection: Connection, row: Project | Company) -> None:
    _keep(connection, row)


def _updated(_mapper: Mapper[Any], connection: Connection, row: Project | Company) -> None:
    names = ("name",) if isinstance(row, Project) else ("name", "short_name")
    if not any(get_history(row, name).has_changes() for name in names):
        return
    table = _table(ProjectPiece if isinstance(row, Project) else CompanyPiece)
    owner = table.c.project_id if isinstance(row, Project) else table.c.company_id
    connection.execute(delete(table).where(owner == row.id))
    _keep(connection, row)


for _model in (Project, Company):
    event.listen(_model, "after_insert", _inserted)
    event.listen(_model, "after_update", _updated)


def catch_up(session: Session) -> int:
    """Cut the names that have no pieces yet; returns how many. Called after rows came in bulk."""
    session.flush()
    project_pieces = exists(select(ProjectPiece.piece).where(ProjectPiece.project_id == Project.id))
    company_pieces = exists(select(CompanyPiece.piece).where(CompanyPiece.company_id == Company.id))
    projects = session.execute(select(Project.id, Project.name).where(~project_pieces)).all()
    companies = session.execute(select(Company.id, Company.name, Company.short_name).where(~company_pieces)).all()
    _fill(session, ProjectPiece, "project_id", ((key, pieces.of_project(name)) for key, name in projects))
    _fill(session, CompanyPiece, "company_id", ((key, pieces.of_company(*names)) for key, *names in companies))
    return len(projects) + len(companies)


def made(connection: Connection, model: type[Project] | type[Company], after: int, upto: int) -> list[dict[str, Any]]:
    """The pieces of the rows whose keys lie in a stretch, for whoever writes them in bulk."""
    names = (Project.id, Project.name) if model is Project else (Company.id, Company.name, Company.short_name)
    found = connection.execute(select(*names).where(model.id > after, model.id <= upto))
    return [row for given in found for row in _rows(model(**given._mapping))]


def _fill(session: Session, model: type[Any], owner: str, cut: Iterable[tuple[int, frozenset[str]]]) -> None:
    waiting: list[dict[str, Any]] = []
    for key, found in cut:
        waiting += [{"piece": piece, owner: key} for piece in sorted(found)]
        if len(waiting) >= AT_ONCE:
            session.execute(insert(_table(model)), waiting)
            waiting = []
    if waiting:
        session.execute(insert(_table(model)), waiting)
