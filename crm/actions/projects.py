"""Registering a project, changing what is known of it, its team, its secrecy and its planned total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from crm import policy
from crm.actions import codes, investors, money, rollups
from crm.actions.investors import Investor
from crm.actions.locking import hold
from crm.actions.money import Amount
from crm.choices import CapitalKind, MemberRole, MoneyKind, SourceChannel, Stage
from crm.errors import Clash, RuleBroken
from crm.history import as_text
from crm.models import Change, Project, ProjectMember, StageMove
from crm.policy import Act, Actor
from crm.queries.projects import changes_since
from crm.rules import checks
from crm.rules.days import day_of, local
from crm.rules.labels import label
from crm.rules.names import project_key


@dataclass(frozen=True)
class ProjectDraft:
    """A project as it is registered: little is asked, the gate asks for the rest in time."""

    name: str
    capital_kind: CapitalKind
    alias: str = ""
    investor: Investor = field(default_factory=Investor)
    industry_id: int | None = None
    area_id: int | None = None
    source_channel: SourceChannel | None = None
    source_note: str = ""
    content: str = ""
    total_yuan: int | None = None
    foreign_usd: int | None = None
    unit_id: int | None = None
    lead_id: int | None = None
    confirmed: bool = False


def register(session: Session, actor: Actor, draft: ProjectDraft, now: datetime) -> Project:
    """A new project with its code, its first reporter and the server's instant, which nobody edits later (domain.md §2.5)."""
    policy.ensure(actor, Act.REGISTER_PROJECT)
    _check_total(draft.total_yuan, draft.confirmed)
    company = investors.find_or_make(session, actor, draft.investor, now)
    today = day_of(now)
    project = Project(
        code=codes.take(session, today.year)[0],
        name=draft.name,
        name_key=project_key(draft.name),
        alias=draft.alias,
        company_id=company.id if company else None,
        unit_id=draft.unit_id or actor.unit_id,
        capital_kind=draft.capital_kind,
        industry_id=draft.industry_id,
        area_id=draft.area_id,
        source_channel=draft.source_channel,
        source_note=draft.source_note,
        content=draft.content,
        foreign_usd=draft.foreign_usd,
        stage=Stage.LEAD,
        stage_since_on=today,
        registered_at=now,
        registered_by_id=actor.id,
    )
    session.add(project)
    session.flush()
    _begin(session, actor, project, draft, now)
    return project


def _begin(session: Session, actor: Actor, project: Project, draft: ProjectDraft, now: datetime) -> None:
    """The rows every project starts with: its log, its people, its first stated total."""
    today = day_of(now)
    session.add(
        StageMove(project_id=project.id, to_stage=Stage.LEAD, moved_on=today, recorded_at=now, recorded_by_id=actor.id)
    )
    people = [(MemberRole.FIRST_REPORTER, actor.id), (MemberRole.LEAD, draft.lead_id)]
    session.add_all(
        ProjectMember(project_id=project.id, user_id=user_id, role=role, from_on=today)
        for role, user_id in people
        if user_id
    )
    if draft.total_yuan is not None:
        _plan(session, actor, project, draft.total_yuan, "登记时", now)
    session.flush()


# ------------------------------------------------------------------------------------------------------------- changing

EDITABLE = frozenset(
    {
        "name", "alias", "capital_kind", "industry_id", "area_id", "site", "source_channel", "source_note",
        "investment_form", "content", "fixed_yuan", "equipment_yuan", "foreign_usd", "output_yuan", "tax_yuan",
        "jobs_count", "energy_tce", "land_use", "land_mu", "plant_m2", "competitors", "judgement", "decision",
        "expected_sign_on", "planned_start_on", "planned_finish_on", "planned_production_on", "confidence_percent",
        "is_relocation", "duplicate_of_id", "parent_id", "responsible_unit_id", "company_id", "total_yuan",
    }
)  # fmt: skip


def edit(
    session: Session,
    actor: Actor,
    project: Project,
    values: Mapping[str, Any],
    seen: int,
    now: datetime,
    confirmed: bool = False,
) -> list[str]:
    """Write the columns that differ and return their names; `seen` is how far the change log had got when the form opened.

    What others changed since and this person left alone stays theirs. Raises Clash where both changed the same column,
    RuleBroken with the field for figures that cannot be right.
    """
    policy.ensure(actor, Act.EDIT_PROJECT, project)
    hold(session, project)
    unknown = set(values) - EDITABLE
    if unknown:
        raise ValueError(f"not editable: {sorted(unknown)}")
    changes = _merged(project, values, changes_since(session, project.id, seen))
    changed = {name: value for name, value in changes.items() if getattr(project, name) != value}
    _check_figures(project, changed, confirmed)
    for name, value in changed.items():
        if name != "total_yuan":
            setattr(project, name, value)
    if "name" in changed:
        project.name_key = project_key(project.name)
    if changed.get("total_yuan") is not None:
        _plan(session, actor, project, changed["total_yuan"], "", now)
    session.flush()
    return list(changed)


def _merged(project: Project, values: Mapping[str, Any], later: Sequence[Change]) -> dict[str, Any]:
    """What this person means to change, without the columns only others have touched meanwhile."""
    before = {change.column_name: change for change in reversed(later)}  # the first change of each column
    merged, disputed = {}, []
    for name, mine in values.items():
        theirs = before.get(name)
        if theirs is None or _same(as_text(mine), as_text(getattr(project, name))):
            merged[name] = mine
        elif not _same(as_text(mine), theirs.old):
            disputed.append(name)
    if disputed:
        raise EditClash(disputed, [change for change in later if change.column_name in disputed])
    return merged


def _same(one: str | None, other: str | None) -> bool:
    """Whether two kept texts mean the same: 86 and 86.00 do."""
    if one == other or one is None or other is None:
        return one == other
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


class EditClash(Clash):
    """Somebody else changed the same columns after the form was opened; `columns` are which."""

    def __init__(self, columns: Sequence[str], later: Sequence[Change]) -> None:
        last = later[-1]
        at = local(last.at)
        who = last.by.name if last.by else "台账导入"
        what = "、".join(f"“{label(column)}”" for column in columns)
        super().__init__(
            f"{who} {at.month}月{at.day}日 {at:%H:%M} 改过{what}。你填的都还在：请核对下面两处差别，再次保存以你填的为准。"
        )
        self.columns = tuple(columns)


def _check_total(total_yuan: int | None, confirmed: bool) -> None:
    doubt = None if confirmed else checks.total_doubt(total_yuan)
    if doubt:
        raise RuleBroken(doubt, "total_yuan")


def _check_figures(project: Project, changed: Mapping[str, Any], confirmed: bool) -> None:
    def now(name: str) -> Any:
        return changed.get(name, getattr(project, name))

    _check_total(changed.get("total_yuan"), confirmed)
    if "total_yuan" in changed and changed["total_yuan"] is None:
        raise RuleBroken("总投资填过之后不能清空，请填新的数。", "total_yuan")
    dates = [
        ("计划开工", now("planned_start_on")),
        ("计划竣工", now("planned_finish_on")),
        ("计划投产", now("planned_production_on")),
    ]
    for name, problem in (
        ("fixed_yuan", checks.part_problem("固定资产投资", now("fixed_yuan"), "总投资", now("total_yuan"))),
        ("equipment_yuan", checks.part_problem("设备投资", now("equipment_yuan"), "固定资产投资", now("fixed_yuan"))),
        ("planned_finish_on", checks.order_problem(dates)),
        ("duplicate_of_id", "不能重复于自己。" if now("duplicate_of_id") == project.id else None),
        ("parent_id", "不能是自己的分期。" if now("parent_id") == project.id else None),
    ):
        if problem:
            raise RuleBroken(problem, name)


def set_planned_total(
    session: Session, actor: Actor, project: Project, total_yuan: int, note: str, now: datetime, confirmed: bool = False
) -> None:
    """State a new planned total; the earlier ones stay in the ledger."""
    policy.ensure(actor, Act.EDIT_PROJECT, project)
    hold(session, project)
    _check_total(total_yuan, confirmed)
    _plan(session, actor, project, total_yuan, note, now)


def _plan(session: Session, actor: Actor, project: Project, total_yuan: int, note: str, now: datetime) -> None:
    today = day_of(now)
    valued = money.value(session, Amount(total_yuan), today)
    money.enter(session, actor, project, MoneyKind.PLAN, valued, today, now, note)
    rollups.settle_total(session, project)
