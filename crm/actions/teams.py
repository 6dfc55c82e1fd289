"""Who works on a project, from when to when, and who alone may know of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.choices import MemberRole, Role, Word
from crm.errors import RuleBroken
from crm.models import Project, ProjectMember
from crm.policy import Act, Actor
from crm.rules.days import day_of

ONE_PERSON = frozenset({MemberRole.LEAD, MemberRole.LEADER, MemberRole.AGENT})
ASSIGNABLE = (
    MemberRole.LEAD,
    MemberRole.SUPPORT,
    MemberRole.LEADER,
    MemberRole.AGENT,
    MemberRole.READER,
)  # the first reporter is a fact, not an appointment


def set_team(
    session: Session,
    actor: Actor,
    project: Project,
    people: Mapping[MemberRole, Collection[int]],
    unit_id: int | None,
    today: date,
) -> None:
    """Make these the project's people: who is new begins today, who is not named any more ends today.

    Raises RuleBroken for a project without a 主办 and for two where one belongs. `project.members` must be loaded.
    """
    policy.ensure(actor, Act.EDIT_TEAM, project)
    hold(session, project)
    if not people.get(MemberRole.LEAD):
        raise RuleBroken("请指定主办。", "lead")
    for role in ASSIGNABLE:
        wanted = set(people.get(role, ()))
        if role in ONE_PERSON and len(wanted) > 1:
            raise RuleBroken(Word("%(role)s只能有一位。", role=role.label), role.value)
        _set_role(project, role, wanted, today)
    if unit_id is not None:
        project.unit_id = unit_id
    session.flush()


def assign_lead(session: Session, actor: Actor, project: Project, user_id: int, today: date) -> bool:
    """Put somebody in charge and leave the rest of the team; whether that changed anything."""
    policy.ensure(actor, Act.EDIT_TEAM, project)
    hold(session, project)
    now = {member.user_id for member in project.members if member.role is MemberRole.LEAD and member.to_on is None}
    _set_role(project, MemberRole.LEAD, {user_id}, today)
    session.flush()
    return now != {user_id}


def assign_unit(session: Session, actor: Actor, project: Project, unit_id: int) -> bool:
    """Put the project under another team, its people as they are; whether that changed anything."""
    policy.ensure(actor, Act.EDIT_TEAM, project)
    hold(session, project)
    changed = project.unit_id != unit_id
    project.unit_id = unit_id
    session.flush()
    return changed


def _set_role(project: Project, role: MemberRole, wanted: set[int], today: date) -> None:
    current = {member.user_id: member for member in project.members if member.role is role and member.to_on is None}
    for user_id in current.keys() - wanted:
        current[user_id].to_on = today
    for user_id in sorted(wanted - current.keys()):
        project.members.append(ProjectMember(user_id=user_id, role=role, from_on=today))


def set_secret(session: Session, actor: Actor, project: Project, is_secret: bool, alias: str, now: datetime) -> None:
    """Close a project to all but its people and the leaders, or open it again.

    Who closes it knows of it, and is named on it if he is not yet; otherwise he could not open it again.
    """
    policy.ensure(actor, Act.SET_SECRET, project)
    hold(session, project)
    if is_secret and not alias:
        raise RuleBroken("涉密项目要有代号，简报和会议上用它代替名称。", "alias")
    named = any(member.user_id == actor.id and member.to_on is None for member in project.members)
    if is_secret and not named and actor.role is not Role.LEADER:
        project.members.append(ProjectMember(user_id=actor.id, role=MemberRole.READER, from_on=day_of(now)))
    project.is_secret, project.alias = is_secret, alias or project.alias
    session.flush()
