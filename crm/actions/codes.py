"""Taking project codes: each once, also when many register in the same second."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.actions.locking import hold_register
from crm.models import Project
from crm.queries import settings
from crm.rules import codes
from crm.trash import WITH_DELETED


def take(session: Session, year: int, count: int = 1) -> list[str]:
    """The next codes of a year; others who take codes wait until this transaction ends."""
    hold_register(session)
    prefix = settings.current(session).project_code_prefix
    taken = session.scalars(
        select(Project.code)
        .where(Project.code.startswith(codes.stem(prefix, year), autoescape=True))
        .execution_options(**WITH_DELETED)  # a deleted project keeps its code, and may come back with it
    )
    return codes.next_codes(prefix, year, taken, count)
