"""The annual lists a project stands on, and its plans, the newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm.models import AnnualPlan, Listing, User


def of_project(project_id: int) -> Select[Listing]:
    """The listings of a project, ended ones too."""
    return (
        select(Listing)
        .where(Listing.project_id == project_id)
        .order_by(Listing.year.desc(), Listing.to_on.is_not(None), Listing.id)
    )


def plans(session: Session, project_id: int) -> Sequence[tuple[AnnualPlan, str | None]]:
    """Every plan of a project with who approved it; the first of a year is the one in force."""
    rows = session.execute(
        select(AnnualPlan, User.name)
        .outerjoin(User, User.id == AnnualPlan.approved_by_id)
        .where(AnnualPlan.project_id == project_id)
        .order_by(AnnualPlan.year.desc(), AnnualPlan.approved_at.desc(), AnnualPlan.id.desc())
    )
    return [(plan, name) for plan, name in rows]
