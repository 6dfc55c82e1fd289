"""A lead's first weeks: whether experts are asked, and that whoever introduced it has been told."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from crm import policy
from crm.actions.locking import hold
from crm.choices import Stage
from crm.errors import RuleBroken
from crm.models import Project
from crm.policy import Act, Actor


def ask_experts(session: Session, actor: Actor, project: Project, needed: bool) -> None:
    """Experts are needed for the judgement (it may take longer then), or not after all."""
    policy.ensure(actor, Act.EDIT_PROJECT, project)
    hold(session, project)
    if project.stage > Stage.SCREENING:
        raise RuleBroken("项目已过研判，不再需要标注专家研判。")
    project.needs_experts = needed


def feed_back(session: Session, actor: Actor, project: Project, today: date) -> None:
    """Whoever introduced the lead has been told; the first day it was done stands."""
    policy.ensure(actor, Act.EDIT_PROJECT, project)
    hold(session, project)
    project.fed_back_on = project.fed_back_on or today
