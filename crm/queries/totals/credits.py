"""Figures parted among people and teams: verified results by agreed shares, and apart from them the work that was done.

A row of a figure is split by rules/credit.py as of its own day; what nobody has a part in stays with the project's unit. So
the teams of a leaderboard add up to the figure, and the people of a team to the team. One statement a source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from crm import policy
from crm.choices import ActivityKind, UnitKind
from crm.models import Activity, ActivityPerson, Project, ProjectMember, Target, Unit, User
from crm.policy import Act, Actor, Scope
from crm.queries.totals.basis import Basis, Verdict
from crm.queries.totals.registry import FIGURES, Figure, Source
from crm.queries.totals.work import activities
from crm.rules.credit import CREDITED, Part, ranks, split
from crm.rules.days import Period
from crm.rules.schedule import share

RESULTS = (
    "signed_count", "signed_total_yuan", "started_count", "finished_count", "producing_count", "arrived_yuan",
    "arrived_usd",
)  # fmt: skip
EFFORTS = (ActivityKind.TALK, ActivityKind.VIDEO, ActivityKind.VISIT, ActivityKind.TRIP, ActivityKind.SERVICE)


class Earned(NamedTuple):
    """What one person (None: nobody in particular) earned of one row of a figure; `amount` is the row's, in whole units."""

    figure: str
    row_id: int
    project_id: int
    on: date
    amount: int
    user_id: int | None
    unit_id: int
    credit: Fraction

    @property
    def worth(self) -> Fraction:
        """The person's part of the amount."""
        return self.amount * self.credit


def earned(session: Session, basis: Basis, within: Period, keys: Sequence[str] = RESULTS) -> Iterator[Earned]:
    """Every counted row of the figures in the period, split; one statement a source, one for the units of people."""
    units = dict(session.execute(select(User.id, User.unit_id)).all())
    by_source: dict[str, list[Figure]] = defaultdict(list)
    for key in keys:
        by_source[FIGURES[key].source.name].append(FIGURES[key])
    for figures in by_source.values():
        yield from _earned(session, figures, basis, within, units)


def _earned(
    session: Session, figures: Sequence[Figure], basis: Basis, within: Period, units: Mapping[int, int]
) -> Iterator[Earned]:
    for rows in _grouped(session.execute(_with_members(figures[0].source, _facets(figures), basis, within))):
        row = rows[0]
        parts = [Part(one.user_id, one.role, one.share_percent, one.from_on, one.to_on) for one in rows if one.user_id]
        shares = split(parts, row.on) or {None: Fraction(1)}
        for figure in figures:
            amount = getattr(row, figure.measure)
            if not amount or not figure.takes(row.facet):
                continue
            for user_id, credit in shares.items():
                unit_id = row.unit_id if user_id is None else units[user_id]
                yield Earned(figure.key, row.id, row.project_id, row.on, int(amount), user_id, unit_id, credit)


def _facets(figures: Iterable[Figure]) -> frozenset[str]:
    return frozenset().union(*(figure.facets or () for figure in figures))


def _with_members(source: Source, facets: frozenset[str], basis: Basis, within: Period) -> Any:
    """The counted rows of a source, each as often as the project has members that may have earned it."""
    narrowed = (facets,) if source.narrows and facets else ()
    rows = source.rows(basis, within, *narrowed).subquery(source.name)
    member = and_(ProjectMember.project_id == rows.c.project_id, ProjectMember.role.in_(CREDITED))
    return (
        select(
            rows.c.id, rows.c.project_id, rows.c.on, rows.c.facet, rows.c.counts, rows.c.yuan, rows.c.usd,
            Project.unit_id, ProjectMember.user_id, ProjectMember.role, ProjectMember.share_percent,
            ProjectMember.from_on, ProjectMember.to_on,
        )
        .join(Project, Project.id == rows.c.project_id)
        .outerjoin(ProjectMember, member)
        .where(rows.c.verdict == Verdict.COUNTED.value)
        .order_by(rows.c.on, rows.c.id, ProjectMember.id)
    )  # fmt: skip


def _grouped(rows: Iterable[Any]) -> Iterator[list[Any]]:
    group: list[Any] = []
    for row in rows:
        if group and group[0].id != row.id:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


# ---------------------------------------------------------------------------------------------------------- who stands where


@dataclass(slots=True)
class Standing:
    """A team or a person: `results` by figure, in whole units and exact parts of them; `efforts` by kind of touchpoint."""

    id: int
    name: str
    unit_id: int
    results: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    efforts: dict[ActivityKind, int] = field(default_factory=lambda: defaultdict(int))


def standings(session: Session, basis: Basis, within: Period) -> tuple[list[Standing], list[Standing]]:
    """(teams, people) with what they earned and did in the period; teams without anything too, people only with something."""
    units = {row.id: row for row in session.execute(select(Unit.id, Unit.short_name, Unit.kind).order_by(Unit.rank))}
    users = {row.id: row for row in session.execute(select(User.id, User.name, User.unit_id, User.is_active))}
    teams = {key: Standing(key, row.short_name, key) for key, row in units.items()}
    people = {key: Standing(key, row.name, row.unit_id) for key, row in users.items()}
    for one in earned(session, basis, within):
        teams[one.unit_id].results[one.figure] += one.worth
        if one.user_id is not None:
            people[one.user_id].results[one.figure] += one.worth
    for kind, user_id, unit_id, count in _efforts(session, basis, within):
        standing = teams[unit_id] if user_id is None else people[user_id]
        standing.efforts[kind] += count
    kept = [one for one in teams.values() if units[one.id].kind is UnitKind.TEAM or one.results or one.efforts]
    return kept, [one for one in people.values() if one.results or one.efforts]


def _efforts(session: Session, basis: Basis, within: Period) -> Iterator[tuple[ActivityKind, int | None, int, int]]:
    """(kind, person, unit, how often) and, with no person, (kind, None, unit, how often): a team's joint trip is one trip.

    Who took part did it; where nobody is named, who wrote it down did.
    """
    rows = activities(basis, within).subquery("activities")
    who = func.coalesce(ActivityPerson.user_id, Activity.entered_by_id).label("user_id")
    did = (
        select(rows.c.id, rows.c.facet, who)
        .join(Activity, Activity.id == rows.c.id)
        .outerjoin(ActivityPerson, ActivityPerson.activity_id == rows.c.id)
        .where(rows.c.verdict == Verdict.COUNTED.value, rows.c.facet.in_([kind.value for kind in EFFORTS]))
        .subquery("did")
    )
    joined = select(did.c.facet, User.unit_id, func.count(did.c.id.distinct())).join(User, User.id == did.c.user_id)
    for kind, unit_id, count in session.execute(joined.group_by(did.c.facet, User.unit_id)):
        yield ActivityKind.parse(kind), None, unit_id, count
    own = select(did.c.facet, User.id, User.unit_id, func.count()).join(User, User.id == did.c.user_id)
    for kind, user_id, unit_id, count in session.execute(own.group_by(did.c.facet, User.id, User.unit_id)):
        yield ActivityKind.parse(kind), user_id, unit_id, count


@dataclass(frozen=True, slots=True)
class Targets:
    """What was to be reached of a figure in a year, by unit and by person; whoever changed teams has both his targets."""

    units: Mapping[int, int] = field(default_factory=dict)
    people: Mapping[int, int] = field(default_factory=dict)


def targets(session: Session, year: int | None, by: str) -> Targets:
    """The year's targets of a figure; none without a year, nor of a figure that carries none."""
    indicator = FIGURES[by].indicator
    if year is None or indicator is None:
        return Targets()
    rows = select(Target.unit_id, Target.officer_id, Target.value).where(
        Target.year == year, Target.indicator == indicator
    )
    units: dict[int, int] = {}
    people: dict[int, int] = defaultdict(int)
    for unit_id, officer_id, value in session.execute(rows):
        if officer_id is None:
            units[unit_id] = value
        else:
            people[officer_id] += value
    return Targets(units, people)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A standing with its rank by a figure, its unit's name and, where it has a target, that and its 完成率.

    Units that are no 招商组 have a line, so that the board adds up, and no rank.
    """

    rank: int | None
    standing: Standing
    unit: str
    target: int | None = None
    completion: Fraction | None = None


def boards(
    session: Session, basis: Basis, within: Period, by: str, target_year: int | None
) -> tuple[list[Ranked], list[Ranked]]:
    """(teams, people) ranked by a figure among all, the first first; `target_year` where the targets of a year apply.

    Teams rank by 完成率 before amount, people by amount: not everybody is given a target.
    """
    units, people = standings(session, basis, within)
    goals = targets(session, target_year, by)
    known = {row.id: row for row in session.execute(select(Unit.id, Unit.short_name, Unit.kind))}

    def ranked(found: Sequence[Standing], aims: Mapping[int, int], *, by_rate: bool) -> list[Ranked]:
        rates = [share(one.results[by], aims.get(one.id)) for one in found]
        order = ranks([(rate if by_rate else None, one.results[by]) for one, rate in zip(found, rates, strict=True)])
        lines = [
            Ranked(rank, one, known[one.unit_id].short_name, aims.get(one.id), rate)
            for rank, one, rate in zip(order, found, rates, strict=True)
        ]
        return sorted(lines, key=lambda line: (line.rank or 0, line.standing.name))

    teams = [one for one in units if known[one.id].kind is UnitKind.TEAM]
    others = [Ranked(None, one, one.name) for one in units if known[one.id].kind is not UnitKind.TEAM]
    return ranked(teams, goals.units, by_rate=True) + others, ranked(people, goals.people, by_rate=False)


def may_see_person(actor: Actor, standing: Standing) -> bool:
    """Whether a person's standing is the actor's to see: his own, his team's for a team lead, everybody's for who answers
    for all (domain.md §6.3)."""
    reach = policy.scope(actor, Act.SEE_STANDING)
    if reach is Scope.ALL:
        return True
    return standing.id == actor.id or (reach is Scope.TEAM and standing.unit_id in actor.unit_ids)
