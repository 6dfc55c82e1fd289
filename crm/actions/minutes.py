"""Minutes written while a meeting is held, point by point, and their way to the number: sent, confirmed, issued, corrected.

Everything holds the meeting first: what is written, sent and issued comes one after the other. What two people write at one
point meets column by column (actions/two_editors.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions import codes
from crm.actions.locking import hold
from crm.actions.notices import News, tell
from crm.actions.two_editors import Answers, merge
from crm.choices import ActivityState, MinutesDeed, NoticeKind, Presence, Word
from crm.errors import Clash, NotFound, RuleBroken
from crm.models import AgendaItem, Attendee, Meeting, Minutes, MinutesStep
from crm.policy import Act, Actor
from crm.queries import minutes as queries
from crm.queries.meetings import visible_projects
from crm.rules import minutes as rules
from crm.rules.bookings import Outsider
from crm.rules.days import day_of
from crm.rules.minutes import ItemDraft

# ----------------------------------------------------------------------------------------------------------------- writing


def save_item(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    item: AgendaItem,
    draft: ItemDraft,
    seen: int,
    now: datetime,
    answers: Answers | None = None,
) -> None:
    """Write at one point of the agenda; `seen` is the last change of it that the form had seen.

    Raises EditClash with the columns that both changed, RuleBroken when nothing can be written now.
    """
    _ensure_may_write(session, actor, meeting)
    _ensure_visible(session, actor, item.project_id)
    _hold_to_write(session, meeting, now)
    hold(session, item)
    for name, value in merge(session, item, asdict(draft), seen, answers or Answers()).items():
        setattr(item, name, value)
    _begin(meeting, now)
    session.flush()


def add_item(
    session: Session, actor: Actor, meeting: Meeting, project_id: int | None, title: str, now: datetime
) -> AgendaItem:
    """A point that came up while the meeting was held (`meeting.agenda` loaded): a project, a title, or both."""
    _ensure_may_write(session, actor, meeting)
    if project_id is None and not title:
        raise RuleBroken("请写是哪个项目，或写议题。", "project")
    _ensure_visible(session, actor, project_id)
    _hold_to_write(session, meeting, now)
    there = session.execute(select(AgendaItem.project_id, AgendaItem.rank).where(AgendaItem.meeting_id == meeting.id))
    known = there.all()
    if project_id is not None and project_id in {each for each, _ in known}:
        raise RuleBroken("这个项目已经在议程里。", "project")
    rank = max((rank for _, rank in known), default=0) + 1
    item = AgendaItem(meeting_id=meeting.id, project_id=project_id, title=title, rank=rank)
    session.add(item)
    _begin(meeting, now)
    session.flush()
    return item


@dataclass(frozen=True, slots=True)
class Came:
    """Whether somebody came, and who came in his place; `was` is what the form had shown of both."""

    presence: Presence | None
    stand_in: str = ""
    was: tuple[Presence | None, str] = (None, "")


def save_presence(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    came: Mapping[int, Came],
    more: Iterable[Outsider],
    now: datetime,
    *,
    rest_came: bool = False,
) -> None:
    """Who came, by the keys of those invited (`meeting.invited` loaded); `more` came without having been asked.

    Only what was changed is written. Raises Clash where somebody else wrote something else of the same person meanwhile.
    """
    _ensure_may_write(session, actor, meeting)
    _hold_to_write(session, meeting, now)
    rows = select(Attendee).where(Attendee.meeting_id == meeting.id).execution_options(populate_existing=True)
    invited = {each.id: each for each in session.scalars(rows.order_by(Attendee.id))}
    disputed = []
    for key, said in came.items():
        row, mine = invited.get(key), (said.presence, said.stand_in if said.presence is Presence.SUBSTITUTE else "")
        if row is None or mine == said.was:
            continue
        if (row.presence, row.stand_in) not in (said.was, mine):
            disputed.append(row)
            continue
        row.presence, row.stand_in = mine
    if disputed:
        raise Clash(Word("有 %(n)d 人的到会情况刚由别人登记过，与你填的不同；请看最新的登记后再改。", n=len(disputed)))
    if rest_came:
        for row in invited.values():
            row.presence = row.presence or Presence.PRESENT
    known = {(each.name, each.unit) for each in invited.values()}
    for person in dict.fromkeys(more):
        if (person.name, person.unit) not in known:
            session.add(
                Attendee(
                    meeting_id=meeting.id, name=person.name, unit=person.unit, email=person.email,
                    presence=Presence.PRESENT, is_required=False,
                )
            )  # fmt: skip
    _begin(meeting, now)
    session.flush()


def save_words(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    values: Mapping[str, str],
    seen: int,
    now: datetime,
    answers: Answers | None = None,
) -> None:
    """会议小结 and 抄送 (`summary`, `copies_to`); raises EditClash as `save_item` does."""
    _ensure_may_write(session, actor, meeting)
    _hold_to_write(session, meeting, now)
    for name, value in merge(session, meeting, values, seen, answers or Answers()).items():
        setattr(meeting, name, value)
    _begin(meeting, now)
    session.flush()


def _ensure_may_write(session: Session, actor: Actor, meeting: Meeting) -> None:
    policy.ensure(actor, Act.WRITE_MINUTES)
    policy.ensure_row(session, actor, Act.WRITE_MINUTES, meeting)


def _ensure_visible(session: Session, actor: Actor, project_id: int | None) -> None:
    if project_id is not None and not visible_projects(session, actor, [project_id]):
        raise NotFound


def _hold_to_write(session: Session, meeting: Meeting, now: datetime) -> None:
    hold(session, meeting)
    problem = writing_problem(session, meeting, now)
    if problem:
        raise RuleBroken(problem)


def writing_problem(session: Session, meeting: Meeting, now: datetime) -> str | None:
    """Why nothing can be written into the minutes of this meeting now, or None."""
    corrected = meeting.minutes_number != "" and _last_issued(session, meeting) is not None
    return rules.writing_problem(
        meeting.state, meeting.held_at, meeting.minutes_state, meeting.minutes_number, corrected, now
    )


def _begin(meeting: Meeting, now: datetime) -> None:
    """A meeting of which something is written down once its hour has come, is held."""
    if meeting.state is ActivityState.PLANNED and now >= meeting.held_at:
        meeting.state, meeting.is_draft = ActivityState.DONE, False


# ----------------------------------------------------------------------------------------------------------------- the way


def send(session: Session, actor: Actor, meeting: Meeting, office: str, now: datetime) -> Minutes:
    """Freeze the minutes and lay them before the chair. Raises RuleBroken for what is not written yet."""
    _ensure_may_write(session, actor, meeting)
    _hold_to_write(session, meeting, now)
    if now < meeting.held_at:
        raise RuleBroken("会议还没有开，开过之后再送确认。")
    _take(session, meeting, MinutesDeed.SEND)
    paper = queries.paper_of(session, queries.whole_again(session, meeting), office)
    unrecorded = [person.name for person in paper.people if not person.presence]
    has_words = bool(paper.summary) or any(point.conclusion or point.errands for point in paper.points)
    if problem := rules.sending_problem(unrecorded, has_words):
        raise RuleBroken(problem)
    last = _last_issued(session, meeting)
    edition, reason = 1, ""
    if last is not None:
        edition, reason = last.edition + 1, _why_corrected(session, meeting)
    frozen = rules.edition_of(paper, edition, reason)
    row = Minutes(
        meeting_id=meeting.id, edition=edition, reason=reason, facts=rules.write(frozen), sent_at=now, sent_by_id=actor.id
    )  # fmt: skip
    session.add(row)
    _begin(meeting, now)
    _note(session, actor, meeting, MinutesDeed.SEND, edition, "", now)
    _tell(session, actor, meeting, {meeting.chair_id}, Word("送你确认"), now)
    return row


def recall(session: Session, actor: Actor, meeting: Meeting, now: datetime) -> None:
    """Take back minutes that the chair has not confirmed yet."""
    _ensure_may_write(session, actor, meeting)
    _take_back(session, actor, meeting, MinutesDeed.RECALL, "", now)


def give_back(session: Session, actor: Actor, meeting: Meeting, reason: str, now: datetime) -> None:
    """The chair gives the minutes back with a reason; they can be written again."""
    _ensure_may_confirm(session, actor, meeting)
    if not reason:
        raise RuleBroken("请写要改什么。", "reason")
    sender = _take_back(session, actor, meeting, MinutesDeed.RETURN, reason, now)
    _tell(session, actor, meeting, {sender, meeting.secretary_id}, Word("退回修改：%(reason)s", reason=reason), now)


def confirm(session: Session, actor: Actor, meeting: Meeting, digest: str, reason: str, now: datetime) -> None:
    """The chair confirms what he has read (`digest` of it); in his stead who may, with a reason.

    Raises Clash if it is another text by now.
    """
    _ensure_may_confirm(session, actor, meeting)
    _take(session, meeting, MinutesDeed.CONFIRM)
    if actor.id != meeting.chair_id and not reason:
        raise RuleBroken("主持人不能确认时，请写明由你代为确认的理由。", "reason")
    row = _pending(session, meeting)
    if rules.digest(row.facts) != digest:
        raise Clash("纪要刚撤回改过，请重新看过再确认。")
    row.confirmed_at, row.confirmed_by_id = now, actor.id
    _note(session, actor, meeting, MinutesDeed.CONFIRM, row.edition, reason, now)
    _tell(session, actor, meeting, {row.sent_by_id, meeting.secretary_id}, Word("已经主持人确认，可以印发"), now)


def issue(session: Session, actor: Actor, meeting: Meeting, now: datetime) -> Minutes:
    """Give confirmed minutes their number, of the year of the day in China; a correction keeps the number of its first edition.

    Who issues takes the numbers first: of two at once each gets his own, one after the other, without a gap.
    """
    policy.ensure(actor, Act.ISSUE_MINUTES)
    policy.ensure_row(session, actor, Act.ISSUE_MINUTES, meeting)
    on = day_of(now)
    taken = codes.take_minutes_number(session, on.year)
    _take(session, meeting, MinutesDeed.ISSUE)
    row, last = _pending(session, meeting), _last_issued(session, meeting)
    year, number = (last.year, last.number) if last and last.year and last.number else (on.year, taken)
    signer = queries.name_of(session, row.confirmed_by_id)
    facts = rules.write(rules.numbered(rules.read(row.facts), year, number, on, signer))
    row.facts, row.digest = facts, rules.digest(facts)
    row.year, row.number, row.issued_on = year, number, on
    row.issued_at, row.issued_by_id = now, actor.id
    meeting.minutes_number = rules.number_words(year, number)
    _note(session, actor, meeting, MinutesDeed.ISSUE, row.edition, row.reason, now)
    people = {*queries.invited_ids(session, meeting.id)} | {meeting.chair_id, meeting.secretary_id}
    number_words = meeting.minutes_number
    first, corrected = (
        Word("已印发：%(number)s", number=number_words),
        Word("已印发更正件：%(number)s", number=number_words),
    )
    _tell(session, actor, meeting, people, corrected if row.edition > 1 else first, now)
    return row


def correct(session: Session, actor: Actor, meeting: Meeting, reason: str, now: datetime) -> None:
    """Open issued minutes for a correction: the issued edition stays as it is, the next one goes the same way."""
    policy.ensure(actor, Act.ISSUE_MINUTES)
    policy.ensure_row(session, actor, Act.ISSUE_MINUTES, meeting)
    if not reason:
        raise RuleBroken("请写更正的理由，随更正件一并印发。", "reason")
    _take(session, meeting, MinutesDeed.CORRECT)
    last = _last_issued(session, meeting)
    edition = (last.edition if last else 0) + 1
    _note(session, actor, meeting, MinutesDeed.CORRECT, edition, reason, now)
    _tell(session, actor, meeting, {meeting.secretary_id}, Word("需要更正：%(reason)s", reason=reason), now)


def _ensure_may_confirm(session: Session, actor: Actor, meeting: Meeting) -> None:
    policy.ensure(actor, Act.CONFIRM_MINUTES)
    policy.ensure_row(session, actor, Act.CONFIRM_MINUTES, meeting)


def _take(session: Session, meeting: Meeting, deed: MinutesDeed) -> None:
    """Hold the meeting and take its minutes a step further; raises Clash where somebody else has taken one meanwhile."""
    hold(session, meeting)
    if meeting.state is ActivityState.CANCELLED:
        raise Clash("会议已经取消。")
    then = rules.after(meeting.minutes_state, deed)
    if then is None:
        raise Clash(Word("纪要现在是“%(state)s”，不能%(deed)s。", state=meeting.minutes_state.label, deed=deed.label))
    meeting.minutes_state = then


def _take_back(session: Session, actor: Actor, meeting: Meeting, deed: MinutesDeed, reason: str, now: datetime) -> int:
    """Back to being written: the edition that waited is no more. Who had sent it."""
    _take(session, meeting, deed)
    row = _pending(session, meeting)
    session.delete(row)
    _note(session, actor, meeting, deed, row.edition, reason, now)
    return row.sent_by_id


def _pending(session: Session, meeting: Meeting) -> Minutes:
    """The edition that is on its way."""
    rows = select(Minutes).where(Minutes.meeting_id == meeting.id, Minutes.issued_at.is_(None))
    return session.scalars(rows.execution_options(populate_existing=True)).one()


def _last_issued(session: Session, meeting: Meeting) -> Minutes | None:
    rows = select(Minutes).where(Minutes.meeting_id == meeting.id, Minutes.issued_at.is_not(None))
    return session.scalars(rows.order_by(Minutes.edition.desc()).limit(1)).one_or_none()


def _why_corrected(session: Session, meeting: Meeting) -> str:
    rows = select(MinutesStep.reason).where(
        MinutesStep.meeting_id == meeting.id, MinutesStep.deed == MinutesDeed.CORRECT
    )
    return session.scalars(rows.order_by(MinutesStep.id.desc()).limit(1)).one()


def _note(
    session: Session, actor: Actor, meeting: Meeting, deed: MinutesDeed, edition: int, reason: str, now: datetime
) -> None:
    session.add(
        MinutesStep(meeting_id=meeting.id, edition=edition, deed=deed, reason=reason, at=now, by_id=actor.id)
    )  # fmt: skip
    session.flush()


def _tell(
    session: Session, actor: Actor, meeting: Meeting, people: Iterable[int | None], what: Word, now: datetime
) -> None:
    key = f"minutes:{meeting.id}:{meeting.minutes_state.value}:{now.isoformat()}"
    text = Word("%(kind)s“%(title)s”的纪要%(what)s。", kind=meeting.kind.label, title=meeting.title, what=what)
    wanted = [person for person in people if person is not None]
    tell(session, wanted, News(NoticeKind.MEETING, key, text, None, "meeting", meeting.id), now, actor.id)
