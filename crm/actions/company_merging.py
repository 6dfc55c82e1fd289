"""Merging two companies: projects, people, talks, classes and subsidiaries go over; the one that goes lies in the trash."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold_all, hold_projects
from crm.actions.repointing import Trail, put_back
from crm.choices import Word
from crm.errors import NotFound, RuleBroken
from crm.models import Activity, Company, CompanyClassMark, Contact, Merge, Project
from crm.policy import Act, Actor
from crm.queries import merges
from crm.rules import merging as rules
from crm.rules.merging import CompanySide
from crm.rules.names import company_key
from crm.trash import WITH_DELETED

MOVED = (
    Project.company_id,
    Contact.company_id,
    Activity.company_id,
    CompanyClassMark.company_id,
    Company.parent_id,
)
_FOLDED = ("title", "phone", "email", "note")


def merge_companies(
    session: Session,
    actor: Actor,
    kept: Company,
    gone: Company,
    reason: str,
    now: datetime,
    chosen: Collection[str] = (),
) -> Merge:
    """Merge `gone` into `kept`; `chosen` are columns of which the gone one's value stays.

    Raises RuleBroken for two legal persons and where secret work would come to light.
    """
    for company in (kept, gone):
        policy.ensure_row(session, actor, Act.MERGE, company)
    _hold(session, kept, gone)
    problem = _problem(session, kept, gone)
    if problem:
        raise RuleBroken(problem, "kept")
    trail = Trail(session)
    changes = _changes(session, kept, gone, chosen)
    _fold_people(session, actor, trail, kept, gone, now)
    trail.write(gone, {"credit_code": None, "parent_id": None, "deleted_at": now, "deleted_by_id": actor.id})
    trail.write(kept, changes)
    for attribute in MOVED:
        trail.move(attribute, gone.id, kept.id, _not_folded(trail) if attribute is Contact.company_id else None)
    merge = Merge(
        table_name="company", kept_id=kept.id, gone_id=gone.id, reason=reason, undo=trail.document, merged_at=now,
        merged_by_id=actor.id,
    )  # fmt: skip
    session.add(merge)
    session.flush()
    return merge


def _hold(session: Session, kept: Company, gone: Company) -> None:
    """Both, then their projects; whatever is registered for one of the two from then on waits."""
    hold_all(session, kept, gone)
    theirs = select(Project.id).where(Project.company_id.in_((kept.id, gone.id)))
    hold_projects(session, session.scalars(theirs.execution_options(**WITH_DELETED)).all())


def _problem(session: Session, kept: Company, gone: Company) -> str | None:
    if gone.deleted_at is not None or kept.deleted_at is not None:
        return "其中一家企业刚被删除，请刷新后再看。"
    return rules.company_obstacle(*(side_of(session, company) for company in (kept, gone)))


def side_of(session: Session, company: Company) -> CompanySide:
    """What decides about merging a company."""
    return CompanySide(company.id, company.name, company.credit_code, merges.is_secret_alone(session, company.id))


def _changes(session: Session, kept: Company, gone: Company, chosen: Collection[str]) -> dict[str, Any]:
    """What changes on the kept company; its group is the one wanted, unless it would stand below itself."""
    ours, theirs = ({name: getattr(side, name) for name in rules.COMPANY_COLUMNS} for side in (kept, gone))
    changes = rules.settled(rules.COMPANY_COLUMNS, ours, theirs, chosen)
    wanted = changes.get("parent_id", kept.parent_id)
    changes["parent_id"] = rules.merged_parent(kept.id, gone.id, wanted, merges.group_of(session))
    if "name" in changes:
        changes["name_key"] = company_key(changes["name"])
    return changes


def _fold_people(session: Session, actor: Actor, trail: Trail, kept: Company, gone: Company, now: datetime) -> None:
    """The same person at both stays once; what only the other card says of him is added to it."""
    people = merges.contacts_of(session, kept.id, gone.id)
    ours, theirs = ([person for person in people if person.company_id == side.id] for side in (kept, gone))
    for mine, other in rules.twins(ours, theirs):
        filled = {name: getattr(other, name) for name in _FOLDED if not getattr(mine, name)}
        trail.write(mine, filled)
        trail.write(other, {"deleted_at": now, "deleted_by_id": actor.id})


def _not_folded(trail: Trail) -> Any:
    """Contacts but those just folded: they stay in the trash with the company that goes."""
    folded = [key for table, key, steps in trail.document["written"] if table == "contact" and "deleted_at" in steps]
    return Contact.id.not_in(folded)


def put_apart(session: Session, actor: Actor, merge: Merge) -> None:
    """Undo a merge of companies. Raises RuleBroken with what was done since that makes it impossible."""
    kept, gone = (merges.find_company(session, key) for key in (merge.kept_id, merge.gone_id))
    if kept is None or gone is None:
        raise NotFound("合并的企业已经不在库中。")
    _hold(session, kept, gone)
    problem = _undo_problem(session, merge, kept, gone)
    if problem:
        raise RuleBroken(problem)
    policy.ensure_row(session, actor, Act.MERGE, kept)
    put_back(session, merge.undo, merge.gone_id, merge.kept_id)


def _undo_problem(session: Session, merge: Merge, kept: Company, gone: Company) -> str | None:
    if session.scalars(merges.standing("company", kept.id)).first():
        return Word("“%(name)s”后来又并入了别的企业，请先撤销那一次合并。", name=kept.name)
    if kept.deleted_at is not None:
        return Word("“%(name)s”已在回收站，请先恢复它，再撤销合并。", name=kept.name)
    if gone.deleted_at is None:
        return Word("“%(name)s”已从回收站恢复，两家企业都在库中；请在企业页面逐项整理。", name=gone.name)
    code = next(
        (steps["credit_code"][0] for table, key, steps in merge.undo["written"]
         if (table, key) == ("company", gone.id) and "credit_code" in steps),
        None,
    )  # fmt: skip
    holder = merges.holder_of_code(session, code) if code else None
    if holder is not None and (holder.id != kept.id or kept.credit_code != code):
        return "原企业的信用代码合并之后已登记给另一家企业，请先更正那一家的信用代码。"
    return None
