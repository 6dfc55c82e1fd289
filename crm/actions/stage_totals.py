"""The kept totals of stages brought to what the rows say: a few noted projects at a time, or all of them anew.

Only one transaction at a time adds up, and nobody waits for it: whoever finds another one at it leaves the notes to the next. So
the totals' rows are no bottleneck and no deadlock, however many people write at once. A note goes only with the sums that
answer it, in one transaction; what is noted meanwhile stays noted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, and_, delete, event, func, insert, literal, or_, select, text, tuple_, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crm import history, stale
from crm.choices import MoneyKind
from crm.columns import Base
from crm.models import Claim, MoneyEntry, Project, StageMove, StageShare, StageTotal, StaleProject
from crm.queries.totals import kept, reached
from crm.queries.totals.basis import Basis, china_day
from crm.queries.totals.reached import KEYS, SUMS, Share
from crm.rules.days import day_of

EVERY = 32  # so many notes are added up together, by the transaction that makes the last of them
AT_ONCE = 1_000
ANEW = 20_000  # so many are added up sooner all together
LOCK = 5_417_700_101  # of PostgreSQL's advisory locks, any number that nothing else takes
_SHARE, _TOTAL, _STALE = (Base.metadata.tables[model.__tablename__] for model in (StageShare, StageTotal, StaleProject))
_TOTAL_KEYS = ("month", "stage", "unit_id", "industry_id", "is_secret", "is_relocation")
_TOTAL_SUMS = ("rows", *SUMS)
Rows = Select[*tuple[Any, ...]]
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


# ------------------------------------------------------------------------------------------------------------ a few at a time


def settle(session: Session, as_of: date, most: int = AT_ONCE) -> int:
    """Add up noted projects, the longest noted first; how many notes are answered. None while somebody else is at it."""
    if not _alone(session):
        return 0
    due = select(StaleProject.id, StaleProject.project_id).where(kept.is_due(as_of)).order_by(StaleProject.id)
    notes = session.execute(due.limit(most)).all()
    if notes:
        ids = sorted({project_id for _, project_id in notes})
        _exchange(session, _kept_of(session, ids), reached.shares_of(session, Basis(as_of), ids))
        _forget(session, [key for key, _ in notes], ids, as_of)
        _note_ahead(session, ids, as_of)
    return len(notes)


def settle_all(session: Session, as_of: date) -> int:
    """Add up every noted project; how many notes were answered."""
    answered = 0
    while some := settle(session, as_of):
        answered += some
    return answered


def catch_up(session: Session, as_of: date) -> None:
    """Add up whatever is noted, and whatever came in without a note."""
    stale.note(session)
    missing = [{"project_id": key} for key in stale.never_added_up(session)]
    if missing:
        session.execute(insert(_STALE), missing)
    if len(kept.stale(session, as_of)) > ANEW:
        rebuild(session, as_of)
    settle_all(session, as_of)


def _alone(session: Session) -> bool:
    """Whether this transaction may add up. On SQLite nobody else writes anyway."""
    if session.connection().dialect.name != "postgresql":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))


def _kept_of(session: Session, ids: Sequence[int]) -> list[Share]:
    found = session.execute(select(*(_SHARE.c[name] for name in Share._fields)).where(_SHARE.c.project_id.in_(ids)))
    return [Share._make(row) for row in found]


def _exchange(session: Session, was: Iterable[Share], now: Iterable[Share]) -> None:
    """New shares for old ones, and the totals by the difference."""
    gone, come = Counter(was), Counter(now)
    gone, come = gone - come, come - gone
    keys = [(share.project_id, share.stage, share.month) for share in gone]
    places = tuple_(_SHARE.c.project_id, _SHARE.c.stage, _SHARE.c.month)
    for place in range(0, len(keys), stale.AT_ONCE):
        session.execute(delete(_SHARE).where(places.in_(keys[place : place + stale.AT_ONCE])))
    if come:
        session.execute(insert(_SHARE), [share._asdict() for share in come])
    changes: dict[tuple[Any, ...], list[int]] = {}
    for shares, sign in ((gone, -1), (come, 1)):
        for share in shares:
            added = changes.setdefault(tuple(getattr(share, name) for name in _TOTAL_KEYS), [0] * len(_TOTAL_SUMS))
            for place, value in enumerate((1, *(getattr(share, name) for name in SUMS))):
                added[place] += sign * value
    _add(session, {key: added for key, added in changes.items() if any(added)})


def _add(session: Session, changes: dict[tuple[Any, ...], list[int]]) -> None:
    if not changes:
        return
    made = _INSERT[session.connection().dialect.name](_TOTAL)
    summed = {name: _TOTAL.c[name] + made.excluded[name] for name in _TOTAL_SUMS}
    session.execute(
        made.on_conflict_do_update(index_elements=list(_TOTAL_KEYS), set_=summed),
        [dict(zip((*_TOTAL_KEYS, *_TOTAL_SUMS), (*key, *changes[key]), strict=True)) for key in sorted(changes)],
    )
    months = sorted({key[0] for key in changes})
    session.execute(delete(_TOTAL).where(_TOTAL.c.month.in_(months), _TOTAL.c.rows == 0))


def _forget(session: Session, notes: Sequence[int], ids: Sequence[int], as_of: date) -> None:
    session.execute(delete(_STALE).where(_STALE.c.id.in_(notes)))
    session.execute(delete(_STALE).where(_STALE.c.project_id.in_(ids), _STALE.c.due_on > as_of))


def _note_ahead(session: Session, ids: Sequence[int] | None, as_of: date) -> None:
    """What is dated ahead of the day changes the shares on its own day: noted for then. `ids` None: of every project."""
    known = Basis(as_of).known_before
    plan = and_(MoneyEntry.kind == MoneyKind.PLAN, MoneyEntry.happened_on > as_of)
    parts = [select(MoneyEntry.project_id.label("owner"), MoneyEntry.happened_on.label("on")).where(plan)]
    for column in _INSTANTS:
        owner = Project.id if column.class_ is Project else column.class_.project_id
        parts.append(select(owner, china_day(column)).where(column >= known))
    if ids is not None:
        parts = [part.where(part.selected_columns[0].in_(ids)) for part in parts]
    table = union_all(*parts).subquery()
    found = session.execute(select(table.c.owner, func.min(table.c.on)).group_by(table.c.owner)).all()
    if found:
        session.execute(insert(_STALE), [{"project_id": key, "due_on": day} for key, day in found])


# What happened at an instant; demo data may be ahead of the day that the demo is fixed to.
_INSTANTS: tuple[Any, ...] = (
    Project.registered_at, MoneyEntry.entered_at, StageMove.recorded_at, Claim.reported_at, Claim.verified_at,
    Claim.returned_at, Claim.reversed_at,
)  # fmt: skip


# --------------------------------------------------------------------------------------------------------- with the commits


def _settle_some(session: Session) -> None:
    """Before a commit: every so many notes one transaction adds up what waits. Unsigned sessions know no day, and leave it."""
    stale.note(session)
    made = session.info.pop(stale.NOTED, [])
    its_turn = len(made) >= EVERY or any(key % EVERY == 0 for key in made)
    if its_turn and history.KEY in session.info and not session.in_nested_transaction():
        settle_all(session, day_of(history.signature(session).at))


event.listen(Session, "before_commit", _settle_some)


# ----------------------------------------------------------------------------------------------------------------- all anew


def rebuild(session: Session, as_of: date) -> None:
    """Write every share and total anew, by the definition."""
    session.flush()
    if session.connection().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        # After a bulk load or a restore nobody has counted these yet, and a plan made blind takes hours.
        session.execute(text(f"ANALYZE {', '.join(sorted(stale.WATCHED))}"))
    session.execute(delete(_STALE))  # those it can see; what commits from here on is noted and stays so
    session.execute(delete(_TOTAL))
    session.execute(delete(_SHARE))
    session.execute(insert(_SHARE).from_select([*KEYS, *SUMS], reached.shares(Basis(as_of), reached.EVER)))
    keys = [_SHARE.c[name] for name in _TOTAL_KEYS]
    summed = select(*keys, func.count(), *(func.sum(_SHARE.c[name]) for name in SUMS)).group_by(*keys)
    session.execute(insert(_TOTAL).from_select([*_TOTAL_KEYS, *_TOTAL_SUMS], summed))
    if session.connection().dialect.name == "postgresql":
        session.execute(text("ANALYZE stage_share, stage_total"))
    _note_ahead(session, None, as_of)


@dataclass(frozen=True)
class Differences:
    """What is kept otherwise than the definition has it: so many shares, so many totals. Noted projects are left out."""

    shares: int
    totals: int

    def __bool__(self) -> bool:
        return bool(self.shares or self.totals)


def differences(session: Session, as_of: date) -> Differences:
    """Compare everything that is kept with the definition; two statements."""
    noted = select(StaleProject.project_id).where(kept.is_due(as_of))
    anew = reached.shares(Basis(as_of), reached.EVER).subquery()
    one = literal(1, Integer)
    shares = (
        (select(*(table.c[name] for name in KEYS), one, *(table.c[name] for name in SUMS)), table)
        for table in (anew, _SHARE)
    )
    totals = (
        select(*(_TOTAL.c[name] for name in (*_TOTAL_KEYS, *_TOTAL_SUMS))),
        select(*(_SHARE.c[name] for name in _TOTAL_KEYS), one, *(_SHARE.c[name] for name in SUMS)),
    )
    ours, theirs = (rows.where(table.c.project_id.not_in(noted)) for rows, table in shares)
    return Differences(
        _unequal(session, ours, theirs, keys=len(KEYS)), _unequal(session, *totals, keys=len(_TOTAL_KEYS))
    )


def _unequal(session: Session, mine: Rows, theirs: Rows, *, keys: int) -> int:
    """How many keys have other sums on one side than on the other."""
    columns = [*theirs.selected_columns]
    taken_off = theirs.with_only_columns(*columns[:keys], *(-column for column in columns[keys:]))
    both = [*union_all(mine, taken_off).subquery().c]
    differs = or_(*(func.sum(column) != 0 for column in both[keys:]))
    found = select(both[0]).group_by(*both[:keys]).having(differs).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0
