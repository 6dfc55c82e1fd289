"""Those invited are told: once they are asked, of each change (several within a short time as one), and they answer.

What they know of a meeting is kept on it (`told`), so that a change that was taken back within the time is not told at all.
A mail for each is left in outgoing_mail by the same transaction; it says what holds when it goes out (actions/mails.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import policy
from crm.actions.notices import News, tell
from crm.choices import ActivityState, MailKind, NoticeKind, Reply
from crm.errors import Clash, NotAllowed, RuleBroken
from crm.models import Attendee, Meeting, Notice, OutgoingMail, User
from crm.policy import Act, Actor
from crm.rules import bookings as rules
from crm.rules.mails import MOST_ATTEMPTS

_MAILS = "crm_mails"


def with_mails(session: Session) -> None:
    """From here on changes of this session are mailed too: a mail server is set. Without one nothing is queued."""
    session.info[_MAILS] = True


@dataclass(frozen=True)
class Standing:
    """A meeting as it stood: what is told of it, and who was invited."""

    known: dict[str, str]
    people_ids: frozenset[int]
    outside: frozenset[tuple[str, str]]  # name and address


def standing(meeting: Meeting) -> Standing:
    """The meeting as it stands."""
    people = frozenset(attendee.user_id for attendee in meeting.invited if attendee.user_id is not None)
    outside = frozenset((attendee.name, attendee.email) for attendee in meeting.invited if attendee.email)
    return Standing(rules.known(meeting), people, outside)


# ------------------------------------------------------------------------------------------------------------- the asking


def announce(session: Session, actor: Actor, meetings: Sequence[Meeting], now: datetime) -> int:
    """Send the invitations of a draft, or of every time of its series; how many people are asked. Raises Clash if they were.

    `meetings` have `invited` loaded and stand in order of time.
    """
    policy.ensure(actor, Act.BOOK_MEETING)
    drafts = [meeting for meeting in meetings if meeting.is_draft and meeting.state is ActivityState.PLANNED]
    if not drafts:
        raise Clash("通知已经发过，不用再发。")
    policy.ensure_row(session, actor, Act.BOOK_MEETING, drafts[0])
    if drafts[0].held_at < now:
        raise RuleBroken("开始时间已过，请先改时间，再发送通知。")
    for meeting in drafts:
        meeting.is_draft, meeting.told, meeting.told_at = False, rules.known(meeting), None
        meeting.changed_at = now
        for attendee in meeting.invited:
            if attendee.user_id == actor.id:
                attendee.response, attendee.responded_at = Reply.ACCEPTED, now
    session.flush()
    first = drafts[0]
    return _invite(session, actor, first, standing(first).people_ids, now, of_series=drafts if len(drafts) > 1 else ())


def _invite(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    people_ids: Collection[int],
    now: datetime,
    of_series: Collection[Meeting] = (),
) -> int:
    """Ask these people of ours, and leave a mail for everybody with an address."""
    more = f"，共 {len(of_series)} 次" if of_series else ""
    text = f"{actor.name}请你参加{meeting.kind.label}“{meeting.title}”：{_when(meeting)}{_where(meeting)}{more}。"
    news = News(
        NoticeKind.MEETING, f"meeting:{meeting.id}:asked:{meeting.told_times}", text, None, "meeting", meeting.id
    )
    asked = tell(session, people_ids, news, now, actor.id)
    chosen = [attendee for attendee in meeting.invited if attendee.user_id is None or attendee.user_id in people_ids]
    mailed = _mail(session, meeting, chosen, MailKind.INVITATION, now, of_series=bool(of_series))
    return max(asked, mailed)


def _when(meeting: Meeting) -> str:
    return rules.when(meeting.held_at, meeting.ends_at)


def _where(meeting: Meeting) -> str:
    return f"，{meeting.place}" if meeting.place else "，线上" if meeting.online_url else ""


# ------------------------------------------------------------------------------------------------------------ the changes


def tell_change(session: Session, actor: Actor, meeting: Meeting, before: Standing, now: datetime) -> None:
    """Tell those invited what has changed since they were last told; nobody of a draft, or of what is over."""
    if meeting.is_draft:
        return
    _begin(session, meeting, before, now)
    after = standing(meeting)
    stayed = before.people_ids & after.people_ids
    _settle(session, actor, meeting, stayed, now)
    if meeting.state is not ActivityState.PLANNED:
        return
    come, gone = after.people_ids - before.people_ids, before.people_ids - after.people_ids
    _come(session, actor, meeting, come, after.outside - before.outside, now)
    _go(session, actor, meeting, gone, before.outside - after.outside, now)


def _begin(session: Session, meeting: Meeting, before: Standing, now: datetime) -> None:
    """A change begins unless one is under way: from here on, what was known until now is what is compared."""
    if rules.settles(meeting.told_at, now):
        meeting.told, meeting.told_at = before.known, now
        meeting.told_times += 1
        session.flush()


def _key(meeting: Meeting, what: str) -> str:
    return f"meeting:{meeting.id}:{what}:{meeting.told_times}"


def _settle(session: Session, actor: Actor, meeting: Meeting, people_ids: Iterable[int], now: datetime) -> None:
    """One notice, and one mail, says all that differs by now; where nothing does any more, they are taken back."""
    changed = rules.differences(meeting.told or {}, rules.known(meeting))
    key = _key(meeting, "changed")
    if not changed:
        session.execute(delete(Notice).where(Notice.key == key))
        _drop_mails(session, meeting, (MailKind.CHANGE, MailKind.CANCELLATION))
        return
    text = f"{meeting.kind.label}“{(meeting.told or {}).get('title') or meeting.title}”有变：{'；'.join(changed)}。"
    _retell(session, actor, people_ids, News(NoticeKind.MEETING, key, text, None, "meeting", meeting.id), now)
    off = meeting.state is ActivityState.CANCELLED
    kind = MailKind.CANCELLATION if off else MailKind.CHANGE
    _drop_mails(session, meeting, (MailKind.CHANGE,) if off else (MailKind.CANCELLATION,))
    if off:
        _drop_mails(session, meeting, (MailKind.INVITATION,))
    _mail(session, meeting, meeting.invited, kind, now if off else (meeting.told_at or now) + rules.SETTLING)


def _retell(session: Session, actor: Actor, people_ids: Iterable[int], news: News, now: datetime) -> None:
    """Who has been told of this change finds the new words in the same notice, unread again; who has not is told."""
    for notice in session.scalars(select(Notice).where(Notice.key == news.key)):
        if notice.text != news.text:
            notice.text, notice.at, notice.read_at = news.text, now, None
    tell(session, people_ids, news, now, actor.id)


def _come(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    people_ids: Collection[int],
    outside: Collection[tuple[str, str]],
    now: datetime,
) -> None:
    """Who is invited now is asked; who was told a moment ago that he is not, is not told both."""
    session.execute(delete(Notice).where(Notice.key == _key(meeting, "left"), Notice.user_id.in_(people_ids)))
    if people_ids:
        _invite(session, actor, meeting, people_ids, now)
    _drop_mails(session, meeting, (MailKind.CANCELLATION,), {email for _, email in outside})
    fresh = [attendee for attendee in meeting.invited if (attendee.name, attendee.email) in outside]
    _mail(session, meeting, fresh, MailKind.INVITATION, now)


def _go(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    people_ids: Collection[int],
    outside: Collection[tuple[str, str]],
    now: datetime,
) -> None:
    """Who is invited no more is told so; one who was asked a moment ago and has not read it is told nothing at all."""
    asked = select(Notice).where(
        Notice.key.startswith(f"meeting:{meeting.id}:asked:"),
        Notice.user_id.in_(people_ids),
        Notice.read_at.is_(None),
        Notice.at > now - rules.SETTLING,
    )
    forgotten = set()
    for notice in session.scalars(asked):
        forgotten.add(notice.user_id)
        session.delete(notice)
    text = f"{meeting.kind.label}“{meeting.title}”（{_when(meeting)}）不再需要你参加。"
    tell(session, set(people_ids) - forgotten, News(NoticeKind.MEETING, _key(meeting, "left"), text), now, actor.id)
    users = session.execute(select(User.name, User.email).where(User.id.in_(people_ids), User.email != ""))
    for name, email in [*users.all(), *outside] if session.info.get(_MAILS) else ():
        if not _drop_mails(session, meeting, (MailKind.INVITATION,), {email}):
            session.add(
                OutgoingMail(
                    meeting_id=meeting.id, kind=MailKind.CANCELLATION, to_name=name, to_address=email, due_at=now + rules.SETTLING
                )
            )  # fmt: skip
    session.flush()


def tell_series(session: Session, actor: Actor, meetings: Sequence[Meeting], now: datetime) -> None:
    """Tell of a change of many times of a series in one notice and one mail each."""
    told = [meeting for meeting in meetings if not meeting.is_draft]
    if not told:
        return
    for meeting in told:
        meeting.told, meeting.told_at = rules.known(meeting), None
    first, off = told[0], [meeting for meeting in told if meeting.state is ActivityState.CANCELLED]
    first.told_times += 1
    session.flush()
    if len(off) == len(told):
        words = f"{_when(first)}起共 {len(off)} 次，都已取消"
    else:
        dropped = f"，另有 {len(off)} 次取消" if off else ""
        first = next(meeting for meeting in told if meeting.state is ActivityState.PLANNED)
        words = f"{_when(first)}{_where(first)}起共 {len(told) - len(off)} 次{dropped}"
    people = {key for meeting in told for key in standing(meeting).people_ids}
    news = News(
        NoticeKind.MEETING, f"meeting:{first.id}:series:{first.told_times}:{now.isoformat()}",
        f"{first.kind.label}“{first.title}”各次有变：{words}。", None, "meeting", first.id,
    )  # fmt: skip
    tell(session, people, news, now, actor.id)
    kind = MailKind.CANCELLATION if len(off) == len(told) else MailKind.CHANGE
    _mail(session, first, first.invited, kind, now, of_series=True)


# -------------------------------------------------------------------------------------------------------------- the mails


def _mail(
    session: Session,
    meeting: Meeting,
    attendees: Iterable[Attendee],
    kind: MailKind,
    due_at: datetime,
    *,
    of_series: bool = False,
) -> int:
    """Leave a mail for each who has an address and for whom none waits that would say it anyway; how many wait now."""
    if not session.info.get(_MAILS):
        return 0
    chosen = list(attendees)
    users = {attendee.user_id for attendee in chosen if attendee.user_id is not None}
    addresses = {
        user_id: (name, email)
        for user_id, name, email in session.execute(
            select(User.id, User.name, User.email).where(User.id.in_(users), User.email != "")
        )
    }
    waiting = set(
        session.scalars(
            select(OutgoingMail.to_address).where(
                OutgoingMail.meeting_id == meeting.id,
                OutgoingMail.sent_at.is_(None),
                OutgoingMail.attempts < MOST_ATTEMPTS,
                OutgoingMail.kind.in_((kind, MailKind.INVITATION)),
            )
        )
    )
    count = 0
    for attendee in chosen:
        name, address = addresses.get(attendee.user_id or 0, (attendee.name, attendee.email))
        if not address:
            continue
        count += 1
        if address not in waiting:
            session.add(
                OutgoingMail(
                    meeting_id=meeting.id, attendee=attendee, kind=kind, of_series=of_series, to_name=name, to_address=address,
                    due_at=due_at,
                )
            )  # fmt: skip
    session.flush()
    return count


def _drop_mails(
    session: Session, meeting: Meeting, kinds: Collection[MailKind], addresses: Collection[str] | None = None
) -> int:
    """Take back mails that have not gone out; how many."""
    rows = delete(OutgoingMail).where(
        OutgoingMail.meeting_id == meeting.id, OutgoingMail.sent_at.is_(None), OutgoingMail.kind.in_(kinds)
    )
    if addresses is not None:
        rows = rows.where(OutgoingMail.to_address.in_(addresses))
    return int(session.execute(rows).rowcount)  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------------------ the answers


def answer(session: Session, actor: Actor, meeting: Meeting, response: Reply, note: str, now: datetime) -> None:
    """What the actor answers to his invitation (`meeting.invited` loaded); who cannot come is told to those who prepare it."""
    mine = next((attendee for attendee in meeting.invited if attendee.user_id == actor.id), None)
    if mine is None:
        raise NotAllowed("你不在这次会议的参会人里，不用答复。")
    record_answer(session, meeting, mine, response, note, now)


def record_answer(
    session: Session, meeting: Meeting, attendee: Attendee, response: Reply, note: str, now: datetime
) -> None:
    """The answer of somebody invited, given in the program or by a link in his mail. Raises RuleBroken when it is too late."""
    if meeting.state is not ActivityState.PLANNED or meeting.is_draft:
        raise RuleBroken("这次会议已经取消或已经开过，不用答复。")
    if meeting.ends_at < now:
        raise RuleBroken("这次会议的时间已过，不用答复。")
    if response is Reply.NONE:
        raise RuleBroken("请选“参加”“待定”或“不能参加”。", "response")
    if (attendee.response, attendee.note) == (response, note):
        return
    attendee.response, attendee.note, attendee.responded_at = response, note, now
    session.flush()
    key = f"meeting:{meeting.id}:answer:{attendee.id}"
    session.execute(delete(Notice).where(Notice.key == key))
    if response is Reply.ACCEPTED:
        return
    name = session.scalar(select(User.name).where(User.id == attendee.user_id)) or attendee.name
    said = f"：{note}" if note else ""
    text = f"{name}答复“{meeting.title}”（{_when(meeting)}）：{response.label}{said}。"
    people = {key for key in (meeting.entered_by_id, meeting.secretary_id) if key is not None}
    tell(session, people, News(NoticeKind.MEETING, key, text, None, "meeting", meeting.id), now, attendee.user_id)
