"""`crm backup` and `crm restore`: the database and the files into a folder, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from crm import backup as work
from crm.cli import group, refusals
from crm.extensions import db
from crm.views import web

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
SHOWN = 5  # digests named in a message


def _engine() -> Engine:
    return db.engine


@group.command("backup")
@FOLDER
@click.option("--keep", type=click.IntRange(min=1), help="只留最近这么多份；附件各份共用，不会因此删除。")
def backup(folder: Path, keep: int | None) -> None:
    """Back the database and the uploaded files up into FOLDER; people may go on working."""
    config = web.config()
    with refusals():
        report = work.back_up(_engine(), config.data_dir, config.files_dir, folder, datetime.now(UTC), keep)
    made = report.manifest
    click.echo(
        f"已备份到 {report.place}：数据库 {made.size_bytes / 1024**2:.1f} MB，"
        f"{made.projects} 个项目，新增附件 {report.copied} 个。"
    )
    _complain(report)


@group.command("restore")
@FOLDER
@click.option("--at", "name", help="哪一份（目录名，如 2026-11-29T013000Z）；默认最新一份。")
@click.option("--replace", is_flag=True, help="现在的数据库里有数据也替换。")
def restore(folder: Path, name: str | None, replace: bool) -> None:
    """Put a backup of FOLDER back. Stop the web servers and the worker first."""
    config = web.config()
    with refusals():
        report = work.restore(_engine(), config.files_dir, folder, work.read_manifest(folder, name), replace)
    click.echo(
        f"已恢复 {report.manifest.at} 的备份：{report.manifest.projects} 个项目，补回附件 {report.copied} 个。"
        "请接着运行 crm migrate，再启动服务。"
    )
    _complain(report)


def _complain(report: work.Report) -> None:
    """Say which files are missing or broken; the exit code tells a timer that somebody must look."""
    for digests, words in ((report.lost, "数据库里有、文件却不在了"), (report.damaged, "内容与校验值不符，没有复制")):
        if digests:
            some = "、".join(digest[:12] for digest in digests[:SHOWN])
            click.echo(f"注意：{len(digests)} 个附件{words}：{some}{'……' if len(digests) > SHOWN else ''}", err=True)
    if report.lost or report.damaged:
        raise SystemExit(1)
