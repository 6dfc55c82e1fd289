"""The annual lists a project stands on, the newest first."""

from __future__ import annotations

from sqlalchemy import Select, select

from crm.models import Listing


def of_project(project_id: int) -> Select[Listing]:
    """The listings of a project, ended ones too."""
    return (
        select(Listing)
        .where(Listing.project_id == project_id)
        .order_by(Listing.year.desc(), Listing.to_on.is_not(None), Listing.id)
    )
