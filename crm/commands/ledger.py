"""`crm import-ledger FILE`: what a ledger holds, and with --apply into the register, as the pages would do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from crm import history, sheets
from crm.actions.imports import apply as applying
from crm.actions.imports import batches, keeping
from crm.choices import Role, RowResult
from crm.cli import Refused, group, refusals
from crm.models import User
from crm.queries import people
from crm.rules.figures import yi
from crm.rules.ledger import Hints, Ledger, SheetReading, letter, read_ledger
from crm.views import web


@group.command("import-ledger")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sheet", "only", multiple=True, help="只读这个工作表，可重复。")
@click.option("--apply", "write", is_flag=True, help="写入项目库；不加则只读出来看。")
@click.option("--as", "login", help="以谁的名义写入（登录名）；默认唯一在用的综合统计。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，金额为整元。")
def import_ledger(file: Path, only: tuple[str, ...], write: bool, login: str | None, as_json: bool) -> None:
    """Read a ledger and say what it holds; with --apply write it, in one transaction."""
    data = file.read_bytes()
    with refusals():
        ledger = read_ledger(sheets.read(data, file.name), Hints(sheets=only or None))
        _refuse_unknown(ledger, only)
        applied = _apply(data, file.name, ledger, login) if write else None
    found = {"sheets": [_sheet(table) for table in ledger.sheets], **({"applied": applied} if applied else {})}
    click.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(_lines(ledger, applied)))


def _refuse_unknown(ledger: Ledger, only: tuple[str, ...]) -> None:
    known = {table.name for table in ledger.sheets} | {skipped.name for skipped in ledger.skipped}
    for name in only:
        if name not in known:
            raise Refused(f"文件里没有工作表“{name}”；有：{'、'.join(sorted(known)) or '没有可读的工作表'}。")


def _writer(login: str | None) -> User:
    if login:
        return people.get_by_login(web.session(), login)
    statisticians = people.people_of(web.session(), [Role.STATISTICIAN])
    if len(statisticians) != 1:
        raise Refused("请用 --as 登录名 说明以谁的名义写入。")
    return statisticians[0]


def _apply(data: bytes, filename: str, ledger: Ledger, login: str | None) -> dict[str, Any]:
    """Upload, judge and write; rows that a person would have to decide are left out and counted as skipped."""
    session, now = web.session(), web.clock().now()
    actor = people.actor_of(session, _writer(login))
    history.sign(session, history.Signature(actor.id, now))
    batch = batches.upload(session, actor, filename, data, web.config().files_dir, now)
    keeping.keep(session, actor, batch, ledger)
    counts = applying.apply(session, actor, batch, now, leave_undecided=True)
    session.commit()
    return {"batch": batch.id, **{result.value: counts.get(result.value, 0) for result in RowResult}}


def _sheet(table: SheetReading) -> dict[str, Any]:
    return {
        "name": table.name,
        "part": table.part,
        "header_rows": list(table.header_rows),
        "unit": table.unit.label if table.unit else None,
        "mapping": {letter(column): wanted.value for column, wanted in sorted(table.mapping.items())},
        "projects": len(table.projects),
        "total_yuan": table.total_yuan,
        "foreign_totals": {currency.value: total for currency, total in table.foreign_totals.items()},
        "left_out": [{"row": row.number, "name": row.name, "reason": why} for row, why in table.left_out],
        "sections": [
            {
                "row": section.row,
                "name": section.name,
                "level": section.level,
                "declared_count": section.declared_count,
                "declared_yuan": section.declared_yuan,
                "actual_count": section.actual_count,
                "actual_yuan": section.actual_yuan,
                "agrees": section.agrees,
            }
            for section in table.sections
        ],
        "skipped": [{"row": row.number, "reason": row.reason} for row in table.skipped],
        "findings": [
            {
                "row": finding.row,
                "column": None if finding.column is None else letter(finding.column),
                "severity": finding.severity.value,
                "message": finding.message,
            }
            for finding in table.all_findings
        ],
    }


def _lines(ledger: Ledger, applied: dict[str, Any] | None) -> Iterator[str]:
    for table in ledger.sheets:
        unit = table.unit.label if table.unit else "未写明"
        rows = "、".join(map(str, table.header_rows)) or "无"
        place = f"单位 {unit}，表头第 {rows} 行"
        yield f"工作表“{table.key}”：{len(table.projects)} 个项目，总投资 {yi(table.total_yuan)} 亿元（{place}）"
        for currency, total in table.foreign_totals.items():
            yield f"  另有{currency.label} {total:,}，不相加"
        for row, why in table.left_out:
            yield f"  第 {row.number} 行“{row.name}”未计入：{why}"
        for finding in table.all_findings:
            yield f"  {finding.severity.value} {finding.cell}：{finding.message}"
    for skipped in ledger.skipped:
        yield f"工作表“{skipped.name}”没有读：{skipped.reason}"
    if applied:
        yield "写入：" + "，".join(f"{name} {count}" for name, count in applied.items())
