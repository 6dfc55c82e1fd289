"""流转: offering a project to another team or person, and the answer; while it is open the old side keeps working.

Nobody who may not see the project is told its name: notices to the receiving side call it what the pool would call it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.actions.notices import News, tell
from crm.choices import MemberRole, NoticeKind, TransferState, Word
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import Project, ProjectMember, Transfer, User
from crm.policy import Act, Actor
from crm.queries import transfers as queries
from crm.queries.people import find_user
from crm.rules import transfers as rules
from crm.rules.days import day_of
from crm.rules.pool import shown_name
from crm.rules.transfers import Receiver, TransferDraft
from crm.rules.workdays import Calendar


def propose(
    session: Session,
    actor: Actor,
    project: Project,
    draft: TransferDraft,
    calendar: Calendar,
    days: int,
    now: datetime,
) -> Transfer:
    """Offer a project (`members` loaded); the answer is due within `days` working days.

    Raises Clash while another offer of it is open, RuleBroken with the field for what cannot be.
    """
    policy.ensure(actor, Act.TRANSFER, project)
    hold(session, project)
    other = queries.open_of(session, project.id)
    if other:
        unit = other.to_unit.short_name
        raise Clash(Word("项目已在流转给%(unit)s，等对方答复；可先撤回那一次。", unit=unit))
    person = _receiver(session, draft)
    if person:
        draft = TransferDraft(person.unit_id, person.id, draft.reason, draft.from_percent)
    about = queries.proposal(session, project)
    found = rules.problem(draft, about)
    if found:
        raise RuleBroken(found[1], found[0] or None)
    assert draft.to_unit_id is not None
    transfer = Transfer(
        project_id=project.id, from_unit_id=project.unit_id, from_user_id=about.lead_id, to_unit_id=draft.to_unit_id,
        to_user_id=draft.to_user_id, state=TransferState.PROPOSED, reason=draft.reason, from_percent=draft.from_percent,
        proposed_at=now, proposed_by_id=actor.id, due_on=calendar.after(day_of(now), days),
    )  # fmt: skip
    session.add(transfer)
    session.flush()
    _announce(session, actor, transfer, queries.project_of(session, transfer), now)
    return transfer


def _receiver(session: Session, draft: TransferDraft) -> User | None:
    if draft.to_user_id is None:
        return None
    person = find_user(session, draft.to_user_id)
    if person is None or person not in queries.staff_of(session, person.unit_id):
        raise RuleBroken("对方不是在用的招商人员，请另选。", "to_user")
    if draft.to_unit_id not in (None, person.unit_id):
        raise RuleBroken(Word("%(name)s不在所选的组，请只选一项或选一致。", name=person.name), "to_user")
    return person


def accept(session: Session, actor: Actor, transfer: Transfer, user_id: int | None, answer: str, now: datetime) -> None:
    """Take the project over: the person named (else the one it was offered to) is its lead, in his team, from today on.

    `transfer.to_unit` must be loaded. Raises NotAllowed for who may not answer, Clash when it is too late,
    RuleBroken("to_user") for an impossible person.
    """
    project = _answerable(session, actor, transfer, now)
    person = find_user(session, user_id or transfer.to_user_id or 0)
    if person is None or person not in queries.staff_of(session, transfer.to_unit_id):
        raise RuleBroken("请指定接收组里的一位招商人员做主办。", "to_user")
    before = {member.user_id for member in project.members if member.to_on is None}
    _hand_over(project, person, transfer.from_percent, day_of(now))
    transfer.to_user_id = person.id
    _close(session, transfer, TransferState.ACCEPTED, actor, answer, now)
    called = _called(project)
    unit = transfer.to_unit.short_name
    taken = Word("“%(project)s”已由%(unit)s的%(who)s接收。", project=called, unit=unit, who=person.name)
    _tell(session, actor, transfer, before, taken, now)
    text = Word("“%(project)s”流转给你，由你主办。", project=project.name)
    tell(session, [person.id], News(NoticeKind.ASSIGNED, f"transfer:{transfer.id}:yours", text, project_id=project.id), now,
         actor.id)  # fmt: skip


def _hand_over(project: Project, person: User, from_percent: int, today: date) -> None:
    """The old lead until today with what is kept of the credit, the new one from today on with the rest."""
    lead = queries.lead_of(project)
    kept, passed = rules.split(lead.share_percent if lead else None, from_percent)
    if lead:
        lead.share_percent, lead.to_on = kept, today
    project.members.append(ProjectMember(user_id=person.id, role=MemberRole.LEAD, share_percent=passed, from_on=today))
    project.unit_id = person.unit_id


def refuse(session: Session, actor: Actor, transfer: Transfer, reason: str, now: datetime) -> None:
    """Say no, with the reason; everything stays as it was."""
    project = _answerable(session, actor, transfer, now)
    if not reason:
        raise RuleBroken("请写明不接收的原因，发起方据此调整。", "answer")
    _close(session, transfer, TransferState.REFUSED, actor, reason, now)
    people = {member.user_id for member in project.members if member.to_on is None}
    said = {"unit": transfer.to_unit.short_name, "project": _called(project), "reason": reason}
    _tell(session, actor, transfer, people, Word("%(unit)s没有接收“%(project)s”：%(reason)s", **said), now)


def withdraw(session: Session, actor: Actor, transfer: Transfer, now: datetime) -> None:
    """Take the offer back: whoever made it, or whoever may offer the project."""
    project = _held(session, transfer)
    if transfer.proposed_by_id != actor.id:
        policy.ensure(actor, Act.TRANSFER, project)
    if transfer.state is not TransferState.PROPOSED:
        raise Clash(rules.answer_problem(transfer.state, transfer.due_on, transfer.due_on) or "")
    _close(session, transfer, TransferState.WITHDRAWN, actor, "", now)
    text = Word("“%(project)s”的流转已撤回。", project=_called(project))
    _tell(session, actor, transfer, _receivers(session, transfer, project), text, now)


def expire(session: Session, today: date, now: datetime, most: int = 200) -> int:
    """Close the offers nobody answered in time; returns how many."""
    closed = 0
    for transfer in session.scalars(queries.overdue(today).limit(most)).all():
        project = _held(session, transfer)
        if transfer.state is not TransferState.PROPOSED:
            continue
        transfer.state, transfer.answered_at = TransferState.EXPIRED, now
        session.flush()
        text = Word("“%(project)s”的流转逾期未复，已失效，可重新发起。", project=_called(project))
        people = {transfer.proposed_by_id, *_receivers(session, transfer, project)}
        tell(session, people, _news(transfer, text), now)
        closed += 1
    return closed


def _answerable(session: Session, actor: Actor, transfer: Transfer, now: datetime) -> Project:
    """Its project, held; raises NotAllowed and Clash."""
    project = _held(session, transfer)
    to = Receiver(transfer.to_unit_id, transfer.to_user_id, project.is_secret)
    if not rules.may_answer(actor.id, actor.role, actor.unit_ids, to):
        raise NotAllowed(
            "涉密项目的流转由接收组组长或领导答复。" if project.is_secret else "流转由接收人或接收组组长答复。"
        )
    problem = rules.answer_problem(transfer.state, transfer.due_on, day_of(now))
    if problem:
        raise Clash(problem)
    return project


def _held(session: Session, transfer: Transfer) -> Project:
    """Hold the project first and the transfer after it, as `propose` does: two answers never wait for each other."""
    project = queries.project_of(session, transfer)
    hold(session, project)
    hold(session, transfer)
    return project


def _close(
    session: Session, transfer: Transfer, state: TransferState, actor: Actor, answer: str, now: datetime
) -> None:
    transfer.state, transfer.answer = state, answer
    transfer.answered_at, transfer.answered_by_id = now, actor.id
    session.flush()


# -------------------------------------------------------------------------------------------------------------- telling


def _called(project: Project) -> str:
    """What the project is called before people who may not see it; a secret one never by its industry."""
    industry = project.industry.name if project.industry and not project.is_secret else None
    return shown_name(project.name, project.alias, industry, shows_names=False)


def _receivers(session: Session, transfer: Transfer, project: Project) -> set[int]:
    """Who may answer. Of a secret project the person it is meant for is not told before the answer."""
    people = set(queries.deciders(session, transfer.to_unit_id, project.is_secret))
    return people if project.is_secret or transfer.to_user_id is None else people | {transfer.to_user_id}


def _announce(session: Session, actor: Actor, transfer: Transfer, project: Project, now: datetime) -> None:
    due = transfer.due_on
    text = Word(
        "%(who)s把“%(project)s”流转给你们，请在%(month)d月%(day)d日前答复。",
        who=actor.name, project=_called(project), month=due.month, day=due.day,
    )  # fmt: skip
    tell(session, _receivers(session, transfer, project), _news(transfer, text), now, actor.id)
    others = {member.user_id for member in project.members if member.to_on is None}
    begun = Word("%(who)s发起流转“%(project)s”。", who=actor.name, project=project.name)
    told = News(NoticeKind.TRANSFER, f"transfer:{transfer.id}:offered", begun, project_id=project.id)
    tell(session, others, told, now, actor.id)


def _tell(
    session: Session, actor: Actor, transfer: Transfer, people: Collection[int], text: str, now: datetime
) -> None:
    tell(session, {transfer.proposed_by_id, *people}, _news(transfer, text), now, actor.id)


def _news(transfer: Transfer, text: str) -> News:
    key = f"transfer:{transfer.id}:{transfer.state.value}"
    return News(NoticeKind.TRANSFER, key, text, table_name="transfer", row_id=transfer.id)
