"""Background work: whether somebody does it, how much of it failed, and whether mails go out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from crm import db, mailing
from crm.choices import JobState
from crm.doctor.lines import Line, Office, fail, ok, warn
from crm.jobs.running import instant
from crm.models import Job
from crm.queries import mails
from crm.rules.jobs import LEASE, OPEN

LONGEST_WAIT = timedelta(minutes=10)
LATELY = timedelta(days=1)


def background(office: Office) -> Iterator[Line]:
    """Jobs that nobody takes, and jobs that failed lately."""
    at = instant()
    waiting = select(func.count()).where(Job.state == JobState.WAITING, Job.not_before < at - LONGEST_WAIT)
    left = select(func.count()).where(Job.state == JobState.RUNNING, Job.beat_at < at - LEASE - LONGEST_WAIT)
    failed = select(func.count()).where(Job.state == JobState.FAILED, Job.finished_at > office.now - LATELY)
    with db.reading(), office.engine.connect() as connection:
        stuck = (connection.scalar(waiting) or 0) + (connection.scalar(left) or 0)
        broken = connection.scalar(failed) or 0
        going = connection.scalar(select(func.count()).where(Job.state.in_(OPEN))) or 0
    if stuck:
        said = f"{stuck} 项等了十分钟以上，没有进程处理"
        yield warn("后台任务", said, "启动 crm worker（systemd 的 crm-worker@1），或重启 crm serve。")
    if broken:
        yield warn("后台任务", f"最近一天失败 {broken} 项", "看“后台任务”页的各类数量和 worker 的日志。")
    if not stuck and not broken:
        yield ok("后台任务", f"排队和进行中 {going} 项，最近一天没有失败")


def mail(office: Office) -> Iterator[Line]:
    """Whether the mail server answers, and mails that did not go out lately; nothing where none is set."""
    smtp = office.config.smtp
    if smtp is None:
        return
    with db.reading(), office.engine.connect() as connection:
        lost = connection.scalar(mails.given_up(office.now - LATELY)) or 0
        hanging = connection.scalar(mails.hanging(office.now - LATELY, office.now - LONGEST_WAIT)) or 0
    try:
        with mailing.line(smtp):
            pass
    except mailing.Unreachable as error:
        yield fail(
            "邮件", f"{smtp.host}:{smtp.port} 连不上：{error}", "检查 CRM_SMTP_URL、网络和密码；邮件留着，通了会补发。"
        )
        return
    if lost or hanging:
        said = f"最近一天有 {lost} 封没有发出、{hanging} 封不知道是否送达"
        yield warn(
            "邮件", said, "看 outgoing_mail 表的 error 一列：多半是邮箱写错；不知道是否送达的不会重发，请电话确认。"
        )
    else:
        yield ok("邮件", f"{smtp.host}:{smtp.port} 能连上")
