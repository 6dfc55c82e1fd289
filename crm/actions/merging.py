"""Two records that are one become one: links, files and people go over, history and figures stay; and back again.

The project that goes keeps its page as a signpost (`duplicate_of_id`), its history and everything that counts, which is
nothing (rules/merging.py sees to it). The company that goes lies in the trash. `undo` puts everything back.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from crm import policy
from crm.actions import company_merging, money, rollups
from crm.actions.locking import hold, hold_all
from crm.actions.money import Amount
from crm.actions.notices import News, tell
from crm.actions.repointing import Trail, put_back
from crm.choices import MemberRole, MoneyKind, NoticeKind, Word
from crm.errors import Clash, NotFound, RuleBroken
from crm.models import (
    ActionItem,
    ActivityProject,
    AgendaItem,
    Attachment,
    Comment,
    Follow,
    Merge,
    MoneyEntry,
    Pin,
    Project,
    ProjectMember,
)
from crm.policy import Act, Actor
from crm.queries import merges
from crm.rules import merging as rules
from crm.rules.days import day_of
from crm.rules.names import project_key

# Everything that goes over with a project; a file that proves a claim stays with it. Pins go with what they pin.
MOVED = (
    (ActivityProject.project_id, None),
    (AgendaItem.project_id, None),
    (ActionItem.project_id, None),
    (Comment.project_id, None),
    (Attachment.project_id, Attachment.claim_id.is_(None)),
    (Pin.project_id, Pin.kind.in_(("activity", "meeting", "action", "comment", "file"))),
    (Follow.project_id, None),
    (Project.parent_id, None),
    (Project.duplicate_of_id, None),
)
_ROLLED_UP = ("last_contact_on", "protected_until_on")


def merge_projects(
    session: Session,
    actor: Actor,
    kept: Project,
    gone: Project,
    reason: str,
    now: datetime,
    chosen: Collection[str] = (),
    act: Act = Act.MERGE,
) -> Merge:
    """Merge `gone` into `kept` (`members` of both loaded); `chosen` are columns of which the gone one's value stays.

    `act` is the right it is done by: a ruling merges by ARBITRATE. Raises RuleBroken where figures would change or
    something is under way (rules/merging.py says what), Clash when it was merged meanwhile.
    """
    for project in (kept, gone):
        policy.ensure(actor, act, project)
    hold_all(session, kept, gone)
    for project in (kept, gone):
        if project.deleted_at is not None:
            raise Clash(Word("“%(name)s”刚被删除，请刷新后再看。", name=project.name))
        if session.scalars(merges.standing("project", project.id)).first():
            raise Clash(Word("“%(name)s”已经并入别的项目，请刷新后再看。", name=project.name))
    found = rules.obstacle(*merges.sides(session, kept.id, gone.id))
    if found:
        raise RuleBroken(found.sentence, "kept")
    trail = Trail(session)
    _step_aside(trail, kept, gone)
    _settle_columns(session, actor, trail, kept, gone, chosen, now)
    _carry_over(session, trail, kept, gone, now)
    _name_people(trail, kept, gone, now)
    merge = Merge(
        table_name="project", kept_id=kept.id, gone_id=gone.id, reason=reason, undo=trail.document, merged_at=now,
        merged_by_id=actor.id,
    )  # fmt: skip
    session.add(merge)
    session.flush()
    _tell(
        session,
        actor,
        merge,
        kept,
        gone,
        Word("“%(gone)s”（%(code)s）已并入“%(kept)s”。", gone=gone.name, code=gone.code, kept=kept.name),
        now,
    )
    return merge


def _step_aside(trail: Trail, kept: Project, gone: Project) -> None:
    """The gone one points to the kept one and leaves the public pool."""
    if kept.duplicate_of_id is not None:
        trail.write(kept, {"duplicate_of_id": None})
    trail.write(gone, {"duplicate_of_id": kept.id, "pooled_at": None})


def _settle_columns(
    session: Session, actor: Actor, trail: Trail, kept: Project, gone: Project, chosen: Collection[str], now: datetime
) -> None:
    """One value of each column. A planned total is a row of the ledger, so it is stated, not written."""
    ours, theirs = ({name: getattr(side, name) for name in rules.PROJECT_COLUMNS} for side in (kept, gone))
    changes = rules.settled(rules.PROJECT_COLUMNS, ours, theirs, chosen)
    total_yuan = changes.pop("total_yuan", None)
    if "name" in changes:
        changes["name_key"] = project_key(changes["name"])
    if kept.parent_id is None and gone.parent_id is not None:
        changes["parent_id"] = gone.parent_id
    trail.write(kept, changes)
    if total_yuan is not None:
        _state_total(session, actor, trail, kept, gone, total_yuan, now)


def _state_total(
    session: Session, actor: Actor, trail: Trail, kept: Project, gone: Project, total_yuan: int, now: datetime
) -> None:
    """The gone one's planned total: its whole ledger where the kept one has none, so that earlier months have it too."""
    before = {"total_yuan": kept.total_yuan}
    stated = merges.plans_of(session, gone.id) if kept.total_yuan is None else ()
    for entry in stated:
        trail.add(_copy_of(entry, kept.id))
    if not stated:
        today = day_of(now)
        valued = money.value(session, Amount(total_yuan), today)
        note = f"合并自 {gone.code}"
        trail.add(money.enter(session, actor, kept, MoneyKind.PLAN, valued, today, now, note))
    rollups.settle_total(session, kept)
    session.flush()
    trail.note(kept, before, {"total_yuan": kept.total_yuan})


def _copy_of(entry: MoneyEntry, project_id: int) -> MoneyEntry:
    columns = {column.name: getattr(entry, column.name) for column in entry.__table__.columns}
    return MoneyEntry(**{**columns, "id": None, "project_id": project_id})


def _carry_over(session: Session, trail: Trail, kept: Project, gone: Project, now: datetime) -> None:
    moved = {attribute: trail.move(attribute, gone.id, kept.id, only) for attribute, only in MOVED}
    if moved[ActivityProject.project_id]:
        before = {name: getattr(kept, name) for name in _ROLLED_UP}
        rollups.settle_contact(session, [kept.id], now)
        session.refresh(kept, _ROLLED_UP)
        trail.note(kept, before, {name: getattr(kept, name) for name in _ROLLED_UP})


def _name_people(trail: Trail, kept: Project, gone: Project, now: datetime) -> None:
    """Who works on the gone one works on the kept one from today on; a second lead supports. First reporters stay such."""
    current = [member for member in kept.members if member.to_on is None]
    named = {member.user_id for member in current}
    has_lead = any(member.role is MemberRole.LEAD for member in current)
    for member in gone.members:
        is_reporter = member.role is MemberRole.FIRST_REPORTER
        if member.to_on is not None or (member.user_id in named and not is_reporter):
            continue
        role = MemberRole.SUPPORT if member.role is MemberRole.LEAD and has_lead else member.role
        if any(other.user_id == member.user_id and other.role is role for other in current):
            continue
        from_on = member.from_on if is_reporter else day_of(now)
        trail.add(ProjectMember(project_id=kept.id, user_id=member.user_id, role=role, from_on=from_on))


def _tell(session: Session, actor: Actor, merge: Merge, kept: Project, gone: Project, text: str, now: datetime) -> None:
    people = {member.user_id for side in (kept, gone) for member in side.members if member.to_on is None}
    key = f"merge:{merge.id}:{'undone' if merge.undone_at else 'done'}"
    tell(session, people, News(NoticeKind.FOLLOWED, key, text, project_id=kept.id), now, actor.id)


def undo(session: Session, actor: Actor, merge: Merge, now: datetime, act: Act = Act.MERGE) -> None:
    """Put two merged projects or companies back as they were; what was entered on the kept one since stays there.

    Raises Clash when it is undone already, RuleBroken with what was done since that makes it impossible.
    Every object of the session is expired afterwards: ask for rows anew.
    """
    hold(session, merge)
    if merge.undone_at is not None:
        raise Clash("这次合并已经撤销过了。")
    if merge.table_name == "company":
        company_merging.put_apart(session, actor, merge)
    else:
        _undo_projects(session, actor, merge, now, act)
    merge.undone_at, merge.undone_by_id = now, actor.id
    session.flush()


def _undo_projects(session: Session, actor: Actor, merge: Merge, now: datetime, act: Act) -> None:
    kept, gone = (merges.find_project(session, key) for key in (merge.kept_id, merge.gone_id))
    if kept is None or gone is None:
        raise NotFound("合并的项目已经不在库中。")
    for project in (kept, gone):
        policy.ensure(actor, act, project)
    hold_all(session, kept, gone)
    problem = _undo_problem(session, merge, kept, gone)
    if problem:
        raise RuleBroken(problem)
    put_back(session, merge.undo, merge.gone_id, merge.kept_id)
    kept, gone = (merges.find_project(session, key) for key in (merge.kept_id, merge.gone_id))
    assert kept is not None and gone is not None
    merge.undone_at = now
    text = Word("“%(gone)s”（%(code)s）与“%(kept)s”的合并已撤销。", gone=gone.name, code=gone.code, kept=kept.name)
    _tell(session, actor, merge, kept, gone, text, now)


def _undo_problem(session: Session, merge: Merge, kept: Project, gone: Project) -> str | None:
    """What was done since that makes putting back impossible."""
    for project in (kept, gone):
        if project.deleted_at is not None:
            return Word("“%(name)s”已在回收站，请先恢复它，再撤销合并。", name=project.name)
    if kept.is_secret != gone.is_secret:
        return "合并之后只改了一个项目的涉密设定；请先改成一致，再撤销合并。"
    if session.scalars(merges.standing("project", kept.id)).first():
        return Word("“%(name)s”后来又并入了别的项目，请先撤销那一次合并。", name=kept.name)
    names = merges.proving_files(session, moved_keys(merge, "attachment"))
    if names:
        sentence = "附件“%(file)s”合并之后已作为“%(name)s”的佐证，撤回会使数据失去依据；请先在核定记录里换一份佐证。"
        return Word(sentence, file=names[0], name=kept.name)
    return None


def moved_keys(merge: Merge, table: str) -> list[int]:
    """Keys of the rows of a table that a merge moved."""
    return [key for keys in merge.undo["moved"].get(table, {}).values() for (key,) in keys]
