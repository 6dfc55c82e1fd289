"""Plain functions that make rows: sensible defaults, everything can be said otherwise. They flush, they never commit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm.choices import (
    AbsenceKind,
    ActionState,
    ActionStepKind,
    ActivityKind,
    CapitalKind,
    ClaimKind,
    ClaimState,
    ContractKind,
    Currency,
    IndustryGroup,
    KeyList,
    ListingClass,
    MeetingKind,
    MemberRole,
    MoneyKind,
    NodeDay,
    Origin,
    Role,
    Stage,
    Status,
    UnitKind,
)
from crm.models import (
    Absence,
    ActionItem,
    ActionStep,
    ActionSupport,
    Activity,
    ActivityPerson,
    ActivityProject,
    AgendaItem,
    AnnualPlan,
    Area,
    Attendee,
    Claim,
    Collision,
    Company,
    Contact,
    Contract,
    FaiEntry,
    Industry,
    Listing,
    Meeting,
    MoneyEntry,
    PlanNode,
    PlanNodeMove,
    Project,
    ProjectMember,
    Room,
    StageMove,
    StatusChange,
    SupervisionLetter,
    Unit,
    User,
)
from crm.rules.days import start_of

NOW = datetime(2022, 10, 20, 2, 0, tzinfo=UTC)
_serial = count(1)


def add(session: Session, row: Any) -> Any:
    """Add and flush, so that the row has its key."""
    session.add(row)
    session.flush()
    return row


def make_unit(session: Session, name: str, kind: UnitKind, parent: Unit | None = None) -> Unit:
    """A unit below another."""
    return add(
        session,
        Unit(name=name, short_name=name, kind=kind, parent_id=parent.id if parent else None, rank=next(_serial)),
    )


def make_user(session: Session, login: str, name: str, role: Role, unit: Unit, **more: Any) -> User:
    """A person without a password."""
    return add(session, User(login=login, name=name, role=role, unit_id=unit.id, created_at=NOW, **more))


def make_cast(session: Session) -> None:
    """The zone, its bureau with two teams, a department, and one person of each role (two officers, two statisticians)."""
    zone = make_unit(session, "云湖经开区", UnitKind.ZONE)
    bureau = make_unit(session, "经发局（招商局）", UnitKind.BUREAU, zone)
    first = make_unit(session, "招商一组", UnitKind.TEAM, bureau)
    second = make_unit(session, "招商二组", UnitKind.TEAM, bureau)
    department = make_unit(session, "资规局", UnitKind.DEPARTMENT, zone)
    for login, name, role, unit in (
        ("officer", "顾清宁", Role.OFFICER, first),
        ("other_officer", "沈亦舟", Role.OFFICER, second),
        ("team_lead", "周以恒", Role.TEAM_LEAD, first),
        ("statistician", "方致远", Role.STATISTICIAN, bureau),
        ("second_statistician", "温知夏", Role.STATISTICIAN, bureau),
        ("coordinator", "许若彤", Role.COORDINATOR, bureau),
        ("agent", "陆思远", Role.AGENT, bureau),
        ("liaison", "江予安", Role.LIAISON, department),
        ("leader", "程望山", Role.LEADER, zone),
        ("admin", "季明川", Role.ADMIN, zone),
        ("auditor", "宋砚秋", Role.AUDITOR, zone),
    ):
        make_user(session, login, name, role, unit)


def team(session: Session, name: str = "招商一组") -> Unit:
    """A unit of the cast by its name."""
    return session.query(Unit).filter_by(name=name).one()


def person(session: Session, login: str) -> User:
    """A member of the cast by login."""
    return session.query(User).filter_by(login=login).one()


def make_industry(
    session: Session, name: str = "智能制造", group: IndustryGroup = IndustryGroup.FEATURE, **more: Any
) -> Industry:
    """An industry."""
    return add(session, Industry(code=f"I{next(_serial)}", name=name, group=group, **more))


def make_area(session: Session, name: str = "石桥片区") -> Area:
    """A part of the zone."""
    return add(session, Area(name=name))


def make_company(session: Session, name: str | None = None, **more: Any) -> Company:
    """An investor from Shanghai."""
    name = name or f"霁澜演示科技{next(_serial)}有限公司"
    values = {
        "name_key": name,
        "origin": Origin.DOMESTIC,
        "province": "上海市",
        "city": "上海市",
        "created_at": NOW,
        "is_demo": True,
    }
    return add(session, Company(name=name, **{**values, **more}))


def make_contact(
    session: Session, company: Company, name: str = "罗映川", phone: str = "13800000421", **more: Any
) -> Contact:
    """A person at a company."""
    return add(session, Contact(company_id=company.id, name=name, phone=phone, created_at=NOW, **more))


def make_project(session: Session, name: str | None = None, lead: User | None = None, **more: Any) -> Project:
    """A negotiation of team one worth 3.5 亿元; `lead` becomes its 主办 (and its team the project's)."""
    serial = next(_serial)
    name = name or f"演示精密减速器项目{serial}"
    values: dict[str, Any] = {
        "code": f"YH-2022-{serial:04d}",
        "name_key": name,
        "unit_id": lead.unit_id if lead else team(session).id,
        "capital_kind": CapitalKind.DOMESTIC,
        "stage": Stage.NEGOTIATION,
        "stage_since_on": date(2022, 3, 1),
        "total_yuan": 350_000_000,
        "registered_at": datetime(2022, 2, 1, 1, tzinfo=UTC),
        "is_demo": True,
    }
    project = add(session, Project(name=name, **{**values, **more}))
    if lead is not None:
        make_member(session, project, lead, MemberRole.LEAD)
    return project


def make_member(
    session: Session, project: Project, user: User, role: MemberRole = MemberRole.LEAD, **more: Any
) -> ProjectMember:
    """A person's part in a project."""
    values = {"from_on": date(2022, 2, 1)}
    return add(session, ProjectMember(project_id=project.id, user_id=user.id, role=role, **{**values, **more}))


def make_collision(session: Session, first: Project, second: Project, **more: Any) -> Collision:
    """A case that waits to be ruled."""
    values = {"percent": 91, "reasons": "名称相近（91%）", "opened_at": NOW}
    return add(session, Collision(first_id=first.id, second_id=second.id, **{**values, **more}))


def make_claim(
    session: Session,
    project: Project,
    kind: ClaimKind = ClaimKind.SIGNING,
    on: date = date(2022, 9, 15),
    state: ClaimState = ClaimState.VERIFIED,
    verified_on: date | None = None,
    **more: Any,
) -> Claim:
    """A claim reported by the officer on the day and, if so asked, verified by the statistician two days later."""
    values: dict[str, Any] = {
        "reported_by_id": person(session, "officer").id,
        "reported_at": start_of(on) + timedelta(hours=2),
    }
    if state in (ClaimState.VERIFIED, ClaimState.REVERSED):
        values["verified_by_id"] = person(session, "statistician").id
        values["verified_at"] = start_of(verified_on or on + timedelta(days=2)) + timedelta(hours=8)
    return add(session, Claim(project_id=project.id, kind=kind, state=state, happened_on=on, **{**values, **more}))


def make_money(
    session: Session, project: Project, kind: MoneyKind, amount: int, on: date, claim: Claim | None = None, **more: Any
) -> MoneyEntry:
    """A money entry; in yuan unless a currency, a rate and amount_yuan are given."""
    values = {"currency": Currency.CNY, "rate": Decimal(1), "amount_yuan": amount, "entered_at": NOW}
    return add(
        session,
        MoneyEntry(
            project_id=project.id,
            kind=kind,
            amount=amount,
            happened_on=on,
            claim_id=claim.id if claim else None,
            **{**values, **more},
        ),
    )


def make_move(
    session: Session, project: Project, to: Stage, on: date, claim: Claim | None = None, **more: Any
) -> StageMove:
    """A move in the stage log; the project's own column is left alone."""
    values = {"from_stage": project.stage, "recorded_at": start_of(on)}
    return add(
        session,
        StageMove(
            project_id=project.id, to_stage=to, moved_on=on, claim_id=claim.id if claim else None, **{**values, **more}
        ),
    )


def make_contract(
    session: Session,
    project: Project,
    claim: Claim,
    on: date = date(2022, 9, 15),
    kind: ContractKind = ContractKind.FORMAL,
    amount: int | None = 350_000_000,
    **more: Any,
) -> Contract:
    """A contract with its money entry."""
    contract = add(
        session, Contract(project_id=project.id, kind=kind, signed_on=on, claim_id=claim.id, entered_at=NOW, **more)
    )
    if amount is not None:
        make_money(session, project, MoneyKind.CONTRACT, amount, on, claim, contract_id=contract.id)
    return contract


def sign(
    session: Session,
    project: Project,
    on: date = date(2022, 9, 15),
    amount: int = 350_000_000,
    state: ClaimState = ClaimState.VERIFIED,
    verified_on: date | None = None,
    contract: dict[str, Any] | None = None,
    **claim_values: Any,
) -> Claim:
    """A whole signing: claim, formal contract, money and stage move; the project moves if it is verified."""
    claim = make_claim(session, project, ClaimKind.SIGNING, on, state, verified_on, **claim_values)
    make_contract(session, project, claim, on, amount=amount, **(contract or {}))
    make_move(session, project, Stage.SIGNED, on, claim)
    if state is ClaimState.VERIFIED:
        project.stage, project.stage_since_on = Stage.SIGNED, on
        session.flush()
    return claim


def reach(
    session: Session, project: Project, stage: Stage, on: date, state: ClaimState = ClaimState.VERIFIED, **more: Any
) -> Claim:
    """A verified start, finish or production."""
    kind = {Stage.STARTED: ClaimKind.START, Stage.FINISHED: ClaimKind.FINISH, Stage.PRODUCING: ClaimKind.PRODUCTION}[
        stage
    ]
    claim = make_claim(session, project, kind, on, state, **more)
    make_move(session, project, stage, on, claim)
    if state is ClaimState.VERIFIED:
        project.stage, project.stage_since_on = stage, on
        session.flush()
    return claim


def lose(session: Session, project: Project, on: date, to: Status = Status.LOST) -> StatusChange:
    """A project lost on a day."""
    change = StatusChange(
        project_id=project.id, from_status=project.status, to_status=to, changed_on=on, recorded_at=start_of(on)
    )
    project.status = to
    return add(session, change)


def make_activity(
    session: Session,
    *projects: Project,
    kind: ActivityKind = ActivityKind.TALK,
    at: datetime = datetime(2022, 9, 20, 6, tzinfo=UTC),
    by: User | None = None,
    people: tuple[User, ...] = (),
    **more: Any,
) -> Activity:
    """A touchpoint with some projects."""
    by = by or person(session, "officer")
    values = {
        "summary": "对方介绍首期建设内容，询问供地时间。",
        "entered_at": at,
        "entered_by_id": by.id,
        "unit_id": by.unit_id,
    }
    activity = add(session, Activity(kind=kind, happened_at=at, **{**values, **more}))
    session.add_all(ActivityProject(activity_id=activity.id, project_id=project.id) for project in projects)
    session.add_all(ActivityPerson(activity_id=activity.id, user_id=user.id) for user in people)
    session.flush()
    return activity


def make_meeting(
    session: Session,
    *projects: Project,
    kind: MeetingKind = MeetingKind.COORDINATION,
    at: datetime = datetime(2022, 9, 21, 6, tzinfo=UTC),
    title: str = "用地与能耗协调会",
    **more: Any,
) -> Meeting:
    """A meeting over some projects."""
    values = {"ends_at": at + timedelta(hours=1), "entered_at": at}
    meeting = add(session, Meeting(kind=kind, title=title, held_at=at, **{**values, **more}))
    session.add_all(
        AgendaItem(meeting_id=meeting.id, project_id=project.id, rank=rank) for rank, project in enumerate(projects, 1)
    )
    session.flush()
    return meeting


def make_room(session: Session, name: str = "302 会议室", capacity: int = 20, **more: Any) -> Room:
    """A room of the administration's building."""
    return add(session, Room(name=name, capacity=capacity, **{"building": "行政中心", **more}))


def make_absence(session: Session, user: User, at: datetime, until: datetime, **more: Any) -> Absence:
    """A leave of somebody."""
    values = {"kind": AbsenceKind.LEAVE, "entered_at": NOW, "entered_by_id": user.id}
    return add(session, Absence(user_id=user.id, starts_at=at, ends_at=until, **{**values, **more}))


def invite(session: Session, meeting: Meeting, *users: User, **more: Any) -> None:
    """These people are asked to come."""
    session.add_all(Attendee(meeting_id=meeting.id, user_id=user.id, **more) for user in users)
    session.flush()


def make_action(
    session: Session, project: Project, unit: Unit, deadline: date = date(2022, 9, 30), **more: Any
) -> ActionItem:
    """Something a unit has to do for a project, with one step that says how it stands (`said`: what was said of it)."""
    said, helps = more.pop("said", ""), more.pop("helps", ())
    values = {
        "problem": "地块清表尚未完成",
        "assigned_on": date(2022, 9, 21),
        "state": ActionState.DONE if more.get("done_on") else ActionState.DOING,
        "entered_at": NOW,
    }
    values = {**values, **more}
    values.setdefault("handed_on", values["assigned_on"])
    if values["state"] is ActionState.DONE:
        values.setdefault("done_on", deadline)
    item = add(session, ActionItem(project_id=project.id, lead_unit_id=unit.id, deadline_on=deadline, **values))
    session.add_all(ActionSupport(item_id=item.id, unit_id=each.id) for each in helps)
    make_step(session, item, ActionStepKind.RECORD, None, item.state, note=said, unit_id=unit.id)
    return item


def make_light_letter(
    session: Session, project: Project, unit: Unit, by: User, serial: int = 1, answer_by_on: date = date(2022, 10, 24)
) -> SupervisionLetter:
    """A letter about a project's red light in September, which asks for a catch-up plan."""
    letter = SupervisionLetter(
        project_id=project.id, month=date(2022, 9, 1), cause="欠序时26.7个百分点", year=2022, serial=serial,
        issued_on=date(2022, 10, 10), unit_id=unit.id, answer_by_on=answer_by_on, at=NOW, by_id=by.id,
    )  # fmt: skip
    return add(session, letter)


def make_step(
    session: Session,
    item: ActionItem,
    kind: ActionStepKind,
    before: ActionState | None,
    after: ActionState,
    **more: Any,
) -> ActionStep:
    """A step of an item's history."""
    values = {"at": NOW, **more}
    return add(session, ActionStep(item_id=item.id, kind=kind, from_state=before, to_state=after, **values))


def make_fai(session: Session, project: Project, on: date = date(2022, 9, 20), **more: Any) -> FaiEntry:
    """A project in the statistics of fixed-asset investment."""
    values = {"code": f"FAI{project.id:05d}", "recorded_at": start_of(on), **more}
    return add(session, FaiEntry(project_id=project.id, entered_on=on, **values))


def make_listing(
    session: Session, project: Project, key_list: KeyList = KeyList.CITY, year: int = 2022, **more: Any
) -> Listing:
    """A project on an annual list."""
    values = {"listing_class": ListingClass.NEW, "from_on": date(year, 1, 1)}
    return add(session, Listing(project_id=project.id, key_list=key_list, year=year, **{**values, **more}))


def make_plan(
    session: Session, project: Project, planned_yuan: int = 120_000_000, year: int = 2022, **more: Any
) -> AnnualPlan:
    """A project's plan for a year."""
    values = {"approved_at": datetime(year, 1, 10, tzinfo=UTC)}
    return add(session, AnnualPlan(project_id=project.id, year=year, planned_yuan=planned_yuan, **{**values, **more}))


def make_node(
    session: Session, project: Project, name: str = "主体封顶", planned_on: date = date(2022, 11, 20), **more: Any
) -> PlanNode:
    """A node of the plan of the planned day's year, with the moves that made its days."""
    at = more.pop("at", datetime(2022, 2, 1, tzinfo=UTC))
    values = {"year": planned_on.year, **more}
    node = add(session, PlanNode(project_id=project.id, name=name, planned_on=planned_on, **values))
    for which in NodeDay:
        on = getattr(node, f"{which.value}_on")
        if on is not None:
            add(session, PlanNodeMove(node_id=node.id, day=which, new_on=on, at=at))
    return node
