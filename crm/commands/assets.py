"""`crm assets FOLDER`: the static files laid out for nginx, each under the name that bears its digest, and packed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

import click
from flask import current_app

from crm.assets import Assets, lay_out
from crm.cli import group


@group.command("assets")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def assets(folder: Path) -> None:
    """Lay the static files out in FOLDER for nginx; run it after every update, before the servers start anew."""
    count = lay_out(cast(Assets, current_app.extensions["crm_assets"]), folder, time.time())
    click.echo(f"已把 {count} 个静态文件及其压缩副本放到 {folder}。")
