"""Action items read: those a person may see, how they stand today, what came of them, and who is concerned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from crm import policy
from crm.choices import ActionState, Labelled, MemberRole, Priority, Role, UnitKind
from crm.choices import ActionStepKind as Step
from crm.models import (
    ActionExtension,
    ActionFile,
    ActionItem,
    ActionStep,
    ActionSupport,
    AgendaCarry,
    Holiday,
    Meeting,
    Project,
    ProjectMember,
    SupervisionLetter,
    Unit,
    User,
)
from crm.policy import Act, Actor, Scope
from crm.queries.keyset import Key
from crm.rules.action_items import Part, Standing, is_handed_to
from crm.rules.days import start_of
from crm.rules.workdays import ONE_DAY, Calendar, overdue_days


def visible_to(actor: Actor) -> Select[ActionItem]:
    """Every action item the actor may see, with its project, units, person and meeting; open ones by deadline first."""
    return (
        select(ActionItem)
        .where(policy.rows(actor, Act.SEE_ACTION, ActionItem))
        .options(
            joinedload(ActionItem.project),
            joinedload(ActionItem.lead_unit),
            joinedload(ActionItem.person),
            joinedload(ActionItem.meeting),
        )
        .order_by(*(key.sorted() for key in ORDER))
    )


def whole(actor: Actor) -> Select[ActionItem]:
    """As `visible_to`, with everything that hangs on one item: helpers, steps with their files, extensions."""
    return visible_to(actor).options(
        selectinload(ActionItem.supports).joinedload(ActionSupport.unit),
        selectinload(ActionItem.steps).options(
            joinedload(ActionStep.by), joinedload(ActionStep.unit), selectinload(ActionStep.files)
        ),
        selectinload(ActionItem.extensions).options(
            joinedload(ActionExtension.asked_by), joinedload(ActionExtension.decided_by)
        ),
    )


ORDER = (
    Key(case((ActionItem.state == ActionState.DONE, 1), else_=0), int),
    Key(ActionItem.done_on, date, descending=True, nullable=True),
    Key(ActionItem.deadline_on, date),
    Key(ActionItem.id, int),
)  # what is open by its deadline, then what was settled last


# -------------------------------------------------------------------------------------------------------------- conditions


def is_open() -> ColumnElement[bool]:
    """Not settled yet; reported as done is not done until it is verified."""
    return ActionItem.state.in_([state for state in ActionState if state is not ActionState.DONE])


def is_late(today: date | None) -> ColumnElement[bool]:
    """Open past the deadline that holds; one that falls on a day off is due on the next day worked."""
    return and_(is_open(), ActionItem.deadline_on <= passed_by(today))


REST = 20  # no run of days off is as long


def passed_by(today: date | None) -> Any:
    """The latest deadline that has passed by a day (Calendar.overdue_from), asked of the calendar in the same statement.

    None leaves places for the values of `passed_values`: for statements that are compiled once.
    """
    days = [
        (bindparam(f"passed_{n}", type_=Date()), bindparam(f"worked_{n}", type_=Boolean()))
        if today is None
        else (literal(day, Date()), literal(works, Boolean()))
        for n, (day, works) in enumerate(_days_before(today or date.min + REST * ONE_DAY))
    ]
    one = union_all(*(select(day.label("day"), works.label("works")) for day, works in days)).subquery()
    differs = select(Holiday.is_working).where(Holiday.day == one.c.day).correlate(one).scalar_subquery()
    return select(func.max(one.c.day)).where(func.coalesce(differs, one.c.works).is_(True)).scalar_subquery()


def passed_values(today: date) -> dict[str, Any]:
    """The values that `passed_by(None)` asks for."""
    found = list(_days_before(today))
    return {f"passed_{n}": day for n, (day, _) in enumerate(found)} | {
        f"worked_{n}": w for n, (_, w) in enumerate(found)
    }


def _days_before(today: date) -> Iterator[tuple[date, bool]]:
    """The days before a day, each with whether the week works on it."""
    for n in range(1, REST):
        day = today - n * ONE_DAY
        yield day, day.weekday() < 5


def handed_to(actor: Actor) -> ColumnElement[bool]:
    """Handed to the actor, or to a unit he belongs to or leads."""
    return or_(ActionItem.lead_unit_id.in_(actor.unit_ids), ActionItem.person_id == actor.id)


def helped_by(unit_ids: Iterable[int]) -> ColumnElement[bool]:
    """One of these units helps."""
    return exists().where(ActionSupport.item_id == ActionItem.id, ActionSupport.unit_id.in_(unit_ids))


def done_late(first: date, last: date, calendar: Calendar) -> ColumnElement[bool]:
    """Done on a day of this span, past the deadline by the working calendar."""
    after_rest = {}
    day = first
    while day <= last:
        if not calendar.is_working(day - ONE_DAY):  # the deadlines that have passed end before the days off
            after_rest[day] = calendar.overdue_from(day)
        day += ONE_DAY
    plain = ActionItem.deadline_on < ActionItem.done_on
    if after_rest:
        passed = case(after_rest, value=ActionItem.done_on)
        plain = or_(and_(ActionItem.done_on.not_in(list(after_rest)), plain), ActionItem.deadline_on <= passed)
    return and_(ActionItem.state == ActionState.DONE, ActionItem.done_on.between(first, last), plain)


def deadline_as_of(day: date) -> ColumnElement[date]:
    """The deadline that held at the end of a day: of before, where more time was granted later."""
    later = (
        select(ActionExtension.old_deadline_on)
        .where(
            ActionExtension.item_id == ActionItem.id,
            ActionExtension.granted.is_(True),
            ActionExtension.decided_at >= start_of(day + timedelta(days=1)),
        )
        .order_by(ActionExtension.number)
        .limit(1)
        .correlate(ActionItem)
        .scalar_subquery()
    )
    return func.coalesce(later, ActionItem.deadline_on, type_=ActionItem.deadline_on.type)


# ------------------------------------------------------------------------------------------------------------------ the list


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. `show` is open, late, signing, doing, checking, done, late_done or all; the days are those
    on which it was done, both included."""

    show: str = "open"
    mine: bool = False
    unit_id: int | None = None
    person_id: int | None = None
    project_id: int | None = None
    priority: Priority | None = None
    first_on: date | None = None
    last_on: date | None = None
    words: str = ""


SHOWN = ("open", "late", "signing", "doing", "checking", "done", "late_done", "all")


def matching(actor: Actor, filters: Filters, today: date, calendar: Calendar) -> Select[ActionItem]:
    """The action items of a list: the longest overdue first."""
    rows = visible_to(actor).where(*_shown(filters, today, calendar))
    if filters.mine:
        rows = rows.where(or_(handed_to(actor), helped_by(actor.unit_ids)))
    if filters.unit_id:
        rows = rows.where(ActionItem.lead_unit_id == filters.unit_id)
    if filters.person_id is not None:  # 0 is nobody
        rows = rows.where(ActionItem.person_id == (filters.person_id or None))
    if filters.project_id:
        rows = rows.where(ActionItem.project_id == filters.project_id)
    if filters.priority:
        rows = rows.where(ActionItem.priority == filters.priority)
    if filters.first_on:
        rows = rows.where(ActionItem.done_on >= filters.first_on)
    if filters.last_on:
        rows = rows.where(ActionItem.done_on <= filters.last_on)
    if filters.words:
        texts = (ActionItem.problem, ActionItem.task, ActionItem.support_units)
        rows = rows.where(or_(*(text.icontains(filters.words, autoescape=True) for text in texts)))
    return rows


def _shown(filters: Filters, today: date, calendar: Calendar) -> Sequence[ColumnElement[bool]]:
    if filters.show == "late_done":
        return (done_late(filters.first_on or date(today.year, 1, 1), filters.last_on or today, calendar),)
    return {
        "open": (is_open(),),
        "late": (is_late(today),),
        "signing": (ActionItem.state == ActionState.ASSIGNED,),
        "doing": (ActionItem.state.in_((ActionState.DOING, ActionState.RETURNED)),),
        "checking": (ActionItem.state == ActionState.CHECKING,),
        "done": (ActionItem.state == ActionState.DONE,),
    }.get(filters.show, ())


@dataclass(frozen=True)
class Counts:
    """How many action items are open, late, to be signed for, at work, waiting to be verified, and done."""

    open: int
    late: int
    signing: int
    doing: int
    checking: int
    done: int


def counts(session: Session, actor: Actor, today: date) -> Counts:
    """The counts over everything the actor may see, in one statement."""
    found = session.execute(
        select(*(func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in (
            is_open(), is_late(today), ActionItem.state == ActionState.ASSIGNED,
            ActionItem.state.in_((ActionState.DOING, ActionState.RETURNED)), ActionItem.state == ActionState.CHECKING,
            ActionItem.state == ActionState.DONE,
        ))).where(policy.rows(actor, Act.SEE_ACTION, ActionItem))
    ).one()  # fmt: skip
    return Counts(*(int(count) for count in found))


def helpers(item: ActionItem) -> str:
    """The units that help (`supports` loaded with their units), those in words last."""
    named = [row.unit.short_name for row in item.supports]
    return "、".join([*named, item.support_units] if item.support_units else named)


def notes_of(session: Session, item_ids: Iterable[int], until: date | None = None) -> dict[int, str]:
    """The last word said of each of some items, up to the end of a day; one statement."""
    rows = select(ActionStep.item_id, ActionStep.note).where(
        ActionStep.item_id.in_(list(item_ids)), ActionStep.note != ""
    )
    if until is not None:
        rows = rows.where(ActionStep.at < start_of(until + timedelta(days=1)))
    return {row.item_id: row.note for row in session.execute(rows.order_by(ActionStep.id))}


# ------------------------------------------------------------------------------------------------------------- who is who


def part_of(session: Session, actor: Actor, item: ActionItem) -> Part:
    """What the actor is to an item; one statement for the units that help, one for who reported it done."""
    helping = select(ActionSupport.unit_id).where(ActionSupport.item_id == item.id)
    reporter = (
        select(ActionStep.by_id)
        .where(ActionStep.item_id == item.id, ActionStep.kind == Step.FINISH)
        .order_by(ActionStep.id.desc())
        .limit(1)
    )
    works = policy.can(actor, Act.WORK_ACTION)
    return Part(
        handed=works and is_handed_to(item.lead_unit_id, item.person_id, actor.unit_ids, actor.id),
        helps=works and not actor.unit_ids.isdisjoint(session.scalars(helping)),
        oversees=policy.can(actor, Act.OVERSEE_ACTION),
        verifies=policy.can(actor, Act.VERIFY_ACTION),
        reported=session.scalar(reporter) == actor.id,
    )


_WORKERS = [role for role in Role if policy.scope(Actor(0, "", role, 0), Act.WORK_ACTION) is not Scope.NONE]
_OVERSEERS = [role for role in Role if policy.scope(Actor(0, "", role, 0), Act.OVERSEE_ACTION) is not Scope.NONE]


def handed_people(session: Session, item: ActionItem) -> list[int]:
    """Who is to see to it: the person named, else everybody of the very unit who works such things off."""
    if item.person_id is not None:
        return [item.person_id]
    return _of_units(session, [item.lead_unit_id])


def helping_people(session: Session, item: ActionItem) -> list[int]:
    """Those of the units that help."""
    units = session.scalars(select(ActionSupport.unit_id).where(ActionSupport.item_id == item.id)).all()
    return _of_units(session, units) if units else []


def people_of_unit(session: Session, unit_id: int) -> list[int]:
    """Everybody of the very unit who works such things off."""
    return _of_units(session, [unit_id])


def _of_units(session: Session, unit_ids: Sequence[int]) -> list[int]:
    rows = select(User.id).where(User.unit_id.in_(unit_ids), User.is_active.is_(True), User.role.in_(_WORKERS))
    return list(session.scalars(rows.order_by(User.id)))


def overseers(session: Session) -> list[int]:
    """Who watches over what was handed out."""
    rows = select(User.id).where(User.is_active.is_(True), User.role.in_(_OVERSEERS))
    return list(session.scalars(rows.order_by(User.id)))


def leaders_of(session: Session, item: ActionItem) -> list[int]:
    """The leaders who answer for it: those linked to its project, else who chaired its meeting, else all."""
    linked = leading(session, [item.project_id]).get(item.project_id)
    chaired = leading_chairs(session, [item.meeting_id]) if item.meeting_id else {}
    return linked or chaired.get(item.meeting_id or 0) or all_leaders(session)


def leading_chairs(session: Session, meeting_ids: Iterable[int]) -> dict[int, list[int]]:
    """The leader who chaired each of some meetings, by meeting; one statement."""
    rows = select(Meeting.id, Meeting.chair_id).join(User, User.id == Meeting.chair_id)
    rows = rows.where(Meeting.id.in_(set(meeting_ids)), User.role == Role.LEADER, User.is_active.is_(True))
    return {key: [chair_id] for key, chair_id in session.execute(rows) if chair_id is not None}


def leading(session: Session, project_ids: Iterable[int]) -> dict[int, list[int]]:
    """The leaders linked to some projects (挂钩领导), by project; one statement."""
    rows = (
        select(ProjectMember.project_id, ProjectMember.user_id)
        .join(User, User.id == ProjectMember.user_id)
        .where(
            ProjectMember.project_id.in_(set(project_ids)), ProjectMember.role == MemberRole.LEADER,
            ProjectMember.to_on.is_(None), User.is_active.is_(True),
        )
        .order_by(ProjectMember.user_id)
    )  # fmt: skip
    found: dict[int, list[int]] = {}
    for project_id, user_id in session.execute(rows):
        found.setdefault(project_id, []).append(user_id)
    return found


def all_leaders(session: Session) -> list[int]:
    """Everybody who leads."""
    return list(
        session.scalars(select(User.id).where(User.role == Role.LEADER, User.is_active.is_(True)).order_by(User.id))
    )


# ------------------------------------------------------------------------------------------------------ the board, the ranking


@dataclass(frozen=True)
class Lane:
    """What a unit, or a person, has to do: of each column how many. `key` is None for items that name nobody."""

    key: int | None
    name: str
    signing: int
    doing: int
    checking: int
    late: int
    done: int


def lanes(session: Session, actor: Actor, today: date, *, by_person: bool = False) -> list[Lane]:
    """The board: the columns of every unit or person with something open, or done this month; one statement."""
    first = today.replace(day=1)
    key, name, rank = (
        (ActionItem.person_id, User.name, User.unit_id)
        if by_person
        else (ActionItem.lead_unit_id, Unit.short_name, Unit.rank)
    )
    columns = (
        ActionItem.state == ActionState.ASSIGNED,
        ActionItem.state.in_((ActionState.DOING, ActionState.RETURNED)),
        ActionItem.state == ActionState.CHECKING,
        is_late(today),
        and_(ActionItem.state == ActionState.DONE, ActionItem.done_on.between(first, today)),
    )
    rows = select(key, name, *(func.sum(case((column, 1), else_=0)) for column in columns)).select_from(ActionItem)
    rows = rows.outerjoin(User, User.id == key) if by_person else rows.join(Unit, Unit.id == key)
    rows = rows.where(
        policy.rows(actor, Act.SEE_ACTION, ActionItem), or_(is_open(), ActionItem.done_on.between(first, today))
    )
    found = session.execute(rows.group_by(key, name, rank).order_by(rank.nulls_last(), key))
    return [Lane(row[0], row[1] or "", *(int(count) for count in row[2:])) for row in found]


def standings(session: Session, actor: Actor, year: int, today: date, calendar: Calendar) -> list[Standing]:
    """How each unit stands in a year, up to today; one statement, a few columns an item."""
    first, last = date(year, 1, 1), min(date(year, 12, 31), today)
    rows = (
        select(Unit.id, Unit.short_name, ActionItem.deadline_on, ActionItem.done_on)
        .join(Unit, Unit.id == ActionItem.lead_unit_id)
        .where(
            policy.rows(actor, Act.SEE_ACTION, ActionItem),
            or_(is_late(today), and_(ActionItem.state == ActionState.DONE, ActionItem.done_on.between(first, last))),
        )
    )
    found: dict[int, Standing] = {}
    for key, name, deadline_on, done_on in session.execute(rows):
        days = overdue_days(deadline_on, done_on or today, calendar)
        row = found.get(key, Standing(key, name))
        found[key] = (
            replace(row, done=row.done + 1, done_late=row.done_late + (days > 0))
            if done_on
            else replace(
                row, late=row.late + 1, late_days=row.late_days + days, longest_days=max(row.longest_days, days)
            )
        )
    return list(found.values())


# ---------------------------------------------------------------------------------------------------- files and letters


def files_visible_to(actor: Actor) -> Select[ActionFile]:
    """The files of the items that the actor may see."""
    return (
        select(ActionFile)
        .join(ActionStep, ActionStep.id == ActionFile.step_id)
        .join(ActionItem, ActionItem.id == ActionStep.item_id)
        .where(policy.rows(actor, Act.SEE_ACTION, ActionItem))
    )


def letters_visible_to(actor: Actor) -> Select[SupervisionLetter]:
    """The letters the actor may see, about items and about lights, with everything they say; the newest first."""
    return (
        select(SupervisionLetter)
        .where(policy.rows(actor, Act.SEE_ACTION, SupervisionLetter))
        .options(
            joinedload(SupervisionLetter.unit),
            joinedload(SupervisionLetter.project),
            joinedload(SupervisionLetter.answered_by),
            joinedload(SupervisionLetter.by).joinedload(User.unit),
            joinedload(SupervisionLetter.item).options(
                joinedload(ActionItem.project), joinedload(ActionItem.meeting), joinedload(ActionItem.lead_unit)
            ),
        )
        .order_by(SupervisionLetter.year.desc(), SupervisionLetter.serial.desc())
    )


LETTER_ORDER = (Key(SupervisionLetter.year, int, descending=True), Key(SupervisionLetter.serial, int, descending=True))


class LetterState(Labelled):
    """What has become of a letter."""

    WAITING = "waiting", "等待回复"
    LATE = "late", "逾期未回复"
    ANSWERED = "answered", "已回复"


def letters_in(state: LetterState, today: date) -> ColumnElement[bool]:
    """The letters in a state; one that is late is waiting too."""
    waiting = SupervisionLetter.answered_on.is_(None)
    if state is LetterState.ANSWERED:
        return ~waiting
    return waiting & (SupervisionLetter.answer_by_on < today) if state is LetterState.LATE else waiting


def letter_counts(session: Session, actor: Actor, today: date) -> Mapping[LetterState | None, int]:
    """How many letters the actor may see, in all (None) and in each state; one statement."""
    parts = (func.count(case((letters_in(state, today), 1))) for state in LetterState)
    rows = select(func.count(), *parts).where(policy.rows(actor, Act.SEE_ACTION, SupervisionLetter))
    return dict(zip((None, *LetterState), session.execute(rows).one(), strict=True))


def plan_awaited() -> ColumnElement[bool]:
    """The letter is about a light, and the plan it asks for has not come."""
    return and_(SupervisionLetter.answered_on.is_(None), SupervisionLetter.project_id.is_not(None))


def asks_plan_of(actor: Actor, today: date) -> ColumnElement[bool]:
    """The letter's plan is awaited and the actor's to see to.

    It went to his very unit, as far as he works such things off, or is about a project he leads; once late, also who sent it.
    """
    works = policy.can(actor, Act.WORK_ACTION)
    led = SupervisionLetter.project_id.in_(select(Project.id).where(Project.lead_id == actor.id))
    sent = and_(SupervisionLetter.by_id == actor.id, SupervisionLetter.answer_by_on < today)
    return plan_awaited() & or_(led, sent, *((SupervisionLetter.unit_id == actor.unit_id,) if works else ()))


def by_due_day(rows: Select[SupervisionLetter]) -> Select[SupervisionLetter]:
    """Letters in the order in which their answers are due."""
    return rows.order_by(None).order_by(SupervisionLetter.answer_by_on, SupervisionLetter.id)


def carried_onto(session: Session, actor: Actor, meeting_id: int) -> Sequence[AgendaCarry]:
    """The items that came onto an agenda by themselves and stand there, as far as the actor may see them; one statement."""
    rows = (
        select(AgendaCarry)
        .join(ActionItem, ActionItem.id == AgendaCarry.item_id)
        .where(
            AgendaCarry.meeting_id == meeting_id,
            AgendaCarry.removed_at.is_(None),
            AgendaCarry.point_id.is_not(None),
            policy.rows(actor, Act.SEE_ACTION, ActionItem),
        )
        .options(joinedload(AgendaCarry.item).joinedload(ActionItem.lead_unit))
        .order_by(ActionItem.deadline_on, AgendaCarry.id)
    )
    return session.scalars(rows).all()


def units_in_use(session: Session, actor: Actor) -> Sequence[Unit]:
    """The units that lead an item the actor may see, in the order of the tree."""
    leading = select(ActionItem.lead_unit_id).where(policy.rows(actor, Act.SEE_ACTION, ActionItem))
    return session.scalars(select(Unit).where(Unit.id.in_(leading)).order_by(Unit.rank, Unit.id)).all()


def office_name(session: Session) -> str:
    """The zone in whose name letters go out."""
    return session.scalar(select(Unit.name).where(Unit.kind == UnitKind.ZONE).order_by(Unit.id).limit(1)) or ""
