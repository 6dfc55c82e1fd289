"""`crm import-ledger`: what a ledger holds, as a table or as JSON; with --apply it is written into the register."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from crm import history, sheets
from crm.actions.imports import apply as applying
from crm.actions.imports import batches, keeping, source
from crm.choices import Role, RowResult
from crm.cli import Refused, group, refusals
from crm.models import User
from crm.queries import people
from crm.rules.ledger import Hints, Ledger, SheetReading, read_ledger
from crm.rules.ledger.amounts import yuan_text
from crm.rules.ledger.cells import Workbook, letter
from crm.rules.ledger.findings import Finding
from crm.views import web

MOST_FINDINGS = 40  # printed of one sheet; --json prints all


@group.command("import-ledger")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--sheet", "names", multiple=True, help="只读这张工作表，可写多次。")
@click.option("--apply", "write", is_flag=True, help="写入项目库；疑似重复的行跳过。")
@click.option("--as", "login", help="以哪个账号写入；不写时用唯一的综合统计账号。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def import_ledger(file: Path, names: tuple[str, ...], write: bool, login: str | None, as_json: bool) -> None:
    """Read a ledger (.xlsx, .xls, .ods, .csv) and say what was found."""
    if not file.is_file():
        raise Refused(f"没有找到文件“{file}”，请核对路径。")
    data = file.read_bytes()
    with refusals():
        workbook = sheets.read(data, file.name)
        _refuse_unknown(workbook, names)
        ledger = read_ledger(workbook, Hints(sheets=names or None))
    report = ledger_json(ledger)
    if write:
        report["applied"] = _apply(file.name, data, names, login)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    _print(ledger)
    if write:
        click.echo("；".join(f"{result.label} {report['applied'][result.value]} 行" for result in RowResult))


def _refuse_unknown(workbook: Workbook, names: tuple[str, ...]) -> None:
    known = [sheet.name for sheet in workbook.sheets]
    for name in names:
        if name not in known:
            raise Refused(f"文件里没有工作表“{name}”；有：{'、'.join(known)}。")


# --------------------------------------------------------------------------------------------------------------- as JSON


def ledger_json(ledger: Ledger) -> dict[str, Any]:
    """The whole reading: sheets with their projects counted and added up, and everything that was left out, with reasons."""
    return {
        "filename": ledger.filename,
        "sheets": [sheet_json(sheet) for sheet in ledger.sheets],
        "skipped_sheets": [{"name": sheet.name, "reason": sheet.reason} for sheet in ledger.skipped],
        "findings": [_finding(finding) for finding in ledger.findings],
        "projects": len(ledger.projects),
        "total_yuan": ledger.total_yuan,
    }


def sheet_json(sheet: SheetReading) -> dict[str, Any]:
    """One table. Rows count from 1, columns are letters; `total_yuan` adds up sure amounts in CNY, `foreign_totals` others."""
    return {
        "name": sheet.name,
        "part": sheet.part,
        "header_rows": list(sheet.header_rows),
        "unit": sheet.unit.label if sheet.unit else None,
        "mapping": {letter(column): field.value for column, field in sorted(sheet.mapping.items())},
        "projects": len(sheet.projects),
        "total_yuan": sheet.total_yuan,
        "foreign_totals": {currency.value: units for currency, units in sheet.foreign_totals.items()},
        "left_out": [{"row": row.number, "name": row.name, "reason": why} for row, why in sheet.left_out],
        "sections": [
            {
                "row": part.row, "kind": part.kind.value, "name": part.name, "level": part.level,
                "declared_count": part.declared_count, "declared_yuan": part.declared_yuan,
                "actual_count": part.actual_count, "actual_yuan": part.actual_yuan, "agrees": part.agrees,
            }
            for part in sheet.sections
        ],
        "skipped": [
            {"row": row.number, "kind": row.kind.value, "reason": row.reason, "text": " | ".join(row.raw.values())[:120]}
            for row in sheet.skipped
        ],
        "findings": [_finding(finding) for finding in sheet.all_findings],
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "row": finding.row,
        "column": letter(finding.column) if finding.column is not None else None,
        "field": finding.field.value if finding.field else None,
        "severity": finding.severity.value,
        "message": finding.message,
        "suggestion": finding.suggestion,
    }


# -------------------------------------------------------------------------------------------------------------- as text


def _print(ledger: Ledger) -> None:
    for sheet in ledger.sheets:
        _print_sheet(sheet)
    for skipped in ledger.skipped:
        click.echo(f"没有读“{skipped.name}”：{skipped.reason}")
    for finding in ledger.findings:
        click.echo(f"  {finding.severity.value}　{finding.message}")
    if not ledger.sheets:
        click.echo("没有找到项目清单。")


def _print_sheet(sheet: SheetReading) -> None:
    header = "、".join(map(str, sheet.header_rows)) or "无"
    click.echo(f"工作表“{sheet.key}”　表头第 {header} 行　单位 {sheet.unit.label if sheet.unit else '未写明'}")
    click.echo(
        "  各列　" + "　".join(f"{letter(column)}={field.label}" for column, field in sorted(sheet.mapping.items()))
    )
    click.echo(f"  项目　{len(sheet.projects)} 个　总投资 {yuan_text(sheet.total_yuan)}（{sheet.total_yuan} 元）")
    for currency, units in sheet.foreign_totals.items():
        click.echo(f"  另有　{units} {currency.label}，不并入人民币")
    for row, why in sheet.left_out[:MOST_FINDINGS]:
        click.echo(f"  未计　第 {row.number} 行 {row.name}：{why}")
    for row in sheet.skipped[:MOST_FINDINGS]:
        click.echo(f"  跳过　第 {row.number} 行 {row.kind.value}：{row.reason}")
    found = sheet.all_findings
    for finding in found[:MOST_FINDINGS]:
        click.echo(f"  {finding.severity.value}　{finding.cell or '全表'}　{finding.message}")
    if len(found) > MOST_FINDINGS:
        click.echo(f"  ……共 {len(found)} 条，用 --json 看全部")


# -------------------------------------------------------------------------------------------------------------- writing


def _apply(filename: str, data: bytes, names: tuple[str, ...], login: str | None) -> dict[str, int]:
    """Upload, check and write in one go; what is doubtful is left out. Returns the counts and the batch."""
    session, now = web.session(), web.clock().now()
    with refusals():
        user = people.get_by_login(session, login) if login else _only_statistician()
        actor = people.actor_of(session, user)
        history.sign(session, history.Signature(actor.id, now))
        batch = batches.upload(session, actor, filename, data, web.config().files_dir, now)
        if names:
            batch.options = {**batch.options, "hints": {"sheets": list(names), "tables": {}}}
        file = source.source_of(session, batch, web.config().files_dir)
        keeping.keep(session, actor, batch, file.ledger(file.cells()))
        counts = applying.apply(session, actor, batch, now, leave_undecided=True)
    session.commit()
    return {"batch": batch.id, **{result.value: counts.get(result.value, 0) for result in RowResult}}


def _only_statistician() -> User:
    """Whoever verifies, if it is one person; otherwise --as has to say who."""
    found = web.session().scalars(select(User).where(User.role == Role.STATISTICIAN, User.is_active.is_(True))).all()
    if len(found) != 1:
        names = "、".join(f"{user.login}（{user.name}）" for user in found) or "还没有"
        raise Refused(f"请用 --as 写明以哪个账号写入。综合统计账号：{names}。")
    return found[0]
