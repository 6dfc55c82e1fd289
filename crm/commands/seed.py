"""`crm seed`: reference data and the demo, from the CSV files of seed_data/ or of a folder of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from crm import seeding
from crm.actions import stage_totals
from crm.cli import Refused, group, refusals
from crm.commands.server import bring_up_to_date
from crm.seeding import papers
from crm.views import web


@group.command("seed")
@click.option("--reference", is_flag=True, help="只载入单位、产业、片区、汇率和节假日，不载入演示数据。")
@click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="改过的数据文件所在的文件夹。"
)
def seed(reference: bool, folder: Path | None) -> None:
    """Load seed_data/; repeating it applies only lines that were edited since."""
    if web.config().environment == "production" and not reference:
        raise Refused("正式环境不载入演示数据；要载入单位、产业、片区、汇率和节假日，请加 --reference。")
    bring_up_to_date()
    with refusals():
        counts = seeding.load(web.session(), web.clock().now(), demo=not reference, folder=folder)
    papers.lay_out(web.session(), web.config().files_dir)
    stage_totals.catch_up(web.session(), web.today())
    web.session().commit()
    click.echo(
        f"新增 {counts['created']} 行，更新 {counts['updated']} 行，无变化 {counts['unchanged']} 行，"
        f"已有而未动 {counts['present']} 行。"
    )
