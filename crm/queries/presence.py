"""What hangs on a project at all, whoever may see it: one look into the indexes, so that its page asks for nothing else.

Most projects of a register are young: a few talks, no claims, no meetings. Rights are applied to what is found, never here:
no number of these is shown but of what whoever sees the project sees (queries/ahead.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ActivityState, ClaimState
from crm.models import (
    ActionItem,
    Activity,
    AgendaItem,
    AnnualPlan,
    Attachment,
    Change,
    Claim,
    Collision,
    Comment,
    CompanyClassMark,
    Contact,
    Contract,
    FaiEntry,
    Follow,
    Listing,
    Merge,
    MoneyEntry,
    Pin,
    PlanNode,
    PoolEvent,
    Project,
    StageMove,
    StatusChange,
    Transfer,
)
from crm.queries import activities, compiled, gate

_PROJECT: Any = bindparam("project_id", type_=Integer())


def _of(model: Any) -> Select[*tuple[Any, ...]]:
    return select(model.project_id).where(model.project_id == _PROJECT)


def _either(*columns: Any) -> Any:
    """One of the columns is the project's key: a question each, so that each has its index."""
    return or_(*(select(column).where(column == _PROJECT).exists() for column in columns))


def _of_company(model: Any) -> Select[*tuple[Any, ...]]:
    company = select(Project.company_id).where(Project.id == _PROJECT).scalar_subquery()
    return select(model.company_id).where(model.company_id == company)


_TALKS = select(Activity.id).where(activities.touching(_PROJECT))
_MERGED = (Merge.table_name == Project.__tablename__, Merge.undone_at.is_(None))
# How many there are, for those whose number is shown; of the others, whether there are any.
COUNTED: Mapping[str, Select[*tuple[Any, ...]]] = {
    "activity": _TALKS.where(Activity.state == ActivityState.DONE).with_only_columns(func.count(Activity.id)),
    "comment": _of(Comment).with_only_columns(func.count(Comment.id)),
    "file": _of(Attachment).with_only_columns(func.count(Attachment.id)),
}
KINDS: Mapping[str, Any] = {
    "planned": _TALKS.where(Activity.state == ActivityState.PLANNED).exists(),
    "promised": _TALKS.where(activities.is_open_follow_up()).exists(),
    "shared": _TALKS.where(policy.hangs_on_more(_PROJECT)).exists(),
    "meeting": _of(AgendaItem).exists(),
    "action": _of(ActionItem).exists(),
    "move": _of(StageMove).exists(),
    "status": _of(StatusChange).exists(),
    "claim": _of(Claim).exists(),
    "open claim": _of(Claim).where(Claim.state.not_in((ClaimState.VERIFIED, ClaimState.REVERSED))).exists(),
    "contract": _of(Contract).exists(),
    "money": _of(MoneyEntry).exists(),
    "plan": _of(AnnualPlan).exists(),
    "node": _of(PlanNode).exists(),
    "edit": _of(Change).exists(),
    "pin": _of(Pin).exists(),
    "phase": select(Project.id).where(Project.parent_id == _PROJECT).exists(),
    "pooling": _of(PoolEvent).exists(),
    "transfer": _of(Transfer).exists(),
    "merge": or_(
        *(select(Merge.id).where(*_MERGED, column == _PROJECT).exists() for column in (Merge.kept_id, Merge.gone_id))
    ),
    "collision": _either(Collision.first_id, Collision.second_id),
    "listing": _of(Listing).exists(),
    "fai": _of(FaiEntry).exists(),
    "contact": _of_company(Contact).exists(),  # of its company, as the classes the company bears
    "mark": _of_company(CompanyClassMark).exists(),
    "followed": _of(Follow).where(Follow.user_id == compiled.ACTOR).exists(),
}
EVERYTHING: Mapping[str, int] = dict.fromkeys((*COUNTED, *KINDS), 1)  # for who has not looked


def there(session: Session, reader_id: int, project_id: int) -> Mapping[str, int]:
    """How many of each kind the project has, 1 for some of a kind that is not counted; none is left out. One statement.

    `followed`: by this reader. `shared`: some touchpoint is not simply shown with the project (policy.hangs_on_more).
    """
    return there_and_met(session, reader_id, project_id)[0]


def there_and_met(session: Session, reader_id: int, project_id: int) -> tuple[Mapping[str, int], Mapping[str, Any]]:
    """As `there`, and what the gate judges beside the project's own row (queries/gate.py: facts), in the same statement."""
    found = compiled.rows(session, _there, (), {"project_id": project_id, "actor_id": reader_id})[0]._mapping
    there = {kind: int(number) for kind in (*COUNTED, *KINDS) if (number := found[_HAS + kind])}
    return there, {name: value for name, value in found.items() if not name.startswith(_HAS)}


_HAS = "has "


@compiled.by_key
def _there() -> Select[*tuple[Any, ...]]:
    counted = {kind: rows.scalar_subquery() for kind, rows in COUNTED.items()}
    company = select(Project.company_id).where(Project.id == _PROJECT).scalar_subquery()
    kinds = (column.label(_HAS + kind) for kind, column in {**counted, **KINDS}.items())
    return select(*kinds, *gate.columns(company))
