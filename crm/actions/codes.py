"""Taking codes of projects and numbers of minutes: each once, also when many take one in the same second."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.actions.locking import hold_register
from crm.models import Meeting, Minutes, Project
from crm.queries import settings
from crm.rules import codes, minutes
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


def take_minutes_number(session: Session, year: int) -> int:
    """The next number of the year's minutes; others who take one wait until this transaction ends.

    It follows those issued here and those typed in that were issued on paper before; nothing is taken if nothing is written.
    """
    hold_register(session)
    issued = session.scalars(select(Minutes.number).where(Minutes.year == year, Minutes.number.is_not(None))).all()
    typed = session.scalars(
        select(Meeting.minutes_number)
        .where(Meeting.minutes_number.startswith("会议纪要"), Meeting.minutes_number.contains(str(year)))
        .execution_options(**WITH_DELETED)
    ).all()
    return minutes.next_number(year, [number for number in issued if number is not None], typed)
