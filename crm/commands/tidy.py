"""`crm tidy`: what time does by itself: protection that ran out, transfers nobody answered, files that expired.

The workers do the same every day at the hour of the settings; by hand it does no harm.
"""

from __future__ import annotations

import click
from sqlalchemy import func, select

from crm.cli import group
from crm.db import reading
from crm.jobs import daily
from crm.jobs.running import instant
from crm.queries import pool as queries
from crm.queries.transfers import overdue
from crm.views import web


@group.command("tidy")
@click.option("--dry-run", is_flag=True, help="只说会处理多少，不改数据。")
def tidy(dry_run: bool) -> None:
    """Let projects without protection fall into the public pool, close overdue transfers, clear expired files."""
    session, today, now = web.session(), web.clock().today(), web.clock().now()
    if dry_run:
        with reading():
            lapsed, late = (
                session.scalar(select(func.count()).select_from(rows.order_by(None).subquery()))
                for rows in (queries.lapsed(today), overdue(today))
            )
        click.echo(f"将进入公共池 {lapsed} 个项目，将失效 {late} 次流转；没有改动数据。")
        return
    found = daily.tidy(session, today, now, web.config().results_dir, instant(), lambda _words: session.commit())
    click.echo(found.words)
