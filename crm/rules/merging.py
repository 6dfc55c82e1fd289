"""Merging two records that are one: when it may be done, and which value of each column stays.

Figures are never moved: what was verified or listed stays with its project, and a merged project counts nowhere. So the
one kept has to be the one that counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from crm.choices import Word
from crm.rules.companies import is_own_group

# Columns of which one value stays; in the order of the preview.
PROJECT_COLUMNS = (
    "name", "alias", "company_id", "capital_kind", "investment_form", "industry_id", "area_id", "site", "source_channel",
    "source_note", "content", "total_yuan", "fixed_yuan", "equipment_yuan", "foreign_usd", "output_yuan", "tax_yuan",
    "jobs_count", "energy_tce", "land_use", "land_mu", "plant_m2", "competitors", "judgement", "decision",
    "expected_sign_on", "planned_start_on", "planned_finish_on", "planned_production_on", "confidence_percent",
    "responsible_unit_id",
)  # fmt: skip
COMPANY_COLUMNS = (
    "name", "short_name", "credit_code", "parent_id", "origin", "country", "province", "city", "registered_yuan", "intro",
)  # fmt: skip
_PARTS = (("fixed_yuan", "total_yuan"), ("equipment_yuan", "fixed_yuan"))


class Person(Protocol):
    """A person at a company."""

    name: str
    phone: str


P = TypeVar("P", bound=Person)


@dataclass(frozen=True)
class Side:
    """What decides whether a project may be merged: how many counted, waiting and listed rows it has, and its ties."""

    id: int
    name: str
    is_secret: bool = False
    parent_id: int | None = None
    duplicate_of_id: int | None = None
    verified: int = 0
    waiting: int = 0
    listed: int = 0
    phases: int = 0
    transfers: int = 0  # open ones
    collisions: int = 0  # open ones with a third project

    @property
    def must_be_kept(self) -> bool:
        """Something of it counts, or stands on a list, and would vanish from the figures."""
        return bool(self.verified or self.listed)


@dataclass(frozen=True)
class Obstacle:
    """Why two records cannot be merged so; `swap` where it can be done the other way round."""

    sentence: str
    swap: bool = False


def obstacle(kept: Side, gone: Side) -> Obstacle | None:
    """What stands in the way of merging `gone` into `kept`; None for nothing."""
    return _unfit(kept, gone) or _counted(kept, gone) or _unfinished(kept, gone)


def _unfit(kept: Side, gone: Side) -> Obstacle | None:
    """The two are no pair."""
    if kept.id == gone.id:
        return Obstacle(Word("不能与自己合并，请选另一个项目。"))
    if kept.is_secret != gone.is_secret:
        return Obstacle(Word("一个涉密、一个不涉密，不能合并；请先把两个项目的涉密设定改成一致。"))
    if kept.id == gone.parent_id or gone.id == kept.parent_id:
        return Obstacle(Word("一个是另一个的分期，不能合并；确属重复的，请先取消分期关系。"))
    if gone.parent_id and kept.parent_id and gone.parent_id != kept.parent_id:
        return Obstacle(Word("两个项目是不同项目的分期，不能合并；请先改成同一个上级项目。"))
    for side, other in ((kept, gone), (gone, kept)):
        if side.duplicate_of_id not in (None, other.id):
            return Obstacle(Word("“%(name)s”已登记为另一个项目的重复，请与那个项目合并。", name=side.name))
    return None


def _counted(kept: Side, gone: Side) -> Obstacle | None:
    """A figure would be lost, or counted otherwise than before."""
    if gone.verified and kept.verified:
        sentence = Word(
            "两个项目都有已核定的数据（%(kept)d 项和 %(gone)d 项），合并会丢掉一方的数。"
            "请先由综合统计核对，作废“%(name)s”重复的那些，再合并。",
            kept=kept.verified, gone=gone.verified, name=gone.name,
        )  # fmt: skip
        return Obstacle(sentence)
    if gone.must_be_kept and not kept.must_be_kept:
        what = Word("已核定的数据") if gone.verified else Word("重点清单上的登记")
        return Obstacle(
            Word("“%(name)s”有%(what)s，请改为保留它，数据才不会丢。", name=gone.name, what=what), swap=True
        )
    if gone.verified:
        return Obstacle(
            Word("保留方在重点清单上，“%(name)s”有已核定的数据；请先由综合统计作废或移出其中一方。", name=gone.name)
        )
    if gone.listed:
        return Obstacle(Word("“%(name)s”在重点项目清单上，请先由综合统计移出清单，再合并。", name=gone.name))
    if gone.phases and not kept.phases:
        sentence = Word("“%(name)s”有分期，统计按分期计；请改为保留它。", name=gone.name)
        return Obstacle(sentence, swap=not kept.must_be_kept)
    return None


def _unfinished(kept: Side, gone: Side) -> Obstacle | None:
    """Something is under way that has to be settled first."""
    if gone.waiting:
        sentence = Word("“%(name)s”有 %(n)d 项报送待核定，请先核定或退回，再合并。", name=gone.name, n=gone.waiting)
        return Obstacle(sentence, swap=not (kept.waiting or kept.must_be_kept))
    for side in (kept, gone):
        if side.transfers:
            return Obstacle(Word("“%(name)s”正在流转，请等对方答复或先撤回流转。", name=side.name))
        if side.collisions:
            return Obstacle(Word("“%(name)s”与其他项目的撞单还没有裁定，请先裁定。", name=side.name))
    return None


def settled(
    columns: Collection[str], kept: Mapping[str, Any], gone: Mapping[str, Any], chosen: Collection[str]
) -> dict[str, Any]:
    """What changes on the kept record: where it is empty the other's value, and the other's value of each chosen column."""
    taken = {name for name in columns if not _is_empty(gone[name]) and (name in chosen or _is_empty(kept[name]))}
    changes = {name: gone[name] for name in taken if gone[name] != kept[name]}
    for part, whole in _PARTS:
        if part in changes and part not in chosen and _exceeds(part, whole, {**kept, **changes}):
            del changes[part]  # nobody asked for it, and a part larger than the whole cannot be right
    return {name: changes[name] for name in columns if name in changes}


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _exceeds(part: str, whole: str, values: Mapping[str, Any]) -> bool:
    return values.get(whole) is not None and values[part] > values[whole]


# ------------------------------------------------------------------------------------------------------------- companies


@dataclass(frozen=True)
class CompanySide:
    """What decides whether a company may be merged; `is_secret_alone`: it shows to those named on secret projects only."""

    id: int
    name: str
    credit_code: str | None = None
    is_secret_alone: bool = False


def company_obstacle(kept: CompanySide, gone: CompanySide) -> str | None:
    """What stands in the way of merging two companies; None for nothing."""
    if kept.id == gone.id:
        return Word("不能与自己合并，请选另一家企业。")
    if kept.credit_code and gone.credit_code:
        return Word("两家企业的统一社会信用代码不同，是两个法人，不能合并；同一集团的请设上下级关系。")
    if kept.is_secret_alone != gone.is_secret_alone:
        return Word("其中一家企业只有涉密项目，合并会使它的洽谈被更多人看到，不能合并。")
    return None


def merged_parent(kept_id: int, gone_id: int, wanted: int | None, parents: Mapping[int, int | None]) -> int | None:
    """The group of the kept company once the gone one's place is its own; None where it would stand below itself."""
    above = {below: kept_id if parent == gone_id else parent for below, parent in parents.items() if below != gone_id}
    wanted = parents.get(gone_id) if wanted == gone_id else wanted
    return None if wanted == gone_id or is_own_group(kept_id, wanted, above) else wanted


def twins(kept: Collection[P], gone: Collection[P]) -> list[tuple[P, P]]:
    """(kept, gone) people who are one: the same name and the same number."""
    known = {key: person for person in reversed(list(kept)) if (key := _person_key(person))}
    return [(known[key], person) for person in gone if (key := _person_key(person)) in known]


def _person_key(person: Person) -> tuple[str, str]:
    return person.name.strip(), "".join(filter(str.isdigit, person.phone))
