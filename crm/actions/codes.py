"""Taking project codes: each once, also when many register in the same second."""

from __future__ import annotations

import re

from sqlalchemy import Integer, String, column, func, select, values
from sqlalchemy.orm import Session

from crm.actions.locking import hold_register
from crm.models import Project
from crm.queries import settings
from crm.rules import codes

_PROJECT = Project.__table__.c  # of the bare table: a deleted project keeps its code, and may come back with it
LONGEST: int = _PROJECT.code.type.length  # type: ignore[attr-defined]


def take(session: Session, year: int, count: int = 1) -> list[str]:
    """The next codes of a year; others who take codes wait until this transaction ends."""
    hold_register(session)
    prefix = settings.current(session).project_code_prefix
    return codes.next_codes(prefix, year, _highest(session, codes.stem(prefix, year)), count)


def _highest(session: Session, stem: str) -> list[str]:
    """The highest code of each length that is this stem and figures alone: a look into the index for each.

    Codes of one length that differ in figures only are in the order of their numbers, whatever the language of the database.
    """
    ends = [
        (len(stem) + digits, stem + "0" * digits, stem + "9" * digits) for digits in range(1, LONGEST - len(stem) + 1)
    ]
    columns = (column("length", Integer), column("first", String), column("last", String))
    lengths = values(*columns, name="lengths").data(ends).cte()
    longest = select(func.max(func.length(_PROJECT.code))).scalar_subquery()
    highest = (
        select(_PROJECT.code)
        .where(
            func.length(_PROJECT.code) == lengths.c.length,
            _PROJECT.code.between(lengths.c.first, lengths.c.last),
            _PROJECT.code.regexp_match(f"^{re.escape(stem)}[0-9]+$"),
        )
        .order_by(_PROJECT.code.desc())
        .limit(1)
        .correlate(lengths)
        .scalar_subquery()
    )
    return [code for code in session.scalars(select(highest).where(lengths.c.length <= longest)) if code]
