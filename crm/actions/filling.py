"""Moving a project with what the move still lacks, in one transaction: all of it is written and the project moves, or
nothing is. What is written goes through the very actions that the pages use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions import companies, investors, lifecycle, projects, teams
from crm.actions.investors import Investor
from crm.actions.locking import hold, hold_register
from crm.actions.two_editors import Answers, Dispute, EditClash, together
from crm.choices import MemberRole, Stage, Word
from crm.errors import Clash
from crm.models import Company, Contact, Project
from crm.policy import Act, Actor
from crm.queries.stage_log import last_mover
from crm.rules.companies import CompanyDraft, ContactDraft
from crm.rules.days import day_of, minute
from crm.rules.lifecycle import Way, way
from crm.rules.two_editors import Side, Values


@dataclass(frozen=True)
class Filling:
    """What is filled in on the way: columns of the project, its investor where it has none yet, else blanks of the
    investor and a contact there, and people by their part."""

    values: Mapping[str, Any] = field(default_factory=dict)
    investor: Investor = field(default_factory=Investor)
    company: Mapping[str, Any] = field(default_factory=dict)
    contact: ContactDraft | None = None
    people: Mapping[MemberRole, int] = field(default_factory=dict)
    confirmed: bool = False  # large figures are meant


@dataclass(frozen=True)
class Seen:
    """What the dialog showed: the stage the project stood in, its investor, and how far the change logs of both had got."""

    stage: int
    change_id: int = 0
    company_id: int | None = None
    company_change_id: int = 0


def fill(
    session: Session,
    actor: Actor,
    project: Project,
    filling: Filling,
    seen: Seen,
    now: datetime,
    answers: Answers | None = None,
) -> None:
    """Write what was missing (`project.members` and the company's `class_marks` loaded); each part asks for its own right.

    Raises Clash when the project has been moved meanwhile, EditClash where somebody else has filled in the same otherwise
    and `answers` do not say whose stands, RuleBroken with the field for what cannot be right.
    """
    policy.ensure(actor, Act.SEE_PROJECT, project)
    if filling.investor.name or filling.company:  # it may be a new one, or take a code that another has
        hold_register(session)
    answers = answers or Answers()
    filling = _with_investor(session, actor, project, filling, answers, now)
    if filling.company and project.company is not None:
        hold(session, project.company)
    ensure_still_there(session, project, seen)
    clashes: list[EditClash] = []
    for write in (_fill_project, _fill_investor, _appoint):
        try:
            write(session, actor, project, filling, seen, now, answers)
        except EditClash as clash:  # raised before anything of this part is written
            clashes.append(clash)
    if clashes:
        raise together(clashes)


def _with_investor(
    session: Session, actor: Actor, project: Project, filling: Filling, answers: Answers, now: datetime
) -> Filling:
    """The investor named is found or made, unless the one that somebody else has named meanwhile was chosen."""
    if not filling.investor.name or answers.sides.get("company_id") is Side.THEIRS:
        return filling
    policy.ensure(actor, Act.EDIT_PROJECT, project)
    company = investors.find_or_make(session, actor, filling.investor, now)
    session.flush()
    return replace(filling, values={**filling.values, "company_id": company.id if company else None})


def _fill_project(
    session: Session, actor: Actor, project: Project, filling: Filling, seen: Seen, now: datetime, answers: Answers
) -> None:
    if filling.values:
        projects.edit(session, actor, project, filling.values, seen.change_id, now, filling.confirmed, answers)


def take(
    session: Session,
    actor: Actor,
    project: Project,
    to: Stage,
    filling: Filling,
    reason: str,
    seen: Seen,
    now: datetime,
    answers: Answers | None = None,
) -> None:
    """Fill in what was missing and take the project to the stage, on or back, by the rules of actions/lifecycle.py."""
    fill(session, actor, project, filling, seen, now, answers)
    if way(project.stage, to) is Way.BACK:
        lifecycle.move_back(session, actor, project, to, reason, now)
    else:
        lifecycle.move(session, actor, project, to, reason, now)


def ensure_still_there(session: Session, project: Project, seen: Seen) -> None:
    """Raise Clash unless the project stands in the stage that was shown; the sentence says who moved it, and when."""
    hold(session, project)
    if int(project.stage) == seen.stage:
        return
    name, at = last_mover(session, project.id)
    raise Clash(
        Word(
            "%(who)s %(at)s 已把它移到“%(stage)s”，这次没有移动。",
            who=name or Word("台账导入"), at=minute(at), stage=project.stage.label,
        )
    )  # fmt: skip


def _fill_investor(
    session: Session, actor: Actor, project: Project, filling: Filling, seen: Seen, now: datetime, answers: Answers
) -> None:
    company = project.company
    if company is None or not (filling.company or filling.contact):
        return
    if project.company_id != seen.company_id or company.id != seen.company_id:
        raise Clash("项目的投资方刚改成了另一家，请核对后再补它的资料。")
    if filling.company:
        stated = replace(_stated(company), **filling.company)
        companies.edit(session, actor, company, stated, seen.company_change_id, answers)
    if filling.contact is not None and not _knows(session, company, filling.contact.name):
        companies.add_contact(session, actor, company, filling.contact, now)


def _knows(session: Session, company: Company, name: str) -> bool:
    """Somebody of this name was registered there meanwhile."""
    known = select(Contact.id).where(Contact.company_id == company.id, Contact.name == name)
    return session.scalar(known.limit(1)) is not None


def _stated(company: Company) -> CompanyDraft:
    """What stands of the company."""
    return CompanyDraft(
        name=company.name,
        short_name=company.short_name,
        credit_code=company.credit_code,
        parent_id=company.parent_id,
        origin=company.origin,
        country=company.country,
        province=company.province,
        city=company.city,
        registered_yuan=company.registered_yuan,
        intro=company.intro,
        classes=frozenset(mark.company_class for mark in company.class_marks),
    )


def _appoint(
    session: Session, actor: Actor, project: Project, filling: Filling, seen: Seen, now: datetime, answers: Answers
) -> None:
    """Put people into parts that were open; where somebody else has done so meanwhile one of the two is chosen."""
    wanted, disputes = dict(filling.people), []
    for role, user_id in filling.people.items():
        there = [each.user_id for each in project.members if each.role is role and each.to_on is None]
        if not there or user_id in there:
            continue
        match answers.sides.get(role.value):
            case Side.THEIRS:
                del wanted[role]
            case None | Side.ORIGINAL:
                texts = Values(None, str(there[0]), str(user_id))
                disputes.append(Dispute(role.value, texts, Project.__tablename__))
    if disputes:
        raise EditClash(disputes, ())
    if wanted:
        teams.set_team(session, actor, project, _people(project, wanted), None, day_of(now))


def _people(project: Project, added: Mapping[MemberRole, int]) -> dict[MemberRole, list[int]]:
    """The team as it is, with the parts that were missing."""
    people: dict[MemberRole, list[int]] = {role: [] for role in teams.ASSIGNABLE}
    for member in project.members:
        if member.to_on is None and member.role in people:
            people[member.role].append(member.user_id)
    return people | {role: [user_id] for role, user_id in added.items()}
