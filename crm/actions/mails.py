"""Mails about meetings change hands here: taken to be sent, sent, put back, given up.

At most once: a mail counts as sent (`sent_at`) in a transaction of its own before it is handed over, and is put back only where
the server surely has not taken it. Who dies in between leaves it as sent, marked `SENDING`; `crm doctor` counts those.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.models import OutgoingMail
from crm.queries import mails as queries
from crm.rules.mails import AWAY, MOST_ATTEMPTS, SENDING, retry_delay


def take(session: Session, now: datetime) -> OutgoingMail | None:
    """The mail that waits longest, as if it were sent; to be committed before it is. Two who take at once take two."""
    first = queries.due(now).limit(1).with_for_update(skip_locked=True)
    mail = session.scalars(first.execution_options(populate_existing=True)).one_or_none()
    if mail is not None:
        mail.sent_at, mail.error = now, SENDING
        mail.attempts += 1
        session.flush()
    return mail


def sent(mail: OutgoingMail) -> None:
    """The server has taken it."""
    mail.error = ""


def uncertain(mail: OutgoingMail, words: str) -> None:
    """Perhaps the server has taken it: it is not sent again."""
    mail.error = f"可能没有送达：{words}"[:200]


def put_back(mail: OutgoingMail, words: str, now: datetime, *, is_counted: bool = True) -> None:
    """It surely was not taken: once more later, as often as mails are tried."""
    if not is_counted:
        mail.attempts -= 1
    mail.sent_at, mail.error = None, words[:200]
    mail.due_at = now + retry_delay(mail.attempts)


def give_up(mail: OutgoingMail, words: str) -> None:
    """It is never sent: the address does not exist, the meeting is over, or its reader may not know of it any more."""
    mail.sent_at, mail.attempts, mail.error = None, MOST_ATTEMPTS, words[:200]


def postpone(session: Session, words: str, now: datetime) -> int:
    """The server is out of reach: all that is due waits a while, which counts as no attempt; how many."""
    waiting = queries.due(now).order_by(None).with_only_columns(OutgoingMail.id)
    done = session.execute(
        update(OutgoingMail).where(OutgoingMail.id.in_(waiting)).values(due_at=now + AWAY, error=words[:200])
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
