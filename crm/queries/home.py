"""What stands beside a person's day: his projects, reports that wait or came back, the team's late work, the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from crm import policy
from crm.choices import ClaimKind, ClaimState, Stage, Status
from crm.models import Claim, Holiday, Project
from crm.policy import Act, Actor
from crm.queries import settings
from crm.queries.day import Measure, named_on
from crm.queries.evidence import lacking
from crm.rules.limits import Limits
from crm.rules.settings import DEFAULTS


def is_mine(actor: Actor) -> ColumnElement[bool]:
    """Projects the actor works on: those he may edit, else those he is named on; a reader's are nobody's work."""
    if policy.can(actor, Act.EDIT_PROJECT):
        return policy.project_rows(actor, Act.EDIT_PROJECT)
    return named_on(actor.id) & policy.project_rows(actor, Act.SEE_PROJECT)


def my_projects(actor: Actor) -> Select[Project]:
    """The actor's projects that go on, the longest in their stage first; three hundred at most."""
    going = Project.status.in_((Status.ACTIVE, Status.PAUSED))
    return select(Project).where(is_mine(actor), going).order_by(Project.stage_since_on, Project.id).limit(300)


def by_stage(session: Session, actor: Actor) -> list[tuple[Stage, int]]:
    """How many of the actor's projects that go on stand in each stage; one statement."""
    going = Project.status.in_((Status.ACTIVE, Status.PAUSED))
    counted = select(Project.stage, func.count()).where(is_mine(actor), going).group_by(Project.stage)
    return [(stage, count) for stage, count in session.execute(counted.order_by(Project.stage))]


def claims_waiting(session: Session, actor: Actor) -> tuple[int, datetime | None]:
    """How many claims wait for the actor to verify, and since when the first one does."""
    if not policy.can(actor, Act.SEE_QUEUE):
        return 0, None
    waiting = (Claim.state == ClaimState.REPORTED, policy.rows(actor, Act.VERIFY, Claim))
    count, first = session.execute(select(func.count(), func.min(Claim.reported_at)).where(*waiting)).one()
    return count, first


def returned_to(session: Session, actor: Actor) -> Sequence[tuple[int, int, str, str]]:
    """(claim id, project id, project name, why) of the actor's reports that were given back and not yet replaced."""
    newer = aliased(Claim)
    later = exists().where(newer.replaces_id == Claim.id)
    rows = (
        select(Claim.id, Project.id, Project.name, Claim.reason)
        .join(Claim, Claim.project_id == Project.id)
        .where(Claim.reported_by_id == actor.id, Claim.state == ClaimState.RETURNED, ~later)
        .where(policy.project_rows(actor, Act.SEE_PROJECT))  # who left a secret project is told nothing more of it
    )
    found = session.execute(rows.order_by(Claim.id).limit(20))
    return [(claim_id, key, name, reason) for claim_id, key, name, reason in found]


UNPROVED_SHOWN = 5


def unproved_of(session: Session, actor: Actor) -> Sequence[tuple[int, ClaimKind, date, int, str]]:
    """(claim id, kind, day, project id, project name) of verified figures of the actor's projects that lack their evidence.

    The newest first, and one more than is shown to say that there are others. Nobody's who reports nothing.
    """
    if not policy.can(actor, Act.REPORT):
        return []
    rows = (
        select(Claim.id, Claim.kind, Claim.happened_on, Project.id, Project.name)
        .join(Project, Project.id == Claim.project_id)
        .where(is_mine(actor), policy.project_rows(actor, Act.ATTACH), Claim.state == ClaimState.VERIFIED, lacking())
        .order_by(Claim.happened_on.desc(), Claim.id.desc())
        .limit(UNPROVED_SHOWN + 1)
    )
    return [(claim_id, kind, on, key, name) for claim_id, kind, on, key, name in session.execute(rows)]


def measure(session: Session, today: date, limits: Limits, sign_days: int = DEFAULTS.action_sign_days) -> Measure:
    """What a day is judged by; one statement for the calendar."""
    return Measure(today, limits, settings.calendar(session), sign_days)


def holidays(session: Session, today: date) -> Sequence[Holiday]:
    """Days of the next ten that differ from the week: holidays, and weekends worked."""
    until = today + timedelta(days=10)
    return session.scalars(select(Holiday).where(Holiday.day.between(today, until)).order_by(Holiday.day)).all()
