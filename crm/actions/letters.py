"""督办函 about red lights, what comes in answer to any letter, and who is reminded of it.

Those about overdue action items are sent by crm/actions/action_items.py; all bear numbers of one register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from crm import policy
from crm.actions.locking import hold, hold_register
from crm.actions.notices import News, tell
from crm.choices import Light, NoticeKind, Word
from crm.errors import Clash, RuleBroken
from crm.models import Notice, Project, SupervisionLetter
from crm.policy import Act, Actor
from crm.queries import action_items as people
from crm.queries import settings
from crm.rules.action_items import number_words
from crm.rules.days import Month
from crm.rules.lights import letter_problem

LONGEST_ANSWER = 2000
TABLE = "supervision_letter"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a letter is sent about a light: the light that holds in the month, and in words what made it so."""

    month: Month
    light: Light
    words: str


def next_serial(session: Session, year: int) -> int:
    """The year's next number; the register is held, so that who waits takes the one after."""
    taken = session.scalar(select(func.max(SupervisionLetter.serial)).where(SupervisionLetter.year == year))
    return (taken or 0) + 1


def send(
    session: Session, actor: Actor, project: Project, cause: Cause, today: date, now: datetime
) -> SupervisionLetter:
    """Put a project's red light to its unit in writing (`project.members` loaded); the unit, the lead and its leaders are told.

    Raises RuleBroken for a light that is not red, and while the plan that the last letter wants may still come.
    """
    policy.ensure(actor, Act.SEND_LETTER, project)
    hold_register(session)  # before the project, as docs/locks.md orders
    hold(session, project)
    waiting = select(func.max(SupervisionLetter.answer_by_on)).where(
        SupervisionLetter.project_id == project.id, SupervisionLetter.answered_on.is_(None)
    )
    problem = letter_problem(cause.light, cause.month, session.scalar(waiting), today)
    if problem:
        raise RuleBroken(problem)
    calendar, days = settings.calendar(session), settings.current(session).plan_answer_days
    letter = SupervisionLetter(
        project_id=project.id, month=cause.month.first, cause=cause.words, year=today.year,
        serial=next_serial(session, today.year), issued_on=today, unit_id=project.responsible_unit_id or project.unit_id,
        answer_by_on=calendar.after(today, days), at=now, by_id=actor.id,
    )  # fmt: skip
    session.add(letter)
    session.flush()
    text = Word(
        "%(number)s：“%(project)s”%(month)s亮红灯，请于 %(day)s 前报送赶工计划。",
        number=number_words(letter.year, letter.serial), project=project.name, month=cause.month.label,
        day=letter.answer_by_on,
    )  # fmt: skip
    told = {*people.people_of_unit(session, letter.unit_id), *_answering(session, project)}
    tell(session, told, _news(letter, f"letter:{letter.id}:sent", text), now, actor.id)
    return letter


def _answering(session: Session, project: Project) -> set[int]:
    """Who leads the project, and the leaders linked to it."""
    linked = people.leading(session, [project.id]).get(project.id, [])
    return {*linked, *([project.lead_id] if project.lead_id else [])}


def _news(letter: SupervisionLetter, key: str, text: str) -> News:
    return News(NoticeKind.LIGHT, key, text, None, TABLE, letter.id)


def answer(
    session: Session, actor: Actor, letter: SupervisionLetter, answered_on: date | None, words: str, today: date
) -> None:
    """Enter what came in answer, and when. Raises Clash where another has entered it, RuleBroken for a day that cannot be."""
    policy.ensure(actor, Act.OVERSEE_ACTION if letter.item_id else Act.SEND_LETTER)
    policy.ensure_row(session, actor, Act.SEE_ACTION, letter)
    hold(session, letter)
    if letter.answered_on is not None:
        raise Clash("这份督办函的回复刚被登记，请看页面上的内容。")
    if answered_on is None or not letter.issued_on <= answered_on <= today:
        raise RuleBroken(Word("收到的日期应在发函之日（%(day)s）到今天之间。", day=letter.issued_on), "answered_on")
    letter.answered_on, letter.answer, letter.answered_by_id = answered_on, words[:LONGEST_ANSWER], actor.id
    session.flush()


def remind(session: Session, user_ids: Iterable[int], today: date, now: datetime) -> dict[int, int]:
    """Tell those who answer for it that a plan is due soon, and once that it is late; how many notices each got.

    Soon is as many working days ahead as of what was handed out. Who oversees such letters hears of a late one too.
    """
    wanted, calendar = set(user_ids), settings.calendar(session)
    soon = calendar.after(today, settings.current(session).ahead_action_days)
    rows = select(SupervisionLetter).where(
        SupervisionLetter.project_id.is_not(None), SupervisionLetter.answered_on.is_(None),
        SupervisionLetter.answer_by_on <= soon,
    ).options(joinedload(SupervisionLetter.project), joinedload(SupervisionLetter.by))  # fmt: skip
    found = session.scalars(rows.order_by(SupervisionLetter.id)).all()
    told: dict[int, int] = {}
    if not found or not wanted:
        return told
    keys = select(Notice.user_id, Notice.key).where(Notice.user_id.in_(wanted), Notice.kind == NoticeKind.LIGHT)
    known = {(user_id, key) for user_id, key in session.execute(keys)}
    for letter in found:
        if letter.project is None:
            continue  # in the trash
        late = letter.answer_by_on < today
        key = f"letter:{letter.id}:{'late' if late else 'near'}"
        about = {*people.people_of_unit(session, letter.unit_id), *_answering(session, letter.project)}
        about |= {letter.by_id} if late else set()
        for user_id in sorted(about & wanted):
            if (user_id, key) not in known:
                told[user_id] = told.get(user_id, 0) + tell(
                    session, [user_id], _news(letter, key, _reminder(letter, late)), now
                )
    return {user_id: count for user_id, count in told.items() if count}


def _reminder(letter: SupervisionLetter, late: bool) -> str:
    said = {"project": letter.project.name if letter.project else "", "day": letter.answer_by_on}
    if late:
        return Word("“%(project)s”的赶工计划应于 %(day)s 前报送，还没有收到。", **said)
    return Word("“%(project)s”的赶工计划须于 %(day)s 前报送。", **said)
