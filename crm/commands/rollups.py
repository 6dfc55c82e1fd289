"""`crm rollups`: what is kept beside the rows, so that nobody has to add it up: brought up to date, checked, written anew."""

from __future__ import annotations

import click

from crm.actions import rollups, stage_totals
from crm.cli import Refused, group
from crm.db import reading
from crm.views import web


@group.command("rollups")
@click.option("--check", "action", flag_value="check", help="只核对，不改动；有不一致时退出码为 1。")
@click.option("--rebuild", "action", flag_value="rebuild", help="全部重算。")
def roll_up(action: str | None) -> None:
    """Add up what has changed since; check or rebuild stage totals and the columns a project repeats of its rows."""
    match action:
        case "check":
            with reading():
                _check()
        case "rebuild":
            _rebuild()
        case _:
            click.echo(f"已汇总 {stage_totals.settle_all(web.session(), web.today())} 处变动。")
    web.session().commit()


def _check() -> None:
    session = web.session()
    totals = stage_totals.differences(session, web.today())
    drifts = rollups.drifts(session, web.clock().now())
    for drift in drifts[:20]:
        click.echo(f"项目 {drift.project_id} 的 {drift.column}：现为 {drift.stored}，按记录应为 {drift.computed}。")
    if totals or drifts:
        wrong = f"项目列 {len(drifts)} 处，分项 {totals.shares} 处，合计 {totals.totals} 处"
        raise Refused(f"与记录不一致：{wrong}。执行 flask --app wsgi crm rollups --rebuild 可以重算。")
    click.echo("与记录完全一致。")


def _rebuild() -> None:
    session = web.session()
    drifts = rollups.drifts(session, web.clock().now())
    rollups.repair(session, drifts)
    stage_totals.rebuild(session, web.today())
    click.echo(f"已重算阶段金额；改正项目列 {len(drifts)} 处。")
