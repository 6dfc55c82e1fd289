"""The fields by which projects can be narrowed, and each condition on them as SQL on Project.

A blank is not what was asked for: only “不是”, “不包含” and “未填” find it. Company and industry are joined by the caller
(project_filters.matching). To offer a field, add a line to FIELDS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from crm.choices import (
    CapitalKind,
    CompanyClass,
    InvestmentForm,
    KeyList,
    LandUse,
    MemberRole,
    Origin,
    SourceChannel,
    Stage,
    Status,
    Word,
)
from crm.models import Company, CompanyClassMark, Industry, Listing, Project, ProjectMember
from crm.queries.project_rows import foreign_usd, is_fortune_500
from crm.rules.days import start_of
from crm.rules.grades import BANDS
from crm.rules.list_filters import Condition, Kind, Op


@dataclass(frozen=True)
class Field:
    """A field to narrow by. `column` is its SQL; a link (`of`) is another table's rows instead, found by `column` in it.

    `offers` names the rows it chooses from (project_address.Choices), `words` are its (word, name) pairs.
    """

    key: str
    name: Word
    kind: Kind
    column: Any = None
    of: tuple[Any, ...] | None = None
    words: Sequence[tuple[str, str]] = ()
    offers: str = ""
    group: str = ""

    @property
    def unit(self) -> str:
        """What amounts are typed in."""
        return {Kind.YUAN: Word("亿元"), Kind.USD: Word("万美元")}.get(self.kind, "")


def _grade() -> ColumnElement[str]:
    """A to D by the bands of rules/grades.py; the letters are held together by a test."""
    usd = foreign_usd()
    bands = [(or_(Project.total_yuan >= least, usd >= least_usd), letter) for letter, least, least_usd in BANDS]
    unknown = and_(Project.total_yuan.is_(None), usd.is_(None))
    return case((is_fortune_500(), "A"), (unknown, None), *bands, else_="D")


_STAGES = tuple((stage.slug, stage.label) for stage in Stage)
_IDLE_SINCE = func.coalesce(Project.last_contact_on, Project.stage_since_on)
_OPEN_MEMBER = (ProjectMember.project_id == Project.id, ProjectMember.to_on.is_(None))


def _pairs(vocabulary: Any) -> tuple[tuple[str, str], ...]:
    return tuple(vocabulary.pairs())


# (“项目”, “企业” … head the parts of the menu of fields.)
FIELDS: Mapping[str, Field] = {
    field.key: field
    for field in (
        Field("name", Word("项目名称"), Kind.TEXT, Project.name, group="项目"),
        Field("code", Word("编号"), Kind.TEXT, Project.code, group="项目"),
        Field("stage", Word("阶段"), Kind.WORD, Project.stage, words=_STAGES, group="项目"),
        Field("status", Word("状态"), Kind.WORD, Project.status, words=_pairs(Status), group="项目"),
        Field("industry", Word("产业"), Kind.ROW, Project.industry_id, offers="industries", group="项目"),
        Field("capital", Word("内外资"), Kind.WORD, Project.capital_kind, words=_pairs(CapitalKind), group="项目"),
        Field("form", Word("投资形态"), Kind.WORD, Project.investment_form, words=_pairs(InvestmentForm), group="项目"),
        Field("source", Word("来源渠道"), Kind.WORD, Project.source_channel, words=_pairs(SourceChannel), group="项目"),
        Field("area", Word("片区"), Kind.ROW, Project.area_id, offers="areas", group="项目"),
        Field("land", Word("用地情况"), Kind.WORD, Project.land_use, words=_pairs(LandUse), group="项目"),
        Field("content", Word("建设内容"), Kind.TEXT, Project.content, group="项目"),
        Field("list", Word("重点清单（今年）"), Kind.WORD, Listing.key_list, of=(Listing.project_id == Project.id,),
              words=_pairs(KeyList), group="项目"),
        Field("moved", Word("市内平移"), Kind.FLAG, Project.is_relocation, group="项目"),
        Field("double", Word("重复项目"), Kind.FLAG, Project.duplicate_of_id.is_not(None), group="项目"),
        Field("secret", Word("涉密"), Kind.FLAG, Project.is_secret, group="项目"),
        Field("company", Word("投资方"), Kind.TEXT, Company.name, group="投资方"),
        Field("origin", Word("投资方来源"), Kind.WORD, Company.origin, words=_pairs(Origin), group="投资方"),
        Field("province", Word("来源省份"), Kind.TEXT, Company.province, group="投资方"),
        Field("country", Word("来源国别"), Kind.TEXT, Company.country, group="投资方"),
        Field("class", Word("企业类别"), Kind.WORD, CompanyClassMark.company_class,
              of=(CompanyClassMark.company_id == Project.company_id,), words=_pairs(CompanyClass), group="投资方"),
        Field("grade", Word("等级"), Kind.WORD, _grade(), words=tuple((letter, letter) for letter in "ABCD"), group="金额"),
        Field("total", Word("总投资"), Kind.YUAN, Project.total_yuan, group="金额"),
        Field("fixed", Word("固定资产投资"), Kind.YUAN, Project.fixed_yuan, group="金额"),
        Field("foreign", Word("外资"), Kind.USD, foreign_usd(), group="金额"),
        Field("output", Word("达产年产值"), Kind.YUAN, Project.output_yuan, group="金额"),
        Field("jobs", Word("就业人数"), Kind.NUMBER, Project.jobs_count, group="金额"),
        Field("confidence", Word("把握程度（%）"), Kind.NUMBER, Project.confidence_percent, group="金额"),
        Field("lead", Word("主办"), Kind.ROW, ProjectMember.user_id, of=(*_OPEN_MEMBER, ProjectMember.role == MemberRole.LEAD),
              offers="leads", group="人员"),
        Field("member", Word("班子成员"), Kind.ROW, ProjectMember.user_id, of=_OPEN_MEMBER, offers="leads", group="人员"),
        Field("unit", Word("责任单位"), Kind.ROW, Project.unit_id, offers="units", group="人员"),
        Field("registered", Word("首报日期"), Kind.DAY, Project.registered_at, group="时间"),
        Field("since", Word("进入本阶段"), Kind.DAY, Project.stage_since_on, group="时间"),
        Field("stay", Word("停留天数"), Kind.NUMBER, Project.stage_since_on, group="时间"),
        Field("contact", Word("最近跟进"), Kind.DAY, Project.last_contact_on, group="时间"),
        Field("idle", Word("未联系天数"), Kind.NUMBER, _IDLE_SINCE, group="时间"),
        Field("sign", Word("预计签约"), Kind.DAY, Project.expected_sign_on, group="时间"),
        Field("start", Word("计划开工"), Kind.DAY, Project.planned_start_on, group="时间"),
        Field("finish", Word("计划竣工"), Kind.DAY, Project.planned_finish_on, group="时间"),
        Field("protected", Word("保护期至"), Kind.DAY, Project.protected_until_on, group="时间"),
    )
}  # fmt: skip
KINDS: Mapping[str, Kind] = {key: field.kind for key, field in FIELDS.items()}
WORDS: Mapping[str, Sequence[str]] = {key: [word for word, _name in field.words] for key, field in FIELDS.items()}
AGES = frozenset({"stay", "idle"})  # days gone by since a day: an older day is a greater age


def holds(condition: Condition, today: date) -> ColumnElement[bool]:
    """The condition on Project."""
    field = FIELDS[condition.field]
    if field.of is not None:
        return _linked(field, condition, today)
    if field.key in AGES:
        return _aged(field, condition, today)
    return {
        Kind.WORD: _chosen,
        Kind.ROW: _chosen,
        Kind.TEXT: _written,
        Kind.DAY: _dated,
        Kind.FLAG: _flagged,
    }.get(field.kind, _measured)(field, condition, today)


def any_of(groups: Sequence[Sequence[Condition]], today: date) -> list[ColumnElement[bool]]:
    """One of the groups holds; no groups are no condition."""
    if not groups:
        return []
    return [or_(*(and_(*(holds(condition, today) for condition in group)) for group in groups))]


def _presence(column: Any, op: Op, is_text: bool = False) -> ColumnElement[bool] | None:
    empty = or_(column.is_(None), column == "") if is_text else column.is_(None)
    return empty if op is Op.EMPTY else ~empty if op is Op.FILLED else None


def _members(field: Field, condition: Condition) -> list[Any]:
    if field.key == "stage":
        return [Stage.by_slug(str(value)) for value in condition.values]
    return list(condition.values)


def in_industries(ids: Any) -> ColumnElement[bool]:
    """Of one of these industries or their sub-industries."""
    below = select(Industry.id).where(Industry.parent_id.in_(ids))
    return or_(Project.industry_id.in_(ids), Project.industry_id.in_(below))


def _chosen(field: Field, condition: Condition, _today: date) -> ColumnElement[bool]:
    presence = _presence(field.column, condition.op)
    if presence is not None:
        return presence
    # An industry is asked for with its sub-industries.
    members = _members(field, condition)
    wanted = in_industries(members) if field.key == "industry" else field.column.in_(members)
    return wanted if condition.op is Op.IS else or_(field.column.is_(None), ~wanted)


def _linked(field: Field, condition: Condition, today: date) -> ColumnElement[bool]:
    links = select(field.column).where(*(field.of or ())).correlate(Project)
    if field.key == "list":
        links = links.where(Listing.year == today.year)
    match condition.op:
        case Op.EMPTY:
            return ~exists(links)
        case Op.FILLED:
            return exists(links)
    wanted = exists(links.where(field.column.in_(_members(field, condition))))
    return wanted if condition.op is Op.IS else ~wanted


def _written(field: Field, condition: Condition, _today: date) -> ColumnElement[bool]:
    presence = _presence(field.column, condition.op, is_text=True)
    if presence is not None:
        return presence
    found = field.column.icontains(condition.values[0], autoescape=True)
    return found if condition.op is Op.HAS else or_(field.column.is_(None), ~found)


def _flagged(field: Field, condition: Condition, _today: date) -> ColumnElement[bool]:
    return field.column if condition.op is Op.YES else ~field.column  # type: ignore[no-any-return]


def _measured(field: Field, condition: Condition, _today: date) -> ColumnElement[bool]:
    return _between(field.column, condition)


def _between(column: Any, condition: Condition) -> ColumnElement[bool]:
    presence = _presence(column, condition.op)
    if presence is not None:
        return presence
    match condition.op:
        case Op.BETWEEN:
            return column.between(*condition.values)  # type: ignore[no-any-return]
        case Op.LEAST:
            return column >= condition.values[0]  # type: ignore[no-any-return]
    return column <= condition.values[0]  # type: ignore[no-any-return]


def _aged(field: Field, condition: Condition, today: date) -> ColumnElement[bool]:
    presence = _presence(field.column, condition.op)
    if presence is not None:
        return presence
    days = [_before(today, int(value)) for value in condition.values]  # type: ignore[arg-type]
    match condition.op:
        case Op.BETWEEN:
            return field.column.between(min(days), max(days))  # type: ignore[no-any-return]
        case Op.LEAST:
            return field.column <= days[0]  # type: ignore[no-any-return]
    return field.column >= days[0]  # type: ignore[no-any-return]


def _before(today: date, days: int) -> date:
    """So many days before; as far as the calendar reaches."""
    return today - timedelta(days=max(-100_000, min(days, 200_000)))


def _dated(field: Field, condition: Condition, today: date) -> ColumnElement[bool]:
    presence = _presence(field.column, condition.op)
    if presence is not None:
        return presence
    first, last = _days(condition, today)
    edges = []
    is_instant = field.key == "registered"  # 首报 is an instant; its days are China's
    if first:
        edges.append(field.column >= (start_of(first) if is_instant else first))
    if last:
        after = start_of(last + timedelta(days=1))
        edges.append(field.column < after if is_instant else field.column <= last)
    return and_(*edges)


def _days(condition: Condition, today: date) -> tuple[date | None, date | None]:
    """The first and the last day that are meant."""
    values: Sequence[Any] = condition.values
    match condition.op:
        case Op.SINCE:
            return values[0], None
        case Op.UNTIL:
            return None, values[0]
        case Op.PAST:
            return today - timedelta(days=values[0]), today
        case Op.COMING:
            return today, today + timedelta(days=values[0])
    return values[0], values[1]
