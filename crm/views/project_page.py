"""What one project's page shows, gathered: a fixed number of statements, whatever hangs on the project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm import policy
from crm.choices import ClaimKind, ClaimState, MemberRole, Status
from crm.models import Project
from crm.policy import Act
from crm.queries import audience, collisions, likeness, projects
from crm.queries.money_panel import money_panel
from crm.queries.ownership import ownership
from crm.queries.stage_log import spent, stage_log
from crm.rules.grades import LABELS, grade
from crm.rules.limits import stay
from crm.rules.project_marks import EXPECTED, passed, ribbon
from crm.rules.protection import protection
from crm.rules.statuses import ALLOWED_STATUSES
from crm.views import project_timeline, web
from crm.views.project_gate import gate, open_claims


def parts(project: Project) -> dict[str, Any]:
    """Everything the page's template needs."""
    session, actor, today = web.session(), web.actor(), web.today()
    steps = stage_log(session, project)
    claims = open_claims(project)
    return {
        **project_timeline.parts(project, steps),
        "gate": gate(project, claims),
        "stages": spent(project, steps, today),
        "stay": stay(project.stage, project.stage_since_on, today, project.status, web.limits()),
        "grade": LABELS.get(_grade(project), ""),
        "ribbon": ribbon(project.stage, project.status),
        "passed": list(
            passed(project.stage, project.status, {name: getattr(project, name) for name in EXPECTED}, today)
        ),
        "money": money_panel(session, project.id),
        "withdrawal": next((c for c in claims if c.kind is ClaimKind.STATUS and c.state is ClaimState.REPORTED), None),
        "similar": _similar(project),
        "ownership": ownership(session, actor, project),
        "phases": projects.phases(session, actor, project),
        "team": _team(project),
        "statuses": _statuses(project),
        "protection": protection(project.protected_until_on, today, project.stage, project.status),
        "collisions": collisions.of_project(session, actor, project.id),
        "is_followed": audience.is_followed(session, actor, project.id),
    }


def _grade(project: Project) -> str:
    marks = project.company.class_marks if project.company else ()
    return grade(
        project.total_yuan, project.foreign_usd, any(mark.company_class.value == "fortune_500" for mark in marks)
    )


def _similar(project: Project) -> Sequence[Project]:
    found = likeness.likes(web.session(), web.actor(), likeness.asked_of(project), besides=project.id)
    return [hit.project for hit in found.seen]


def _team(project: Project) -> list[tuple[MemberRole, list[str]]]:
    """(part, names), in the order in which they are named; parts nobody has are shown too, but for those who only know."""
    names: dict[MemberRole, list[str]] = {role: [] for role in MemberRole}
    for member in project.members:
        if member.to_on is None:
            names[member.role].append(member.user.name)
    return [(role, found) for role, found in names.items() if found or role is not MemberRole.READER]


def _statuses(project: Project) -> list[Status]:
    """What the reader may make of the project's status."""
    if not policy.allows(web.actor(), Act.CHANGE_STATUS, project):
        return []
    return list(ALLOWED_STATUSES[project.status])
