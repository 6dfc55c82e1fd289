"""What the kept totals must be: the definition, asked figure by figure, for one reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import policy, stale
from crm.actions import stage_totals
from crm.models import Project
from crm.policy import Act, Actor
from crm.queries.totals import Basis, Verdict, kept
from crm.queries.totals.basis import month_of
from crm.queries.totals.kept import Asked, Axis, Sums
from crm.queries.totals.reached import EVER, FIGURE
from crm.queries.totals.registry import Source

ALL_AXES = tuple(Axis)
FIRST, LAST = date(2000, 1, 1), date(2030, 1, 1)


def by_definition(session: Session, actor: Actor, basis: Basis) -> dict[tuple[Any, ...], Sums]:
    """Sums by stage, month, team and industry over the rows that the figures themselves count and the reader may see."""
    found: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sources = {figure.source.name: figure.source for figure in FIGURE.values()}
    rows_of = {name: _counted(session, actor, basis, source) for name, source in sources.items()}
    for (stage, measure), figure in FIGURE.items():
        for facet, key, sums in rows_of[figure.source.name]:
            if figure.takes(facet):
                found[(stage, *key)][measure.value] += sums[measure.value]
    whole = {key: Sums(*(sums[name] for name in Sums._fields)) for key, sums in found.items()}
    return {key: sums for key, sums in whole.items() if any(sums)}


def _counted(session: Session, actor: Actor, basis: Basis, source: Source) -> list[tuple[str, tuple[Any, ...], Any]]:
    """(facet, (month, team, industry), sums) of the rows of a source that count and may be seen."""
    rows = source.rows(basis, EVER).subquery()
    keys = (rows.c.facet, month_of(rows.c.on), Project.unit_id, func.coalesce(Project.industry_id, 0))
    summed = select(*keys, *(func.sum(rows.c[name]) for name in Sums._fields)).group_by(*keys)
    counted = (rows.c.verdict == Verdict.COUNTED.value, policy.project_rows(actor, Act.SEE_PROJECT))
    found = session.execute(summed.join(Project, Project.id == rows.c.project_id).where(*counted))
    return [_row(row) for row in found]


def _row(row: Any) -> tuple[str, tuple[Any, ...], dict[str, int]]:
    sums = zip(Sums._fields, row[4:], strict=True)
    return row[0], tuple(row[1:4]), {name: int(value or 0) for name, value in sums}


def as_kept(
    session: Session, actor: Actor, basis: Basis, axes: Sequence[Axis] = ALL_AXES
) -> dict[tuple[Any, ...], Sums]:
    """What the pages show, from the totals that are kept."""
    return kept.sums(session, actor, basis, Asked(tuple(axes), FIRST, LAST))


def check_all(session: Session, actors: Sequence[Actor], today: date) -> None:
    """Every reader sees what the definition says: as things stand, with notes; and with everything added up."""
    stale.note(session)
    for actor in actors:
        check(session, actor, Basis(today))
    check(session, actors[0], Basis(today, counts_relocations=True))
    stage_totals.settle_all(session, today)
    assert not stage_totals.differences(session, today)
    check(session, actors[-1], Basis(today))


def check(session: Session, actor: Actor, basis: Basis) -> None:
    """This reader sees what the definition says."""
    assert as_kept(session, actor, basis) == by_definition(session, actor, basis)
