"""Who may do what: one table of scopes, read by two interpreters, one in Python and one in SQL.

`allows` answers for one row, `rows` is the same answer as a WHERE clause; tests/test_policy.py holds the two together for every
person, act and row. What the table does not name is refused. A secret project (涉密) adds one condition to every act: only
persons named on it, and leaders. The table is domain.md §11.2; docs/permissions.md is made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from crm.choices import Role, Word, listed
from crm.errors import NotAllowed
from crm.models import (
    ActionItem,
    Activity,
    ActivityPerson,
    ActivityProject,
    AgendaItem,
    Attachment,
    Claim,
    Company,
    Contact,
    Contract,
    Meeting,
    MoneyEntry,
    Project,
    ProjectMember,
)


class Scope(IntEnum):
    """How wide a right reaches; each includes the ones before it."""

    NONE = 0
    OWN = 1  # projects the person is named on
    TEAM = 2  # and those of the person's unit and the units below it
    ALL = 3


class Act(Enum):
    """Everything that needs a right; the value is what a refusal calls it."""

    SEE_PROJECT = "查看项目"
    REGISTER_PROJECT = "登记线索"
    EDIT_PROJECT = "修改项目"
    EDIT_TEAM = "调整项目班子"
    SET_SECRET = "设定涉密"
    LOG_ACTIVITY = "记录洽谈"
    MOVE_STAGE = "推进阶段"
    SCREEN = "给出研判结论"
    MOVE_BACK = "退回或跳过阶段"
    CHANGE_STATUS = "变更项目状态"
    REPORT = "提交核定"
    VERIFY = "核定"
    REVERSE = "作废已核定的数据"
    LIST_PROJECT = "列入重点清单、下达年度计划"
    ATTACH = "上传附件"
    SEE_PHONE = "查看联系电话"
    SEE_COMPANY = "查看企业"
    EDIT_COMPANY = "修改企业"
    SEE_MEETING = "查看会议"
    HOLD_MEETING = "登记会议"
    SEE_ACTION = "查看交办事项"
    WORK_ACTION = "办理交办事项"
    FILE_MONTH = "填报月度进展"
    IMPORT = "导入台账"
    IMPORT_VERIFIED = "导入已核定的历史"
    EXPORT = "导出"
    SEE_QUEUE = "查看待核定"
    SEE_COCKPIT = "查看驾驶舱"
    SEE_BRIEFING = "查看月度简报"
    SEE_FIGURES = "查看统计报表"
    SEE_LOG = "查看操作日志"
    MANAGE_USERS = "管理用户"
    MANAGE_SETTINGS = "调整口径和目标"


NONE, OWN, TEAM, ALL = Scope
_ORDER = (
    Role.OFFICER, Role.TEAM_LEAD, Role.STATISTICIAN, Role.COORDINATOR, Role.AGENT, Role.LIAISON, Role.LEADER,
    Role.ADMIN, Role.AUDITOR,
)  # fmt: skip
# fmt: off
_TABLE: Mapping[Act, tuple[Scope, ...]] = {
    #                      officer team_lead stat.  coord. agent liaison leader admin auditor
    Act.SEE_PROJECT:      (TEAM,   ALL,      ALL,   ALL,   OWN,  OWN,    ALL,   NONE, ALL),
    Act.REGISTER_PROJECT: (ALL,    ALL,      ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.EDIT_PROJECT:     (OWN,    TEAM,     NONE,  NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.EDIT_TEAM:        (NONE,   TEAM,     NONE,  NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.SET_SECRET:       (NONE,   TEAM,     NONE,  NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.LOG_ACTIVITY:     (OWN,    TEAM,     NONE,  ALL,   OWN,  NONE,   ALL,   NONE, NONE),
    Act.MOVE_STAGE:       (OWN,    TEAM,     NONE,  NONE,  OWN,  NONE,   NONE,  NONE, NONE),
    Act.SCREEN:           (NONE,   TEAM,     NONE,  NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.MOVE_BACK:        (NONE,   TEAM,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.CHANGE_STATUS:    (OWN,    TEAM,     NONE,  NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.REPORT:           (OWN,    TEAM,     NONE,  NONE,  OWN,  NONE,   NONE,  NONE, NONE),
    Act.VERIFY:           (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.REVERSE:          (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.LIST_PROJECT:     (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.ATTACH:           (OWN,    TEAM,     ALL,   NONE,  OWN,  NONE,   NONE,  NONE, NONE),
    Act.SEE_PHONE:        (OWN,    TEAM,     ALL,   NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.SEE_COMPANY:      (ALL,    ALL,      ALL,   ALL,   OWN,  OWN,    ALL,   NONE, ALL),
    Act.EDIT_COMPANY:     (OWN,    TEAM,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.SEE_MEETING:      (TEAM,   ALL,      ALL,   ALL,   OWN,  OWN,    ALL,   NONE, ALL),
    Act.HOLD_MEETING:     (NONE,   NONE,     NONE,  ALL,   NONE, NONE,   NONE,  NONE, NONE),
    Act.SEE_ACTION:       (TEAM,   ALL,      ALL,   ALL,   TEAM, TEAM,   ALL,   NONE, ALL),
    Act.WORK_ACTION:      (TEAM,   TEAM,     TEAM,  ALL,   TEAM, TEAM,   NONE,   NONE,  NONE),
    Act.FILE_MONTH:       (OWN,    TEAM,     NONE,  NONE,  OWN,  NONE,   NONE,  NONE, NONE),
    Act.IMPORT:           (ALL,    ALL,      ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.IMPORT_VERIFIED:  (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.EXPORT:           (OWN,    TEAM,     ALL,   NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.SEE_QUEUE:        (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.SEE_COCKPIT:      (NONE,   ALL,      ALL,   NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.SEE_BRIEFING:     (ALL,    ALL,      ALL,   ALL,   NONE, NONE,   ALL,   NONE, ALL),
    Act.SEE_FIGURES:      (ALL,    ALL,      ALL,   NONE,  NONE, NONE,   ALL,   NONE, ALL),
    Act.SEE_LOG:          (NONE,   NONE,     NONE,  NONE,  NONE, NONE,   NONE,  ALL,  ALL),
    Act.MANAGE_USERS:     (NONE,   NONE,     NONE,  NONE,  NONE, NONE,   NONE,  ALL,  NONE),
    Act.MANAGE_SETTINGS:  (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  ALL,  NONE),
}
# fmt: on

ProjectBound = Project | Claim | Contract | MoneyEntry | Attachment | ActionItem


@dataclass(frozen=True)
class Actor:
    """A person who acts: the role, and the ids of the person's unit and all units below it."""

    id: int
    name: str
    role: Role
    unit_id: int
    unit_ids: frozenset[int] = field(default_factory=frozenset)


def scope(actor: Actor, act: Act) -> Scope:
    """How wide the actor's right reaches; NONE for whatever the table does not name."""
    return dict(zip(_ORDER, _TABLE.get(act, ()), strict=False)).get(actor.role, Scope.NONE)


def can(actor: Actor, act: Act) -> bool:
    """Whether the actor may do it at all, on some row: what menus and buttons without a row ask."""
    return scope(actor, act) is not Scope.NONE


# ------------------------------------------------------------------------------------------------------ one row, in Python


def _named(actor: Actor, project: Project) -> bool:
    return any(member.user_id == actor.id and member.to_on is None for member in project.members)


def allows(actor: Actor, act: Act, project: Project) -> bool:
    """Whether the actor may do it on this project; `project.members` must be loaded."""
    named = _named(actor, project)
    if project.is_secret and not (named or actor.role is Role.LEADER):
        return False
    match scope(actor, act):
        case Scope.ALL:
            return True
        case Scope.TEAM:
            return named or project.unit_id in actor.unit_ids
        case Scope.OWN:
            return named
        case _:
            return False


def holders(act: Act) -> Word:
    """The Chinese names of the roles that hold a right, for a refusal that says who can."""
    held = [role.label for role, scope in zip(_ORDER, _TABLE.get(act, ()), strict=False) if scope]
    return listed(held) if held else Word("没有人")


def _refusal(act: Act) -> NotAllowed:
    who = holders(act)
    return NotAllowed(Word("你的权限不含“%(act)s”；可由%(who)s在各自范围内办理。", act=Word(act.value), who=who))


def ensure(actor: Actor, act: Act, project: Project | None = None) -> None:
    """Raise NotAllowed unless the actor may do it (on the project, where one is given)."""
    if not (can(actor, act) if project is None else allows(actor, act, project)):
        raise _refusal(act)


# ----------------------------------------------------------------------------------------------------------- rows, in SQL


def _is_named(actor: Actor) -> ColumnElement[bool]:
    return exists(
        select(ProjectMember.id)
        .where(ProjectMember.project_id == Project.id, ProjectMember.user_id == actor.id, ProjectMember.to_on.is_(None))
        .correlate(Project)
    )


def project_rows(actor: Actor, act: Act) -> ColumnElement[bool]:
    """The condition on Project that `allows` computes for one."""
    reach = scope(actor, act)
    if reach is Scope.NONE:
        return false()
    named = _is_named(actor)
    within = {
        Scope.ALL: true(),
        Scope.TEAM: or_(Project.unit_id.in_(actor.unit_ids), named),
        Scope.OWN: named,
    }[reach]
    if actor.role is Role.LEADER:
        return within
    return and_(within, or_(Project.is_secret.is_(False), named))


def _of_visible(actor: Actor, act: Act, column: Any) -> ColumnElement[bool]:
    return exists(select(Project.id).where(Project.id == column, project_rows(actor, act)).correlate_except(Project))


def _hidden(actor: Actor, act: Act, column: Any) -> ColumnElement[bool]:
    """The project of `column` is not the actor's to see."""
    return ~_of_visible(actor, act, column)


def _companies(actor: Actor, act: Act) -> ColumnElement[bool]:
    """A company shows with any visible project; one without projects is the bureau's, by the width of the right."""
    mine = exists(
        select(Project.id).where(Project.company_id == Company.id, project_rows(actor, act)).correlate_except(Project)
    )
    none_yet = ~exists(select(Project.id).where(Project.company_id == Company.id).correlate_except(Project))
    reach = scope(actor, act)
    if reach is Scope.NONE:
        return false()
    free = true() if reach is Scope.ALL else Company.created_by_id == actor.id
    return or_(mine, and_(none_yet, free))


def _contacts(actor: Actor, act: Act) -> ColumnElement[bool]:
    visible = exists(
        select(Company.id).where(Company.id == Contact.company_id, _companies(actor, act)).correlate_except(Company)
    )
    return visible if scope(actor, act) is not Scope.NONE else false()


def _activities(actor: Actor, act: Act) -> ColumnElement[bool]:
    """An activity shows if every project it touches does; one without projects to its unit and to who took part.

    Either way it names its company, so it is closed where a secret project is all that the actor could know it by.
    """
    if scope(actor, act) is Scope.NONE:
        return false()
    touched = select(ActivityProject.project_id).where(ActivityProject.activity_id == Activity.id).correlate(Activity)
    some = exists(touched)
    closed = exists(touched.where(_hidden(actor, act, ActivityProject.project_id)))
    took_part = or_(
        Activity.entered_by_id == actor.id,
        exists(
            select(ActivityPerson.user_id)
            .where(ActivityPerson.activity_id == Activity.id, ActivityPerson.user_id == actor.id)
            .correlate(Activity)
        ),
    )
    wide: ColumnElement[bool] = true() if scope(actor, act) is Scope.ALL else Activity.unit_id.in_(actor.unit_ids)
    return and_(or_(and_(some, ~closed), and_(~some, or_(wide, took_part))), ~_about_secret_company(actor))


def _about_secret_company(actor: Actor) -> ColumnElement[bool]:
    """The activity's company has a secret project that is not the actor's to see, and none that is."""
    projects = select(Project.id).where(Project.company_id == Activity.company_id).correlate_except(Project)
    secret = projects.where(Project.is_secret.is_(True), ~project_rows(actor, Act.SEE_COMPANY))
    return and_(exists(secret), ~exists(projects.where(project_rows(actor, Act.SEE_COMPANY))))


def _meetings(actor: Actor, act: Act) -> ColumnElement[bool]:
    """A meeting shows with any visible project on its agenda, unless a secret one that is not the actor's is on it too."""
    reach = scope(actor, act)
    if reach is Scope.NONE:
        return false()
    items = select(AgendaItem.id).where(AgendaItem.meeting_id == Meeting.id).correlate(Meeting)
    seen = exists(items.where(_of_visible(actor, act, AgendaItem.project_id)))
    secret = exists(
        items.join(Project, Project.id == AgendaItem.project_id).where(
            Project.is_secret.is_(True), true() if actor.role is not Role.LEADER else false(), ~_is_named(actor)
        )
    )
    empty: ColumnElement[bool] = ~exists(items) if reach is Scope.ALL else false()
    return and_(or_(seen, empty), ~secret)


def _actions(actor: Actor, act: Act) -> ColumnElement[bool]:
    """An action item shows with its project, or to the unit and the person it was handed to; never for a secret project."""
    if scope(actor, act) is Scope.NONE:
        return false()
    open_project = _of_visible(actor, Act.SEE_PROJECT, ActionItem.project_id)
    handed = or_(ActionItem.lead_unit_id.in_(actor.unit_ids), ActionItem.person_id == actor.id)
    not_secret = exists(select(Project.id).where(Project.id == ActionItem.project_id, Project.is_secret.is_(False)))
    return or_(open_project, and_(handed, not_secret))


def rows(actor: Actor, act: Act, model: type[Any]) -> ColumnElement[bool]:
    """The rows of a model on which the actor may do the act, as a WHERE clause; raises KeyError for an unknown model."""
    if model is Project:
        return project_rows(actor, act)
    if model in (Claim, Contract, MoneyEntry, Attachment):
        return _of_visible(actor, act, model.project_id)
    return {
        Company: _companies,
        Contact: _contacts,
        Activity: _activities,
        Meeting: _meetings,
        ActionItem: _actions,
    }[model](actor, act)


def ensure_row(session: Session, actor: Actor, act: Act, row: Any) -> None:
    """Raise NotAllowed unless the row is among `rows`: for rows whose right hangs on others, such as a company."""
    model = type(row)
    if session.scalar(select(model.id).where(model.id == row.id, rows(actor, act, model))) is None:
        raise _refusal(act)
