"""What is handed out, worked off: assigned, signed for, reported, verified or given back; each step is a row.

Every deed holds the item first, so that two people decide one after the other, and tells those it concerns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import policy, storage
from crm.actions.files import Upload
from crm.actions.letters import next_serial
from crm.actions.locking import hold, hold_register
from crm.actions.notices import News, tell
from crm.actions.versions import ensure_fresh
from crm.choices import ActionSource, ActionState, NoticeKind, Rating, Word
from crm.choices import ActionStepKind as Step
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import (
    ActionExtension,
    ActionFile,
    ActionItem,
    ActionStep,
    ActionSupport,
    Meeting,
    SupervisionLetter,
    Unit,
    User,
)
from crm.policy import Act, Actor
from crm.queries import action_items as queries
from crm.queries import settings
from crm.queries.meetings import visible_projects
from crm.rules import action_items as rules
from crm.rules import files
from crm.rules.action_items import ActionDraft
from crm.rules.workdays import working_days_past


@dataclass(frozen=True, slots=True)
class StepDraft:
    """What somebody says with a step; files may come with a report, a note, and with what is reported done."""

    step: Step
    note: str = ""
    rating: Rating | None = None
    uploads: Sequence[Upload] = ()


# --------------------------------------------------------------------------------------------------------------- handing out


def assign(
    session: Session, actor: Actor, meeting: Meeting | None, draft: ActionDraft, today: date, now: datetime
) -> ActionItem:
    """Hand something out, at a meeting or without one; its unit is told. Raises RuleBroken for what is missing."""
    policy.ensure(actor, Act.ASSIGN_ACTION)
    _check(session, actor, draft, today)
    item = ActionItem(
        meeting_id=meeting.id if meeting else None, assigned_on=today, handed_on=today, entered_at=now,
        entered_by_id=actor.id, state=ActionState.ASSIGNED,
    )  # fmt: skip
    _fill(item, draft)
    item.source = draft.source or (ActionSource.MEETING if meeting else ActionSource.OTHER)
    item.supports = [ActionSupport(unit_id=key) for key in draft.support_unit_ids]
    session.add(item)
    session.flush()
    step = ActionStep(
        item_id=item.id, kind=Step.ASSIGN, from_state=None, to_state=ActionState.ASSIGNED, unit_id=item.lead_unit_id,
        at=now, by_id=actor.id,
    )  # fmt: skip
    session.add(step)
    session.flush()
    _tell_handed(session, actor, item, step, now)
    return item


def change(session: Session, actor: Actor, item: ActionItem, draft: ActionDraft, version: int | None) -> None:
    """Correct an item; the history keeps what it was. Raises Clash for a stale version.

    The unit stays (`hand_over` moves it), and once it has signed, so does the deadline (`ask_extension`).
    """
    policy.ensure(actor, Act.OVERSEE_ACTION)
    hold(session, item)
    ensure_fresh(session, item, version)
    _raise(rules.deadline_problem(item.state, item.deadline_on, draft.deadline_on))
    _check(session, actor, draft, item.assigned_on)
    if draft.lead_unit_id != item.lead_unit_id:
        raise RuleBroken("要换牵头单位请用“转办”，写明理由，新单位重新签收。", "lead_unit_id")
    if item.state is ActionState.DONE:
        raise RuleBroken("已经办结的事项不能再改。")
    source = item.source
    _fill(item, draft)
    item.source = draft.source or source
    _set_supports(session, item, draft.support_unit_ids)
    session.flush()


def _set_supports(session: Session, item: ActionItem, unit_ids: Iterable[int]) -> None:
    wanted = set(unit_ids)
    there = {row.unit_id: row for row in session.scalars(select(ActionSupport).where(ActionSupport.item_id == item.id))}
    for key in there.keys() - wanted:
        session.delete(there[key])
    session.add_all(ActionSupport(item_id=item.id, unit_id=key) for key in sorted(wanted - there.keys()))


def _check(session: Session, actor: Actor, draft: ActionDraft, assigned_on: date) -> None:
    _raise(rules.action_problem(draft, assigned_on))
    if visible_projects(session, actor, [draft.project_id]) != {draft.project_id}:
        raise RuleBroken("没有找到这个项目，请重新选择。", "project_id")
    _ensure_units(session, [draft.lead_unit_id], "lead_unit_id")
    _ensure_units(session, draft.support_unit_ids, "support_unit_ids")
    _ensure_person(session, draft.person_id)


def _ensure_units(session: Session, keys: Collection[int], field: str) -> None:
    if set(session.scalars(select(Unit.id).where(Unit.id.in_(keys)))) != set(keys):
        raise RuleBroken("没有找到这个单位，请重新选择。", field)


def _ensure_person(session: Session, user_id: int | None) -> None:
    known = select(User.id).where(User.id == user_id, User.is_active.is_(True))
    if user_id is not None and session.scalar(known) is None:
        raise RuleBroken("没有找到这个人，请重新选择。", "person_id")


def _fill(item: ActionItem, draft: ActionDraft) -> None:
    for name in (
        "project_id", "problem", "task", "lead_unit_id", "deadline_on", "issue_class", "support_units", "person_id",
        "priority",
    ):  # fmt: skip
        setattr(item, name, getattr(draft, name))


def _raise(found: tuple[str, str] | None) -> None:
    if found:
        field, sentence = found
        raise RuleBroken(sentence, field)


# ---------------------------------------------------------------------------------------------------------------- the steps


def work(
    session: Session, actor: Actor, item: ActionItem, draft: StepDraft, version: int | None, today: date, now: datetime,
    folder: Path | None = None,
) -> ActionStep:  # fmt: skip
    """Take one step with an item; `folder` keeps the files that come with it. Raises Clash for a stale version.

    The unit it was handed to signs, reports and finishes it, units that help add notes; those who verify do so, or give it back,
    but never what they reported themselves. It is done, and counts as done, on the day it is verified.
    """
    step = draft.step
    policy.ensure(actor, Act.VERIFY_ACTION if step in rules.CHECKS else Act.WORK_ACTION)
    _begin(session, actor, item)
    part = queries.part_of(session, actor, item)
    _ensure_theirs(step, part)
    ensure_fresh(session, item, version)
    _raise(rules.step_problem(item.state, step, draft.note, draft.rating))
    row = _step(session, actor, item, step, draft.note, now)
    item.done_on = today if item.state is ActionState.DONE else None
    item.rating = draft.rating if item.state is ActionState.DONE else None
    _keep_files(session, actor, row, draft.uploads, folder, now)
    session.flush()
    _tell_step(session, actor, item, row, now)
    return row


def _begin(session: Session, actor: Actor, item: ActionItem) -> None:
    """What one may see, held: what is decided rests on how it stands now."""
    policy.ensure_row(session, actor, Act.SEE_ACTION, item)
    hold(session, item)


def _ensure_theirs(step: Step, part: rules.Part) -> None:
    if step is Step.VERIFY and part.reported:
        raise NotAllowed("办结是你自己报的，要由另一人核验。")
    if step in rules.WORKS and not (part.handed or part.oversees):
        raise NotAllowed("这件事由牵头单位办理，你可以查看进展。")
    if step is Step.NOTE and not part.helps:
        raise NotAllowed("只有配合单位可以填写配合情况。")
    if step not in (*rules.WORKS, *rules.CHECKS, Step.NOTE):
        raise NotAllowed("这一步不在这里办理。")


def _step(
    session: Session, actor: Actor, item: ActionItem, step: Step, note: str, now: datetime, unit_id: int | None = None
) -> ActionStep:
    """The row first, then the state it leads to: the database asks for both to agree."""
    row = ActionStep(
        item_id=item.id, kind=step, from_state=item.state, to_state=rules.after(item.state, step), note=note, at=now,
        by_id=actor.id, unit_id=unit_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    item.state = row.to_state
    return row


def _keep_files(
    session: Session, actor: Actor, step: ActionStep, uploads: Sequence[Upload], folder: Path | None, now: datetime
) -> None:
    for upload in uploads:
        name = files.clean_name(upload.filename)
        problem = files.file_problem(name, len(upload.data), upload.data[:16])
        if problem:
            raise RuleBroken(problem, upload.field)
        assert folder is not None  # whoever sends files says where they are kept
        session.add(
            ActionFile(
                step_id=step.id, filename=name, media_type=files.media_type(name), size_bytes=len(upload.data),
                digest=storage.store(folder, upload.data), uploaded_at=now, uploaded_by_id=actor.id,
            )
        )  # fmt: skip


def hand_over(
    session: Session, actor: Actor, item: ActionItem, unit_id: int, person_id: int | None, reason: str,
    version: int | None, today: date, now: datetime,
) -> ActionStep:  # fmt: skip
    """Give an open item to another unit, which signs for it anew; deadline and history stay. Raises as `work` does."""
    policy.ensure(actor, Act.OVERSEE_ACTION)
    _begin(session, actor, item)
    ensure_fresh(session, item, version)
    _raise(rules.step_problem(item.state, Step.HAND_OVER, reason))
    _ensure_units(session, [unit_id], "lead_unit_id")
    _ensure_person(session, person_id)
    if unit_id == item.lead_unit_id and person_id == item.person_id:
        raise RuleBroken("已经在这个单位，请选另一个单位或责任人。", "lead_unit_id")
    row = _step(session, actor, item, Step.HAND_OVER, reason, now, unit_id)
    item.lead_unit_id, item.person_id, item.handed_on = unit_id, person_id, today
    helping = select(ActionSupport).where(ActionSupport.item_id == item.id, ActionSupport.unit_id == unit_id)
    for helper in session.scalars(helping):
        session.delete(helper)
    session.flush()
    session.expire(item, ["lead_unit", "person", "supports"])
    _tell_handed(session, actor, item, row, now)
    return row


# ----------------------------------------------------------------------------------------------------------------- more time


def ask_extension(
    session: Session, actor: Actor, item: ActionItem, wanted_on: date | None, reason: str, version: int | None,
    today: date, now: datetime,
) -> ActionExtension:  # fmt: skip
    """Ask for more time, as often as the office allows; the deadline stays until somebody else grants it."""
    policy.ensure(actor, Act.WORK_ACTION)
    _begin(session, actor, item)
    part = queries.part_of(session, actor, item)
    if not part.handed:
        raise NotAllowed("延期由牵头单位申请。")
    ensure_fresh(session, item, version)
    asked = _asked(session, item)
    most = settings.current(session).action_extensions
    decisions, calendar = [row.granted for row in asked], settings.calendar(session)
    _raise(rules.asking_problem(item.state, item.deadline_on, decisions, most, today, calendar))
    _raise(rules.extension_problem(item.deadline_on, wanted_on, reason))
    assert wanted_on is not None  # a rule asked for it
    row = ActionExtension(
        item_id=item.id, number=len(asked) + 1, old_deadline_on=item.deadline_on, wanted_on=wanted_on, reason=reason,
        asked_at=now, asked_by_id=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    text = Word("“%(task)s”申请延期到 %(day)s：%(reason)s", task=title(item), day=wanted_on, reason=reason[:60])
    key = f"action:{item.id}:extension:{row.id}"
    tell(session, queries.overseers(session), _news(item, key, text), now, actor.id)
    return row


def _asked(session: Session, item: ActionItem) -> Sequence[ActionExtension]:
    rows = select(ActionExtension).where(ActionExtension.item_id == item.id).order_by(ActionExtension.number)
    return session.scalars(rows.execution_options(populate_existing=True)).all()


def decide_extension(
    session: Session, actor: Actor, item: ActionItem, extension_id: int, granted: bool, reason: str, now: datetime
) -> ActionExtension:
    """Grant more time or refuse it, with a reason; raises Clash for one that another has decided."""
    policy.ensure(actor, Act.OVERSEE_ACTION)
    _begin(session, actor, item)
    row = next((row for row in _asked(session, item) if row.id == extension_id), None)
    if row is None or row.granted is not None:
        raise Clash("这次延期申请刚被批复，请看页面上的结果。")
    if row.asked_by_id == actor.id:
        raise NotAllowed("延期是你自己申请的，要由另一人批复。")
    if item.state is ActionState.DONE:
        raise Clash("事项已经办结，不用再批复。")
    if not reason:
        raise RuleBroken("请写同意或不同意的理由。", "decision")
    row.granted, row.decision, row.decided_at, row.decided_by_id = granted, reason, now, actor.id
    if granted:
        item.deadline_on = row.wanted_on
    session.flush()
    words = Word("同意") if granted else Word("不同意")
    text = Word("“%(task)s”的延期申请：%(words)s，时限 %(day)s。", task=title(item), words=words, day=item.deadline_on)
    people = {row.asked_by_id, *queries.handed_people(session, item)}
    tell(session, people, _news(item, f"action:{item.id}:extension:{row.id}:decided", text), now, actor.id)
    return row


# ------------------------------------------------------------------------------------------------------------------- letters


def issue_letter(
    session: Session, actor: Actor, item: ActionItem, version: int | None, today: date, now: datetime
) -> SupervisionLetter:
    """督办函: an overdue item put to its unit in writing, under the year's next number; its people and leaders are told.

    Numbers are given one after the other: who waits here takes the next one. Raises RuleBroken for what is not overdue.
    """
    policy.ensure(actor, Act.OVERSEE_ACTION)
    hold_register(session)  # before the item, as docs/locks.md orders
    _begin(session, actor, item)
    ensure_fresh(session, item, version)
    calendar = settings.calendar(session)
    earlier = select(func.max(SupervisionLetter.answer_by_on)).where(SupervisionLetter.item_id == item.id)
    problem = rules.letter_problem(item.state, item.deadline_on, session.scalar(earlier), today, calendar)
    if problem:
        raise RuleBroken(problem)
    letter = SupervisionLetter(
        item_id=item.id, year=today.year, serial=next_serial(session, today.year), issued_on=today, unit_id=item.lead_unit_id,
        deadline_on=item.deadline_on, late_days=working_days_past(item.deadline_on, today, calendar),
        answer_by_on=calendar.after(today, settings.current(session).letter_answer_days), at=now, by_id=actor.id,
    )  # fmt: skip
    session.add(letter)
    session.flush()
    number = rules.number_words(letter.year, letter.serial)
    text = Word(
        "%(number)s：“%(task)s”已逾期，请于 %(day)s 前回复。", number=number, task=title(item), day=letter.answer_by_on
    )
    people = {*queries.handed_people(session, item), *queries.leaders_of(session, item)}
    tell(session, people, _news(item, f"action:{item.id}:letter:{letter.id}", text), now, actor.id)
    return letter


# ----------------------------------------------------------------------------------------------------------- who is told what


def title(item: ActionItem) -> str:
    """What is to be done, as short as a notice wants it."""
    words = item.task or item.problem
    return words if len(words) <= 40 else f"{words[:39]}…"


def _news(item: ActionItem, key: str, text: str) -> News:
    return News(NoticeKind.ACTION, key, text, None, "action_item", item.id)


def _tell_handed(session: Session, actor: Actor, item: ActionItem, step: ActionStep, now: datetime) -> None:
    """The unit signs for it, those who help know of it."""
    day = item.deadline_on
    text = Word("新交办事项待签收：“%(task)s”，时限 %(day)s。", task=title(item), day=day)
    tell(
        session,
        queries.handed_people(session, item),
        _news(item, f"action:{item.id}:handed:{step.id}", text),
        now,
        actor.id,
    )
    text = Word("请配合办理：“%(task)s”，时限 %(day)s。", task=title(item), day=day)
    tell(
        session,
        queries.helping_people(session, item),
        _news(item, f"action:{item.id}:helps:{step.id}", text),
        now,
        actor.id,
    )


def _tell_step(session: Session, actor: Actor, item: ActionItem, step: ActionStep, now: datetime) -> None:
    key = f"action:{item.id}:step:{step.id}"
    match step.kind:
        case Step.FINISH:
            text = Word("“%(task)s”已报办结，请核验。", task=title(item))
            tell(session, queries.overseers(session), _news(item, key, text), now, actor.id)
        case Step.RETURN:
            text = Word("“%(task)s”被退回：%(note)s", task=title(item), note=step.note[:80])
            tell(session, queries.handed_people(session, item), _news(item, key, text), now, actor.id)
        case Step.VERIFY:
            text = Word("“%(task)s”已核验办结。", task=title(item))
            tell(session, queries.handed_people(session, item), _news(item, key, text), now, actor.id)
        case _:
            pass
