"""What is perhaps the same as what somebody types: candidates by exact keys and telling pieces, each with a verdict.

One search for the check while typing, for registering and for the look-alikes of a project's page. It looks at the whole
register; what its reader may not see comes back as `Masked` (team and days alone), a secret project not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import MemberRole, Status, Word
from crm.models import Company, CompanyPiece, Project, ProjectMember, ProjectPiece
from crm.policy import Act, Actor
from crm.rules import pieces
from crm.rules.likeness import Kinship, Level, Verdict, judge
from crm.rules.matching import COMMON_BIGRAM, MOST_COMPARED, Identity
from crm.rules.names import company_key, loose_company_key, plain, project_key

MOST_SHOWN = 5
MOST_OF_INVESTOR = 50  # an investor's projects looked at, the newest first
MOST_KIN = 200
MOST_PIECES = 40
WHOLE = 100
LEAST_COMPANY_PERCENT = 70
SPOKEN = Verdict(Level.POSSIBLE, 60, (Word("读音相符"),))
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
    visible = _visible(session, actor, found)
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


def _visible(session: Session, actor: Actor, found: Sequence[Hit]) -> frozenset[int]:
    ids = [hit.project.id for hit in found]
    if not ids:
        return frozenset()
    visible = policy.rows(actor, Act.SEE_PROJECT, Project)
    return frozenset(session.scalars(select(Project.id).where(Project.id.in_(ids), visible)))


def hits(session: Session, actor: Actor, asked: Asked, besides: int = 0) -> list[Hit]:
    """Every registered project that is perhaps the same, secret ones included; for whom it is told, `likes` decides."""
    if not asked:
        return []
    kin = kinship(session, actor, asked)
    spoken = _spoken(session, ProjectPiece, ProjectPiece.project_id, asked.name)
    ids = {*_by_name(session, asked.name), *spoken}
    rows = select(Project).where(
        or_(Project.id.in_(ids), Project.id.in_(_of_companies(kin))),
        Project.id != besides, Project.status != Status.WITHDRAWN,
    )  # fmt: skip
    known = session.scalars(
        rows.options(
            joinedload(Project.company), joinedload(Project.unit),
            selectinload(Project.members).joinedload(ProjectMember.user),
        )
    ).all()  # fmt: skip
    wanted = _identity(asked)
    judged = [Hit(p, v) for p in known if (v := _verdict(p, wanted, kin, spoken)) is not None]
    return sorted(judged, key=lambda hit: (hit.verdict.level, -hit.verdict.percent, hit.project.id))


def _identity(asked: Asked) -> Identity:
    return Identity(
        project_key(asked.name) if asked.name else "",
        company_key(asked.company_name) if asked.company_name else "",
        asked.credit_code,
        total_yuan=asked.total_yuan,
    )


def _verdict(project: Project, wanted: Identity, kin: dict[int, Kinship], spoken: Collection[int]) -> Verdict | None:
    company = project.company
    known = Identity(
        project.name_key, company.name_key if company else "", (company.credit_code or "") if company else "",
        total_yuan=project.total_yuan,
    )  # fmt: skip
    found = judge(wanted, known, kin.get(project.company_id or 0, Kinship.NONE))
    return found or (SPOKEN if project.id in spoken else None)


def _of_companies(kin: Collection[int]) -> Select[int]:
    rows = select(Project.id).where(Project.company_id.in_(kin))
    return rows.order_by(Project.id.desc()).limit(MOST_OF_INVESTOR)


# -------------------------------------------------------------------------------------------------------------- investors


def kinship(session: Session, actor: Actor, asked: Asked) -> dict[int, Kinship]:
    """The companies that are the investor asked for, by code, name, short name or trade name; and those of its group.

    A company that is not the actor's to see leads to no group: its daughters would tell that it is known.
    """
    same = {*_same_companies(session, asked), *((asked.company_id,) if asked.company_id else ())}
    if not same:
        return {}
    seen = select(Company.id).where(Company.id.in_(same), policy.rows(actor, Act.SEE_COMPANY, Company))
    parents = select(Company.parent_id).where(Company.id.in_(seen), Company.parent_id.is_not(None))
    group = select(Company.id).where(
        or_(Company.id.in_(parents), Company.parent_id.in_(parents), Company.parent_id.in_(seen))
    )
    found = dict.fromkeys(session.scalars(group.limit(MOST_KIN)), Kinship.GROUP)
    return {**found, **dict.fromkeys(same, Kinship.SAME)}


def _same_companies(session: Session, asked: Asked) -> list[int]:
    name = plain(asked.company_name)
    if not name and not asked.credit_code:
        return []
    by_key = [Company.credit_code == asked.credit_code] if asked.credit_code else []
    if name:
        near = _by_pieces(session, CompanyPiece, CompanyPiece.company_id, pieces.pairs(loose_company_key(name)))
        by_key += [Company.name_key == company_key(name), Company.id.in_(near)]
    rows = session.execute(
        select(Company.id, Company.name, Company.name_key, Company.short_name, Company.credit_code).where(or_(*by_key))
    )
    return [row.id for row in rows if _is_same_company(asked, row.name, row.name_key, row.short_name, row.credit_code)]


def _is_same_company(asked: Asked, name: str, key: str, short: str, code: str | None) -> bool:
    if asked.credit_code and code:
        return asked.credit_code == code
    typed = plain(asked.company_name)
    same_name = company_key(typed) == key or loose_company_key(typed) == loose_company_key(name)
    return bool(typed) and (same_name or typed == plain(short))


def companies(session: Session, actor: Actor, asked: Asked, besides: int = 0) -> tuple[Sequence[Company], int]:
    """The registered companies that may be meant, those of other spelling and sound too; and how many are not the actor's.

    A company known only by secret projects that are not the actor's is neither shown nor counted.
    """
    near = _by_pieces(
        session, CompanyPiece, CompanyPiece.company_id, pieces.pairs(loose_company_key(asked.company_name))
    )
    spoken = _spoken(session, CompanyPiece, CompanyPiece.company_id, asked.company_name)
    ids = {*kinship(session, actor, asked), *near, *spoken} - {besides}
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


# ----------------------------------------------------------------------------------------------------------------- pieces


def _by_name(session: Session, name: str) -> Iterable[int]:
    key = project_key(name) if name else ""
    if not plain(key):
        return ()
    exact = session.scalars(
        select(Project.id).where(Project.name_key == key).order_by(Project.id.desc()).limit(MOST_COMPARED)
    )
    return {*exact, *_by_pieces(session, ProjectPiece, ProjectPiece.project_id, pieces.pairs(key))}


def _by_pieces(session: Session, model: type[Any], owner: Any, wanted: Collection[str]) -> Sequence[int]:
    """The rows that share most of the telling pieces; one in more than four hundred names tells nothing."""
    telling = _telling(session, model, owner, wanted)
    if not telling:
        return ()
    rows = select(owner).where(model.piece.in_(telling)).group_by(owner)
    return session.scalars(rows.order_by(func.count().desc(), owner.desc()).limit(MOST_COMPARED)).all()


def _telling(session: Session, model: type[Any], owner: Any, wanted: Collection[str]) -> list[str]:
    counted = []
    for piece in sorted(wanted)[:MOST_PIECES]:
        some = select(owner).where(model.piece == piece).limit(COMMON_BIGRAM + 1).subquery()
        counted.append(select(literal(piece).label("piece"), select(func.count()).select_from(some).scalar_subquery()))
    if not counted:
        return []
    return [piece for piece, count in session.execute(union_all(*counted)) if 0 < count <= COMMON_BIGRAM]


def _spoken(session: Session, model: type[Any], owner: Any, typed: str) -> frozenset[int]:
    """The rows whose name sounds as typed, or begins with these initials."""
    if not pieces.is_spoken(typed):
        return frozenset()
    ranges = [model.piece.between(first, last) for first, last in pieces.spoken_ranges(typed)]
    return frozenset(session.scalars(select(owner).where(or_(*ranges)).limit(MOST_COMPARED)))
