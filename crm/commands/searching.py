"""`crm reindex`: the search index made anew from the rows."""

from __future__ import annotations

import click

from crm import indexing
from crm.cli import group
from crm.views import web


@group.command("reindex")
def reindex() -> None:
    """Write the search index anew and say whether anything had differed from the rows."""
    found = indexing.rebuild(web.session())
    web.session().commit()
    click.echo(f"已重建搜索索引 {found.written} 条。")
    if found:
        click.echo(f"与库中不一致：缺 {found.missing} 条，过时 {found.wrong} 条，多余 {found.left_over} 条，均已改正。")
    else:
        click.echo("重建前与库中完全一致。")
