"""`crm briefing 2022-09 --output FILE`: the same bytes as the page's download."""

from __future__ import annotations

from pathlib import Path

import click

from crm.cli import Refused, group, refusals
from crm.commands.values import MONTH
from crm.db import reading
from crm.rules.days import Month
from crm.views import briefings, web
from reports.briefing import render


@group.command("briefing")
@click.argument("month", type=MONTH)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="写到这个文件；默认用简报的名字写在当前目录。"
)
def briefing(month: Month, output: Path | None) -> None:
    """Write the month's briefing as a workbook."""
    with refusals(), reading():
        facts = briefings.facts(briefings.month_of(str(month), web.clock().today()))
    target = output or Path(render.file_name(facts))
    try:
        target.write_bytes(render.render(facts))
    except OSError as error:
        raise Refused(f"不能写入“{target}”：{error.strerror}。请换一个位置。") from error
    click.echo(str(target))
