"""Changing many projects at once: each is judged by itself; what may not be changed stays as it is and is told why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm import policy
from crm.actions import following, projects, teams
from crm.errors import CrmError
from crm.models import Project
from crm.policy import Act, Actor
from crm.rules.days import day_of

MOST_AT_ONCE = 1_000
FIELDS = (
    "industry_id", "area_id", "source_channel", "investment_form", "expected_sign_on", "planned_start_on",
)  # fmt: skip


@dataclass(frozen=True)
class BulkChange:
    """What is to be done with each: columns to set, somebody to lead it, the team it belongs to, following it oneself."""

    values: Mapping[str, Any]
    lead_id: int | None = None
    unit_id: int | None = None
    follow: bool = False

    def __bool__(self) -> bool:
        return bool(self.values or self.lead_id or self.unit_id or self.follow)


@dataclass
class Outcome:
    """Which projects were changed, which were so already, and which were refused with the reason."""

    changed: list[Project] = field(default_factory=list)
    same: list[Project] = field(default_factory=list)
    refused: list[tuple[Project, str]] = field(default_factory=list)


def change(
    session: Session, actor: Actor, rows: Sequence[Project], wanted: BulkChange, seen: int, now: datetime
) -> Outcome:
    """Do it with each project that may be; `seen` is how far the change log had got when the form was opened.

    Everything of one project is done or nothing; the projects' members must be loaded.
    """
    policy.ensure(actor, Act.SEE_PROJECT)
    outcome = Outcome()
    for project in sorted(rows, key=lambda row: row.id):  # always in this order, or two people wait for each other
        try:
            with session.begin_nested():
                done = _one(session, actor, project, wanted, seen, now)
        except CrmError as refusal:
            outcome.refused.append((project, refusal.message))
        else:
            (outcome.changed if done else outcome.same).append(project)
    return outcome


def _one(session: Session, actor: Actor, project: Project, wanted: BulkChange, seen: int, now: datetime) -> bool:
    done = False
    if wanted.values:
        done = bool(projects.edit(session, actor, project, wanted.values, seen, now))
    if wanted.lead_id:
        done = teams.assign_lead(session, actor, project, wanted.lead_id, day_of(now)) or done
    if wanted.follow:
        following.follow(session, actor, project, now)
        done = True
    if wanted.unit_id:  # last: with the team one's own right may go
        done = teams.assign_unit(session, actor, project, wanted.unit_id) or done
    return done
