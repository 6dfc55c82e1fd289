"""`crm compare 2022-08 2022-09`: what was added, left or changed between the briefings of two months."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from crm.cli import group, refusals
from crm.commands.values import MONTH
from crm.db import reading
from crm.rules.days import Month
from crm.views import briefing_facts, briefings, web
from reports.briefing import compare as rules
from reports.briefing.compare import Comparison


@group.command("compare")
@click.argument("old", type=MONTH)
@click.argument("new", type=MONTH)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，金额为整元、整美元。")
def compare(old: Month, new: Month, as_json: bool) -> None:
    """Print what differs: issued months as they were issued, others as known now; one month twice: its issue and now."""
    with refusals(), reading():
        for month in (old, new):
            briefings.month_of(str(month), web.clock().today())
        found = rules.between(*briefing_facts.pair(old, new))
    lines = [json.dumps(rules.document(found), ensure_ascii=False, indent=2)] if as_json else list(_lines(found))
    click.echo("\n".join(lines))


def _lines(found: Comparison) -> Iterator[str]:
    yield f"{found.old.month.label} → {found.new.month.label}"
    for one in found.figures:
        yield f"  {one.name}（{one.unit}）：{one.old_text} → {one.new_text}（{one.difference}）"
    for table in found.tables:
        yield f"{table.label}：新增 {len(table.added)}，退出 {len(table.left)}，变化 {len(table.changed)}，不变 {table.same}"
        for word, rows in (("新增", table.added), ("退出", table.left)):
            for row in rows:
                yield f"  {word}：{row.name}"
        for row in table.changed:
            said = "；".join(
                f"{one.field.label} {one.old_text or '空'} → {one.new_text or '空'}" for one in row.changes.values()
            )
            yield f"  变化：{row.name}：{said}"
