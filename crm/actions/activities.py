"""Touchpoints written down, corrected, done and called off; the contact they make is kept on their projects."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from crm import policy
from crm.actions.locking import hold, hold_projects
from crm.actions.rollups import settle_contact
from crm.actions.two_editors import Answers, merge
from crm.actions.versions import ensure_fresh
from crm.choices import ActivityState, Stage, Status, Word
from crm.errors import NotAllowed, RuleBroken
from crm.models import Activity, ActivityPerson, ActivityProject, Company, Project
from crm.policy import Act, Actor
from crm.queries import activities as queries
from crm.rules import activities as rules
from crm.rules.activities import ActivityDraft
from crm.rules.days import at, local


@dataclass(frozen=True)
class Logged:
    """A touchpoint written down, and how many earlier follow-ups of the same projects it settled."""

    activity: Activity
    settled: int


def log(session: Session, actor: Actor, draft: ActivityDraft, now: datetime) -> Logged:
    """Write a touchpoint down. One that happened settles what its author had promised to follow on the same projects.

    Raises RuleBroken (with the field) for what is missing or cannot be, NotAllowed for a project that is not his.
    """
    policy.ensure(actor, Act.LOG_ACTIVITY)
    _check(session, actor, draft, draft.project_ids, now)
    activity = Activity(entered_at=now, entered_by_id=actor.id, unit_id=actor.unit_id)
    _fill(activity, draft, actor)
    session.add(activity)
    session.flush()
    if activity.state is not ActivityState.DONE:
        return Logged(activity, 0)
    settle_contact(session, draft.project_ids, now)
    return Logged(activity, _settle(session, actor, activity, draft.project_ids, now))


def edit(
    session: Session,
    actor: Actor,
    activity: Activity,
    draft: ActivityDraft,
    seen: int,
    now: datetime,
    answers: Answers | None = None,
) -> None:
    """Change a touchpoint, or write down how a planned one went; what it said before stays in the history.

    `activity` as `queries.whole` loads it; `seen` is how far its change log had got when the form opened. What others changed
    since and this person left alone stays theirs; raises EditClash where both changed the same and `answers` say nothing.
    """
    _ensure_editable(session, actor, activity)
    hold_projects(session, {*draft.project_ids, *(link.project_id for link in activity.project_links)})
    hold(session, activity)
    draft = _merged(session, actor, activity, draft, seen, answers or Answers())
    touched = {link.project_id for link in activity.project_links}
    _check(session, actor, draft, set(draft.project_ids) - touched, now)
    went_ahead = activity.state is ActivityState.PLANNED and draft.state is ActivityState.DONE
    _fill(activity, draft, actor)
    settle_contact(session, touched | set(draft.project_ids), now)
    if went_ahead:
        _settle(session, actor, activity, draft.project_ids, now)


def _merged(
    session: Session, actor: Actor, activity: Activity, draft: ActivityDraft, seen: int, answers: Answers
) -> ActivityDraft:
    """The draft with what others have changed meanwhile."""
    values = {name: getattr(draft, name) for name in (*_PLAIN, *_FOLLOWING)}
    if draft.next_on is not None and draft.next_owner_id is None:
        values["next_owner_id"] = actor.id  # nobody named is whoever writes
    standing = {name: getattr(activity, name) for name in values}
    return replace(draft, **{**standing, **merge(session, activity, values, seen, answers)})


def complete(session: Session, actor: Actor, activity: Activity, now: datetime) -> None:
    """What the touchpoint promised to follow has been done."""
    _ensure_follower(session, actor, activity)
    if activity.next_on is None:
        raise RuleBroken("这条记录没有约定下次联系。")
    if activity.next_done_at is None:
        activity.next_done_at = now


def reopen(session: Session, actor: Actor, activity: Activity) -> None:
    """The follow-up is open after all."""
    _ensure_follower(session, actor, activity)
    activity.next_done_at = None


def postpone(session: Session, actor: Actor, activity: Activity, on: date, today: date) -> None:
    """Another day for a planned touchpoint (its hour stays) or for what one promised to follow; the history keeps the first."""
    _ensure_follower(session, actor, activity)
    hold(session, activity)
    if on < today:
        raise RuleBroken(Word("延期到 %(day)s 已经过去，请选今天或以后的日子。", day=on), "next_on")
    if activity.state is ActivityState.PLANNED:
        activity.happened_at = at(on, local(activity.happened_at).time())
    elif activity.next_on is None or activity.next_done_at is not None:
        raise RuleBroken("这条记录没有待办的下次联系，不能延期。", "next_on")
    else:
        activity.next_on = on


def complete_and_plan_next(
    session: Session, actor: Actor, activity: Activity, draft: ActivityDraft, now: datetime
) -> Logged:
    """The follow-up was had: write it down, with the next one, and settle the promise it kept."""
    logged = log(session, actor, draft, now)
    complete(session, actor, activity, now)
    return logged


def cancel(session: Session, actor: Actor, activity: Activity, version: int, now: datetime) -> None:
    """Call a planned touchpoint off, or take back one that was written down by mistake; the row stays."""
    _ensure_editable(session, actor, activity)
    hold_projects(session, (link.project_id for link in activity.project_links))
    ensure_fresh(session, activity, version)
    activity.state = ActivityState.CANCELLED
    settle_contact(session, {link.project_id for link in activity.project_links}, now)


# ------------------------------------------------------------------------------------------------------------- who may


def _ensure_editable(session: Session, actor: Actor, activity: Activity) -> None:
    policy.ensure(actor, Act.LOG_ACTIVITY)
    if session.scalar(select(Activity.id).where(Activity.id == activity.id, queries.editable_by(actor))) is None:
        raise NotAllowed("这条记录由记录人和项目主办、组长修改。")


def _ensure_follower(session: Session, actor: Actor, activity: Activity) -> None:
    policy.ensure(actor, Act.LOG_ACTIVITY)
    mine = queries.owned_by(actor.id) & policy.rows(actor, Act.SEE_PROJECT, Activity)
    allowed = or_(mine, queries.editable_by(actor))
    if session.scalar(select(Activity.id).where(Activity.id == activity.id, allowed)) is None:
        raise NotAllowed("这项跟进由约定的人和项目主办、组长办理。")


def _check(
    session: Session, actor: Actor, draft: ActivityDraft, new_project_ids: Collection[int], now: datetime
) -> None:
    projects = _projects(session, draft.project_ids)
    for project in projects:
        if project.id in new_project_ids:
            policy.ensure(actor, Act.LOG_ACTIVITY, project)
    if draft.company_id is not None and not _sees_company(session, actor, draft.company_id):
        raise RuleBroken("没有找到这家企业，请重新选择。", "company_id")
    found = rules.problem(draft, _negotiated(projects), now)
    if found:
        field, sentence = found
        raise RuleBroken(sentence, field)


def _projects(session: Session, ids: Sequence[int]) -> Sequence[Project]:
    rows = select(Project).options(selectinload(Project.members)).where(Project.id.in_(ids)).order_by(Project.id)
    projects = session.scalars(rows).all()
    if len(projects) != len(set(ids)):
        raise RuleBroken("没有找到这个项目，请重新选择。", "project_ids")
    return projects


def _sees_company(session: Session, actor: Actor, company_id: int) -> bool:
    visible = policy.rows(actor, Act.SEE_COMPANY, Company)
    return session.scalar(select(Company.id).where(Company.id == company_id, visible)) is not None


def _negotiated(projects: Sequence[Project]) -> str | None:
    talking = (p.name for p in projects if p.stage is Stage.NEGOTIATION and p.status is Status.ACTIVE)
    return next(talking, None)


# ---------------------------------------------------------------------------------------------------------- what it changes

_PLAIN = (
    "kind", "state", "happened_at", "title", "place", "city", "company_id", "our_side", "their_side", "their_count",
    "summary", "demands", "commitments", "result",
)  # fmt: skip
_FOLLOWING = ("next_step", "next_on", "next_owner_id")


def _fill(activity: Activity, draft: ActivityDraft, actor: Actor) -> None:
    for name in _PLAIN:
        setattr(activity, name, getattr(draft, name))
    follows = draft.state is ActivityState.DONE and draft.next_on is not None
    if not follows or draft.next_on != activity.next_on:
        activity.next_done_at = None  # another day is another promise
    activity.next_step = draft.next_step if follows else ""
    activity.next_on = draft.next_on if follows else None
    activity.next_owner_id = (draft.next_owner_id or actor.id) if follows else None
    _link(activity, draft)


def _link(activity: Activity, draft: ActivityDraft) -> None:
    links = {link.project_id: link for link in activity.project_links}
    people = {person.user_id: person for person in activity.people}
    project_ids, people_ids = dict.fromkeys(draft.project_ids), dict.fromkeys(draft.people_ids)
    activity.project_links = [links.get(key) or ActivityProject(project_id=key) for key in project_ids]
    activity.people = [people.get(key) or ActivityPerson(user_id=key) for key in people_ids]


def _settle(session: Session, actor: Actor, activity: Activity, project_ids: Collection[int], now: datetime) -> int:
    promised = session.scalars(queries.answered_by(actor.id, project_ids, activity)).all()
    for earlier in promised:
        earlier.next_done_at = now
    return len(promised)
