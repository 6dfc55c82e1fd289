"""`crm doctor`: what is looked at, whether it is as it should be, and what mends it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from crm.cli import group
from crm.doctor import examine
from crm.doctor.lines import Level, Office
from crm.extensions import db
from crm.views import web

MARKS = {Level.OK: ("正常", "green"), Level.WARN: ("注意", "yellow"), Level.FAIL: ("有误", "red")}


@group.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="给监控程序读的 JSON。")
def doctor(as_json: bool) -> None:
    """Look at everything the office relies on; exit code 1 when something is wrong, 0 with warnings or without."""
    lines = examine(Office(web.config(), db.engine, web.replica(), datetime.now(UTC)))
    failed = any(line.level is Level.FAIL for line in lines)
    if as_json:
        click.echo(
            json.dumps({"ok": not failed, "lines": [asdict(line) for line in lines]}, ensure_ascii=False, indent=1)
        )
    else:
        for line in lines:
            word, colour = MARKS[line.level]
            click.echo(f"{click.style(word, fg=colour)}  {line.topic}：{line.said}")
            if line.mend:
                click.echo(f"      → {line.mend}")
        counts = {level: sum(line.level is level for line in lines) for level in Level}
        click.echo(
            f"共 {len(lines)} 项：正常 {counts[Level.OK]}，注意 {counts[Level.WARN]}，有误 {counts[Level.FAIL]}。"
        )
    if failed:
        raise SystemExit(1)
