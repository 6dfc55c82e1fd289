"""Taking project codes: each once, also when many register in the same second."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Project, Setting, Unit
from crm.rules import codes

PREFIX_SETTING = "project_code_prefix"


def take(session: Session, year: int, count: int = 1) -> list[str]:
    """The next codes of a year; others who take codes wait until this transaction ends."""
    # The root of the units stands for the register: a row that always exists and that nobody else locks.
    session.execute(select(Unit.id).where(Unit.parent_id.is_(None)).with_for_update(key_share=True))
    setting = session.get(Setting, PREFIX_SETTING)
    prefix = setting.value if setting else codes.DEFAULT_PREFIX
    taken = session.scalars(
        select(Project.code).where(Project.code.startswith(codes.stem(prefix, year), autoescape=True))
    )
    return codes.next_codes(prefix, year, taken, count)
