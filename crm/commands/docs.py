"""`crm docs`: the pages of docs/ that are made from the code, so that they cannot say anything else than the code."""

from __future__ import annotations

import re
from pathlib import Path

import click
from sqlalchemy import Column, Table

from crm import policy
from crm.choices import Role
from crm.cli import group
from crm.columns import Base
from crm.models import __doc__ as models_text
from crm.policy import Act, Actor, Scope
from reports.briefing import manual

REPOSITORY = Path(__file__).resolve().parents[2]
SCOPES = {Scope.NONE: "–", Scope.OWN: "自己", Scope.TEAM: "本组", Scope.ALL: "全部"}


def permissions() -> str:
    """docs/permissions.md: the table of crm/policy.py."""
    roles = list(Role)
    lines = [
        "# 谁能做什么",
        "",
        "由 `flask --app wsgi crm docs` 从 crm/policy.py 生成，不手改；测试会比对。",
        "自己 = 在项目班子里的项目；本组 = 再加本单位及下级单位的项目；全部 = 不限。",
        "涉密项目在各项权限之外再加一条：只有班子里点名的人和领导看得到。",
        "",
        f"| | {' | '.join(role.label for role in roles)} |",
        f"|---|{'---|' * len(roles)}",
    ]
    for act in Act:
        scopes = (SCOPES[policy.scope(Actor(0, "", role, 0), act)] for role in roles)
        lines.append(f"| {act.value} | {' | '.join(scopes)} |")
    return "\n".join([*lines, ""])


def _column(column: Column[object]) -> str:
    marks = ["key"] if column.primary_key else []
    marks += [f"→ {key.column.table.name}" for key in column.foreign_keys]
    marks += [] if column.nullable or column.primary_key else ["required"]
    return f"| {column.name} | {column.type} | {', '.join(marks)} |"


def _table(table: Table, text: str) -> str:
    rows = "\n".join(_column(column) for column in table.columns)
    return f"## {table.name}\n\n{text}\n\n| column | type | |\n|---|---|---|\n{rows}\n"


def schema() -> str:
    """docs/schema.md: the tables in the order of the map in crm/models.py, each with its sentence."""
    places = {name: place for place, name in enumerate(re.findall(r"[a-z_]+", models_text or ""))}
    classes = sorted(Base.__subclasses__(), key=lambda model: places[model.__table__.name])  # type: ignore[attr-defined]
    tables = [
        _table(model.__table__, (model.__doc__ or "").strip())
        for model in classes
        if isinstance(model.__table__, Table)
    ]
    head = "# The schema\n\nMade by `flask --app wsgi crm docs` from crm/models.py; a test compares.\n"
    return "\n".join([head, (models_text or "").split("\n", 1)[1].strip() + "\n", *tables])


PAGES = {"docs/permissions.md": permissions, "docs/schema.md": schema, "docs/briefing-layout.md": manual.page}


@group.command("docs")
def docs() -> None:
    """Make docs/permissions.md, docs/schema.md and docs/briefing-layout.md again."""
    for name, make in PAGES.items():
        (REPOSITORY / name).write_text(make(), encoding="utf-8")
        click.echo(name)
