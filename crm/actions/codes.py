"""Taking project codes: each once, also when many register in the same second."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Project, Unit
from crm.queries import settings
from crm.rules import codes


def take(session: Session, year: int, count: int = 1) -> list[str]:
    """The next codes of a year; others who take codes wait until this transaction ends."""
    # The root of the units stands for the register: a row that always exists and that nobody else locks.
    session.execute(select(Unit.id).where(Unit.parent_id.is_(None)).with_for_update(key_share=True))
    prefix = settings.current(session).project_code_prefix
    taken = session.scalars(
        select(Project.code).where(Project.code.startswith(codes.stem(prefix, year), autoescape=True))
    )
    return codes.next_codes(prefix, year, taken, count)
