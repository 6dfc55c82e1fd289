"""`crm create-admin`: the first account of an office."""

from __future__ import annotations

import click

from crm.actions import people
from crm.cli import group, refusals
from crm.commands.server import bring_up_to_date
from crm.views import web


@group.command("create-admin")
@click.argument("login")
@click.option("--name", prompt="姓名", help="管理员的姓名。")
@click.option("--base-url", default="http://127.0.0.1:5000", show_default=True, help="一次性链接的网址开头。")
def create_admin(login: str, name: str, base_url: str) -> None:
    """Make the first account and print the one-time link by which its password is set."""
    bring_up_to_date()
    with refusals():
        token = people.first_admin(web.session(), login, name, web.config().zone_name, web.clock().now())
    web.session().commit()
    click.echo(
        f"已建立管理员账号“{login}”。请在 7 天内打开这个链接设置密码：\n{base_url.rstrip('/')}/invitation/{token}"
    )
