"""A team's late work, by person: what a team lead looks at after his own day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import MemberRole
from crm.models import Activity, Project, ProjectMember, SupervisionLetter, User
from crm.policy import Act, Actor, Scope
from crm.queries import action_items, activities
from crm.queries.day import MOST, Measure, first_project, letters_due, named_on, of_plans, of_projects
from crm.rules.today import Todo, TodoKind


@dataclass(frozen=True)
class Share:
    """What is late with one person; `name` is "" where a project has no 主办."""

    name: str
    todos: tuple[Todo, ...]


def late_by_person(session: Session, actor: Actor, by: Measure) -> list[Share]:
    """The late work of the actor's units without his own, who has most of it first; a fixed number of statements."""
    if policy.scope(actor, Act.EDIT_PROJECT) is not Scope.TEAM:
        return []
    whose = policy.project_rows(actor, Act.EDIT_PROJECT) & ~named_on(actor.id)
    until = by.today - timedelta(days=1)
    wanted = action_items.plan_awaited() & SupervisionLetter.project_id.in_(select(Project.id).where(whose))
    asked = [
        *of_projects(session, by, until, whose), *of_plans(session, until, whose),
        *letters_due(session, actor, until, wanted & ~action_items.asks_plan_of(actor, by.today)),
    ]  # fmt: skip
    leads = _leads(session, {todo.project[0] for todo in asked if todo.project})
    shares: dict[str, list[Todo]] = defaultdict(list)
    for name, todo in _promised(session, actor, by):
        shares[name].append(todo)
    for todo in asked:
        shares[leads.get(todo.project[0], "") if todo.project else ""].append(todo)
    found = [Share(name, tuple(sorted(todos, key=lambda todo: todo.on))) for name, todos in shares.items()]
    return sorted(found, key=lambda share: (-len(share.todos), share.name))


def _promised(session: Session, actor: Actor, by: Measure) -> Iterator[tuple[str, Todo]]:
    """Follow-ups of the others in the actor's units that have passed their day."""
    people = select(User.id, User.name).where(User.unit_id.in_(actor.unit_ids), User.id != actor.id)
    names = dict(session.execute(people).all())
    rows = activities.visible_to(actor).where(
        activities.is_open_follow_up(), activities.owned_by(*names), Activity.next_on < by.today
    )
    for row in session.scalars(rows.order_by(None).order_by(Activity.next_on).limit(MOST)).unique():
        owner = row.next_owner_id or row.entered_by_id
        if row.next_on and owner:
            what = row.next_step or "联系投资方"
            yield names[owner], Todo(TodoKind.FOLLOW_UP, row, row.next_on, project=first_project(row), what=what)


def _leads(session: Session, project_ids: Collection[int]) -> dict[int, str]:
    """The 主办 of each project."""
    rows = (
        select(ProjectMember.project_id, func.min(User.name))
        .join(User, User.id == ProjectMember.user_id)
        .where(
            ProjectMember.project_id.in_(project_ids),
            ProjectMember.role == MemberRole.LEAD,
            ProjectMember.to_on.is_(None),
        )
        .group_by(ProjectMember.project_id)
    )
    return dict(session.execute(rows).all())
