"""What one project's page shows, gathered: a fixed number of statements, whatever hangs on the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm import policy
from crm.choices import ClaimKind, ClaimState, MemberRole, Status
from crm.models import Project
from crm.policy import Act
from crm.queries import collisions, fai, likeness, projects
from crm.queries.gate import facts
from crm.queries.money_panel import money_panel
from crm.queries.ownership import ownership
from crm.queries.stage_log import Step, spent
from crm.rules.grades import LABELS, grade
from crm.rules.limits import stay
from crm.rules.project_marks import EXPECTED, passed, ribbon
from crm.rules.protection import protection
from crm.rules.statuses import ALLOWED_STATUSES
from crm.views import project_timeline, web
from crm.views.project_gate import gate, open_claims


def parts(project: Project, steps: Sequence[Step], there: Mapping[str, int], met: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the page's template needs. `there` is what hangs on the project at all, `met` what its gate judges
    (queries/presence.py).
    """
    session, actor, today = web.session(), web.actor(), web.today()
    claims = open_claims(project) if "open claim" in there else ()
    return {
        **project_timeline.parts(project, steps, there),
        "gate": gate(project, claims, facts(project, met)),
        "stages": spent(project, steps, today),
        "stay": stay(project.stage, project.stage_since_on, today, project.status, web.limits()),
        "grade": LABELS.get(_grade(project), ""),
        "ribbon": ribbon(project.stage, project.status),
        "passed": list(
            passed(project.stage, project.status, {name: getattr(project, name) for name in EXPECTED}, today)
        ),
        "money": money_panel(session, project.id, there),
        "withdrawal": next((c for c in claims if c.kind is ClaimKind.STATUS and c.state is ClaimState.REPORTED), None),
        "similar": likeness.similar(session, actor, project),
        "ownership": ownership(session, actor, project, there),
        "phases": projects.phases(session, actor, project) if project.parent_id or "phase" in there else (),
        "team": _team(project),
        "statuses": _statuses(project),
        "protection": protection(project.protected_until_on, today, project.stage, project.status),
        "collisions": collisions.of_project(session, actor, project.id) if "collision" in there else (),
        "fai": session.scalars(fai.standing(project.id)).first() if "fai" in there else None,
        "is_followed": "followed" in there,
    }


def _grade(project: Project) -> str:
    marks = project.company.class_marks if project.company else ()
    return grade(
        project.total_yuan, project.foreign_usd, any(mark.company_class.value == "fortune_500" for mark in marks)
    )


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
