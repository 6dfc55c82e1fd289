"""`crm migrate` and `crm serve`: the newest schema, demo data where there is nothing yet, and the server."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from types import FrameType
from typing import cast

import click
import waitress
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import func, select
from werkzeug.local import LocalProxy

from crm import indexing, pieces, seeding
from crm.actions import reminders, rollups, stage_totals
from crm.cli import Refused, group, refusals
from crm.commands import worker
from crm.extensions import db
from crm.jobs.workers import Worker
from crm.models import User
from crm.seeding import papers
from crm.views import web

GRACE_SECONDS = 10  # for the step at hand of a job


def bring_up_to_date() -> None:
    """Make the data folder and bring the database to the newest schema; repeating it changes nothing."""
    web.config().data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(directory=str(Path(current_app.root_path) / "migrations"))
    # Rows older than the search index, the pieces of names, the protection of first reports and the totals of stages.
    indexing.catch_up(web.session())
    pieces.catch_up(web.session())
    rollups.protect_unprotected(web.session(), web.clock().now())
    stage_totals.catch_up(web.session(), web.today())
    web.session().commit()


@group.command("migrate")
def migrate() -> None:
    """Bring the database to the newest schema."""
    bring_up_to_date()
    click.echo("数据库已是最新结构。")


def _load_demo_once() -> None:
    if web.session().scalar(select(func.count()).select_from(User)):
        web.session().rollback()
        return
    click.echo("第一次启动，正在载入演示数据……")
    session, now = web.session(), web.clock().now()
    with refusals():
        seeding.load(session, now)
    papers.lay_out(session, web.config().files_dir)
    reminders.remind(session, reminders.everybody(session), web.today(), now)
    stage_totals.catch_up(session, web.today())
    session.commit()


def _refuse_unsafe(host: str) -> None:
    if web.config().demo and host not in ("127.0.0.1", "localhost", "::1"):
        raise Refused("演示模式没有密码，只能在本机（127.0.0.1）提供服务；正式使用请设 CRM_ENV=production。")


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(f"端口 {port} 已被占用。请先关掉占用它的程序，或换一个端口：--port {port + 1}。") from error


@group.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=5000, show_default=True)
@click.option("--worker/--no-worker", "works", default=True, help="同一个进程里也处理后台任务；默认处理。")
def serve(host: str, port: int, works: bool) -> None:
    """Start the server of one machine: migrates, loads the demo where the database is empty, serves, does background work."""
    _refuse_taken(host, port)
    bring_up_to_date()
    if web.config().demo:
        _load_demo_once()
    _refuse_unsafe(host)
    db.engine.dispose()  # its connections were made for a command; those of the server's threads have their limits
    click.echo(f"已启动：http://{host}:{port}　（按 Ctrl+C 停止）")
    signal.signal(signal.SIGTERM, _end)
    one = Worker(worker.house())
    if works:
        one.start()
    app = cast("LocalProxy[Flask]", current_app)._get_current_object()
    waitress.serve(app, host=host, port=port, threads=web.config().web_threads, ident=None)
    one.go(grace_seconds=0)
    one.join(GRACE_SECONDS)


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Stopped as by Ctrl+C: requests end, and a job is put back."""
    raise SystemExit
