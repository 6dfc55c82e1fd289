"""What was changed of rows: column by column, by whom, from what to what, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.choices import Word
from crm.models import Area, Change, Company, Industry, Project, Room, Unit, User
from crm.policy import Act, Actor
from crm.rules.labels import TABLES, label, printed

MOST = 200
HIDDEN = "（不在你的可见范围）"
Named = type[Area] | type[Company] | type[Industry] | type[Project] | type[Room] | type[Unit] | type[User]
_KEYS: Mapping[str, Named] = {  # columns, and the parts of people that two editors may both fill in
    "agent": User,
    "area_id": Area,
    "chair_id": User,
    "company_id": Company,
    "duplicate_of_id": Project,
    "industry_id": Industry,
    "lead": User,
    "leader": User,
    "lead_unit_id": Unit,
    "next_owner_id": User,
    "person_id": User,
    "project_id": Project,
    "responsible_unit_id": Unit,
    "room_id": Room,
    "secretary_id": User,
    "unit_id": Unit,
    "user_id": User,
}
_OF_TABLE: Mapping[str, Named] = {"company": Company, "project": Project, "user": User}


@dataclass(frozen=True)
class Line:
    """A change as a reader wants it; `subject` names the row or its project, where that may be named."""

    change: Change
    subject: str
    table: str
    column: str
    old: str
    new: str


def of_row(session: Session, actor: Actor, table_name: str, row_id: int) -> list[Line]:
    """A row's changes, newest first. Who may see the row may see these."""
    changes = session.scalars(
        select(Change)
        .where(Change.table_name == table_name, Change.row_id == row_id)
        .options(joinedload(Change.by))
        .order_by(Change.at.desc(), Change.id.desc())
        .limit(MOST)
    ).all()
    return lines(session, actor, changes)


def lines(session: Session, actor: Actor, changes: Sequence[Change], hidden: Iterable[int] = ()) -> list[Line]:
    """The changes in words; of those whose ids are `hidden` the values are withheld. A statement for each kind of key."""
    closed, names = set(hidden), _names(session, actor, changes)
    return [_line(change, names, change.id in closed) for change in changes]


def _line(change: Change, names: Mapping[Named, Mapping[int, str]], closed: bool) -> Line:
    model = _model(change)
    known = defaultdict(lambda: HIDDEN, names.get(model, {})) if model else None
    old, new = (HIDDEN if closed else printed(change.column_name, side, known) for side in (change.old, change.new))
    table = Word(TABLES.get(change.table_name, change.table_name))
    return Line(change, _subject(change, names), table, label(change.column_name), old, new)


def _subject(change: Change, names: Mapping[Named, Mapping[int, str]]) -> str:
    own = _OF_TABLE.get(change.table_name)
    if own is not None:
        return names.get(own, {}).get(change.row_id, "")
    return names.get(Project, {}).get(change.project_id or 0, "")


def model_of(table: str, column: str) -> Named | None:
    """What the keys in a column of a table point to, where that has a name; None for columns that hold no such keys."""
    return _OF_TABLE.get(table) if column == "parent_id" else _KEYS.get(column)


def _model(change: Change) -> Named | None:
    return model_of(change.table_name, change.column_name)


def _names(session: Session, actor: Actor, changes: Iterable[Change]) -> dict[Named, dict[int, str]]:
    wanted: defaultdict[Named, set[int]] = defaultdict(set)
    for change in changes:
        own, model = _OF_TABLE.get(change.table_name), _model(change)
        if own:
            wanted[own].add(change.row_id)
        elif change.project_id:
            wanted[Project].add(change.project_id)
        if model:
            wanted[model].update(int(side) for side in (change.old, change.new) if side and side.isdigit())
    return {model: _named(session, actor, model, keys) for model, keys in wanted.items()}


def _named(session: Session, actor: Actor, model: Named, keys: set[int]) -> dict[int, str]:
    rows = select(model.id, model.name).where(model.id.in_(keys))
    if model is Company:
        rows = rows.where(policy.rows(actor, Act.SEE_COMPANY, Company))
    if model is Project:
        rows = rows.where(policy.project_rows(actor, Act.SEE_PROJECT))
    return dict(session.execute(rows).all())
