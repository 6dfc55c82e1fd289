"""What is perhaps the same as what somebody types: candidates (queries/candidates.py), each with a verdict.

One search for the check while typing, for registering and for the look-alikes of a project's page. It looks at the whole
register; what its reader may not see comes back as `Masked` (team and days alone), a secret project not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import Integer, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import MemberRole, Status, Word
from crm.models import Company, CompanyPiece, Project, ProjectMember, ProjectPiece, Unit
from crm.policy import Act, Actor
from crm.queries import candidates, compiled
from crm.rules import pieces
from crm.rules.likeness import Kinship, Level, Verdict, judge
from crm.rules.matching import MOST_COMPARED, Identity
from crm.rules.names import company_key, loose_company_key, plain, project_key

MOST_SHOWN = 5
MOST_KIN = 200
WHOLE = 100
LEAST_COMPANY_PERCENT = 70
SPOKEN = Verdict(Level.POSSIBLE, 60, (Word("读音相符"),))
_IDS: Any = bindparam("ids", expanding=True, type_=Integer())
HOLDING = (MemberRole.LEAD, MemberRole.SUPPORT, MemberRole.FIRST_REPORTER)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is typed so far of a project and its investor."""

    name: str = ""
    company_name: str = ""
    credit_code: str = ""
    total_yuan: int | None = None
    company_id: int | None = None  # where the investor is a registered company already

    def __bool__(self) -> bool:
        return bool(plain(self.name) or plain(self.company_name) or self.credit_code)


@dataclass(frozen=True)
class Hit:
    """A registered project that is perhaps the same; `project` has its company, unit, members and their people loaded."""

    project: Project
    verdict: Verdict

    @property
    def is_live(self) -> bool:
        """Whether somebody holds the right on it: going on, counting, not in the public pool."""
        return (
            self.project.status in (Status.ACTIVE, Status.PAUSED)
            and self.project.duplicate_of_id is None
            and self.project.pooled_at is None
        )

    def is_held_by(self, people: Collection[int]) -> bool:
        """Whether one of these persons is in charge of it, supports it or reported it first."""
        holders = {m.user_id for m in self.project.members if m.to_on is None and m.role in HOLDING}
        return bool(holders & set(people))

    def collides_with(self, people: Collection[int]) -> bool:
        """Whether a registration by these persons touches somebody else's right."""
        return self.verdict.collides and self.is_live and not self.is_held_by(people)


@dataclass(frozen=True)
class Masked:
    """A hit its reader may not see: whose it is and since when, nothing of what it is."""

    id: int
    unit: str
    registered_at: datetime
    protected_until_on: date | None
    level: Level
    collides: bool


@dataclass(frozen=True)
class Likes:
    """The hits for one reader, the surest first."""

    seen: Sequence[Hit] = ()
    masked: Sequence[Masked] = ()
    collisions: Sequence[datetime] = ()  # of those, shown or masked, that touch somebody else's right: when registered

    def __bool__(self) -> bool:
        return bool(self.seen or self.masked)

    def collided_by(self, seen_at: datetime) -> bool:
        """Whether a collision was there to be seen at that instant."""
        return any(registered_at <= seen_at for registered_at in self.collisions)


def asked_of(project: Project) -> Asked:
    """A registered project as if it were typed (`company` loaded)."""
    company = project.company
    return Asked(
        project.name, company.name if company else "", (company.credit_code or "") if company else "",
        project.total_yuan, project.company_id,
    )  # fmt: skip


def likes(session: Session, actor: Actor, asked: Asked, people: Collection[int] = (), besides: int = 0) -> Likes:
    """What the actor is told of what he types; `people` are those who would hold the registration (default: himself)."""
    mine = people or (actor.id,)
    found = hits(session, actor, asked, besides)
    visible = {hit.project.id for hit in found if policy.allows(actor, Act.SEE_PROJECT, hit.project)}
    seen = [hit for hit in found if hit.project.id in visible][:MOST_SHOWN]
    told = [hit for hit in found if hit.project.id not in visible and not hit.project.is_secret][:MOST_SHOWN]
    masked = [
        Masked(
            hit.project.id, hit.project.unit.short_name, hit.project.registered_at,
            hit.project.protected_until_on, hit.verdict.level, hit.collides_with(mine),
        )
        for hit in told
    ]  # fmt: skip
    return Likes(seen, masked, [hit.project.registered_at for hit in (*seen, *told) if hit.collides_with(mine)])


def hits(session: Session, actor: Actor, asked: Asked, besides: int = 0) -> list[Hit]:
    """Every registered project that is perhaps the same, secret ones included; for whom it is told, `likes` decides.

    Two or three statements where nothing is alike, at most six else.
    """
    verdicts = _verdicts(session, actor, asked, besides)
    judged = {project.id: Hit(project, verdicts[project.id]) for project in _whole(session, verdicts)}
    return [judged[key] for key in _surest(verdicts) if key in judged]


def similar(session: Session, actor: Actor, project: Project) -> list[Row[*tuple[Any, ...]]]:
    """(id, code, name, duplicate_of_id, its unit's short_name) of a project's look-alikes: those of `likes(…).seen`."""
    verdicts = _verdicts(session, actor, asked_of(project), project.id)
    if not verdicts:
        return []
    values = {**compiled.values_of(actor), "ids": compiled.padded(verdicts)}
    seen = {row.id: row for row in compiled.rows(session, _seen, (compiled.reader(actor),), values)}
    return [seen[key] for key in _surest(verdicts) if key in seen][:MOST_SHOWN]


@compiled.by_key
def _seen(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Project.id, Project.code, Project.name, Project.duplicate_of_id, Unit.short_name)
        .join(Unit, Unit.id == Project.unit_id)
        .where(Project.id.in_(_IDS), policy.project_rows(actor, Act.SEE_PROJECT))
    )


def _surest(verdicts: Mapping[int, Verdict]) -> list[int]:
    return sorted(verdicts, key=lambda key: (verdicts[key].level, -verdicts[key].percent, key))


def _verdicts(session: Session, actor: Actor, asked: Asked, besides: int) -> dict[int, Verdict]:
    """How alike the projects are that are alike, by their keys."""
    if not asked:
        return {}
    session.flush()  # statements that are compiled once do not do it
    kin = kinship(session, actor, asked)
    spoken = _spoken(session, ProjectPiece, ProjectPiece.project_id, asked.name)
    key = project_key(asked.name) if plain(asked.name) else ""
    rows = candidates.projects(session, key, pieces.pairs(key) if plain(key) else (), kin, spoken, besides)
    wanted = _identity(asked)
    return {row.id: v for row in rows if (v := _verdict(row, wanted, kin, spoken)) is not None}


def _whole(session: Session, ids: Collection[int]) -> Sequence[Project]:
    """The projects with what a hit needs of them."""
    if not ids:
        return ()
    return compiled.entities(session, _wholes, (), {"ids": compiled.padded(ids)}).scalars().all()


@compiled.by_key
def _wholes() -> Select[Project]:
    return (
        select(Project)
        .where(Project.id.in_(_IDS))
        .options(
            joinedload(Project.company), joinedload(Project.unit),
            selectinload(Project.members).joinedload(ProjectMember.user),
        )
    )  # fmt: skip


def _identity(asked: Asked) -> Identity:
    return Identity(
        project_key(asked.name) if asked.name else "",
        company_key(asked.company_name) if asked.company_name else "",
        asked.credit_code,
        total_yuan=asked.total_yuan,
    )


def _verdict(
    row: Row[*tuple[Any, ...]], wanted: Identity, kin: dict[int, Kinship], spoken: Collection[int]
) -> Verdict | None:
    known = Identity(row.name_key, row.company_key or "", row.credit_code or "", total_yuan=row.total_yuan)
    found = judge(wanted, known, kin.get(row.company_id or 0, Kinship.NONE))
    return found or (SPOKEN if row.id in spoken else None)


# -------------------------------------------------------------------------------------------------------------- investors


def kinship(session: Session, actor: Actor, asked: Asked) -> dict[int, Kinship]:
    """The companies that are the investor asked for, by code, name, short name or trade name; and those of its group.

    A company that is not the actor's to see leads to no group: its daughters would tell that it is known.
    """
    same = _same_companies(session, asked)
    if not same:
        return {}
    has_group = any(row.parent_id is not None or row.has_daughters for row in same)
    found = dict.fromkeys(_group(session, actor, [row.id for row in same]) if has_group else (), Kinship.GROUP)
    return {**found, **dict.fromkeys((row.id for row in same), Kinship.SAME)}


def _group(session: Session, actor: Actor, ids: Collection[int]) -> Iterable[int]:
    """The parents, sisters and daughters of companies, as far as these are the actor's to see."""
    seen = session.execute(
        select(Company.id, Company.parent_id).where(Company.id.in_(ids), policy.rows(actor, Act.SEE_COMPANY, Company))
    ).all()
    if not seen:
        return ()
    parents = {row.parent_id for row in seen if row.parent_id is not None}
    related = or_(Company.id.in_(parents), Company.parent_id.in_(parents | {row.id for row in seen}))
    return session.scalars(select(Company.id).where(related).limit(MOST_KIN))


def _same_companies(session: Session, asked: Asked) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of candidates.companies() that are the investor asked for."""
    name = plain(asked.company_name)
    if not name and not asked.credit_code and not asked.company_id:
        return ()
    known = [asked.company_id] if asked.company_id else []
    near = pieces.pairs(loose_company_key(name)) if name else ()
    key = company_key(name) if name else ""
    rows = candidates.companies(session, key, near, asked.credit_code, known)
    is_same = _same_company(asked)
    return [row for row in rows if row.id in known or is_same(row)]


def _same_company(asked: Asked) -> Callable[[Row[*tuple[Any, ...]]], bool]:
    """Whether a row is the investor asked for: by its code where both have one, by its name else."""
    typed = plain(asked.company_name)
    key, loose = company_key(typed), loose_company_key(typed)

    def is_same(row: Row[*tuple[Any, ...]]) -> bool:
        if asked.credit_code and row.credit_code:
            return bool(asked.credit_code == row.credit_code)
        same_name = key == row.name_key or loose == loose_company_key(row.name)
        return bool(typed) and (same_name or typed == plain(row.short_name))

    return is_same


def companies(session: Session, actor: Actor, asked: Asked, besides: int = 0) -> tuple[Sequence[Company], int]:
    """The registered companies that may be meant, those of other spelling and sound too; and how many are not the actor's.

    A company known only by secret projects that are not the actor's is neither shown nor counted.
    """
    session.flush()  # statements that are compiled once do not do it
    near = candidates.companies(session, "", pieces.pairs(loose_company_key(asked.company_name)), "", ())
    spoken = _spoken(session, CompanyPiece, CompanyPiece.company_id, asked.company_name)
    ids = {*kinship(session, actor, asked), *(row.id for row in near), *spoken} - {besides}
    if not ids:
        return (), 0
    visible = policy.rows(actor, Act.SEE_COMPANY, Company)
    rows = session.execute(select(Company, visible).where(Company.id.in_(ids))).all()
    alike = [(c, seen) for c, seen in rows if c.id in spoken or _company_percent(asked, c) >= LEAST_COMPANY_PERCENT]
    alike.sort(key=lambda pair: (-_company_percent(asked, pair[0]), pair[0].id))
    elsewhere = _with_open_projects(session, [c.id for c, seen in alike if not seen])
    return [c for c, seen in alike if seen][:MOST_SHOWN], elsewhere


def _company_percent(asked: Asked, company: Company) -> int:
    if asked.credit_code and asked.credit_code == company.credit_code:
        return WHOLE
    typed = loose_company_key(asked.company_name)
    names = (loose_company_key(company.name), plain(company.short_name))
    return max(int(fuzz.ratio(typed, name)) for name in names)


def _with_open_projects(session: Session, ids: Collection[int]) -> int:
    of_companies = (Project.company_id.in_(ids), Project.is_secret.is_(False))
    return session.scalar(select(func.count(Project.company_id.distinct())).where(*of_companies)) or 0 if ids else 0


def _spoken(session: Session, model: type[Any], owner: Any, typed: str) -> frozenset[int]:
    """The rows whose name sounds as typed, or begins with these initials."""
    if not pieces.is_spoken(typed):
        return frozenset()
    ranges = [model.piece.between(first, last) for first, last in pieces.spoken_ranges(typed)]
    return frozenset(session.scalars(select(owner).where(or_(*ranges)).limit(MOST_COMPARED)))
