"""Who may do what: one table of scopes, read by two interpreters, one in Python and one in SQL.

`allows` answers for one row, `rows` is the same answer as a WHERE clause; tests/test_policy.py holds the two together for every
person, act and row. What the table does not name is refused. A secret project (涉密) adds one condition to every act: only
persons named on it, and leaders. The table is domain.md §11.2; docs/permissions.md is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from crm.choices import CollisionState, Role, Word, listed
from crm.errors import NotAllowed
from crm.models import (
    Absence,
    ActionItem,
    ActionSupport,
    Activity,
    ActivityPerson,
    ActivityProject,
    AgendaItem,
    Attachment,
    Attendee,
    Claim,
    Collision,
    Comment,
    Company,
    Contact,
    Contract,
    Meeting,
    MoneyEntry,
    Project,
    ProjectMember,
    SupervisionLetter,
    User,
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
    REPORT_NODE = "填报年度计划节点"
    ATTACH = "上传附件"
    SEE_PHONE = "查看联系电话"
    SEE_COMPANY = "查看企业"
    EDIT_COMPANY = "修改企业"
    SEE_MEETING = "查看会议"
    BOOK_MEETING = "安排会议"
    HOLD_MEETING = "登记会议"
    WRITE_MINUTES = "记会议纪要"
    CONFIRM_MINUTES = "确认会议纪要"
    ISSUE_MINUTES = "印发会议纪要"
    DOUBLE_BOOK = "人员有冲突时仍安排会议"
    MANAGE_ROOMS = "管理会议室"
    SEE_LEAVE = "查看外出请假的事由"
    KEEP_LEAVE = "登记他人的外出请假"
    SEE_ACTION = "查看交办事项"
    WORK_ACTION = "办理交办事项"
    ASSIGN_ACTION = "交办事项"
    VERIFY_ACTION = "核验交办事项"
    OVERSEE_ACTION = "督办交办事项"
    FILE_MONTH = "填报月度进展"
    CHECK_MONTH = "审核月度填报"
    SET_LIGHT = "调整亮灯"
    LOWER_LIGHT = "调低亮灯"
    SEND_LETTER = "发红灯督办函"
    IMPORT = "导入台账"
    IMPORT_VERIFIED = "导入已核定的历史"
    EXPORT = "导出"
    SEE_QUEUE = "查看待核定"
    SEE_COCKPIT = "查看驾驶舱"
    SEE_BRIEFING = "查看月度简报"
    CHECK_BRIEFING = "核对月度简报"
    ISSUE_BRIEFING = "签发月度简报"
    ARRANGE_BRIEFING = "调整简报版式"
    SEE_FIGURES = "查看统计报表"
    SEE_STANDING = "查看个人业绩"
    COMMENT = "评论项目"
    DELETE = "删除与恢复"
    MERGE = "合并重复记录"
    SEE_COLLISION = "查看撞单"
    ARBITRATE = "裁定撞单"
    TRANSFER = "发起项目流转"
    PICK = "从公共池领取"
    HAND_OVER = "交接工作"
    SEE_JOBS = "查看后台任务"
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
    Act.REPORT_NODE:      (OWN,    TEAM,     ALL,   NONE,  OWN,  NONE,   NONE,  NONE, NONE),
    Act.ATTACH:           (OWN,    TEAM,     ALL,   NONE,  OWN,  NONE,   NONE,  NONE, NONE),
    Act.SEE_PHONE:        (OWN,    TEAM,     ALL,   NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.SEE_COMPANY:      (ALL,    ALL,      ALL,   ALL,   OWN,  OWN,    ALL,   NONE, ALL),
    Act.EDIT_COMPANY:     (OWN,    TEAM,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.SEE_MEETING:      (TEAM,   ALL,      ALL,   ALL,   OWN,  OWN,    ALL,   NONE, ALL),
    Act.BOOK_MEETING:     (OWN,    TEAM,     ALL,   ALL,   OWN,  NONE,   ALL,   NONE, NONE),
    Act.HOLD_MEETING:     (NONE,   NONE,     NONE,  ALL,   NONE, NONE,   NONE,  NONE, NONE),
    Act.WRITE_MINUTES:    (OWN,    OWN,      OWN,   ALL,   OWN,  OWN,    OWN,    NONE, NONE),
    Act.CONFIRM_MINUTES:  (OWN,    OWN,      OWN,   ALL,   OWN,  OWN,    OWN,    NONE, NONE),
    Act.ISSUE_MINUTES:    (NONE,   NONE,     NONE,  ALL,   NONE, NONE,   NONE,   NONE, NONE),
    Act.DOUBLE_BOOK:      (NONE,   NONE,     NONE,  ALL,   NONE, NONE,   NONE,  NONE, NONE),
    Act.MANAGE_ROOMS:     (NONE,   NONE,     NONE,  ALL,   NONE, NONE,   NONE,  NONE, NONE),
    Act.SEE_LEAVE:        (OWN,    TEAM,     OWN,   ALL,   OWN,  OWN,    ALL,   NONE, NONE),
    Act.KEEP_LEAVE:       (NONE,   TEAM,     NONE,  ALL,   NONE, NONE,   NONE,  NONE, NONE),
    Act.SEE_ACTION:       (TEAM,   ALL,      ALL,   ALL,   TEAM, OWN,    ALL,   NONE, ALL),
    Act.WORK_ACTION:      (TEAM,   TEAM,     TEAM,  ALL,   TEAM, TEAM,   NONE,   NONE,  NONE),
    Act.ASSIGN_ACTION:    (NONE,   NONE,     NONE,  ALL,   NONE, NONE,   ALL,   NONE, NONE),
    Act.VERIFY_ACTION:    (NONE,   NONE,     NONE,  ALL,   NONE, NONE,   ALL,   NONE, NONE),
    Act.OVERSEE_ACTION:   (NONE,   NONE,     NONE,  ALL,   NONE, NONE,   NONE,  NONE, NONE),
    Act.FILE_MONTH:       (OWN,    TEAM,     NONE,  NONE,  OWN,  NONE,   NONE,  NONE, NONE),
    Act.CHECK_MONTH:      (NONE,   TEAM,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.SET_LIGHT:        (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.LOWER_LIGHT:      (NONE,   NONE,     NONE,  NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.SEND_LETTER:      (NONE,   NONE,     ALL,   ALL,   NONE, NONE,   NONE,  NONE, NONE),
    Act.IMPORT:           (ALL,    ALL,      ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.IMPORT_VERIFIED:  (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.EXPORT:           (OWN,    TEAM,     ALL,   NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.SEE_QUEUE:        (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.SEE_COCKPIT:      (NONE,   ALL,      ALL,   NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.SEE_BRIEFING:     (ALL,    ALL,      ALL,   ALL,   NONE, NONE,   ALL,   NONE, ALL),
    Act.CHECK_BRIEFING:   (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.ISSUE_BRIEFING:   (NONE,   NONE,     NONE,  NONE,  NONE, NONE,   ALL,   NONE, NONE),
    Act.ARRANGE_BRIEFING: (NONE,   NONE,     ALL,   NONE,  NONE, NONE,   NONE,  ALL,  NONE),
    Act.SEE_FIGURES:      (ALL,    ALL,      ALL,   NONE,  NONE, NONE,   ALL,   NONE, ALL),
    Act.SEE_STANDING:     (OWN,    TEAM,     ALL,   NONE,  NONE, NONE,   ALL,   NONE, ALL),
    Act.COMMENT:          (TEAM,   ALL,      ALL,   ALL,   OWN,  OWN,    ALL,   NONE, NONE),
    Act.DELETE:           (OWN,    TEAM,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.MERGE:            (NONE,   TEAM,     ALL,   NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.SEE_COLLISION:    (OWN,    TEAM,     ALL,   ALL,   NONE, NONE,   ALL,   NONE, ALL),
    Act.ARBITRATE:        (NONE,   NONE,     ALL,   ALL,   NONE, NONE,   ALL,   NONE, NONE),
    Act.TRANSFER:         (OWN,    TEAM,     NONE,  NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.PICK:             (ALL,    ALL,      NONE,  NONE,  NONE, NONE,   NONE,  NONE, NONE),
    Act.HAND_OVER:        (NONE,   TEAM,     NONE,  NONE,  NONE, NONE,   NONE,  ALL,  NONE),
    Act.SEE_JOBS:         (ALL,    ALL,      ALL,   ALL,   NONE, NONE,   ALL,   ALL,  ALL),
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


def _is_named(actor: Actor, walked: bool = False) -> ColumnElement[bool]:
    part = (
        select(ProjectMember.id)
        .where(ProjectMember.project_id == Project.id, ProjectMember.user_id == actor.id, ProjectMember.to_on.is_(None))
        .correlate(Project)
    )
    return part.limit(1).scalar_subquery().is_not(None) if walked else exists(part)


def project_rows(actor: Actor, act: Act, walked: bool = False) -> ColumnElement[bool]:
    """The condition on Project that `allows` computes for one.

    `walked` is for lists, which walk an index and stop after a page: each row is looked up, where PostgreSQL would read all of
    a person's projects first to answer for fifty.
    """
    reach = scope(actor, act)
    if reach is Scope.NONE:
        return false()
    named = _is_named(actor, walked)
    within = {
        Scope.ALL: true(),
        Scope.TEAM: or_(Project.unit_id.in_(actor.unit_ids), named),
        Scope.OWN: named,
    }[reach]
    if actor.role is Role.LEADER:
        return within
    return and_(within, or_(Project.is_secret.is_(False), named))


def by_columns(actor: Actor, act: Act, unit_id: Any, is_secret: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """`project_rows` for tables that keep no more of a project than its unit and secrecy, in two parts: what those two open
    to the actor, and what only being named on the project opens."""
    reach, leads = scope(actor, act), actor.role is Role.LEADER
    if reach in (Scope.NONE, Scope.OWN):
        return false(), true() if reach else false()
    if reach is Scope.ALL:
        return (true(), false()) if leads else (is_secret.is_(False), is_secret.is_(True))
    own, other = unit_id.in_(actor.unit_ids), unit_id.not_in(actor.unit_ids)
    return (own, other) if leads else (and_(own, is_secret.is_(False)), or_(other, is_secret.is_(True)))


def _of_visible(actor: Actor, act: Act, column: Any) -> ColumnElement[bool]:
    return exists(select(Project.id).where(Project.id == column, project_rows(actor, act)).correlate_except(Project))


def _hidden(actor: Actor, act: Act, column: Any) -> ColumnElement[bool]:
    """The project of `column` is not the actor's to see."""
    return ~_of_visible(actor, act, column)


# The bare table: deleted rows do not exist for the model (crm/trash.py). Made once: its columns cost more than a statement.
_ANY = Project.__table__.alias()


def _secrets(actor: Actor, column: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    """What stands in a column of the secret projects that are not the actor's, living and deleted.

    They are few, and the question is the same for every row: the database asks it once (ix_project_secret).
    """
    named = exists(
        select(ProjectMember.id)
        .where(ProjectMember.project_id == _ANY.c.id, ProjectMember.user_id == actor.id, ProjectMember.to_on.is_(None))
        .correlate(_ANY)
    )
    return (
        select(_ANY.c[column])
        .where(_ANY.c.is_secret.is_(True), ~named, _ANY.c[column].is_not(None), *conditions)
        .correlate(None)
    )


def _buried(actor: Actor, column: str, value: Any) -> ColumnElement[bool]:
    """A deleted secret project that was not the actor's has this value in this column: what it closed stays closed."""
    if actor.role is Role.LEADER:
        return false()
    return and_(value.is_not(None), value.in_(_secrets(actor, column, _ANY.c.deleted_at.is_not(None))))


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
    return or_(mine, and_(none_yet, free, ~_buried(actor, "company_id", Company.id)))


def _contacts(actor: Actor, act: Act) -> ColumnElement[bool]:
    visible = exists(
        select(Company.id).where(Company.id == Contact.company_id, _companies(actor, act)).correlate_except(Company)
    )
    return visible if scope(actor, act) is not Scope.NONE else false()


def _activities(actor: Actor, act: Act) -> ColumnElement[bool]:
    """An activity shows if every living project it touches does; one without to its unit and to who took part.

    Either way it names its company, so it is closed where a secret project is all that the actor could know it by.
    """
    reach = scope(actor, act)
    if reach is Scope.NONE:
        return false()
    if reach is Scope.ALL:  # only a secret project is hidden from whom sees all
        return ~_touches_secrets(actor)
    living = (
        select(ActivityProject.project_id)
        .join(Project, Project.id == ActivityProject.project_id)
        .where(ActivityProject.activity_id == Activity.id)
        .correlate(Activity)
    )
    took_part = or_(
        Activity.entered_by_id == actor.id,
        Activity.unit_id.in_(actor.unit_ids),
        exists(
            select(ActivityPerson.user_id)
            .where(ActivityPerson.activity_id == Activity.id, ActivityPerson.user_id == actor.id)
            .correlate(Activity)
        ),
    )
    shown = and_(exists(living), ~exists(living.where(_hidden(actor, act, ActivityProject.project_id))))
    return and_(or_(shown, and_(~exists(living), took_part)), ~_touches_secrets(actor))


def _touches_secrets(actor: Actor) -> ColumnElement[bool]:
    """The activity touches a secret project that is not the actor's, or its company is known by nothing else."""
    if actor.role is Role.LEADER:
        return false()
    touching = select(ActivityProject.activity_id).where(ActivityProject.project_id.in_(_secrets(actor, "id")))
    of_company = select(Project.id).where(Project.company_id == Activity.company_id).correlate_except(Project)
    shown = exists(of_company.where(project_rows(actor, Act.SEE_COMPANY)))
    named = and_(Activity.company_id.is_not(None), Activity.company_id.in_(_secrets(actor, "company_id")))
    return or_(Activity.id.in_(touching), and_(named, ~shown))


def hangs_on_more(project_id: Any) -> ColumnElement[bool]:
    """The condition on Activity, one that touches the project: to see the project is not enough to see it.

    It touches another project too, or a secret project, living or deleted, is of its company. Of all others `rows` shows each
    to whoever sees the project, which is a cheaper question.
    """
    others = (
        select(ActivityProject.project_id)
        .where(ActivityProject.activity_id == Activity.id, ActivityProject.project_id != project_id)
        .correlate(Activity)
    )
    secrets = select(_ANY.c.id).where(_ANY.c.company_id == Activity.company_id, _ANY.c.is_secret.is_(True))
    return or_(exists(others), exists(secrets.correlate(Activity)))


def _meetings(actor: Actor, act: Act) -> ColumnElement[bool]:
    """A meeting shows with any visible project on its agenda, and to those invited to it; a draft to those who prepare it.

    A secret project on the agenda that is not the actor's closes it whoever is invited. Deleting one takes the right on every
    project of its agenda, changing a booking the right to hold meetings or to have made it. Minutes are written by those who
    prepare it, confirmed by its chair, and by who holds meetings where there is no chair any more.
    """
    reach = scope(actor, act)
    if reach is Scope.NONE:
        return false()
    see = Act.SEE_MEETING if act in _PART_IN_MEETING else act
    items = select(AgendaItem.id).where(AgendaItem.meeting_id == Meeting.id).correlate(Meeting)
    seen: ColumnElement[bool] = exists(items.where(_of_visible(actor, see, AgendaItem.project_id)))
    secret: ColumnElement[bool] = exists(
        items.join(Project, Project.id == AgendaItem.project_id).where(
            Project.is_secret.is_(True), true() if actor.role is not Role.LEADER else false(), ~_is_named(actor)
        )
    )
    secret = or_(secret, exists(items.where(_buried(actor, "id", AgendaItem.project_id))))
    living = items.join(Project, Project.id == AgendaItem.project_id)
    empty: ColumnElement[bool] = ~exists(living) if scope(actor, see) is Scope.ALL else false()
    if act is Act.DELETE:
        seen = and_(seen, ~exists(living.where(_hidden(actor, act, AgendaItem.project_id))))
    if see is Act.SEE_MEETING:
        seen = or_(seen, _is_invited(actor))
    shown = and_(or_(seen, empty), ~secret, or_(Meeting.is_draft.is_(False), _prepares(actor)))
    part = _PART_IN_MEETING.get(act)
    return and_(shown, part(actor)) if part else shown


def _is_invited(actor: Actor) -> ColumnElement[bool]:
    invited = select(Attendee.id).where(Attendee.meeting_id == Meeting.id, Attendee.user_id == actor.id)
    return or_(Meeting.chair_id == actor.id, Meeting.entered_by_id == actor.id, exists(invited.correlate(Meeting)))


def _prepares(actor: Actor) -> ColumnElement[bool]:
    """The actor made the meeting or keeps its minutes; who holds meetings prepares all of them."""
    if can(actor, Act.HOLD_MEETING):
        return true()
    return or_(Meeting.entered_by_id == actor.id, Meeting.secretary_id == actor.id)


def _confirms(actor: Actor) -> ColumnElement[bool]:
    """The actor is in the chair; or he holds meetings, and nobody is in the chair, or somebody who has left."""
    mine = Meeting.chair_id == actor.id
    if scope(actor, Act.CONFIRM_MINUTES) is not Scope.ALL:
        return mine
    there = exists(select(User.id).where(User.id == Meeting.chair_id, User.is_active.is_(True)).correlate(Meeting))
    return or_(mine, ~there)


# What besides seeing a meeting a right on it takes.
_PART_IN_MEETING: Mapping[Act, Callable[[Actor], ColumnElement[bool]]] = {
    Act.BOOK_MEETING: _prepares,
    Act.WRITE_MINUTES: _prepares,
    Act.CONFIRM_MINUTES: _confirms,
    Act.ISSUE_MINUTES: lambda actor: true() if can(actor, Act.ISSUE_MINUTES) else false(),
}


def _agenda(actor: Actor, act: Act) -> ColumnElement[bool]:
    """A point of an agenda shows with its meeting and, where it treats a project, with that."""
    meeting = select(Meeting.id).where(Meeting.id == AgendaItem.meeting_id, _meetings(actor, act))
    of_visible = _of_visible(actor, Act.SEE_PROJECT, AgendaItem.project_id)
    return and_(exists(meeting.correlate_except(Meeting)), or_(AgendaItem.project_id.is_(None), of_visible))


def _absences(actor: Actor, act: Act) -> ColumnElement[bool]:
    """An absence, with its reason: one's own, those one has entered, and those of the people whom the right reaches."""
    reach = scope(actor, act)
    own = or_(Absence.user_id == actor.id, Absence.entered_by_id == actor.id)
    team = exists(
        select(User.id).where(User.id == Absence.user_id, User.unit_id.in_(actor.unit_ids)).correlate(Absence)
    )
    return {Scope.NONE: own, Scope.OWN: own, Scope.TEAM: or_(own, team), Scope.ALL: true()}[reach]


def _actions(actor: Actor, act: Act) -> ColumnElement[bool]:
    """An action item shows with its project, and to the units and the person it was handed to or who help; never for a secret
    project. Who is confined to his own sees what was handed to him and his unit, whatever projects he is named on."""
    reach = scope(actor, act)
    if reach is Scope.NONE:
        return false()
    open_project = _of_visible(actor, Act.SEE_PROJECT, ActionItem.project_id)
    helping = (
        select(ActionSupport.item_id)
        .where(ActionSupport.item_id == ActionItem.id, ActionSupport.unit_id.in_(actor.unit_ids))
        .correlate(ActionItem)
    )
    handed = or_(ActionItem.lead_unit_id.in_(actor.unit_ids), ActionItem.person_id == actor.id, exists(helping))
    not_secret = exists(select(Project.id).where(Project.id == ActionItem.project_id, Project.is_secret.is_(False)))
    if reach is Scope.OWN:
        return and_(handed, or_(open_project, not_secret))
    return or_(open_project, and_(handed, not_secret))


def _letters(actor: Actor, act: Act) -> ColumnElement[bool]:
    """A letter shows with the action item it is about; one about a project's light with the project, and to the unit it went
    to, never for a secret project."""
    if scope(actor, act) is Scope.NONE:
        return false()
    item = exists(
        select(ActionItem.id)
        .where(ActionItem.id == SupervisionLetter.item_id, _actions(actor, act))
        .correlate_except(ActionItem)
    )
    open_project = _of_visible(actor, Act.SEE_PROJECT, SupervisionLetter.project_id)
    not_secret = exists(
        select(Project.id)
        .where(Project.id == SupervisionLetter.project_id, Project.is_secret.is_(False))
        .correlate_except(Project)
    )
    return or_(item, open_project, and_(SupervisionLetter.unit_id.in_(actor.unit_ids), not_secret))


def _comments(actor: Actor, act: Act) -> ColumnElement[bool]:
    """As its project; a deleted one comes back to its author, and to who deletes more than what hangs on his own projects."""
    if act is not Act.DELETE:
        return _of_visible(actor, act, Comment.project_id)
    own = and_(Comment.author_id == actor.id, _of_visible(actor, Act.COMMENT, Comment.project_id))
    return or_(own, _of_visible(actor, act, Comment.project_id)) if scope(actor, act) > Scope.OWN else own


def _collisions(actor: Actor, act: Act) -> ColumnElement[bool]:
    """A case shows with both its projects, by the width of the right, and to each side by the side's own project.

    A side whose opponent is a secret project that is not his to see is told of the case by the ruling, not before.
    """
    if scope(actor, act) is Scope.NONE:
        return false()
    whole = and_(_of_visible(actor, act, Collision.first_id), _of_visible(actor, act, Collision.second_id))
    if scope(actor, act) is Scope.ALL:
        side = or_(*(_named_on(actor, column) for column in (Collision.first_id, Collision.second_id)))
    else:
        side = or_(*(_of_visible(actor, act, column) for column in (Collision.first_id, Collision.second_id)))
    both = select(Project.id).where(Project.id.in_((Collision.first_id, Collision.second_id)))
    secret = exists(
        both.where(Project.is_secret.is_(True), ~project_rows(actor, Act.SEE_PROJECT)).correlate_except(Project)
    )
    ruled = Collision.state.in_((CollisionState.RULED, CollisionState.APPEALED, CollisionState.FINAL))
    own_case = and_(side, or_(~secret, ruled))
    living = and_(*(_living(column) for column in (Collision.first_id, Collision.second_id)))
    return and_(living, or_(whole, own_case) if scope(actor, act) is Scope.ALL else own_case)


def _living(column: Any) -> ColumnElement[bool]:
    """The project of `column` is not deleted."""
    return exists(select(Project.id).where(Project.id == column).correlate_except(Project))


def _named_on(actor: Actor, column: Any) -> ColumnElement[bool]:
    return exists(select(Project.id).where(Project.id == column, _is_named(actor)).correlate_except(Project))


def rows(actor: Actor, act: Act, model: type[Any]) -> ColumnElement[bool]:
    """The rows of a model on which the actor may do the act, as a WHERE clause; raises KeyError for an unknown model."""
    if model is Project:
        return project_rows(actor, act)
    if model in (Claim, Contract, MoneyEntry, Attachment):
        return _of_visible(actor, act, model.project_id)
    return {
        Absence: _absences,
        Company: _companies,
        Contact: _contacts,
        Activity: _activities,
        Meeting: _meetings,
        AgendaItem: _agenda,
        ActionItem: _actions,
        SupervisionLetter: _letters,
        Comment: _comments,
        Collision: _collisions,
    }[model](actor, act)


def ensure_row(session: Session, actor: Actor, act: Act, row: Any) -> None:
    """Raise NotAllowed unless the row is among `rows`: for rows whose right hangs on others, such as a company."""
    model = type(row)
    if session.scalar(select(model.id).where(model.id == row.id, rows(actor, act, model))) is None:
        raise _refusal(act)
