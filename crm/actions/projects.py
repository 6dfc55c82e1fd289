"""Registering a project, changing what is known of it, its team, its secrecy and its planned total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions import codes, collisions, investors, money, rollups
from crm.actions.investors import Investor
from crm.actions.locking import hold, kept
from crm.actions.money import Amount
from crm.actions.two_editors import Answers, merge
from crm.choices import CapitalKind, MemberRole, MoneyKind, SourceChannel, Stage, Word
from crm.columns import UtcInstant
from crm.errors import RuleBroken
from crm.history import value_of
from crm.models import Change, Company, Project, ProjectMember, StageMove
from crm.policy import Act, Actor
from crm.queries import compiled, settings
from crm.queries.edits import NAMED, names_of
from crm.queries.likeness import Asked
from crm.queries.row_history import last_change_id
from crm.rules import checks
from crm.rules.collisions import Answer
from crm.rules.days import day_of
from crm.rules.labels import label
from crm.rules.names import project_key
from crm.rules.protection import protected_until

SAME_MOMENT, INSTANT = timedelta(minutes=1), timedelta(microseconds=1)


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


def register(
    session: Session, actor: Actor, draft: ProjectDraft, now: datetime, answer: Answer | None = None
) -> Project:
    """A new project with its code, its first reporter and the server's instant, which nobody edits later (domain.md §2.5).

    `answer` is what the officer says to a collision he was shown; one that he was not shown becomes a case by itself.
    """
    policy.ensure(actor, Act.REGISTER_PROJECT)
    _check_total(draft.total_yuan, draft.confirmed)
    today, office = day_of(now), settings.current(session)
    # From here on nobody else registers until this transaction ends.
    code = codes.take(session, today.year, prefix=office.project_code_prefix)[0]
    now = _after_the_last(session, now)
    company = investors.find_or_make(session, actor, draft.investor, now)
    project = Project(
        code=code,
        name=draft.name,
        name_key=project_key(draft.name),
        alias=draft.alias,
        company=company,
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
        protected_until_on=protected_until(today, None, office.protection_days),
        total_yuan=draft.total_yuan,
        members=[],
    )
    session.add(project)
    session.flush()
    _begin(session, actor, project, draft, now)
    asked = Asked(
        draft.name, draft.investor.name, draft.investor.credit_code or "", draft.total_yuan, project.company_id
    )  # fmt: skip
    collisions.check_in(session, actor, project, asked, answer, now)
    return project


def _after_the_last(session: Session, now: datetime) -> datetime:
    """Two in the same second keep the order in which they hold the register, whose request ever came in first."""
    last = compiled.rows(session, _last_between, (), {"first": now, "last": now + SAME_MOMENT})[0][0]
    return now if last is None else last + INSTANT


@compiled.by_key
def _last_between() -> Select[datetime]:
    first, last = (bindparam(name, type_=UtcInstant()) for name in ("first", "last"))
    return select(func.max(Project.registered_at)).where(Project.registered_at.between(first, last))


def _begin(session: Session, actor: Actor, project: Project, draft: ProjectDraft, now: datetime) -> None:
    """The rows every project starts with: its log, its people, its first stated total, which its own row repeats."""
    today = day_of(now)
    session.add(
        StageMove(project_id=project.id, to_stage=Stage.LEAD, moved_on=today, recorded_at=now, recorded_by_id=actor.id)
    )
    people = [(MemberRole.FIRST_REPORTER, actor.id), (MemberRole.LEAD, draft.lead_id)]
    project.members += [ProjectMember(user_id=user_id, role=role, from_on=today) for role, user_id in people if user_id]
    if draft.total_yuan is not None:
        _state(session, actor, project, draft.total_yuan, "登记时", now)
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
    answers: Answers | None = None,
) -> list[str]:
    """Write the columns that differ and return their names; `seen` is how far the change log had got when the form opened.

    What others changed since and this person left alone stays theirs. Raises EditClash where both changed the same column
    and `answers` do not say whose value stands, RuleBroken with the field for figures that cannot be right.
    """
    policy.ensure(actor, Act.EDIT_PROJECT, project)
    _keep_investor(session, values.get("company_id"), project.company_id)
    hold(session, project)
    unknown = set(values) - EDITABLE
    if unknown:
        raise ValueError(f"not editable: {sorted(unknown)}")
    changes = merge(session, project, values, seen, answers or Answers())
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


def _keep_investor(session: Session, company_id: int | None, known_id: int | None) -> None:
    """A company that is newly named must be there, and stay."""
    if company_id in (None, known_id):
        return
    if session.scalar(kept(select(Company.id).where(Company.id == company_id), Company)) is None:
        raise RuleBroken("没有找到这家企业，可能刚被删除，请重新填写。", "company_id")


def restore(session: Session, actor: Actor, project: Project, change: Change, now: datetime) -> list[str]:
    """Put back what stood in a column before a change of the project: an edit like any other, with a change of its own.

    Raises RuleBroken for a column that is not edited by hand, and where a company or project it named cannot be chosen.
    """
    policy.ensure(actor, Act.EDIT_PROJECT, project)
    column = change.column_name
    if change.table_name != Project.__tablename__ or change.row_id != project.id or column not in EDITABLE:
        raise RuleBroken("这一项不能从改动记录里恢复，请到对应的页面修改。")
    value = value_of(Project, column, change.old)
    if column in NAMED and value is not None and value not in names_of(session, actor, [(column, change.old)])[column]:
        raise RuleBroken(Word("“%(field)s”原来的内容已不在，或不在你的可见范围，不能恢复。", field=label(column)))
    return edit(session, actor, project, {column: value}, last_change_id(session, project), now, confirmed=True)


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
    _state(session, actor, project, total_yuan, note, now)
    rollups.settle_total(session, project)


def _state(session: Session, actor: Actor, project: Project, total_yuan: int, note: str, now: datetime) -> None:
    today = day_of(now)
    valued = money.value(session, Amount(total_yuan), today)
    money.enter(session, actor, project, MoneyKind.PLAN, valued, today, now, note)
