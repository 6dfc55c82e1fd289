"""`flask --app wsgi crm ...`: the commands. Like views, they look at the clock and commit."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate import upgrade
from sqlalchemy import inspect

from crm.actions import people as people_actions
from crm.errors import CrmError
from crm.extensions import db
from crm.views import web

group = AppGroup("crm", help="招商项目管理系统的命令。")


def register(app: Flask) -> None:
    """Hang the commands into the application."""
    app.cli.add_command(group)


def fail(error: CrmError) -> None:
    """End the command with the refusal's sentence."""
    click.echo(error.message, err=True)
    sys.exit(2)


@group.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema (safe to repeat)."""
    _migrate()


def _migrate() -> None:
    web.config().data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(directory=str(Path(current_app.root_path) / "migrations"))


@group.command("create-admin")
@click.argument("login")
@click.option("--name", prompt="姓名", help="管理员的姓名。")
@click.option("--base-url", default="http://127.0.0.1:5000", show_default=True, help="一次性链接的网址开头。")
def create_admin(login: str, name: str, base_url: str) -> None:
    """Make the first account and print the one-time link by which its password is set."""
    _migrate()
    try:
        token = people_actions.first_admin(web.session(), login, name, web.config().zone_name, web.clock().now())
    except CrmError as error:
        fail(error)
        return
    db.session.commit()
    click.echo(f"已建立管理员账号“{login}”。请在 7 天内打开这个链接设置密码：\n{base_url}/invitation/{token}")


def is_migrated() -> bool:
    """Whether the database holds our tables."""
    return inspect(db.engine).has_table("user")
