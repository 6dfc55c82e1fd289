"""The job that sends mails about meetings: what each says is made when it goes out, by what holds then.

Nothing is open in the database while the mail server is spoken to (actions/mails.py says why a mail goes out at most once).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from crm import icalendars, mailing
from crm.actions import mails as actions
from crm.actions.jobs import Outcome
from crm.choices import ActivityState, MailKind, Word
from crm.config import Config
from crm.jobs.work import GivingWay, Work
from crm.models import Attendee, Meeting, OutgoingMail
from crm.policy import Actor
from crm.queries import feeds, people
from crm.queries import mails as queries
from crm.rules import bookings as booking_rules
from crm.rules import mails as rules
from crm.rules.bookings import when
from crm.rules.invitations import Person
from crm.rules.mails import Letter, Link

NOT_NEEDED = "不用再发：会议已过、已删除，或收件人不再能看到"


def run(work: Work) -> Outcome:
    """Send what is due."""
    if work.config.smtp is None:
        return Outcome("没有设置邮件服务器（CRM_SMTP_URL），没有发送。")
    total, done = queries.count_due(work.session, work.now), 0
    try:
        with mailing.line(work.config.smtp) as line:
            while (mail := actions.take(work.session, work.now)) is not None:
                done += _send(work, line, mail, done, total)
    except mailing.Unreachable as error:
        work.session.rollback()
        left = actions.postpone(work.session, str(error), work.now)
        return Outcome(f"发出 {done} 封；邮件服务器连不上（{error}），{left} 封稍后再发。")
    return Outcome(f"发出 {done} 封邮件。")


def _send(work: Work, line: mailing.Line, mail: OutgoingMail, done: int, total: int) -> int:
    """One mail, in two transactions: it counts as sent; what came of it. Returns 1 if it was."""
    assert work.config.smtp is not None
    letter = letter_of(work, mail)
    if letter is None:
        actions.give_up(mail, NOT_NEEDED)
        _keep(work, done, total)
        return 0
    try:
        _keep(work, done, total)
    except GivingWay:
        actions.put_back(mail, "", work.now, is_counted=False)
        work.session.commit()
        raise
    sender = f"{work.config.zone_name}{work.config.bureau_name}"
    try:
        line.send(rules.message(letter, sender, work.config.smtp.sender, work.now), mail.to_address)
    except mailing.Refused as refusal:
        if refusal.is_final:
            actions.give_up(mail, str(refusal))
        else:
            actions.put_back(mail, str(refusal), work.now)
        _keep(work, done, total)
        return 0
    except mailing.Uncertain as doubt:
        actions.uncertain(mail, str(doubt))
        _keep(work, done, total)
        raise mailing.Unreachable(str(doubt)) from doubt
    except mailing.Unreachable as error:
        actions.put_back(mail, str(error), work.now, is_counted=False)
        _keep(work, done, total)
        raise
    actions.sent(mail)
    _keep(work, done + 1, total)
    return 1


def _keep(work: Work, done: int, total: int) -> None:
    work.keep(done, total, Word("正在发送邮件"))


# ------------------------------------------------------------------------------------------------------------ what it says


def letter_of(work: Work, mail: OutgoingMail) -> Letter | None:
    """What a mail says now, or None where there is nothing to say to this reader any more."""
    session, config = work.session, work.config
    meeting = feeds.mailed(session, mail.meeting_id)
    if meeting is None or meeting.ends_at < work.now or not booking_rules.is_address(mail.to_address):
        return None
    attendee = next((each for each in meeting.invited if each.id == mail.attendee_id), None)
    reader = None
    if attendee is not None and attendee.user_id is not None:
        found = people.find_account(session, attendee.user_id)
        if found is None:
            return None
        reader = found[1]
    entry = feeds.entry_for(session, meeting, reader, lambda key: f"{config.public_url}/meetings/{key}")
    if entry is None or (attendee is None and mail.kind is not MailKind.CANCELLATION):
        return None
    return _Writer(session, config, mail, meeting, attendee, reader).letter(entry, work)


class _Writer:
    """Everything a mail is made from."""

    def __init__(
        self, session: Session, config: Config, mail: OutgoingMail, meeting: Meeting, attendee: Attendee | None,
        reader: Actor | None,
    ) -> None:  # fmt: skip
        self.session, self.config, self.mail = session, config, mail
        self.meeting, self.attendee, self.reader = meeting, attendee, reader

    def letter(self, entry: icalendars.Entry, work: Work) -> Letter:
        """The whole."""
        mail, meeting = self.mail, self.meeting
        off = mail.kind is MailKind.CANCELLATION
        title = entry.title.removeprefix("已取消：")
        caller = entry.organizer if entry.organizer and booking_rules.is_address(entry.organizer.address) else None
        method, entries = self._calendar(entry, caller, work)
        lines = [
            f"{mail.to_name}，你好：",
            "",
            *self._news(entry, title),
            "",
            f"时间：{when(entry.begins, entry.ends)}",
        ]
        if entry.place:
            lines.append(f"地点：{entry.place}")
        if entry.description and not off:
            lines += ["", entry.description]
        if self._may_answer(off):
            lines += ["", *self._answers()]
        lines += ["", f"{self.config.zone_name}{self.config.bureau_name}招商项目管理系统发出。"]
        if caller is not None:
            lines.append(f"直接回复此邮件，会送到会议安排人{caller.name}。")
        return Letter(
            mail.id, mail.to_name, mail.to_address, rules.subject(mail.kind, title, when(entry.begins, entry.ends)), lines,
            icalendars.write(entries, method=method), method, icalendars.uid_of(meeting.id, meeting.entered_at),
            (caller.name, caller.address) if caller else None,
        )  # fmt: skip

    def _news(self, entry: icalendars.Entry, title: str) -> Iterator[str]:
        mail, meeting = self.mail, self.meeting
        kind = "" if entry.is_private else meeting.kind.label
        if mail.kind is MailKind.INVITATION:
            yield f"请你参加{kind}“{title}”" + ("，各次时间见附件。" if mail.of_series else "。")
        elif mail.kind is MailKind.CANCELLATION:
            still_on = meeting.state is ActivityState.PLANNED and not mail.of_series
            yield f"{kind}“{title}”" + (
                "不再需要你参加。" if still_on else "各次都已取消。" if mail.of_series else "已取消。"
            )
        else:
            changed = booking_rules.differences(meeting.told or {}, booking_rules.known(meeting))
            said = f"：{'；'.join(changed)}" if changed and not entry.is_private and not mail.of_series else ""
            yield f"{kind}“{title}”{'各次' if mail.of_series else ''}有变{said}。" + (
                "各次时间见附件。" if mail.of_series else ""
            )

    def _may_answer(self, off: bool) -> bool:
        return self.attendee is not None and not off and self.meeting.state is ActivityState.PLANNED

    def _answers(self) -> Iterator[str]:
        assert self.attendee is not None
        token = rules.sign(
            self.config.secret_key, Link(self.attendee.id, self.meeting.sequence), self.meeting.id, self.mail.to_address,
            self.meeting.ends_at,
        )  # fmt: skip
        address = f"{self.config.public_url}/answer/{token}"
        yield (
            "能否参加，请打开链接后按按钮答复："
            if not self.mail.of_series
            else "首次能否参加，请打开链接后按按钮答复："
        )
        yield f"参加：{address}?r=accepted"
        yield f"不能参加：{address}?r=declined"

    def _calendar(
        self, entry: icalendars.Entry, caller: Person | None, work: Work
    ) -> tuple[str, list[icalendars.Entry]]:
        """(METHOD, events). A series is published: a REQUEST speaks of one UID (RFC 5546 §3.2.2)."""
        assert self.config.smtp is not None
        mail = self.mail
        organizer = caller or Person(f"{self.config.zone_name}{self.config.bureau_name}", self.config.smtp.sender)
        if mail.of_series:
            rows = feeds.series_mailed(self.session, self.meeting, work.now)
            found = [
                each for row in rows if (each := feeds.entry_for(self.session, row, self.reader, None)) is not None
            ]  # fmt: skip
            return icalendars.PUBLISH, [replace(each, organizer=organizer) for each in found or [entry]]
        attendee = self.attendee
        me = Person(mail.to_name, mail.to_address)
        if attendee is not None:
            me = replace(me, reply=attendee.response, is_required=attendee.is_required)
        own = replace(entry, organizer=organizer, people=(me,))  # others are named in words: their addresses are theirs
        if mail.kind is MailKind.CANCELLATION:
            return icalendars.CANCEL, [replace(own, status="CANCELLED", alarm=None)]
        if organizer.address.lower() == mail.to_address.lower():
            return icalendars.PUBLISH, [own]
        return icalendars.REQUEST, [replace(own, is_asking=True)]
