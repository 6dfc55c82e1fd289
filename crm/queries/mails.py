"""Mails about meetings that wait, and those that hang."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.models import OutgoingMail
from crm.rules.mails import MOST_ATTEMPTS, SENDING


def due(now: datetime) -> Select[OutgoingMail]:
    """What is to be sent by now, the longest waiting first."""
    return (
        select(OutgoingMail)
        .where(OutgoingMail.sent_at.is_(None), OutgoingMail.due_at <= now, OutgoingMail.attempts < MOST_ATTEMPTS)
        .order_by(OutgoingMail.due_at, OutgoingMail.id)
    )


def count_due(session: Session, now: datetime) -> int:
    """How many are to be sent by now."""
    return session.scalar(select(func.count()).select_from(due(now).order_by(None).subquery())) or 0


def given_up(since: datetime) -> Select[int]:
    """How many of those due since an instant were given up."""
    return select(func.count()).where(
        OutgoingMail.sent_at.is_(None), OutgoingMail.attempts >= MOST_ATTEMPTS, OutgoingMail.due_at >= since
    )


def hanging(since: datetime, until: datetime) -> Select[int]:
    """How many were handed over between two instants without an answer being kept: perhaps they were not taken."""
    return select(func.count()).where(
        OutgoingMail.error == SENDING, OutgoingMail.sent_at >= since, OutgoingMail.sent_at < until
    )
