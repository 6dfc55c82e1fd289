"""Which rows are worth a look for a name: those that share its telling pieces, its key, its code. One compiled statement each.

Rights are not asked here, and nothing is judged: rules/likeness.py and queries/likeness.py do both. An OR over several indexes
makes PostgreSQL read the whole register; each way to a candidate is therefore a look into an index of its own, and UNION joins
them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    Integer,
    Row,
    Select,
    String,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    select,
    union,
    values,
)
from sqlalchemy.orm import Session, aliased

from crm.choices import Status
from crm.models import Company, CompanyPiece, Project, ProjectPiece
from crm.queries import compiled
from crm.rules.matching import COMMON_BIGRAM, MOST_COMPARED

MOST_OF_INVESTOR = 50  # an investor's projects looked at, the newest first
MOST_PIECES = 40
PLACES = (12, 24, MOST_PIECES)  # as many as there are: few shapes, each soon known to the database
_NAME_KEY: Any = bindparam("name_key", type_=String())
_CODE: Any = bindparam("credit_code", type_=String())
_BESIDES: Any = bindparam("besides", type_=Integer())
_GIVEN: Any = bindparam("given_ids", expanding=True, type_=Integer())
_KIN: Any = bindparam("company_ids", expanding=True, type_=Integer())


def _pieces(wanted: Collection[str]) -> dict[str, str]:
    """The values of the pieces' places, piece_0 and on; places left over hold nothing, which no name has."""
    found = sorted(wanted)[:MOST_PIECES]
    places = next(places for places in PLACES if places >= len(found)) if found else 0
    return {f"piece_{place}": found[place] if place < len(found) else "" for place in range(places)}


def _near(model: type[Any], owner: Any, count: int) -> Select[*tuple[Any, ...]]:
    """The rows that share most of `count` pieces, as far as these tell anything: one in more than four hundred names does not."""
    asked = values(column("piece", String), name="asked").data(
        [(bindparam(f"piece_{n}", type_=String()),) for n in range(count)]
    )
    pieces: CTE = asked.cte(f"asked_{model.__tablename__}")
    other = aliased(model)
    some = (
        select(other.piece)
        .where(other.piece == pieces.c.piece)
        .correlate(pieces)
        .limit(literal_column(str(COMMON_BIGRAM + 1)))
        .subquery()
    )
    telling = select(pieces.c.piece).where(
        select(func.count()).select_from(some).scalar_subquery() <= literal_column(str(COMMON_BIGRAM))
    )
    rows = select(owner).where(model.piece.in_(telling)).group_by(owner)
    return rows.order_by(func.count().desc(), owner.desc()).limit(MOST_COMPARED)


def _all(*ways: Select[*tuple[Any, ...]]) -> Any:
    """The keys that any of the ways leads to."""
    parts = [select(way.subquery()) for way in ways]
    return union(*parts) if len(parts) > 1 else parts[0]


# --------------------------------------------------------------------------------------------------------------- projects


def projects(
    session: Session,
    name_key: str,
    pieces: Collection[str],
    company_ids: Collection[int],
    ids: Collection[int],
    besides: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(id, name_key, total_yuan, company_id, its name_key, its credit_code) of living projects that were not withdrawn.

    Those of this key or with telling pieces of it, the newest of these companies, and `ids`.
    """
    places = _pieces(pieces)
    given = {"name_key": name_key, "company_ids": list(company_ids), "given_ids": list(ids), "besides": besides}
    shape = (len(places), bool(name_key), bool(company_ids))
    return compiled.rows(session, _projects, shape, {**places, **given})


@compiled.by_key
def _projects(count: int, is_named: bool, has_kin: bool) -> Select[*tuple[Any, ...]]:
    ways: list[Select[*tuple[Any, ...]]] = [select(Project.id).where(Project.id.in_(_GIVEN))]
    if is_named:
        ways.append(
            select(Project.id).where(Project.name_key == _NAME_KEY).order_by(Project.id.desc()).limit(MOST_COMPARED)
        )
    if count:
        ways.append(_near(ProjectPiece, ProjectPiece.project_id, count))
    if has_kin:
        # All of theirs, then the newest: or PostgreSQL walks the whole register from its end until it has met enough of theirs.
        theirs = select(Project.id).where(Project.company_id.in_(_KIN)).cte("theirs")
        theirs = theirs.prefix_with("MATERIALIZED", dialect="postgresql")
        ways.append(select(theirs.c.id).order_by(theirs.c.id.desc()).limit(MOST_OF_INVESTOR))
    return (
        select(
            Project.id, Project.name_key, Project.total_yuan, Project.company_id,
            Company.name_key.label("company_key"), Company.credit_code,
        )
        .outerjoin(Company, Company.id == Project.company_id)
        .where(Project.id.in_(_all(*ways)), Project.id != _BESIDES, Project.status != Status.WITHDRAWN)
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- companies


def companies(
    session: Session, name_key: str, pieces: Collection[str], credit_code: str, ids: Collection[int]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(id, name, name_key, short_name, credit_code, parent_id, whether it has daughters) of living companies.

    Those of this code, of this key or with telling pieces of the name, and `ids`.
    """
    places = _pieces(pieces)
    given = {"name_key": name_key, "credit_code": credit_code, "given_ids": list(ids)}
    return compiled.rows(session, _companies, (len(places), bool(name_key), bool(credit_code)), {**places, **given})


@compiled.by_key
def _companies(count: int, is_named: bool, has_code: bool) -> Select[*tuple[Any, ...]]:
    ways: list[Select[*tuple[Any, ...]]] = [select(Company.id).where(Company.id.in_(_GIVEN))]
    if is_named:
        ways.append(select(Company.id).where(Company.name_key == _NAME_KEY))
    if has_code:
        ways.append(select(Company.id).where(Company.credit_code == _CODE))
    if count:
        ways.append(_near(CompanyPiece, CompanyPiece.company_id, count))
    daughter = aliased(Company)
    return select(
        Company.id, Company.name, Company.name_key, Company.short_name, Company.credit_code, Company.parent_id,
        exists(select(daughter.id).where(daughter.parent_id == Company.id)).label("has_daughters"),
    ).where(Company.id.in_(_all(*ways)))  # fmt: skip
