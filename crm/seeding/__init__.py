"""Loading seed_data/: reference data for any office and the demo, from CSV files that a person edits in Excel.

Loading again changes nothing; an edited line changes its row; what people entered or changed in the program stays
(crm/seeding/writing.py says how). A wrong cell stops everything with its file, line and column.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable

from sqlalchemy.orm import Session

from crm.history import Signature, sign
from crm.seeding import deeds
from crm.seeding.catalogue import FILES
from crm.seeding.known import Known
from crm.seeding.lines import read, refusal
from crm.seeding.rollups import refresh
from crm.seeding.writing import Writer


def load(session: Session, now: datetime, *, demo: bool = True, folder: Traversable | None = None) -> Counter[str]:
    """Load reference data and, if `demo`, everything else; the caller commits.

    Returns how many lines were created, updated, unchanged, or present (made by people before, left as they are). Raises
    RuleBroken with one sentence a problem; then nothing may be committed. The bytes of seeded files: `papers.lay_out`.
    """
    sign(session, Signature(None, now))
    known, counts, project_ids = Known(session), Counter[str](), set[int]()
    for file in FILES:
        if file.demo and not demo:
            continue
        writer = Writer(session, known, file)
        writer.load(read(folder or files("seed_data"), file.name))
        if writer.problems:
            raise refusal(writer.problems)
        counts += writer.counts
        project_ids |= writer.project_ids
    session.flush()
    refresh(session, project_ids, now)
    if demo:
        counts += deeds.carry_out(session, known, read(folder or files("seed_data"), deeds.FILE))
        sign(session, Signature(None, now))
    return counts
