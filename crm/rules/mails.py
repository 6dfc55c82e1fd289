"""Mails about meetings: how often they are tried, what they say, and the signed link by which one answers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from itsdangerous import BadData, URLSafeSerializer

from crm.choices import MailKind

MOST_ATTEMPTS = 5
SENDING = "正在发送"  # handed over, and the answer not yet kept: after a crash nobody knows whether it was taken
AWAY = timedelta(minutes=5)  # how long all wait while the server is out of reach
_SALT = "meeting-answer"  # a token made for anything else is none here


def retry_delay(attempts: int) -> timedelta:
    """How long a mail rests after so many attempts: 2, 8, 32, 128 minutes."""
    return timedelta(minutes=2 * 4 ** max(0, attempts - 1))


# --------------------------------------------------------------------------------------------------------------- the link


@dataclass(frozen=True, slots=True)
class Link:
    """Whose answer a link gives. `sequence` is the version of the meeting that its mail spoke of."""

    attendee_id: int
    sequence: int


def sign(secret: str, link: Link, meeting_id: int, address: str, until: datetime) -> str:
    """The token of a link that works until an instant, for this meeting and this address alone."""
    parts = [link.attendee_id, link.sequence, int(until.timestamp()), _bound(meeting_id, address)]
    return str(URLSafeSerializer(secret, _SALT).dumps(parts))


def attendee_of(secret: str, token: str, now: datetime) -> tuple[Link, str] | None:
    """(whose it is, what it is bound to) of a token of ours that has not run out; `is_bound` asks the rest of the row."""
    try:
        attendee_id, sequence, until, bound = URLSafeSerializer(secret, _SALT).loads(token)
    except (BadData, TypeError, ValueError):
        return None
    return (Link(attendee_id, sequence), bound) if now.timestamp() < until else None


def is_bound(bound: str, meeting_id: int, address: str) -> bool:
    """Whether the row is the one that was mailed: the key of a row that was deleted may be another's by now."""
    return bound == _bound(meeting_id, address)


def _bound(meeting_id: int, address: str) -> str:
    return hashlib.sha256(f"{meeting_id}:{address.lower()}".encode()).hexdigest()[:16]


# --------------------------------------------------------------------------------------------------------------- the mail


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. `method` is that of its calendar data; `reply_to` is (name, address) of who called the meeting."""

    mail_id: int
    to_name: str
    to_address: str
    subject: str
    lines: Sequence[str]
    calendar: bytes
    method: str
    thread: str  # the same for all mails about one meeting
    reply_to: tuple[str, str] | None = None


def subject(kind: MailKind, title: str, when: str) -> str:
    """会议变更：用地协调会（10月21日 14:00—15:00）."""
    return f"{kind.label}：{title}（{when}）"


def message(letter: Letter, sender_name: str, sender: str, now: datetime) -> EmailMessage:
    """The mail: a text, the same as calendar data that programs offer to take over, and as a file. Its Message-ID stays."""
    domain = sender.rpartition("@")[2]
    made = EmailMessage(SMTP)
    made["Subject"] = _plain(letter.subject)
    made["From"] = Address(_plain(sender_name), addr_spec=sender)
    made["To"] = Address(_plain(letter.to_name), addr_spec=letter.to_address)
    if letter.reply_to is not None:
        made["Reply-To"] = Address(_plain(letter.reply_to[0]), addr_spec=letter.reply_to[1])
    made["Date"] = format_datetime(now.astimezone(UTC))
    made["Message-ID"] = f"<mail-{letter.mail_id}.{letter.thread}@{domain}>"
    made["References"] = f"<{letter.thread}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: answering machines stay silent
    made.set_content("\n".join(letter.lines) + "\n", cte="base64")
    made.add_alternative(
        letter.calendar, "text", "calendar", cte="base64", params={"method": letter.method, "charset": "utf-8"}
    )
    made.add_attachment(letter.calendar, "application", "ics", cte="base64", filename="meeting.ics")
    return made


def _plain(text: str) -> str:
    return " ".join(text.split())
